package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// permits chooses who may score in an epoch: the max_validators hotkeys with the greatest scoring
// power, by descending power, ties by ascending hotkey bytes. The walk is bounded by the bonded
// validators of x/staking times MaxHotkeysPerValidator.
func (k *Keeper) permits(ctx context.Context, subnet types.Subnet, epoch uint64) ([]types.Permit, error) {
	candidates, err := k.candidates(ctx, subnet)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		switch {
		case a.permit.Power > b.permit.Power:
			return -1
		case a.permit.Power < b.permit.Power:
			return 1
		}
		return bytes.Compare(a.hotkey, b.hotkey)
	})
	candidates = candidates[:min(len(candidates), int(subnet.Params.MaxValidators))]
	before, err := k.permittedBefore(ctx, subnet.Netuid, epoch)
	if err != nil {
		return nil, err
	}
	permits := make([]types.Permit, 0, len(candidates))
	for _, c := range candidates {
		awake, err := k.enroll(ctx, subnet, epoch, c)
		if err != nil {
			return nil, err
		}
		// Whoever held no permit in the epoch before cannot have a row in this one, and must not vote
		// zero for it: the power of a validator that changes its hotkey would outvote all others.
		c.permit.Active = awake && before[c.permit.Hotkey]
		permits = append(permits, c.permit)
	}
	return permits, nil
}

// permittedBefore is the set of hotkeys that held a permit in the epoch before; nobody did before the
// first one and in an epoch whose start failed.
func (k *Keeper) permittedBefore(ctx context.Context, netuid uint32, epoch uint64) (map[string]bool, error) {
	if epoch == 0 {
		return nil, nil
	}
	last, err := k.Epochs.Get(ctx, collections.Join(netuid, epoch-1))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	hotkeys := make(map[string]bool, len(last.Permits))
	for _, permit := range last.Permits {
		hotkeys[permit.Hotkey] = true
	}
	return hotkeys, nil
}

// candidate is a hotkey that could get a permit.
type candidate struct {
	hotkey sdk.AccAddress
	permit types.Permit
}

// candidates lists the appointed hotkeys of bonded, not jailed validators with enough power.
func (k *Keeper) candidates(ctx context.Context, subnet types.Subnet) ([]candidate, error) {
	var found []candidate
	var failed error
	err := k.staking.IterateBondedValidatorsByPower(ctx, func(_ int64, validator stakingtypes.ValidatorI) bool {
		if validator.IsJailed() || !validator.IsBonded() {
			return false
		}
		operator, err := k.validators.StringToBytes(validator.GetOperator())
		if err != nil {
			failed = err
			return true
		}
		appointments, err := k.appointmentsFor(ctx, operator, subnet.Netuid)
		if err != nil {
			failed = err
			return true
		}
		for _, a := range appointments {
			power := scoringPower(validator.GetTokens(), a.Value.ShareBp)
			if power < subnet.Params.MinScoringPower {
				continue
			}
			found = append(found, candidate{
				hotkey: a.Key.K3(),
				permit: types.Permit{Validator: a.Value.Validator, Hotkey: a.Value.Hotkey, Power: power},
			})
		}
		return false
	})
	return found, errors.Join(err, failed)
}

// appointmentsFor lists a validator's appointments that hold on a subnet: its own there, or else those for all subnets.
func (k *Keeper) appointmentsFor(ctx context.Context, operator sdk.ValAddress, netuid uint32) ([]collections.KeyValue[appointmentKey, types.Appointment], error) {
	own, err := k.appointmentsOn(ctx, operator, netuid)
	if err != nil || len(own) > 0 {
		return own, err
	}
	return k.appointmentsOn(ctx, operator, 0)
}

// appointmentsOn lists a validator's appointments for exactly this netuid, at most MaxHotkeysPerValidator.
func (k *Keeper) appointmentsOn(ctx context.Context, operator sdk.ValAddress, netuid uint32) ([]collections.KeyValue[appointmentKey, types.Appointment], error) {
	iter, err := k.Appointments.Iterate(ctx, collections.NewSuperPrefixedTripleRange[sdk.ValAddress, uint32, sdk.AccAddress](operator, netuid))
	if err != nil {
		return nil, err
	}
	return iter.KeyValues()
}

// enroll makes sure that the holder of a permit has a scoring record, and tells whether it is awake: it
// is until activity_cutoff epochs have passed since its last reveal, or its first permit.
func (k *Keeper) enroll(ctx context.Context, subnet types.Subnet, epoch uint64, c candidate) (awake bool, err error) {
	key := collections.Join(subnet.Netuid, c.hotkey)
	record, err := k.Records.Get(ctx, key)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		record = types.ScoringRecord{Netuid: subnet.Netuid, Hotkey: c.permit.Hotkey, Validator: c.permit.Validator, ActiveEpoch: epoch}
	case err != nil:
		return false, err
	case record.Validator == c.permit.Validator:
		return isAwake(record, subnet.Params, epoch), nil
	default:
		// The hotkey was handed to another validator: it keeps its history and counts for its new one.
		record.Validator = c.permit.Validator
	}
	return isAwake(record, subnet.Params, epoch), k.Records.Set(ctx, key, record)
}

func isAwake(record types.ScoringRecord, params types.SubnetParams, epoch uint64) bool {
	return epoch <= record.ActiveEpoch+uint64(params.ActivityCutoff)
}

// scoringPower is tokens x share, rounded down; amounts beyond 64 bits count as the greatest.
func scoringPower(tokens math.Int, shareBP uint32) uint64 {
	power := tokens.MulRaw(int64(shareBP)).QuoRaw(types.BasisPoints)
	if power.IsNegative() {
		return 0
	}
	if !power.IsUint64() {
		return ^uint64(0)
	}
	return power.Uint64()
}

// permitOf finds a hotkey's permit in an epoch; -1 when it has none.
func permitOf(epoch types.Epoch, hotkey string) int {
	return slices.IndexFunc(epoch.Permits, func(p types.Permit) bool { return p.Hotkey == hotkey })
}
