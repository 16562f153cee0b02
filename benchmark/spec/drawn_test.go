package spec_test

import (
	"math"

	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/spec"
)

// draw makes parts of specs out of what rapid draws.
type draw struct{ *rapid.T }

func (d draw) number(label string, low, high uint32) uint32 {
	return rapid.Uint32Range(low, high).Draw(d.T, label)
}

// orZero is a number that may be left out.
func (d draw) orZero(label string, low, high uint32) uint32 {
	if !d.flag(label) {
		return 0
	}
	return d.number(label, low, high)
}

func (d draw) flag(label string) bool { return rapid.Bool().Draw(d.T, label) }

// text is what people write, at least one character and few enough that a spec stays below its bound.
func (d draw) text(label string) string {
	return rapid.StringMatching(`[ -~\n\tä😀#:]{1,100}`).Draw(d.T, label)
}

func (d draw) textOrNothing(label string) string {
	if !d.flag(label) {
		return ""
	}
	return d.text(label)
}

func (d draw) digest(label string) []byte {
	return rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(d.T, label)
}

func (d draw) mirrors(low int) []string {
	return list(d, "mirrors", low, 3, func() string {
		return rapid.StringMatching(`https?://[!-~]{1,40}`).Draw(d.T, "mirror")
	})
}

// list makes low to high elements; none are nil, as they are in a spec that was decoded.
func list[T any](d draw, label string, low, high int, element func() T) []T {
	var elements []T
	for range rapid.IntRange(low, high).Draw(d.T, label) {
		elements = append(elements, element())
	}
	return elements
}

// drawn makes any valid spec: every source, scorer, aggregation and setting.
func drawn(t *rapid.T) *spec.Spec {
	d := draw{t}
	s := &spec.Spec{
		Format:       spec.CurrentFormat,
		Name:         rapid.StringMatching(`[a-z0-9.-]{1,64}`).Draw(t, "name"),
		Description:  rapid.StringMatching(`[ -~\nä😀]{0,200}`).Draw(t, "description"),
		Kind:         spec.KIND_INFERENCE,
		Verification: spec.VERIFICATION_RECEIPTS,
		Request: spec.Request{
			Endpoint:         spec.ENDPOINT_CHAT_COMPLETIONS,
			MaxTokens:        d.number("max tokens", 1, spec.MaxTokens),
			TemperatureMilli: d.number("temperature", 0, spec.MaxTemperatureMilli),
			DeadlineMs:       d.number("deadline", spec.MinDeadlineMs, spec.MaxDeadlineMs),
			System:           d.textOrNothing("system"),
		},
		Weights: spec.Weights{
			BaselineBp: d.number("baseline", 0, spec.MaxBaselineBp),
			TopK:       d.number("top k", 0, spec.MaxTopK),
		},
		EvidenceEpochs: d.number("evidence epochs", 0, spec.MaxEvidenceEpochs),
	}
	if d.flag("softmax") {
		s.Weights.Map = &spec.Weights_Softmax{Softmax: &spec.SoftmaxMap{TemperatureBp: d.number("softmax", 1, spec.MaxTemperatureBp)}}
	} else {
		s.Weights.Map = &spec.Weights_Power{Power: &spec.PowerMap{Exponent: d.number("power", 1, spec.MaxExponent)}}
	}
	d.sampling(s)
	d.source(s)
	d.scorers(s)
	d.aggregation(s)
	return s
}

func (d draw) sampling(s *spec.Spec) {
	s.Sampling.ItemsPerMiner = d.number("items", 1, spec.MaxItemsPerMiner)
	s.Sampling.Domain = spec.SamplingDomain(d.number("domain", 1, 2))
	s.Sampling.CalibrationItems = d.number("calibration", 0, s.Sampling.ItemsPerMiner-1)
	if s.Sampling.CalibrationItems < s.Sampling.ItemsPerMiner {
		s.Sampling.ValidatorsPerItem = d.number("validators", 0, spec.MaxValidatorsPerItem)
	}
	if most := min(spec.MaxItemsPerMiner/s.Sampling.ItemsPerMiner, spec.MaxSamples); most >= 2 && s.Request.TemperatureMilli > 0 {
		s.Sampling.Samples = d.orZero("samples", 2, most)
	}
}

func (d draw) source(s *spec.Spec) {
	switch d.number("source", 0, 2) {
	case 0:
		s.Source.Source = &spec.Source_Builtin{Builtin: d.builtin()}
	case 1:
		s.Source.Source = &spec.Source_Dataset{Dataset: &spec.DatasetSource{Dataset: d.dataset(s.Sampling.ItemsPerMiner)}}
	default:
		s.Source.Source = &spec.Source_Sandbox{Sandbox: &spec.SandboxSource{
			Module: d.module(),
			Goldens: list(d, "goldens", 1, 3, func() spec.GeneratorGolden {
				return spec.GeneratorGolden{Seed: d.digest("seed"), QuestionSha256: d.digest("question")}
			}),
		}}
	}
}

func (d draw) builtin() *spec.BuiltinSource {
	known := rapid.SampledFrom(spec.Generators()).Draw(d.T, "generator")
	builtin := &spec.BuiltinSource{Generator: known.Name}
	chosen := rapid.Uint64Range(1, 1<<len(known.Families)-1).Draw(d.T, "families")
	for i, family := range known.Families {
		if chosen>>i&1 == 1 {
			builtin.Families = append(builtin.Families, family)
		}
	}
	for _, setting := range known.Settings {
		if d.flag(setting.Name) {
			builtin.Settings = append(builtin.Settings, spec.Setting{Name: setting.Name, Value: d.number(setting.Name, setting.Low, setting.High)})
		}
	}
	if known.Documents {
		documents := d.dataset(1)
		builtin.Documents = &documents
	}
	return builtin
}

// dataset has at least so many items, in shards or sealed.
func (d draw) dataset(least uint32) spec.Dataset {
	set := spec.Dataset{Root: d.digest("root"), Items: d.number("items", least, math.MaxUint32)}
	if d.flag("sealed") {
		set.Mirrors = d.mirrors(1)
		return set
	}
	set.Mirrors = d.mirrors(0)
	for left, more := set.Items, true; more; {
		items := left
		if len(set.Shards) < 3 {
			items = d.number("shard items", 1, left)
		}
		set.Shards = append(set.Shards, spec.Shard{Sha256: d.digest("shard"), Length: d.number("length", 1, spec.MaxShardBytes), Items: items})
		left -= items
		more = left > 0
	}
	return set
}

func (d draw) module() spec.Module {
	return spec.Module{
		Sha256: d.digest("module"), Length: d.number("length", 1, spec.MaxModuleBytes), Mirrors: d.mirrors(0),
		MemoryPages: d.number("pages", 1, spec.MaxMemoryPages), TimeLimitMs: d.number("time limit", 1, spec.MaxTimeLimitMs),
	}
}

func (d draw) aggregation(s *spec.Spec) {
	a := &s.Aggregation
	a.Absence = spec.ABSENCE_RESET
	a.Items = spec.ITEM_AGGREGATION_MEAN
	if s.Sampling.Domain == spec.SAMPLING_DOMAIN_SHARED {
		a.Items = spec.ItemAggregation(d.number("aggregation", 1, 6))
	}
	if d.flag("half life") {
		a.EmaHalfLifeBlocks = d.number("half life", 1, spec.MaxHalfLifeBlocks)
	} else {
		a.EmaAlphaBp = d.number("alpha", 1, spec.OneBp)
	}
	a.PassAt = d.orZero("pass at", 1, max(s.Sampling.Samples, 1))
	a.Fault = spec.Fault(d.number("fault", 0, 1))
	compared := a.Items == spec.ITEM_AGGREGATION_WIN_RATE
	winner := a.Items == spec.ITEM_AGGREGATION_WINNER_TAKES_ALL
	if compared || a.Items == spec.ITEM_AGGREGATION_PARETO {
		a.EpsilonBp = d.number("epsilon", 0, spec.MaxMarginBp)
	}
	if winner {
		a.MarginBp = d.number("margin", 0, spec.MaxMarginBp)
	}
	if (compared || winner) && d.flag("significance") {
		a.Significance = &spec.Significance{
			Test:     spec.SignificanceTest(d.number("test", 1, 2)),
			AlphaPpm: d.number("alpha ppm", 1, spec.MaxAlphaPpm),
		}
	}
}
