package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/indexes"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// brokenSchedule: each subnet is once in each index by height, running ones at the first and the last
// block of their epoch and the others at 0; a pause lies in the past.
func (k *Keeper) brokenSchedule(ctx context.Context, subnets []types.Subnet) ([]string, error) {
	var broken []string
	for _, index := range []struct {
		name   string
		index  *indexes.Multi[int64, uint32, types.Subnet]
		height func(uint32, types.Subnet) (int64, error)
	}{
		{"start", k.Subnets.Indexes.ByStart, epochStart},
		{"end", k.Subnets.Indexes.ByEnd, epochEnd},
	} {
		found := map[uint32]int64{}
		entries := 0
		err := index.index.Walk(ctx, nil, func(at int64, netuid uint32) (bool, error) {
			found[netuid] = at
			entries++
			return false, nil
		})
		if err != nil {
			return nil, err
		}
		if entries != len(subnets) {
			broken = append(broken, fmt.Sprintf("schedule: %d subnets in the index by %s, there are %d", entries, index.name, len(subnets)))
		}
		for _, subnet := range subnets {
			want, err := index.height(subnet.Netuid, subnet)
			if err != nil {
				return nil, err
			}
			if at, ok := found[subnet.Netuid]; !ok || at != want {
				broken = append(broken, fmt.Sprintf("schedule: subnet %d is at height %d in the index by %s, not at %d", subnet.Netuid, at, index.name, want))
			}
		}
	}
	for _, subnet := range subnets {
		if subnet.PausedHeight < 0 || subnet.PausedHeight > height(ctx) {
			broken = append(broken, fmt.Sprintf("schedule: subnet %d is paused since height %d, now is %d", subnet.Netuid, subnet.PausedHeight, height(ctx)))
		}
	}
	return broken, nil
}

// brokenPlans: parameters are valid, those that wait for the next epoch too, which only a subnet has that is in an epoch; no
// miner holds a slot beyond max_miners; only a subnet that was started has a last epoch.
func (k *Keeper) brokenPlans(ctx context.Context, subnets []types.Subnet) ([]string, error) {
	var broken []string
	for _, subnet := range subnets {
		say := func(format string, args ...any) {
			broken = append(broken, fmt.Sprintf("plans of subnet %d: ", subnet.Netuid)+fmt.Sprintf(format, args...))
		}
		if err := subnet.Params.Validate(); err != nil {
			say("%s", err)
		}
		scored := types.ScoredAtOnce(subnet.ShareSteps)
		if err := subnet.Params.CheckWork(scored); err != nil {
			say("%s", err)
		}
		if subnet.NextParams != nil {
			if err := errors.Join(subnet.NextParams.Validate(), subnet.NextParams.CheckWork(scored)); err != nil {
				say("next_params: %s", err)
			}
			if !inEpoch(subnet, height(ctx)) {
				say("parameters wait for the end of an epoch, none is under way")
			}
		}
		if subnet.ClosingEpoch != 0 && subnet.Status != types.SUBNET_STATUS_ACTIVE {
			say("its last epoch is %d, it was never started", subnet.ClosingEpoch)
		}
		if err := k.checkSlots(ctx, subnet.Netuid, slots(subnet)); err != nil {
			say("%s", err)
		}
	}
	return broken, nil
}

// brokenRemains: a subnet that is gone left nothing but the owners of its miners, the share of votes
// that was counted last, and what is still to be swept.
func (k *Keeper) brokenRemains(ctx context.Context, subnets []types.Subnet) ([]string, error) {
	next, err := k.NextNetuid.Get(ctx)
	if err != nil {
		return nil, err
	}
	present, swept := map[uint32]bool{}, map[uint32]bool{0: true} // netuid 0: appointments for every subnet
	for _, subnet := range subnets {
		present[subnet.Netuid] = true
	}
	var broken []string
	say := func(what string, netuid uint32) {
		broken = append(broken, fmt.Sprintf("remains: %s of subnet %d, which is not there", what, netuid))
	}
	err = k.Removed.Walk(ctx, nil, func(netuid uint32) (bool, error) {
		if swept[netuid] = true; present[netuid] || netuid >= next {
			broken = append(broken, fmt.Sprintf("remains: subnet %d is to be swept and not removed", netuid))
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	gone := func(what string, netuid uint32) {
		if !present[netuid] {
			say(what, netuid)
		}
	}
	left := func(what string, netuid uint32) {
		if !present[netuid] && !swept[netuid] {
			say(what, netuid)
		}
	}
	appointments, byNetuid := 0, 0
	for _, walk := range []func() error{
		func() error {
			return k.Miners.Walk(ctx, nil, func(key minerKey, _ types.Miner) (bool, error) { gone("a miner", key.K1()); return false, nil })
		},
		func() error {
			return k.Miners.Indexes.Registered.lists.Walk(ctx, nil, func(netuid uint32, _ []byte) (bool, error) {
				gone("a list of identities", netuid)
				return false, nil
			})
		},
		func() error {
			return k.Emissions.Walk(ctx, nil, func(netuid uint32, _ []byte) (bool, error) { gone("emissions", netuid); return false, nil })
		},
		func() error {
			return k.Registrations.Walk(ctx, nil, func(netuid uint32, _ collections.Pair[int64, uint32]) (bool, error) {
				gone("a count of registrations", netuid)
				return false, nil
			})
		},
		func() error {
			return k.Epochs.Walk(ctx, nil, func(key epochKey, _ types.Epoch) (bool, error) { gone("an epoch", key.K1()); return false, nil })
		},
		func() error {
			return k.Commits.Walk(ctx, nil, func(key scoreKey, _ types.ScoreCommit) (bool, error) { gone("a commit", key.K1()); return false, nil })
		},
		func() error {
			return k.Rows.Walk(ctx, nil, func(key scoreKey, _ types.ScoreRow) (bool, error) { gone("a row", key.K1()); return false, nil })
		},
		func() error {
			return k.ParamChanges.Walk(ctx, nil, func(key paramKey, _ types.ParamChange) (bool, error) {
				gone("a change of a parameter", key.K1())
				return false, nil
			})
		},
		func() error {
			return k.Benchmarks.Walk(ctx, nil, func(key versionKey, _ types.BenchmarkVersion) (bool, error) {
				left("a benchmark", key.K1())
				return false, nil
			})
		},
		func() error {
			return k.Records.Walk(ctx, nil, func(key recordKey, _ types.ScoringRecord) (bool, error) {
				left("a record", key.K1())
				return false, nil
			})
		},
		func() error {
			return k.Refusals.Walk(ctx, nil, func(key refusalKey, _ types.RefusalRecord) (bool, error) {
				left("refusals", key.K1())
				return false, nil
			})
		},
		func() error {
			return k.Appointments.Walk(ctx, nil, func(key appointmentKey, _ types.Appointment) (bool, error) {
				appointments++
				left("an appointment", key.K2())
				return false, nil
			})
		},
		func() error {
			return k.Appointments.Indexes.ByNetuid.Walk(ctx, nil, func(netuid uint32, key appointmentKey) (bool, error) {
				if byNetuid++; key.K2() != netuid {
					broken = append(broken, fmt.Sprintf("remains: an appointment on netuid %d is found under %d", key.K2(), netuid))
				}
				return false, nil
			})
		},
		func() error {
			return k.MinerOwners.Walk(ctx, nil, func(key identityKey, _ sdk.AccAddress) (bool, error) {
				if key.K1() == 0 || key.K1() >= next {
					say("the owner of a miner", key.K1())
				}
				return false, nil
			})
		},
	} {
		if err := walk(); err != nil {
			return nil, err
		}
	}
	if appointments != byNetuid {
		broken = append(broken, fmt.Sprintf("remains: %d appointments, %d by netuid", appointments, byNetuid))
	}
	return broken, nil
}
