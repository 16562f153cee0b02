package keeper_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

// Computed by an independent implementation from the description in the README.
func TestBeaconGivesTheGoldenVectors(t *testing.T) {
	for _, tc := range []struct {
		name, want        string
		previous          []byte
		height            int64
		appHash, proposer []byte
		round             int32
	}{
		{"the first block, without a beacon before it", goldenFirst, nil, 1, nil, bytes.Repeat([]byte{1}, 20), 0},
		{"a later block", goldenLater, bytes.Repeat([]byte{7}, 32), 1_000, bytes.Repeat([]byte{8}, 32), bytes.Repeat([]byte{9}, 20), 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, hex.EncodeToString(keeper.NextBeacon(tc.previous, "agora-1", tc.height, tc.appHash, tc.proposer, tc.round)))
		})
	}
}

func TestEverythingThatABlockAddsChangesTheBeacon(t *testing.T) {
	base := keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("c"), 0)
	require.NotEqual(t, base, keeper.NextBeacon([]byte("x"), "chain", 5, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "other", 5, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 6, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("x"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("x"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("c"), 1))
	require.NotEqual(t, keeper.NextBeacon([]byte("ab"), "c", 5, nil, nil, 0), keeper.NextBeacon([]byte("a"), "bc", 5, nil, nil, 0), "fields cannot run into each other")
}

func TestEachBlockHasItsBeacon(t *testing.T) {
	f := emptyFixture(t)
	_, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.ErrorContains(t, err, "before the first block")

	f = newFixture(t)
	first, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(t, err)
	require.Equal(t, keeper.NextBeacon(nil, chainID, 1, []byte("app hash 1"), []byte("proposer"), 0), first.Beacon)
	f.ctx = f.ctx.WithCometInfo(cometInfo{round: 3})
	f.to(2)
	second, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 2, second.Height)
	require.Equal(t, keeper.NextBeacon(first.Beacon, chainID, 2, []byte("app hash 2"), []byte("proposer"), 3), second.Beacon)
}
