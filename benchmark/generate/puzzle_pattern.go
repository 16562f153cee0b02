package generate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

// pattern is a regular expression that means the same in every common dialect:
// letters, classes, groups of alternatives and greedy quantifiers, no references.
type pattern struct {
	text   string
	empty  bool                   // whether it can match the empty string
	sample func(d *drawer) string // a string that it matches
}

func (d *drawer) pattern(parts, nesting int) pattern {
	sequence := make([]pattern, parts)
	for i := range sequence {
		sequence[i] = d.quantified(d.atom(nesting))
	}
	return pattern{
		strings.Join(mapped(sequence, func(p pattern) string { return p.text }), ""),
		!slices.ContainsFunc(sequence, func(p pattern) bool { return !p.empty }),
		func(d *drawer) string {
			return strings.Join(mapped(sequence, func(p pattern) string { return p.sample(d) }), "")
		},
	}
}

func (d *drawer) atom(nesting int) pattern {
	switch kind := d.below(5); {
	case kind == 0:
		letters := string(ascending(some(d, d.count(2, 3), []byte("abcde"))))
		return pattern{"[" + letters + "]", false, func(d *drawer) string { return d.letters(1, letters) }}
	case kind == 1:
		return pattern{"[0-9]", false, func(d *drawer) string { return d.letters(1, "0123456789") }}
	case kind == 2 && nesting > 0:
		left, right := d.pattern(d.count(1, 2), nesting-1), d.pattern(d.count(1, 2), nesting-1)
		return pattern{"(" + left.text + "|" + right.text + ")", left.empty || right.empty, func(d *drawer) string {
			if d.coin() {
				return left.sample(d)
			}
			return right.sample(d)
		}}
	default:
		letter := d.letters(1, "abcde")
		return pattern{letter, false, func(*drawer) string { return letter }}
	}
}

func (d *drawer) quantified(p pattern) pattern {
	if p.empty {
		return p // dialects disagree on how often nothing is repeated
	}
	least, most, sign := 1, 1, ""
	switch d.below(8) {
	case 0:
		least, most, sign = 0, 3, "*"
	case 1:
		least, most, sign = 1, 3, "+"
	case 2:
		least, most, sign = 0, 1, "?"
	case 3:
		least = d.count(1, 2)
		most = least + d.count(1, 2)
		sign = "{" + strconv.Itoa(least) + "," + strconv.Itoa(most) + "}"
	}
	return pattern{p.text + sign, p.empty || least == 0, func(d *drawer) string {
		var out strings.Builder
		for range d.count(least, most) {
			out.WriteString(p.sample(d))
		}
		return out.String()
	}}
}

// wholePattern draws a pattern that never matches the empty string.
func (d *drawer) wholePattern() pattern {
	p := d.pattern(d.byDifficulty([5]int{3, 3, 4, 5, 6}), d.byDifficulty([5]int{0, 1, 1, 2, 2}))
	letter := d.letters(1, "abcde")
	return pattern{p.text + letter, false, func(d *drawer) string { return p.sample(d) + letter }}
}

// damaged changes a string a little.
func (d *drawer) damaged(s string) string {
	i := d.below(len(s))
	switch d.below(3) {
	case 0:
		return s[:i] + s[i+1:] + d.letters(1, "abcde")
	case 1:
		return s[:i] + d.letters(1, "abcde0123") + s[i:]
	default:
		return s[:i] + d.letters(1, "abcde0123") + s[i+1:]
	}
}

func drawPatternMatch(d *drawer) question.Question {
	p := d.wholePattern()
	whole := regexp.MustCompile("^(?:" + p.text + ")$")
	candidates := make([]string, d.byDifficulty([5]int{4, 5, 6, 7, 8}))
	var answer []string
	for i := range candidates {
		candidates[i] = p.sample(d)
		if d.below(3) > 0 {
			candidates[i] = d.damaged(candidates[i])
		}
		if whole.MatchString(candidates[i]) {
			answer = append(answer, strconv.Itoa(i+1))
		}
	}
	expected := strings.Join(answer, " ")
	if expected == "" {
		expected = "none"
	}
	return question.Question{
		Prompt: "Which of these strings does the regular expression " + p.text + " match as a whole, from the first to the last character?\n" + numbered(candidates) +
			"Answer with their numbers in ascending order, separated by single spaces, or with the word none.",
		Expected: expected,
	}
}

func drawPatternFind(d *drawer) question.Question {
	p := d.wholePattern()
	s := d.letters(d.count(2, 8), "abcde0123") + p.sample(d) + d.letters(d.count(2, 8), "abcde0123")
	found := regexp.MustCompile(p.text).FindString(s)
	return question.Question{
		Prompt: "A search with the regular expression " + p.text + " begins at the left of the string " + s +
			". All quantifiers are greedy, and of alternatives the first that leads to a match is taken. Answer with the text of the first match only.",
		Expected: found,
	}
}
