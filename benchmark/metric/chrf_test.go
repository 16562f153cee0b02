package metric

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChrFGivesThePublishedValueOfOneText(t *testing.T) {
	t.Parallel()
	// The example of the metric "answer_chrf" of rageval, which is sacreBLEU's CHRF().
	got, err := ChrF("The relationship between cats and dogs is not exactly friendly.",
		[]string{"The relationship between dogs and cats is not exactly friendly."})
	require.NoError(t, err)
	requirePublished(t, 0.8441131092011067, 1e-9, got)
}

// Values of sacreBLEU's own tests, test/test_chrf.py, test_cases_effective_order; they
// are for beta 3, but where precision equals recall beta does not matter.
func TestChrFGivesThePublishedValuesOfShortTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer, reference string
		want              int64
	}{
		{"a", "a", One},
		{"", "reference", 0},
		{"", "c", 0},
		{"a b c", "a b c", One},
		{"a b c", "abc", One},
		{"aa", "ab", One / 4},
	} {
		got, err := ChrF(c.answer, []string{c.reference})
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%q against %q", c.answer, c.reference)
	}
}

// The examples of the metric card of chrF in Hugging Face's evaluate, values of
// sacreBLEU for two texts. A corpus is the sum of its texts' counts.
func TestChrFCountsAddUpToThePublishedValuesOfACorpus(t *testing.T) {
	t.Parallel()
	pairs := [][2]string{
		{"The relationship between cats and dogs is not exactly friendly.", "The relationship between dogs and cats is not exactly friendly."},
		{"a good bookshop is just a genteel black hole that knows how to read.", "A good bookshop is just a genteel Black Hole that knows how to read."},
	}
	for wordOrder, want := range map[int]float64{0: 0.8464214891738334, 2: 0.8287263732906315} {
		sum := make([]chrfCount, chrfOrder+wordOrder)
		for _, pair := range pairs {
			numbers := intern{}
			given := newChrfText(pair[0], wordOrder, numbers)
			for i, count := range given.compare(newChrfText(pair[1], wordOrder, numbers), wordOrder) {
				sum[i].given += count.given
				sum[i].wanted += count.wanted
				sum[i].both += count.both
			}
		}
		requirePublished(t, want, 1e-9, chrfScore(sum))
	}
}

func TestWordsOfChrFPlusPlusLoseOneMarkAtAnEnd(t *testing.T) {
	t.Parallel()
	// "(hi)" is sacreBLEU issue 124.
	require.Equal(t, []string{"(hi", ")", "(", "x", ".", "été", ",", "“q”", "-"}, chrfWords("(hi) (x . été, “q” -"))
}
