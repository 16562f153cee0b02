// Command example is a scorer for short texts, and a generator of questions about the
// order of words, as a module of the sandbox.
//
// The score is 45 % token F1, 45 % ROUGE-L and 10 % promptness, the best over all
// references, in integers throughout. sdk/rust/examples/overlap is the same in Rust and
// gives the same numbers.
package main

import (
	"slices"
	"strings"

	"github.com/agora-network/agora/sdk/scorer"
)

const (
	// noReference: there is nothing to compare the answer with.
	noReference scorer.Abstain = 1
	// tooLong: a text has more words than the table of ROUGE-L has room for.
	tooLong scorer.Abstain = 2

	maxWords = 2048
	// slowMS is how long an answer takes that gets nothing for promptness.
	slowMS = 10_000
)

func init() {
	scorer.Register(score)
	scorer.RegisterGenerator(generate)
}

func main() {}

func score(item *scorer.Item) (int64, error) {
	answer := words(item.Answer)
	promptness := round(scorer.One*uint64(slowMS-min(item.LatencyMS, slowMS)), slowMS)
	best, found := uint64(0), false
	for _, text := range item.References() {
		if text == "" {
			continue
		}
		found = true
		reference := words(text)
		if len(answer) > maxWords || len(reference) > maxWords {
			return 0, tooLong
		}
		all := uint64(len(answer) + len(reference))
		if len(answer) == 0 {
			continue
		}
		overlap := round(2*scorer.One*common(answer, reference), all)
		order := round(2*scorer.One*longest(answer, reference), all)
		best = max(best, round(45*overlap+45*order+10*promptness, 100))
	}
	if !found {
		return 0, noReference
	}
	return int64(best), nil
}

// round is a quotient, rounded half to even.
func round(a, b uint64) uint64 {
	quotient, twice := a/b, 2*(a%b)
	if twice > b || twice == b && quotient%2 == 1 {
		quotient++
	}
	return quotient
}

// words of a text: runs of ASCII letters, digits and bytes beyond ASCII, in lower case
// as far as ASCII goes.
func words(text string) []string {
	lower := []byte(text)
	for i, b := range lower {
		if b >= 'A' && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	var found []string
	begin := -1
	for i := 0; i <= len(lower); i++ {
		inside := i < len(lower) && (lower[i] >= 0x80 || lower[i] >= 'a' && lower[i] <= 'z' || lower[i] >= '0' && lower[i] <= '9')
		switch {
		case inside && begin < 0:
			begin = i
		case !inside && begin >= 0:
			found = append(found, string(lower[begin:i]))
			begin = -1
		}
	}
	return found
}

// common is how many words two texts share, each as often as it is in both.
func common(a, b []string) uint64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	shared := uint64(0)
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch c := strings.Compare(a[i], b[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	return shared
}

// longest is the length of the longest common subsequence.
func longest(a, b []string) uint64 {
	row := make([]uint32, len(b)+1)
	for _, word := range a {
		diagonal := uint32(0)
		for j, other := range b {
			above := row[j+1]
			if word == other {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return uint64(row[len(b)])
}

var nouns = [...]string{
	"amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "juniper", "kelp", "larch", "moss",
	"nectar", "otter", "pine",
}

// generate asks for three to six words in reverse order.
func generate(random *scorer.Random) (scorer.Question, error) {
	words := make([]string, 3+random.Below(4))
	for i := range words {
		words[i] = nouns[random.Below(uint64(len(nouns)))]
	}
	prompt := "Write these words in reverse order: " + strings.Join(words, " ")
	slices.Reverse(words)
	return scorer.Question{Family: "word-order", Prompt: prompt, Expected: strings.Join(words, " ")}, nil
}
