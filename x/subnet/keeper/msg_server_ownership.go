package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// UpdateSubnetIdentity replaces all that an owner says of its subnet.
func (k msgServer) UpdateSubnetIdentity(ctx context.Context, msg *types.MsgUpdateSubnetIdentity) (*types.MsgUpdateSubnetIdentityResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}

	subnet.Name, subnet.Description, subnet.Details = msg.Name, msg.Description, msg.Details
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgUpdateSubnetIdentityResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetIdentityUpdated{
		Netuid: msg.Netuid, Name: msg.Name,
	})
}

// OfferSubnet lets another account take a subnet over, in place of whoever it was offered to before; without an account it
// takes the offer back. Until it is accepted nothing changes.
func (k msgServer) OfferSubnet(ctx context.Context, msg *types.MsgOfferSubnet) (*types.MsgOfferSubnetResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if msg.NewOwner != "" {
		if _, err := k.decode("new_owner", msg.NewOwner); err != nil {
			return nil, err
		}
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	if msg.NewOwner == subnet.Owner || msg.NewOwner == subnet.OfferedTo {
		return nil, errorsmod.Wrapf(types.ErrOfferInvalid, "netuid %d belongs to %s and is offered to %q", msg.Netuid, subnet.Owner, subnet.OfferedTo)
	}

	subnet.OfferedTo = msg.NewOwner
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgOfferSubnetResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetOffered{
		Netuid: msg.Netuid, Owner: subnet.Owner, NewOwner: msg.NewOwner,
	})
}

// AcceptSubnet takes over a subnet that is offered to the signer: its deposit, its part of the emission from the epoch under
// way on, and every right of an owner.
func (k msgServer) AcceptSubnet(ctx context.Context, msg *types.MsgAcceptSubnet) (*types.MsgAcceptSubnetResponse, error) {
	if _, err := k.decode("new_owner", msg.NewOwner); err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	// decode has made sure that an address has one spelling.
	if subnet.OfferedTo != msg.NewOwner {
		return nil, errorsmod.Wrapf(types.ErrNotOffered, "netuid %d is offered to %q", msg.Netuid, subnet.OfferedTo)
	}

	former := subnet.Owner
	subnet.Owner, subnet.OfferedTo = msg.NewOwner, ""
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgAcceptSubnetResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetTransferred{
		Netuid: msg.Netuid, OldOwner: former, NewOwner: subnet.Owner,
	})
}
