package benchmarks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/internal/trial"
	"github.com/agora-network/agora/models"
)

// figureEpochs are how many epochs a figure of the page is made of.
const figureEpochs = 10

// The table of the page is what this test measures, figure by figure. To write it anew,
// copy what the test says.
func TestTheFiguresOfThePageAreWhatIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("three models answer the questions of ten epochs of each benchmark")
	}
	var table strings.Builder
	table.WriteString("| benchmark | baseline | a guesser | `basics-strong` | `basics-fair` | `basics-weak` |\n|---|---|---|---|---|---|\n")
	for _, name := range benchmarks.Names() {
		program := opened(t, name)
		baseline := percent(int64(program.Spec().Weights.BaselineBp) * benchmark.ScoreOne / spec.OneBp)
		if program.Spec().Aggregation.Items != spec.ITEM_AGGREGATION_MEAN {
			baseline = "by comparison"
		}
		fmt.Fprintf(&table, "| [`%s`](../benchmarks/%s.yaml) | %s | %s |", name, name, baseline, percent(luckiest(t, program)))
		for _, mean := range modelMeans(t, program) {
			fmt.Fprintf(&table, " %s |", percent(mean))
		}
		table.WriteString("\n")
	}
	require.True(t, strings.Contains(readPage(t), table.String()), "the table of %s must be:\n%s", page, table.String())
}

// percent writes a score with one digit behind the point.
func percent(score int64) string {
	tenths := (score + 500_000) / 1_000_000
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// luckiest is the mean of the guesser that reaches most.
func luckiest(t *testing.T, program *benchmark.Program) int64 {
	t.Helper()
	var best int64
	for _, guess := range guessers(t, program) {
		var sum int64
		for epoch := range uint64(figureEpochs) {
			for _, result := range played(t, program, drawn(t, program, "figures", epoch), guess) {
				sum += result.Score
			}
		}
		best = max(best, sum/int64(figureEpochs*program.Answers()))
	}
	return best
}

// modelMeans are the means of the shipped models, the best model first.
func modelMeans(t *testing.T, program *benchmark.Program) []int64 {
	t.Helper()
	var contenders []trial.Contender
	for _, name := range models.Names() {
		opened, err := models.Open(name, native.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { _ = opened.Close() })
		contenders = append(contenders, trial.Contender{Name: name, Engine: opened})
	}
	report, err := trial.Run(t.Context(), program, contenders, trial.Options{Epochs: figureEpochs, Seed: "figures", KeepItems: true})
	require.NoError(t, err)
	var means []int64
	for _, result := range report.Backends {
		t.Log(program.Spec().Name, result.Name, percent(result.Mean.Mean), result.Scored, result.Unanswered, result.Reasons)
		means = append(means, unhurried(t, program, result.Items))
	}
	return means
}

// unhurried is the mean of answers as if they had taken no time, so that the figures are
// the same on every machine. No question that these models answer has alternatives.
func unhurried(t *testing.T, program *benchmark.Program, items []trial.Item) int64 {
	t.Helper()
	batch := program.Batch()
	defer batch.Close()
	var sum int64
	for _, item := range items {
		if item.Outcome == "scored" {
			task := benchmark.Task{Question: question.Question{Family: item.Family, Prompt: item.Prompt, Expected: item.Expected}}
			sum += batch.Score(t.Context(), &task, benchmark.Answer{Completion: item.Completion}).Score
		}
	}
	return sum / int64(len(items))
}

// The answers of a solver that shares nothing with the generators are the right ones to
// the last byte, in the form in which the examples want them.
func TestASolverThatReadsOnlyTheQuestionsScoresFull(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	for _, name := range benchmarks.Names() {
		builtin := loaded(t, name).Source.GetBuiltin()
		if builtin == nil || builtin.Documents != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			program := opened(t, name)
			var tasks []benchmark.Task
			for epoch := range uint64(2) {
				tasks = append(tasks, drawn(t, program, "solver", epoch)...)
			}
			answers := solved(t, python, builtin.Generator, tasks)
			results := played(t, program, tasks, func(_ context.Context, task *benchmark.Task) (string, bool) {
				answer := answers[task.Question.Prompt]
				switch program.Spec().Scorers[0].Extraction {
				case spec.EXTRACTION_LAST_LINE:
					answer = "Let me think about it.\n" + answer
				case spec.EXTRACTION_JSON:
					answer = "This is what I found:\n" + answer
				case spec.EXTRACTION_CODE:
					answer = "The program prints\n```\n" + answer + "\n```\nand ends."
				}
				return answer, true
			})
			for i := range results {
				require.Equal(t, benchmark.ScoreOne, results[i].Score, tasks[i].Question)
			}
		})
	}
}

// solved are the answers of the solver by prompt.
func solved(t *testing.T, python, generator string, tasks []benchmark.Task) map[string]string {
	t.Helper()
	var in, stderr bytes.Buffer
	encoder := json.NewEncoder(&in)
	for i := range tasks {
		require.NoError(t, encoder.Encode(map[string]string{
			"family": generator + " " + tasks[i].Question.Family, "prompt": tasks[i].Question.Prompt,
		}))
	}
	solve := exec.CommandContext(t.Context(), python, "../benchmark/generate/testdata/solve.py")
	solve.Stdin, solve.Stderr = &in, &stderr
	out, err := solve.Output()
	require.NoError(t, err, stderr.String())
	answers := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for i := range tasks {
		var answer string
		require.NoError(t, decoder.Decode(&answer))
		answers[tasks[i].Question.Prompt] = answer
	}
	return answers
}
