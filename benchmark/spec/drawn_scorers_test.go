package spec_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/spec"
)

// scorers are of different kinds, or of the same on different parts of the answer.
func (d draw) scorers(s *spec.Spec) {
	for i := range rapid.IntRange(0, 3).Draw(d.T, "models") {
		s.Models = append(s.Models, spec.Model{
			Name: fmt.Sprintf("model-%d", i), Sha256: d.digest("model"), Length: d.number("length", 1, spec.MaxUint32),
			Tier: spec.Tier(d.number("tier", 1, 3)), Mirrors: d.mirrors(0),
		})
	}
	const parts = 6
	names := d.kinds(len(s.Models) > 0)
	chosen := rapid.SliceOfNDistinct(rapid.IntRange(0, len(names)*parts-1), 1, spec.MaxScorers, rapid.ID).Draw(d.T, "scorers")
	left := uint32(spec.OneBp)
	for i, at := range chosen {
		weight := left
		if others := uint32(len(chosen) - 1 - i); others > 0 {
			weight = d.number("weight", 1, left-others)
		}
		left -= weight
		scorer := spec.Scorer{WeightBp: weight, Extraction: spec.Extraction(1 + at%parts), Gate: d.flag("gate")}
		d.scorer(&scorer, names[at/parts], s.Models)
		s.Scorers = append(s.Scorers, scorer)
	}
}

// kinds are the names of the scorers that may be drawn: some need a model.
func (d draw) kinds(models bool) []string {
	var names []string
	for _, known := range spec.Scorers() {
		switch known.Name {
		case spec.ScorerBitsPerByte, spec.ScorerEmbedding, spec.ScorerJudge:
			if !models {
				continue
			}
		}
		names = append(names, known.Name)
	}
	return names
}

func (d draw) scorer(to *spec.Scorer, name string, models []spec.Model) {
	model := func() string { return models[d.number("model", 0, uint32(len(models)-1))].Name }
	switch name {
	case spec.ScorerExact:
		to.Scorer = &spec.Scorer_Exact{Exact: &spec.ExactScorer{}}
	case spec.ScorerNormalized:
		to.Scorer = &spec.Scorer_Normalized{Normalized: &spec.NormalizedScorer{}}
	case spec.ScorerNumeric:
		to.Scorer = &spec.Scorer_Numeric{Numeric: &spec.NumericScorer{
			AbsoluteTolerance: rapid.Uint64Range(0, spec.MaxAbsoluteTolerance).Draw(d.T, "absolute"), RelativeTolerance: d.number("relative", 0, spec.ScoreOne),
		}}
	case spec.ScorerTokenF1:
		to.Scorer = &spec.Scorer_TokenF1{TokenF1: &spec.TokenF1Scorer{}}
	case spec.ScorerChrf:
		to.Scorer = &spec.Scorer_Chrf{Chrf: &spec.ChrfScorer{WordOrder: d.orZero("word order", 2, 2)}}
	case spec.ScorerBleu:
		to.Scorer = &spec.Scorer_Bleu{Bleu: &spec.BleuScorer{}}
	case spec.ScorerRougeL:
		to.Scorer = &spec.Scorer_RougeL{RougeL: &spec.RougeLScorer{}}
	case spec.ScorerEdit:
		to.Scorer = &spec.Scorer_Edit{Edit: &spec.EditScorer{Words: d.flag("words")}}
	case spec.ScorerJSONSchema:
		to.Scorer = &spec.Scorer_JsonSchema{JsonSchema: &spec.JsonSchemaScorer{Schema: d.textOrNothing("schema")}}
	case spec.ScorerJSONFields:
		to.Scorer = &spec.Scorer_JsonFields{JsonFields: &spec.JsonFieldsScorer{}}
	case spec.ScorerTests:
		to.Scorer = &spec.Scorer_Tests{Tests: &spec.TestsScorer{MaxSteps: d.number("steps", spec.MinSteps, spec.MaxSteps), Partial: d.flag("partial")}}
	case spec.ScorerBitsPerByte:
		to.Scorer = &spec.Scorer_BitsPerByte{BitsPerByte: &spec.BitsPerByteScorer{Model: model(), ZeroMillibits: d.number("millibits", 1, spec.MaxMillibits)}}
	case spec.ScorerEmbedding:
		to.Scorer = &spec.Scorer_Embedding{Embedding: &spec.EmbeddingScorer{Model: model(), ZeroBp: d.number("zero", 0, spec.OneBp-1)}}
	case spec.ScorerLatency:
		zero := d.number("zero", 1, spec.MaxDeadlineMs)
		to.Scorer = &spec.Scorer_Latency{Latency: &spec.LatencyScorer{FullMs: d.number("full", 0, zero-1), ZeroMs: zero}}
	case spec.ScorerThroughput:
		full := d.number("full", 1, spec.MaxTokensPerSecond)
		to.Scorer = &spec.Scorer_Throughput{Throughput: &spec.ThroughputScorer{ZeroTokensPerS: d.number("zero", 0, full-1), FullTokensPerS: full}}
	case spec.ScorerJudge:
		to.Scorer = &spec.Scorer_Judge{Judge: &spec.JudgeScorer{Model: model(), Prompt: d.textOrNothing("prompt") + "{answer}", Best: d.number("best", 1, 100)}}
	case spec.ScorerCel:
		to.Scorer = &spec.Scorer_Cel{Cel: &spec.CelScorer{Formula: d.text("formula")}}
	case spec.ScorerStarlark:
		to.Scorer = &spec.Scorer_Starlark{Starlark: &spec.StarlarkScorer{Program: d.text("program"), MaxSteps: d.number("steps", spec.MinSteps, spec.MaxSteps)}}
	case spec.ScorerWasm:
		to.Scorer = &spec.Scorer_Wasm{Wasm: &spec.WasmScorer{Module: d.module(), Goldens: list(d, "goldens", 1, 2, d.golden)}}
	default:
		d.Fatalf("the tests cannot make the scorer %s", name)
	}
}

func (d draw) golden() spec.ScorerGolden {
	golden := spec.ScorerGolden{
		Prompt: d.text("prompt"), Expected: d.textOrNothing("expected"), Data: d.textOrNothing("data"), Answer: d.textOrNothing("answer"),
		LatencyMs: d.number("latency", 0, spec.MaxDeadlineMs), Tokens: d.number("tokens", 0, spec.MaxTokens),
	}
	if d.flag("abstains") {
		golden.Abstain = d.number("abstain", 1, spec.ScoreOne)
	} else {
		golden.Score = d.number("score", 0, spec.ScoreOne)
	}
	return golden
}
