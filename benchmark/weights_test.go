package benchmark_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

func withPower(t require.TestingT, baseline, topK, exponent uint32) *spec.Spec {
	s := shipped(t)
	s.Weights = spec.Weights{BaselineBp: baseline, TopK: topK, Map: &spec.Weights_Power{Power: &spec.PowerMap{Exponent: exponent}}}
	require.NoError(t, s.Validate())
	return s
}

func withSoftmax(t require.TestingT, baseline, topK, temperature uint32) *spec.Spec {
	s := shipped(t)
	s.Weights = spec.Weights{BaselineBp: baseline, TopK: topK, Map: &spec.Weights_Softmax{Softmax: &spec.SoftmaxMap{TemperatureBp: temperature}}}
	require.NoError(t, s.Validate())
	return s
}

func TestWeightsOfARow(t *testing.T) {
	const m = 1_000_000 // a thousandth
	for name, c := range map[string]struct {
		spec   *spec.Spec
		scores []int64
		want   []uint16
	}{
		"a network without any miner":              {withPower(t, 0, 0, 1), nil, nil},
		"nobody above the baseline":                {withPower(t, 1500, 0, 2), []int64{150 * m, 149 * m, 0}, nil},
		"newcomers without a score and baseline 0": {withPower(t, 0, 0, 2), []int64{0, 0}, nil},
		"one above the baseline":                   {withPower(t, 1500, 0, 2), []int64{0, 150*m + 1, 0}, []uint16{0, 65535, 0}},
		"in proportion to the score":               {withPower(t, 0, 0, 1), []int64{1000 * m, 500 * m, 250 * m}, []uint16{65535, 32768, 16384}},
		"squared above the baseline":               {withPower(t, 1500, 0, 2), []int64{950 * m, 550 * m, 150 * m, 0}, []uint16{65535, 16384, 0, 0}},
		"equal scores, high exponent":              {withPower(t, 0, 0, 8), []int64{700 * m, 700 * m}, []uint16{65535, 65535}},
		"only the best two":                        {withPower(t, 0, 2, 1), []int64{250 * m, 1000 * m, 500 * m}, []uint16{0, 65535, 32768}},
		"a tie at the border of the best":          {withPower(t, 0, 2, 1), []int64{500 * m, 1000 * m, 500 * m, 499 * m}, []uint16{32768, 65535, 32768, 0}},
		"more places than miners":                  {withPower(t, 0, 9, 1), []int64{500 * m}, []uint16{65535}},
		"a score beyond its range":                 {withPower(t, 0, 0, 1), []int64{9000 * m, 500 * m, -1}, []uint16{65535, 32768, 0}},
		"softmax at one temperature's distance":    {withSoftmax(t, 1500, 0, 1000), []int64{900 * m, 800 * m, 700 * m, 150 * m}, []uint16{65535, 24109, 8869, 0}},
		"softmax far behind":                       {withSoftmax(t, 0, 0, 1), []int64{900 * m, 100 * m}, []uint16{65535, 0}},
		"softmax so warm that all are near equal":  {withSoftmax(t, 0, 0, 100_000), []int64{1000 * m, 500 * m}, []uint16{65535, 62339}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, benchmark.Weights(c.spec, c.scores))
		})
	}
}

func TestWeightsObeyTheirLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		baseline := rapid.Uint32Range(0, spec.MaxBaselineBp).Draw(t, "baseline")
		topK := rapid.Uint32Range(0, 12).Draw(t, "top k")
		s := withPower(t, baseline, topK, rapid.Uint32Range(1, spec.MaxExponent).Draw(t, "exponent"))
		if rapid.Bool().Draw(t, "softmax") {
			s = withSoftmax(t, baseline, topK, rapid.Uint32Range(1, spec.MaxTemperatureBp).Draw(t, "temperature"))
		}
		scores := rapid.SliceOfN(rapid.Int64Range(0, benchmark.ScoreOne), 0, 20).Draw(t, "scores")
		row := benchmark.Weights(s, scores)

		threshold := int64(baseline) * benchmark.ScoreOne / 10_000
		best, paid := int64(0), 0
		for _, score := range scores {
			best = max(best, score)
		}
		if best <= threshold {
			require.Nil(t, row, "nobody is above the baseline")
			return
		}
		require.Len(t, row, len(scores))
		for i, score := range scores {
			if score == best {
				require.EqualValues(t, benchmark.MaxWeight, row[i])
			}
			if score <= threshold {
				require.Zero(t, row[i])
			}
			if row[i] > 0 {
				paid++
			}
			for j, other := range scores {
				switch {
				case score == other:
					require.Equal(t, row[i], row[j])
				case score > other:
					require.GreaterOrEqual(t, row[i], row[j])
				}
				if topK > 0 && row[j] > 0 {
					better := 0
					for _, third := range scores {
						if third > other {
							better++
						}
					}
					require.Less(t, better, int(topK), "only the best %d have a weight", topK)
				}
			}
		}
		require.Positive(t, paid)

		order := rapid.Permutation(indices(len(scores))).Draw(t, "order")
		shuffled := make([]int64, len(scores))
		for to, from := range order {
			shuffled[to] = scores[from]
		}
		again := benchmark.Weights(s, shuffled)
		for to, from := range order {
			require.Equal(t, row[from], again[to], "the order of the miners has no effect")
		}
	})
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestWeightsAgreeWithAnExactComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		baseline := rapid.Uint32Range(0, spec.MaxBaselineBp).Draw(t, "baseline")
		threshold := int64(baseline) * benchmark.ScoreOne / 10_000
		best := rapid.Int64Range(threshold+1, benchmark.ScoreOne).Draw(t, "best")
		score := rapid.Int64Range(threshold+1, best).Draw(t, "score")

		exponent := rapid.Uint32Range(1, spec.MaxExponent).Draw(t, "exponent")
		share := big.NewRat(score-threshold, best-threshold)
		exact := new(big.Rat).SetInt64(benchmark.MaxWeight)
		for range exponent {
			exact.Mul(exact, share)
		}
		row := benchmark.Weights(withPower(t, baseline, 0, exponent), []int64{best, score})
		require.EqualValues(t, roundHalfEven(exact), row[1])

		temperature := rapid.Uint32Range(1, spec.MaxTemperatureBp).Draw(t, "temperature")
		row = benchmark.Weights(withSoftmax(t, baseline, 0, temperature), []int64{best, score})
		want := benchmark.MaxWeight * math.Exp(-float64(best-score)/(float64(temperature)*1e5))
		require.InDelta(t, want, row[1], 0.500001)
	})
}
