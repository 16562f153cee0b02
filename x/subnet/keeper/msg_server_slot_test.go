package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// tune changes parameters of subnet 1 as if its owner had chosen them.
func (f *fixture) tune(change func(*types.SubnetParams)) {
	f.t.Helper()
	s := f.subnet(1)
	change(&s.Params)
	require.NoError(f.t, f.k.Subnets.Set(f.ctx, 1, s))
}

func (f *fixture) deregister(miner string, id uint64) {
	f.t.Helper()
	must(f, f.msgs.DeregisterMiner, &types.MsgDeregisterMiner{Owner: addr(miner), Netuid: 1, MinerId: id})
}

// miner returns the miner in a slot of subnet 1.
func (f *fixture) miner(uid uint32) types.Miner {
	f.t.Helper()
	response, err := f.queries.Miner(f.ctx, &types.QueryMinerRequest{Netuid: 1, Uid: uid})
	require.NoError(f.t, err)
	return response.Miner
}

func TestAMinerThatDeregistersLeavesItsSlotFree(t *testing.T) {
	f := market(t)
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3}, []uint64{5, 6, 7}))
	f.deregister("b", 2)
	require.Equal(t, []types.EventMinerDeregistered{{Netuid: 1, Uid: 1, MinerId: 2, Hotkey: addr("b hot")}}, events[types.EventMinerDeregistered](f))
	require.EqualValues(t, 2, f.subnet(1).MinerCount)
	f.sound()

	ids, err := f.k.MinerIDs(f.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 3}, ids, "nothing accrues to it any more")
	owner, err := f.k.MinerOwner(f.ctx, 1, 2)
	require.NoError(t, err)
	require.Equal(t, addressOf("b"), owner, "what it accrued stays claimable")
	graph, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1})
	require.NoError(t, err)
	require.Equal(t, []uint32{0, 2}, graph.Uids)
	require.Equal(t, []uint64{5, 7}, graph.LastEmissions)

	t.Run("and the next newcomer takes the lowest free slot, as another identity", func(t *testing.T) {
		f.deregister("a", 1)
		require.EqualValues(t, 0, f.register("d").Uid)
		again := f.register("b")
		require.EqualValues(t, 1, again.Uid)
		require.EqualValues(t, 5, again.MinerId)
		require.Zero(t, f.miner(1).LastEmission)
		f.to(f.ctx.BlockHeight() + 1)
		f.rich("e")
		require.EqualValues(t, 3, f.register("e").Uid)
		f.sound()
	})
}

func TestAFreeSlotAmongThousandsIsFoundForLittleGas(t *testing.T) {
	f := fullSubnet(t, 4_096)
	f.deregister("owner", 4_095)
	f.rich("d")
	cached, _ := f.ctx.CacheContext()
	before := cached.GasMeter().GasConsumed()
	response, err := f.msgs.RegisterMiner(cached, &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("d hot")})
	require.NoError(t, err)
	require.EqualValues(t, 4_094, response.Uid)
	require.Less(t, cached.GasMeter().GasConsumed()-before, uint64(1_000_000))
}

func TestTheLastMinerMayLeaveAndOthersMayComeBack(t *testing.T) {
	f := market(t)
	for i, name := range []string{"a", "b", "c"} {
		f.deregister(name, uint64(i+1))
	}
	require.Zero(t, f.subnet(1).MinerCount)
	f.sound()
	require.EqualValues(t, 0, f.register("c").Uid)
	f.sound()
}

func TestWhatAMinerThatDeregisteredWasGivenIsDropped(t *testing.T) {
	f := started(t)
	reveal := row("v2 hot", 0, 1, 2, 3)
	must(f, f.msgs.CommitScores, commitOf(t, "v2 hot", reveal))
	f.to(12)
	f.deregister("b", 2)
	must(f, f.msgs.RevealScores, reveal)
	require.EqualValues(t, 1, events[types.EventScoresRevealed](f)[0].Dropped)
	rows, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 3}, rows[0].MinerIds)
	f.sound()
}

func TestAMinerMayDeregisterWhileItsSubnetIsPaused(t *testing.T) {
	f := started(t)
	f.pause(1)
	f.deregister("b", 2)
	f.sound()
}

func TestDeregisterMinerIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgDeregisterMiner)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgDeregisterMiner) { m.Owner = "" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgDeregisterMiner) { m.Netuid = 9 }},
		{"when the identity was never given", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgDeregisterMiner) { m.MinerId = 9 }},
		{"when the miner belongs to another", types.ErrNotMinerOwner, func(_ *fixture, m *types.MsgDeregisterMiner) { m.Owner = addr("b") }},
		{"when its hotkey signs instead of its owner", types.ErrNotMinerOwner, func(_ *fixture, m *types.MsgDeregisterMiner) { m.Owner = addr("a hot") }},
		{"when it holds no slot any more", types.ErrMinerNotFound, func(f *fixture, _ *types.MsgDeregisterMiner) { f.deregister("a", 1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgDeregisterMiner{Owner: addr("a"), Netuid: 1, MinerId: 1}
			tc.change(f, msg)
			before := f.subnet(1)
			_, err := do(f, f.msgs.DeregisterMiner, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.subnet(1))
		})
	}
}

func TestANewHotkeyTakesTheMinerOver(t *testing.T) {
	f := market(t)
	must(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("b hot"), Netuid: 1, Endpoints: []string{"http://b.example"}, Protocols: []string{"agora/1"}, Capabilities: types.Capabilities{Model: "m"}})
	must(f, f.msgs.CommitModel, model("b hot"))
	must(f, f.msgs.BondMiner, &types.MsgBondMiner{Owner: addr("b"), Netuid: 1, MinerId: 2, Amount: 77})
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3}, []uint64{0, 9, 0}))
	before := f.miner(1)
	f.to(7)
	must(f, f.msgs.RotateHotkey, &types.MsgRotateHotkey{Owner: addr("b"), Netuid: 1, MinerId: 2, Hotkey: addr("b cold start")})
	require.Equal(t, []types.EventHotkeyRotated{{Netuid: 1, MinerId: 2, OldHotkey: addr("b hot"), NewHotkey: addr("b cold start")}}, events[types.EventHotkeyRotated](f))

	want := before
	want.Hotkey, want.HotkeyHeight = addr("b cold start"), 7
	want.Endpoints, want.Protocols, want.Capabilities, want.ServedHeight = nil, nil, types.Capabilities{}, 0
	require.Equal(t, want, f.miner(1), "slot, identity, model, bond and emission stay; what was served is taken back")
	byHotkey, err := f.queries.MinerByHotkey(f.ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: addr("b cold start")})
	require.NoError(t, err)
	require.Equal(t, want, byHotkey.Miner)
	_, err = do(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("b hot"), Netuid: 1})
	require.ErrorIs(t, err, types.ErrMinerNotFound, "the old hotkey has no say any more")
	f.sound()

	t.Run("and the old hotkey is free for anybody", func(t *testing.T) {
		must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("b hot")})
		f.sound()
	})
}

func TestAHotkeyIsChangedAgainOnlyAfterTheInterval(t *testing.T) {
	f := market(t)
	f.tune(func(p *types.SubnetParams) { p.HotkeyInterval = 10 })
	rotate := func(to string) error {
		_, err := do(f, f.msgs.RotateHotkey, &types.MsgRotateHotkey{Owner: addr("a"), Netuid: 1, MinerId: 1, Hotkey: addr(to)})
		return err
	}
	require.NoError(t, rotate("first"), "a hotkey that leaked is changed at once")
	f.to(10)
	require.ErrorIs(t, rotate("second"), types.ErrHotkeyTooSoon)
	f.to(11)
	require.NoError(t, rotate("second"))
	f.sound()
}

func TestRotateHotkeyIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgRotateHotkey)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRotateHotkey) { m.Owner = "" }},
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRotateHotkey) { m.Hotkey = "x" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgRotateHotkey) { m.Netuid = 9 }},
		{"when the identity was never given", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgRotateHotkey) { m.MinerId = 9 }},
		{"when the miner belongs to another", types.ErrNotMinerOwner, func(_ *fixture, m *types.MsgRotateHotkey) { m.Owner = addr("b") }},
		{"when the miner holds no slot any more", types.ErrMinerNotFound, func(f *fixture, _ *types.MsgRotateHotkey) { f.deregister("a", 1) }},
		{"when the hotkey is the one it has", types.ErrHotkeyRegistered, func(_ *fixture, m *types.MsgRotateHotkey) { m.Hotkey = addr("a hot") }},
		{"when the hotkey mines here already", types.ErrHotkeyRegistered, func(_ *fixture, m *types.MsgRotateHotkey) { m.Hotkey = addr("b hot") }},
		{"when the hotkey scores for a validator", types.ErrHotkeyOfValidator, func(_ *fixture, m *types.MsgRotateHotkey) { m.Hotkey = addr("v1 hot") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgRotateHotkey{Owner: addr("a"), Netuid: 1, MinerId: 1, Hotkey: addr("new")}
			tc.change(f, msg)
			_, err := do(f, f.msgs.RotateHotkey, msg)
			require.ErrorIs(t, err, tc.want)
			f.sound()
		})
	}
}

func TestSomeSlotsStayOpenToNewcomers(t *testing.T) {
	// Four miners registered at heights 1, 3, 5 and 7; immunity lasts 20 blocks.
	full := func(t *testing.T, floor uint32) *fixture {
		f := newFixture(t)
		f.rich("owner", "a", "b", "c", "d", "e")
		must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
		for i, name := range []string{"a", "b", "c", "d"} {
			f.to(int64(1 + 2*i))
			f.register(name)
		}
		f.tune(func(p *types.SubnetParams) { p.MinOpenSlots = floor })
		require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3, 4}, []uint64{9, 8, 0, 0}))
		return f
	}
	for _, tc := range []struct {
		name   string
		floor  uint32
		height int64
		want   uint32
	}{
		{"the oldest immune miner goes when one slot stays open", 1, 8, 0},
		{"the lowest of the two oldest goes when two slots stay open", 2, 8, 1},
		{"the lowest of three goes when three slots stay open", 3, 8, 2},
		{"the older of equal ones goes when all slots stay open", 4, 8, 2},
		{"more open slots than miners open all of them", 9, 8, 2},
		{"a miner outside immunity counts, so no other is opened", 1, 21, 0},
		{"one outside immunity and the oldest immune one make two", 2, 21, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(t, tc.floor)
			f.to(tc.height)
			require.Equal(t, tc.want, f.register("e").Uid)
			f.sound()
		})
	}
	t.Run("none is opened when the floor is 0", func(t *testing.T) {
		f := full(t, 0)
		f.to(8)
		_, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("e"), Netuid: 1, Hotkey: addr("e hot")})
		require.ErrorIs(t, err, types.ErrAllMinersImmune)
	})
	t.Run("the younger of two of the same block keeps its immunity", func(t *testing.T) {
		f := market(t)
		f.register("d")
		f.rich("e")
		f.deregister("a", 1)
		f.register("a") // the youngest, in the lowest slot
		f.tune(func(p *types.SubnetParams) { p.MinOpenSlots = 1 })
		require.EqualValues(t, 1, f.register("e").Uid)
	})
}

func TestMinersOfAnOwnerAreListedOverAllSubnets(t *testing.T) {
	f := market(t)
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other", Params: quick()})
	for i := range 3 {
		must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("a"), Netuid: 2, Hotkey: addr(fmt.Sprint("a hot ", i))})
	}
	must(f, f.msgs.BondMiner, &types.MsgBondMiner{Owner: addr("a"), Netuid: 2, MinerId: 2, Amount: 50})
	must(f, f.msgs.DeregisterMiner, &types.MsgDeregisterMiner{Owner: addr("a"), Netuid: 2, MinerId: 2})
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 2, []uint64{1, 3}, []uint64{4, 5}))

	one, err := f.queries.MinersOfOwner(f.ctx, &types.QueryMinersOfOwnerRequest{Owner: addr("a"), Pagination: pageOf(3, nil)})
	require.NoError(t, err)
	require.Len(t, one.Miners, 3)
	two, err := f.queries.MinersOfOwner(f.ctx, &types.QueryMinersOfOwnerRequest{Owner: addr("a"), Pagination: pageOf(3, one.Pagination.NextKey)})
	require.NoError(t, err)
	require.Empty(t, two.Pagination.NextKey)
	miners := append(one.Miners, two.Miners...)
	require.Len(t, miners, 4, "and nobody else's")
	require.Equal(t, f.miner(0), miners[0])
	require.Equal(t, types.Miner{Netuid: 2, MinerId: 2, Owner: addr("a"), Releasing: 50, ReleaseHeight: 1 + int64(f.subnet(2).Params.BondRelease)}, miners[2],
		"of one without a slot the bond is left")
	require.False(t, miners[2].HasSlot())
	require.EqualValues(t, 5, miners[3].LastEmission)

	none, err := f.queries.MinersOfOwner(f.ctx, &types.QueryMinersOfOwnerRequest{Owner: addr("nobody")})
	require.NoError(t, err)
	require.Empty(t, none.Miners)
}
