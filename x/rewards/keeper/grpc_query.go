package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

type queryServer struct{ k *Keeper }

// NewQueryServer serves the module's queries.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k: k} }

// Params returns the parameters.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryParamsResponse{Params: p}, nil
}

// Emission returns where the schedule stands.
func (s queryServer) Emission(ctx context.Context, _ *types.QueryEmissionRequest) (*types.QueryEmissionResponse, error) {
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	supply, err := s.k.supply(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryEmissionResponse{
		Supply:            supply,
		BlockEmission:     BlockEmission(p, supply),
		NextHalvingSupply: NextHalvingSupply(p.SupplyCap, supply),
		Halvings:          Halvings(p.SupplyCap, supply),
	}, nil
}

// Vote returns an account's standing vote, or ErrNoVote.
func (s queryServer) Vote(ctx context.Context, req *types.QueryVoteRequest) (*types.QueryVoteResponse, error) {
	voter, err := s.address(req.GetVoter())
	if err != nil {
		return nil, err
	}
	vote, err := s.k.Votes.Get(ctx, voter)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errorsmod.Wrap(types.ErrNoVote, req.GetVoter())
	}
	if err != nil {
		return nil, err
	}
	return &types.QueryVoteResponse{Vote: vote}, nil
}

// Pending returns what waits for a subnet's epoch.
func (s queryServer) Pending(ctx context.Context, req *types.QueryPendingRequest) (*types.QueryPendingResponse, error) {
	if err := s.subnet(ctx, req.GetNetuid()); err != nil {
		return nil, err
	}
	amount, err := orZero(s.k.Pending.Get(ctx, req.GetNetuid()))
	if err != nil {
		return nil, err
	}
	return &types.QueryPendingResponse{Amount: coin(amount)}, nil
}

// EpochResult returns the outcome of a subnet's last closed epoch, benchmark by benchmark, or ErrNoResult.
func (s queryServer) EpochResult(ctx context.Context, req *types.QueryEpochResultRequest) (*types.QueryEpochResultResponse, error) {
	if err := s.subnet(ctx, req.GetNetuid()); err != nil {
		return nil, err
	}
	out := &types.QueryEpochResultResponse{}
	err := s.k.Results.Walk(ctx, resultsOf(req.GetNetuid()), func(_ collections.Pair[uint32, uint32], r types.EpochResult) (bool, error) {
		out.Results = append(out.Results, r)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if len(out.Results) == 0 {
		return nil, errorsmod.Wrapf(types.ErrNoResult, "netuid %d", req.GetNetuid())
	}
	return out, nil
}

// Accrued returns what an owner's miners may claim, per subnet, and when a round pays it by itself.
func (s queryServer) Accrued(goCtx context.Context, req *types.QueryAccruedRequest) (*types.QueryAccruedResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	owner, err := s.address(req.GetOwner())
	if err != nil {
		return nil, err
	}
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	rounds, err := orZero(s.k.AutoClaim.Get(ctx))
	if err != nil {
		return nil, err
	}
	var netuids []uint32
	err = s.k.Ledgers.Walk(ctx, nil, func(netuid uint32, _ []byte) (bool, error) {
		netuids = append(netuids, netuid)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	out := &types.QueryAccruedResponse{AutoClaimHeight: nextAutoClaim(rounds, p.AutoClaimInterval, ctx.BlockHeight())}
	for _, netuid := range netuids {
		list, err := s.k.ledger(ctx, netuid)
		if err != nil {
			return nil, err
		}
		ids, err := s.k.subnets.MinersOfOwner(ctx, netuid, owner)
		if err != nil {
			return nil, err
		}
		var sum uint64
		eachColumn(ids, list.IDs, func(_ int, column uint32) { sum += list.Values[column] })
		if sum > 0 {
			out.Accrued = append(out.Accrued, types.AccruedAmount{Netuid: netuid, Amount: coin(sum)})
		}
	}
	return out, nil
}

// Invariants names each invariant that does not hold.
func (s queryServer) Invariants(ctx context.Context, _ *types.QueryInvariantsRequest) (*types.QueryInvariantsResponse, error) {
	broken, err := s.k.BrokenInvariants(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryInvariantsResponse{Broken: broken}, nil
}

func (s queryServer) address(text string) (sdk.AccAddress, error) {
	address, _, err := s.k.account("address", text)
	return address, err
}

func (s queryServer) subnet(ctx context.Context, netuid uint32) error {
	exists, err := s.k.subnets.HasSubnet(ctx, netuid)
	if err == nil && !exists {
		return errorsmod.Wrapf(types.ErrSubnetNotFound, "netuid %d", netuid)
	}
	return err
}
