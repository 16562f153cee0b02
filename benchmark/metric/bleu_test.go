package metric

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Values of sacreBLEU's own tests, test/test_sentence_bleu.py and test/test_bleu.py.
func TestBLEUOfOneTextGivesThePublishedValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		references   []string
		want, within float64
	}{
		{
			"sacreBLEU issue 98: tokenizer 13a and smoothing exp",
			"Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;",
			[]string{"producţia de zahăr brut se exprimă în zahăr alb;"},
			0.08493, 1e-5,
		},
		{"sacreBLEU issue 141: no word in common scores 0", "this is a cat", []string{"okay thanks"}, 0, 0},
		{"a text of one word against two pays for brevity", "test", []string{"a test"}, 0.3678794411714425, 1e-9},
		{"orders longer than the answer do not count", "a test", []string{"a test"}, 1, 0},
		{"the same text scores 1", "this is a test", []string{"this is a test"}, 1, 0},
		{"an empty answer scores 0", "", []string{"The dog bit the man."}, 0, 0},
	} {
		got, err := BLEU(c.answer, c.references)
		require.NoError(t, err, c.name)
		requirePublished(t, c.want, c.within, got)
	}
}

// The README example of sacreBLEU, test/test_bleu.py: 48.530827 with the defaults. A
// corpus is the sum of its texts' counts.
func TestBLEUCountsAddUpToThePublishedValueOfACorpus(t *testing.T) {
	t.Parallel()
	answers := []string{"The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."}
	references := [][]string{
		{"The dog bit the man.", "The dog had bit the man."},
		{"It was not unexpected.", "No one was surprised."},
		{"The man bit him first.", "The man had bitten the dog."},
	}
	var sum bleuCounts
	for i, answer := range answers {
		counts := newBleuCounts(answer, references[i])
		for n := range bleuOrder {
			sum.correct[n] += counts.correct[n]
			sum.total[n] += counts.total[n]
		}
		sum.given += counts.given
		sum.wanted += counts.wanted
	}
	requirePublished(t, 0.48530827, 5e-9, sum.score())
}

// test/test_bleu.py, test_case_statistics and test_case_scoring.
func TestBLEUScoresPublishedCounts(t *testing.T) {
	t.Parallel()
	counts := newBleuCounts("am I am a character sequence", []string{"I am a symbol string sequence a a"})
	require.Equal(t, [bleuOrder]int64{4, 2, 1, 0}, counts.correct)
	require.Equal(t, [bleuOrder]int64{6, 5, 4, 3}, counts.total)

	published := bleuCounts{correct: [bleuOrder]int64{9, 7, 5, 3}, total: [bleuOrder]int64{10, 8, 6, 4}, given: 11, wanted: 11}
	requirePublished(t, 0.8375922397, 1e-9, published.score())
}

func TestTokenizer13aCutsMarksButKeepsNumbersWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		"Hello, world.":               "Hello , world .",
		"3.14 and 1,000,000.":         "3.14 and 1,000,000 .",
		"well-known, 10-20":           "well-known , 10 - 20",
		"it's 5% (off)":               "it's 5 % ( off )",
		"&quot;a&amp;b&quot; &lt;c>":  `" a & b " < c >`,
		"&amp;lt;":                    "<",
		"a-\nb\nc":                    "ab c",
		"<skipped> x":                 "x",
		"a.,b":                        "a . , b",
		"U.S. is ... x":               "U . S . is . . . x",
		"été, 東京.":                    "été , 東京 .",
		"\xff.\xfe,1":                 "\xff . \xfe , 1",
		"\u00a0no\u3000break\u2028s ": "no break s",
	} {
		require.Equal(t, want, strings.Join(tokenize13a(text), " "), "%q", text)
	}
}
