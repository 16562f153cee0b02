package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// PauseSubnet stops a subnet where it stands: it has no epoch, takes no miners and no scores until it is
// resumed. What was begun is neither paid nor held against anybody.
func (k msgServer) PauseSubnet(ctx context.Context, msg *types.MsgPauseSubnet) (*types.MsgPauseSubnetResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), k.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	if err := checkNotPaused(subnet); err != nil {
		return nil, err
	}

	subnet.PausedHeight = height(ctx)
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgPauseSubnetResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetPaused{
		Netuid: msg.Netuid, Reason: msg.Reason,
	})
}

// ResumeSubnet lets a paused subnet go on: one that ran begins an epoch in one of the next blocks, one that was
// never started can be started again.
func (k msgServer) ResumeSubnet(ctx context.Context, msg *types.MsgResumeSubnet) (*types.MsgResumeSubnetResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), k.authority, msg.Authority); err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	if subnet.PausedHeight == 0 {
		return nil, errorsmod.Wrapf(types.ErrSubnetNotPaused, "netuid %d", msg.Netuid)
	}

	var next int64
	if subnet.Status == types.SUBNET_STATUS_ACTIVE {
		next = height(ctx) + 1
		// An epoch that was to begin after the pause has not begun, and nothing of it is abandoned.
		if subnet.EpochStartHeight <= subnet.PausedHeight {
			if err := k.abandonEpoch(ctx, &subnet); err != nil {
				return nil, err
			}
		}
		if next, err = k.staggered(ctx, subnet.Params.Tempo, next); err != nil {
			return nil, err
		}
		subnet.EpochStartHeight = next
	}
	subnet.PausedHeight = 0
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgResumeSubnetResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetResumed{
		Netuid: msg.Netuid, NextEpochHeight: next,
	})
}

// abandonEpoch gives up the epoch that a pause cut short. Nobody missed anything in it: it does not
// count towards activity_cutoff, and of its permits only those that committed stay, because nobody else
// can have a row in the epoch that follows, and votes zero there for lack of one.
func (k *Keeper) abandonEpoch(ctx context.Context, subnet *types.Subnet) error {
	key := collections.Join(subnet.Netuid, subnet.Epoch)
	epoch, err := k.Epochs.Get(ctx, key)
	switch {
	case errors.Is(err, collections.ErrNotFound): // its start had failed
		return k.nextEpoch(ctx, subnet)
	case err != nil:
		return err
	}
	var committed []types.Permit
	for _, permit := range epoch.Permits {
		hotkey, err := k.decode("hotkey", permit.Hotkey)
		if err != nil {
			return err
		}
		some := false
		for _, benchmark := range epoch.Benchmarks {
			score := collections.Join4(subnet.Netuid, subnet.Epoch, benchmark.Benchmark, hotkey)
			record, err := k.Records.Get(ctx, recordOf(score))
			if err != nil {
				return err
			}
			record.ActiveEpoch++
			if err := k.Records.Set(ctx, recordOf(score), record); err != nil {
				return err
			}
			has, err := k.Commits.Has(ctx, score)
			if err != nil {
				return err
			}
			some = some || has
		}
		if some {
			committed = append(committed, permit)
		}
	}
	epoch.Permits, epoch.Abandoned = committed, true
	if err := k.Epochs.Set(ctx, key, epoch); err != nil {
		return err
	}
	return k.nextEpoch(ctx, subnet)
}

// checkNotPaused refuses what a paused subnet does not take.
func checkNotPaused(subnet types.Subnet) error {
	if subnet.PausedHeight != 0 {
		return errorsmod.Wrapf(types.ErrSubnetPaused, "netuid %d, since height %d", subnet.Netuid, subnet.PausedHeight)
	}
	return nil
}
