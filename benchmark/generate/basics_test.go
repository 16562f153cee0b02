package generate_test

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
)

// answer solves a prompt of basics/1 from its text alone, without the generator.
func answer(t require.TestingT, prompt string) string {
	if verb, text, found := strings.Cut(prompt, " "); found {
		switch verb {
		case "reverse":
			var out string
			for _, r := range text {
				out = string(r) + out
			}
			return out
		case "sort":
			parts := strings.Split(text, "")
			slices.Sort(parts)
			return strings.Join(parts, "")
		case "shift":
			return strings.Map(func(r rune) rune {
				if r == 'z' {
					return 'a'
				}
				return r + 1
			}, text)
		}
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		require.LessOrEqual(t, n, 999)
		return n
	}
	if a, b, found := strings.Cut(prompt, "+"); found {
		return strconv.Itoa(number(a) + number(b))
	}
	a, b, found := strings.Cut(prompt, "-")
	require.True(t, found, "unexpected prompt %q", prompt)
	return strconv.Itoa(number(a) - number(b))
}

func TestEveryQuestionOfBasicsHasItsRightAnswer(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		seed := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		s := chance.ItemStream(seed, rapid.Uint64().Draw(t, "index"))
		for range 20 {
			q := generate.DrawBasics(&s)
			require.Equal(t, answer(t, q.Prompt), q.Expected, "prompt %q", q.Prompt)
			require.NotContains(t, q.Expected, "-", "a difference is never negative")
			seen[q.Family]++
		}
	})
	require.Len(t, seen, len(generate.BasicsFamilies()), "every family is drawn")
}

func TestTheFamiliesAndLengthsOfBasicsAreDrawnUniformly(t *testing.T) {
	families, lengths := map[string]int{}, map[int]int{}
	const draws = 20_000
	for i := range uint64(draws) {
		s := chance.ItemStream(sha256.Sum256([]byte("uniform")), i)
		q := generate.DrawBasics(&s)
		families[q.Family]++
		if q.Family == generate.BasicsReverse {
			lengths[len(q.Expected)]++
		}
	}
	for _, family := range generate.BasicsFamilies() {
		require.InDelta(t, draws/5, families[family], 300, "family %s", family)
	}
	for length := 3; length <= 6; length++ {
		require.InDelta(t, families[generate.BasicsReverse]/4, lengths[length], 150, "length %d", length)
	}
}

func TestAnUnknownFamilyYieldsNoQuestion(t *testing.T) {
	s := chance.NewStream([32]byte{})
	require.Zero(t, generate.DrawBasicsFamily(&s, "integrate"))
}

// The first questions of a seed are part of the protocol: a change of any of these
// values is a new generator, never an edit of this one. They were computed by an
// independent implementation of the documented stream.
func TestTheQuestionsOfBasicsAreFixed(t *testing.T) {
	seed := sha256.Sum256([]byte("agora golden seed"))
	for i, want := range goldenBasics {
		s := chance.ItemStream(seed, uint64(i))
		require.Equal(t, want, generate.DrawBasics(&s), "item %d", i)
	}
}

var goldenBasics = []question.Question{
	{Family: "add", Prompt: "936+411", Expected: "1347"},
	{Family: "reverse", Prompt: "reverse mjq", Expected: "qjm"},
	{Family: "sort", Prompt: "sort 8034", Expected: "0348"},
	{Family: "sort", Prompt: "sort 069892", Expected: "026899"},
	{Family: "reverse", Prompt: "reverse wylaxs", Expected: "sxalyw"},
	{Family: "sort", Prompt: "sort 2869", Expected: "2689"},
	{Family: "reverse", Prompt: "reverse yjtk", Expected: "ktjy"},
	{Family: "reverse", Prompt: "reverse bhblp", Expected: "plbhb"},
	{Family: "sort", Prompt: "sort 94510", Expected: "01459"},
	{Family: "reverse", Prompt: "reverse szgfp", Expected: "pfgzs"},
	{Family: "sort", Prompt: "sort 4277", Expected: "2477"},
	{Family: "sort", Prompt: "sort 55091", Expected: "01559"},
	{Family: "shift", Prompt: "shift ruvsg", Expected: "svwth"},
	{Family: "add", Prompt: "328+526", Expected: "854"},
	{Family: "reverse", Prompt: "reverse fbr", Expected: "rbf"},
	{Family: "reverse", Prompt: "reverse ljzuz", Expected: "zuzjl"},
	{Family: "add", Prompt: "489+416", Expected: "905"},
	{Family: "add", Prompt: "742+752", Expected: "1494"},
	{Family: "add", Prompt: "470+717", Expected: "1187"},
	{Family: "shift", Prompt: "shift rnu", Expected: "sov"},
	{Family: "reverse", Prompt: "reverse qjp", Expected: "pjq"},
	{Family: "sub", Prompt: "866-592", Expected: "274"},
	{Family: "shift", Prompt: "shift jki", Expected: "klj"},
	{Family: "sort", Prompt: "sort 472", Expected: "247"},
}

func BenchmarkDrawBasics(b *testing.B) {
	seed := sha256.Sum256([]byte("bench"))
	b.ReportAllocs()
	for i := range b.N {
		s := chance.ItemStream(seed, uint64(i))
		_ = generate.DrawBasics(&s)
	}
}
