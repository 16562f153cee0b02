package benchmark_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
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
		s := benchmark.ItemStream(seed, rapid.Uint64().Draw(t, "index"))
		for range 20 {
			q := benchmark.DrawBasics(&s)
			require.Equal(t, answer(t, q.Prompt), q.Expected, "prompt %q", q.Prompt)
			require.NotContains(t, q.Expected, "-", "a difference is never negative")
			seen[q.Family]++
		}
	})
	require.Len(t, seen, len(benchmark.BasicsFamilies()), "every family is drawn")
}

func TestTheFamiliesAndLengthsOfBasicsAreDrawnUniformly(t *testing.T) {
	families, lengths := map[string]int{}, map[int]int{}
	const draws = 20_000
	for i := range uint64(draws) {
		s := benchmark.ItemStream(sha256.Sum256([]byte("uniform")), i)
		q := benchmark.DrawBasics(&s)
		families[q.Family]++
		if q.Family == benchmark.FamilyReverse {
			lengths[len(q.Expected)]++
		}
	}
	for _, family := range benchmark.BasicsFamilies() {
		require.InDelta(t, draws/5, families[family], 300, "family %s", family)
	}
	for length := 3; length <= 6; length++ {
		require.InDelta(t, families[benchmark.FamilyReverse]/4, lengths[length], 150, "length %d", length)
	}
}

func TestAnUnknownFamilyYieldsNoQuestion(t *testing.T) {
	s := benchmark.NewStream([32]byte{})
	require.Zero(t, benchmark.DrawBasicsFamily(&s, "integrate"))
}

// The stream and the first questions of a seed are part of the protocol: a
// change of any of these values is a new generator, never an edit of this one.
func TestTheStreamAndTheQuestionsOfBasicsAreFixed(t *testing.T) {
	seed := sha256.Sum256([]byte("agora golden seed"))
	s := benchmark.ItemStream(seed, 7)
	var words []byte
	for range 16 {
		w := s.Uint32()
		words = append(words, byte(w>>24), byte(w>>16), byte(w>>8), byte(w))
	}
	require.Equal(t, goldenWords, hex.EncodeToString(words))

	for i, want := range goldenQuestions {
		s := benchmark.ItemStream(seed, uint64(i))
		require.Equal(t, want, benchmark.DrawBasics(&s), "item %d", i)
	}
}

func BenchmarkDrawBasics(b *testing.B) {
	seed := sha256.Sum256([]byte("bench"))
	b.ReportAllocs()
	for i := range b.N {
		s := benchmark.ItemStream(seed, uint64(i))
		_ = benchmark.DrawBasics(&s)
	}
}
