package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

// maxMetagraphPage bounds a page of the metagraph, in miners: the largest that is possible stays below 1 MB, and the largest
// subnet, 4,096 miners, takes 3 pages.
const maxMetagraphPage = 1_800

// Miner returns the miner in a slot.
func (q querier) Miner(ctx context.Context, request *types.QueryMinerRequest) (*types.QueryMinerResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	miner, err := q.k.Miners.Get(ctx, collections.Join(request.Netuid, request.Uid))
	if err = orNotFound(err, types.ErrMinerNotFound, "slot %d on netuid %d", request.Uid, request.Netuid); err == nil {
		miner, err = q.completed(ctx, miner)
	}
	return answer(&types.QueryMinerResponse{Miner: miner}, err)
}

// MinerByHotkey returns the miner that a hotkey serves for.
func (q querier) MinerByHotkey(ctx context.Context, request *types.QueryMinerByHotkeyRequest) (*types.QueryMinerByHotkeyResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	hotkey, err := q.k.decode("hotkey", request.Hotkey)
	if err != nil {
		return answer[types.QueryMinerByHotkeyResponse](nil, err)
	}
	miner, err := q.k.minerByHotkey(ctx, request.Netuid, hotkey, request.Hotkey)
	if err == nil {
		miner, err = q.completed(ctx, miner)
	}
	return answer(&types.QueryMinerByHotkeyResponse{Miner: miner}, err)
}

// MinerByID returns a miner by its identity. One without a slot has no hotkey, and nothing but its owner and what is not paid
// out yet of its bond.
func (q querier) MinerByID(ctx context.Context, request *types.QueryMinerByIDRequest) (*types.QueryMinerByIDResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	miner, err := q.minerByID(ctx, collections.Join(request.Netuid, request.MinerId))
	return answer(&types.QueryMinerByIDResponse{Miner: miner}, err)
}

// Miners lists a subnet's miners by slot.
func (q querier) Miners(ctx context.Context, request *types.QueryMinersRequest) (*types.QueryMinersResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	found, next, err := q.minersPage(ctx, request.Netuid, page(request.Pagination))
	miners := make([]types.Miner, len(found))
	for i := 0; i < len(found) && err == nil; i++ {
		err = q.k.addBond(ctx, found[i])
		miners[i] = *found[i]
	}
	return answer(&types.QueryMinersResponse{Miners: miners, Pagination: next}, err)
}

// Metagraph returns a subnet's miners as columns, by slot. It reads no bonds, which are a read for each miner.
func (q querier) Metagraph(ctx context.Context, request *types.QueryMetagraphRequest) (*types.QueryMetagraphResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	columns, err := columnsOf(request.Fields)
	if err != nil {
		return answer[types.QueryMetagraphResponse](nil, err)
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	if err != nil {
		return answer[types.QueryMetagraphResponse](nil, err)
	}
	miners, next, err := q.minersPage(ctx, request.Netuid, pageUpTo(request.Pagination, maxMetagraphPage))
	graph := &types.QueryMetagraphResponse{Height: height(ctx), Epoch: subnet.Epoch, Pagination: next}
	for _, column := range columns {
		column.fill(graph, miners)
	}
	return answer(graph, err)
}

// minersPage reads one page of a subnet's miners, with what the last epoch accrued to them.
func (q querier) minersPage(ctx context.Context, netuid uint32, request *query.PageRequest) ([]*types.Miner, *query.PageResponse, error) {
	if _, err := q.k.Subnet(ctx, netuid); err != nil {
		return nil, nil, err
	}
	column, err := q.k.emissions(ctx, netuid)
	if err != nil {
		return nil, nil, err
	}
	miners, next, err := query.CollectionPaginate(ctx, q.k.Miners, request, func(_ minerKey, miner types.Miner) (*types.Miner, error) {
		miner.LastEmission = column.Value(miner.MinerId)
		return &miner, nil
	}, within(collections.PairPrefix[uint32, uint32](netuid)))
	return miners, next, badPage(err)
}

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
	miners, next, err := query.CollectionPaginate(ctx, q.k.MinerOwners.Indexes.ByOwner, page(request.Pagination),
		func(key ownerKey, _ collections.NoValue) (types.Miner, error) { return q.minerByID(ctx, key.K2()) },
		within(collections.PairPrefix[collections.Pair[sdk.AccAddress, uint32], identityKey](collections.PairPrefix[sdk.AccAddress, uint32](owner))))
	return answer(&types.QueryMinersOfOwnerResponse{Miners: miners, Pagination: next}, badPage(err))
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
