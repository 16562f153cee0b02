package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/internal/benchdoc"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/internal/workbench"
)

// finding is something that is wrong with a benchmark, or unwise.
type finding struct {
	// Code names the kind of a warning, for --allow; empty for a problem.
	Code string `json:"code,omitempty"`
	// Line of the file, from 1; 0 where there is none.
	Line int `json:"line,omitempty"`
	// Path of the setting.
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
}

// linted is what `bench lint` says of one file.
type linted struct {
	File     string    `json:"file"`
	SHA256   string    `json:"sha256,omitempty"`
	Problems []finding `json:"problems"`
	Warnings []finding `json:"warnings"`
}

// The kinds of warning; package benchdoc says what they mean.
const (
	warnNotAtHand    = "not-at-hand"
	warnFault        = "no-question"
	warnExpected     = "expected-answer"
	warnExample      = "scorer-fails"
	warnBaseline     = "baseline"
	warnTies         = "ties-pay"
	warnSpeed        = "speed-without-gate"
	warnScorerFault  = "scorer-fault"
	warnJudge        = "judge"
	warnUnused       = "unused-model"
	warnDeadline     = "deadline"
	warnTokens       = "max-tokens"
	warnContext      = "context"
	warnRepeats      = "repeats"
	warnFew          = "few-questions"
	warnPublic       = "public-answers"
	warnExhausted    = "exhausted"
	warnCalibration  = "calibration"
	warnSignificance = "significance"
)

// lintCodes lists the kinds of warning, for --allow.
func lintCodes() []string {
	var codes []string
	for _, warning := range benchdoc.Warnings() {
		codes = append(codes, warning.Name)
	}
	return codes
}

// lintOptions are what a benchmark is held against.
type lintOptions struct {
	env    benchEnv
	strict bool
	allow  []string
	// miners that a subnet is assumed to have, all of whom share what they were asked.
	miners uint32
	// validators that a subnet is assumed to have, each of which draws questions of its own.
	validators uint32
}

func newBenchLint() *cobra.Command {
	var options lintOptions
	command := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Find what is wrong with a benchmark, and what is unwise",
		Long: `lint says of every setting that is wrong in which line it stands and why. When nothing is wrong it opens the benchmark as
a validator does (formulas are compiled, modules held to their goldens), draws some epochs, scores the right answer of
every question, tries what can be earned without knowing anything, and warns of what a miner or an accident would turn
against the subnet.

The exit code is 3 when there is a problem, or with --strict a warning. The kinds of warning, for --allow, are
` + wrapped(lintCodes(), 116) + `;
` + "`validator bench reference`" + ` says what they mean.`,
		Example: `  validator bench lint sums.yaml
  validator bench lint benchmarks/*.yaml --strict --allow few-questions
  validator bench lint retrieval.yaml --blobs documents/ --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			for _, code := range options.allow {
				if !slices.Contains(lintCodes(), code) {
					return daemon.UsageError(fmt.Errorf("--allow %q: the kinds of warning are %s", code, strings.Join(lintCodes(), ", ")))
				}
			}
			if options.miners == 0 || options.validators == 0 {
				return daemon.UsageError(errors.New("--miners and --validators must be above 0"))
			}
			results, bad := make([]linted, 0, len(args)), false
			for _, name := range args {
				result, err := lintFile(command, name, &options)
				if err != nil {
					return err
				}
				results = append(results, result)
				bad = bad || len(result.Problems) > 0 || options.strict && len(result.Warnings) > 0
			}
			if err := daemon.Show(command, results, func() string { return lintText(results) }); err != nil {
				return err
			}
			if bad {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	options.env.addFlags(command)
	command.Flags().BoolVar(&options.strict, "strict", false, "exit with 3 for warnings as well")
	command.Flags().StringSliceVar(&options.allow, "allow", nil, "kinds of warning that are left out")
	command.Flags().Uint32Var(&options.miners, "miners", 64, "miners that the subnet is assumed to have")
	command.Flags().Uint32Var(&options.validators, "validators", usualValidators, "validators that the subnet is assumed to have")
	addOutputFlags(command)
	return command
}

// wrapped joins words to lines of at most so many characters.
func wrapped(words []string, width int) string {
	var text strings.Builder
	column := 0
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		if column > 0 && column+1+len(word) > width {
			text.WriteString("\n")
			column = 0
		} else if column > 0 {
			text.WriteString(" ")
			column++
		}
		text.WriteString(word)
		column += len(word)
	}
	return text.String()
}

func lintFile(command *cobra.Command, name string, options *lintOptions) (linted, error) {
	result := linted{File: name, Problems: []finding{}, Warnings: []finding{}}
	file, err := readBench(command, name)
	if err != nil {
		return result, err
	}
	s, err := file.spec()
	if err != nil {
		result.Problems = problemsOf(err, file)
		return result, nil
	}
	digest, err := spec.Digest(s)
	if err != nil {
		result.Problems = problemsOf(err, file)
		return result, nil
	}
	result.SHA256 = hex.EncodeToString(digest[:])
	l := &linter{spec: s, lines: linesOf(file.text), options: options}
	l.settings()
	program, err := options.env.open(command.Context(), file, s)
	switch {
	case err == nil:
		err = errors.Join(l.measure(command.Context(), program.Program), program.close())
		if err != nil {
			return result, err
		}
	case errors.Is(err, benchmark.ErrOpen):
		if _, missing := errors.AsType[*blob.FetchError](err); missing || l.tooLarge() {
			l.warn(warnNotAtHand, openedPath(s, err), "nothing was drawn or scored: %v", err)
		} else {
			path := openedPath(s, err)
			result.Problems = append(result.Problems, finding{Line: l.lines.of(path), Path: path, Reason: err.Error()})
		}
	default:
		return result, err
	}
	result.Warnings = append(result.Warnings, l.found...)
	result.Warnings = slices.DeleteFunc(result.Warnings, func(f finding) bool { return slices.Contains(options.allow, f.Code) })
	slices.SortStableFunc(result.Warnings, func(a, b finding) int { return a.Line - b.Line })
	return result, nil
}

// problemsOf lists what is wrong with a text, one by one where that is known.
func problemsOf(err error, file benchFile) []finding {
	invalid, listed := errors.AsType[*spec.InvalidError](err)
	if !listed {
		return []finding{{Reason: strings.TrimPrefix(err.Error(), file.name+": ")}}
	}
	problems := make([]finding, len(invalid.Problems))
	for i, problem := range invalid.Problems {
		problems[i] = finding{Line: problem.Line, Path: problem.Path, Reason: problem.Reason}
	}
	return problems
}

// tooLarge tells a benchmark with a model that is not loaded at a desk.
func (l *linter) tooLarge() bool {
	return slices.ContainsFunc(l.spec.Models, func(m spec.Model) bool { return int64(m.Length) > workbench.DefaultMaxModelBytes })
}

// openedPath is the setting that could not be made ready, as far as the error names it.
func openedPath(s *spec.Spec, err error) string {
	text := err.Error()
	for i := range s.Scorers {
		if path := fmt.Sprintf("scorers[%d]", i); strings.Contains(text, path) {
			return path
		}
	}
	for i := range s.Models {
		if strings.Contains(text, fmt.Sprintf("model %q", s.Models[i].Name)) {
			return fmt.Sprintf("models[%d]", i)
		}
	}
	return "source"
}

func lintText(results []linted) string {
	var text strings.Builder
	for _, result := range results {
		for _, problem := range result.Problems {
			fmt.Fprintf(&text, "%s problem: %s\n", findingPlace(result.File, problem), problem.Reason)
		}
		for _, warning := range result.Warnings {
			fmt.Fprintf(&text, "%s warning: %s [%s]\n", findingPlace(result.File, warning), warning.Reason, warning.Code)
		}
		verdict := "ok"
		if len(result.Problems) > 0 {
			verdict = counted(len(result.Problems), "problem")
		}
		if len(result.Warnings) > 0 {
			verdict += ", " + counted(len(result.Warnings), "warning")
		}
		fmt.Fprintf(&text, "%s: %s\n", result.File, verdict)
	}
	return text.String()
}

// findingPlace is FILE:LINE: PATH:, of which the last two may be missing.
func findingPlace(file string, f finding) string {
	if f.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	if f.Path != "" {
		return file + ": " + f.Path + ":"
	}
	return file + ":"
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// linter collects warnings of one benchmark.
type linter struct {
	spec    *spec.Spec
	lines   settingLines
	options *lintOptions
	found   []finding
}

func (l *linter) warn(code, path, format string, args ...any) {
	l.found = append(l.found, finding{Code: code, Line: l.lines.of(path), Path: path, Reason: fmt.Sprintf(format, args...)})
}
