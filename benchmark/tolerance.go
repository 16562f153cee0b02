package benchmark

import "github.com/agora-network/agora/benchmark/spec"

// How far two validators may differ in the mean of log-probabilities, in units of 1e-9
// nats, and in a cosine, by the tier of the model.
const (
	float32Tolerance = 100_000   // 1e-4
	lowTolerance     = 5_000_000 // 5e-3
)

// Tolerance is by how much the score of an item may differ between two honest
// validators, in units of a score: 0 unless a scorer asks a model whose tier is not
// exact. A judge of such a tier may give any other mark.
func (p *Program) Tolerance() int64 {
	var total int64
	for i := range p.spec.Scorers {
		s := &p.spec.Scorers[i]
		var of int64
		switch {
		case s.GetBitsPerByte() != nil:
			// A nat is 1.4427 bits, and there is at most one token for each byte.
			if nats := p.tierTolerance(s.GetBitsPerByte().Model); nats > 0 {
				of = nats*1_443/int64(s.GetBitsPerByte().ZeroMillibits) + 1
			}
		case s.GetEmbedding() != nil:
			if cosine := p.tierTolerance(s.GetEmbedding().Model); cosine > 0 {
				of = cosine*spec.OneBp/(spec.OneBp-int64(s.GetEmbedding().ZeroBp)) + 1
			}
		case s.GetJudge() != nil && p.tierTolerance(s.GetJudge().Model) > 0:
			of = ScoreOne
		}
		total += divideHalfEven(min(of, ScoreOne)*int64(s.WeightBp), spec.OneBp)
	}
	return min(total, ScoreOne)
}

func (p *Program) tierTolerance(model string) int64 {
	for _, declared := range p.spec.Models {
		if declared.Name != model {
			continue
		}
		switch declared.Tier {
		case spec.TIER_FLOAT32:
			return float32Tolerance
		case spec.TIER_LOW:
			return lowTolerance
		}
	}
	return 0
}

// ComparesParts says that miners are compared by the scores of single scorers.
func (p *Program) ComparesParts() bool {
	return p.spec.Aggregation.Items == spec.ITEM_AGGREGATION_PARETO
}
