package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// AppointHotkey lets a hotkey score for the validator that the signer operates, or revokes that.
// It takes effect with the permits of the next epoch.
func (k msgServer) AppointHotkey(ctx context.Context, msg *types.MsgAppointHotkey) (*types.MsgAppointHotkeyResponse, error) {
	account, err := k.decode("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	operator := sdk.ValAddress(account)
	validator, err := k.validators.BytesToString(operator)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}

	key := collections.Join3(operator, msg.Netuid, hotkey)
	appointment := types.Appointment{Validator: validator, Netuid: msg.Netuid, Hotkey: msg.Hotkey, ShareBp: msg.ShareBp}
	if msg.ShareBp == 0 {
		err = k.revoke(ctx, key, appointment)
	} else {
		err = k.appoint(ctx, key, appointment)
	}
	if err != nil {
		return nil, err
	}
	return &types.MsgAppointHotkeyResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHotkeyAppointed{
		Validator: validator, Netuid: msg.Netuid, Hotkey: msg.Hotkey, ShareBp: msg.ShareBp,
	})
}

// revoke removes an appointment. The validator need not exist any more, so that a hotkey is never
// tied to one that is gone.
func (k *Keeper) revoke(ctx context.Context, key appointmentKey, a types.Appointment) error {
	exists, err := k.Appointments.Has(ctx, key)
	if err != nil {
		return err
	}
	if !exists {
		return errorsmod.Wrapf(types.ErrAppointmentNotFound, "hotkey %s of %s on netuid %d", a.Hotkey, a.Validator, a.Netuid)
	}
	return k.Appointments.Remove(ctx, key)
}

// appoint stores an appointment after all checks.
func (k *Keeper) appoint(ctx context.Context, key appointmentKey, a types.Appointment) error {
	if _, err := k.staking.Validator(ctx, key.K1()); err != nil {
		if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
			return errorsmod.Wrap(types.ErrNotValidatorOperator, a.Validator)
		}
		return err
	}
	if a.Netuid != 0 {
		if _, err := k.Subnet(ctx, a.Netuid); err != nil {
			return err
		}
	}
	holder, err := k.validatorOf(ctx, key.K3())
	if err != nil {
		return err
	}
	if holder != nil && !bytes.Equal(holder, key.K1()) {
		return errorsmod.Wrap(types.ErrHotkeyOfOtherValidator, a.Hotkey)
	}
	mines, err := k.minesAnywhere(ctx, key.K3())
	if err != nil {
		return err
	}
	if mines {
		return errorsmod.Wrap(types.ErrHotkeyOfMiner, a.Hotkey)
	}
	if err := k.checkShares(ctx, key, a); err != nil {
		return err
	}
	return k.Appointments.Set(ctx, key, a)
}

// checkShares refuses more than the whole of a validator, and more hotkeys than an epoch's walk allows for.
func (k *Keeper) checkShares(ctx context.Context, key appointmentKey, a types.Appointment) error {
	others, err := k.appointmentsOn(ctx, key.K1(), key.K2())
	if err != nil {
		return err
	}
	total, count := a.ShareBp, 1
	for _, other := range others {
		if !other.Key.K3().Equals(key.K3()) {
			total += other.Value.ShareBp
			count++
		}
	}
	if total > types.BasisPoints {
		return errorsmod.Wrapf(types.ErrShareInvalid, "with %d they add up to %d", a.ShareBp, total)
	}
	if count > types.MaxHotkeysPerValidator {
		return errorsmod.Wrapf(types.ErrTooManyHotkeys, "at most %d", types.MaxHotkeysPerValidator)
	}
	return nil
}
