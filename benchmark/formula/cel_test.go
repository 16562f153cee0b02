package formula_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/formula"
)

var metrics = []string{"exact", "rouge_l", "speed", "broken"}

var errBroken = errors.New("the embedding model is not here")

// inputs has the metrics exact 0.5, rouge_l 0.8, speed 0.3, and broken, which fails.
func inputs() formula.Inputs {
	return formula.Inputs{
		Prompt: "What is 1+1?", Expected: "two", Alternatives: []string{"2", "II"}, Data: "a,b", Answer: "It is two.",
		LatencyMS: 120, CompletionTokens: 7,
		Metric: func(name string) (int64, error) {
			switch name {
			case "exact":
				return 500_000_000, nil
			case "rouge_l":
				return 800_000_000, nil
			case "speed":
				return 300_000_000, nil
			case "broken":
				return 0, errBroken
			}
			return 0, errors.New("no such metric")
		},
	}
}

func TestACELFormulaIsItsValue(t *testing.T) {
	for name, c := range map[string]struct {
		formula string
		want    int64
	}{
		"a literal":                      {"7", 7},
		"a metric":                       {"rouge_l", 800_000_000},
		"a mean with weights":            {"exact == 0 ? 0 : (rouge_l * 7 + speed * 3) / 10", 650_000_000},
		"division truncates toward zero": {"-7 / 2 + 10", 7},
		"a remainder has the sign of the dividend":  {"-7 % 3 + 10", 9},
		"the facts of an answer":                    {"latency_ms + completion_tokens + answer_bytes", 137},
		"the smaller and the larger":                {"min(exact, speed) + max(1, 2)", 300_000_002},
		"a value held within bounds":                {"clamp(exact, 0, 1000) + clamp(-5, 3, 4)", 1003},
		"texts compared":                            {"answer != expected && expected < prompt + 'z' ? 0 : 1", 1},
		"a text within a text":                      {"answer.contains(expected) && answer.startsWith('It') && answer.endsWith('.') ? 5 : 0", 5},
		"a regular expression":                      {"answer.matches('^It is (two|2)\\\\.$') && matches(prompt, '1.1') ? 5 : 0", 5},
		"the size of a text is its code points":     {"size('é' + expected)", 4},
		"a metric in a branch that is not taken":    {"exact > 0 ? 1 : broken", 1},
		"a metric after a condition that decides":   {"exact > 0 || broken > 0 ? 1 : 2", 1},
		"a condition of many":                       {"!(exact >= rouge_l) && exact <= rouge_l && exact < rouge_l && rouge_l > exact ? 3 : 4", 3},
		"the best score":                            {"1000000000", formula.ScoreOne},
		"whole numbers of 64 bits on the way there": {"9223372036854775807 / 9223372036854775807", 1},
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := formula.CompileCEL(c.formula, metrics)
			require.NoError(t, err)
			got, err := compiled.Score(inputs())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.LessOrEqual(t, compiled.WorstCost(), uint64(formula.MaxCost))
		})
	}
}

func TestATextThatIsNoCELFormulaIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ formula, reason string }{
		"nothing":                          {"", "1:1: "},
		"half a formula":                   {"exact +", "1:8: "},
		"a name that is not given":         {"exact +\n  bleu", "2:3: undeclared reference to 'bleu'"},
		"text for a score":                 {"answer", "1:1: the formula is of type string"},
		"truth for a score":                {"exact > 0", "1:1: the formula is of type bool"},
		"a double":                         {"exact > 0 && 0.5 == 0.5 ? 1 : 0", "1:14: a value of type double"},
		"a double that is compared":        {"exact < 0.5 ? 1 : 0", "1:7: found no matching overload"},
		"an integer without a sign":        {"1u == 1u ? 1 : 0", "a value of type uint"},
		"bytes":                            {"b'a' == b'b' ? 1 : 0", "a value of type bytes"},
		"a text made an integer":           {"int(answer)", "1:4: the function int is not part of the language"},
		"an integer made a text":           {"size(string(exact))", "1:12: the function string is not part of the language"},
		"a value of any type":              {"dyn(1)", "type dyn"},
		"a list":                           {"[1, 2].size()", "a value of type list(int)"},
		"a map":                            {"{'a': 1}['a']", "not part of the language"},
		"membership":                       {"exact in [1] ? 1 : 0", "not part of the language"},
		"a macro over a list":              {"[1].exists(x, x > 0) ? 1 : 0", "undeclared reference"},
		"a test for presence":              {"has(answer.x) ? 1 : 0", "undeclared reference"},
		"a time":                           {"timestamp('2020-01-01T00:00:00Z') == timestamp('2021-01-01T00:00:00Z') ? 1 : 0", "Timestamp"},
		"a duration":                       {"duration('1s') == duration('2s') ? 1 : 0", "Duration"},
		"a type as a value":                {"type(1) == type(2) ? 1 : 0", "type"},
		"null":                             {"null == null ? 1 : 0", "null_type"},
		"a message":                        {"google.protobuf.Int64Value{value: 1}", "a value of type wrapper(int)"},
		"a pattern that is not known":      {"answer.matches(prompt) ? 1 : 0", "1:16: the pattern of matches is not a literal"},
		"a pattern that is wrong":          {"answer.matches('((') ? 1 : 0", "1:16: the pattern of matches: "},
		"a pattern that is too large":      {"answer.matches('((a{100}){100})') ? 1 : 0", "regex"},
		"an integer that is too large":     {"9223372036854775808", "invalid int literal"},
		"a formula that is too long":       {"1" + strings.Repeat("+1", formula.MaxCELBytes), "at most 8192 are allowed"},
		"brackets without end":             {strings.Repeat("(", 8000), "1:"},
		"brackets that are nested deep":    {strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), "recursion"},
		"conditions that are nested deep":  {strings.Repeat("true ? 1 : ", 700) + "1", "1:"},
		"signs that are nested deep":       {strings.Repeat("-(", 300) + "1" + strings.Repeat(")", 300), "recursion"},
		"calls that are nested deep":       {strings.Repeat("min(1,", 300) + "1" + strings.Repeat(")", 300), "recursion"},
		"bytes that are no text":           {"\xff", "1:1: "},
		"a function that does not exist":   {"now()", "undeclared reference to 'now'"},
		"the number of arguments is wrong": {"min(1)", "no matching overload"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formula.CompileCEL(c.formula, metrics)
			require.ErrorIs(t, err, formula.ErrCompile)
			require.ErrorContains(t, err, c.reason)
			require.Regexp(t, `does not compile: \d+:\d+: `, err.Error())
			require.Less(t, len(err.Error()), 500)
		})
	}
}

func TestTheNamesOfMetricsAreHeldToTheirForm(t *testing.T) {
	for name, list := range map[string][]string{
		"capital letters": {"Exact"}, "a dash": {"rouge-l"}, "nothing": {""}, "a fact": {"latency_ms"}, "a text": {"answer"},
		"a function": {"min"}, "a word of the language": {"in"}, "a type": {"int"}, "the same twice": {"a", "a"}, "too many": make([]string, formula.MaxMetrics+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formula.CompileCEL("1", list)
			require.ErrorIs(t, err, formula.ErrCompile)
		})
	}
}

func TestACELFormulaThatMayCostTooMuchIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a long pattern over long texts": "(answer + prompt + expected).matches('" + strings.Repeat("a.*", 100) + "') ? 1 : 0",
		"long texts put together":        "size(answer" + strings.Repeat("+answer", 200) + ")",
		"many comparisons of long texts": "0" + strings.Repeat(" + (answer == prompt ? 1 : 0)", 50),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formula.CompileCEL(text, metrics)
			require.ErrorIs(t, err, formula.ErrCost)
		})
	}
}

func TestACELFormulaThatFailsSaysHow(t *testing.T) {
	for name, c := range map[string]struct {
		formula string
		as      error
		reason  string
	}{
		"a division by zero":                        {"exact / (speed - speed)", formula.ErrRuntime, "division by zero"},
		"a remainder by zero":                       {"exact % (speed - speed)", formula.ErrRuntime, "modulus by zero"},
		"a sum that overflows":                      {"9223372036854775807 + exact", formula.ErrRuntime, "overflow"},
		"a difference that overflows":               {"-9223372036854775807 - exact", formula.ErrRuntime, "overflow"},
		"a product that overflows":                  {"exact * exact * exact", formula.ErrRuntime, "overflow"},
		"a sign that overflows":                     {"-(-9223372036854775807 - 1 + exact - exact)", formula.ErrRuntime, "overflow"},
		"a quotient that overflows":                 {"(-9223372036854775807 - 1) / (exact - exact - 1)", formula.ErrRuntime, "overflow"},
		"bounds the wrong way around":               {"clamp(exact, 2, 1)", formula.ErrRuntime, "clamp"},
		"a metric that fails":                       {"broken", formula.ErrRuntime, "embedding"},
		"a metric that fails where CEL would do":    {"broken > 0 || exact > 0 ? 1 : 2", formula.ErrRuntime, "embedding"},
		"a result below zero":                       {"exact - rouge_l", formula.ErrResult, "-300000000"},
		"a result above one":                        {"exact + rouge_l", formula.ErrResult, "1300000000"},
		"the error of a metric is among the causes": {"broken", errBroken, ""},
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := formula.CompileCEL(c.formula, metrics)
			require.NoError(t, err)
			_, err = compiled.Score(inputs())
			require.ErrorIs(t, err, c.as)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestACELFormulaRefusesInputsThatAreTooLong(t *testing.T) {
	compiled, err := formula.CompileCEL("size(answer)", nil)
	require.NoError(t, err)
	in := formula.Inputs{Answer: strings.Repeat("a", formula.MaxTextBytes)}
	got, err := compiled.Score(in)
	require.NoError(t, err)
	require.EqualValues(t, formula.MaxTextBytes, got)
	in.Answer += "a"
	_, err = compiled.Score(in)
	require.ErrorIs(t, err, formula.ErrCost)
}

func TestAMetricIsComputedOnlyWhenAndOnce(t *testing.T) {
	compiled, err := formula.CompileCEL("exact > 0 ? exact + exact : speed", metrics)
	require.NoError(t, err)
	require.Equal(t, []string{"exact", "speed"}, compiled.Metrics())
	var asked []string
	_, err = compiled.Score(formula.Inputs{Metric: func(name string) (int64, error) {
		asked = append(asked, name)
		return 5, nil
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"exact"}, asked)
}

func TestAMetricOutOfItsRangeIsAnErrorOfTheFormula(t *testing.T) {
	compiled, err := formula.CompileCEL("exact * 0", metrics)
	require.NoError(t, err)
	for _, value := range []int64{-1, formula.ScoreOne + 1, math.MinInt64} {
		_, err := compiled.Score(formula.Inputs{Metric: func(string) (int64, error) { return value, nil }})
		require.ErrorIs(t, err, formula.ErrRuntime)
	}
	_, err = compiled.Score(formula.Inputs{})
	require.ErrorContains(t, err, `metric "exact" is not available here`)
}

func TestTextsThatAreNotUTF8CountTheirReplacement(t *testing.T) {
	compiled, err := formula.CompileCEL("size(answer) * 1000 + answer_bytes", nil)
	require.NoError(t, err)
	got, err := compiled.Score(formula.Inputs{Answer: "a\xff\xfeb"})
	require.NoError(t, err)
	require.EqualValues(t, 3004, got)
}

func TestACELFormulaIsUsedByManyAtOnce(t *testing.T) {
	compiled, err := formula.CompileCEL("latency_ms * 2 + exact", metrics)
	require.NoError(t, err)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 200 {
				in := inputs()
				in.LatencyMS = int64(worker*1000 + i)
				got, err := compiled.Score(in)
				if err != nil || got != 2*in.LatencyMS+500_000_000 {
					t.Errorf("worker %d: %d, %v", worker, got, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestACELFormulaIsAFunctionOfItsInputs(t *testing.T) {
	compiled, err := formula.CompileCEL("clamp((exact * latency_ms + rouge_l * completion_tokens) / max(1, latency_ms + completion_tokens), 0, 1000000000)", metrics)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.Int64Range(0, formula.ScoreOne)
		exact, rouge := score.Draw(t, "exact"), score.Draw(t, "rouge")
		in := formula.Inputs{
			LatencyMS: rapid.Int64Range(0, 1_000_000).Draw(t, "latency"), CompletionTokens: rapid.Int64Range(0, 1_000_000).Draw(t, "tokens"),
			Answer: rapid.String().Draw(t, "answer"),
			Metric: func(name string) (int64, error) {
				if name == "exact" {
					return exact, nil
				}
				return rouge, nil
			},
		}
		got, err := compiled.Score(in)
		require.NoError(t, err)
		require.Equal(t, (exact*in.LatencyMS+rouge*in.CompletionTokens)/max(1, in.LatencyMS+in.CompletionTokens), got)
	})
}
