package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

func (f *fixture) dangerZone(count uint32) *types.QueryDangerZoneResponse {
	f.t.Helper()
	zone, err := f.queries.DangerZone(f.ctx, &types.QueryDangerZoneRequest{Netuid: 1, Count: count})
	require.NoError(f.t, err)
	return zone
}

func TestTheDangerZoneListsWhoIsReplacedInTheOrderOfReplacement(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		f.t = rt
		f.rich("owner")
		must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
		const now = 100
		header := f.ctx.BlockHeader()
		header.Height = now
		f.ctx = f.ctx.WithBlockHeader(header)
		slots := rapid.Uint32Range(1, 12).Draw(rt, "slots")
		open := rapid.Uint32Range(0, slots/2).Draw(rt, "open slots")
		f.tune(func(p *types.SubnetParams) {
			p.MaxMiners = slots
			p.MinOpenSlots = open
			p.ImmunityPeriod = rapid.Uint64Range(1, 60).Draw(rt, "immunity")
		})
		ids, emissions := make([]uint64, slots), make([]uint64, slots)
		registered := int64(1)
		// The slots were taken in any order.
		for i, uid := range rapid.Permutation(upTo(slots)).Draw(rt, "uids") {
			registered = rapid.Int64Range(registered, now).Draw(rt, "height")
			ids[i], emissions[i] = uint64(i)+1, rapid.Uint64Range(0, 3).Draw(rt, "emission")
			miner := types.Miner{
				Netuid: 1, Uid: uid, MinerId: ids[i], Owner: addr("owner"), Hotkey: addr(fmt.Sprint("hot ", i)), RegisteredHeight: registered,
			}
			require.NoError(rt, f.k.Miners.Set(f.ctx, collections.Join(uint32(1), uid), miner))
			require.NoError(rt, f.k.MinerOwners.Set(f.ctx, collections.Join(uint32(1), miner.MinerId), addressOf("owner")))
		}
		s := f.subnet(1)
		s.MinerCount, s.NextMinerId = slots, uint64(slots)+1
		require.NoError(rt, f.k.Subnets.Set(f.ctx, 1, s))
		require.NoError(rt, f.k.SetMinerEmissions(f.ctx, 1, ids, emissions))

		zone := f.dangerZone(256)
		require.Len(rt, zone.Miners, int(slots), "everybody is listed")
		require.Zero(rt, zone.FreeSlots)
		// The query is answered after a block; the registration comes in the next.
		header.Height++
		f.ctx = f.ctx.WithBlockHeader(header)
		params := types.DefaultParams()
		params.MaxMinerRegistrationsPerBlock = slots
		require.NoError(rt, f.k.Params.Set(f.ctx, params))
		for i, endangered := range zone.Miners {
			if uint32(i)+open > slots {
				break // so few are left that the newcomers themselves have to make up the open slots
			}
			response, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("owner"), Netuid: 1, Hotkey: addr(fmt.Sprint("new ", i))})
			if endangered.ImmuneUntil != 0 {
				require.Greater(rt, endangered.ImmuneUntil, int64(now))
				require.ErrorIs(rt, err, types.ErrAllMinersImmune)
				break
			}
			require.NoError(rt, err)
			require.Equal(rt, endangered.Uid, response.Uid, "replacement %d", i)
		}
	})
}

func upTo(n uint32) []uint32 {
	all := make([]uint32, n)
	for i := range all {
		all[i] = uint32(i)
	}
	return all
}

func TestTheDangerZoneIsBoundedAndSaysWhenImmunityEnds(t *testing.T) {
	f := started(t) // a, b and c in height 1, four slots, immune for 20 blocks
	zone := f.dangerZone(0)
	require.EqualValues(t, 1, zone.FreeSlots)
	require.Len(t, zone.Miners, 3)
	for i, miner := range zone.Miners {
		require.EqualValues(t, i+1, miner.MinerId, "the first to lose its immunity comes first")
		require.EqualValues(t, 20, miner.ImmuneUntil)
		require.Equal(t, f.miner(miner.Uid).Hotkey, miner.Hotkey)
	}
	require.Len(t, f.dangerZone(2).Miners, 2)

	f.to(19)
	require.NotZero(t, f.dangerZone(1).Miners[0].ImmuneUntil, "a registration in block 20 replaces nobody")
	f.to(20)
	require.Zero(t, f.dangerZone(1).Miners[0].ImmuneUntil, "one in block 21 does")

	crowd := fullSubnet(t, 300)
	require.Len(t, crowd.dangerZone(0).Miners, 10)
	require.Len(t, crowd.dangerZone(1<<31).Miners, 256)
}
