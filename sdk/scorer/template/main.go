// Command template is a scorer to begin with: the answer must be the expected text, and
// early answers are worth more.
package main

import (
	"slices"
	"strings"

	"github.com/agora-network/agora/sdk/scorer"
)

// noReference: there is nothing to compare the answer with.
const noReference scorer.Abstain = 1

func init() { scorer.Register(score) }

func main() {}

func score(item *scorer.Item) (int64, error) {
	references := slices.DeleteFunc(item.References(), func(text string) bool { return text == "" })
	if len(references) == 0 {
		return 0, noReference // no score, which is not zero
	}
	if !slices.Contains(references, strings.TrimSpace(item.Answer)) {
		return 0, nil
	}
	// Nine tenths for the answer, one tenth for less than ten seconds.
	early := 10_000 - min(int64(item.LatencyMS), 10_000)
	return scorer.One/10*9 + scorer.One/10*early/10_000, nil
}
