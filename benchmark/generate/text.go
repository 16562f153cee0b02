package generate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var textGenerator = Generator{
	name:    "text/1",
	summary: "transformations of strings and lists, alone and one after the other",
	parameters: []Parameter{
		{Name: "length", Summary: "letters of a string, words or numbers of a list", Min: 4, Max: 64, Default: 8},
		{Name: "steps", Summary: "transformations one after the other, where a family has steps", Min: 1, Max: 8, Default: 2},
	},
	families: []family{
		{"string", "steps on a string of letters", 5, 0, drawString},
		{"words", "steps on a list of words", 55, 0, drawWords},
		{"numbers", "steps on a list of numbers", 25, 0, drawNumbers},
		{"count", "how often something occurs in a string", 1300, 0, drawCount},
		{"element", "a letter or a word at a position", 1050, 0, drawElement},
		{"run-length", "runs of letters written as letter and number, and back", 5, 0, drawRunLength},
		{"cipher", "a message enciphered by shifting letters", 15, 5, drawCipher},
		{"zip", "two lists combined position by position", 5, 0, drawZip},
	},
}

const vowels = "aeiou"

// step is a transformation that is described to the reader; apply may return an empty
// result, which makes the step unsuitable.
type step[T any] struct {
	told  string
	apply func(T) T
}

// steps draws a chain of steps none of which leaves nothing over.
func steps[T any, S ~[]E, E any](d *drawer, value T, choose func() step[T], size func(T) S) (told []string, result T) {
	for range d.setting("steps") {
		// Almost every step suits; the bound only keeps the loop finite.
		for try := 0; try < 16; try++ {
			s := choose()
			if next := s.apply(value); len(size(next)) > 0 {
				told, value = append(told, s.told), next
				break
			}
		}
	}
	return told, value
}

func drawString(d *drawer) question.Question {
	start := d.letters(d.setting("length"), alphabet)
	told, result := steps(d, start, d.stringStep, func(s string) []byte { return []byte(s) })
	return question.Question{
		Prompt: "Apply these steps, one after the other, to the string " + start + ":\n" + numbered(told) +
			"Answer with the resulting string only.",
		Expected: result,
	}
}

func (d *drawer) stringStep() step[string] {
	switch d.below(10) {
	case 0:
		return step[string]{"reverse the string", reversed}
	case 1:
		return step[string]{"sort the letters alphabetically", sortedLetters}
	case 2:
		return step[string]{"remove every letter that occurred earlier in the string", func(s string) string { return string(unique([]byte(s))) }}
	case 3:
		n := d.count(1, 4)
		return step[string]{"move the first letter to the end, " + times(n), func(s string) string { return string(rotated([]byte(s), n)) }}
	case 4:
		n := d.count(1, 25)
		return step[string]{"replace every letter by the one " + places(n) + " later in the alphabet; a comes after z", func(s string) string { return shifted(s, n) }}
	case 5:
		return step[string]{"remove all vowels (a, e, i, o, u)", func(s string) string {
			return strings.Map(func(r rune) rune {
				if strings.ContainsRune(vowels, r) {
					return -1
				}
				return r
			}, s)
		}}
	case 6:
		return step[string]{"swap the first and the last letter", func(s string) string {
			letters := []byte(s)
			letters[0], letters[len(letters)-1] = letters[len(letters)-1], letters[0]
			return string(letters)
		}}
	case 7:
		return step[string]{"keep only the letters at odd positions (the first, the third and so on)", func(s string) string {
			var kept []byte
			for i := 0; i < len(s); i += 2 {
				kept = append(kept, s[i])
			}
			return string(kept)
		}}
	case 8:
		pair := some(d, 2, []byte(alphabet))
		from, to := string(pair[0]), string(pair[1])
		return step[string]{"put a " + to + " in front of the string and a " + from + " behind it", func(s string) string { return to + s + from }}
	default:
		return step[string]{"swap the first letter with the second, the third with the fourth and so on; a last letter without a partner stays", func(s string) string {
			letters := []byte(s)
			for i := 0; i+1 < len(letters); i += 2 {
				letters[i], letters[i+1] = letters[i+1], letters[i]
			}
			return string(letters)
		}}
	}
}

func drawWords(d *drawer) question.Question {
	start := make([]string, d.setting("length"))
	for i := range start {
		start[i] = pick(d, plainWords)
	}
	told, result := steps(d, start, d.wordsStep, func(list []string) []string { return list })
	return question.Question{
		Prompt: "Apply these steps, one after the other, to the list of words: " + strings.Join(start, " ") + "\n" + numbered(told) +
			"Answer with the resulting words only, separated by single spaces.",
		Expected: strings.Join(result, " "),
	}
}

func (d *drawer) wordsStep() step[[]string] {
	switch d.below(9) {
	case 0:
		return step[[]string]{"reverse the order of the words", backwards[string]}
	case 1:
		return step[[]string]{"sort the words alphabetically", ascending[string]}
	case 2:
		return step[[]string]{"sort the words by their number of letters, fewest first; words of the same length keep their order", func(list []string) []string {
			list = slices.Clone(list)
			slices.SortStableFunc(list, func(a, b string) int { return len(a) - len(b) })
			return list
		}}
	case 3:
		letter := d.letters(1, alphabet)
		return step[[]string]{"remove all words that contain the letter " + letter, func(list []string) []string {
			return kept(list, func(w string) bool { return !strings.Contains(w, letter) })
		}}
	case 4:
		n := d.count(4, 6)
		return step[[]string]{"keep only words with fewer than " + strconv.Itoa(n) + " letters", func(list []string) []string {
			return kept(list, func(w string) bool { return len(w) < n })
		}}
	case 5:
		return step[[]string]{"write the letters of every word backwards, leaving the words where they are", func(list []string) []string { return mapped(list, reversed) }}
	case 6:
		n := d.count(1, 4)
		return step[[]string]{"move the first word to the end, " + times(n), func(list []string) []string { return rotated(list, n) }}
	case 7:
		return step[[]string]{"remove every word that occurred earlier in the list", unique[string]}
	default:
		return step[[]string]{"remove the first letter of every word and put it at the end of that word", func(list []string) []string {
			return mapped(list, func(w string) string { return w[1:] + w[:1] })
		}}
	}
}

func drawNumbers(d *drawer) question.Question {
	start := make([]int64, d.setting("length"))
	for i := range start {
		start[i] = d.between(1, 30)
	}
	told, result := steps(d, start, d.numbersStep, func(list []int64) []int64 { return list })
	return question.Question{
		Prompt: "Apply these steps, one after the other, to the list of numbers: " + strings.Join(texts(start), " ") + "\n" + numbered(told) +
			"Answer with the resulting numbers only, separated by single spaces.",
		Expected: strings.Join(texts(result), " "),
	}
}

func (d *drawer) numbersStep() step[[]int64] {
	switch d.below(11) {
	case 0:
		return step[[]int64]{"reverse the order", backwards[int64]}
	case 1:
		return step[[]int64]{"sort in ascending order", ascending[int64]}
	case 2:
		return step[[]int64]{"sort in descending order", func(list []int64) []int64 { return backwards(ascending(list)) }}
	case 3:
		return step[[]int64]{"remove every number that occurred earlier in the list", unique[int64]}
	case 4:
		n := d.count(1, 4)
		return step[[]int64]{"move the first number to the end, " + times(n), func(list []int64) []int64 { return rotated(list, n) }}
	case 5:
		return step[[]int64]{"keep only the even numbers", func(list []int64) []int64 { return kept(list, func(n int64) bool { return n%2 == 0 }) }}
	case 6:
		return step[[]int64]{"keep only the odd numbers", func(list []int64) []int64 { return kept(list, func(n int64) bool { return n%2 != 0 }) }}
	case 7:
		limit := d.between(5, 20)
		return step[[]int64]{"keep only numbers greater than " + text(limit), func(list []int64) []int64 {
			return kept(list, func(n int64) bool { return n > limit })
		}}
	case 8:
		factor := d.between(2, 5)
		return step[[]int64]{"multiply every number by " + text(factor), func(list []int64) []int64 {
			return mapped(list, func(n int64) int64 { return n * factor })
		}}
	case 9:
		return step[[]int64]{"replace every number by the sum of it and all numbers before it", func(list []int64) []int64 {
			var sum int64
			return mapped(list, func(n int64) int64 { sum += n; return sum })
		}}
	default:
		return step[[]int64]{"replace every number but the first by it minus the number before it, and remove the first", func(list []int64) []int64 {
			differences := make([]int64, 0, len(list))
			for i := 1; i < len(list); i++ {
				differences = append(differences, list[i]-list[i-1])
			}
			return differences
		}}
	}
}

func drawCount(d *drawer) question.Question {
	// Few letters, so that there is something to count.
	s := d.letters(3*d.setting("length"), "abcde")
	var what string
	count := 0
	switch d.below(4) {
	case 0:
		letter := d.letters(1, "abcde")
		what, count = "times does the letter "+letter+" occur", strings.Count(s, letter)
	case 1:
		pair := d.letters(2, "abcde")
		what = "times does the pair " + pair + " occur at two neighbouring positions (overlaps count)"
		for i := range len(s) - 1 {
			if s[i:i+2] == pair {
				count++
			}
		}
	case 2:
		what = "positions hold the same letter as the position before"
		for i := 1; i < len(s); i++ {
			if s[i] == s[i-1] {
				count++
			}
		}
	default:
		what = "vowels are there"
		for i := range len(s) {
			if strings.IndexByte(vowels, s[i]) >= 0 {
				count++
			}
		}
	}
	return question.Question{Prompt: "In the string " + s + ", how many " + what + "?" + numberOnly, Expected: strconv.Itoa(count)}
}

func drawElement(d *drawer) question.Question {
	words := make([]string, d.setting("length"))
	for i := range words {
		words[i] = pick(d, plainWords)
	}
	i := d.below(len(words))
	which, place := words[i], "word number "+strconv.Itoa(i+1)
	if d.coin() {
		place = "word number " + strconv.Itoa(len(words)-i) + " counted from the end"
	}
	expected, what := which, place
	switch d.below(3) {
	case 0:
		j := d.below(len(which))
		expected, what = which[j:j+1], "letter number "+strconv.Itoa(j+1)+" of "+place
	case 1:
		j := d.below(len(which))
		expected, what = which[j:j+1], "letter number "+strconv.Itoa(len(which)-j)+", counted from the end, of "+place
	}
	return question.Question{
		Prompt:   "Look at this list of words: " + strings.Join(words, " ") + "\nWhat is " + what + "? Counting starts at 1. Answer with that letter or word only.",
		Expected: expected,
	}
}

func drawRunLength(d *drawer) question.Question {
	var plain, packed strings.Builder
	previous := d.below(26)
	for range d.setting("length") {
		// Another letter than that of the run before.
		previous = (previous + 1 + d.below(25)) % 26
		letter := alphabet[previous : previous+1]
		n := d.count(1, 6)
		plain.WriteString(strings.Repeat(letter, n))
		packed.WriteString(letter + strconv.Itoa(n))
	}
	const rule = "Run-length coding writes every run of equal letters as the letter and the length of the run, so aaab becomes a3b1. "
	if d.coin() {
		return question.Question{Prompt: rule + "Encode " + plain.String() + ". Answer with the code only.", Expected: packed.String()}
	}
	return question.Question{Prompt: rule + "Decode " + packed.String() + ". Answer with the decoded letters only.", Expected: plain.String()}
}

func drawCipher(d *drawer) question.Question {
	words := make([]string, (d.setting("length")+3)/4)
	for i := range words {
		words[i] = pick(d, plainWords)
	}
	plain, key := strings.Join(words, " "), d.count(1, 25)
	secret := shifted(plain, key)
	const rule = "A Caesar cipher replaces every letter by the one a fixed number of places later in the alphabet, a following z; spaces stay. "
	if d.coin() {
		return question.Question{Prompt: rule + "Encipher with " + places(key) + ": " + plain + "\nAnswer with the result only.", Expected: secret}
	}
	return question.Question{Prompt: rule + "This was enciphered with " + places(key) + ": " + secret + "\nAnswer with the original text only.", Expected: plain}
}

func drawZip(d *drawer) question.Question {
	n := d.setting("length")
	a, b, result := make([]int64, n), make([]int64, n), make([]int64, n)
	rule := d.below(4)
	for i := range n {
		a[i], b[i] = d.between(1, 50), d.between(1, 50)
		switch rule {
		case 0:
			result[i] = a[i] + b[i]
		case 1:
			result[i] = a[i] - b[i]
		case 2:
			result[i] = max(a[i], b[i])
		default:
			result[i] = a[i] * b[i]
		}
	}
	told := []string{"their sum", "the number of the first list minus that of the second", "the greater one of both", "their product"}[rule]
	return question.Question{
		Prompt: "There are two lists of numbers.\nFirst: " + strings.Join(texts(a), " ") + "\nSecond: " + strings.Join(texts(b), " ") +
			"\nFor every position write " + told + ". Answer with the resulting numbers only, separated by single spaces.",
		Expected: strings.Join(texts(result), " "),
	}
}

func times(n int) string {
	return []string{"", "once", "twice", "three times", "four times"}[n]
}

func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return strconv.Itoa(n) + " places"
}
