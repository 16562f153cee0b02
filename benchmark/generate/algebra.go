package generate

import (
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var algebraGenerator = Generator{
	name:       "algebra/1",
	summary:    "equations, sequences, polynomials and word problems with whole numbers as solutions",
	parameters: []Parameter{difficultyParameter},
	families: []family{
		{"linear", "one linear equation with one unknown", 350, 5, drawLinear},
		{"system", "two linear equations with two unknowns", 30, 0, drawSystem},
		{"quadratic", "a quadratic equation with whole roots", 40, 45, drawQuadratic},
		{"sequence", "a later term of a sequence whose kind of rule is told", 80, 10, drawSequence},
		{"polynomial", "the value of a polynomial", 90, 15, drawPolynomial},
		{"story", "a word problem from everyday life", 450, 30, drawStory},
	},
}

// unknown draws the number that an equation hides.
func (d *drawer) unknown() int64 {
	return d.signed(d.between(1, int64(d.byDifficulty([5]int{9, 20, 60, 200, 5000}))))
}

// coefficient draws a number of either sign that is not zero.
func (d *drawer) coefficient() int64 {
	return d.signed(d.between(2, int64(d.byDifficulty([5]int{6, 9, 15, 30, 90}))))
}

// term is a coefficient with what it multiplies, "" for a constant.
type term struct {
	factor int64
	of     string
}

// polynomial writes a sum of terms the way people do; terms that are zero are left out.
func polynomial(terms ...term) string {
	var out strings.Builder
	for _, t := range terms {
		factor := t.factor
		switch {
		case factor == 0:
			continue
		case out.Len() == 0 && factor < 0:
			out.WriteString("-")
			factor = -factor
		case factor < 0:
			out.WriteString(" - ")
			factor = -factor
		case out.Len() > 0:
			out.WriteString(" + ")
		}
		if factor != 1 || t.of == "" {
			out.WriteString(text(factor))
		}
		out.WriteString(t.of)
	}
	if out.Len() == 0 {
		return "0"
	}
	return out.String()
}

func drawLinear(d *drawer) question.Question {
	x, a, b := d.unknown(), d.coefficient(), d.coefficient()
	var c int64
	if d.difficulty() > 1 {
		if c = d.coefficient(); c == a {
			c = -a
		}
	}
	return question.Question{
		Prompt: "Solve the equation " + polynomial(term{a, "x"}, term{b, ""}) + " = " + polynomial(term{c, "x"}, term{(a-c)*x + b, ""}) +
			" for x. Answer with the value of x only.",
		Expected: text(x),
	}
}

func drawSystem(d *drawer) question.Question {
	x, y := d.unknown(), d.unknown()
	a, b, c, e := d.coefficient(), d.coefficient(), d.coefficient(), d.coefficient()
	if a*e == b*c { // one sign turned makes the lines cross: no coefficient is zero
		a = -a
	}
	return question.Question{
		Prompt: "Solve the system of equations\n" + polynomial(term{a, "x"}, term{b, "y"}) + " = " + text(a*x+b*y) + "\n" +
			polynomial(term{c, "x"}, term{e, "y"}) + " = " + text(c*x+e*y) + "\nAnswer with the values of x and y, in this order, separated by one space.",
		Expected: text(x) + " " + text(y),
	}
}

func drawQuadratic(d *drawer) question.Question {
	r, s := d.unknown(), d.unknown()
	a := int64(1)
	if d.difficulty() > 1 {
		a = d.coefficient()
	}
	return question.Question{
		Prompt: "Find the roots of " + polynomial(term{a, "x^2"}, term{-a * (r + s), "x"}, term{a * r * s, ""}) +
			" = 0. Answer with both roots, the smaller one first, separated by one space; write a double root twice.",
		Expected: text(min(r, s)) + " " + text(max(r, s)),
	}
}

// drawSequence tells the kind of rule, so that the shown terms leave one
// continuation only.
func drawSequence(d *drawer) question.Question {
	most := int64(d.byDifficulty([5]int{9, 15, 30, 60, 200}))
	small := func() int64 { return d.signed(d.between(1, most)) }
	shown, ahead := 6, d.byDifficulty([5]int{1, 1, 2, 3, 4})
	terms := make([]int64, 0, shown+ahead)
	var rule string
	switch d.below(4) {
	case 0:
		rule = "the terms are the values of one polynomial of degree two at 1, 2, 3 and so on"
		a, b, c := small(), small(), small()
		for i := range int64(shown + ahead) {
			terms = append(terms, a*(i+1)*(i+1)+b*(i+1)+c)
		}
	case 1:
		rule = "every term but the first is the one before it times a fixed whole number, plus a fixed whole number"
		a, factor, plus := small(), d.signed(d.between(2, 4)), small()
		if (factor-1)*a+plus == 0 { // all terms would be the same, and the factor unknown
			plus++
		}
		for range shown + ahead {
			terms = append(terms, a)
			a = a*factor + plus
		}
	case 2:
		rule = "every term but the first two is the sum of the two before it, plus a fixed whole number"
		a, b, plus := small(), small(), small()
		for range shown + ahead {
			terms = append(terms, a)
			a, b = b, a+b+plus
		}
	default:
		rule = "two arithmetic progressions take turns"
		a, b, stepA, stepB := small(), small(), small(), small()
		for range shown + ahead {
			terms = append(terms, a)
			a, b, stepA, stepB = b, a+stepA, stepB, stepA
		}
	}
	return question.Question{
		Prompt: "A sequence begins " + strings.Join(texts(terms[:shown]), ", ") + ". Its rule: " + rule + ". What is term number " +
			text(int64(shown+ahead)) + ", the first one being number 1?" + numberOnly,
		Expected: text(terms[shown+ahead-1]),
	}
}

func drawPolynomial(d *drawer) question.Question {
	x := d.signed(d.between(2, int64(d.byDifficulty([5]int{3, 5, 9, 12, 20}))))
	degree := d.byDifficulty([5]int{2, 2, 3, 4, 5})
	names := []string{"", "x", "x^2", "x^3", "x^4", "x^5"}
	var terms []term
	var value int64
	for i := degree; i >= 0; i-- {
		factor := d.coefficient()
		terms = append(terms, term{factor, names[i]})
		value = value*x + factor
	}
	return question.Question{
		Prompt:   "Evaluate p(x) = " + polynomial(terms...) + " at x = " + text(x) + "." + numberOnly,
		Expected: text(value),
	}
}

// drawStory picks one of several little stories.
func drawStory(d *drawer) question.Question {
	story, answer := pick(d, stories)(d)
	return question.Question{Prompt: "A word problem: " + story + numberOnly, Expected: text(answer)}
}

// The stories. Each returns its text, which ends with the question, and the answer.
var stories = []func(d *drawer) (string, int64){shoppingStory, travelStory, agesStory, legsStory, tankStory, savingsStory, rowsStory, workersStory}

// amount draws a number of things.
func (d *drawer) amount() int64 {
	return d.between(2, int64(d.byDifficulty([5]int{9, 20, 60, 200, 900})))
}

func shoppingStory(d *drawer) (string, int64) {
	who, things := pick(d, firstNames), some(d, 2, goods)
	n, m, p, q, change := d.amount(), d.amount(), d.amount(), d.amount(), d.amount()
	paid := n*p + m*q + change
	return who + " buys " + text(n) + " pieces of the article " + things[0] + " at " + text(p) + " coins each and " + text(m) + " pieces of the article " + things[1] +
		" and pays " + text(paid) + " coins. The change is " + text(change) + " coins. How many coins does one piece of the article " + things[1] + " cost?", q
}

func travelStory(d *drawer) (string, int64) {
	towns, hours, slow, fast := some(d, 2, cities), d.amount(), d.amount(), d.amount()
	return "two trains start at the same time, one in " + towns[0] + " and one in " + towns[1] + ", and run towards each other on the same line, at " + text(slow) +
		" and " + text(fast) + " km per hour. They meet after " + text(hours) + " hours. How many km is the line long?", hours * (slow + fast)
}

func agesStory(d *drawer) (string, int64) {
	who, factor, younger, later := some(d, 2, firstNames), d.between(2, 6), d.amount(), d.amount()
	return who[0] + " is " + text(factor) + " times as old as " + who[1] + ". In " + text(later) + " years they will be " + text(younger*(factor+1)+2*later) +
		" years old together. How old is " + who[1] + " now?", younger
}

func legsStory(d *drawer) (string, int64) {
	hens, goats := d.amount(), d.amount()
	return "on a farm there are hens with two legs and goats with four legs, " + text(hens+goats) + " animals with " + text(2*hens+4*goats) +
		" legs in all. How many goats are there?", goats
}

func tankStory(d *drawer) (string, int64) {
	in, out, minutes, first := d.amount(), d.amount(), d.amount(), d.amount()
	in += out
	return "a tank holds " + text(first) + " litres. Every minute " + text(in) + " litres flow in and " + text(out) + " litres flow out. After how many minutes does it hold " +
		text(first+minutes*(in-out)) + " litres?", minutes
}

func savingsStory(d *drawer) (string, int64) {
	who, first, more, weeks := pick(d, firstNames), d.amount(), d.amount(), d.between(3, 12)
	return who + " saves " + text(first) + " coins in the first week, and in every later week " + text(more) + " coins more than in the week before. How many coins are saved after " +
		text(weeks) + " weeks?", weeks*first + more*weeks*(weeks-1)/2
}

func rowsStory(d *drawer) (string, int64) {
	rows, seats := d.amount(), d.amount()
	empty := d.between(1, rows*seats-1)
	price := d.between(2, 30)
	return "a theatre has " + text(rows) + " rows of " + text(seats) + " seats. A ticket costs " + text(price) + " coins, and " + text(empty) +
		" seats stay empty. How many coins are taken in?", (rows*seats - empty) * price
}

func workersStory(d *drawer) (string, int64) {
	workers, days, fewer := d.between(2, 30), d.amount(), d.between(2, 12)
	// What one worker does in a day makes the days of the smaller team whole.
	return text(workers*fewer) + " workers of equal speed finish a wall in " + text(days) + " days. How many days do " + text(workers) +
		" such workers take for the same wall?", days * fewer
}
