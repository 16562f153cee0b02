package scenario_test

import (
	"math"
	"math/big"
	"slices"
)

// reference is the definition of one epoch in floating point, dense, written from the formulas and
// sharing nothing with the implementation. Only whether power suffices for consensus is decided in
// whole numbers: there a rounding would change the outcome and not just its last digits.
type reference struct {
	variant                     string
	kappa                       *big.Rat
	penalty, average            float64
	liquid                      bool
	low, high, steepness        float64
	bonds                       [][]float64
	weights                     [][]float64
	powers                      []uint64
	consensus, incentive, trust []float64
	dividends                   []float64
}

func matrix(v, m int) [][]float64 {
	out := make([][]float64, v)
	for i := range out {
		out[i] = make([]float64, m)
	}
	return out
}

// normalise divides by the sum, in place; all 0 stays all 0.
func normalise(values []float64) []float64 {
	var sum float64
	for _, x := range values {
		sum += x
	}
	if sum > 0 {
		for i := range values {
			values[i] /= sum
		}
	}
	return values
}

func clamp(x, low, high float64) float64 { return math.Max(low, math.Min(x, high)) }

func (r *reference) setRow(i int, row []uint16) {
	for j := range r.weights[i] {
		r.weights[i][j] = 0
		if row != nil {
			r.weights[i][j] = float64(row[j])
		}
	}
	normalise(r.weights[i])
}

// epoch computes one epoch on the current rows and powers.
func (r *reference) epoch() {
	v, m := len(r.weights), len(r.weights[0])
	share := make([]float64, v)
	for i, p := range r.powers {
		share[i] = float64(p)
	}
	normalise(share)
	r.consensus, r.incentive = make([]float64, m), make([]float64, m)
	r.trust, r.dividends = make([]float64, v), make([]float64, v)
	anyConsensus := false
	for j := range m {
		r.consensus[j] = r.decide(j)
		anyConsensus = anyConsensus || r.consensus[j] > 0
		for i := range v {
			clipped := math.Min(r.weights[i][j], r.consensus[j])
			r.trust[i] += clipped
			r.incentive[j] += share[i] * clipped
		}
	}
	normalise(r.incentive)
	for j := range m {
		for i, part := range r.bondColumn(j, share, r.liquid && anyConsensus) {
			r.dividends[i] += part * r.incentive[j]
		}
	}
	if r.variant == "yuma3" {
		for i := range v {
			r.dividends[i] *= share[i]
		}
	}
	normalise(r.dividends)
}

// decide walks down a sorted column until the power of those who agree reaches κ of all.
func (r *reference) decide(j int) float64 {
	order := make([]int, len(r.powers))
	total := new(big.Int)
	for i := range order {
		order[i] = i
		total.Add(total, new(big.Int).SetUint64(r.powers[i]))
	}
	if total.Sign() == 0 {
		return 0
	}
	slices.SortFunc(order, func(a, b int) int {
		if r.weights[a][j] > r.weights[b][j] {
			return -1
		}
		return 1
	})
	need := new(big.Int).Mul(total, r.kappa.Num())
	agree := new(big.Int)
	for _, i := range order {
		agree.Add(agree, new(big.Int).SetUint64(r.powers[i]))
		if new(big.Int).Mul(agree, r.kappa.Denom()).Cmp(need) >= 0 {
			return r.weights[i][j]
		}
	}
	return 0
}

// bondColumn updates the bonds of one miner and returns them normalised.
func (r *reference) bondColumn(j int, share []float64, liquid bool) []float64 {
	v := len(share)
	old, target := make([]float64, v), make([]float64, v)
	for i := range v {
		old[i] = r.bonds[i][j]
		clipped := math.Min(r.weights[i][j], r.consensus[j])
		target[i] = r.weights[i][j] + r.penalty*(clipped-r.weights[i][j])
		if r.variant == "yuma2" {
			target[i] *= share[i]
		}
	}
	if r.variant == "yuma2" {
		normalise(old)
		normalise(target)
	}
	for i := range v {
		alpha := 1 - r.average
		if liquid && r.variant == "yuma3" {
			distance := clamp(old[i]-target[i], 0, 1)
			if target[i] >= old[i] {
				distance = clamp(target[i]-r.consensus[j], 0, 1)
			}
			alpha = clamp(r.low+(r.high-r.low)/(1+math.Exp(-r.steepness*(distance-0.5))), r.low, r.high)
		}
		old[i] = alpha*target[i] + (1-alpha)*old[i]
	}
	if r.variant == "yuma2" {
		normalise(old)
	}
	for i := range v {
		r.bonds[i][j] = old[i]
	}
	return normalise(old)
}
