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
func (k *Keeper) permits(ctx context.Context, subnet types.Subnet, epoch types.Epoch) ([]types.Permit, error) {
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
	before, err := k.epochBefore(ctx, epoch)
	if err != nil {
		return nil, err
	}
	permits := make([]types.Permit, 0, len(candidates))
	for _, c := range candidates {
		if c.permit.ActiveOn, err = k.activeOn(ctx, subnet, before, epoch.Index, c); err != nil {
			return nil, err
		}
		for _, benchmark := range epoch.Benchmarks {
			if err := k.enroll(ctx, epoch, c, benchmark.Benchmark, before.scored(benchmark.Benchmark)); err != nil {
				return nil, err
			}
		}
		permits = append(permits, c.permit)
	}
	return permits, nil
}

// formerEpoch is the epoch before the one that begins: whose rows count in it, and whose.
type formerEpoch struct {
	types.Epoch
	// permitted are the hotkeys that held a permit.
	permitted map[string]bool
}

// scored tells whether a benchmark was scored in the epoch.
func (e formerEpoch) scored(benchmark uint32) bool {
	return slices.ContainsFunc(e.Benchmarks, func(b types.EpochBenchmark) bool { return b.Benchmark == benchmark })
}

// epochBefore reads the epoch before; an empty one when there is none: before the first, and after a start that failed.
func (k *Keeper) epochBefore(ctx context.Context, epoch types.Epoch) (formerEpoch, error) {
	if epoch.Index == 0 {
		return formerEpoch{}, nil
	}
	last, err := k.Epochs.Get(ctx, collections.Join(epoch.Netuid, epoch.Index-1))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return formerEpoch{}, err
	}
	before := formerEpoch{last, make(map[string]bool, len(last.Permits))}
	for _, permit := range last.Permits {
		before.permitted[permit.Hotkey] = true
	}
	return before, nil
}

// activeOn names the benchmarks on which a hotkey counts: those scored in the epoch before, as long as it is awake on them.
// Whoever held no permit in the epoch before cannot have a row in this one, and must not vote zero for it: the power of a
// validator that changes its hotkey would outvote all others. Of an epoch that a pause cut short, only who had committed can
// have a row.
func (k *Keeper) activeOn(ctx context.Context, subnet types.Subnet, before formerEpoch, epoch uint64, c candidate) ([]uint32, error) {
	if !before.permitted[c.permit.Hotkey] {
		return nil, nil
	}
	var active []uint32
	for _, b := range before.Benchmarks {
		if before.Abandoned {
			committed, err := k.Commits.Has(ctx, collections.Join4(before.Netuid, before.Index, b.Benchmark, c.hotkey))
			if err != nil {
				return nil, err
			}
			if !committed {
				continue
			}
		}
		record, err := k.Records.Get(ctx, collections.Join3(subnet.Netuid, c.hotkey, b.Benchmark))
		if err != nil {
			return nil, err
		}
		if epoch <= record.ActiveEpoch+uint64(subnet.Params.ActivityCutoff) {
			active = append(active, b.Benchmark)
		}
	}
	return active, nil
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

// enroll makes sure that the holder of a permit has a scoring record for a benchmark, under the validator that it scores for
// now. On a benchmark that was not scored in the epoch before, nobody's silence counts.
func (k *Keeper) enroll(ctx context.Context, epoch types.Epoch, c candidate, benchmark uint32, scoredBefore bool) error {
	key := collections.Join3(epoch.Netuid, c.hotkey, benchmark)
	record, err := k.Records.Get(ctx, key)
	fresh := errors.Is(err, collections.ErrNotFound)
	switch {
	case fresh:
		record = types.ScoringRecord{Netuid: epoch.Netuid, Hotkey: c.permit.Hotkey, Benchmark: benchmark}
	case err != nil:
		return err
	case scoredBefore && record.Validator == c.permit.Validator:
		return nil
	}
	if fresh || !scoredBefore {
		record.ActiveEpoch = epoch.Index
	}
	// A hotkey that was handed to another validator keeps its history and counts for its new one.
	record.Validator = c.permit.Validator
	return k.Records.Set(ctx, key, record)
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
