package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/pricing"
	"github.com/agora-network/agora/x/subnet/types"
)

// CloseSubnet ends a subnet. One that was never started is gone at once; another runs subnet_close_notice epochs more after the
// one under way. The notice counts in epochs, so a paused subnet waits with it until governance resumes it: closing is no way
// around a pause, and miners get their notice.
func (k msgServer) CloseSubnet(ctx context.Context, msg *types.MsgCloseSubnet) (*types.MsgCloseSubnetResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	switch closing := subnet.ClosingEpoch != 0; {
	case msg.Reopen && !closing:
		return nil, errorsmod.Wrapf(types.ErrSubnetNotClosing, "netuid %d", msg.Netuid)
	case !msg.Reopen && closing:
		return nil, errorsmod.Wrapf(types.ErrSubnetClosing, "netuid %d, its last epoch is %d", msg.Netuid, subnet.ClosingEpoch)
	}

	if subnet.Status != types.SUBNET_STATUS_ACTIVE {
		refund, err := k.closeSubnet(ctx, subnet)
		return &types.MsgCloseSubnetResponse{Refund: refund}, err
	}
	response := &types.MsgCloseSubnetResponse{}
	subnet.ClosingEpoch = 0
	if !msg.Reopen {
		subnet.ClosingEpoch = subnet.Epoch + uint64(params.SubnetCloseNotice)
		response.ClosingEpoch = subnet.ClosingEpoch
		response.Refund = subnet.Deposit - pricing.Part(subnet.Deposit, params.SubnetCloseBurnBp)
	}
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return response, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetClosing{
		Netuid: msg.Netuid, ClosingEpoch: subnet.ClosingEpoch,
	})
}

// inLastEpoch tells whether the epoch under way of a subnet is its last: what is scored in it is never paid.
func inLastEpoch(subnet types.Subnet) bool {
	return subnet.ClosingEpoch != 0 && subnet.Epoch >= subnet.ClosingEpoch
}

// checkTakesMiners refuses miners that could earn nothing any more.
func checkTakesMiners(subnet types.Subnet) error {
	if err := checkNotPaused(subnet); err != nil {
		return err
	}
	if inLastEpoch(subnet) {
		return errorsmod.Wrapf(types.ErrSubnetClosing, "netuid %d is in its last epoch, %d", subnet.Netuid, subnet.Epoch)
	}
	return nil
}

// closeSubnet removes a subnet and pays its deposit back, less subnet_close_burn_bp of it, which is burned. A refund that
// cannot be paid is burned too: no owner can keep a subnet from ending. It returns what was paid.
func (k *Keeper) closeSubnet(ctx context.Context, subnet types.Subnet) (refund uint64, err error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	free := unmetered(ctx)
	burned := pricing.Part(subnet.Deposit, params.SubnetCloseBurnBp)
	if refund = subnet.Deposit - burned; refund > 0 {
		owner, err := k.decode("owner", subnet.Owner)
		if err != nil {
			return 0, err
		}
		if err := branch(free, func(ctx sdk.Context) error { return k.pay(ctx, owner, refund) }); err != nil {
			free.Logger().Error("a deposit could not be refunded and is burned", "module", types.ModuleName, "netuid", subnet.Netuid, "cause", err.Error())
			refund, burned = 0, subnet.Deposit
		}
	}
	if burned > 0 {
		if err := k.bank.BurnCoins(free, types.ModuleName, coins(burned)); err != nil {
			return 0, err
		}
	}
	if err := k.forgetSubnet(free, subnet); err != nil {
		return 0, err
	}
	return refund, free.EventManager().EmitTypedEvent(&types.EventSubnetClosed{
		Netuid: subnet.Netuid, Owner: subnet.Owner, Refund: refund, Burned: burned,
	})
}

// closeIfLast removes a subnet whose last epoch closes, and tells whether it is gone. Where that fails the subnet goes on and
// the end of its next epoch tries again.
func (k *Keeper) closeIfLast(ctx context.Context, subnet types.Subnet) bool {
	if !inLastEpoch(subnet) {
		return false
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	err := branch(sdkCtx, func(ctx sdk.Context) error {
		_, err := k.closeSubnet(ctx, subnet)
		return err
	})
	if err != nil {
		sdkCtx.Logger().Error("a subnet could not be closed", "module", types.ModuleName, "netuid", subnet.Netuid, "cause", err.Error())
	}
	return err == nil
}
