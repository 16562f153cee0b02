package benchmark

import (
	"math/big"
	"math/bits"
	"slices"

	"github.com/agora-network/agora/benchmark/spec"
)

// MaxWeight is the weight of the best miner in every row.
const MaxWeight = 65_535

// Weights turns the standings of all miners (0 to [ScoreOne]; what is outside is
// taken as the nearest bound) into a row: weight i belongs to score i. It returns
// nil, no row at all, when nobody is above the baseline.
//
// The best gets [MaxWeight]; the others the share of it that the spec's map gives,
// rounded half to even, so a higher score never has a lower weight, equal scores
// have equal weights and the order of the miners has no effect. At or below the
// baseline, and behind the top k and those who tie with the last of them, it is 0.
// The spec must be valid.
func Weights(s *spec.Spec, scores []int64) []uint16 {
	baseline := int64(s.Weights.BaselineBp) * bpScore
	above := make([]int64, 0, len(scores))
	for _, score := range scores {
		if score = clampScore(score); score > baseline {
			above = append(above, score)
		}
	}
	if len(above) == 0 {
		return nil
	}
	slices.SortFunc(above, func(a, b int64) int { return int(b - a) })
	best, last := above[0], above[len(above)-1]
	if k := int(s.Weights.TopK); k > 0 && k < len(above) {
		last = above[k-1]
	}
	weigh := weigher(&s.Weights, best, baseline)
	row := make([]uint16, len(scores))
	for i, score := range scores {
		if score = clampScore(score); score >= last {
			row[i] = weigh(score)
		}
	}
	return row
}

// weigher returns the spec's map from a score above the baseline to its weight.
func weigher(w *spec.Weights, best, baseline int64) func(score int64) uint16 {
	if softmax := w.GetSoftmax(); softmax != nil {
		temperature := uint64(softmax.TemperatureBp) * uint64(bpScore)
		return func(score int64) uint16 { return softmaxWeight(uint64(best-score), temperature) }
	}
	exponent := new(big.Int).SetUint64(uint64(w.GetPower().GetExponent()))
	denominator := new(big.Int).Exp(big.NewInt(best-baseline), exponent, nil)
	return func(score int64) uint16 {
		numerator := new(big.Int).Exp(big.NewInt(score-baseline), exponent, nil)
		numerator.Mul(numerator, big.NewInt(MaxWeight))
		return divideBigHalfEven(numerator, denominator)
	}
}

// divideBigHalfEven returns n/d, which must fit 16 bits, rounded half to even.
func divideBigHalfEven(n, d *big.Int) uint16 {
	quotient, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	q := quotient.Uint64()
	switch rest.Lsh(rest, 1).Cmp(d) {
	case 1:
		q++
	case 0:
		q += q % 2
	}
	return uint16(q)
}

// The exponential function is computed in units of 2^-58, which leaves six bits
// for whole numbers; its error, below 1e-15, is a millionth of the smallest step
// between two scores.
const (
	fractionBits = 58
	ln2          = 199786072581291495 // ln 2 · 2^58, rounded
	// beyond this exponent a weight rounds to 0: 65,535·e^-12 < 1/2.
	mostExponent = 12
	taylorTerms  = 24
)

// softmaxWeight returns MaxWeight·e^(-distance/temperature), rounded half to even.
// Both arguments are in units of a score; temperature > 0.
func softmaxWeight(distance, temperature uint64) uint16 {
	if distance >= mostExponent*temperature {
		return 0
	}
	// distance/temperature < 12 < 2^6, so the high word is below the divisor.
	high, low := bits.Mul64(distance, 1<<fractionBits)
	x, _ := bits.Div64(high, low, temperature)

	// e^-x = 2^-halvings · e^-rest with rest < ln 2.
	halvings, rest := x/ln2, x%ln2
	const one = uint64(1) << fractionBits
	sum, term := one, one
	for n := uint64(1); n <= taylorTerms; n++ {
		high, low = bits.Mul64(term, rest)
		term = (high<<(64-fractionBits) | low>>fractionBits) / n
		if n%2 == 1 {
			sum -= term
		} else {
			sum += term
		}
	}
	high, low = bits.Mul64(sum>>halvings, MaxWeight)
	weight := high<<(64-fractionBits) | low>>fractionBits
	fraction := low & (one - 1)
	if fraction > one/2 || fraction == one/2 && weight%2 == 1 {
		weight++
	}
	return uint16(weight)
}
