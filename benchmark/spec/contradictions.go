package spec

import (
	"bytes"
	"strings"
)

// contradictions reports settings that are each in range but not together.
func (v *validation) contradictions(s *Spec) {
	v.sampling(s)
	if dataset := s.Source.GetDataset(); dataset != nil {
		v.dataset("source.dataset", &dataset.Dataset)
		if s.Sampling.ItemsPerMiner > dataset.Dataset.Items {
			v.problem("sampling.items_per_miner", "is %d, the data set has only %d", s.Sampling.ItemsPerMiner, dataset.Dataset.Items)
		}
	}
	if documents := s.Source.GetBuiltin().GetDocuments(); documents != nil {
		v.dataset("source.documents", documents)
	}
	if sandbox := s.Source.GetSandbox(); sandbox != nil {
		v.mirrors("source.module.mirrors", sandbox.Module.Mirrors)
	}
	v.models(s)
	v.scorers(s)
	v.aggregation(s)
}

func (v *validation) sampling(s *Spec) {
	sampling := &s.Sampling
	if sampling.CalibrationItems > 0 && sampling.CalibrationItems >= sampling.ItemsPerMiner {
		v.problem("sampling.calibration_items", "is %d of %d items; nobody is paid for these, so some must be left", sampling.CalibrationItems, sampling.ItemsPerMiner)
	}
	if sampling.Samples < 2 {
		return
	}
	if uint64(sampling.Samples)*uint64(sampling.ItemsPerMiner) > MaxItemsPerMiner {
		v.problem("sampling.samples", "makes %d answers of %d items, at most %d are asked for", uint64(sampling.Samples)*uint64(sampling.ItemsPerMiner), sampling.ItemsPerMiner, MaxItemsPerMiner)
	}
	if s.Request.TemperatureMilli == 0 {
		v.problem("sampling.samples", "all answers to a question are the same at temperature 0; set request.temperature_milli")
	}
}

func (v *validation) dataset(path string, d *Dataset) {
	v.mirrors(path+".mirrors", d.Mirrors)
	if len(d.Shards) == 0 {
		if len(d.Mirrors) == 0 {
			v.problem(path, "is sealed, without shards, and has no mirrors that open items")
		}
		return
	}
	var items uint64
	for i := range d.Shards {
		items += uint64(d.Shards[i].Items)
	}
	if items != uint64(d.Items) {
		v.problem(path+".shards", "hold %d items, must hold the %d of the set", items, d.Items)
	}
}

func (v *validation) mirrors(path string, mirrors []string) {
	for i, mirror := range mirrors {
		if !strings.HasPrefix(mirror, "https://") && !strings.HasPrefix(mirror, "http://") {
			v.problem(index(path, i), "must begin with https:// (or http:// on the validator's own machine)")
		}
	}
}

func (v *validation) models(s *Spec) {
	for i := range s.Models {
		path := index("models", i)
		v.mirrors(path+".mirrors", s.Models[i].Mirrors)
		if i > 0 && s.Models[i].Name <= s.Models[i-1].Name {
			v.problem(path+".name", "is listed twice or out of order; models are listed by ascending name")
		}
	}
}

func (v *validation) model(path, name string, s *Spec) {
	for i := range s.Models {
		if s.Models[i].Name == name {
			return
		}
	}
	v.problem(path, "%s is none of the spec's models", quoted(name))
}

func (v *validation) scorers(s *Spec) {
	if len(s.Scorers) < 1 || len(s.Scorers) > MaxScorers {
		return // said of the list
	}
	var total uint64
	for i := range s.Scorers {
		path := index("scorers", i)
		scorer := &s.Scorers[i]
		v.scorer(path, scorer, s)
		for j := range i {
			if sameScorer(&s.Scorers[j], scorer) {
				v.problem(path, "does the same as scorers[%d]; give that one the weight of both", j)
				break
			}
		}
		total += uint64(scorer.WeightBp)
	}
	if total != OneBp {
		v.problem("scorers", "the weights add up to %d bp, must add up to %d", total, OneBp)
	}
}

func (v *validation) scorer(path string, scorer *Scorer, s *Spec) {
	if latency := scorer.GetLatency(); latency != nil && latency.FullMs >= latency.ZeroMs {
		v.problem(path+".full_ms", "is %d, must be less than zero_ms", latency.FullMs)
	}
	if rate := scorer.GetThroughput(); rate != nil && rate.ZeroTokensPerS >= rate.FullTokensPerS {
		v.problem(path+".zero_tokens_per_s", "is %d, must be less than full_tokens_per_s", rate.ZeroTokensPerS)
	}
	if bits := scorer.GetBitsPerByte(); bits != nil {
		v.model(path+".model", bits.Model, s)
	}
	if embedding := scorer.GetEmbedding(); embedding != nil {
		v.model(path+".model", embedding.Model, s)
	}
	if judge := scorer.GetJudge(); judge != nil {
		v.model(path+".model", judge.Model, s)
		if !strings.Contains(judge.Prompt, "{answer}") {
			v.problem(path+".prompt", "shows no {answer} to the judge")
		}
	}
	if wasm := scorer.GetWasm(); wasm != nil {
		v.mirrors(path+".module.mirrors", wasm.Module.Mirrors)
		for i := range wasm.Goldens {
			if wasm.Goldens[i].Abstain > 0 && wasm.Goldens[i].Score > 0 {
				v.problem(index(path+".goldens", i), "abstains, and has a score")
			}
		}
	}
}

// sameScorer tells whether two scorers differ at most in weight and gate.
func sameScorer(a, b *Scorer) bool {
	first, second := *a, *b
	first.WeightBp, second.WeightBp = 0, 0
	first.Gate, second.Gate = false, false
	one, err := first.Marshal()
	if err != nil {
		return false
	}
	other, err := second.Marshal()
	return err == nil && bytes.Equal(one, other)
}

func (v *validation) aggregation(s *Spec) {
	a := &s.Aggregation
	switch {
	case a.EmaAlphaBp == 0 && a.EmaHalfLifeBlocks == 0:
		v.problem("aggregation.ema_alpha_bp", "is 0, must be 1 to %d (or set ema_half_life_blocks)", OneBp)
	case a.EmaAlphaBp > 0 && a.EmaHalfLifeBlocks > 0:
		v.problem("aggregation.ema_half_life_blocks", "contradicts ema_alpha_bp; keep one")
	}
	if a.PassAt > max(s.Sampling.Samples, 1) {
		v.problem("aggregation.pass_at", "is %d of %d samples", a.PassAt, max(s.Sampling.Samples, 1))
	}
	between := a.Items != ITEM_AGGREGATION_MEAN && a.Items != ITEM_AGGREGATION_UNSPECIFIED
	if between && s.Sampling.Domain == SAMPLING_DOMAIN_MINER {
		v.problem("aggregation.items", "compares miners, who must be asked the same; set sampling.domain to shared")
	}
	if a.EpsilonBp > 0 && a.Items != ITEM_AGGREGATION_WIN_RATE && a.Items != ITEM_AGGREGATION_PARETO {
		v.problem("aggregation.epsilon_bp", "has a meaning only for win-rate and pareto")
	}
	if a.MarginBp > 0 && a.Items != ITEM_AGGREGATION_WINNER_TAKES_ALL {
		v.problem("aggregation.margin_bp", "has a meaning only for winner-takes-all")
	}
	if a.Significance != nil && a.Items != ITEM_AGGREGATION_WIN_RATE && a.Items != ITEM_AGGREGATION_WINNER_TAKES_ALL {
		v.problem("aggregation.significance", "has a meaning only for win-rate and winner-takes-all")
	}
}
