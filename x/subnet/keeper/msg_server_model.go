package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// CommitModel fixes the model that a miner serves, at this height. Another miner may have committed the same digest: the lower
// height has priority, then the lower miner_id.
func (k msgServer) CommitModel(ctx context.Context, msg *types.MsgCommitModel) (*types.MsgCommitModelResponse, error) {
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	miner, err := k.minerByHotkey(ctx, msg.Netuid, hotkey, msg.Hotkey)
	if err != nil {
		return nil, err
	}
	if msg.Size_ > subnet.Params.MaxModelBytes {
		return nil, errorsmod.Wrapf(types.ErrModelTooLarge, "it has %d bytes, max_model_bytes is %d", msg.Size_, subnet.Params.MaxModelBytes)
	}
	if interval := subnet.Params.ModelInterval; miner.Model != nil && blocksSince(miner.Model.Height, height(ctx)) < interval {
		return nil, errorsmod.Wrapf(types.ErrModelTooSoon, "the last was committed at height %d, model_interval is %d blocks", miner.Model.Height, interval)
	}

	miner.Model = &types.ModelCommitment{Digest: msg.Digest, Format: msg.Format, Size_: msg.Size_, Urls: msg.Urls, Height: height(ctx)}
	if err := k.Miners.Set(ctx, collections.Join(miner.Netuid, miner.Uid), miner); err != nil {
		return nil, err
	}
	return &types.MsgCommitModelResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventModelCommitted{
		Netuid: miner.Netuid, MinerId: miner.MinerId, Digest: msg.Digest, Size_: msg.Size_,
	})
}
