package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/rewards/types"
)

func TestARemovedSubnetLeavesNothingButWhatItsMinersMayClaim(t *testing.T) {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.InitialBlockEmission, p.MinerBp, p.OwnerBp, p.ValidatorBp = 0, 10_000, 0, 0 })
	for netuid := range uint32(2) {
		n := f.subnets.add(netuid + 1)
		n.addMiner(uint64(netuid+1), account("ann"))
		f.staking.addValidator(account("val"))
		n.permit(account("val"), "hot", 10)
		n.reveal("hot", uint64(netuid+1), 1)
		f.setPending(t, netuid+1, 1_000)
		n.due = true
	}
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{1: 1_000, 2: 1_000}, f.accrued(t, account("ann")))
	f.setPending(t, 1, 500)
	f.setPending(t, 2, 300)
	supply := f.bank.amount(f.ctx, total)

	f.removeSubnet(t, 1)

	f.requireSound(t)
	require.Equal(t, supply-500, f.bank.amount(f.ctx, total), "what waited is burned")
	require.Equal(t, uint64(300), f.pending(t, 2))
	require.Equal(t, 1, f.events("agora.rewards.v1.EventSubnetForgotten"))
	exported, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, exported.Bonds, 1)
	require.Len(t, exported.Results, 1)
	require.Equal(t, uint32(2), exported.Bonds[0].Netuid)
	require.Equal(t, uint32(2), exported.Results[0].Netuid)
	require.Len(t, exported.Ledgers, 2)
	_, err = f.keeper.Pending.Get(f.ctx, 1)
	require.ErrorIs(t, err, collections.ErrNotFound)
	require.Equal(t, map[uint32]uint64{1: 1_000, 2: 1_000}, f.accrued(t, account("ann")))
	claim, err := f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: accountText(account("ann")), Netuids: []uint32{1}})
	require.NoError(t, err)
	require.Equal(t, int64(1_000), claim.Amount.Amount.Int64())
}

func TestARemovalThatCannotBurnIsRefused(t *testing.T) {
	f := newFixture(t)
	f.subnets.add(1)
	require.NoError(t, f.keeper.Pending.Set(f.ctx, 1, 500)) // coins that are not there
	require.Error(t, f.keeper.SubnetHooks().AfterSubnetRemoved(f.ctx, 1))
}
