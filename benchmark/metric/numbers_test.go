package metric

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPassAtKGivesThePublishedValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source     string
		n, right   int
		k          int
		want, unit float64
	}{
		{"tests of the Python module pass_at_k", 20, 10, 5, 0.983746130, 1e-9},
		{"tests of the Python module pass_at_k", 20, 10, 20, 1, 0},
		{"tests of the Python module pass_at_k", 20, 0, 5, 0, 0},
		{"tests of the Python module pass_at_k", 2, 1, 1, 0.5, 0},
		{"tests of the Python module pass_at_k", 67, 64, 1, 0.9552238805970149, 1e-9},
		{"tests of the Python module pass_at_k", 72, 28, 25, 0.9999999077053778, 1e-9},
		{"tests of the Python module pass_at_k", 97, 48, 10, 0.9993465715964786, 1e-9},
		{"tests of the Python module pass_at_k", 93, 38, 25, 0.9999998973803372, 1e-9},
		{"tests of the Python module pass_at_k", 64, 32, 10, 0.9995741013348244, 1e-9},
		{"tests of the Python module pass_at_k", 92, 22, 10, 0.9449836504863601, 1e-9},
		{"tests of the Python module pass_at_k", 79, 1, 5, 0.06329113924050633, 1e-9},
		{"README of the Python module pass_at_k", 8, 3, 5, 0.98214285714, 1e-9},
		{"README of the Python module pass_at_k", 8, 3, 1, 0.375, 0},
		{"eureka_ml_insights, EstimatePassAtKTest", 10, 5, 5, 0.996032, 5e-7},
		{"HumanEval's sample: one of one, none of two", 1, 1, 1, 1, 0},
		{"HumanEval's sample: one of one, none of two", 2, 0, 1, 0, 0},
	} {
		got, err := PassAtK(c.n, c.right, c.k)
		require.NoError(t, err)
		requirePublished(t, c.want, c.unit, got)
	}
}

func TestPassAtKIsTheFormulaAndGrowsWithBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		right := rapid.IntRange(0, n).Draw(t, "right")
		k := rapid.IntRange(1, n).Draw(t, "k")
		got, err := PassAtK(n, right, k)
		require.NoError(t, err)
		wrong, all := new(big.Int).Binomial(int64(n-right), int64(k)), new(big.Int).Binomial(int64(n), int64(k))
		if n-right < k {
			wrong.SetInt64(0)
		}
		require.Equal(t, shareBig(new(big.Int).Sub(all, wrong), all), got)
		if right < n {
			more, err := PassAtK(n, right+1, k)
			require.NoError(t, err)
			require.GreaterOrEqual(t, more, got)
		}
		if k < n {
			more, err := PassAtK(n, right, k+1)
			require.NoError(t, err)
			require.GreaterOrEqual(t, more, got)
		}
	})
}

func TestPassAtKRefusesImpossibleCounts(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int{{0, 0, 1}, {-1, 0, 1}, {MaxSamples + 1, 0, 1}, {5, 6, 1}, {5, -1, 1}, {5, 1, 0}, {5, 1, 6}} {
		_, err := PassAtK(c[0], c[1], c[2])
		require.ErrorIs(t, err, ErrInput, "%v", c)
	}
}

func TestBitsPerByteTurnsNatsIntoBits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		microNats []int64
		bytes     int64
		want      int64
	}{
		{"one certain token", []int64{0}, 4, 0},
		{"ln 2 for a byte is one bit", []int64{-693_147}, 1, 1_000_000},
		{"8 ln 2 for a byte is no compression", []int64{-5_545_177}, 1, 7_999_999},
		{"several tokens", []int64{-693_147, -693_147, -693_147}, 6, 500_000},
		{"a nat for a byte is 1/ln 2 bits", []int64{-1_000_000_000_000}, 1_000_000, 1_442_695},
		{"the largest sum", []int64{-math.MaxInt64}, 1, math.MaxInt64},
	} {
		got, err := BitsPerByte(c.microNats, c.bytes)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for _, c := range []struct {
		microNats []int64
		bytes     int64
	}{{nil, 1}, {[]int64{-1}, 0}, {[]int64{-1}, -1}, {[]int64{1}, 1}, {[]int64{math.MinInt64}, 1}, {[]int64{-math.MaxInt64, -1}, 1}} {
		_, err := BitsPerByte(c.microNats, c.bytes)
		require.ErrorIs(t, err, ErrInput, "%v", c)
	}
}

func TestBitsPerByteOfFloatsAgreesWithIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micro := rapid.SliceOfN(rapid.Int64Range(-20_000_000, 0), 1, 50).Draw(t, "micro")
		bytes := rapid.Int64Range(1, 1000).Draw(t, "bytes")
		nats := make([]float64, len(micro))
		for i, m := range micro {
			nats[i] = float64(m) / 1e6
		}
		want, err := BitsPerByte(micro, bytes)
		require.NoError(t, err)
		got, err := BitsPerByteOfFloats(nats, bytes)
		require.NoError(t, err)
		require.InDelta(t, float64(want), float64(got), 1)
	})
	got, err := BitsPerByteOfFloats([]float64{-math.MaxFloat64}, 1)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64), got)
	for _, bad := range [][]float64{nil, {0.1}, {math.NaN()}, {math.Inf(-1)}, {math.Inf(1)}, {-math.MaxFloat64, -math.MaxFloat64}} {
		_, err := BitsPerByteOfFloats(bad, 1)
		require.ErrorIs(t, err, ErrInput, "%v", bad)
	}
}

func TestBitsPerByteScoreFallsEvenly(t *testing.T) {
	t.Parallel()
	for bits, want := range map[int64]int64{0: One, 1_000_000: One * 3 / 4, 4_000_000: 0, math.MaxInt64: 0} {
		got, err := BitsPerByteScore(bits, 4_000_000)
		require.NoError(t, err)
		require.Equal(t, want, got, bits)
	}
	_, err := BitsPerByteScore(-1, 1)
	require.ErrorIs(t, err, ErrInput)
	_, err = BitsPerByteScore(1, 0)
	require.ErrorIs(t, err, ErrInput)
}

func TestCosineOfKnownAngles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b []float64
		want int64
	}{
		{[]float64{1, 0}, []float64{0, 1}, 0},
		{[]float64{1, 0}, []float64{-2, 0}, -One},
		{[]float64{1, 2, 3}, []float64{2, 4, 6}, One},
		{[]float64{1, 1}, []float64{1, 0}, 707_106_781},
		// The example of scikit-learn's cosine_similarity: [[0,0,0],[1,1,1]] and [[1,0,0],[1,1,0]].
		{[]float64{1, 1, 1}, []float64{1, 0, 0}, 577_350_269},
		{[]float64{1, 1, 1}, []float64{1, 1, 0}, 816_496_581},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, []float64{math.SmallestNonzeroFloat64, math.SmallestNonzeroFloat64}, One},
		{[]float64{math.MaxFloat64, math.SmallestNonzeroFloat64}, []float64{0, 1}, 0},
	} {
		got, err := Cosine(c.a, c.b)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v %v", c.a, c.b)
	}
	for _, c := range [][2][]float64{
		{nil, nil},
		{{1}, {1, 2}},
		{{0, 0}, {1, 1}},
		{{1}, {math.NaN()}},
		{{math.Inf(1)}, {1}},
		{make([]float64, MaxDimensions+1), make([]float64, MaxDimensions+1)},
	} {
		_, err := Cosine(c[0], c[1])
		require.ErrorIs(t, err, ErrInput)
	}
}

func TestCosineIsSymmetricBoundedAndBlindToLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dimensions := rapid.IntRange(1, 40).Draw(t, "dimensions")
		vector := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), dimensions, dimensions).
			Filter(func(v []float64) bool { _, err := scale(v); return err == nil })
		a, b := vector.Draw(t, "a"), vector.Draw(t, "b")
		there, err := Cosine(a, b)
		require.NoError(t, err)
		back, err := Cosine(b, a)
		require.NoError(t, err)
		require.Equal(t, there, back)
		require.LessOrEqual(t, there, One)
		require.GreaterOrEqual(t, there, -One)
		self, err := Cosine(a, a)
		require.NoError(t, err)
		require.Equal(t, One, self)
		longer := make([]float64, dimensions)
		for i, x := range a {
			longer[i] = x * 1024
		}
		same, err := Cosine(longer, b)
		require.NoError(t, err)
		require.Equal(t, there, same)
	})
}

func TestRescaleMapsZeroAndOne(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int64{{One, 0, One}, {0, 0, 0}, {-One, 0, 0}, {One / 2, 0, One / 2}, {One * 3 / 4, One / 2, One / 2}, {0, -One, One / 2}, {2 * One, 0, One}} {
		got, err := Rescale(c[0], c[1])
		require.NoError(t, err)
		require.Equal(t, c[2], got, "%v", c)
	}
	for _, zero := range []int64{One, -One - 1} {
		_, err := Rescale(0, zero)
		require.ErrorIs(t, err, ErrInput)
	}
}

func TestLatencyFallsAndThroughputRisesEvenly(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]int64{0: One, 200: One, 400: One * 3 / 4, 600: One / 2, 1000: 0, math.MaxInt64: 0} {
		got, err := LatencyScore(ms, 200, 1000)
		require.NoError(t, err)
		require.Equal(t, want, got, "%d ms", ms)
	}
	for _, c := range [][3]int64{{-1, 0, 1}, {1, -1, 1}, {1, 5, 5}, {1, 6, 5}} {
		_, err := LatencyScore(c[0], c[1], c[2])
		require.ErrorIs(t, err, ErrInput)
	}
	for _, c := range []struct{ tokens, ms, want int64 }{
		{0, 1000, 0},
		{10, 1000, 0},
		{55, 1000, One / 2},
		{100, 1000, One},
		{1 << 30, 1, One},
		{1, 0, One},
		{0, 0, 0},
		{1, 30, 259_259_259}, // 33.33 tokens/s are not rounded to 33
	} {
		got, err := ThroughputScore(c.tokens, c.ms, 10, 100)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%d tokens in %d ms", c.tokens, c.ms)
	}
	for _, c := range [][4]int64{{-1, 1, 0, 1}, {1, -1, 0, 1}, {1, 1, -1, 1}, {1, 1, 5, 5}, {1<<30 + 1, 1, 0, 1}} {
		_, err := ThroughputScore(c[0], c[1], c[2], c[3])
		require.ErrorIs(t, err, ErrInput)
	}
	_, err := ThroughputScore(1<<30, 1<<30, 0, 1<<30)
	require.NoError(t, err)
}

func TestSharesRoundHalfToEven(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int64{
		{0, 0, 0},
		{0, 5, 0},
		{5, 5, One},
		{1, 3, 333_333_333},
		{2, 3, 666_666_667},
		{1, 2_000_000_000, 0},
		{3, 2_000_000_000, 2},
		{math.MaxInt64, math.MaxInt64, One},
		{math.MaxInt64 / 2, math.MaxInt64, One / 2},
	} {
		require.Equal(t, c[2], share(c[0], c[1]), "%v", c)
		if c[1] > 0 {
			require.Equal(t, c[2], shareBig(big.NewInt(c[0]), big.NewInt(c[1])), "%v", c)
		}
	}
	for x, want := range map[float64]int64{0: 0, -1: 0, 0.5: One / 2, 2: One, math.NaN(): 0, math.Inf(1): One, math.Inf(-1): 0} {
		require.Equal(t, want, quantise(x), "%v", x)
	}
}
