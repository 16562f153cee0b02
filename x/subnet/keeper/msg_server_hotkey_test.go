package keeper_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestAppointHotkeySplitsAValidatorsPower(t *testing.T) {
	f := market(t)
	f.appoint("v1", 0, "v1 hot", 6_000)
	f.appoint("v1", 0, "v1 second", 4_000)
	f.appoint("v1", 1, "v1 hot", 10_000)
	appointed := events[types.EventHotkeyAppointed](f)
	require.Equal(t, types.EventHotkeyAppointed{Validator: valoper("v1"), Netuid: 1, Hotkey: addr("v1 hot"), ShareBp: 10_000}, appointed[len(appointed)-1])
	response, err := f.queries.Appointments(f.ctx, &types.QueryAppointmentsRequest{Validator: valoper("v1")})
	require.NoError(t, err)
	require.Len(t, response.Appointments, 3)
	f.sound()

	t.Run("and a share of 0 revokes", func(t *testing.T) {
		f.appoint("v1", 0, "v1 second", 0)
		f.appoint("v1", 0, "v1 hot", 0)
		response, err := f.queries.Appointments(f.ctx, &types.QueryAppointmentsRequest{Validator: valoper("v1")})
		require.NoError(t, err)
		require.Equal(t, []types.Appointment{{Validator: valoper("v1"), Netuid: 1, Hotkey: addr("v1 hot"), ShareBp: 10_000}}, response.Appointments)
	})
}

func TestAppointHotkeyIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture, *types.MsgAppointHotkey)
	}{
		{"when the operator is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgAppointHotkey) { m.Operator = valoper("v1") }},
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgAppointHotkey) { m.Hotkey = "x" }},
		{"when the signer operates no validator", types.ErrNotValidatorOperator, func(_ *fixture, m *types.MsgAppointHotkey) { m.Operator = addr("a") }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgAppointHotkey) { m.Netuid = 2 }},
		{"when the share is more than the whole", types.ErrShareInvalid, func(_ *fixture, m *types.MsgAppointHotkey) { m.ShareBp = 10_001 }},
		{"when the shares are more than the whole", types.ErrShareInvalid, func(f *fixture, m *types.MsgAppointHotkey) { m.Netuid, m.ShareBp = 0, 1 }},
		{"when the hotkey scores for another validator", types.ErrHotkeyOfOtherValidator, func(_ *fixture, m *types.MsgAppointHotkey) { m.Hotkey = addr("v2 hot") }},
		{"when the hotkey mines on any subnet", types.ErrHotkeyOfMiner, func(_ *fixture, m *types.MsgAppointHotkey) { m.Hotkey = addr("c hot") }},
		{"when there is nothing to revoke", types.ErrAppointmentNotFound, func(_ *fixture, m *types.MsgAppointHotkey) { m.ShareBp = 0 }},
		{"when the validator has all the hotkeys it may have", types.ErrTooManyHotkeys, func(f *fixture, m *types.MsgAppointHotkey) {
			for i := range types.MaxHotkeysPerValidator {
				f.appoint("v1", 1, fmt.Sprint("v1 hot ", i), 1)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgAppointHotkey{Operator: addr("v1"), Netuid: 1, Hotkey: addr("v1 other"), ShareBp: 5_000}
			tc.setup(f, msg)
			_, err := do(f, f.msgs.AppointHotkey, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

func TestAHotkeyIsFreeOnceItsValidatorRevokedIt(t *testing.T) {
	f := market(t)
	f.appoint("v1", 1, "v1 hot", 10_000)
	f.appoint("v1", 0, "v1 hot", 0)
	_, err := do(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: addr("v2"), Netuid: 1, Hotkey: addr("v1 hot"), ShareBp: 1})
	require.ErrorIs(t, err, types.ErrHotkeyOfOtherValidator, "one appointment is left")
	t.Run("also when the validator is gone", func(t *testing.T) {
		f.staking.validators = f.staking.validators[1:]
		f.appoint("v1", 1, "v1 hot", 0)
		f.appoint("v2", 1, "v1 hot", 1)
		f.sound()
	})
}

func TestPermitsGoToTheGreatestPowers(t *testing.T) {
	f := market(t)
	f.staking.add("v3", 200_000_000)
	f.staking.add("jailed", 900_000_000)
	f.staking.change("jailed", func(v *stakingtypes.Validator) { v.Jailed = true })
	f.staking.add("unbonding", 900_000_000)
	f.staking.change("unbonding", func(v *stakingtypes.Validator) { v.Status = stakingtypes.Unbonding })
	f.staking.add("poor", 999_999)
	f.staking.add("silent", 900_000_000)
	for _, name := range []string{"v3", "jailed", "unbonding", "poor"} {
		f.appoint(name, 0, name+" hot", 10_000)
	}
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	// Nobody counts in the first epoch of a permit: nobody can have a row in it.
	permit := func(name, hotkey string, power uint64) types.Permit {
		return types.Permit{Validator: valoper(name), Hotkey: addr(hotkey), Power: power}
	}
	second, third := permit("v2", "v2 hot", 200_000_000), permit("v3", "v3 hot", 200_000_000)
	if string(addressOf("v3 hot")) < string(addressOf("v2 hot")) {
		second, third = third, second
	}
	require.Equal(t, []types.Permit{permit("v1", "v1 hot", 300_000_000), second, third}, f.epoch().Permits,
		"by power, then hotkey bytes; not those jailed, unbonding, too poor or without an appointment")

	t.Run("an appointment for the subnet takes the place of those for all", func(t *testing.T) {
		f.appoint("v1", 1, "v1 special", 5_000)
		f.appoint("v1", 1, "v1 more", 4_000)
		f.to(12)
		require.Contains(t, f.epoch().Permits, permit("v1", "v1 special", 150_000_000))
		require.NotContains(t, f.epoch().Permits, permit("v1", "v1 hot", 300_000_000))
		require.Len(t, f.epoch().Permits, 3, "max_validators bounds the permits: v1 more is the fourth")
		require.NotContains(t, f.epoch().Permits, permit("v1", "v1 more", 120_000_000))
	})
	t.Run("an appointment in the middle of an epoch takes effect with the next", func(t *testing.T) {
		before := f.epoch().Permits
		f.appoint("v2", 0, "v2 hot", 0)
		f.to(15)
		require.Equal(t, before, f.epoch().Permits)
		f.to(22)
		require.Contains(t, f.epoch().Permits, permit("v1", "v1 more", 120_000_000))
	})
}

func TestANewPermitCountsFromItsSecondEpochOn(t *testing.T) {
	f := started(t)
	active := func() map[string]bool {
		found := map[string]bool{}
		for _, permit := range f.epoch().Permits {
			found[permit.Hotkey] = permit.CountsOn(0)
		}
		return found
	}
	require.Equal(t, map[string]bool{addr("v1 hot"): false, addr("v2 hot"): false}, active())
	f.to(12)
	require.Equal(t, map[string]bool{addr("v1 hot"): true, addr("v2 hot"): true}, active())

	t.Run("so that a validator which changes its hotkey does not outvote the others with an empty row", func(t *testing.T) {
		f.appoint("v1", 0, "v1 hot", 0)
		f.appoint("v1", 0, "v1 fresh", 10_000)
		f.to(22)
		require.Equal(t, map[string]bool{addr("v1 fresh"): false, addr("v2 hot"): true}, active())
		f.to(32)
		require.Equal(t, map[string]bool{addr("v1 fresh"): true, addr("v2 hot"): true}, active())
	})
	t.Run("also when it comes back after an epoch without", func(t *testing.T) {
		f.appoint("v1", 0, "v1 fresh", 0)
		f.to(42)
		require.Equal(t, map[string]bool{addr("v2 hot"): false}, active(), "v2 revealed nothing for too long")
		f.appoint("v1", 0, "v1 fresh", 10_000)
		f.to(52)
		require.Equal(t, map[string]bool{addr("v1 fresh"): false, addr("v2 hot"): false}, active())
	})
	t.Run("and after an epoch whose start failed nobody does", func(t *testing.T) {
		f.to(61)
		f.endBlock()
		f.staking.err = errors.New("staking is broken")
		f.beginBlock()
		f.staking.err = nil
		f.to(72)
		require.Equal(t, map[string]bool{addr("v1 fresh"): false, addr("v2 hot"): false}, active())
	})
}
