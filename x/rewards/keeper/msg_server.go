package keeper

import (
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// maxClaimNetuids bounds the subnets of one claim.
const maxClaimNetuids = 256

type msgServer struct{ k *Keeper }

// NewMsgServer serves the module's transactions.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k: k} }

// VoteEmissions sets a staker's split of emission over subnets; no weights withdraw it.
func (s msgServer) VoteEmissions(goCtx context.Context, msg *types.MsgVoteEmissions) (*types.MsgVoteEmissionsResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	voter, text, err := s.k.account("voter", msg.Voter)
	if err != nil {
		return nil, err
	}
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	vote := types.EmissionVote{Voter: text}
	if vote.Weights, err = types.NormalizeWeights(msg.Weights, p.MaxVoteTargets); err != nil {
		return nil, err
	}
	for _, w := range vote.Weights {
		exists, err := s.k.subnets.HasSubnet(ctx, w.Netuid)
		if err != nil {
			return nil, err
		}
		if !exists {
			return nil, errorsmod.Wrapf(types.ErrSubnetNotFound, "netuid %d", w.Netuid)
		}
	}
	if len(vote.Weights) == 0 {
		standing, err := s.k.Votes.Has(ctx, voter)
		if err != nil {
			return nil, err
		}
		if !standing {
			return nil, errorsmod.Wrapf(types.ErrNoVote, "%s has nothing to withdraw", text)
		}
	} else if err := s.k.checkVoter(ctx, voter, text); err != nil {
		return nil, err
	}
	if err := s.k.vote(ctx, voter, vote); err != nil {
		return nil, err
	}
	emit(ctx, &types.EventEmissionVoted{Voter: text, TotalBp: vote.TotalBp()})
	return &types.MsgVoteEmissionsResponse{}, nil
}

// Claim sends what the signer's miners accrued on the named subnets to the signer's account.
func (s msgServer) Claim(goCtx context.Context, msg *types.MsgClaim) (*types.MsgClaimResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	owner, text, err := s.k.account("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	switch n := len(msg.Netuids); {
	case n == 0:
		return nil, types.ErrNoNetuids
	case n > maxClaimNetuids:
		return nil, errorsmod.Wrapf(types.ErrTooManyNetuids, "%d subnets, at most %d", n, maxClaimNetuids)
	}
	netuids := slices.Sorted(slices.Values(msg.Netuids))
	for i := 1; i < len(netuids); i++ {
		if netuids[i] == netuids[i-1] {
			return nil, errorsmod.Wrapf(types.ErrNetuidDuplicate, "netuid %d", netuids[i])
		}
	}
	var total uint64
	for _, netuid := range netuids {
		amount, err := s.k.claim(ctx, owner, netuid)
		if err != nil {
			return nil, err
		}
		total += amount // all of it was minted: no more than the supply
	}
	if total == 0 {
		return nil, errorsmod.Wrapf(types.ErrNothingAccrued, "%s on subnets %v", text, netuids)
	}
	if err := s.k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, owner, coins(total)); err != nil {
		return nil, err
	}
	emit(ctx, &types.EventClaimed{Owner: text, Amount: total})
	return &types.MsgClaimResponse{Amount: coin(total)}, nil
}

// UpdateParams sets all parameters; governance only.
func (s msgServer) UpdateParams(goCtx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if err := sdk.ValidateAuthority(ctx, s.k.authority, msg.Authority); err != nil {
		return nil, errorsmod.Wrap(types.ErrNotAuthority, err.Error())
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	supply, err := s.k.supply(ctx)
	if err != nil {
		return nil, err
	}
	if supply > msg.Params.SupplyCap {
		return nil, errorsmod.Wrapf(types.ErrParamsInvalid, "supply_cap is %d, but %d uagora exist already", msg.Params.SupplyCap, supply)
	}
	old, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.k.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	// A shorter interval must not wait for the end of the longer one.
	if err := s.k.TallyDue.Set(ctx, ctx.BlockHeight()); err != nil {
		return nil, err
	}
	if err := s.k.rescheduleAutoClaim(ctx, old.AutoClaimInterval, msg.Params.AutoClaimInterval); err != nil {
		return nil, err
	}
	emit(ctx, &types.EventParamsUpdated{Params: msg.Params})
	return &types.MsgUpdateParamsResponse{}, nil
}
