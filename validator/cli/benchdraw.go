package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/internal/daemon"
)

// drawFlags say which draw is meant.
type drawFlags struct {
	beacon  string
	secret  string
	chainID string
	netuid  uint32
	number  uint32
	version uint32
	epoch   uint64
	miner   uint64
}

func (d *drawFlags) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&d.beacon, "seed", "", "beacon of the epoch, 64 hexadecimal digits; zeros when left out")
	flags.StringVar(&d.secret, "secret", "", "what the validator mixed into the draw, 64 hexadecimal digits, out of its evidence; none when left out")
	flags.StringVar(&d.chainID, "chain-id", "desk", "chain that the draw is for")
	flags.Uint32Var(&d.netuid, "netuid", 1, "subnet that the draw is for")
	flags.Uint32Var(&d.number, "benchmark", 0, "number of the benchmark on the subnet")
	flags.Uint32Var(&d.version, "benchmark-version", 1, "version of the benchmark on the subnet")
	flags.Uint64Var(&d.epoch, "epoch", 1, "epoch that is drawn")
	flags.Uint64Var(&d.miner, "miner", 1, "id of the miner that is asked; without effect when all are asked the same")
}

func (d *drawFlags) seed() (benchmark.Seed, error) {
	seed := benchmark.Seed{ChainID: d.chainID, Netuid: d.netuid, Benchmark: d.number, Version: d.version, Epoch: d.epoch, MinerID: d.miner}
	for _, given := range []struct {
		flag, what, text string
		to               *[32]byte
	}{{"seed", "beacon", d.beacon, &seed.Beacon}, {"secret", "secret", d.secret, &seed.Secret}} {
		if given.text == "" {
			continue
		}
		bytes, err := hex.DecodeString(given.text)
		if err != nil || len(bytes) != len(given.to) {
			return seed, daemon.UsageError(fmt.Errorf("--%s %q is not a %s of %d hexadecimal digits", given.flag, given.text, given.what, 2*len(given.to)))
		}
		*given.to = [32]byte(bytes)
	}
	return seed, nil
}

// mostShown bounds the questions of one command.
const mostShown = 1 << 16

// shownTask is a question as `bench draw` prints it.
type shownTask struct {
	Epoch       uint64            `json:"epoch"`
	Index       uint32            `json:"index"`
	Calibration bool              `json:"calibration,omitempty"`
	Question    question.Question `json:"question"`
	System      string            `json:"system,omitempty"`
	Seed        uint64            `json:"sampling_seed,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Detail      string            `json:"detail,omitempty"`
}

func newBenchDraw() *cobra.Command {
	var env benchEnv
	var draw drawFlags
	var count uint32
	command := &cobra.Command{
		Use:   "draw FILE",
		Short: "Show the questions of a draw, with their answers",
		Long: `draw prints what a miner is asked in an epoch, with the right answers, which a miner never sees: an example of it, unless
the beacon and the numbers of a real epoch are given, and the secret that a validator mixed in. Then it prints what that
validator drew, of which it asked its share. Secrets are opened with the evidence, once the epoch is over: see validator
evidence show. Without one, only the questions for calibration are those that were asked.

With -n it prints that many questions: fewer than an epoch has, or those of the epochs that follow as well. JSON output is
a line for each question.`,
		Example: `  validator bench draw basics
  validator bench draw sums.yaml --epoch 7 --miner 3 -n 4 --json
  validator bench draw sums.yaml --chain-id agora-1 --netuid 3 --benchmark-version 2 --epoch 41 --miner 7 --seed 5f1c… --secret 9ab0…`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			seed, err := draw.seed()
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
			if !command.Flags().Changed("count") {
				count = uint32(program.Answers())
			}
			if count > mostShown {
				return daemon.UsageError(fmt.Errorf("-n %d: at most %d are drawn at once; go on with --epoch", count, mostShown))
			}
			tasks, err := drawTasks(command.Context(), program.Program, seed, count)
			if err != nil {
				return err
			}
			return showTasks(command, tasks)
		},
	}
	env.addFlags(command)
	draw.addFlags(command)
	command.Flags().Uint32VarP(&count, "count", "n", 0, "questions that are printed; those of one epoch when left out")
	addOutputFlags(command)
	return command
}

// drawTasks draws so many questions, going on to further epochs when one has fewer.
func drawTasks(ctx context.Context, program *benchmark.Program, seed benchmark.Seed, count uint32) ([]shownTask, error) {
	shown := []shownTask{}
	for uint32(len(shown)) < count {
		tasks, err := program.Draw(ctx, seed, benchmark.Share{})
		if err != nil {
			return nil, err
		}
		for i := range tasks {
			if uint32(len(shown)) == count {
				break
			}
			shown = append(shown, describeTask(seed.Epoch, &tasks[i]))
		}
		seed.Epoch++
	}
	return shown, nil
}

func describeTask(epoch uint64, task *benchmark.Task) shownTask {
	shown := shownTask{
		Epoch: epoch, Index: task.Index, Calibration: task.Calibration,
		Question: task.Question, System: task.Request.System, Seed: task.Request.Seed,
	}
	if task.Fault != nil {
		shown.Reason, shown.Detail = string(task.Fault.Reason), task.Fault.Err.Error()
	}
	return shown
}

func showTasks(command *cobra.Command, tasks []shownTask) error {
	if asJSON, err := wantsJSON(command); err != nil {
		return err
	} else if asJSON {
		encoder := json.NewEncoder(command.OutOrStdout())
		encoder.SetEscapeHTML(false)
		for _, task := range tasks {
			if err := encoder.Encode(task); err != nil {
				return err
			}
		}
		return nil
	}
	return daemon.Show(command, tasks, func() string {
		var text strings.Builder
		for i := range tasks {
			taskText(&text, &tasks[i])
		}
		return text.String()
	})
}

// wantsJSON tells whether a command was asked for JSON, where it prints lines of it.
func wantsJSON(command *cobra.Command) (bool, error) {
	if asJSON, err := command.Flags().GetBool("json"); err != nil || asJSON {
		return asJSON, err
	}
	format, err := command.Flags().GetString("output")
	return format == "json", err
}

func taskText(text *strings.Builder, task *shownTask) {
	kind := task.Question.Family
	if task.Calibration {
		kind = strings.TrimSpace(kind + " (calibration)")
	}
	fmt.Fprintf(text, "epoch %d, item %d  %s\n", task.Epoch, task.Index, kind)
	if task.Reason != "" {
		fmt.Fprintf(text, "  no question: %s (%s)\n\n", task.Reason, task.Detail)
		return
	}
	indented(text, task.Question.Prompt)
	questionText(text, &task.Question)
	text.WriteString("\n")
}

// questionText writes what a miner does not see.
func questionText(text *strings.Builder, q *question.Question) {
	if q.Expected != "" {
		labelled(text, "answer", q.Expected)
	}
	for _, alternative := range q.Alternatives {
		labelled(text, "or", alternative)
	}
	for _, part := range []struct{ name, content string }{{"tests", q.Tests}, {"schema", q.Schema}, {"data", q.Data}} {
		if part.content != "" {
			labelled(text, part.name, part.content)
		}
	}
}

// labelled writes a text behind a word, or below it when it has several lines.
func labelled(text *strings.Builder, label, content string) {
	if !strings.Contains(content, "\n") {
		fmt.Fprintf(text, "    %s: %s\n", label, content)
		return
	}
	fmt.Fprintf(text, "    %s:\n", label)
	for line := range strings.SplitSeq(strings.TrimRight(content, "\n"), "\n") {
		text.WriteString("      " + line + "\n")
	}
}

func indented(text *strings.Builder, content string) {
	for line := range strings.SplitSeq(strings.TrimRight(content, "\n"), "\n") {
		text.WriteString("    " + line + "\n")
	}
}
