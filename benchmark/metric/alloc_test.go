package metric

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Not parallel: allocations of other tests would count.
func TestAllocationsDoNotGrowWithTheTexts(t *testing.T) {
	vector := []float64{1, 2, 3}
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = Cosine(vector, vector) }))
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = Exact("a", []string{"b"}) }))
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = ThroughputScore(1, 2, 3, 4) }))

	for name, most := range map[string]float64{"edit": 16, "chrf": 40} {
		metric := textMetrics()[name]
		for _, bytes := range []int{380, 8 << 10} {
			answer, reference := strings.Repeat("ab c", bytes/4), []string{strings.Repeat("c ba", bytes/4)}
			require.LessOrEqual(t, testing.AllocsPerRun(5, func() { _, _ = metric(answer, reference) }), most, "%s of %d bytes", name, bytes)
		}
	}
}
