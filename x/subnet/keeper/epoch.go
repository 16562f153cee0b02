package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// keptEpochs is how many closed epochs, with their commits and rows, stay readable.
const keptEpochs = 8

// Reasons of EventScoresMissed.
const (
	// ReasonNoCommit: a permit holder committed nothing.
	ReasonNoCommit = "no_commit"
	// ReasonNoReveal: a commit was never opened.
	ReasonNoReveal = "no_reveal"
)

// beginEpoch fixes what the epoch that starts in this block is made of: beacon, benchmarks, permits.
func (k *Keeper) beginEpoch(ctx context.Context, netuid uint32) error {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return err
	}
	epoch := epochOf(subnet)
	if epoch.Beacon, err = k.lastBeacon(ctx); err != nil {
		return err
	}
	if epoch.Benchmarks, err = k.scoredIn(ctx, subnet, epoch); err != nil {
		return err
	}
	if epoch.Permits, err = k.permits(ctx, subnet, epoch); err != nil {
		return err
	}
	if err := k.Epochs.Set(ctx, collections.Join(netuid, epoch.Index), epoch); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochStarted{
		Netuid:      netuid,
		Epoch:       epoch.Index,
		StartHeight: epoch.StartHeight,
		Beacon:      epoch.Beacon,
		Benchmarks:  epoch.Benchmarks,
	})
}

// epochOf is the epoch under way of a running subnet as far as its heights go.
func epochOf(subnet types.Subnet) types.Epoch {
	return types.Epoch{Netuid: subnet.Netuid, Index: subnet.Epoch, StartHeight: subnet.EpochStartHeight, EndHeight: lastHeight(subnet)}
}

// CurrentEpoch returns the epoch under way. It fails with ErrSubnetNotStarted, ErrSubnetPaused, or with ErrEpochNotBegun
// between the block that closed an epoch and the block that begins the next.
func (k *Keeper) CurrentEpoch(ctx context.Context, netuid uint32) (types.Epoch, error) {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return types.Epoch{}, err
	}
	return k.epochUnderWay(ctx, subnet)
}

func (k *Keeper) epochUnderWay(ctx context.Context, subnet types.Subnet) (types.Epoch, error) {
	if err := checkRuns(subnet); err != nil {
		return types.Epoch{}, err
	}
	epoch, err := k.Epochs.Get(ctx, collections.Join(subnet.Netuid, subnet.Epoch))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Epoch{}, errorsmod.Wrapf(types.ErrEpochNotBegun, "netuid %d, epoch %d begins at height %d", subnet.Netuid, subnet.Epoch, subnet.EpochStartHeight)
	}
	return epoch, err
}

// checkRuns refuses what needs an epoch under way on a subnet that has none.
func checkRuns(subnet types.Subnet) error {
	if err := checkNotPaused(subnet); err != nil {
		return err
	}
	if subnet.Status != types.SUBNET_STATUS_ACTIVE {
		return errorsmod.Wrapf(types.ErrSubnetNotStarted, "netuid %d", subnet.Netuid)
	}
	return nil
}

// AdvanceEpoch closes the epoch under way and lets the next begin in the next block: it counts who
// missed a commit or a reveal, forgets what is older than keptEpochs and moves the index; with its last epoch a subnet that
// its owner closed is removed. It needs nothing but the subnet itself, so an epoch that never began properly can be closed too.
func (k *Keeper) AdvanceEpoch(ctx context.Context, netuid uint32) error {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return err
	}
	if err := checkRuns(subnet); err != nil {
		return err
	}
	if err := k.countMissedCommits(ctx, subnet); err != nil {
		return err
	}
	if subnet.Epoch > 0 {
		if err := k.countMissedReveals(ctx, netuid, subnet.Epoch-1); err != nil {
			return err
		}
	}
	if k.closeIfLast(ctx, subnet) {
		return nil
	}
	if err := k.nextEpoch(ctx, &subnet); err != nil {
		return err
	}
	subnet.EpochStartHeight = height(ctx) + 1
	return k.Subnets.Set(ctx, netuid, subnet)
}

// nextEpoch moves the index of a subnet, puts the parameters in force that waited for it and forgets what is older than
// keptEpochs.
func (k *Keeper) nextEpoch(ctx context.Context, subnet *types.Subnet) error {
	if subnet.Epoch >= keptEpochs {
		if err := k.forgetEpoch(ctx, subnet.Netuid, subnet.Epoch-keptEpochs); err != nil {
			return err
		}
	}
	subnet.Epoch++
	takeNextParams(subnet, height(ctx))
	return nil
}

// countMissedCommits notes the permit holders that committed nothing in the epoch that closes.
func (k *Keeper) countMissedCommits(ctx context.Context, subnet types.Subnet) error {
	epoch, err := k.Epochs.Get(ctx, collections.Join(subnet.Netuid, subnet.Epoch))
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, permit := range epoch.Permits {
		hotkey, err := k.decode("hotkey", permit.Hotkey)
		if err != nil {
			return err
		}
		for _, benchmark := range epoch.Benchmarks {
			if benchmark.Version == 0 {
				continue
			}
			key := collections.Join4(subnet.Netuid, epoch.Index, benchmark.Benchmark, hotkey)
			committed, err := k.Commits.Has(ctx, key)
			if err != nil {
				return err
			}
			if committed {
				continue
			}
			if err := k.countMiss(ctx, key, ReasonNoCommit); err != nil {
				return err
			}
		}
	}
	return nil
}

// countMissedReveals notes the commits of an epoch that were not opened although their window has passed.
func (k *Keeper) countMissedReveals(ctx context.Context, netuid uint32, epoch uint64) error {
	iter, err := k.Commits.Iterate(ctx, collections.NewSuperPrefixedQuadRange[uint32, uint64, uint32, sdk.AccAddress](netuid, epoch))
	if err != nil {
		return err
	}
	commits, err := iter.KeyValues()
	if err != nil {
		return err
	}
	for _, commit := range commits {
		if commit.Value.Revealed {
			continue
		}
		if err := k.countMiss(ctx, commit.Key, ReasonNoReveal); err != nil {
			return err
		}
	}
	return nil
}

// countMiss counts one miss in a hotkey's record and says so in an event.
func (k *Keeper) countMiss(ctx context.Context, missed scoreKey, reason string) error {
	key := recordOf(missed)
	record, err := k.Records.Get(ctx, key)
	if err != nil {
		return err
	}
	if reason == ReasonNoCommit {
		record.MissedCommits++
	} else {
		record.MissedReveals++
	}
	if err := k.Records.Set(ctx, key, record); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventScoresMissed{
		Netuid: missed.K1(), Epoch: missed.K2(), Hotkey: record.Hotkey, Validator: record.Validator, Reason: reason, Benchmark: missed.K3(),
	})
}

// recordOf is the record that a commit or a row counts in.
func recordOf(key scoreKey) recordKey { return collections.Join3(key.K1(), key.K4(), key.K3()) }

// forgetEpoch removes an epoch with its commits and rows: at most one of each per permit.
func (k *Keeper) forgetEpoch(ctx context.Context, netuid uint32, epoch uint64) error {
	if err := k.Epochs.Remove(ctx, collections.Join(netuid, epoch)); err != nil {
		return err
	}
	of := collections.NewSuperPrefixedQuadRange[uint32, uint64, uint32, sdk.AccAddress](netuid, epoch)
	if err := k.Commits.Clear(ctx, of); err != nil {
		return err
	}
	return k.Rows.Clear(ctx, of)
}
