package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestRegisterMinerBurnsARisingPriceAndTakesASlot(t *testing.T) {
	f := newFixture(t)
	f.rich("owner", "a", "b")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
	deposit := f.subnet(1).Deposit

	require.Equal(t, &types.MsgRegisterMinerResponse{Uid: 0, MinerId: 1, Burned: 1_000}, f.register("a"))
	require.Equal(t, []types.EventMinerRegistered{{Netuid: 1, Uid: 0, MinerId: 1, Owner: addr("a"), Hotkey: addr("a hot"), Burned: 1_000}}, events[types.EventMinerRegistered](f))
	require.Equal(t, &types.MsgRegisterMinerResponse{Uid: 1, MinerId: 2, Burned: 1_260}, f.register("b"))
	require.EqualValues(t, 2_260, f.bank.burned)
	require.Equal(t, deposit, f.bank.balances[string(types.ModuleAddress)], "deposits stay, prices are burned")
	require.EqualValues(t, 2, f.subnet(1).MinerCount)
	f.sound()

	t.Run("and the price halves with time, down to its minimum", func(t *testing.T) {
		price := func(blocks uint64) uint64 {
			response, err := f.queries.RegistrationPrice(f.ctx, &types.QueryRegistrationPriceRequest{Netuid: 1, Blocks: blocks})
			require.NoError(t, err)
			require.EqualValues(t, 1_588, response.Price)
			return response.Projected
		}
		require.EqualValues(t, 1_588, price(0))
		require.Less(t, price(1), price(0))
		require.EqualValues(t, 1_000, price(10))
		require.EqualValues(t, 1_000, price(^uint64(0)))
	})
}

func TestRegisterMinerIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture, *types.MsgRegisterMiner)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRegisterMiner) { m.Owner = "x" }},
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRegisterMiner) { m.Hotkey = valoper("d") }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgRegisterMiner) { m.Netuid = 2 }},
		{"when the hotkey mines there already", types.ErrHotkeyRegistered, func(_ *fixture, m *types.MsgRegisterMiner) { m.Hotkey = addr("a hot") }},
		{"when the hotkey scores for a validator", types.ErrHotkeyOfValidator, func(_ *fixture, m *types.MsgRegisterMiner) { m.Hotkey = addr("v1 hot") }},
		{"when the price is above what the owner will burn", types.ErrPriceTooHigh, func(_ *fixture, m *types.MsgRegisterMiner) { m.MaxPrice = 1_000 }},
		{"when the owner cannot pay", types.ErrInsufficientFunds, func(f *fixture, _ *types.MsgRegisterMiner) { f.bank.balances[string(addressOf("d"))] = 1 }},
		{"when the block has taken its registrations", types.ErrTooManyRegistrations, func(f *fixture, _ *types.MsgRegisterMiner) {
			params := types.DefaultParams()
			params.MaxMinerRegistrationsPerBlock = 3
			must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
		}},
		{"when the subnet is full and all are immune", types.ErrAllMinersImmune, func(f *fixture, m *types.MsgRegisterMiner) {
			f.register("d")
			m.Hotkey = addr("e hot")
		}},
		{"when no identity is left", types.ErrMinerIdentitiesExceeded, func(f *fixture, _ *types.MsgRegisterMiner) {
			s := f.subnet(1)
			s.NextMinerId = ^uint64(0)
			require.NoError(f.t, f.k.Subnets.Set(f.ctx, 1, s))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("d hot")}
			tc.setup(f, msg)
			before, burned := f.subnet(1), f.bank.burned
			_, err := do(f, f.msgs.RegisterMiner, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.subnet(1))
			require.Equal(t, burned, f.bank.burned)
		})
	}
}

func TestRegistrationsAreCountedAnewInEachBlock(t *testing.T) {
	f := market(t)
	params := types.DefaultParams()
	params.MaxMinerRegistrationsPerBlock = 3
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
	f.to(2)
	require.EqualValues(t, 3, f.register("d").Uid)
}

func TestAHotkeyMayMineOnSeveralSubnetsButHasOneSlotOnEach(t *testing.T) {
	f := market(t)
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other", Params: quick()})
	response := must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("a"), Netuid: 2, Hotkey: addr("a hot")})
	require.Equal(t, &types.MsgRegisterMinerResponse{Uid: 0, MinerId: 1, Burned: 1_000}, response)
	f.sound()
}

func TestAFullSubnetReplacesTheLowestMinerOutsideImmunity(t *testing.T) {
	// Slots 0..3 belong to a, b, c and d, d registered ten blocks later.
	full := func(t *testing.T, emissions ...uint64) *fixture {
		f := market(t)
		f.to(11)
		f.register("d")
		require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3, 4}, emissions))
		f.rich("e")
		return f
	}
	for _, tc := range []struct {
		name      string
		emissions []uint64
		height    int64
		wantUID   uint32
	}{
		{"the one that earned least", []uint64{5, 3, 9, 0}, 40, 3},
		{"the oldest among those that earned the same", []uint64{7, 7, 7, 7}, 40, 0},
		{"the oldest of those that earned nothing", []uint64{5, 0, 0, 0}, 40, 1},
		{"the lowest slot among equals of the same age", []uint64{5, 3, 3, 9}, 40, 1},
		{"not one that is immune, though it earned least", []uint64{5, 3, 9, 0}, 30, 1},
		{"one whose immunity ends in this very block", []uint64{5, 3, 9, 0}, 31, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(t, tc.emissions...)
			f.to(tc.height)
			old, err := f.queries.Miner(f.ctx, &types.QueryMinerRequest{Netuid: 1, Uid: tc.wantUID})
			require.NoError(t, err)
			response := f.register("e")
			require.Equal(t, tc.wantUID, response.Uid)
			require.EqualValues(t, 5, response.MinerId, "identities are never reused")
			require.Equal(t, []types.EventMinerReplaced{{
				Netuid: 1, Uid: tc.wantUID, OldMinerId: old.Miner.MinerId, OldHotkey: old.Miner.Hotkey, NewMinerId: 5, NewHotkey: addr("e hot"),
			}}, events[types.EventMinerReplaced](f))
			require.EqualValues(t, 4, f.subnet(1).MinerCount)
			f.sound()

			_, err = f.queries.MinerByHotkey(f.ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: old.Miner.Hotkey})
			require.ErrorContains(t, err, types.ErrMinerNotFound.Error())
			fresh, err := f.queries.Miner(f.ctx, &types.QueryMinerRequest{Netuid: 1, Uid: tc.wantUID})
			require.NoError(t, err)
			require.Zero(t, fresh.Miner.LastEmission, "a slot's new miner does not inherit emission")
			for i, name := range []string{"a", "b", "c", "d"} {
				ids, err := f.k.MinersOfOwner(f.ctx, 1, addressOf(name))
				require.NoError(t, err)
				require.Equal(t, []uint64{uint64(i + 1)}, ids, "what a replaced miner accrued stays its owner's")
			}
		})
	}
}

func TestAReplacedHotkeyMayRegisterAgain(t *testing.T) {
	f := market(t)
	f.register("d")
	f.to(30)
	f.rich("e")
	require.EqualValues(t, 0, f.register("e").Uid)
	f.to(60)
	require.EqualValues(t, 6, f.register("a").MinerId)
	ids, err := f.k.MinersOfOwner(f.ctx, 1, addressOf("a"))
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 6}, ids)
	f.sound()
}

func TestServePublishesAndIsReadBack(t *testing.T) {
	f := market(t)
	f.to(5)
	msg := &types.MsgServe{
		Hotkey: addr("b hot"), Netuid: 1, Endpoints: []string{"https://b.example:8443"}, TlsPin: make([]byte, 32), Protocols: []string{"agora/1"},
		Capabilities: types.Capabilities{Model: "basics-strong", ModelDigest: make([]byte, 32), Quantization: "f16", Context: 128, PricePerMillionTokens: 10},
	}
	must(f, f.msgs.Serve, msg)
	require.Equal(t, []types.EventMinerServed{{Netuid: 1, Uid: 1, MinerId: 2, Endpoints: msg.Endpoints}}, events[types.EventMinerServed](f))
	response, err := f.queries.MinerByHotkey(f.ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: addr("b hot")})
	require.NoError(t, err)
	require.Equal(t, msg.Endpoints, response.Miner.Endpoints)
	require.Equal(t, msg.Capabilities, response.Miner.Capabilities)
	require.EqualValues(t, 5, response.Miner.ServedHeight)
	must(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("b hot"), Netuid: 1})
	response, err = f.queries.MinerByHotkey(f.ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: addr("b hot")})
	require.NoError(t, err)
	require.Empty(t, response.Miner.Endpoints, "serving nothing takes the endpoints back")
}

func TestServeIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*types.MsgServe)
	}{
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(m *types.MsgServe) { m.Hotkey = "" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(m *types.MsgServe) { m.Netuid = 2 }},
		{"when the hotkey does not mine", types.ErrMinerNotFound, func(m *types.MsgServe) { m.Hotkey = addr("a") }},
		{"when an endpoint is malformed", types.ErrEndpointInvalid, func(m *types.MsgServe) { m.Endpoints = []string{"localhost"} }},
		{"when the pin is malformed", types.ErrServeInvalid, func(m *types.MsgServe) { m.TlsPin = []byte{1} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgServe{Hotkey: addr("a hot"), Netuid: 1}
			tc.change(msg)
			_, err := do(f, f.msgs.Serve, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

func TestEmissionsNameExactlyTheRegisteredMiners(t *testing.T) {
	f := market(t)
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, []uint64{1, 2, 3}, []uint64{10, 0, 30}))
	response, err := f.queries.Miners(f.ctx, &types.QueryMinersRequest{Netuid: 1})
	require.NoError(t, err)
	for i, want := range []uint64{10, 0, 30} {
		require.Equal(t, want, response.Miners[i].LastEmission)
	}
	for name, args := range map[string][2][]uint64{
		"a miner is missing":      {{1, 2}, {1, 2}},
		"a miner is unknown":      {{1, 2, 4}, {1, 2, 3}},
		"an amount is missing":    {{1, 2, 3}, {1, 2}},
		"the order is wrong":      {{2, 1, 3}, {1, 2, 3}},
		"a miner is listed twice": {{1, 2, 2}, {1, 2, 3}},
	} {
		require.ErrorIs(t, f.k.SetMinerEmissions(f.ctx, 1, args[0], args[1]), types.ErrEmissionsMismatch, name)
	}
	require.ErrorIs(t, f.k.SetMinerEmissions(f.ctx, 2, nil, nil), types.ErrSubnetNotFound)
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "second"})
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 2, nil, nil), "a subnet without miners has no emissions")
}

func TestManyMinersKeepTheirSlotsDense(t *testing.T) {
	f := newFixture(t)
	f.rich("owner")
	params := quick()
	params.MaxMiners, params.ImmunityPeriod = 16, 1
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: params})
	for i := range 40 {
		name := fmt.Sprint("miner ", i)
		f.rich(name)
		f.to(f.ctx.BlockHeight() + 1)
		require.EqualValues(t, i%16, f.register(name).Uid)
	}
	f.sound()
}
