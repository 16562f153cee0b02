package generate

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
)

func drawerOf(t *rapid.T, g *Generator, difficulty uint32) *drawer {
	stream := chance.NewStream([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")))
	settings, err := g.Settings(Setting{Name: "difficulty", Value: difficulty})
	require.NoError(t, err)
	return g.drawer(&stream, settings)
}

func TestCluesLeaveExactlyOneWorldAndNoneCanBeLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawerOf(t, &puzzleGenerator, 1)
		worlds := make([]int, rapid.IntRange(1, 60).Draw(t, "worlds"))
		for i := range worlds {
			worlds[i] = i
		}
		truth := rapid.SampledFrom(worlds).Draw(t, "truth")
		// Clues that can tell little or nothing apart force the last resort.
		modulus := rapid.IntRange(1, 5).Draw(t, "modulus")
		clues := deduce(d, worlds, &truth, func() clue[int] {
			rest := d.below(modulus)
			return clue[int]{strconv.Itoa(rest), func(w *int) bool { return *w%modulus == rest }}
		}, []clue[int]{{"it is the one", func(w *int) bool { return *w == truth }}})
		count := func(clues []clue[int]) (left int) {
			for i := range worlds {
				holds := true
				for _, c := range clues {
					holds = holds && c.holds(&worlds[i])
				}
				if holds {
					left++
				}
			}
			return left
		}
		require.Equal(t, 1, count(clues))
		for i := range clues {
			others := append(append([]clue[int]{}, clues[:i]...), clues[i+1:]...)
			require.Greater(t, count(others), 1)
			require.True(t, clues[i].holds(&truth))
		}
	})
}

func TestPermutationsAreAllDifferentAndAlwaysInTheSameSequence(t *testing.T) {
	var seen [][]int
	permutations(4, func(p []int) { seen = append(seen, append([]int{}, p...)) })
	require.Len(t, seen, 24)
	require.Equal(t, []int{0, 1, 2, 3}, seen[0])
	require.Equal(t, []int{3, 2, 1, 0}, seen[23])
	unlike := map[string]bool{}
	for _, p := range seen {
		unlike[strings.Join(mapped(p, strconv.Itoa), " ")] = true
	}
	require.Len(t, unlike, 24)
}

func TestThereAre288SudokusOfFourByFour(t *testing.T) {
	require.Len(t, grids(), 288)
}

func TestAConfessionLeavesOneReadingOfEveryIslandWithBothKinds(t *testing.T) {
	for n := 2; n <= 6; n++ {
		worlds := allIslands(n)
		for _, truth := range worlds[1 : len(worlds)-1] {
			told := islanders(firstNames[:n]).confession(truth)
			require.True(t, single(worlds, told), "%d of %06b", n, truth)
			for _, c := range told {
				require.True(t, c.holds(&truth))
			}
		}
	}
}

func TestEverySubsetPuzzleHasOneSolution(t *testing.T) {
	asked := regexp.MustCompile(`^Which of the numbers (.*) add up to (\d+),`)
	rapid.Check(t, func(t *rapid.T) {
		q := drawSubset(drawerOf(t, &puzzleGenerator, rapid.Uint32Range(1, 5).Draw(t, "difficulty")))
		parts := asked.FindStringSubmatch(q.Prompt)
		require.NotNil(t, parts, q.Prompt)
		target, err := strconv.Atoi(parts[2])
		require.NoError(t, err)
		// How many subsets have each sum, one number after the other.
		ways := make([]int, target+1)
		ways[0] = 1
		for _, word := range strings.Split(parts[1], ", ") {
			n, err := strconv.Atoi(word)
			require.NoError(t, err)
			for sum := target; sum >= n; sum-- {
				ways[sum] += ways[sum-n]
			}
		}
		require.Equal(t, 1, ways[target], q.Prompt)
		total := 0
		for _, word := range strings.Fields(q.Expected) {
			n, err := strconv.Atoi(word)
			require.NoError(t, err)
			total += n
		}
		require.Equal(t, target, total)
	})
}

// From every cell of a maze every other can be reached, so that there always is a way.
func TestEveryMazeIsConnected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := 2*rapid.IntRange(1, 10).Draw(t, "half") + 1
		m := drawerOf(t, &puzzleGenerator, 1).carve(side)
		ways := 0
		for i, wall := range m.wall {
			if wall {
				continue
			}
			ways++
			require.GreaterOrEqual(t, m.shortest(0, i), 0, "cell %d", i)
		}
		cells := (side + 1) / 2
		require.Equal(t, 2*cells*cells-1, ways, "a tree of all cells with even coordinates")
	})
}

// Dialects of regular expressions agree as long as nothing that may be empty is repeated.
func TestAPatternMatchesItsOwnSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawerOf(t, &puzzleGenerator, rapid.Uint32Range(1, 5).Draw(t, "difficulty"))
		p := d.wholePattern()
		whole, err := regexp.Compile("^(?:" + p.text + ")$")
		require.NoError(t, err, p.text)
		for range 5 {
			require.Regexp(t, whole, p.sample(d))
		}
		require.False(t, whole.MatchString(""), p.text)
	})
}
