package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

var errBroken = errors.New("broken")

// hooksMock is a module that is told of removed subnets.
type hooksMock struct {
	removed []uint32
	err     error
}

func (h *hooksMock) AfterSubnetRemoved(_ context.Context, netuid uint32) error {
	h.removed = append(h.removed, netuid)
	return h.err
}

// limited is a chain of subnets "1", "2", … that are registered block after block, and may not be more.
func limited(t *testing.T, count uint32, immunity uint64) *fixture {
	t.Helper()
	f := newFixture(t)
	f.limit(count, immunity)
	for i := range count {
		f.found(fmt.Sprint(i + 1))
		f.beginBlock()
	}
	return f
}

func (f *fixture) limit(count uint32, immunity uint64) {
	f.t.Helper()
	params := types.DefaultParams()
	params.MaxSubnets, params.SubnetImmunityPeriod = count, immunity
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
}

// found registers a subnet of an owner of the same name.
func (f *fixture) found(name string) *types.MsgRegisterSubnetResponse {
	f.t.Helper()
	f.rich(name)
	return must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr(name), Name: name, Params: quick()})
}

func (f *fixture) netuids() (netuids []uint32) {
	f.t.Helper()
	require.NoError(f.t, f.k.Subnets.Walk(f.ctx, nil, func(netuid uint32, _ types.Subnet) (bool, error) {
		netuids = append(netuids, netuid)
		return false, nil
	}))
	return netuids
}

func TestARegistrationWithoutRoomRemovesTheLowestSubnetOutsideImmunity(t *testing.T) {
	shares := func(f *fixture, shares ...uint64) {
		var netuids []uint32
		for i := range shares {
			netuids = append(netuids, uint32(i+1))
		}
		require.NoError(f.t, f.k.SetVoteShares(f.ctx, netuids, shares))
	}
	for _, tc := range []struct {
		name     string
		immunity uint64
		setup    func(*fixture)
		pruned   uint32
	}{
		{"by the share of the votes", 0, func(f *fixture) { shares(f, 30, 10, 20, 40) }, 2},
		{"and one without votes first", 0, func(f *fixture) { shares(f, 30, 10, 20) }, 4},
		{"the younger of equal ones", 0, func(f *fixture) { shares(f, 10, 10, 10, 20) }, 3},
		{"the greatest netuid of those registered in one block", 0, func(f *fixture) {
			s := f.subnet(3)
			s.RegisteredHeight = f.subnet(4).RegisteredHeight
			require.NoError(f.t, f.k.Subnets.Set(f.ctx, 3, s))
		}, 4},
		{"but none that is immune", 6, func(f *fixture) { f.to(8); shares(f, 30, 20, 10, 0) }, 2},
		{"in the very block in which immunity ends", 4, func(*fixture) {}, 1},
		{"running or not", 0, func(f *fixture) {
			shares(f, 30, 10, 20, 40)
			must(f, f.msgs.ProposeBenchmark, proposal("2", 2, "b"))
			must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("2"), Netuid: 2})
			f.to(9)
		}, 2},
		{"or paused", 0, func(f *fixture) { shares(f, 30, 10, 20, 40); f.pause(2) }, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := limited(t, 4, tc.immunity)
			hooks := &hooksMock{}
			f.k.SetHooks(hooks)
			tc.setup(f)
			gone := f.subnet(tc.pruned)
			list, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			var share uint64
			for _, s := range list.VoteShares {
				if s.Netuid == tc.pruned {
					share = s.Share
				}
			}
			burned := f.bank.burned

			require.EqualValues(t, 5, f.found("new").Netuid, "netuids are never given again")
			require.Len(t, f.netuids(), 4)
			require.NotContains(t, f.netuids(), tc.pruned)
			require.Equal(t, []types.EventSubnetPruned{{Netuid: tc.pruned, Owner: gone.Owner, Share: share, Deposit: gone.Deposit}}, events[types.EventSubnetPruned](f))
			require.Equal(t, gone.Deposit, f.bank.burned-burned)
			require.Equal(t, []uint32{tc.pruned}, hooks.removed)
			f.sound()
			f.to(f.ctx.BlockHeight() + 30)
			f.sound()
		})
	}
}

func TestARegistrationWithoutRoomIsRefused(t *testing.T) {
	register := func(f *fixture) error {
		f.rich("new")
		_, err := do(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("new"), Name: "new"})
		return err
	}
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture)
	}{
		{"while all subnets are immune", types.ErrSubnetLimit, func(f *fixture) { f.limit(2, 100) }},
		{"when whoever must be told of the removal refuses it", errBroken, func(f *fixture) { f.k.SetHooks(&hooksMock{err: errBroken}) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := limited(t, 2, 0)
			tc.setup(f)
			before, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.ErrorIs(t, register(f), tc.want)
			after, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, before, after)
			f.sound()
		})
	}
	t.Run("and the refusal says when to try again", func(t *testing.T) {
		f := limited(t, 2, 100)
		require.ErrorContains(t, register(f), "immunity lasts 100 blocks")
	})
}

func TestALowerLimitRemovesNothingByItselfAndOneSubnetPerRegistration(t *testing.T) {
	f := limited(t, 4, 0)
	f.limit(2, 0)
	f.to(20)
	require.Len(t, f.netuids(), 4)
	f.found("new")
	require.Equal(t, []uint32{1, 2, 3, 5}, f.netuids())
}

// grown is a chain on which subnet 1 has everything that a subnet can have, and may be pruned.
func grown(t *testing.T) *fixture {
	t.Helper()
	f := lived(t)
	f.limit(2, 0)
	require.NoError(t, f.k.SetVoteShares(f.ctx, []uint32{2}, []uint64{5}))
	return f
}

func TestARemovedSubnetLeavesNothingButTheOwnersAndBondsOfItsMiners(t *testing.T) {
	f := grown(t)
	before, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	f.found("third")
	f.sound()

	after, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Empty(t, after.Benchmarks)
	require.Empty(t, after.ParamChanges)
	for _, miner := range after.Miners {
		require.False(t, miner.HasSlot(), "of a miner only its bond is left")
	}
	require.Empty(t, after.Epochs)
	require.Empty(t, after.Commits)
	require.Empty(t, after.Rows)
	require.Empty(t, after.Records)
	require.Equal(t, before.MinerOwners, after.MinerOwners)
	require.Len(t, after.Appointments, 2, "those for every subnet stay, the one for subnet 1 is gone")
	due, err := f.k.DueSubnets(f.ctx)
	require.NoError(t, err)
	require.Empty(t, due)

	t.Run("what its miners accrued stays theirs", func(t *testing.T) {
		owner, err := f.k.MinerOwner(f.ctx, 1, 1)
		require.NoError(t, err)
		require.Equal(t, addressOf("a"), owner)
		ids, err := f.k.MinersOfOwner(f.ctx, 1, addressOf("a"))
		require.NoError(t, err)
		require.Equal(t, []uint64{1}, ids)
	})
}

func TestTheHotkeysOfARemovedSubnetAreFree(t *testing.T) {
	f := grown(t)
	_, err := do(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: addr("v1"), Netuid: 2, Hotkey: addr("c hot"), ShareBp: 1})
	require.ErrorIs(t, err, types.ErrHotkeyOfMiner)
	_, err = do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("c"), Netuid: 2, Hotkey: addr("v1 special")})
	require.ErrorIs(t, err, types.ErrHotkeyOfValidator)
	f.found("third")
	f.beginBlock() // in which appointments are swept
	f.appoint("v1", 2, "c hot", 1)
	must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("c"), Netuid: 2, Hotkey: addr("v1 special")})
	must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("c"), Netuid: 2, Hotkey: addr("a hot")})
	f.sound()
}

func TestTransactionsForARemovedSubnetAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name string
		send func(*fixture) error
	}{
		{"a benchmark", func(f *fixture) error {
			_, err := do(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "next"))
			return err
		}},
		{"a start", func(f *fixture) error {
			_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
			return err
		}},
		{"a miner", func(f *fixture) error {
			_, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("z hot")})
			return err
		}},
		{"an endpoint", func(f *fixture) error {
			_, err := do(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("a hot"), Netuid: 1})
			return err
		}},
		{"an appointment", func(f *fixture) error {
			_, err := do(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: addr("v1"), Netuid: 1, Hotkey: addr("y hot"), ShareBp: 1})
			return err
		}},
		{"a commit", func(f *fixture) error {
			_, err := do(f, f.msgs.CommitScores, commitOf(f.t, "v1 hot", row("v1 hot", 3, 1)))
			return err
		}},
		{"a reveal", func(f *fixture) error { _, err := do(f, f.msgs.RevealScores, row("v2 hot", 3, 1)); return err }},
		{"a pause", func(f *fixture) error {
			_, err := do(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1})
			return err
		}},
		{"a query of its epoch", func(f *fixture) error { _, err := f.k.CurrentEpoch(f.ctx, 1); return err }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := grown(t)
			f.found("third")
			require.ErrorIs(t, tc.send(f), types.ErrSubnetNotFound)
			f.beginBlock()
			require.ErrorIs(t, tc.send(f), types.ErrSubnetNotFound)
		})
	}
	t.Run("but an appointment for it can be revoked before it is swept", func(t *testing.T) {
		f := grown(t)
		f.found("third")
		f.appoint("v1", 1, "v1 special", 0)
		f.to(f.ctx.BlockHeight() + 3)
		f.sound()
	})
}

func TestTheHistoryOfARemovedSubnetIsSweptOverManyBlocks(t *testing.T) {
	f := grown(t)
	for version := range uint32(500) {
		require.NoError(t, f.k.Benchmarks.Set(f.ctx, collections.Join3(uint32(1), uint32(0), version+2), types.BenchmarkVersion{Netuid: 1, Version: version + 2}))
	}
	left := func() (n int) {
		require.NoError(t, f.k.Benchmarks.Walk(f.ctx, nil, func(key collections.Triple[uint32, uint32, uint32], _ types.BenchmarkVersion) (bool, error) {
			n++
			return false, nil
		}))
		return n
	}
	f.found("third")
	require.Equal(t, 501, left())
	f.beginBlock()
	require.Equal(t, 302, left(), "200 entries in a block, one of them an appointment")
	f.sound()
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Empty(t, state.Benchmarks, "an export in between leaves them out")
	require.NoError(t, state.Validate())
	f.beginBlock()
	f.beginBlock()
	require.Zero(t, left())
	has, err := f.k.Removed.Has(f.ctx, 1)
	require.NoError(t, err)
	require.False(t, has)
	f.sound()
}

func TestARemovalChargesNoGas(t *testing.T) {
	f := grown(t)
	f.rich("third")
	gas := func() uint64 {
		cached, _ := f.ctx.CacheContext()
		balances := f.bank.copy()
		_, err := f.msgs.RegisterSubnet(cached, &types.MsgRegisterSubnet{Owner: addr("third"), Name: "third"})
		require.NoError(t, err)
		f.bank.balances = balances
		return cached.GasMeter().GasConsumed()
	}
	before := f.ctx.GasMeter().GasConsumed()
	small := gas() - before
	require.Less(t, small, uint64(300_000))
}

func TestVoteSharesAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name    string
		netuids []uint32
		shares  []uint64
	}{
		{"when netuids do not ascend", []uint32{2, 1}, []uint64{1, 1}},
		{"when a netuid is there twice", []uint32{1, 1}, []uint64{1, 1}},
		{"when a netuid is 0", []uint32{0}, []uint64{1}},
		{"when a share is missing", []uint32{1, 2}, []uint64{1}},
		{"when a netuid is missing", []uint32{1}, []uint64{1, 2}},
		{"when a share is more than all", []uint32{1}, []uint64{types.WholeShare + 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			require.NoError(t, f.k.SetVoteShares(f.ctx, []uint32{1, 7}, []uint64{types.WholeShare, 3}))
			require.ErrorIs(t, f.k.SetVoteShares(f.ctx, tc.netuids, tc.shares), types.ErrVoteSharesInvalid)
			state, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, []types.VoteShare{{Netuid: 1, Share: types.WholeShare}, {Netuid: 7, Share: 3}}, state.VoteShares)
		})
	}
}

func TestTheOwnerOfAMinerThatNeverWasIsNotFound(t *testing.T) {
	f := market(t)
	_, err := f.k.MinerOwner(f.ctx, 1, 99)
	require.ErrorIs(t, err, types.ErrMinerNotFound)
	_, err = f.k.MinerOwner(f.ctx, 9, 1)
	require.ErrorIs(t, err, types.ErrMinerNotFound)
}

func TestHooksAreSetOnce(t *testing.T) {
	f := newFixture(t)
	f.k.SetHooks(&hooksMock{})
	require.Panics(t, func() { f.k.SetHooks(&hooksMock{}) })
}

// BenchmarkRemove4096 registers a subnet in place of one with 4,096 miners.
func BenchmarkRemove4096(b *testing.B) {
	f := fullSubnet(b, 4096)
	f.limit(1, 0)
	f.rich("new")
	f.commit()
	b.ReportAllocs()
	for b.Loop() {
		cached, _ := f.ctx.CacheContext()
		balances := f.bank.copy()
		if _, err := f.msgs.RegisterSubnet(cached, &types.MsgRegisterSubnet{Owner: addr("new"), Name: "new"}); err != nil {
			b.Fatal(err)
		}
		f.bank.balances = balances
	}
}
