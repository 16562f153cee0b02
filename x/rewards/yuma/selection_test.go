package yuma

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSelectionFindsWhatTheDefinitionSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		spread := rapid.Uint64Range(1, 1000).Draw(t, "spread")
		octaves := rapid.Uint64Range(1, 50).Draw(t, "octaves")
		votes := make([]vote, n)
		var total uint64
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range votes {
			votes[i] = vote{weight: (1 + rng.Uint64N(spread)) << rng.Uint64N(octaves), power: rng.Uint64N(5)}
			total += votes[i].power
		}
		need := rapid.Uint64Range(0, total+1).Draw(t, "need")
		before := slices.Clone(votes)
		var s selection
		s.prepare(n)
		require.Equal(t, byDefinition(votes, need), s.consensus(votes, need))
		require.Equal(t, before, votes, "the votes are not changed")
	})
}

func TestASelectionAmongWeightsChosenToMakeItSlowStaysLinear(t *testing.T) {
	// Weights that fall by half each time leave a round as little to drop as can be: seven of them
	// lie above the last bucket. Whoever lowers the numbers may lower the bound.
	const n = MaxValidators
	votes := make([]vote, n)
	for k := range votes {
		votes[k] = vote{weight: uint64(One) >> min(uint(k/4), 55) >> (uint(k) % 2), power: 1}
	}
	for _, need := range []uint64{1, n / 2, n} {
		var s selection
		s.prepare(n)
		require.Equal(t, byDefinition(votes, need), s.consensus(votes, need))
		require.LessOrEqual(t, s.walked, 11*n)
	}
}
