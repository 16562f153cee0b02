package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// change is an owner's change of the parameters of subnet 1.
func change(params types.SubnetParams, fields ...string) *types.MsgUpdateSubnetParams {
	return &types.MsgUpdateSubnetParams{Signer: addr("owner"), Netuid: 1, Fields: fields, Params: params}
}

// freeze sets the module parameter params_freeze.
func (f *fixture) freeze(blocks uint64) {
	f.t.Helper()
	params, err := f.k.Params.Get(f.ctx)
	require.NoError(f.t, err)
	params.ParamsFreeze = blocks
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
}

// param is what the query says of one parameter of subnet 1.
func (f *fixture) param(name string) types.ParamInfo {
	f.t.Helper()
	response, err := f.queries.SubnetParams(f.ctx, &types.QuerySubnetParamsRequest{Netuid: 1})
	require.NoError(f.t, err)
	for _, info := range response.Params {
		if info.Name == name {
			return info
		}
	}
	require.Fail(f.t, "no parameter "+name)
	return types.ParamInfo{}
}

func TestParametersOfASubnetThatRunsChangeWithItsNextEpoch(t *testing.T) {
	f := started(t)
	before := f.subnet(1).Params
	response := must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 20, MaxMiners: 2}, "tempo"))
	require.EqualValues(t, 1, response.EffectiveEpoch)
	require.Equal(t, []types.EventSubnetParamsUpdated{{Netuid: 1, Fields: []string{"tempo"}, By: addr("owner"), EffectiveEpoch: 1}}, events[types.EventSubnetParamsUpdated](f))
	require.Equal(t, before, f.subnet(1).Params, "what is under way goes on as it began")
	require.EqualValues(t, 11, f.epoch().EndHeight)
	f.sound()

	t.Run("several changes come together, and what is not named is not looked at", func(t *testing.T) {
		f.to(4)
		must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{RevealWindow: 15, ImmunityPeriod: 7}, "reveal_window", "immunity_period"))
		f.to(11)
		require.Equal(t, before, f.subnet(1).Params)
		f.to(12)
		want := before
		want.Tempo, want.RevealWindow, want.ImmunityPeriod = 20, 15, 7
		require.Equal(t, want, f.subnet(1).Params)
		require.Nil(t, f.subnet(1).NextParams)
		require.EqualValues(t, 31, f.epoch().EndHeight)
		f.sound()
		f.to(32)
		require.EqualValues(t, 2, f.epoch().Index)
	})
	t.Run("a change that is taken back before it counts leaves nothing to wait for", func(t *testing.T) {
		must(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{Signer: f.gov, Netuid: 1, Fields: []string{"kappa"}, Params: types.SubnetParams{Kappa: 9}})
		require.NotNil(t, f.subnet(1).NextParams)
		must(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{Signer: f.gov, Netuid: 1, Fields: []string{"kappa"}, Params: types.SubnetParams{Kappa: before.Kappa}})
		require.Nil(t, f.subnet(1).NextParams)
	})
}

func TestParametersChangeAtOnceWhileNoEpochIsUnderWay(t *testing.T) {
	t.Run("on a subnet that was never started", func(t *testing.T) {
		f := market(t)
		require.Zero(t, must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 40}, "tempo")).EffectiveEpoch)
		require.EqualValues(t, 40, f.subnet(1).Params.Tempo)
		f.sound()
	})
	t.Run("and in the block of the start", func(t *testing.T) {
		f := market(t)
		must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 40}, "tempo"))
		f.to(2)
		require.EqualValues(t, 41, f.epoch().EndHeight)
		f.sound()
	})
	t.Run("but not on a paused one, whose epoch is given up when it goes on", func(t *testing.T) {
		f := started(t)
		f.to(9)
		f.pause(1)
		require.EqualValues(t, 1, must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 40}, "tempo")).EffectiveEpoch, "and nothing is frozen meanwhile")
		require.EqualValues(t, 10, f.subnet(1).Params.Tempo)
		f.to(20)
		f.resume(1)
		require.EqualValues(t, 40, f.subnet(1).Params.Tempo)
		f.to(21)
		require.EqualValues(t, 60, f.epoch().EndHeight)
		f.sound()
	})
}

func TestThePriceOfARegistrationGoesOnWhenItsParametersChange(t *testing.T) {
	price := func(f *fixture) uint64 {
		response, err := f.queries.RegistrationPrice(f.ctx, &types.QueryRegistrationPriceRequest{Netuid: 1})
		require.NoError(t, err)
		return response.Price
	}
	for _, tc := range []struct {
		name   string
		field  string
		params types.SubnetParams
		same   bool
	}{
		{"by another half-life it falls on from where it stands", "burn_half_life", types.SubnetParams{BurnHalfLife: 100_000}, true},
		{"a greater minimum lifts it", "min_burn", types.SubnetParams{MinBurn: 900_000}, false},
		{"a lower maximum lowers it", "max_burn", types.SubnetParams{MaxBurn: 1_001}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			f.to(5)
			before := price(f)
			must(f, f.msgs.UpdateSubnetParams, change(tc.params, tc.field))
			if after := price(f); tc.same {
				require.Equal(t, before, after)
			} else {
				require.NotEqual(t, before, after)
				require.LessOrEqual(t, after, f.subnet(1).Params.MaxBurn)
				require.GreaterOrEqual(t, after, f.subnet(1).Params.MinBurn)
			}
		})
	}
}

func TestAChangeOfParametersIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgUpdateSubnetParams)
	}{
		{"when the signer is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Signer = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Netuid = 9 }},
		{"by governance too", types.ErrSubnetNotFound, func(f *fixture, m *types.MsgUpdateSubnetParams) { m.Signer, m.Netuid = f.gov, 9 }},
		{"when the signer is neither owner nor governance", types.ErrNotOwner, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Signer = addr("a") }},
		{"when no field is named", types.ErrFieldsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Fields = nil }},
		{"when a field is no parameter", types.ErrFieldsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Fields = []string{"temp"} }},
		{"when a field is empty", types.ErrFieldsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Fields = []string{""} }},
		{"when a field is named twice", types.ErrFieldsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Fields = []string{"tempo", "tempo"} }},
		{"when more fields are named than there are", types.ErrFieldsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Fields = make([]string, 1_000) }},
		{"when a value is out of its range", types.ErrSubnetParamsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Params.Tempo = 3 }},
		{"when a named value is left out", types.ErrSubnetParamsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Params = types.SubnetParams{} }},
		{"when it contradicts a value that stays", types.ErrSubnetParamsInvalid, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Params.Tempo = 5 }},
		{"when it contradicts a value that waits for the next epoch", types.ErrSubnetParamsInvalid, func(f *fixture, m *types.MsgUpdateSubnetParams) {
			must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{RevealWindow: 9}, "reveal_window"))
			m.Params.Tempo = 8
		}},
		{"when the epochs would cost too much", types.ErrSubnetWorkExceeded, func(_ *fixture, m *types.MsgUpdateSubnetParams) {
			m.Fields, m.Params = []string{"max_miners", "max_validators", "tempo", "reveal_window"}, types.SubnetParams{MaxMiners: 4_096, MaxValidators: 256, Tempo: 4, RevealWindow: 2}
			m.Signer = addr("gov")
		}},
		{"when everything stays as it is", types.ErrParamsUnchanged, func(_ *fixture, m *types.MsgUpdateSubnetParams) { m.Params.Tempo = 10 }},
		{"when the parameter is for governance", types.ErrParamOfGovernance, func(_ *fixture, m *types.MsgUpdateSubnetParams) {
			m.Fields, m.Params = []string{"kappa"}, types.SubnetParams{Kappa: 9}
		}},
		{"when a slot would go that a miner holds", types.ErrSlotsTaken, func(_ *fixture, m *types.MsgUpdateSubnetParams) {
			m.Fields, m.Params = []string{"max_miners"}, types.SubnetParams{MaxMiners: 2}
		}},
		{"by governance too, when a slot would go that a miner holds", types.ErrSlotsTaken, func(f *fixture, m *types.MsgUpdateSubnetParams) {
			m.Signer, m.Fields, m.Params = f.gov, []string{"max_miners"}, types.SubnetParams{MaxMiners: 2}
		}},
		{"in the last blocks of an epoch", types.ErrParamsFrozen, func(f *fixture, _ *types.MsgUpdateSubnetParams) { f.to(7) }},
		{"in its very last block", types.ErrParamsFrozen, func(f *fixture, _ *types.MsgUpdateSubnetParams) { f.to(11) }},
		{"when the parameter was changed a short time ago", types.ErrParamChangedRecently, func(f *fixture, m *types.MsgUpdateSubnetParams) {
			must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 30}, "tempo"))
			f.to(12)
			m.Params.Tempo = 10
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			msg := change(types.SubnetParams{Tempo: 20}, "tempo")
			tc.change(f, msg)
			before, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			_, err = do(f, f.msgs.UpdateSubnetParams, msg)
			require.ErrorIs(t, err, tc.want)
			after, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

func TestAnOwnerWaitsForTheIntervalOfAParameterAndGovernanceDoesNot(t *testing.T) {
	f := market(t)
	must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{ImmunityPeriod: 30}, "immunity_period"))
	by := func(signer string, value uint64) error {
		msg := change(types.SubnetParams{ImmunityPeriod: value}, "immunity_period")
		msg.Signer = signer
		_, err := do(f, f.msgs.UpdateSubnetParams, msg)
		return err
	}
	f.to(360)
	require.ErrorIs(t, by(addr("owner"), 31), types.ErrParamChangedRecently)
	f.to(361)
	require.NoError(t, by(addr("owner"), 31))
	require.NoError(t, by(f.gov, 32))
	require.ErrorIs(t, by(addr("owner"), 33), types.ErrParamChangedRecently, "a change by governance counts too")
}

func TestTheFreezeTakesAtMostHalfOfAnEpoch(t *testing.T) {
	for _, tc := range []struct {
		name         string
		freeze       uint64
		open, frozen int64
	}{
		{"a short freeze holds as long as it says", 2, 9, 10},
		{"a freeze longer than the epoch holds for half of it", 1_000, 6, 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			f.freeze(tc.freeze)
			response, err := f.queries.SubnetParams(f.ctx, &types.QuerySubnetParamsRequest{Netuid: 1})
			require.NoError(t, err)
			require.Equal(t, tc.frozen, response.FrozenFrom)
			f.to(tc.open)
			must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 20}, "tempo"))
			f.to(tc.frozen)
			_, err = do(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{ImmunityPeriod: 30}, "immunity_period"))
			require.ErrorIs(t, err, types.ErrParamsFrozen)
			governed := change(types.SubnetParams{ImmunityPeriod: 30}, "immunity_period")
			governed.Signer = f.gov
			must(f, f.msgs.UpdateSubnetParams, governed)
			f.to(12)
			require.EqualValues(t, 30, f.subnet(1).Params.ImmunityPeriod)
		})
	}
	t.Run("without a freeze the last block is open, but not what an overdue epoch adds", func(t *testing.T) {
		f := started(t)
		f.freeze(0)
		f.to(11)
		must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 20}, "tempo"))
		f.beginBlock()
		_, err := do(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{ImmunityPeriod: 30}, "immunity_period"))
		require.ErrorIs(t, err, types.ErrParamsFrozen)
	})
}

func TestSlotsThatAreAboutToGoTakeNobody(t *testing.T) {
	f := started(t)
	must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{MaxMiners: 3}, "max_miners"))
	_, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("d hot")})
	require.ErrorIs(t, err, types.ErrAllMinersImmune)
	f.sound()
	f.to(12)
	require.EqualValues(t, 3, f.subnet(1).Params.MaxMiners)
	f.sound()
}

func TestTheParameterQuerySaysAllThereIsToKnow(t *testing.T) {
	f := started(t)
	f.to(4)
	must(f, f.msgs.UpdateSubnetParams, change(types.SubnetParams{Tempo: 20}, "tempo"))
	response, err := f.queries.SubnetParams(f.ctx, &types.QuerySubnetParamsRequest{Netuid: 1})
	require.NoError(t, err)
	require.Len(t, response.Params, len(types.SubnetParamSpecs))
	require.EqualValues(t, 7, response.FrozenFrom)
	spec, _ := types.SubnetParamSpec("tempo")
	require.Equal(t, types.ParamInfo{
		Name: "tempo", Value: 10, NextValue: 20, DefaultValue: 360, Min: 4, Max: 50_400, Unit: "blocks", Meaning: spec.Meaning, SideEffects: spec.SideEffects,
		Who: "owner", MinInterval: 720, ChangedHeight: 4, ChangedBy: addr("owner"),
	}, f.param("tempo"))
	kappa := f.param("kappa")
	require.Equal(t, "governance", kappa.Who)
	require.Zero(t, kappa.ChangedHeight)
	require.Equal(t, kappa.Value, kappa.NextValue)

	t.Run("on a subnet that does not run nothing is frozen", func(t *testing.T) {
		f.pause(1)
		response, err := f.queries.SubnetParams(f.ctx, &types.QuerySubnetParamsRequest{Netuid: 1})
		require.NoError(t, err)
		require.Zero(t, response.FrozenFrom)
	})
}
