package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestTheListOfIdentitiesFollowsTheMiners(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		next := uint64(1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			slot := collections.Join(uint32(1), rapid.Uint32Range(0, 5).Draw(t, "uid"))
			miner, err := f.k.Miners.Get(f.ctx, slot)
			taken := err == nil
			switch rapid.SampledFrom([]string{"register", "serve", "forget"}).Draw(t, "step") {
			case "register": // a slot that is taken changes hands
				miner = types.Miner{Netuid: 1, Uid: slot.K2(), MinerId: next, Hotkey: addr(string(rune('a' + next)))}
				next++
				require.NoError(t, f.k.Miners.Set(f.ctx, slot, miner))
			case "serve":
				if taken {
					miner.ServedHeight++
					require.NoError(t, f.k.Miners.Set(f.ctx, slot, miner))
				}
			case "forget":
				if taken {
					require.NoError(t, f.k.Miners.Remove(f.ctx, slot))
				}
			}
			iter, err := f.k.Miners.Iterate(f.ctx, nil)
			require.NoError(t, err)
			miners, err := iter.Values()
			require.NoError(t, err)
			var want []uint64
			for _, m := range miners {
				want = append(want, m.MinerId)
			}
			slices.Sort(want)
			got, err := f.k.MinerIDs(f.ctx, 1)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}
