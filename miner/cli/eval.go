package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/internal/settings"
	"github.com/agora-network/agora/internal/trial"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/miner/config"
)

// evalFolder keeps below the home what a trial fetches.
const evalFolder = "eval"

// backendFlag names the backends to try, of which there may be several.
const backendFlag = "backend"

// evalFlags are those of eval that are no settings of the miner.
type evalFlags struct {
	backends     []string
	epochs       int
	seed         string
	concurrency  int
	blobs        []string
	report       string
	items        bool
	best         string
	allowPrivate bool
}

// check looks at what has no default that a zero could stand for.
func (f *evalFlags) check() error {
	switch {
	case f.epochs < 1:
		return fmt.Errorf("--epochs %d: want at least 1", f.epochs)
	case f.concurrency < 1:
		return fmt.Errorf("--concurrency %d: want at least 1", f.concurrency)
	}
	_, err := f.bestStanding(nil)
	return err
}

// bestStanding is the standing of the best miner: a number, or the mean of a backend that was tried. It is 0 when it is
// not known. Before there is a report, the name of any backend will do.
func (f *evalFlags) bestStanding(report *trial.Report) (int64, error) {
	if f.best == "" {
		return 0, nil
	}
	if value, err := strconv.ParseFloat(f.best, 64); err == nil && value > 0 && value <= 1 {
		return int64(math.RoundToEven(value * float64(benchmark.ScoreOne))), nil
	}
	if !slices.Contains(f.backends, f.best) {
		return 0, fmt.Errorf("--best %s: want a standing above 0, at most 1, or one of the backends", f.best)
	}
	if report == nil {
		return 0, nil
	}
	return report.Backends[slices.Index(f.backends, f.best)].Mean.Mean, nil
}

// evaluation is what eval found.
type evaluation struct {
	*trial.Report
	// Market is there for a benchmark that is on a chain.
	Market *market `json:"market,omitempty"`
}

func newEval() *cobra.Command {
	var flags evalFlags
	command := &cobra.Command{
		Use:   "eval SPEC",
		Short: "Run a benchmark against a model before paying for a slot",
		Long: `eval asks a backend exactly what a validator would ask a miner, scores the answers with the validator's code, and says
with intervals what it would reach. Nothing is paid or sent to a chain; no home is needed.

SPEC is a YAML file, the name of a benchmark that ships with this program, or chain:NETUID[/BENCHMARK[@VERSION]] for one
on the chain: without BENCHMARK its first, without VERSION the one that counts now. For a benchmark on the chain eval also
says where the score would rank among the miners of the subnet, what they are paid and what a registration burns.

Several backends are asked the same questions and compared. In a benchmark that compares miners with each other they are
each other's opponents. openai=URL#MODEL asks a server for one of several models.

The exit code is 3 when a backend answered nothing at all.`,
		Example: `  miner eval basics --backend native=basics-strong
  miner eval basics --backend native=basics-strong --backend native=basics-weak --epochs 10 --seed 7
  miner eval ./my-benchmark.yaml --backend openai=http://127.0.0.1:8000 --json --report report.json
  miner eval chain:1 --chain-id agora-1 --backend openai=http://127.0.0.1:11434#qwen2.5:7b
  miner eval chain:3/1@2 --epochs 20 --best 0.93
  miner eval chain:1 --backend native=./mine.gguf --backend native=basics-strong --best native=basics-strong`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			reference, err := parseReference(args[0])
			if err != nil {
				return daemon.UsageError(err)
			}
			if err := flags.check(); err != nil {
				return daemon.UsageError(err)
			}
			c, err := evalConfig(command)
			if err != nil {
				return err
			}
			found, err := evaluate(command, c, reference, flags)
			if errors.Is(err, trial.ErrOptions) {
				return daemon.UsageError(err)
			}
			if err != nil {
				return err
			}
			if flags.report != "" {
				if err := writeReport(flags.report, found); err != nil {
					return err
				}
			}
			if err := daemon.Show(command, found, found.text); err != nil {
				return err
			}
			return silent(found.Report)
		},
	}
	set := command.Flags()
	addEvalSettings(set)
	set.StringArrayVar(&flags.backends, backendFlag, nil, "what answers, as for serve; may be given several times (default: that of the configuration)")
	set.IntVar(&flags.epochs, "epochs", 4, "epochs to run; more of them narrow the intervals")
	set.StringVar(&flags.seed, "seed", "", "any text; the same seed asks the same questions (default: by chance, and printed)")
	set.IntVar(&flags.concurrency, "concurrency", trial.DefaultConcurrency, "questions under way at once at one backend; validators ask 4 by default")
	set.StringArrayVar(&flags.blobs, "blobs", nil, "folder with the files that a spec names by digest, as blobs/SHA256; may be given several times")
	set.StringVar(&flags.report, "report", "", "file to write the report to, as JSON")
	set.BoolVar(&flags.items, "items", false, "put every question and answer into the JSON report")
	set.StringVar(&flags.best, "best", "", "standing of the subnet's best miner, up to 1, or the one of the backends that it serves; it decides the rank among the others")
	set.BoolVar(&flags.allowPrivate, "allow-private", false, "fetch what a spec names from loopback and private addresses, too")
	daemon.AddOutputFlag(command)
	return daemon.AddJSONFlag(command)
}

// addEvalSettings declares the settings that say what a backend is and where the chain is. The flag of the backend is
// eval's own, for there may be several.
func addEvalSettings(set *pflag.FlagSet) {
	declared := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.Program.AddFlags(declared, "chain.id", "chain.endpoints", "backend", "upstream_dialect", "native_", "llamacpp_", "max_tokens", "log.")
	declared.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != backendFlag {
			set.AddFlag(flag)
		}
	})
}

// evalConfig reads the configuration of the home if there is one, and flags and environment alone where there is none.
func evalConfig(command *cobra.Command) (*config.Config, error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name != backendFlag {
			set.AddFlag(flag)
		}
	})
	home := daemon.Home(command)
	if _, err := os.Stat(filepath.Join(home, settings.FileName)); errors.Is(err, fs.ErrNotExist) {
		return config.Program.FromFlags(home, set)
	}
	return config.Program.Load(home, set)
}

// evaluate does all that needs something to be closed afterwards.
func evaluate(command *cobra.Command, c *config.Config, reference reference, flags evalFlags) (found *evaluation, err error) {
	ctx := command.Context()
	source, err := readSpec(ctx, command, c, reference)
	if err != nil {
		return nil, err
	}
	bench, err := openEvalBench(c, source, flags)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	program, err := benchmark.Open(ctx, source.spec, bench.Env())
	if err != nil {
		return nil, err
	}
	defer program.Close()
	contenders, err := openContenders(ctx, c, flags, program)
	defer func() {
		for _, contender := range contenders {
			err = errors.Join(err, contender.Engine.Close())
		}
	}()
	if err != nil {
		return nil, err
	}
	options := source.options
	options.Epochs, options.Seed, options.Concurrency, options.KeepItems = flags.epochs, flags.seed, flags.concurrency, flags.items
	if options.Program = version.Version; options.Program == "" {
		options.Program = "unreleased"
	}
	if options.Seed == "" {
		options.Seed = strings.ToLower(rand.Text()[:12])
	}
	bar := newBar(command)
	options.Progress = bar.advance
	report, err := trial.Run(ctx, program, contenders, options)
	bar.finish()
	if err != nil {
		return nil, err
	}
	if limit := uint32(c.MaxTokens); limit < source.spec.Request.MaxTokens {
		report.Notes = append(report.Notes, fmt.Sprintf(
			"the benchmark allows answers of %d tokens, your miner would cut them at max_tokens, %d", source.spec.Request.MaxTokens, limit))
	}
	found = &evaluation{Report: report}
	if source.chain != nil {
		best, err := flags.bestStanding(report)
		if err != nil {
			return nil, err
		}
		if found.Market, err = readMarket(ctx, source, report, best); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func openEvalBench(c *config.Config, source *specSource, flags evalFlags) (*workbench.Workbench, error) {
	options := workbench.Options{AtHand: []fs.FS{benchmarks.Files()}, AllowPrivate: flags.allowPrivate}
	if source.folder != "" {
		options.AtHand = append(options.AtHand, os.DirFS(source.folder))
	}
	for _, folder := range flags.blobs {
		if stat, err := os.Stat(folder); err != nil || !stat.IsDir() {
			return nil, daemon.UsageError(fmt.Errorf("--blobs %s: no such folder", folder))
		}
		options.AtHand = append(options.AtHand, os.DirFS(folder))
	}
	if stat, err := os.Stat(c.Home); err == nil && stat.IsDir() {
		options.Folder = filepath.Join(c.Home, evalFolder)
	}
	return workbench.Open(options)
}

// openContenders opens every backend. What was opened before an error is returned with it.
func openContenders(ctx context.Context, c *config.Config, flags evalFlags, program *benchmark.Program) ([]trial.Contender, error) {
	specs := flags.backends
	if len(specs) == 0 {
		specs = []string{c.Backend}
	}
	var contenders []trial.Contender
	for _, spec := range specs {
		one := *c
		one.Backend = spec
		if address, model, found := strings.Cut(spec, "#"); found && strings.HasPrefix(spec, "openai=") {
			one.Backend, one.BackendModel = address, model
		}
		one.MaxConcurrent = max(min(flags.concurrency, trial.MaxConcurrency), 1)
		one.RequestTimeout = max(one.RequestTimeout, time.Duration(program.Spec().Request.DeadlineMs)*time.Millisecond)
		opened, err := openBackend(ctx, &one)
		if err != nil {
			return contenders, err
		}
		contenders = append(contenders, trial.Contender{Name: spec, Engine: opened})
	}
	return contenders, nil
}

// silent complains of backends that answered nothing.
func silent(report *trial.Report) error {
	for i := range report.Backends {
		if report.Backends[i].Scored == 0 {
			return daemon.ErrUnwell
		}
	}
	return nil
}

func writeReport(path string, found *evaluation) error {
	encoded, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(encoded, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the report: %w; choose another file with --report", err)
	}
	return nil
}

// bar shows how far a trial is, on a terminal only.
type bar struct {
	out   io.Writer // nil for none
	shown *progressbar.ProgressBar
}

func newBar(command *cobra.Command) *bar {
	file, isFile := command.ErrOrStderr().(*os.File)
	asJSON, _ := command.Flags().GetBool("json")     // declared beside this
	format, _ := command.Flags().GetString("output") // the same
	if !isFile || !term.IsTerminal(int(file.Fd())) || asJSON || format == "json" {
		return &bar{}
	}
	return &bar{out: file}
}

func (b *bar) advance(p trial.Progress) {
	if b.out == nil {
		return
	}
	if b.shown == nil {
		b.shown = progressbar.NewOptions(p.Total, progressbar.OptionSetWriter(b.out), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(65*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	b.shown.Describe(p.Contender)
	_ = b.shown.Set(p.Done) // a terminal that is gone
}

func (b *bar) finish() {
	if b.shown != nil {
		_ = b.shown.Exit() // the same
	}
}
