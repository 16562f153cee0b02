package simulation

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// AppointHotkey appoints hotkeys of validators, for one subnet or for all, splits shares among several,
// changes and revokes them.
func (o *Operations) AppointHotkey() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAppointHotkey, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		operator, address, ok := o.anyOperator(ctx, data, reporter)
		if !ok {
			return nil, nil, nil
		}
		var netuid uint32 // 0: for every subnet
		if percent(r, 50) {
			subnet, ok := o.anySubnet(ctx, r, reporter, isAny)
			if !ok {
				return nil, nil, nil
			}
			netuid = subnet.Netuid
		}
		standing, err := o.appointments(ctx, address, netuid)
		if err != nil {
			reporter.Fail(err, "list the appointments")
			return nil, nil, nil
		}
		msg := &types.MsgAppointHotkey{Operator: operator.AddressBech32, Netuid: netuid}
		if len(standing) > 0 && percent(r, 50) {
			msg.Hotkey = simsx.OneOf(r, standing).Hotkey
			if percent(r, 60) { // the way to a new hotkey, and to none
				return []simsx.SimAccount{operator}, msg, nil
			}
		} else {
			hotkey := anyScorer(data, reporter)
			if reporter.IsSkipped() {
				return nil, nil, nil
			}
			msg.Hotkey = hotkey.AddressBech32
		}
		msg.ShareBp = uint32(between(r, 1_000, types.BasisPoints+200))
		if msg.ShareBp > types.BasisPoints {
			return []simsx.SimAccount{operator}, msg, refusedWith(types.ErrShareInvalid)
		}
		return []simsx.SimAccount{operator}, msg, mayFailWith(
			types.ErrShareInvalid, types.ErrHotkeyOfOtherValidator, types.ErrHotkeyOfMiner, types.ErrTooManyHotkeys)
	})
}

// anyOperator draws the operator of a validator, most of the time of a bonded one.
func (o *Operations) anyOperator(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) (simsx.SimAccount, sdk.ValAddress, bool) {
	validators, err := o.staking.GetAllValidators(ctx)
	if err != nil {
		reporter.Fail(err, "list the validators")
		return simsx.SimAccount{}, nil, false
	}
	if percent(data.Rand(), 90) {
		var bonded []stakingtypes.Validator
		for _, v := range validators {
			if v.IsBonded() {
				bonded = append(bonded, v)
			}
		}
		validators = bonded
	}
	if len(validators) == 0 {
		reporter.Skip("no validators")
		return simsx.SimAccount{}, nil, false
	}
	address, err := sdk.ValAddressFromBech32(simsx.OneOf(data.Rand(), validators).OperatorAddress)
	if err != nil {
		reporter.Fail(err, "read an operator's address")
		return simsx.SimAccount{}, nil, false
	}
	operator := data.GetAccountbyAccAddr(reporter, sdk.AccAddress(address))
	if reporter.IsSkipped() {
		return simsx.SimAccount{}, nil, false
	}
	return frugal(operator), address, true
}

func (o *Operations) appointments(ctx context.Context, validator sdk.ValAddress, netuid uint32) ([]types.Appointment, error) {
	iter, err := o.keeper.Appointments.Iterate(ctx, collections.NewSuperPrefixedTripleRange[sdk.ValAddress, uint32, sdk.AccAddress](validator, netuid))
	if err != nil {
		return nil, err
	}
	return iter.Values()
}
