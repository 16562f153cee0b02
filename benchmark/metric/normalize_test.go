package metric

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNormalizeFollowsTheScriptOfSQuAD(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		"  The   Cat!\n":                "cat",
		"a an the":                      "",
		"A.N. Other":                    "other", // punctuation goes first: "an other"
		"don't":                         "dont",
		"Super Bowl L":                  "super bowl l",
		"the-end":                       "theend",
		"“The” end":                     "“ ” end", // marks beyond ASCII stay
		"a\u0301":                       "\u0301",  // to Python's regular expressions an accent ends a word
		"á":                             "á",
		"ΟΔΟΣ":                          "οδος",
		"ΣΑΣ.":                          "σας",
		"ΟΔΟΣ\ufdfa ΟΣ'Ο ΟΣ\u0301 ʰΣ":   "οδος\ufdfa οσο ος\u0301 ʰσ", // a word goes on where a letter with case follows
		"İ":                             "i\u0307",
		"Straße":                        "straße",
		"x\u001fy\u00a0z\u3000w":        "x y z w",
		"a²":                            "a²",
		"an_apple":                      "anapple",
		"Ⅷ ½":                           "ⅷ ½",
		"Saint Bernadette Soubirous":    "saint bernadette soubirous",
		"in the late 1990s":             "in late 1990s",
		"the Norse leader Rollo's heir": "norse leader rollos heir",
	} {
		require.Equal(t, want, Normalize(text), "%q", text)
	}
	require.Equal(t, "\ufffdx", Normalize("\xffX"))
}

func TestTokenF1GivesThePublishedValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, answer string
		references     []string
		exact, f1      int64
	}{
		{
			"AllenNLP's test of the official script, tests/rc/metrics/squad_em_and_f1_test.py",
			"this is the best span",
			[]string{"this is a good span", "something irrelevant"},
			0, One * 3 / 4,
		},
		{
			"the same, distributed", "this is another span", []string{"this is another span", "this one is less perfect"}, One, One,
		},
		{"the README of Hugging Face's metric squad", "1976", []string{"1976"}, One, One},
		{"the task card of SQuAD 1.1", "super bowl l.", []string{"Super Bowl L", "L"}, One, One},
		{"SQuAD 2.0: no answer where none is expected", "the", []string{""}, One, One},
		{"SQuAD 2.0: an answer where none is expected", "Rollo", []string{""}, 0, 0},
		{"words count as often as both have them", "b b b c", []string{"b b d"}, 0, 571_428_571},
	} {
		exact, err := NormalizedExact(c.answer, c.references)
		require.NoError(t, err)
		require.Equal(t, c.exact, exact, c.source)
		f1, err := TokenF1(c.answer, c.references)
		require.NoError(t, err)
		require.Equal(t, c.f1, f1, c.source)
	}
}

func TestExactComparesBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		want   int64
	}{{"929", One}, {"\xff", One}, {"929 ", 0}, {"", 0}, {"\xfe", 0}} {
		got, err := Exact(c.answer, []string{"928", "929", "\xff"})
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%q", c.answer)
	}
	_, err := Exact("x", nil)
	require.ErrorIs(t, err, ErrReference)
}
