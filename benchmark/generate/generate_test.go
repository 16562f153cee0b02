package generate_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
)

func key(t *rapid.T) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
}

func TestEveryFamilyDrawsAValidQuestionFromAnyKeyUnderAnySettings(t *testing.T) {
	list := closed(t)
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(list).Draw(t, "generator")
		var given []generate.Setting
		for _, p := range g.Parameters() {
			given = append(given, generate.Setting{Name: p.Name, Value: rapid.Uint32Range(p.Min, p.Max).Draw(t, p.Name)})
		}
		settings, err := g.Settings(given...)
		require.NoError(t, err)
		first := chance.NewStream(key(t))
		again := first
		for _, family := range g.Families() {
			q := g.Draw(&first, family, settings)
			require.NoError(t, q.Validate(), "%s %s %v", g.Name(), family, given)
			require.Equal(t, family, q.Family)
			require.NotEmpty(t, q.Expected, "%s %s %v\n%s", g.Name(), family, given, q.Prompt)
			require.Equal(t, strings.Trim(q.Expected, " \t\r\n"), q.Expected, "an answer is trimmed before it is compared")
			require.Equal(t, family == "pairs", strings.Contains(q.Expected, "="), "the extraction after the last = suits all but one family")
			for _, other := range q.Alternatives {
				require.NotEqual(t, q.Expected, other)
				require.True(t, strings.EqualFold(q.Expected, other) || q.Expected+"/1" == other, "an alternative is another way to write the same")
			}
			require.LessOrEqual(t, len(q.Prompt)+len(q.Expected), 160<<10, "%s %s %v", g.Name(), family, given)
			_, err := q.Encode()
			require.NoError(t, err)
			require.Equal(t, q, g.Draw(&again, family, settings), "one stream, one question")
		}
	})
}

func TestTheDefaultsAreWhatStandsInTheCatalogue(t *testing.T) {
	for _, g := range closed(t) {
		var given []generate.Setting
		for _, p := range g.Parameters() {
			require.LessOrEqual(t, p.Min, p.Default)
			require.LessOrEqual(t, p.Default, p.Max)
			require.NotEmpty(t, p.Summary)
			require.True(t, len(given) == 0 || given[len(given)-1].Name < p.Name, "parameters are listed by ascending name")
			given = append(given, generate.Setting{Name: p.Name, Value: p.Default})
		}
		spelled, err := g.Settings(given...)
		require.NoError(t, err)
		empty, err := g.Settings()
		require.NoError(t, err)
		for _, family := range g.Families() {
			a, b, c := chance.NewStream([32]byte{3}), chance.NewStream([32]byte{3}), chance.NewStream([32]byte{3})
			want := g.Draw(&a, family, spelled)
			require.Equal(t, want, g.Draw(&b, family, empty))
			require.Equal(t, want, g.Draw(&c, family, generate.Settings{}))
		}
	}
}

func TestSettingsThatAGeneratorDoesNotKnowAreRefusedWithAReason(t *testing.T) {
	arithmetic, _ := generate.Lookup("arithmetic/1")
	basics, _ := generate.Lookup("basics/1")
	for name, c := range map[string]struct {
		of     *generate.Generator
		given  []generate.Setting
		reason string
	}{
		"an unknown name":              {arithmetic, []generate.Setting{{Name: "digits", Value: 3}}, `arithmetic/1 has no setting "digits"`},
		"below the range":              {arithmetic, []generate.Setting{{Name: "difficulty"}}, `"difficulty" of generator arithmetic/1 is 0, must be 1 to 5`},
		"above the range":              {arithmetic, []generate.Setting{{Name: "difficulty", Value: 6}}, "must be 1 to 5"},
		"the same name twice":          {arithmetic, []generate.Setting{{Name: "difficulty", Value: 1}, {Name: "difficulty", Value: 1}}, `"difficulty" is set twice`},
		"a generator without settings": {basics, []generate.Setting{{Name: "difficulty", Value: 1}}, "has no setting"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.of.Settings(c.given...)
			require.ErrorIs(t, err, generate.ErrSettings)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestWhatDoesNotExistYieldsNothing(t *testing.T) {
	_, found := generate.Lookup("arithmetic/2")
	require.False(t, found)
	s := chance.NewStream([32]byte{})
	for _, info := range generate.Infos() {
		g, found := generate.Lookup(info.Name)
		require.True(t, found)
		require.Zero(t, g.Draw(&s, "integrate", generate.Settings{}))
	}
	continuation, _ := generate.Lookup(generate.Continuation)
	require.True(t, continuation.NeedsDocuments())
	require.Zero(t, continuation.Draw(&s, "continuation", generate.Settings{}), "there are no documents")
}

func TestSettingsOfAnotherGeneratorCountAsTheDefaults(t *testing.T) {
	arithmetic, _ := generate.Lookup("arithmetic/1")
	algebra, _ := generate.Lookup("algebra/1")
	hard, err := algebra.Settings(generate.Setting{Name: "difficulty", Value: 5})
	require.NoError(t, err)
	a, b := chance.NewStream([32]byte{}), chance.NewStream([32]byte{})
	require.Equal(t, arithmetic.Draw(&a, "sum", generate.Settings{}), arithmetic.Draw(&b, "sum", hard))
}

func TestTheCatalogueIsCompleteAndItsNamesAreUnique(t *testing.T) {
	names := map[string]bool{}
	for _, info := range generate.Infos() {
		require.Regexp(t, `^[a-z]+/[1-9]$`, info.Name)
		require.False(t, names[info.Name])
		names[info.Name] = true
		require.NotEmpty(t, info.Summary)
		families := map[string]bool{}
		for _, f := range info.Families {
			require.Regexp(t, `^[a-z-]+$`, f.Name)
			require.False(t, families[f.Name])
			families[f.Name] = true
			require.NotEmpty(t, f.Summary)
			require.NotZero(t, f.LuckBp)
			require.Equal(t, f.Name, f.Example.Family)
			require.NoError(t, f.Example.Validate())
		}
	}
	require.Len(t, names, 10)
}

// sample draws n questions of a family under the default settings.
func sample(g *generate.Generator, family string, n int) []question.Question {
	list := make([]question.Question, n)
	for i := range list {
		s := chance.ItemStream(sha256.Sum256([]byte("sample of "+g.Name()+" "+family)), uint64(i))
		list[i] = g.Draw(&s, family, generate.Settings{})
	}
	return list
}

// A family can be told from its prompt: whoever sorts questions by their beginning
// never mixes two.
func TestNoTwoFamiliesShareTheFormOfTheirPrompts(t *testing.T) {
	opening := map[string]string{}
	for _, g := range closed(t) {
		if g.Name() == generate.Basics { // its prompts are as short as can be
			continue
		}
		for _, family := range g.Families() {
			var shared string
			for i, q := range sample(g, family, 60) {
				if i == 0 {
					shared = q.Prompt
				}
				n := 0
				for n < min(len(shared), len(q.Prompt)) && shared[n] == q.Prompt[n] {
					n++
				}
				shared = shared[:n]
			}
			require.GreaterOrEqual(t, len(shared), 6, "%s %s begins with %q only", g.Name(), family, shared)
			opening[g.Name()+" "+family] = shared
		}
	}
	for one, a := range opening {
		for other, b := range opening {
			require.False(t, one != other && strings.HasPrefix(a, b), "%s begins like %s: %q", one, other, b)
		}
	}
}

// A guesser's best constant answer is right as often as the catalogue says, at most.
func TestLuckAndRepeatsAreWhatTheCatalogueSays(t *testing.T) {
	const draws = 3000
	for _, g := range closed(t) {
		for _, f := range g.Info().Families {
			answers, prompts := map[string]int{}, map[string]bool{}
			frequent, repeats := 0, 0
			for i, q := range sample(g, f.Name, draws) {
				answers[q.Expected]++
				frequent = max(frequent, answers[q.Expected])
				if i < 1000 && prompts[q.Prompt] {
					repeats++
				}
				prompts[q.Prompt] = true
			}
			// What chance adds: about four deviations of a count.
			said := draws * int(f.LuckBp) / 10_000
			require.LessOrEqual(t, frequent, said+4*isqrt(said)+4, "%s %s: the most frequent answer", g.Name(), f.Name)
			require.LessOrEqual(t, repeats, int(f.Repeats)+4*isqrt(int(f.Repeats))+2, "%s %s: repeated prompts", g.Name(), f.Name)
		}
	}
}

func isqrt(n int) int {
	root := 0
	for (root+1)*(root+1) <= n {
		root++
	}
	return root
}

func TestHarderQuestionsAreLonger(t *testing.T) {
	for _, g := range closed(t) {
		for _, family := range g.Families() {
			length := func(pick func(p generate.Parameter) uint32) int {
				var given []generate.Setting
				for _, p := range g.Parameters() {
					given = append(given, generate.Setting{Name: p.Name, Value: pick(p)})
				}
				settings, err := g.Settings(given...)
				require.NoError(t, err)
				total := 0
				for i := range uint64(40) {
					s := chance.ItemStream([32]byte{9}, i)
					q := g.Draw(&s, family, settings)
					total += len(q.Prompt) + len(q.Expected)
				}
				return total
			}
			if len(g.Parameters()) > 0 && family != "weekday" && family != "sudoku" { // which become harder, not longer
				require.Greater(t, length(func(p generate.Parameter) uint32 { return p.Max }), length(func(p generate.Parameter) uint32 { return p.Min }), "%s %s", g.Name(), family)
			}
		}
	}
}

// Programs stay far from the interpreter's limits, so that none is ever cut off.
func TestPuzzlesAndProgramsAreSmall(t *testing.T) {
	for _, name := range []string{"output/1", "puzzle/1"} {
		g, _ := generate.Lookup(name)
		hardest, err := g.Settings(generate.Setting{Name: "difficulty", Value: 5})
		require.NoError(t, err)
		for _, family := range g.Families() {
			for i := range uint64(60) {
				s := chance.ItemStream([32]byte{10}, i)
				q := g.Draw(&s, family, hardest)
				require.NotEmpty(t, q.Prompt)
				require.Less(t, len(q.Prompt)+len(q.Expected), 4<<10)
			}
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, g := range closed(b) {
		for _, family := range g.Families() {
			b.Run(fmt.Sprintf("%s/%s", g.Name(), family), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					s := chance.ItemStream([32]byte{1}, uint64(i))
					_ = g.Draw(&s, family, generate.Settings{})
				}
			})
		}
	}
}

func ExampleGenerator_Draw() {
	g, _ := generate.Lookup("puzzle/1")
	settings, err := g.Settings(generate.Setting{Name: "difficulty", Value: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	stream := chance.NewStream([32]byte{31: 7})
	q := g.Draw(&stream, "order", settings)
	fmt.Println(q.Prompt)
	fmt.Println("→", q.Expected)
	// Output:
	// In a row of 4 places, numbered from 1 at the left, sit Emil, Freya, Jonas and Paula.
	// 1. Exactly one person sits between Emil and Jonas.
	// 2. Emil sits at neither end.
	// 3. Emil sits directly to the left of Freya.
	// 4. Freya sits at neither end.
	// Who sits at place 1? Answer with the name only.
	// → Paula
}
