package metric

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Distances of NLTK's tests, nltk/test/unit/test_distance.py, substitution cost 1, no
// transpositions.
func TestEditDistanceGivesThePublishedDistances(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		left, right string
		want        int
	}{
		{"abc", "ca", 3},
		{"wants", "wasp", 3},
		{"rain", "shine", 3},
		{"acbdef", "abcdef", 2},
		{"lnaguaeg", "language", 4},
		{"lnaugage", "language", 3},
		{"lngauage", "language", 2},
		{"wants", "swim", 5},
		{"kitten", "sitting", 3},
		{"duplicated", "duuplicated", 1},
	} {
		require.Equal(t, c.want, editDistance(runes(c.left), runes(c.right)), "%q %q", c.left, c.right)
		require.Equal(t, c.want, editDistance(runes(c.right), runes(c.left)), "%q %q", c.right, c.left)
	}
}

func TestEditSimilarityIsOneLessTheShareOfEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer     string
		references []string
		want       int64
	}{
		{"kitten", []string{"sitting"}, 571_428_571}, // 1 - 3/7
		{"", []string{""}, One},
		{"", []string{"x"}, 0},
		{"x", []string{"yy", "xz", "y"}, One / 2},
		{"日本", []string{"日本語"}, 666_666_667},
		{"\xff", []string{"\xfe"}, One}, // both are one U+FFFD
	} {
		got, err := EditSimilarity(c.answer, c.references)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%q %q", c.answer, c.references)
	}
}

// Rates of jiwer's tests, tests/test_measures.py, test_wer.py, test_cer.py and
// test_empty_ref.py; those of X, Y and Z are of Morris et al. 2004, From WER and RIL to
// MER and WIL.
func TestErrorRatesGiveThePublishedRates(t *testing.T) {
	t.Parallel()
	words := []struct {
		reference, answer string
		want              float64
	}{
		{"This is a test", "This is a test", 0},
		{"This is a test", "", 1},
		{"This is a test", "This test", 0.5},
		{"i am a short ground truth", "i am a considerably longer and very much incorrect hypothesis", 7.0 / 6},
		{"X", "X", 0},
		{"X", "X X Y Y", 3},
		{"X Y X", "X Z", 2.0 / 3},
		{"X", "Y", 1},
		{"X", "Y Z", 2},
		{"", "", 0},
		{"", "hello", 1},
		{"", "0 1 2 3 4 5 6 7 8 9", 10},
		{"hello", "", 1},
	}
	for _, c := range words {
		got, err := WordErrorRate(c.answer, []string{c.reference})
		require.NoError(t, err)
		requirePublished(t, c.want, 5e-10, got)
	}
	characters := []struct {
		reference, answer string
		want              float64
	}{
		{"This is a test", "This is a test", 0},
		{"This is a test", "", 1},
		{"This is a test", "This test", 5.0 / 14},
		{"X", "X X Y Y", 6},
		{"X Y X", "X Z", 3.0 / 5},
		{"X", "Y", 1},
		{"X", "Y Z", 3},
		{"", "", 0},
		{"", "a", 1},
		{"", "abd", 3},
		{"abc", "", 1},
	}
	for _, c := range characters {
		got, err := CharErrorRate(c.answer, []string{c.reference})
		require.NoError(t, err)
		requirePublished(t, c.want, 5e-10, got)
	}
}

func TestErrorRatesTakeTheLeastAndAccuracyStopsAtZero(t *testing.T) {
	t.Parallel()
	rate, err := WordErrorRate("a b", []string{"x", "a c", "a b c d"})
	require.NoError(t, err)
	require.Equal(t, One/2, rate)
	require.Equal(t, One/2, Accuracy(rate))
	require.Equal(t, int64(0), Accuracy(3*One))
	require.Equal(t, One, Accuracy(0))
}

// levenshtein and subsequence are the textbook tables.
func levenshtein(a, b []uint32) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			above := row[j+1]
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}

func subsequence(a, b []uint32) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if row[j+1] = max(above, row[j]); x == y {
				row[j+1] = diagonal + 1
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

func TestBitParallelTablesAgreeWithTheTextbook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Around the edges of blocks of 64, with few and with many symbols.
		symbols := rapid.Uint32Range(1, rapid.SampledFrom([]uint32{1, 2, 4, 300}).Draw(t, "symbols"))
		draw := func(name string) []uint32 {
			length := rapid.OneOf(rapid.IntRange(0, 10), rapid.SampledFrom([]int{63, 64, 65, 127, 128, 129, 200})).Draw(t, name+" length")
			return rapid.SliceOfN(symbols, length, length).Draw(t, name)
		}
		a, b := draw("a"), draw("b")
		require.Equal(t, levenshtein(a, b), editDistance(a, b))
		require.Equal(t, subsequence(a, b), commonSubsequence(a, b))
	})
}
