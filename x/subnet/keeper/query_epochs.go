package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

// Epoch returns the epoch under way. After the block that closed an
// epoch it returns the next one as far as it is known: without beacon and permits.
func (q querier) Epoch(ctx context.Context, request *types.QueryEpochRequest) (*types.QueryEpochResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	if err != nil {
		return answer[types.QueryEpochResponse](nil, err)
	}
	epoch, err := q.k.epochUnderWay(ctx, subnet)
	if errors.Is(err, types.ErrEpochNotBegun) {
		epoch = epochOf(subnet)
		epoch.Benchmarks, err = q.k.scoredIn(ctx, subnet, epoch)
	}
	now := height(ctx)
	return answer(&types.QueryEpochResponse{
		Epoch:       epoch,
		Height:      now,
		BlocksLeft:  max(epoch.EndHeight-now, 0),
		RevealUntil: revealUntil(subnet),
	}, err)
}

// PastEpoch returns an epoch by its index while it is kept.
func (q querier) PastEpoch(ctx context.Context, request *types.QueryPastEpochRequest) (*types.QueryPastEpochResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	epoch, err := q.k.Epochs.Get(ctx, collections.Join(request.Netuid, request.Index))
	err = orNotFound(err, types.ErrEpochNotFound, "epoch %d on netuid %d", request.Index, request.Netuid)
	return answer(&types.QueryPastEpochResponse{Epoch: epoch}, err)
}

// NextEpoch returns when the epoch under way ends and what is due before; between two epochs, of the one that begins next.
func (q querier) NextEpoch(ctx context.Context, request *types.QueryNextEpochRequest) (*types.QueryNextEpochResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	if err == nil {
		err = checkRuns(subnet)
	}
	if err != nil {
		return answer[types.QueryNextEpochResponse](nil, err)
	}
	params, err := q.k.Params.Get(ctx)
	now := height(ctx)
	next := max(lastHeight(subnet), now) + 1 // an epoch that could not be closed when it was due goes on
	return answer(&types.QueryNextEpochResponse{
		Height:      now,
		Epoch:       subnet.Epoch,
		StartHeight: subnet.EpochStartHeight,
		NextHeight:  next,
		BlocksLeft:  next - 1 - now,
		RevealUntil: revealUntil(subnet),
		CommitUntil: next - 1,
		FrozenFrom:  frozenFrom(subnet, params.ParamsFreeze),
	}, err)
}
