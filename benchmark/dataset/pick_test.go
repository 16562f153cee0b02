package dataset_test

import (
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/dataset"
)

func TestADrawHasNoIndexTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 1<<32-1).Draw(t, "items")
		k := rapid.Uint64Range(0, min(n, 200)).Draw(t, "drawn")
		var key [32]byte
		binary.BigEndian.PutUint64(key[:], rapid.Uint64().Draw(t, "key"))
		stream := chance.NewStream(key)
		picked, err := dataset.Pick(&stream, n, k)
		require.NoError(t, err)
		require.Len(t, picked, int(k))
		seen := map[uint64]bool{}
		for _, index := range picked {
			require.Less(t, index, n)
			require.False(t, seen[index])
			seen[index] = true
		}
	})
}

// 60,000 draws of 3 out of 5 have 60 outcomes of 1,000 each: the sum of squared
// deviations over 1,000 has 59 degrees of freedom, and exceeds 110 once in 16,000 keys.
func TestEveryOrderedDrawIsEquallyLikely(t *testing.T) {
	stream := chance.NewStream(seed)
	counts := map[[3]uint64]int{}
	for range 60_000 {
		picked, err := dataset.Pick(&stream, 5, 3)
		require.NoError(t, err)
		counts[[3]uint64(picked)]++
	}
	require.Len(t, counts, 60)
	squares := 0
	for _, count := range counts {
		squares += (count - 1000) * (count - 1000)
	}
	require.Less(t, squares, 110*1000)
}

func TestADrawThatCannotBeIsRefused(t *testing.T) {
	stream := chance.NewStream(seed)
	_, err := dataset.Pick(&stream, 3, 4)
	require.ErrorIs(t, err, dataset.ErrIndex)
	_, err = dataset.Pick(&stream, 1<<32, 1)
	require.ErrorIs(t, err, dataset.ErrInvalid)
	untouched := chance.NewStream(seed)
	require.Equal(t, untouched.Uint32(), stream.Uint32(), "nothing was drawn")
}

func TestHowLongASetServes(t *testing.T) {
	for _, c := range []struct{ items, perEpoch, epochs uint64 }{{100, 8, 12}, {8, 8, 1}, {7, 8, 0}, {7, 0, 0}} {
		require.Equal(t, c.epochs, dataset.Epochs(c.items, c.perEpoch))
	}
	for _, c := range []struct{ items, perEpoch, epochs, opened uint64 }{
		{100, 10, 0, 0},
		{100, 10, 1, 10},
		{100, 10, 2, 19},
		{100, 10, 10, 65},
		{100, 100, 1, 100},
		{100, 200, 0, 0},
		{100, 200, 3, 100},
		{0, 1, 1, 0},
		{100, 0, 1000, 0},
		{100, 10, 1 << 60, 100},
	} {
		require.Equal(t, c.opened, dataset.Opened(c.items, c.perEpoch, c.epochs), "%+v", c)
	}
}

func TestOpenedItemsAreThoseOfTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.Uint64Range(1, 1<<32-1).Draw(t, "items")
		perEpoch := rapid.Uint64Range(0, items).Draw(t, "per epoch")
		epochs := rapid.Uint64Range(0, 50).Draw(t, "epochs")
		hidden := new(big.Rat).SetInt64(int64(items))
		for range epochs {
			hidden.Mul(hidden, big.NewRat(int64(items-perEpoch), int64(items)))
		}
		got := dataset.Opened(items, perEpoch, epochs)
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(items-got)), hidden)
		require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(500_001, 1_000_000)), 0, "%d opened, hidden %s", got, hidden.FloatString(3))
	})
}
