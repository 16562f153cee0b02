package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// msgServer handles the module's transactions. Every handler goes in the same order: authority,
// addresses, stateless checks, reads, checks, writes, event. A handler that fails has written nothing
// that stays: the SDK drops the writes of a failed transaction.
type msgServer struct {
	*Keeper
}

var _ types.MsgServer = msgServer{}

// NewMsgServer returns the handler of the module's transactions.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{Keeper: k} }

// UpdateParams sets the module's parameters.
func (k msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), k.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := k.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventParamsUpdated{Params: msg.Params})
}

// ownedSubnet returns a subnet that the account owns, or ErrSubnetNotFound, or ErrNotOwner.
func (k *Keeper) ownedSubnet(ctx context.Context, netuid uint32, owner sdk.AccAddress) (types.Subnet, error) {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return types.Subnet{}, err
	}
	is, err := k.decode("owner", subnet.Owner)
	if err != nil {
		return types.Subnet{}, err
	}
	if !is.Equals(owner) {
		return types.Subnet{}, errorsmod.Wrapf(types.ErrNotOwner, "netuid %d belongs to %s", netuid, subnet.Owner)
	}
	return subnet, nil
}
