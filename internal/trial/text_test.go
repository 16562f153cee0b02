package trial

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for score, want := range map[int64]string{0: "0.0000", one: "1.0000", one / 3: "0.3333", -one / 2: "-0.5000", -1: "0.0000", 99_960_000: "0.1000"} {
		require.Equal(t, want, Score(score))
	}
	require.Equal(t, "+0.5000", signed(one/2))
	require.Equal(t, "-0.5000", signed(-one/2))
	require.Equal(t, "< 0.001", chanceText(1))
	require.Equal(t, "0.050", chanceText(Alpha))
	require.Equal(t, "12.35ms", latency(12_346))
	require.Equal(t, "2.346s", latency(2_345_678))
}

func TestAnExampleIsOneShortLineOfValidText(t *testing.T) {
	require.Equal(t, "a b", short(" a\n\tb "))
	long := short(strings.Repeat("é", 100))
	require.LessOrEqual(t, len(long), exampleBytes+len("…"))
	require.Equal(t, strings.Repeat("é", 60)+"…", long)
}
