package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/models"
	validatorask "github.com/agora-network/agora/validator/ask"
)

// scripted answers as a function says. It is given the number of the request, from 0.
type scripted struct {
	answer func(ctx context.Context, number int, request engine.Request) (string, error)
	count  atomic.Int64

	mu   sync.Mutex // guards seen and the two figures of concurrency
	seen []engine.Request

	running, most int
}

func (s *scripted) Info() engine.Info {
	return engine.Info{Driver: "scripted", Model: "script", Digest: "ab", Parameters: 3}
}

func (s *scripted) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	s.mu.Lock()
	s.seen = append(s.seen, request)
	s.running++
	s.most = max(s.most, s.running)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	text, err := s.answer(ctx, int(s.count.Add(1))-1, request)
	if err != nil {
		return err
	}
	if text != "" {
		if err := emit(engine.Chunk{Text: text}); err != nil {
			return err
		}
	}
	return emit(engine.Chunk{Done: true, FinishReason: engine.FinishStop, Usage: engine.Usage{PromptTokens: 2, CompletionTokens: 3}})
}

func (s *scripted) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

func (s *scripted) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

func (s *scripted) Close() error { return nil }

// knowing answers every question of the default benchmark, thinking on paper first.
func knowing(_ context.Context, _ int, request engine.Request) (string, error) {
	prompt := request.Messages[len(request.Messages)-1].Content
	return "well = " + solve(prompt), nil
}

// solve is an implementation of the default benchmark of its own.
func solve(prompt string) string {
	var a, b int
	if word, found := strings.CutPrefix(prompt, "reverse "); found {
		out := []byte(word)
		for i := range out {
			out[i] = word[len(word)-1-i]
		}
		return string(out)
	}
	if word, found := strings.CutPrefix(prompt, "shift "); found {
		out := []byte(word)
		for i := range out {
			out[i] = 'a' + (out[i]-'a'+1)%26
		}
		return string(out)
	}
	if word, found := strings.CutPrefix(prompt, "sort "); found {
		var out strings.Builder
		for digit := '0'; digit <= '9'; digit++ {
			out.WriteString(strings.Repeat(string(digit), strings.Count(word, string(digit))))
		}
		return out.String()
	}
	if n, _ := fmt.Sscanf(prompt, "%d+%d", &a, &b); n == 2 {
		return fmt.Sprint(a + b)
	}
	if n, _ := fmt.Sscanf(prompt, "%d-%d", &a, &b); n == 2 {
		return fmt.Sprint(a - b)
	}
	return ""
}

func open(t *testing.T, change func(*spec.Spec)) *benchmark.Program {
	t.Helper()
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	if change != nil {
		change(s)
	}
	program, err := benchmark.Open(t.Context(), s, benchmark.Env{})
	require.NoError(t, err)
	t.Cleanup(program.Close)
	return program
}

func contender(name string, answer func(context.Context, int, engine.Request) (string, error)) Contender {
	return Contender{Name: name, Engine: &scripted{answer: answer}}
}

func TestWhatAnEngineDoesIsCountedAsAValidatorCountsIt(t *testing.T) {
	late := func(ctx context.Context, _ int, _ engine.Request) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	for name, test := range map[string]struct {
		answer                        func(context.Context, int, engine.Request) (string, error)
		score                         int64
		scored, unanswered, abstained int
		reason                        string
		asked                         int
	}{
		"whoever knows everything has the best score": {knowing, benchmark.ScoreOne, 16, 0, 0, "", 16},
		"wrong answers are answers": {
			func(context.Context, int, engine.Request) (string, error) { return "no", nil },
			0, 16, 0, 0, "", 16,
		},
		"an empty answer is an answer": {
			func(context.Context, int, engine.Request) (string, error) { return "", nil },
			0, 16, 0, 0, "", 16,
		},
		"an engine that hangs has not answered": {late, 0, 0, 16, 0, "late", 16},
		"an answer after the deadline is none, though it is right": {func(_ context.Context, n int, r engine.Request) (string, error) {
			time.Sleep(2001 * time.Millisecond) //nolint:forbidigo // in a bubble of synctest
			return knowing(t.Context(), n, r)
		}, 0, 0, 16, 0, "late", 16},
		"an answer just at the deadline counts": {func(_ context.Context, n int, r engine.Request) (string, error) {
			time.Sleep(1999 * time.Millisecond) //nolint:forbidigo // in a bubble of synctest
			return knowing(t.Context(), n, r)
		}, benchmark.ScoreOne, 16, 0, 0, "", 16},
		"an engine that refuses has not answered": {func(context.Context, int, engine.Request) (string, error) {
			return "", fmt.Errorf("%w: no", engine.ErrUpstream)
		}, 0, 0, 16, 0, "refused", 16},
		"an engine that is busy for ever is asked until the deadline": {func(context.Context, int, engine.Request) (string, error) {
			return "", engine.ErrBusy
		}, 0, 0, 16, 0, "refused", 16 * 14},
		"an engine that was busy once is asked again": {func(ctx context.Context, n int, r engine.Request) (string, error) {
			if n < 4 {
				return "", engine.ErrUnavailable
			}
			return knowing(ctx, n, r)
		}, benchmark.ScoreOne, 16, 0, 0, "", 20},
		"an answer without end is none": {func(context.Context, int, engine.Request) (string, error) {
			return strings.Repeat("x", DefaultMaxAnswer+1), nil
		}, 0, 0, 16, 0, "too_large", 16},
		"half of the answers are half of the score": {func(ctx context.Context, n int, r engine.Request) (string, error) {
			if n%2 == 0 {
				return "", engine.ErrContextTooLong
			}
			return knowing(ctx, n, r)
		}, benchmark.ScoreOne / 2, 8, 8, 0, "refused", 16},
	} {
		t.Run(name, func(t *testing.T) {
			program := open(t, nil)
			synctest.Test(t, func(t *testing.T) {
				script := &scripted{answer: test.answer}
				report, err := Run(t.Context(), program, []Contender{{Name: "it", Engine: script}}, Options{Seed: "1"})
				require.NoError(t, err)
				result := report.Backends[0]
				require.Equal(t, test.score, *result.Score)
				require.Equal(t, []int{test.scored, test.unanswered, test.abstained}, []int{result.Scored, result.Unanswered, result.Abstained})
				require.Equal(t, test.asked, int(script.count.Load()))
				require.LessOrEqual(t, script.most, DefaultConcurrency)
				if test.reason == string(validatorask.ReasonLate) {
					require.Equal(t, DefaultConcurrency, script.most)
				}
				if test.reason == "" {
					require.Empty(t, result.Reasons)
					return
				}
				require.Len(t, result.Reasons, 1)
				require.Equal(t, test.reason, result.Reasons[0].Reason)
				require.Equal(t, "unanswered", result.Reasons[0].Outcome)
				require.Equal(t, test.unanswered, result.Reasons[0].Count)
				require.Contains(t, report.Text(), fmt.Sprintf("unanswered %d %s", test.unanswered, test.reason))
			})
		})
	}
}

func TestAnEngineIsAskedWhatAMinerMakesOfTheValidatorsBytes(t *testing.T) {
	script := &scripted{answer: knowing}
	program := open(t, func(s *spec.Spec) {
		s.Request.System, s.Request.TemperatureMilli, s.Request.MaxTokens = "be brief", 700, 40
		s.Sampling.Samples = 2
	})
	_, err := Run(t.Context(), program, []Contender{{"it", script}}, Options{Seed: "1", Concurrency: 1})
	require.NoError(t, err)
	tasks, err := program.Draw(t.Context(), benchmark.Seed{
		ChainID: DefaultChainID, Version: 1, MinerID: minerID, Beacon: key("beacon", "1", 0),
	}, benchmark.Share{})
	require.NoError(t, err)
	require.Len(t, script.seen, len(tasks))
	for i, seen := range script.seen {
		require.Equal(t, engine.Request{
			Messages: []engine.Message{
				{Role: engine.RoleSystem, Content: "be brief"}, {Role: engine.RoleUser, Content: tasks[i].Question.Prompt},
			},
			MaxTokens: 40, Temperature: 0.7, Seed: tasks[i].Request.Seed, Whole: true,
		}, seen)
		require.NotZero(t, seen.Seed)
		require.NoError(t, seen.Validate())
	}
}

func TestTheStandingIsWhatAValidatorWouldHaveAfterTheSameEpochs(t *testing.T) {
	program := open(t, nil)
	report, err := Run(t.Context(), program, []Contender{contender("it", knowing)}, Options{Seed: "1", Epochs: 3})
	require.NoError(t, err)
	var standings []int64
	for _, epoch := range report.Backends[0].Epochs {
		standings = append(standings, *epoch.Standing)
	}
	require.Equal(t, []int64{500_000_000, 750_000_000, 875_000_000}, standings)
	require.Equal(t, standings[2], *report.Backends[0].Standing)
	require.Nil(t, report.Backends[0].Weight, "alone there is nothing to compare with")

	halfLife := open(t, func(s *spec.Spec) { s.Aggregation.EmaAlphaBp, s.Aggregation.EmaHalfLifeBlocks = 0, 100 })
	report, err = Run(t.Context(), halfLife, []Contender{contender("it", knowing)}, Options{Seed: "1", Epochs: 2, Blocks: 200})
	require.NoError(t, err)
	require.EqualValues(t, 937_500_000, *report.Backends[0].Standing, "four half-lives")
}

func TestAReportHasFamiliesScorersAndIntervals(t *testing.T) {
	sums := func(ctx context.Context, n int, r engine.Request) (string, error) {
		if !strings.Contains(r.Messages[0].Content, "+") {
			return "no", nil
		}
		return knowing(ctx, n, r)
	}
	report, err := Run(t.Context(), open(t, nil), []Contender{contender("it", sums)}, Options{Seed: "1", Epochs: 20, KeepItems: true})
	require.NoError(t, err)
	result := report.Backends[0]
	require.Len(t, result.Families, 5)
	total := 0
	for _, group := range result.Families {
		total += group.Questions
		require.Equal(t, MethodWilson, group.Method)
		if group.Family == "add" {
			require.Equal(t, group.Questions, group.Full)
			require.Equal(t, benchmark.ScoreOne, group.High)
			require.Less(t, group.Low, benchmark.ScoreOne)
		} else {
			require.Zero(t, group.Full)
			require.Zero(t, group.Low)
			require.Positive(t, group.High)
		}
	}
	require.Equal(t, 320, total)
	require.Equal(t, 320, result.Mean.Questions)
	require.Less(t, result.Mean.Low, result.Mean.Mean)
	require.Greater(t, result.Mean.High, result.Mean.Mean)
	require.Equal(t, result.Mean.Mean, *result.Score, "every epoch has as many questions")
	require.Equal(t, "exact", result.Scorers[0].Name)
	require.Equal(t, result.Mean, result.Scorers[0].Estimate)
	require.Len(t, result.Items, 320)
	require.NotEmpty(t, result.Items[0].Prompt)
	full := 0
	for _, item := range result.Items {
		if item.Score == benchmark.ScoreOne {
			full++
		}
	}
	require.EqualValues(t, (320-full)*2+full*3, result.Timing.Completion, "three tokens are claimed, of which not more count than an answer has bytes")
}

func TestMarksBetweenRightAndWrongHaveABootstrapInterval(t *testing.T) {
	program := open(t, func(s *spec.Spec) {
		s.Scorers[0].Scorer = &spec.Scorer_Edit{Edit: &spec.EditScorer{}}
	})
	nearly := func(ctx context.Context, n int, r engine.Request) (string, error) {
		text, err := knowing(ctx, n, r)
		return text + strings.Repeat("x", n%3), err
	}
	report, err := Run(t.Context(), program, []Contender{contender("it", nearly)}, Options{Seed: "1", Epochs: 4, Concurrency: 1})
	require.NoError(t, err)
	mean := report.Backends[0].Mean
	require.Equal(t, MethodBootstrap, mean.Method)
	require.True(t, 0 < mean.Low && mean.Low < mean.Mean && mean.Mean < mean.High && mean.High < benchmark.ScoreOne, "%+v", mean)
}

func TestContendersAreAskedTheSameAndCompared(t *testing.T) {
	weak := func(ctx context.Context, n int, r engine.Request) (string, error) {
		if len(r.Messages[0].Content)%2 == 0 {
			return "no", nil
		}
		return knowing(ctx, n, r)
	}
	first, second := &scripted{answer: knowing}, &scripted{answer: weak}
	report, err := Run(t.Context(), open(t, nil), []Contender{{"strong", first}, {"weak", second}}, Options{Seed: "1", Epochs: 4, Concurrency: 1})
	require.NoError(t, err)
	require.Equal(t, first.seen, second.seen)
	require.Len(t, report.Comparisons, 1)
	c := report.Comparisons[0]
	require.Equal(t, []string{"strong", "weak"}, []string{c.First, c.Second})
	require.Equal(t, 64, c.Difference.Questions)
	require.Equal(t, benchmark.ScoreOne-report.Backends[1].Mean.Mean, c.Difference.Mean)
	require.Positive(t, c.Difference.Low)
	require.Less(t, c.P, benchmark.ScoreOne/100)
	require.Equal(t, c.P, c.Adjusted)
	require.EqualValues(t, benchmark.MaxWeight, *report.Backends[0].Weight)
	require.Less(t, *report.Backends[1].Weight, *report.Backends[0].Weight)
	require.Contains(t, report.Text(), "strong - weak")
}

func TestAComparativeBenchmarkNeedsOpponents(t *testing.T) {
	for _, items := range []spec.ItemAggregation{
		spec.ITEM_AGGREGATION_WIN_RATE, spec.ITEM_AGGREGATION_BRADLEY_TERRY, spec.ITEM_AGGREGATION_OPEN_SKILL,
		spec.ITEM_AGGREGATION_PARETO, spec.ITEM_AGGREGATION_WINNER_TAKES_ALL,
	} {
		t.Run(items.String(), func(t *testing.T) {
			program := open(t, func(s *spec.Spec) { s.Aggregation.Items = items; s.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED })
			strong := contender("strong", knowing)
			weak := contender("weak", func(context.Context, int, engine.Request) (string, error) { return "no", nil })
			alone, err := Run(t.Context(), program, []Contender{strong}, Options{Seed: "1"})
			require.NoError(t, err)
			require.Nil(t, alone.Backends[0].Score)
			require.Nil(t, alone.Backends[0].Standing)
			require.Equal(t, benchmark.ScoreOne, alone.Backends[0].Mean.Mean, "the questions are scored nevertheless")
			require.Contains(t, alone.Text(), "name opponents")
			both, err := Run(t.Context(), program, []Contender{strong, weak}, Options{Seed: "1"})
			require.NoError(t, err)
			require.True(t, both.Benchmark.Comparative)
			require.Greater(t, *both.Backends[0].Score, *both.Backends[1].Score)
		})
	}
}

// stripped is a report without what depends on the machine.
func stripped(t *testing.T, report *Report) string {
	t.Helper()
	for i := range report.Backends {
		report.Backends[i].Timing = Timing{}
		for j := range report.Backends[i].Items {
			report.Backends[i].Items[j].Latency = 0
		}
	}
	encoded, err := json.Marshal(report)
	require.NoError(t, err)
	return string(encoded)
}

func TestAReportUnderASeedIsTheSameWhateverTheConcurrency(t *testing.T) {
	weak, err := models.Open("basics-weak", native.Options{MaxConcurrent: 8})
	require.NoError(t, err)
	defer weak.Close()
	program := open(t, func(s *spec.Spec) { s.Request.DeadlineMs = 60_000 })
	reports := map[string]int{}
	for _, concurrency := range []int{1, 8} {
		report, err := Run(t.Context(), program, []Contender{{"weak", weak}}, Options{Seed: "7", Epochs: 3, Concurrency: concurrency, KeepItems: true})
		require.NoError(t, err)
		report.Concurrency = 0
		reports[stripped(t, report)]++
	}
	require.Len(t, reports, 1)
	other, err := Run(t.Context(), program, []Contender{{"weak", weak}}, Options{Seed: "8", Epochs: 3, KeepItems: true})
	require.NoError(t, err)
	other.Concurrency = 0
	reports[stripped(t, other)]++
	require.Len(t, reports, 2, "another seed asks other questions")
}

func TestProgressCountsEveryAnswerOnce(t *testing.T) {
	var seen []Progress
	_, err := Run(t.Context(), open(t, nil), []Contender{contender("a", knowing), contender("b", knowing)}, Options{
		Seed: "1", Progress: func(p Progress) { seen = append(seen, p) },
	})
	require.NoError(t, err)
	require.Len(t, seen, 32)
	for i, p := range seen {
		require.Equal(t, i+1, p.Done)
		require.Equal(t, 32, p.Total)
	}
	require.Equal(t, "a", seen[0].Contender)
	require.Equal(t, "b", seen[31].Contender)
}

func TestATrialThatMakesNoSenseIsRefused(t *testing.T) {
	program, it := open(t, nil), contender("it", knowing)
	for name, test := range map[string]struct {
		contenders []Contender
		options    Options
		says       string
	}{
		"without contenders":     {nil, Options{Seed: "1"}, "0 contenders"},
		"with a name twice":      {[]Contender{it, it}, Options{Seed: "1"}, "a name of its own"},
		"without an engine":      {[]Contender{{Name: "it"}}, Options{Seed: "1"}, "needs an engine"},
		"without a seed":         {[]Contender{it}, Options{}, "seed"},
		"with negative epochs":   {[]Contender{it}, Options{Seed: "1", Epochs: -1}, "epochs is -1"},
		"with too many epochs":   {[]Contender{it}, Options{Seed: "1", Epochs: MaxEpochs + 1}, "epochs is"},
		"with nobody asking":     {[]Contender{it}, Options{Seed: "1", Concurrency: -1}, "concurrency is -1"},
		"with no answer allowed": {[]Contender{it}, Options{Seed: "1", MaxAnswer: -1}, "longest answer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Run(t.Context(), program, test.contenders, test.options)
			require.ErrorIs(t, err, ErrOptions)
			require.ErrorContains(t, err, test.says)
		})
	}
	_, err := Run(t.Context(), program, []Contender{it}, Options{Seed: "1", ChainID: strings.Repeat("x", 51)})
	require.ErrorIs(t, err, benchmark.ErrSeed)
}

func TestAnInterruptedTrialEndsWithTheErrorOfItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, open(t, nil), []Contender{contender("it", func(context.Context, int, engine.Request) (string, error) {
		cancel()
		return "", errors.New("stopped")
	})}, Options{Seed: "1", Epochs: 100})
	require.ErrorIs(t, err, context.Canceled)
}

func TestAQuestionThatCannotBeHadAbstains(t *testing.T) {
	bench, err := workbench.Open(workbench.Options{})
	require.NoError(t, err)
	defer bench.Close()
	s, err := benchmarks.Load("transformations")
	require.NoError(t, err)
	program, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	defer program.Close()
	r := &run{program: program, options: Options{Seed: "1", Concurrency: 1}.withDefaults()}
	r.epochs = [][]benchmark.Task{{{Fault: &benchmark.Fault{Reason: benchmark.ReasonQuestionMissing, Err: errors.New("nobody has it")}}}}
	script := &scripted{answer: knowing}
	e, err := r.try(t.Context(), Contender{"it", script})
	require.NoError(t, err)
	require.Zero(t, script.count.Load())
	report, err := r.report([]entrant{e})
	require.NoError(t, err)
	require.Equal(t, []Reason{{Outcome: "abstained", Reason: "question_missing", Count: 1, Example: "nobody has it"}}, report.Backends[0].Reasons)
	require.Equal(t, MethodNone, report.Backends[0].Mean.Method)
}

func TestAnswersOfAScorerThatMayRememberAreScoredInTheirOrder(t *testing.T) {
	bench, err := workbench.Open(workbench.Options{AtHand: []fs.FS{benchmarks.Files()}})
	require.NoError(t, err)
	defer bench.Close()
	s, err := benchmarks.Load("word-order")
	require.NoError(t, err)
	program, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	defer program.Close()
	require.True(t, program.Ordered())
	repeat := contender("it", func(_ context.Context, n int, r engine.Request) (string, error) {
		if n%5 == 0 {
			return "", engine.ErrUpstream
		}
		return r.Messages[len(r.Messages)-1].Content, nil
	})
	report, err := Run(t.Context(), program, []Contender{repeat}, Options{Seed: "1", Epochs: 3, Concurrency: 8, KeepItems: true})
	require.NoError(t, err)
	items := report.Backends[0].Items
	require.Len(t, items, 3*program.Answers())
	for epoch := range 3 {
		tasks, err := program.Draw(t.Context(), benchmark.Seed{
			ChainID: DefaultChainID, Version: 1, Epoch: uint64(epoch), MinerID: minerID, Beacon: key("beacon", "1", uint64(epoch)),
		}, benchmark.Share{})
		require.NoError(t, err)
		batch := program.Batch()
		for i := range tasks {
			item := items[epoch*len(tasks)+i]
			require.Equal(t, tasks[i].Index, item.Index)
			require.Equal(t, tasks[i].Question.Prompt, item.Prompt)
			if item.Outcome == "unanswered" {
				continue
			}
			again := batch.Score(t.Context(), &tasks[i], benchmark.Answer{
				Completion: item.Completion, LatencyMs: uint32(item.Latency / 1000), Tokens: item.Tokens,
			})
			require.Equal(t, again.Score, item.Score)
			require.Equal(t, again.Parts, item.Parts)
		}
		batch.Close()
	}
}

func TestSamplesOfAQuestionAreFoldedAsTheSpecSays(t *testing.T) {
	for name, test := range map[string]struct {
		passAt uint32
		right  int // of the four samples of each question
		mean   int64
	}{
		"to their mean":                            {0, 2, one / 2},
		"to the chance that one of two is right":   {2, 2, 5 * one / 6},
		"to nothing where none is right":           {2, 0, 0},
		"to all where more are right than are not": {2, 3, one},
	} {
		t.Run(name, func(t *testing.T) {
			program := open(t, func(s *spec.Spec) {
				s.Sampling.Samples, s.Request.TemperatureMilli, s.Aggregation.PassAt = 4, 500, test.passAt
			})
			it := contender("it", func(ctx context.Context, n int, r engine.Request) (string, error) {
				if n%4 >= test.right {
					return "no", nil
				}
				return knowing(ctx, n, r)
			})
			report, err := Run(t.Context(), program, []Contender{it}, Options{Seed: "1", Epochs: 2, Concurrency: 1})
			require.NoError(t, err)
			result := report.Backends[0]
			require.Equal(t, 32, result.Mean.Questions, "a question counts once")
			require.Equal(t, 128, result.Scored)
			require.InDelta(t, test.mean, result.Mean.Mean, 1)
			require.InDelta(t, result.Mean.Mean, *result.Score, 1)
		})
	}
}
