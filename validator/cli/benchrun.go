package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/internal/trial"
	"github.com/agora-network/agora/models"
)

// runFlags say what is tried, and how.
type runFlags struct {
	backends    []string
	keyFrom     string
	report      string
	epochs      int
	concurrency int
	seed        string
	items       bool
}

func newBenchRun() *cobra.Command {
	var env benchEnv
	var run runFlags
	command := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a benchmark against models",
		Long: `run asks models what validators would ask a miner, scores the answers as validators do, and says with intervals what they
reached: whether the benchmark tells a strong model from a weak one, how far chance moves it, and where it faults. All
models are asked the same questions. Nothing is paid or sent to a chain.

A backend is native=NAME for a model that ships with this program (` + strings.Join(models.Names(), ", ") + `), native=PATH for a folder or
file with a model, or openai=URL#MODEL for a server. The same seed asks the same questions. The exit code is 3 when a
backend answered nothing.`,
		Example: `  validator bench run basics --backend native=basics-strong --backend native=basics-weak
  validator bench run sums.yaml --backend openai=http://127.0.0.1:8000#qwen2.5-7b --epochs 20 --report sums.json
  validator bench run sums.yaml --backend openai=https://api.example.org#large --api-key-from EXAMPLE_KEY --items --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			report, err := runBench(command, args[0], &env, &run)
			if errors.Is(err, trial.ErrOptions) {
				return daemon.UsageError(err)
			}
			if err != nil {
				return err
			}
			if run.report != "" {
				encoded, err := json.MarshalIndent(report, "", "  ")
				if err != nil {
					return err
				}
				if err := writeNew(run.report, append(encoded, '\n')); err != nil {
					return err
				}
			}
			if err := daemon.Show(command, report, report.Text); err != nil {
				return err
			}
			if slices.ContainsFunc(report.Backends, func(r trial.Result) bool { return r.Scored == 0 }) {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	env.addFlags(command)
	flags := command.Flags()
	flags.StringArrayVar(&run.backends, "backend", nil, "what answers: native=NAME, native=PATH or openai=URL#MODEL; may be repeated")
	flags.StringVar(&run.keyFrom, "api-key-from", "", "environment variable with the API key of openai backends")
	flags.IntVar(&run.epochs, "epochs", 4, "epochs that are run; more of them narrow the intervals")
	flags.StringVar(&run.seed, "seed", "1", "any text, from which the beacons are made")
	flags.IntVar(&run.concurrency, "concurrency", trial.DefaultConcurrency, "questions under way at once at one backend")
	flags.BoolVar(&run.items, "items", false, "put every question and answer into the report")
	flags.StringVar(&run.report, "report", "", "write the report as JSON to this file, which must not be there yet")
	addOutputFlags(command)
	return command
}

// runBench does all that needs something to be closed afterwards.
func runBench(command *cobra.Command, name string, env *benchEnv, run *runFlags) (report *trial.Report, err error) {
	if len(run.backends) == 0 {
		return nil, daemon.UsageError(errors.New("no --backend is given; native=" + models.Names()[0] + " is one that ships with this program"))
	}
	if run.epochs < 1 || run.concurrency < 1 {
		return nil, daemon.UsageError(errors.New("--epochs and --concurrency must be above 0"))
	}
	ctx := command.Context()
	file, s, err := loadBench(command, name)
	if err != nil {
		return nil, err
	}
	program, err := env.open(ctx, file, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.name, err)
	}
	defer func() { err = errors.Join(err, program.close()) }()
	var contenders []trial.Contender
	defer func() {
		for _, contender := range contenders {
			err = errors.Join(err, contender.Engine.Close())
		}
	}()
	for _, backend := range run.backends {
		opened, err := openContender(backend, run, program.Spec())
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, trial.Contender{Name: backend, Engine: opened})
	}
	release := version.Version
	if release == "" {
		release = "unreleased"
	}
	bar := newProgress(command.ErrOrStderr(), int64(run.epochs)*int64(program.Answers())*int64(len(contenders)), "answers")
	report, err = trial.Run(ctx, program.Program, contenders, trial.Options{
		Epochs: run.epochs, Seed: run.seed, Concurrency: run.concurrency, KeepItems: run.items, Program: release,
		Progress: func(p trial.Progress) { bar.set(uint64(p.Done)) },
	})
	bar.done()
	return report, err
}

// openContender opens the model that a backend names.
func openContender(backend string, run *runFlags, s *spec.Spec) (engine.Engine, error) {
	kind, argument, _ := strings.Cut(backend, "=")
	switch {
	case kind == "native" && slices.Contains(models.Names(), argument):
		return models.Open(argument, native.Options{MaxConcurrent: run.concurrency})
	case kind == "native" && argument != "":
		opened, err := native.OpenPath(argument, native.Options{MaxConcurrent: run.concurrency})
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("--backend %s: no model of that name ships with this program (%s do), and there is no such file or folder", backend, strings.Join(models.Names(), ", "))
		}
		if err != nil {
			return nil, fmt.Errorf("--backend %s: %w", backend, err)
		}
		return opened, nil
	case kind == "openai" && argument != "":
		address, model, named := strings.Cut(argument, "#")
		if !named || model == "" {
			return nil, daemon.UsageError(fmt.Errorf("--backend %s: name the model, as openai=URL#MODEL", backend))
		}
		opened, err := openai.Open(openai.Options{
			BaseURL: address, Model: model, APIKey: os.Getenv(run.keyFrom), MaxConcurrent: run.concurrency,
			Timeout: time.Duration(s.Request.DeadlineMs) * time.Millisecond,
		})
		if err != nil {
			return nil, fmt.Errorf("--backend %s: %w", backend, err)
		}
		return opened, nil
	}
	return nil, daemon.UsageError(fmt.Errorf("--backend %q: want native=NAME, native=PATH or openai=URL#MODEL", backend))
}
