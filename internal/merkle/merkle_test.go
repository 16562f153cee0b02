package merkle_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/internal/merkle"
)

var tag = merkle.MustTag("agora/test-tree1")

func leaves(n int) []merkle.Hash {
	out := make([]merkle.Hash, n)
	for i := range out {
		out[i] = sha256.Sum256(append(tag.AppendLeaf(nil), byte(i), byte(i>>8)))
	}
	return out
}

// top is the definition of RFC 6962: split at the largest power of two below the number.
func top(hashes []merkle.Hash) merkle.Hash {
	switch len(hashes) {
	case 0:
		return merkle.Hash{}
	case 1:
		return hashes[0]
	}
	split := 1
	for split*2 < len(hashes) {
		split *= 2
	}
	return tag.Node(top(hashes[:split]), top(hashes[split:]))
}

func TestTheTreeIsThatOfRFC6962AndEveryPathLeadsToItsTop(t *testing.T) {
	for n := range 70 {
		tree := tag.Build(leaves(n))
		require.Equal(t, top(leaves(n)), tree.Top(), "%d leaves", n)
		for i, leaf := range leaves(n) {
			path := tree.Path(nil, i)
			reached, err := tag.Climb(leaf, uint64(i), uint64(n), path)
			require.NoError(t, err)
			require.Equal(t, tree.Top(), reached)
			if len(path) > 0 {
				_, err = tag.Climb(leaf, uint64(i), uint64(n), path[1:])
				require.ErrorIs(t, err, merkle.ErrPath)
			}
			_, err = tag.Climb(leaf, uint64(i), uint64(n), append(path, leaf))
			require.ErrorIs(t, err, merkle.ErrPath)
		}
		_, err := tag.Climb(merkle.Hash{}, uint64(n), uint64(n), nil)
		require.ErrorIs(t, err, merkle.ErrPath)
	}
	require.Zero(t, merkle.Tree{}.Top())
}

func TestAnAlignedPartOfTheTreeIsATreeWhoseTopClimbsFromItsLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "leaves")
		size := 1 << rapid.IntRange(0, 6).Draw(t, "power")
		all := leaves(n)
		parts := (n + size - 1) / size
		part := rapid.IntRange(0, parts-1).Draw(t, "part")
		tops := make([]merkle.Hash, parts)
		for i := range tops {
			tops[i] = tag.Build(all[i*size : min(n, (i+1)*size)]).Top()
		}
		upper := tag.Build(tops)
		require.Equal(t, top(all), upper.Top())
		reached, err := tag.Climb(tops[part], uint64(part), uint64(parts), upper.Path(nil, part))
		require.NoError(t, err)
		require.Equal(t, upper.Top(), reached)
	})
}

func TestAnotherTagGivesAnotherTree(t *testing.T) {
	other := merkle.MustTag("agora/test-tree2")
	require.NotEqual(t, tag.Build(leaves(5)).Top(), other.Build(leaves(5)).Top())
	require.NotEqual(t, tag.AppendLeaf(nil), tag.AppendRoot(nil))
	require.Panics(t, func() { merkle.MustTag("short") })
	require.Panics(t, func() { merkle.MustTag("longer than a tag may be") })
}
