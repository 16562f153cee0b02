package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

// ownerKey is how identities are found by owner: ((owner, netuid), (netuid, miner_id)).
type ownerKey = collections.Pair[collections.Pair[sdk.AccAddress, uint32], identityKey]

// MinersOfOwner lists all identities that an account ever had, by netuid and identity. One without a slot has no hotkey, and
// nothing but its owner and what is not paid out yet of its bond.
func (q querier) MinersOfOwner(ctx context.Context, request *types.QueryMinersOfOwnerRequest) (*types.QueryMinersOfOwnerResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	owner, err := q.k.decode("owner", request.Owner)
	if err != nil {
		return answer[types.QueryMinersOfOwnerResponse](nil, err)
	}
	ofOwner := func(o *query.CollectionsPaginateOptions[ownerKey]) {
		prefix := collections.PairPrefix[collections.Pair[sdk.AccAddress, uint32], identityKey](collections.PairPrefix[sdk.AccAddress, uint32](owner))
		o.Prefix = &prefix
	}
	miners, next, err := query.CollectionPaginate(ctx, q.k.MinerOwners.Indexes.ByOwner, page(request.Pagination),
		func(key ownerKey, _ collections.NoValue) (types.Miner, error) { return q.minerByID(ctx, key.K2()) }, ofOwner)
	return answer(&types.QueryMinersOfOwnerResponse{Miners: miners, Pagination: next}, err)
}

// minerByID returns the miner of an identity, or what is left of it.
func (q querier) minerByID(ctx context.Context, key identityKey) (types.Miner, error) {
	slot, err := q.k.Miners.Indexes.ByID.MatchExact(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return q.k.formerMiner(ctx, key)
	}
	if err != nil {
		return types.Miner{}, err
	}
	miner, err := q.k.Miners.Get(ctx, slot)
	if err != nil {
		return types.Miner{}, err
	}
	return q.completed(ctx, miner)
}

// completed fills in what is kept apart from a miner: its last emission and its bond.
func (q querier) completed(ctx context.Context, miner types.Miner) (types.Miner, error) {
	column, err := q.k.emissions(ctx, miner.Netuid)
	if err != nil {
		return types.Miner{}, err
	}
	miner.LastEmission = column.Value(miner.MinerId)
	return miner, q.k.addBond(ctx, &miner)
}
