package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

// Commit returns what a hotkey committed for a benchmark in an epoch.
func (q querier) Commit(ctx context.Context, request *types.QueryCommitRequest) (*types.QueryCommitResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	hotkey, err := q.k.decode("hotkey", request.Hotkey)
	if err != nil {
		return answer[types.QueryCommitResponse](nil, err)
	}
	commit, err := q.k.Commits.Get(ctx, collections.Join4(request.Netuid, request.Epoch, request.Benchmark, hotkey))
	err = orNotFound(err, types.ErrCommitNotFound, "hotkey %s, netuid %d, epoch %d, benchmark %d", request.Hotkey, request.Netuid, request.Epoch, request.Benchmark)
	return answer(&types.QueryCommitResponse{Commit: commit}, err)
}

// Commits lists the commits of an epoch by benchmark, then hotkey bytes: at most one for each permit and benchmark.
func (q querier) Commits(ctx context.Context, request *types.QueryCommitsRequest) (*types.QueryCommitsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	commits, next, err := query.CollectionPaginate(ctx, q.k.Commits, page(request.Pagination),
		func(_ scoreKey, commit types.ScoreCommit) (types.ScoreCommit, error) { return commit, nil },
		within(collections.QuadSuperPrefix[uint32, uint64, uint32, sdk.AccAddress](request.Netuid, request.Epoch)))
	return answer(&types.QueryCommitsResponse{Commits: commits, Pagination: next}, badPage(err))
}

// Row returns the row that a hotkey opened for a benchmark of an epoch.
func (q querier) Row(ctx context.Context, request *types.QueryRowRequest) (*types.QueryRowResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	hotkey, err := q.k.decode("hotkey", request.Hotkey)
	if err != nil {
		return answer[types.QueryRowResponse](nil, err)
	}
	row, err := q.k.Rows.Get(ctx, collections.Join4(request.Netuid, request.Epoch, request.Benchmark, hotkey))
	err = orNotFound(err, types.ErrRowNotFound, "hotkey %s, netuid %d, epoch %d, benchmark %d", request.Hotkey, request.Netuid, request.Epoch, request.Benchmark)
	return answer(&types.QueryRowResponse{Row: row}, err)
}

// Rows lists the rows that were opened for an epoch by benchmark, then hotkey bytes. Their entries are not decoded.
func (q querier) Rows(ctx context.Context, request *types.QueryRowsRequest) (*types.QueryRowsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	rows, next, err := query.CollectionPaginate(ctx, q.k.storedRows, page(request.Pagination),
		func(_ scoreKey, stored []byte) (types.RowInfo, error) { return q.k.rowCodec.info(stored) },
		within(collections.QuadSuperPrefix[uint32, uint64, uint32, sdk.AccAddress](request.Netuid, request.Epoch)))
	return answer(&types.QueryRowsResponse{Rows: rows, Pagination: next}, badPage(err))
}

// ScoringRecords lists what each hotkey did and missed on a subnet, by hotkey bytes, then benchmark.
func (q querier) ScoringRecords(ctx context.Context, request *types.QueryScoringRecordsRequest) (*types.QueryScoringRecordsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	if _, err := q.k.Subnet(ctx, request.Netuid); err != nil {
		return answer[types.QueryScoringRecordsResponse](nil, err)
	}
	records, next, err := query.CollectionPaginate(ctx, q.k.Records, page(request.Pagination),
		func(_ recordKey, record types.ScoringRecord) (types.ScoringRecord, error) { return record, nil },
		within(collections.TriplePrefix[uint32, sdk.AccAddress, uint32](request.Netuid)))
	return answer(&types.QueryScoringRecordsResponse{Records: records, Pagination: next}, badPage(err))
}

// Refusals lists how often commits and reveals of each hotkey were refused on a subnet, by hotkey bytes.
func (q querier) Refusals(ctx context.Context, request *types.QueryRefusalsRequest) (*types.QueryRefusalsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	if _, err := q.k.Subnet(ctx, request.Netuid); err != nil {
		return answer[types.QueryRefusalsResponse](nil, err)
	}
	records, next, err := query.CollectionPaginate(ctx, q.k.Refusals, page(request.Pagination),
		func(_ refusalKey, record types.RefusalRecord) (types.RefusalRecord, error) { return record, nil },
		within(collections.PairPrefix[uint32, sdk.AccAddress](request.Netuid)))
	return answer(&types.QueryRefusalsResponse{Records: records, Pagination: next}, badPage(err))
}
