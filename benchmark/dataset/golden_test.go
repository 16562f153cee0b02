package dataset_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/dataset"
)

// Computed by an independent implementation of the documented encodings, its tree
// built recursively as RFC 6962 defines it.
var goldenRoots = map[int]string{
	1:   "712a4024f3e19b0ddcbb4053c214856485af87af7d88743df31cbbce21cbd88f",
	2:   "b47bdb5a038ee9cf0ec21e386b7fbede5670a26c4eb85dbf1bb7863248fc07fd",
	3:   "b6ff6eb5caf3e3ea171d619614be6e4d3afb7ee47ea88d404bbc070c91344c2a",
	5:   "fb180c4f343c02a425fd794f5566bdc2db64560f14e8af9eac622c1b206b2e8c",
	8:   "aae963e776e3c607ad13caf0883a6dd1d31d26b82a1f9a45bd35ab743c5478fd",
	13:  "1116ae9bc9f9ba871872587e6f356727a8f4dcab6fefe05326e5e72811bf68ea",
	100: "e4a061a1dcdc6fed7561d6cabb3732824c941c001057edc98239e380299052c5",
}

var goldenShards = []string{
	"6b4593a8ccf41fa4d83c1fc625f933fe91bd34e161d74998829dbc45d44b9508",
	"cde015c3335d25a76f21623ac7960870ef94f6835540a6a34e20754b089939c7",
	"9158e6ea917174291e33e9d028bbd76ac3f4e97b7459866043073f3aca655585",
	"da2f05e5415513954fba6216e026db7d09c9930f577a7925e395bb228b30119b",
}

const goldenOpening = "9c370e6b91442817d4daccb3962a3681a397a55e303a88d93c7a92fbb34d56c4"

func TestRootsShardsAndOpeningsAreTheDocumentedOnes(t *testing.T) {
	for n, root := range goldenRoots {
		for _, size := range []int64{1, perShard(4), 1 << 20} {
			manifest, _ := build(t, dataset.Documents, documents(n), size)
			require.Equal(t, root, hexed(manifest.Root), "%d documents, the root does not depend on shards", n)
		}
	}
	manifest, files := build(t, dataset.Documents, documents(13), perShard(4))
	require.Len(t, manifest.Shards, len(goldenShards))
	for i, shard := range manifest.Shards {
		require.Equal(t, goldenShards[i], hexed(shard.SHA256))
	}
	opening := openAt(t, sharded(t, manifest, files, 0), 9)
	require.Equal(t, goldenOpening, hexed(sha256.Sum256(opening.Encode())))
}

func TestDrawsAreTheDocumentedOnes(t *testing.T) {
	for _, c := range []struct {
		n, k   uint64
		picked []uint64
	}{
		{10, 10, []uint64{0, 7, 6, 2, 8, 4, 1, 9, 3, 5}},
		{1000000, 8, []uint64{171460, 900331, 946140, 950014, 308798, 24288, 691827, 112926}},
		{1<<32 - 1, 5, []uint64{2767171460, 3648896683, 1339943462, 796947626, 1036304654}},
		{3, 0, []uint64{}},
	} {
		stream := chance.NewStream(seed)
		picked, err := dataset.Pick(&stream, c.n, c.k)
		require.NoError(t, err)
		require.Equal(t, c.picked, picked)
	}
}
