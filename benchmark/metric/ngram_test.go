package metric

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// countNaively counts n-grams as the definition says.
func countNaively(symbols []uint32, n int) map[string]int64 {
	counts := map[string]int64{}
	for i := 0; i+n <= len(symbols); i++ {
		counts[fmt.Sprint(symbols[i:i+n])]++
	}
	return counts
}

func TestMatchesAgreeWithNaiveCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]uint{runeBits, wordBits}).Draw(t, "width")
		symbol := rapid.OneOf(rapid.Uint32Range(1, 3), rapid.SampledFrom([]uint32{0x110000, 1<<21 - 1}))
		sequence := rapid.SliceOfN(symbol, 0, 30)
		text := sequence.Draw(t, "text")
		others := rapid.SliceOfN(sequence, 1, 3).Draw(t, "others")

		grams := make([][]gram, len(others))
		for i, other := range others {
			grams[i] = sortedGrams(other, width)
		}
		for n := 1; n <= int(64/width)*2; n++ {
			var want int64
			for key, count := range countNaively(text, n) {
				var most int64
				for _, other := range others {
					most = max(most, countNaively(other, n)[key])
				}
				want += min(count, most)
			}
			require.Equal(t, want, matches(sortedGrams(text, width), grams, n, width), "order %d", n)
		}
	})
}
