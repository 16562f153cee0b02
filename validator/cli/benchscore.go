package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/internal/daemon"
)

// maxAnswerBytes bounds an answer that is tried, 16 MiB: more than any miner can send.
const maxAnswerBytes = 16 << 20

// scoredPart is what one scorer gave.
type scoredPart struct {
	Scorer   string `json:"scorer"`
	WeightBp uint32 `json:"weight_bp"`
	Gate     bool   `json:"gate,omitempty"`
	// Text is the part of the answer that it saw.
	Text  string `json:"text"`
	Score int64  `json:"score"`
}

// shownVerdict is what `bench score` prints.
type shownVerdict struct {
	Question question.Question `json:"question"`
	Answer   string            `json:"answer"`
	Outcome  string            `json:"outcome"`
	Score    int64             `json:"score"`
	Parts    []scoredPart      `json:"parts"`
	Reason   string            `json:"reason,omitempty"`
	Detail   string            `json:"detail,omitempty"`
}

// scoreFlags say which answer to which question is scored.
type scoreFlags struct {
	question   string
	item       uint32
	answer     string
	answerFile string
	latencyMs  uint32
	tokens     uint32
}

func newBenchScore() *cobra.Command {
	var env benchEnv
	var draw drawFlags
	var score scoreFlags
	command := &cobra.Command{
		Use:   "score FILE",
		Short: "Score one answer, scorer by scorer",
		Long: `score says what an answer gets: its score and why, what each scorer gave, and which part of the answer it looked at. The
question is one of a draw (--item, as ` + "`validator bench draw`" + ` numbers them) or one that you write as JSON.

Scores are in units of 1e-9. The exit code is 3 when the answer gets no score, because a scorer failed.`,
		Example: `  validator bench score basics --item 0 --answer 929
  validator bench score basics --question '{"prompt":"1+1","expected":"2"}' --answer '1+1=2'
  validator bench score sums.yaml --item 3 --answer-file answer.txt --latency-ms 900 --tokens 120 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if err := errors.Join(oneFlagOf(command, "question", "item"), oneFlagOf(command, "answer", "answer-file")); err != nil {
				return err
			}
			seed, err := draw.seed()
			if err != nil {
				return err
			}
			answer, err := score.read(command)
			if err != nil {
				return err
			}
			file, s, err := loadBench(command, args[0])
			if err != nil {
				return err
			}
			program, err := env.open(command.Context(), file, s)
			if err != nil {
				return fmt.Errorf("%s: %w", file.name, err)
			}
			defer func() { err = errors.Join(err, program.close()) }()
			task, err := score.task(command.Context(), program.Program, seed)
			if err != nil {
				return err
			}
			batch := program.Batch()
			defer batch.Close()
			verdict := batch.Score(command.Context(), task, answer)
			shown := describeVerdict(s, task, answer, verdict)
			if err := daemon.Show(command, shown, func() string { return verdictText(shown) }); err != nil {
				return err
			}
			if verdict.Outcome == benchmark.OutcomeAbstained {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	env.addFlags(command)
	draw.addFlags(command)
	flags := command.Flags()
	flags.StringVar(&score.question, "question", "", `question as JSON: {"prompt":"…","expected":"…"}, and what else its scorers need`)
	flags.Uint32Var(&score.item, "item", 0, "index of a question of the draw")
	flags.StringVar(&score.answer, "answer", "", "the whole completion")
	flags.StringVar(&score.answerFile, "answer-file", "", "file with the whole completion; - for standard input")
	flags.Uint32Var(&score.latencyMs, "latency-ms", 0, "milliseconds that the answer took")
	flags.Uint32Var(&score.tokens, "tokens", 0, "tokens of the answer")
	addOutputFlags(command)
	return command
}

// oneFlagOf makes sure that one of two flags is given, and not both.
func oneFlagOf(command *cobra.Command, first, second string) error {
	if command.Flags().Changed(first) == command.Flags().Changed(second) {
		return daemon.UsageError(fmt.Errorf("give either --%s or --%s", first, second))
	}
	return nil
}

func (f *scoreFlags) read(command *cobra.Command) (benchmark.Answer, error) {
	answer := benchmark.Answer{Completion: f.answer, LatencyMs: f.latencyMs, Tokens: f.tokens}
	if f.answerFile != "" {
		content, err := readInput(command, f.answerFile, maxAnswerBytes)
		if err != nil {
			return answer, err
		}
		if len(content) > maxAnswerBytes {
			return answer, fmt.Errorf("the answer has more than %d bytes", maxAnswerBytes)
		}
		answer.Completion = string(content)
	}
	// As a validator does with what it receives.
	answer.Completion = strings.ToValidUTF8(answer.Completion, "\uFFFD")
	return answer, nil
}

func (f *scoreFlags) task(ctx context.Context, program *benchmark.Program, seed benchmark.Seed) (*benchmark.Task, error) {
	if f.question == "" {
		if f.item >= uint32(program.Answers()) {
			return nil, daemon.UsageError(fmt.Errorf("--item %d: a draw has the items 0 to %d", f.item, program.Answers()-1))
		}
		task, err := program.Redraw(ctx, seed, f.item)
		return &task, err
	}
	q, err := question.Decode([]byte(f.question))
	if err != nil {
		return nil, daemon.UsageError(fmt.Errorf("--question: %w", err))
	}
	return &benchmark.Task{Question: q}, nil
}

func describeVerdict(s *spec.Spec, task *benchmark.Task, answer benchmark.Answer, verdict benchmark.Verdict) shownVerdict {
	shown := shownVerdict{
		Question: task.Question, Answer: answer.Completion, Score: verdict.Score, Parts: []scoredPart{},
		Reason: string(verdict.Reason), Detail: plainDetail(verdict.Detail, verdict.Reason), Outcome: "scored",
	}
	if verdict.Outcome == benchmark.OutcomeAbstained {
		shown.Outcome = "not counted"
	}
	for i, part := range verdict.Parts {
		scorer := &s.Scorers[i]
		shown.Parts = append(shown.Parts, scoredPart{
			Scorer: scorer.Name(), WeightBp: scorer.WeightBp, Gate: scorer.Gate, Score: part,
			Text: benchmark.Extract(scorer.Extraction, answer.Completion),
		})
	}
	return shown
}

// plainDetail leaves out the reason that stands beside it.
func plainDetail(detail string, reason benchmark.Reason) string {
	return strings.TrimPrefix(detail, string(reason)+": ")
}

// shownBytes is how much of a text is shown in a line.
const shownBytes = 60

// short quotes the beginning of a text.
func short(text string) string {
	if len(text) > shownBytes {
		return strconv.Quote(strings.ToValidUTF8(text[:shownBytes], "")) + "…"
	}
	return strconv.Quote(text)
}

func verdictText(v shownVerdict) string {
	var text strings.Builder
	if v.Outcome == "scored" {
		fmt.Fprintf(&text, "score %d (%s%%)\n", v.Score, percent(v.Score))
	} else {
		text.WriteString("no score: the item does not count\n")
	}
	if v.Reason != "" {
		fmt.Fprintf(&text, "reason %s: %s\n", v.Reason, v.Detail)
	}
	for _, part := range v.Parts {
		gate := ""
		if part.Gate {
			gate = " gate"
		}
		fmt.Fprintf(&text, "  %-14s %5s%%%s  %10d  saw %s\n", part.Scorer, percentBP(part.WeightBp), gate, part.Score, short(part.Text))
	}
	fmt.Fprintf(&text, "question %s\n", short(v.Question.Prompt))
	if v.Question.Expected != "" {
		fmt.Fprintf(&text, "expected %s\n", short(v.Question.Expected))
	}
	return text.String()
}
