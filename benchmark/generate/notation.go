package generate

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var notationGenerator = Generator{
	name:       "notation/1",
	summary:    "the same thing written another way",
	parameters: []Parameter{difficultyParameter},
	families: []family{
		{"postfix", "infix to reverse Polish notation", 5, 0, drawPostfix},
		{"prefix", "infix to Polish notation", 5, 0, drawPrefix},
		{"infix", "reverse Polish notation to infix with all brackets", 5, 0, drawInfix},
		{"stack", "the value of an expression in reverse Polish notation", 250, 0, drawStack},
		{"roman", "Arabic and Roman numerals, and sums of Roman ones", 15, 70, drawRoman},
		{"base", "a number from one base to another", 25, 5, drawBase},
		{"date", "a date from one form to another", 5, 0, drawDate},
		{"weekday", "the day of the week of a date", 1750, 15, drawWeekday},
		{"pairs", "a JSON object as key=value lines", 5, 0, drawPairs},
		{"object", "key=value lines as a JSON object", 5, 0, drawObject},
		{"units", "a measure in another unit", 45, 100, drawUnits},
		{"duration", "seconds as hours, minutes and seconds, and back", 15, 30, drawDuration},
		{"morse", "words in Morse code, and back", 15, 70, drawMorse},
		{"truth-table", "the column of a truth table", 1050, 5, drawTruthTable},
	},
}

func (d *drawer) letterTree() *expression {
	names := strings.Split(alphabet, "")
	shuffle(d, names)
	next := 0
	return d.expression(d.byDifficulty([5]int{3, 4, 6, 8, 12}), "+-*/", func() string {
		next++
		return names[next-1]
	})
}

func drawPostfix(d *drawer) question.Question {
	tree := d.letterTree()
	return question.Question{
		Prompt: "Reverse Polish notation: write " + tree.infix() + " with every operator behind its operands, leaving the operands in their order. " +
			"Operators of equal precedence are taken from left to right. Answer with operands and operators separated by single spaces, such as a b + c *.",
		Expected: tree.postfix(),
	}
}

func drawPrefix(d *drawer) question.Question {
	tree := d.letterTree()
	return question.Question{
		Prompt: "Express " + tree.infix() + " in Polish (prefix) notation, leaving the operands in their order. " +
			"Operators of equal precedence are taken from left to right. Answer with operators and operands separated by single spaces, such as * + a b c.",
		Expected: tree.prefix(),
	}
}

func drawInfix(d *drawer) question.Question {
	tree := d.letterTree()
	return question.Question{
		Prompt: "This is in reverse Polish notation: " + tree.postfix() + "\nWrite it in the usual infix notation with brackets around every operation, the outermost too, " +
			"leaving the operands in their order. Answer with single spaces around operators and none inside brackets, such as ((a + b) * c).",
		Expected: tree.bracketed(),
	}
}

func drawStack(d *drawer) question.Question {
	tree := d.expression(d.byDifficulty([5]int{3, 4, 5, 7, 9}), "+-*", func() string { return text(d.between(1, 12)) })
	return question.Question{Prompt: "Evaluate in reverse Polish notation: " + tree.postfix() + "\n" + strings.TrimSpace(numberOnly), Expected: text(tree.value())}
}

// roman writes 1 to 3999 in Roman numerals.
func roman(n int) string {
	var out strings.Builder
	for _, numeral := range []struct {
		value int
		sign  string
	}{
		{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
	} {
		out.WriteString(strings.Repeat(numeral.sign, n/numeral.value))
		n %= numeral.value
	}
	return out.String()
}

func drawRoman(d *drawer) question.Question {
	if d.difficulty() > 2 {
		most := d.byDifficulty([5]int{0, 0, 400, 999, 1999})
		n, m := d.count(1, most), d.count(1, most)
		return question.Question{
			Prompt:   "Roman numerals: add " + roman(n) + " and " + roman(m) + ". Answer with the sum as a Roman numeral, in capital letters only.",
			Expected: roman(n + m),
		}
	}
	n := d.count(1, d.byDifficulty([5]int{399, 3999, 0, 0, 0}))
	if d.coin() {
		return question.Question{Prompt: "Roman numerals: write " + strconv.Itoa(n) + " as a Roman numeral. Answer with the capital letters only.", Expected: roman(n)}
	}
	return question.Question{Prompt: "Roman numerals: which number is " + roman(n) + "?" + numberOnly, Expected: strconv.Itoa(n)}
}

func drawBase(d *drawer) question.Question {
	bases := some(d, 2, []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16})
	n := d.between(10, int64(d.byDifficulty([5]int{99, 999, 9_999, 99_999, 99_999_999})))
	return question.Question{
		Prompt: "Convert " + strconv.FormatInt(n, bases[0]) + " from base " + strconv.Itoa(bases[0]) + " to base " + strconv.Itoa(bases[1]) +
			". Digits above 9 are the letters a to f. Answer with the converted number only, without a prefix.",
		Expected: strconv.FormatInt(n, bases[1]), Alternatives: upperCase(strconv.FormatInt(n, bases[1])),
	}
}

const jsonFormat = " Answer with JSON only, without any white space and with the keys in the order in which they are given."

// fields draws names with values for objects: texts, numbers and truths, written as JSON.
func (d *drawer) fields() (names, values []string) {
	names = some(d, d.byDifficulty([5]int{2, 4, 6, 9, 14}), plainWords)
	for range names {
		switch d.below(4) {
		case 0:
			values = append(values, text(d.signed(d.between(0, 9999))))
		case 1:
			values = append(values, strconv.FormatBool(d.coin()))
		default:
			values = append(values, quoted(pick(d, plainWords)))
		}
	}
	return names, values
}

// quoted is the text as a JSON string; there is no text that has none.
func quoted(s string) string {
	encoded, _ := json.Marshal(s)
	return string(encoded)
}

func drawPairs(d *drawer) question.Question {
	names, values := d.fields()
	members := make([]string, len(names))
	pairs := make([]string, len(names))
	// From the third difficulty on every third field lies in an object of its own.
	for i := range names {
		if d.difficulty() > 2 && i%3 == 2 {
			inner := pick(d, goods)
			members[i] = quoted(names[i]) + ":{" + quoted(inner) + ":" + values[i] + "}"
			pairs[i] = names[i] + "." + inner + "=" + strings.Trim(values[i], `"`)
			continue
		}
		members[i] = quoted(names[i]) + ":" + values[i]
		pairs[i] = names[i] + "=" + strings.Trim(values[i], `"`)
	}
	slices.Sort(pairs)
	return question.Question{
		Prompt: "Write this JSON object as lines of the form key=value, without quotes, sorted by key; a key inside an inner object is written as outer.inner:\n{" +
			strings.Join(members, ",") + "}\nAnswer with the lines only.",
		Expected: strings.Join(pairs, "\n"),
	}
}

func drawObject(d *drawer) question.Question {
	names, values := d.fields()
	pairs, members := make([]string, len(names)), make([]string, len(names))
	for i := range names {
		pairs[i] = names[i] + "=" + strings.Trim(values[i], `"`)
		members[i] = quoted(names[i]) + ":" + values[i]
	}
	return question.Question{
		Prompt: "Turn these lines into one flat JSON object. Whole numbers become numbers, true and false become booleans, everything else becomes a string.\n" +
			strings.Join(pairs, "\n") + "\n" + strings.TrimSpace(jsonFormat),
		Expected: "{" + strings.Join(members, ",") + "}",
	}
}

// measures are chains of units, each with how many of the next it has.
var measures = [][]struct {
	name string
	has  int64
}{
	{{"km", 1000}, {"m", 100}, {"cm", 10}, {"mm", 1}},
	{{"t", 1000}, {"kg", 1000}, {"g", 1}},
	{{"weeks", 7}, {"days", 24}, {"hours", 60}, {"minutes", 60}, {"seconds", 1}},
	{{"miles", 1760}, {"yards", 3}, {"feet", 12}, {"inches", 1}},
	{{"gallons", 4}, {"quarts", 2}, {"pints", 2}, {"cups", 1}},
	{{"stone", 14}, {"pounds", 16}, {"ounces", 1}},
}

func drawUnits(d *drawer) question.Question {
	units := pick(d, measures)
	last := d.count(1, len(units)-1)
	first := max(0, last-d.byDifficulty([5]int{1, 1, 2, 3, 4}))
	total := int64(0)
	var parts []string
	for i := first; i <= last; i++ {
		total *= units[max(i-1, 0)].has
		if i == last && i > first && d.coin() {
			break // nothing of the smallest unit
		}
		n := d.between(1, int64(d.byDifficulty([5]int{20, 99, 200, 500, 2000})))
		total += n
		parts = append(parts, text(n)+" "+units[i].name)
	}
	relations := make([]string, 0, last-first)
	for i := first; i < last; i++ {
		relations = append(relations, text(units[i].has)+" "+units[i+1].name+" for one of "+units[i].name)
	}
	return question.Question{
		Prompt:   "Other units: convert to " + units[last].name + ": " + listed(parts) + ". (It takes " + listed(relations) + ".)" + numberOnly,
		Expected: text(total),
	}
}

func drawDuration(d *drawer) question.Question {
	seconds := d.between(61, int64(d.byDifficulty([5]int{3_599, 9_999, 86_399, 359_999, 3_599_999})))
	two := func(n int64) string { return strconv.FormatInt(100+n, 10)[1:] }
	clock := text(seconds/3600) + ":" + two(seconds/60%60) + ":" + two(seconds%60)
	if d.coin() {
		return question.Question{
			Prompt:   "A duration of " + text(seconds) + " seconds is to be written as hours, minutes and seconds. Answer in the form h:mm:ss, such as 0:05:09 or 27:30:00.",
			Expected: clock,
		}
	}
	return question.Question{Prompt: "A duration of " + clock + " (h:mm:ss) is to be written in seconds." + numberOnly, Expected: text(seconds)}
}

// Morse code of a to z.
var morse = strings.Fields(".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..")

func drawMorse(d *drawer) question.Question {
	words := make([]string, d.byDifficulty([5]int{1, 2, 3, 5, 8}))
	codes := make([]string, len(words))
	for i := range words {
		words[i] = pick(d, plainWords)
		codes[i] = strings.Join(mapped([]byte(words[i]), func(c byte) string { return morse[c-'a'] }), " ")
	}
	plain, code := strings.Join(words, " "), strings.Join(codes, " / ")
	if d.coin() {
		return question.Question{
			Prompt:   "Morse code: encode " + plain + "\nAnswer with dots and dashes only, letters separated by one space and words by space, slash, space.",
			Expected: code,
		}
	}
	return question.Question{Prompt: "Morse code: decode " + code + "\nAnswer with the words in lower case, separated by single spaces.", Expected: plain}
}

// truth is a boolean expression over the first variables.
type truth struct {
	text  string
	value func(row int) bool // variable i is bit i of the row, counted from the left
}

func (d *drawer) truth(leaves, variables int) truth {
	if leaves == 1 {
		i := d.below(variables)
		leaf := truth{alphabet[i : i+1], func(row int) bool { return row>>(variables-1-i)&1 == 1 }}
		if d.below(3) > 0 {
			return leaf
		}
		return truth{"not " + leaf.text, func(row int) bool { return !leaf.value(row) }}
	}
	n := d.count(1, leaves-1)
	left, right := d.truth(n, variables), d.truth(leaves-n, variables)
	switch d.below(3) {
	case 0:
		return truth{"(" + left.text + " and " + right.text + ")", func(row int) bool { return left.value(row) && right.value(row) }}
	case 1:
		return truth{"(" + left.text + " or " + right.text + ")", func(row int) bool { return left.value(row) || right.value(row) }}
	default:
		return truth{"(" + left.text + " xor " + right.text + ")", func(row int) bool { return left.value(row) != right.value(row) }}
	}
}

func drawTruthTable(d *drawer) question.Question {
	variables := d.byDifficulty([5]int{2, 3, 3, 4, 4})
	t := d.truth(d.byDifficulty([5]int{3, 4, 6, 8, 12}), variables)
	column := make([]byte, 1<<variables)
	for row := range column {
		column[row] = '0'
		if t.value(row) {
			column[row] = '1'
		}
	}
	names := listed(strings.Split(alphabet[:variables], ""))
	return question.Question{
		Prompt: "Truth table of " + t.text + " with the variables " + names + ". The rows are the assignments in ascending order, from " +
			strings.Repeat("0", variables) + " to " + strings.Repeat("1", variables) + ", the first digit being a. Answer with the " +
			strconv.Itoa(len(column)) + " results as one word of zeros and ones.",
		Expected: string(column),
	}
}
