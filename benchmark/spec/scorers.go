package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Names of scorers, as a YAML spec has them.
const (
	ScorerExact       = "exact"
	ScorerNormalized  = "normalized"
	ScorerNumeric     = "numeric"
	ScorerTokenF1     = "token-f1"
	ScorerChrf        = "chrf"
	ScorerBleu        = "bleu"
	ScorerRougeL      = "rouge-l"
	ScorerEdit        = "edit"
	ScorerJSONSchema  = "json-schema"
	ScorerJSONFields  = "json-fields"
	ScorerTests       = "tests"
	ScorerBitsPerByte = "bits-per-byte"
	ScorerEmbedding   = "embedding"
	ScorerLatency     = "latency"
	ScorerThroughput  = "throughput"
	ScorerJudge       = "judge"
	ScorerCel         = "cel"
	ScorerStarlark    = "starlark"
	ScorerWasm        = "wasm"
)

// scorerGroup declares a scorer, which its name tells from others.
func scorerGroup(s *Scorer) *group {
	variants := scorerVariants(s)
	names := make([]string, len(variants))
	for i, v := range variants {
		names[i] = v.name
	}
	return &group{
		selector: "scorer",
		what:     "must be " + strings.Join(names, " or "),
		variants: variants,
		settings: []setting{
			{name: "scorer", summary: "which scorer", value: scorerNameOf{variants}},
			{name: "weight_bp", summary: "its share of an item's score", value: numberOf[uint32]{to: &s.WeightBp, low: 1, high: OneBp}},
			{name: "extract", summary: "which part of a completion is the answer", value: choiceOf{to: (*int32)(&s.Extraction), names: extractionNames[:]}},
			{name: "gate", summary: "the whole item is 0 when this scorer gives 0", value: flagOf{&s.Gate}, optional: true},
		},
	}
}

// Name returns the name of a scorer, "" when it is none.
func (m *Scorer) Name() string {
	for _, v := range scorerVariants(m) {
		if v.is() {
			return v.name
		}
	}
	return ""
}

func scorerVariants(s *Scorer) []variant {
	return []variant{
		arm(s, ScorerExact, "1e9 when the answer equals the expected one byte for byte, else 0", s.GetExact, func(to *ExactScorer) isScorer_Scorer { return &Scorer_Exact{to} }, nil),
		arm(s, ScorerNormalized, "1e9 when the answer equals an expected one but for case, punctuation, articles and white space, else 0", s.GetNormalized, func(to *NormalizedScorer) isScorer_Scorer { return &Scorer_Normalized{to} }, nil),
		arm(s, ScorerNumeric, "1e9 when the answer is the expected number within either tolerance, else 0", s.GetNumeric, func(to *NumericScorer) isScorer_Scorer { return &Scorer_Numeric{to} }, func(to *NumericScorer) []setting {
			return []setting{
				{name: "absolute_tolerance", summary: "difference that is allowed, in units of 1e-9", value: numberOf[uint64]{to: &to.AbsoluteTolerance, high: MaxAbsoluteTolerance}, optional: true},
				{name: "relative_tolerance", summary: "difference that is allowed, in units of 1e-9 of the expected number", value: numberOf[uint32]{to: &to.RelativeTolerance, high: ScoreOne}, optional: true},
			}
		}),
		arm(s, ScorerTokenF1, "F1 over the words that answer and expected answer share, as in SQuAD", s.GetTokenF1, func(to *TokenF1Scorer) isScorer_Scorer { return &Scorer_TokenF1{to} }, nil),
		arm(s, ScorerChrf, "F2 over the character n-grams that answer and expected answer share (chrF; with words chrF++)", s.GetChrf, func(to *ChrfScorer) isScorer_Scorer { return &Scorer_Chrf{to} }, func(to *ChrfScorer) []setting {
			return []setting{{name: "word_order", summary: "0 for chrF, 2 for chrF++", value: numberOf[uint32]{to: &to.WordOrder, low: 2, high: 2, orZero: true}, optional: true}}
		}),
		arm(s, ScorerBleu, "BLEU of one sentence: word n-grams up to four, with a brevity penalty", s.GetBleu, func(to *BleuScorer) isScorer_Scorer { return &Scorer_Bleu{to} }, nil),
		arm(s, ScorerRougeL, "F1 of the longest common subsequence of words", s.GetRougeL, func(to *RougeLScorer) isScorer_Scorer { return &Scorer_RougeL{to} }, nil),
		arm(s, ScorerEdit, "1 less the edit distance over the longer length", s.GetEdit, func(to *EditScorer) isScorer_Scorer { return &Scorer_Edit{to} }, func(to *EditScorer) []setting {
			return []setting{{name: "words", summary: "count words instead of characters", value: flagOf{&to.Words}, optional: true}}
		}),
		arm(s, ScorerJSONSchema, "1e9 when the answer is a JSON document that the schema allows, else 0", s.GetJsonSchema, func(to *JsonSchemaScorer) isScorer_Scorer { return &Scorer_JsonSchema{to} }, func(to *JsonSchemaScorer) []setting {
			return []setting{{name: "schema", summary: "JSON schema; that of the question when left out", value: textOf{&to.Schema, 0, MaxSchemaBytes, code}, optional: true}}
		}),
		arm(s, ScorerJSONFields, "F1 over the fields of the expected JSON document", s.GetJsonFields, func(to *JsonFieldsScorer) isScorer_Scorer { return &Scorer_JsonFields{to} }, nil),
		arm(s, ScorerTests, "1e9 when the answer, a Starlark program, passes the unit tests of the question, else 0", s.GetTests, func(to *TestsScorer) isScorer_Scorer { return &Scorer_Tests{to} }, func(to *TestsScorer) []setting {
			return []setting{
				{name: "max_steps", summary: "steps of the interpreter that one test may take", value: numberOf[uint32]{to: &to.MaxSteps, low: MinSteps, high: MaxSteps}},
				{name: "partial", summary: "give the share of tests that pass", value: flagOf{&to.Partial}, optional: true},
			}
		}),
		arm(s, ScorerBitsPerByte, "how little the answer surprises a model, evenly from 0 bits per byte", s.GetBitsPerByte, func(to *BitsPerByteScorer) isScorer_Scorer { return &Scorer_BitsPerByte{to} }, func(to *BitsPerByteScorer) []setting {
			return []setting{
				modelSetting(&to.Model),
				{name: "zero_millibits", summary: "thousandths of a bit per byte that score 0", value: numberOf[uint32]{to: &to.ZeroMillibits, low: 1, high: MaxMillibits}},
			}
		}),
		arm(s, ScorerEmbedding, "cosine between answer and expected answer in the space of a model", s.GetEmbedding, func(to *EmbeddingScorer) isScorer_Scorer { return &Scorer_Embedding{to} }, func(to *EmbeddingScorer) []setting {
			return []setting{
				modelSetting(&to.Model),
				{name: "zero_bp", summary: "cosine that scores 0", value: numberOf[uint32]{to: &to.ZeroBp, high: OneBp - 1}, optional: true},
			}
		}),
		arm(s, ScorerLatency, "falls evenly with the time that the answer took, which each validator measures itself", s.GetLatency, func(to *LatencyScorer) isScorer_Scorer { return &Scorer_Latency{to} }, func(to *LatencyScorer) []setting {
			return []setting{
				{name: "full_ms", summary: "milliseconds that still score 1e9", value: numberOf[uint32]{to: &to.FullMs, high: MaxDeadlineMs}, optional: true},
				{name: "zero_ms", summary: "milliseconds that score 0", value: numberOf[uint32]{to: &to.ZeroMs, low: 1, high: MaxDeadlineMs}},
			}
		}),
		arm(s, ScorerThroughput, "rises evenly with the tokens per second of the answer, which each validator measures itself", s.GetThroughput, func(to *ThroughputScorer) isScorer_Scorer { return &Scorer_Throughput{to} }, func(to *ThroughputScorer) []setting {
			return []setting{
				{name: "zero_tokens_per_s", summary: "tokens per second that score 0", value: numberOf[uint32]{to: &to.ZeroTokensPerS, high: MaxTokensPerSecond}, optional: true},
				{name: "full_tokens_per_s", summary: "tokens per second that score 1e9", value: numberOf[uint32]{to: &to.FullTokensPerS, low: 1, high: MaxTokensPerSecond}},
			}
		}),
		arm(s, ScorerJudge, "mark that a model gives", s.GetJudge, func(to *JudgeScorer) isScorer_Scorer { return &Scorer_Judge{to} }, func(to *JudgeScorer) []setting {
			return []setting{
				modelSetting(&to.Model),
				{name: "prompt", summary: "what the model is asked; {question}, {expected} and {answer} are replaced", value: textOf{&to.Prompt, 1, MaxPromptBytes, code}},
				{name: "best", summary: "best mark; the first whole number in the model's text is divided by it", value: numberOf[uint32]{to: &to.Best, low: 1, high: 100}},
			}
		}),
		arm(s, ScorerCel, "formula over other metrics", s.GetCel, func(to *CelScorer) isScorer_Scorer { return &Scorer_Cel{to} }, func(to *CelScorer) []setting {
			return []setting{{name: "formula", summary: "formula of a whole number from 0 to 1e9 in the Common Expression Language", value: textOf{&to.Formula, 1, MaxFormulaBytes, code}}}
		}),
		arm(s, ScorerStarlark, "program with a function score(item) that returns a whole number from 0 to 1e9", s.GetStarlark, func(to *StarlarkScorer) isScorer_Scorer { return &Scorer_Starlark{to} }, func(to *StarlarkScorer) []setting {
			return []setting{
				{name: "program", summary: "Starlark program", value: textOf{&to.Program, 1, MaxProgramBytes, code}},
				{name: "max_steps", summary: "steps of the interpreter that one call may take", value: numberOf[uint32]{to: &to.MaxSteps, low: MinSteps, high: MaxSteps}},
			}
		}),
		arm(s, ScorerWasm, "WebAssembly module in the sandbox", s.GetWasm, func(to *WasmScorer) isScorer_Scorer { return &Scorer_Wasm{to} }, func(to *WasmScorer) []setting {
			return []setting{
				{name: "module", summary: "module that exports agora_score", value: &group{settings: moduleSettings(&to.Module)}},
				{name: "goldens", summary: "scores that the module must give before it is trusted", value: listOf[ScorerGolden]{
					to: &to.Goldens, low: 1, high: MaxGoldens, what: "goldens",
					element: func(g *ScorerGolden) codec { return &group{settings: scorerGoldenSettings(g)} },
				}},
			}
		}),
	}
}

// arm makes the variant of a scorer.
func arm[T any](s *Scorer, name, summary string, get func() *T, wrap func(*T) isScorer_Scorer, settings func(*T) []setting) variant {
	return variant{
		name: name, summary: summary,
		is: func() bool { return get() != nil },
		settings: func() []setting {
			if get() == nil {
				s.Scorer = wrap(new(T))
			}
			if settings == nil {
				return nil
			}
			return settings(get())
		},
	}
}

func modelSetting(to *string) setting {
	return setting{name: "model", summary: "name of one of the spec's models", value: textOf{to, 1, MaxNameBytes, identifier}}
}

func scorerGoldenSettings(g *ScorerGolden) []setting {
	return []setting{
		{name: "prompt", summary: "prompt of the question", value: textOf{&g.Prompt, 1, MaxGoldenBytes, code}},
		{name: "expected", summary: "expected answer", value: textOf{&g.Expected, 0, MaxGoldenBytes, code}, optional: true},
		{name: "data", summary: "data of the question", value: textOf{&g.Data, 0, MaxGoldenBytes, code}, optional: true},
		{name: "answer", summary: "answer of the miner", value: textOf{&g.Answer, 0, MaxGoldenBytes, code}, optional: true},
		{name: "latency_ms", summary: "milliseconds that the answer took", value: numberOf[uint32]{to: &g.LatencyMs, high: MaxDeadlineMs}, optional: true},
		{name: "tokens", summary: "tokens of the answer", value: numberOf[uint32]{to: &g.Tokens, high: MaxTokens}, optional: true},
		{name: "score", summary: "score in units of 1e-9", value: numberOf[uint32]{to: &g.Score, high: ScoreOne}, optional: true},
		{name: "abstain", summary: "code with which the module gives no score", value: numberOf[uint32]{to: &g.Abstain, high: ScoreOne}, optional: true},
	}
}

// scorerNameOf writes the name; reading is done by the group, which needs it to know
// what else there may be.
type scorerNameOf struct {
	variants []variant
}

func (c scorerNameOf) read(r *reader, n *yaml.Node, path string) {
	var name string
	textOf{to: &name}.read(r, n, path)
}

func (c scorerNameOf) write() *yaml.Node {
	for _, v := range c.variants {
		if v.is() {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v.name}
		}
	}
	return nil
}

func (scorerNameOf) check(*validation, string) {}

func (c scorerNameOf) describe() (kind string, inner []setting) { return "name of a scorer", nil }

func (c scorerNameOf) schema() map[string]any {
	names := make([]string, len(c.variants))
	for i, v := range c.variants {
		names[i] = v.name
	}
	return map[string]any{"enum": names}
}
