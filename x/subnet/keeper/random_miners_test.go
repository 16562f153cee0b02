package keeper_test

import (
	"fmt"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/x/subnet/types"
)

// drawMinerAction draws what the owner or the hotkey of a miner does, mostly of one that there is, or was.
func drawMinerAction(t *rapid.T, netuid *uint32) func(*fixture) string {
	id := rapid.Uint64Range(1, 6).Draw(t, "miner")
	stranger := addr(fmt.Sprint(rapid.IntRange(0, 19).Draw(t, "stranger")))
	foreign := rapid.IntRange(0, 9).Draw(t, "by a stranger") == 0
	hotkey := fmt.Sprint(rapid.IntRange(0, 19).Draw(t, "new hotkey"))
	amount := rapid.Uint64Range(0, 4).Draw(t, "uagora") * 250
	owner := func(f *fixture, netuid uint32, id uint64) string {
		if is, err := f.k.MinerOwner(f.ctx, netuid, id); err == nil && !foreign {
			shown, err := accounts.BytesToString(is)
			require.NoError(t, err)
			return shown
		}
		return stranger
	}
	// bonded picks a bond of any subnet that is, or was.
	bonded := func(f *fixture) (uint32, uint64) {
		iter, err := f.k.Bonds.Iterate(f.ctx, nil)
		require.NoError(t, err)
		keys, err := iter.Keys()
		require.NoError(t, err)
		if len(keys) == 0 {
			return *netuid, id
		}
		key := keys[int(id)%len(keys)]
		return key.K1(), key.K2()
	}
	step := rapid.SampledFrom([]string{"leave", "rotate", "model", "bond", "bond", "unbond", "unbond", "collect", "collect", "slash"}).Draw(t, "of a miner")
	switch step {
	case "leave":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.DeregisterMiner, &types.MsgDeregisterMiner{Owner: owner(f, *netuid, id), Netuid: *netuid, MinerId: id})
		})
	case "rotate":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.RotateHotkey, &types.MsgRotateHotkey{Owner: owner(f, *netuid, id), Netuid: *netuid, MinerId: id, Hotkey: addr(hotkey)})
		})
	case "model":
		return tx(func(f *fixture) (any, error) {
			msg := model(hotkey)
			msg.Netuid, msg.Size_ = *netuid, amount
			if slot, err := f.k.Miners.Indexes.ByID.MatchExact(f.ctx, pair(*netuid, id)); err == nil {
				miner, err := f.k.Miners.Get(f.ctx, slot)
				require.NoError(t, err)
				msg.Hotkey = miner.Hotkey
			}
			return do(f, f.msgs.CommitModel, msg)
		})
	case "bond":
		return tx(func(f *fixture) (any, error) {
			return do(f, f.msgs.BondMiner, &types.MsgBondMiner{Owner: owner(f, *netuid, id), Netuid: *netuid, MinerId: id, Amount: amount})
		})
	case "unbond", "collect":
		if step == "collect" {
			amount = 0
		}
		return tx(func(f *fixture) (any, error) {
			netuid, id := bonded(f)
			return do(f, f.msgs.UnbondMiner, &types.MsgUnbondMiner{Owner: owner(f, netuid, id), Netuid: netuid, MinerId: id, Amount: amount / 2})
		})
	default:
		return tx(func(f *fixture) (any, error) {
			netuid, id := bonded(f)
			return f.k.SlashBond(f.ctx, netuid, id, amount/3)
		})
	}
}
