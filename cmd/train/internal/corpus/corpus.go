// Package corpus turns the questions of the default benchmark into training and
// held-out examples.
//
// Two walls keep the sets apart. They are drawn from different seeds, and a
// sixteenth of all prompts, chosen by the prompt's own sha256, is never used
// for training: accuracy on that sixteenth is accuracy on prompts that the
// model has certainly never seen.
package corpus

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/models/measure"
)

// Example is one question with the completion that a model should learn.
type Example struct {
	Family     string
	Prompt     string
	Completion string
}

// TrainingSeed begins the stream of training questions.
func TrainingSeed() [32]byte { return sha256.Sum256([]byte("agora/models/basics/training/1")) }

// Mix says how a training batch differs from the benchmark's own draw, in which
// two questions in five are arithmetic and few operands are short.
type Mix struct {
	// ArithmeticPercent of the examples are sums and differences, which take a
	// model far longer to learn than strings do.
	ArithmeticPercent uint32
	// ShortPercent of those are drawn again until an operand is below 100: digits
	// are harder to line up there.
	ShortPercent uint32
}

// Training returns count examples for a training step, always the same ones for
// the same step and mix. The families of a kind are uniform.
func Training(step, count int, mix Mix) []Example {
	seed := TrainingSeed()
	examples := make([]Example, 0, count)
	// A step owns 2^20 indices of the stream; it uses count and a sixteenth.
	for index := uint64(step) << 20; len(examples) < count; index++ {
		stream := chance.ItemStream(seed, index)
		group := textual
		if stream.Below(100) < mix.ArithmeticPercent {
			group = arithmetic
		}
		family := group[stream.Below(uint32(len(group)))]
		drawn := generate.DrawBasicsFamily(&stream, family)
		if mix.ShortPercent > 0 && group[0] == generate.BasicsAdd && stream.Below(100) < mix.ShortPercent {
			// A fifth of all draws are short: not finding one in 64 is a draw like any other.
			for try := 0; try < 64 && !short(drawn.Prompt); try++ {
				drawn = generate.DrawBasicsFamily(&stream, family)
			}
		}
		if e := example(drawn); !measure.Withheld(e.Prompt) {
			examples = append(examples, e)
		}
	}
	return examples
}

// short reports whether an operand of a sum or difference has under three digits.
func short(prompt string) bool {
	operator := strings.IndexAny(prompt, "+-")
	return operator < 3 || len(prompt)-operator-1 < 3
}

// The families that are learned slowly and quickly.
var (
	arithmetic = []string{generate.BasicsAdd, generate.BasicsSub}
	textual    = []string{generate.BasicsReverse, generate.BasicsSort, generate.BasicsShift}
)

// HeldOut returns count examples as the benchmark draws them, all with prompts
// that are withheld from training.
func HeldOut(count int) []Example {
	examples := make([]Example, 0, count)
	for _, q := range measure.WithheldQuestions("agora/models/basics/held-out/1", count) {
		examples = append(examples, example(q))
	}
	return examples
}

func example(q question.Question) Example { return Example{q.Family, q.Prompt, Completion(q)} }

// Completion is what the models learn to say: sums and differences are written
// from the units up first, because carries travel that way, then "=" and the
// answer; strings are answered directly.
func Completion(q question.Question) string {
	switch q.Family {
	case generate.BasicsAdd, generate.BasicsSub:
		digits := []byte(q.Expected)
		slices.Reverse(digits)
		return string(digits) + "=" + q.Expected
	}
	return q.Expected
}
