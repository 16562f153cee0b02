package generate

import (
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var arithmeticGenerator = Generator{
	name:       "arithmetic/1",
	summary:    "written arithmetic with whole numbers and fractions",
	parameters: []Parameter{difficultyParameter},
	families: []family{
		{"sum", "two to four numbers added and subtracted", 30, 0, drawSum},
		{"product", "two numbers multiplied", 15, 10, drawProduct},
		{"division", "quotient and remainder", 15, 0, drawDivision},
		{"expression", "an expression with brackets and the precedence of operators", 150, 0, drawExpression},
		{"fraction", "two fractions added, subtracted, multiplied or divided", 200, 10, drawFraction},
		{"gcd", "the greatest common divisor of two numbers", 350, 5, drawGCD},
		{"lcm", "the least common multiple of two numbers", 60, 15, drawLCM},
		{"modular-power", "the remainder of a power", 900, 40, drawModularPower},
		{"percentage", "a share, a change or the rate of two numbers", 90, 20, drawPercentage},
		{"based-sum", "a sum written in another base", 150, 50, drawBasedSum},
	},
}

// Digits of the operands by difficulty.
var operandDigits = [5]int{2, 3, 4, 6, 9}

const numberOnly = " Answer with the number only."

func drawSum(d *drawer) question.Question {
	terms := 2 + (d.difficulty()-1)/2
	sum := d.digits(d.byDifficulty(operandDigits))
	prompt := "Calculate the sum: " + text(sum)
	for range terms - 1 {
		n := d.digits(d.byDifficulty(operandDigits))
		if d.coin() {
			prompt, sum = prompt+" - "+text(n), sum-n
		} else {
			prompt, sum = prompt+" + "+text(n), sum+n
		}
	}
	return question.Question{Prompt: prompt + "." + numberOnly, Expected: text(sum)}
}

func drawProduct(d *drawer) question.Question {
	a := d.digits(d.byDifficulty([5]int{2, 3, 3, 4, 6}))
	b := d.digits(d.byDifficulty([5]int{1, 2, 3, 4, 6}))
	return question.Question{Prompt: "Multiply " + text(a) + " by " + text(b) + "." + numberOnly, Expected: text(a * b)}
}

func drawDivision(d *drawer) question.Question {
	a := d.digits(d.byDifficulty([5]int{3, 4, 5, 7, 9}))
	b := d.digits(d.byDifficulty([5]int{1, 2, 2, 3, 4})) + 1
	return question.Question{
		Prompt: "Divide " + text(a) + " by " + text(b) + " with remainder. " +
			"Answer with the quotient and the remainder, separated by one space, such as 12 5.",
		Expected: text(a/b) + " " + text(a%b),
	}
}

func drawExpression(d *drawer) question.Question {
	tree := d.expression(d.byDifficulty([5]int{3, 4, 5, 7, 9}), "+-*", func() string { return text(d.between(1, 20)) })
	return question.Question{
		Prompt:   "Evaluate the expression " + tree.infix() + "." + numberOnly,
		Expected: text(tree.value()),
	}
}

const fractionFormat = " Answer with a fraction in lowest terms, such as 3/4 or -5/2, or with a whole number."

func drawFraction(d *drawer) question.Question {
	most := int64(d.byDifficulty([5]int{9, 12, 30, 99, 999}))
	a, b, c, e := d.between(1, most), d.between(2, most), d.between(1, most), d.between(2, most)
	var top, bottom int64
	sign := pick(d, []string{"+", "-", "*", "/"})
	switch sign {
	case "+":
		top, bottom = a*e+c*b, b*e
	case "-":
		top, bottom = a*e-c*b, b*e
	case "*":
		top, bottom = a*c, b*e
	default:
		top, bottom = a*e, b*c
	}
	expected := reduced(top, bottom)
	var alternatives []string
	if !strings.Contains(expected, "/") {
		alternatives = []string{expected + "/1"}
	}
	return question.Question{
		Prompt:   "Calculate with fractions: (" + text(a) + "/" + text(b) + ") " + sign + " (" + text(c) + "/" + text(e) + ")." + fractionFormat,
		Expected: expected, Alternatives: alternatives,
	}
}

// reduced writes a fraction in lowest terms; bottom is positive.
func reduced(top, bottom int64) string {
	shared := gcd(top, bottom)
	if bottom == shared {
		return text(top / bottom)
	}
	return text(top/shared) + "/" + text(bottom/shared)
}

// multiples draws two numbers that share a factor.
func (d *drawer) multiples() (a, b int64) {
	shared := d.between(2, int64(d.byDifficulty([5]int{12, 40, 99, 500, 3000})))
	most := int64(d.byDifficulty([5]int{12, 60, 99, 200, 900}))
	return shared * d.between(1, most), shared * d.between(1, most)
}

func drawGCD(d *drawer) question.Question {
	a, b := d.multiples()
	return question.Question{
		Prompt:   "What is the greatest common divisor of " + text(a) + " and " + text(b) + "?" + numberOnly,
		Expected: text(gcd(a, b)),
	}
}

func drawLCM(d *drawer) question.Question {
	a, b := d.multiples()
	return question.Question{
		Prompt:   "What is the least common multiple of " + text(a) + " and " + text(b) + "?" + numberOnly,
		Expected: text(a / gcd(a, b) * b),
	}
}

func drawModularPower(d *drawer) question.Question {
	base := d.between(2, int64(d.byDifficulty([5]int{9, 20, 99, 999, 9999})))
	exponent := d.between(2, int64(d.byDifficulty([5]int{5, 10, 30, 200, 5000})))
	modulus := d.between(11, int64(d.byDifficulty([5]int{30, 99, 200, 999, 9999})))
	result := int64(1)
	for power, rest := base%modulus, exponent; rest > 0; rest >>= 1 {
		if rest&1 == 1 {
			result = result * power % modulus
		}
		power = power * power % modulus
	}
	return question.Question{
		Prompt:   "What is the remainder of " + text(base) + "^" + text(exponent) + " (a power) after division by " + text(modulus) + "?" + numberOnly,
		Expected: text(result),
	}
}

func drawPercentage(d *drawer) question.Question {
	rate := d.between(2, 99)
	most := int64(d.byDifficulty([5]int{20, 90, 400, 5000, 99999}))
	// Every share is whole: the base is a multiple of what the rate's lowest terms ask for.
	base := d.between(1, most) * (100 / gcd(rate, 100))
	share := base * rate / 100
	var prompt string
	var expected int64
	switch d.below(4) {
	case 0:
		prompt, expected = "what is "+text(rate)+" % of "+text(base)+"?", share
	case 1:
		prompt, expected = text(base)+" grows by "+text(rate)+" %. What is it then?", base+share
	case 2:
		prompt, expected = text(base)+" shrinks by "+text(rate)+" %. What is it then?", base-share
	default:
		prompt, expected = "how many percent of "+text(base)+" are "+text(share)+"?", rate
	}
	return question.Question{Prompt: "A question about percentages: " + prompt + numberOnly, Expected: text(expected)}
}

func drawBasedSum(d *drawer) question.Question {
	base := pick(d, []int{2, 3, 5, 7, 8, 12, 16})
	n := d.byDifficulty([5]int{2, 3, 4, 5, 7})
	if base == 2 {
		n *= 2
	}
	low := int64(1)
	for range n - 1 {
		low *= int64(base)
	}
	a, b := d.between(low, low*int64(base)-1), d.between(low, low*int64(base)-1)
	based := func(n int64) string { return strconv.FormatInt(n, base) }
	return question.Question{
		Prompt: "All numbers here are written in base " + strconv.Itoa(base) + " with the digits " + "0123456789abcdef"[:base] +
			". Add " + based(a) + " and " + based(b) + ". Answer with the sum in base " + strconv.Itoa(base) + " only, in lower case and without a prefix.",
		Expected: based(a + b), Alternatives: upperCase(based(a + b)),
	}
}

// upperCase is the other way to write a number whose digits include letters, nothing
// when there are none.
func upperCase(number string) []string {
	if upper := strings.ToUpper(number); upper != number {
		return []string{upper}
	}
	return nil
}
