package metric

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// textMetrics are the metrics of texts that give scores, by their names in Infos.
func textMetrics() map[string]Func {
	out := map[string]Func{}
	for _, info := range Infos() {
		if info.Func != nil && !strings.HasSuffix(info.Name, "-rate") {
			out[info.Name] = info.Func
		}
	}
	return out
}

// texts are of words that often recur, of any code points and of any bytes.
func texts() *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{"a", "the", "cat", "Dog", "3.14", "x=y", "it's", "été", "東京", "ΟΔΟΣ", "{", "}", ":", "&amp;", ".", "-\n", "\u00a0", "\xff"})
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 0, 25).Draw(t, "words"), " ")
		}),
		rapid.String(),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "bytes")) }),
	)
}

func TestEveryTextMetricIsBoundedRepeatableAndBestOfItsReferences(t *testing.T) {
	t.Parallel()
	metrics := textMetrics()
	delete(metrics, "json-fields") // its references are documents: see json_test.go
	rapid.Check(t, func(t *rapid.T) {
		answer := texts().Draw(t, "answer")
		references := rapid.SliceOfN(texts(), 1, 4).Draw(t, "references")
		for name, metric := range metrics {
			got, err := metric(answer, references)
			require.NoError(t, err, name)
			require.GreaterOrEqual(t, got, int64(0), name)
			require.LessOrEqual(t, got, One, name)
			again, err := metric(answer, references)
			require.NoError(t, err, name)
			require.Equal(t, got, again, name)
			if name == "bleu" {
				continue // counts all references together
			}
			var highest int64
			for _, reference := range references {
				alone, err := metric(answer, []string{reference})
				require.NoError(t, err, name)
				highest = max(highest, alone)
			}
			require.Equal(t, highest, got, name)
		}
	})
}

func TestATextIsItsOwnBestAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := texts().Draw(t, "text")
		other := texts().Draw(t, "other")
		for name, metric := range textMetrics() {
			switch name {
			case "json-fields":
				continue
			case "bleu":
				if len(tokenize13a(text)) == 0 {
					continue // no word, no BLEU
				}
			case "rouge-l":
				if len(rougeWords(text)) == 0 {
					continue
				}
			case "chrf", "chrf++":
				if trimSpace(text) == "" {
					continue
				}
			}
			got, err := metric(text, []string{other, text})
			require.NoError(t, err, name)
			require.Equal(t, One, got, name)
		}
		for _, rate := range []Func{CharErrorRate, WordErrorRate} {
			got, err := rate(text, []string{other, text})
			require.NoError(t, err)
			require.Zero(t, got)
		}
	})
}

func TestSymmetricMetricsAreSymmetric(t *testing.T) {
	t.Parallel()
	metrics := textMetrics()
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts().Draw(t, "a"), texts().Draw(t, "b")
		for _, name := range []string{"exact", "normalized", "token-f1", "rouge-l", "edit", "edit-words"} {
			there, err := metrics[name](a, []string{b})
			require.NoError(t, err)
			back, err := metrics[name](b, []string{a})
			require.NoError(t, err)
			require.Equal(t, there, back, name)
		}
	})
}

func TestMoreOfTheReferenceScoresNoLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// All words differ, so the answer that has one more of them is nearer.
		reference := strings.Fields("one two three four five six seven eight nine ten eleven twelve")
		length := rapid.IntRange(1, len(reference)-1).Draw(t, "length")
		for name, metric := range textMetrics() {
			if name == "json-fields" {
				continue
			}
			less, err := metric(strings.Join(reference[:length], " "), []string{strings.Join(reference, " ")})
			require.NoError(t, err)
			more, err := metric(strings.Join(reference[:length+1], " "), []string{strings.Join(reference, " ")})
			require.NoError(t, err)
			require.GreaterOrEqual(t, more, less, name)
		}
	})
}

func TestBeyondTheLimitsEveryTextMetricSaysWhoIsAtFault(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxAnswerBytes+1)
	tests := map[string]Func{"numeric": Numeric{Last: true}.Score}
	for _, info := range Infos() {
		if info.Func != nil && info.Name != "exact" {
			tests[info.Name] = info.Func
		}
	}
	for name, metric := range tests {
		score, err := metric(long, []string{"1"})
		require.ErrorIs(t, err, ErrTooLong, name)
		require.Zero(t, score, name)
		for _, references := range [][]string{nil, make([]string, MaxReferences+1), {strings.Repeat("x", MaxReferenceBytes+1)}} {
			_, err = metric("1", references)
			require.ErrorIs(t, err, ErrReference, name)
		}
	}
	score, err := Exact(long, []string{long})
	require.NoError(t, err)
	require.Equal(t, One, score)
}

func TestTheLargestHostileTextsAreScored(t *testing.T) {
	t.Parallel()
	fill := func(part string) string { return strings.Repeat(part, MaxAnswerBytes/len(part)) }
	for _, pair := range [][2]string{
		{fill("a"), fill("b")},
		{fill("a "), fill("b ")},
		{fill("\xff"), fill("𝔸")},
		{fill("a."), fill(".a-")},
		{fill("&amp;"), fill("-\n")},
		{fill("(("), fill("the ")},
	} {
		for name, metric := range textMetrics() {
			if name == "json-fields" {
				continue
			}
			_, err := metric(pair[0], []string{pair[1]})
			require.NoError(t, err, name)
		}
	}
}

func TestTheCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, info := range Infos() {
		require.False(t, seen[info.Name], info.Name)
		seen[info.Name] = true
		require.Regexp(t, `^[a-z0-9+-]+$`, info.Name)
		for _, field := range []string{info.Summary, info.Formula, info.Source, info.Units, info.Cost} {
			require.NotEmpty(t, field, info.Name)
		}
		require.Regexp(t, `\.$`, info.Summary)
	}
	require.Len(t, seen, 19)
}
