package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/internal/daemon"
)

// bench runs a command line below `validator bench`.
func bench(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(t.Context(), append([]string{"bench"}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestEveryBenchCommandExplainsItself(t *testing.T) {
	var walk func(command *cobra.Command)
	walk = func(command *cobra.Command) {
		require.NotEmpty(t, command.Short, command.CommandPath())
		require.NotEmpty(t, command.Long, command.CommandPath())
		require.Contains(t, command.Example, "validator bench", command.CommandPath())
		require.NotNil(t, command.Args, command.CommandPath())
		require.NotNil(t, command.RunE, command.CommandPath())
		for _, child := range command.Commands() {
			walk(child)
		}
	}
	walk(newBench())
}

func TestExitCodesTellProblemsFromMistakesOfTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	text, err := benchmarks.Text(benchmarks.Default)
	require.NoError(t, err)
	unwise := write("unwise.yaml", strings.Replace(string(text), "deadline_ms: 2000", "deadline_ms: 100", 1))
	wrong := write("wrong.yaml", strings.Replace(string(text), "format: 1", "format: 2", 1))

	tests := map[string]struct {
		code int
		args []string
	}{
		"a benchmark that is well":              {0, []string{"lint", benchmarks.Default}},
		"one with a warning":                    {0, []string{"lint", unwise}},
		"one with a warning, strictly":          {daemon.ExitUnwell, []string{"lint", unwise, "--strict"}},
		"one with a warning that is allowed":    {0, []string{"lint", unwise, "--strict", "--allow", "deadline"}},
		"one that is wrong":                     {daemon.ExitUnwell, []string{"lint", wrong}},
		"one that is not there":                 {daemon.ExitFailed, []string{"lint", filepath.Join(folder, "nothing.yaml")}},
		"a folder":                              {daemon.ExitFailed, []string{"lint", folder}},
		"none at all":                           {daemon.ExitUsage, []string{"lint"}},
		"an unknown warning":                    {daemon.ExitUsage, []string{"lint", "basics", "--allow", "all"}},
		"one digest":                            {0, []string{"hash", benchmarks.Default}},
		"the digest of one that is wrong":       {daemon.ExitFailed, []string{"hash", wrong}},
		"two that differ":                       {0, []string{"diff", benchmarks.Default, unwise}},
		"a difference of one":                   {daemon.ExitUsage, []string{"diff", benchmarks.Default}},
		"an answer":                             {0, []string{"score", "basics", "--item", "0", "--answer", "1"}},
		"an answer to nothing":                  {daemon.ExitUsage, []string{"score", "basics", "--answer", "1"}},
		"a draw with half a seed":               {daemon.ExitUsage, []string{"draw", "basics", "--seed", "00"}},
		"a subnet of nobody":                    {daemon.ExitUsage, []string{"explain", "basics", "--validators", "0"}},
		"a copy of nothing":                     {daemon.ExitUsage, []string{"new", filepath.Join(folder, "copy"), "--from", "nothing"}},
		"a copy":                                {0, []string{"new", filepath.Join(folder, "copy")}},
		"a copy over a copy":                    {daemon.ExitFailed, []string{"new", filepath.Join(folder, "unwise")}},
		"a model that nobody names":             {daemon.ExitUsage, []string{"run", "basics"}},
		"a data set that is not there":          {daemon.ExitFailed, []string{"dataset", "show", folder}},
		"the index of an item that is a word":   {daemon.ExitUsage, []string{"dataset", "open", folder, "first"}},
		"blobs in a folder that is not there":   {daemon.ExitFailed, []string{"draw", "basics", "--blobs", filepath.Join(folder, "blobs")}},
		"blobs in a folder that is a file":      {daemon.ExitFailed, []string{"draw", "basics", "--blobs", wrong}},
		"a report in a form that is not known":  {daemon.ExitUsage, []string{"explain", "basics", "--output", "xml"}},
		"the schema with an argument too many":  {daemon.ExitUsage, []string{"schema", "basics"}},
		"the reference":                         {0, []string{"reference"}},
		"the schema":                            {0, []string{"schema"}},
		"the command without one of its own":    {0, nil},
		"the command of data sets without more": {0, []string{"dataset"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := bench(t, test.args...)
			require.Equal(t, test.code, code, "%s%s", out, errOut)
			if code == daemon.ExitUnwell {
				require.Empty(t, errOut)
			}
		})
	}
}

func TestEveryShippedBenchmarkIsExplainedDrawnAndWithoutProblems(t *testing.T) {
	for _, name := range benchmarks.Names() {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := bench(t, "lint", name)
			require.Zero(t, code, "%s%s", out, errOut)
			require.NotContains(t, out, "["+warnExpected+"]", "the right answer is right")
			require.NotContains(t, out, "["+warnExample+"]", "the right answer can be scored")
			require.NotContains(t, out, "["+warnBaseline+"]", "luck is not paid")
			require.NotContains(t, out, "["+warnFault+"]", "every question can be asked")

			code, out, errOut = bench(t, "explain", name)
			require.Zero(t, code, errOut)
			for _, part := range []string{"What is asked", "Examples", "How an answer is scored", "How miners are compared", "How a standing moves", "What it pays", "What an epoch costs"} {
				require.Contains(t, out, part)
			}
			require.NotContains(t, out, "%!")

			code, out, errOut = bench(t, "draw", name, "-n", "2", "--json")
			require.Zero(t, code, errOut)
			require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 2)
		})
	}
}

func TestEverySettingOfAShippedBenchmarkHasItsMeaning(t *testing.T) {
	for _, name := range benchmarks.Names() {
		s, err := benchmarks.Load(name)
		require.NoError(t, err)
		settings, err := explainedSettings(s)
		require.NoError(t, err)
		for _, setting := range settings {
			require.NotEmpty(t, setting.Meaning, "%s: %s", name, setting.Path)
		}
	}
}

func TestABenchmarkDiffersFromAnotherAndNotFromItself(t *testing.T) {
	for _, name := range benchmarks.Names() {
		one, err := benchmarks.Load(name)
		require.NoError(t, err)
		same, err := diffSpecs(one, one)
		require.NoError(t, err)
		require.True(t, same.Same)
		require.Empty(t, same.Changed)

		other, err := benchmarks.Load(name)
		require.NoError(t, err)
		other.Request.DeadlineMs++
		other.Sampling.CalibrationItems = 1
		differ, err := diffSpecs(one, other)
		require.NoError(t, err)
		require.False(t, differ.Same)
		paths := []string{}
		for _, change := range differ.Changed {
			paths = append(paths, change.Path)
		}
		require.Subset(t, paths, []string{"request.deadline_ms"})
		require.Contains(t, paths, "sampling.calibration_items")
		require.LessOrEqual(t, len(paths), 2)
	}
}

func TestALineIsFoundForSettingsThatAreNotThere(t *testing.T) {
	lines := linesOf([]byte("# first\nformat: 1\nscorers:\n  - scorer: exact\n    weight_bp: 10\n  - scorer: bleu\n"))
	for path, line := range map[string]int{
		"format": 2, "scorers": 3, "scorers[0]": 4, "scorers[0].weight_bp": 5, "scorers[0].model": 4, "scorers[1].goldens[2].seed": 6, "weights.power": 1, "": 1,
	} {
		require.Equal(t, line, lines.of(path), path)
	}
	require.Zero(t, linesOf(nil).of("format"), "canonical bytes have no lines")
	require.Zero(t, linesOf([]byte("a: [")).of("a"))
}

func FuzzLinesOf(f *testing.F) {
	f.Add([]byte("a: &x [1, *x]\nb: {c: [d, {e: f}]}\n"))
	f.Add([]byte("? [complex, key]\n: 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		linesOf(text).of("a.b[0].c") // never panics, whatever the text
	})
}

// lintOf is what lint warns of in a benchmark, by kind.
func lintOf(t *testing.T, change func(s *spec.Spec)) map[string]string {
	t.Helper()
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	change(s)
	require.NoError(t, s.Validate())
	l := &linter{spec: s, options: &lintOptions{miners: 64, validators: 10}}
	l.settings()
	program, err := benchmark.Open(t.Context(), s, benchmark.Env{})
	require.NoError(t, err)
	defer program.Close()
	require.NoError(t, l.measure(t.Context(), program))
	found := map[string]string{}
	for _, warning := range l.found {
		found[warning.Code] = warning.Reason
	}
	return found
}

func TestWhatIsUnwiseIsFound(t *testing.T) {
	shared := func(s *spec.Spec) { s.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED }
	scorer := func(s *spec.Spec, scorers ...spec.Scorer) {
		for i := range scorers {
			scorers[i].WeightBp, scorers[i].Extraction = spec.OneBp/uint32(len(scorers)), spec.EXTRACTION_AFTER_LAST_EQUALS
		}
		s.Scorers = scorers
	}
	exact := spec.Scorer{Scorer: &spec.Scorer_Exact{Exact: &spec.ExactScorer{}}}
	tests := map[string]struct {
		change func(s *spec.Spec)
		want   map[string]string // kind of warning and part of its text; no others
	}{
		"nothing is wrong with the default": {func(*spec.Spec) {}, nil},
		"a baseline that luck reaches": {
			func(s *spec.Spec) { s.Weights.BaselineBp = 20 },
			map[string]string{warnBaseline: "is right in 0.28% of the questions, and the baseline is 0.2%"},
		},
		"a baseline that luck reaches in some epochs": {
			func(s *spec.Spec) { shared(s); s.Weights.BaselineBp, s.Sampling.ItemsPerMiner = 100, 64 },
			map[string]string{warnBaseline: "above the baseline of 1% in 16% of the epochs, in each of which a validator scores 64 questions"},
		},
		"a scorer that pays for any text": {func(s *spec.Spec) {
			scorer(s, spec.Scorer{Scorer: &spec.Scorer_Cel{Cel: &spec.CelScorer{Formula: "answer_bytes > 0 ? 1000000000 : 0"}}})
			s.Aggregation.Fault = spec.FAULT_ZERO
		}, map[string]string{warnBaseline: "the question itself as its answer reaches 100.0%"}},
		"speed that is paid without a gate": {func(s *spec.Spec) {
			scorer(s, exact, spec.Scorer{Scorer: &spec.Scorer_Throughput{Throughput: &spec.ThroughputScorer{FullTokensPerS: 100}}})
			s.Weights.BaselineBp = 5500
		}, map[string]string{warnSpeed: "up to 50%"}},
		"speed behind a gate": {func(s *spec.Spec) {
			gate := exact
			gate.Gate = true
			scorer(s, gate, spec.Scorer{Scorer: &spec.Scorer_Latency{Latency: &spec.LatencyScorer{ZeroMs: 1000}}})
		}, nil},
		"a scorer that a miner can make fail": {func(s *spec.Spec) {
			scorer(s, spec.Scorer{Scorer: &spec.Scorer_Cel{Cel: &spec.CelScorer{Formula: "exact"}}})
		}, map[string]string{warnScorerFault: "fault: zero"}},
		"an author's scorer whose faults are zeros": {func(s *spec.Spec) {
			scorer(s, spec.Scorer{Scorer: &spec.Scorer_Starlark{Starlark: &spec.StarlarkScorer{Program: "def score(item):\n    return item.metric('exact')\n", MaxSteps: 10_000}}})
			s.Aggregation.Fault = spec.FAULT_ZERO
		}, nil},
		"a scorer that fails on the right answer": {func(s *spec.Spec) {
			scorer(s, spec.Scorer{Scorer: &spec.Scorer_Cel{Cel: &spec.CelScorer{Formula: "1 / (1000000000 - exact)"}}})
			s.Aggregation.Fault = spec.FAULT_ZERO
		}, map[string]string{warnExample: "scorer_trap"}},
		"more tokens than a second has": {
			func(s *spec.Spec) { s.Request.MaxTokens, s.Request.DeadlineMs = 201, 2000 },
			map[string]string{warnDeadline: "101 tokens per second"},
		},
		"questions that exceed a context": {
			func(s *spec.Spec) { s.Request.MaxTokens, s.Request.DeadlineMs = 8192, 120_000 },
			map[string]string{warnContext: "many served models take 8192"},
		},
		"answers that exceed max_tokens": {func(s *spec.Spec) {
			s.Source = spec.Source{Source: &spec.Source_Builtin{Builtin: &spec.BuiltinSource{Generator: "extract/1", Families: []string{"invoice"}}}}
			s.Scorers[0].Extraction = spec.EXTRACTION_WHOLE
		}, map[string]string{warnTokens: "max_tokens is 32"}},
		"shared work without calibration": {
			func(s *spec.Spec) { s.Sampling.ValidatorsPerItem = 3 },
			map[string]string{warnCalibration: "set one or two"},
		},
		"shared work with calibration": {func(s *spec.Spec) { s.Sampling.ValidatorsPerItem, s.Sampling.CalibrationItems = 3, 4 }, nil},
		"questions that come twice": {func(s *spec.Spec) {
			s.Source.GetBuiltin().Families = []string{"sort"}
			s.Sampling.ItemsPerMiner = 256
		}, map[string]string{warnRepeats: "of 8 epochs", warnFew: "different questions"}},
		"win rates of miners that know nothing": {
			func(s *spec.Spec) { shared(s); s.Aggregation.Items = spec.ITEM_AGGREGATION_WIN_RATE },
			map[string]string{warnTies: "set it to at least 5000"},
		},
		"win rates with a baseline of one half": {func(s *spec.Spec) {
			shared(s)
			s.Aggregation.Items, s.Weights.BaselineBp = spec.ITEM_AGGREGATION_WIN_RATE, 5000
		}, nil},
		"a test that can never be passed": {func(s *spec.Spec) {
			shared(s)
			s.Sampling.ItemsPerMiner = 6
			s.Aggregation.Items, s.Weights.BaselineBp = spec.ITEM_AGGREGATION_WIN_RATE, 5000
			s.Aggregation.Significance = &spec.Significance{Test: spec.SIGNIFICANCE_TEST_SIGN, AlphaPpm: 10_000}
		}, map[string]string{warnSignificance: "of 64 miners the newest is right in all 6 questions"}},
		"a test with enough questions": {func(s *spec.Spec) {
			shared(s)
			s.Sampling.ItemsPerMiner = 48
			s.Aggregation.Items, s.Weights.BaselineBp = spec.ITEM_AGGREGATION_WIN_RATE, 5000
			s.Aggregation.Significance = &spec.Significance{Test: spec.SIGNIFICANCE_TEST_SIGN, AlphaPpm: 10_000}
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := lintOf(t, test.change)
			for code, text := range test.want {
				require.Contains(t, found[code], text)
			}
			require.Len(t, found, len(test.want), "%v", found)
		})
	}
}

func TestLuckyEpochsAreTheTailOfABinomialDistribution(t *testing.T) {
	lucky := func(items, baselineBp uint32, luckBp int64) float64 {
		return luckyEpochs(sharesOf(&spec.Spec{Sampling: spec.Sampling{ItemsPerMiner: items}}, 1), baselineBp, luckBp)
	}
	require.InDelta(t, 0.5, lucky(1, 0, 5000), 1e-12)
	require.InDelta(t, 0.75, lucky(2, 0, 5000), 1e-12)
	require.InDelta(t, 0.25, lucky(2, 5000, 5000), 1e-12, "more than half of two are both")
	require.InDelta(t, 11.0/64, lucky(10, 6000, 5000), 1e-12, "7 or more of 10 coins: 176/1024")
	require.Zero(t, lucky(16, 1500, 0))
	require.InDelta(t, 1, lucky(1024, 0, 5000), 1e-9)
	require.Equal(t, 1.0, lucky(16, 1500, 10_000))
}

func TestAnEpochCostsWhatItsSharesAre(t *testing.T) {
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	s.Sampling.ItemsPerMiner, s.Request.MaxTokens = 16, 32
	flags := explainFlags{validators: 10, miners: 5}
	full := costOf(s, &sample{}, flags)
	require.EqualValues(t, 160, full.RequestsOfMiner)
	require.EqualValues(t, 80, full.RequestsOfValidator)
	require.EqualValues(t, 10*16*5, full.DistinctQuestions, "each validator draws its own")
	require.Zero(t, full.CalibrationOfMiner)
	require.EqualValues(t, 5120, full.MostAnswerTokens)

	s.Sampling.CalibrationItems, s.Sampling.ValidatorsPerItem, s.Sampling.Samples = 4, 3, 2
	shared := costOf(s, &sample{}, flags)
	require.EqualValues(t, 2*(4*10+12*3), shared.RequestsOfMiner)
	require.EqualValues(t, 76, shared.RequestsOfValidator)
	require.EqualValues(t, 2*4*10, shared.CalibrationOfMiner)
	require.EqualValues(t, 4+12*3*5, shared.DistinctQuestions)

	flags.validators = 2 // fewer than share a question
	few := costOf(s, &sample{}, flags)
	require.EqualValues(t, 2*16*2, few.RequestsOfMiner)

	s.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED
	require.EqualValues(t, 4+12*2, costOf(s, &sample{}, flags).DistinctQuestions)
}

func TestOnlyQuestionsThatCountAreOnesThatAreScoredForPay(t *testing.T) {
	s := &spec.Spec{Sampling: spec.Sampling{ItemsPerMiner: 128, CalibrationItems: 2, ValidatorsPerItem: 1}}
	require.EqualValues(t, 12, sharesOf(s, 10).paid(), "of ten validators each has 12 or 13 of 126")
	require.EqualValues(t, 126, sharesOf(s, 1).paid())
	require.EqualValues(t, 1, sharesOf(s, 500).paid(), "who is dealt nothing scores nobody")
	s.Sampling.ValidatorsPerItem = 0
	require.EqualValues(t, 126, sharesOf(s, 10).paid())
}

func TestEveryWarningOfTheReferenceIsOneOfLint(t *testing.T) {
	require.ElementsMatch(t, lintCodes(), []string{
		warnNotAtHand, warnFault, warnExpected, warnExample, warnBaseline, warnTies, warnSpeed, warnScorerFault, warnJudge, warnUnused,
		warnDeadline, warnTokens, warnContext, warnRepeats, warnFew, warnPublic, warnExhausted, warnCalibration, warnSignificance,
	})
}
