package benchmarks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
)

// trainingEpochs are how many epochs a guesser has seen before the one it guesses in.
const trainingEpochs = 12

// mostFrequent gives the answer that questions of the same family had most often.
func mostFrequent(t testing.TB, program *benchmark.Program) player {
	counts := map[string]map[string]int{}
	for epoch := range uint64(trainingEpochs) {
		for _, task := range drawn(t, program, "training", epoch) {
			q := &task.Question
			if counts[q.Family] == nil {
				counts[q.Family] = map[string]int{}
			}
			counts[q.Family][q.Expected]++
		}
	}
	best := map[string]string{}
	for family, answers := range counts {
		for _, answer := range slices.Sorted(maps.Keys(answers)) {
			if best[family] == "" || answers[answer] > answers[best[family]] {
				best[family] = answer
			}
		}
	}
	return func(_ context.Context, task *benchmark.Task) (string, bool) {
		return best[task.Question.Family], true
	}
}

// repeatingWords says what is behind the colon of a question of word-order.
func repeatingWords(_ context.Context, task *benchmark.Task) (string, bool) {
	_, words, found := strings.Cut(task.Question.Prompt, ": ")
	return words, found
}

// repeatingEnd says so many bytes of the end of the question once more.
func repeatingEnd(bytes int) player {
	return func(_ context.Context, task *benchmark.Task) (string, bool) {
		prompt := task.Question.Prompt
		return strings.ToValidUTF8(prompt[max(0, len(prompt)-bytes):], ""), true
	}
}

// saying gives the same text always.
func saying(text string) player {
	return func(context.Context, *benchmark.Task) (string, bool) { return text, true }
}

var (
	isoDate = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
	number  = regexp.MustCompile(`[1-9]\d*`)
	name    = regexp.MustCompile(`[A-Z][a-z]+ [A-Z][a-z]+`)
)

// filledForm gives JSON that fits the schema of the question, filled with the first
// things of the right shape in the document.
func filledForm(_ context.Context, task *benchmark.Task) (string, bool) {
	q := &task.Question
	var schema any
	if err := json.Unmarshal([]byte(q.Schema), &schema); err != nil {
		return "", false
	}
	document := q.Prompt[strings.Index(q.Prompt, "\n\n")+2:]
	first := func(pattern *regexp.Regexp, otherwise string) string {
		if found := pattern.FindString(document); found != "" {
			return found
		}
		return otherwise
	}
	var fill func(schema any) any
	fill = func(schema any) any {
		s, _ := schema.(map[string]any)
		switch {
		case s["type"] == "object":
			object := map[string]any{}
			properties, _ := s["properties"].(map[string]any)
			for name, of := range properties { // marshalled by name
				object[name] = fill(of)
			}
			return object
		case s["type"] == "array":
			return []any{fill(s["items"])}
		case s["type"] == "integer":
			return json.Number(first(number, "1"))
		case s["pattern"] != nil:
			return first(isoDate, "2020-01-01")
		default:
			return first(name, "")
		}
	}
	encoded, err := json.Marshal(fill(schema))
	return string(encoded), err == nil
}

// guessers of a spec, by name.
func guessers(t testing.TB, program *benchmark.Program) map[string]player {
	list := map[string]player{"most frequent answer": mostFrequent(t, program)}
	switch program.Spec().Name {
	case "word-order":
		list["the words as they stand"] = repeatingWords
	case "continuation":
		// What has the length that is asked for, and what is as long as is allowed.
		list["the end once more"] = repeatingEnd(80)
		list["a longer end once more"] = repeatingEnd(130)
		list["words that are frequent"] = saying("the value of the first argument is not valid, it returns an error and the")
		list["many words that are frequent"] = saying("the value of the type returns an error if the function is not called with a string and the bytes that are in the file for this")
	case "extraction":
		list["first that fits"] = filledForm
	}
	return list
}

// Specs whose standing is a mean score have a baseline for every miner by itself.
func ofMeans(t testing.TB) []string {
	var names []string
	for _, name := range benchmarks.Names() {
		s, err := benchmarks.Load(name)
		require.NoError(t, err)
		if s.Aggregation.Items == spec.ITEM_AGGREGATION_MEAN {
			names = append(names, name)
		}
	}
	return names
}

func TestGuessersStayBelowTheBaselines(t *testing.T) {
	for _, name := range ofMeans(t) {
		t.Run(name, func(t *testing.T) {
			program := opened(t, name)
			s := program.Spec()
			epochs := 40
			if s.Source.GetSandbox() != nil {
				epochs = 8 // a fresh instance for each question takes its time
			}
			for guesser, guess := range guessers(t, program) {
				var standing benchmark.Standing
				var highest int64
				for epoch := range uint64(epochs) {
					result := benchmark.Aggregate(s, played(t, program, drawn(t, program, "guesses", epoch), guess))
					var err error
					standing, err = standing.Advance(s, epoch, 1+360*epoch, 360, result)
					highest = max(highest, standing.Score)
					require.NoError(t, err)
					require.LessOrEqual(t, standing.Score, int64(s.Weights.BaselineBp)*benchmark.ScoreOne/spec.OneBp,
						"%s in epoch %d", guesser, epoch)
				}
				t.Logf("%s: at most %d", guesser, highest)
			}
		})
	}
}

// Who picks among the answers that a question offers is as lucky as the generator says.
// Where validators share the questions, the luck of one of ten validators counts.
func TestLuckStaysBelowTheBaselines(t *testing.T) {
	const epochs, validators = 20_000, 10
	for _, name := range ofMeans(t) {
		builtin := loaded(t, name).Source.GetBuiltin()
		if builtin == nil || builtin.Documents != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := loaded(t, name)
			luck := luckOf(t, builtin)
			asked := s.Sampling.ItemsPerMiner - s.Sampling.CalibrationItems // those for calibration are not paid for
			if s.Sampling.ValidatorsPerItem > 0 {
				asked = asked * s.Sampling.ValidatorsPerItem / validators
			}
			stream := chance.NewStream(beaconOf("luck", 0))
			var standing benchmark.Standing
			above := 0
			for epoch := range uint64(epochs) {
				var right uint32
				for range asked {
					if stream.Below(spec.OneBp) < luck {
						right++
					}
				}
				var err error
				standing, err = standing.Advance(s, epoch, 1+360*epoch, 360, benchmark.EpochScore{
					Score: int64(right) * benchmark.ScoreOne / int64(asked), Scored: int(asked),
				})
				require.NoError(t, err)
				if standing.Score > int64(s.Weights.BaselineBp)*benchmark.ScoreOne/spec.OneBp {
					above++
				}
			}
			t.Logf("luck %d bp, %d items, above the baseline in %d of %d epochs", luck, asked, above, epochs)
			require.LessOrEqual(t, above, epochs/200, "the baseline pays for luck more often than in one of 200 epochs")
		})
	}
}

func loaded(t testing.TB, name string) *spec.Spec {
	t.Helper()
	s, err := benchmarks.Load(name)
	require.NoError(t, err)
	return s
}

// luckOf is the mean luck of the families that are asked, in basis points.
func luckOf(t testing.TB, source *spec.BuiltinSource) uint32 {
	t.Helper()
	generator, found := generate.Lookup(source.Generator)
	require.True(t, found)
	var sum, asked uint32
	for _, family := range generator.Info().Families {
		if slices.Contains(source.Families, family.Name) {
			sum += family.LuckBp
			asked++
		}
	}
	require.Len(t, source.Families, int(asked))
	return sum / asked
}

// answering is right in so many of a hundred questions, as a miner with such a model is,
// and gives another question's answer otherwise.
func answering(percent uint32, label string) player {
	return func(_ context.Context, task *benchmark.Task) (string, bool) {
		stream := chance.NewStream(beaconOf(fmt.Sprintf("%s %x", label, task.Seed), 0))
		if stream.Below(100) < percent {
			return task.Question.Expected, true
		}
		return "I do not know", true
	}
}
