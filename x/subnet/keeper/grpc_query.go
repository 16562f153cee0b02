package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/query"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/agora-network/agora/x/subnet/types"
)

// maxPage bounds one page of a list, in entries.
const maxPage = 1_000

// querier answers the module's queries. What is not there is NotFound, what cannot be is InvalidArgument.
type querier struct {
	*types.UnimplementedQueryServer
	k *Keeper
}

var _ types.QueryServer = querier{}

// NewQuerier returns the handler of the module's queries.
func NewQuerier(k *Keeper) types.QueryServer { return querier{k: k} }

var errNoRequest = status.Error(codes.InvalidArgument, "the request is empty")

// answer gives an error the gRPC code by which clients decide; the text keeps the advice.
func answer[T any](response *T, err error) (*T, error) {
	if err == nil {
		return response, nil
	}
	code := codes.Internal
	switch {
	case errors.Is(err, types.ErrSubnetNotFound), errors.Is(err, types.ErrBenchmarkNotFound), errors.Is(err, types.ErrMinerNotFound),
		errors.Is(err, types.ErrEpochNotFound), errors.Is(err, types.ErrCommitNotFound), errors.Is(err, types.ErrRowNotFound):
		code = codes.NotFound
	case errors.Is(err, types.ErrSubnetNotStarted), errors.Is(err, types.ErrSubnetPaused):
		code = codes.FailedPrecondition
	case errors.Is(err, sdkerrors.ErrInvalidAddress):
		code = codes.InvalidArgument
	}
	return nil, status.Error(code, err.Error())
}

// page bounds what a client asks for; without a wish it gets 100 entries.
func page(request *query.PageRequest) *query.PageRequest { return pageUpTo(request, maxPage) }

func pageUpTo(request *query.PageRequest, most uint64) *query.PageRequest {
	bounded := query.PageRequest{Limit: query.DefaultLimit}
	if request != nil {
		bounded = *request
	}
	if bounded.Limit == 0 {
		bounded.Limit = query.DefaultLimit
	}
	bounded.Limit = min(bounded.Limit, most)
	return &bounded
}

// Params returns the module's parameters.
func (q querier) Params(ctx context.Context, request *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	params, err := q.k.Params.Get(ctx)
	return answer(&types.QueryParamsResponse{Params: params}, err)
}

// Subnet returns one subnet.
func (q querier) Subnet(ctx context.Context, request *types.QuerySubnetRequest) (*types.QuerySubnetResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	return answer(&types.QuerySubnetResponse{Subnet: subnet}, err)
}

// Subnets lists all subnets by netuid.
func (q querier) Subnets(ctx context.Context, request *types.QuerySubnetsRequest) (*types.QuerySubnetsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnets, next, err := query.CollectionPaginate(ctx, q.k.Subnets, page(request.Pagination),
		func(_ uint32, subnet types.Subnet) (types.Subnet, error) { return subnet, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QuerySubnetsResponse{Subnets: subnets, Pagination: next}, nil
}

// Benchmark returns a version of one of a subnet's benchmarks, the newest for version 0.
func (q querier) Benchmark(ctx context.Context, request *types.QueryBenchmarkRequest) (*types.QueryBenchmarkResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	benchmark, err := q.benchmark(ctx, request.Netuid, request.Benchmark, request.Version)
	return answer(&types.QueryBenchmarkResponse{Benchmark: benchmark}, err)
}

func (q querier) benchmark(ctx context.Context, netuid, benchmark, version uint32) (types.BenchmarkVersion, error) {
	if _, err := q.k.Subnet(ctx, netuid); err != nil {
		return types.BenchmarkVersion{}, err
	}
	if version == 0 {
		newest, err := q.k.newestBenchmark(ctx, netuid, benchmark)
		switch {
		case err != nil:
			return types.BenchmarkVersion{}, err
		case newest != nil:
			return *newest, nil
		}
	}
	found, err := q.k.Benchmarks.Get(ctx, collections.Join3(netuid, benchmark, version))
	return found, orNotFound(err, types.ErrBenchmarkNotFound, "version %d of benchmark %d on netuid %d", version, benchmark, netuid)
}

// orNotFound turns the store's "not found" into the module's own.
func orNotFound(err error, own *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(own, format, args...)
	}
	return err
}

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

// Appointments lists the hotkeys a validator appointed, by netuid, then hotkey bytes.
func (q querier) Appointments(ctx context.Context, request *types.QueryAppointmentsRequest) (*types.QueryAppointmentsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	operator, err := q.k.validators.StringToBytes(request.Validator)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "validator: %s", err)
	}
	iter, err := q.k.Appointments.Iterate(ctx, collections.NewPrefixedTripleRange[sdk.ValAddress, uint32, sdk.AccAddress](operator))
	if err != nil {
		return answer[types.QueryAppointmentsResponse](nil, err)
	}
	appointments, err := iter.Values()
	return answer(&types.QueryAppointmentsResponse{Appointments: appointments}, err)
}

// Commit returns what a hotkey committed in an epoch.
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

// Commits lists the commits of an epoch by hotkey bytes, at most one per permit.
func (q querier) Commits(ctx context.Context, request *types.QueryCommitsRequest) (*types.QueryCommitsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	iter, err := q.k.Commits.Iterate(ctx, collections.NewSuperPrefixedQuadRange[uint32, uint64, uint32, sdk.AccAddress](request.Netuid, request.Epoch))
	if err != nil {
		return answer[types.QueryCommitsResponse](nil, err)
	}
	commits, err := iter.Values()
	return answer(&types.QueryCommitsResponse{Commits: commits}, err)
}

// Row returns the row that a hotkey opened for an epoch.
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

// ScoringRecords lists what each hotkey did and missed on a subnet, by hotkey bytes.
func (q querier) ScoringRecords(ctx context.Context, request *types.QueryScoringRecordsRequest) (*types.QueryScoringRecordsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	if _, err := q.k.Subnet(ctx, request.Netuid); err != nil {
		return answer[types.QueryScoringRecordsResponse](nil, err)
	}
	iter, err := q.k.Records.Iterate(ctx, collections.NewPrefixedTripleRange[uint32, sdk.AccAddress, uint32](request.Netuid))
	if err != nil {
		return answer[types.QueryScoringRecordsResponse](nil, err)
	}
	records, err := iter.Values()
	return answer(&types.QueryScoringRecordsResponse{Records: records}, err)
}

// RegistrationPrice returns what a miner registration burns now, and after some blocks without any.
func (q querier) RegistrationPrice(ctx context.Context, request *types.QueryRegistrationPriceRequest) (*types.QueryRegistrationPriceResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	if err != nil {
		return answer[types.QueryRegistrationPriceResponse](nil, err)
	}
	// Further ahead than this every price has long reached its minimum.
	ahead := int64(min(request.Blocks, 1<<40))
	now := height(ctx)
	return &types.QueryRegistrationPriceResponse{Price: burnPrice(subnet, now), Projected: burnPrice(subnet, now+ahead)}, nil
}

// SubnetDeposit returns what a subnet registration locks now.
func (q querier) SubnetDeposit(ctx context.Context, request *types.QuerySubnetDepositRequest) (*types.QuerySubnetDepositResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	deposit, err := q.k.DepositNow(ctx)
	return answer(&types.QuerySubnetDepositResponse{Deposit: deposit}, err)
}

// Beacon returns the beacon of the last block.
func (q querier) Beacon(ctx context.Context, request *types.QueryBeaconRequest) (*types.QueryBeaconResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	last, err := q.k.Beacon.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Error(codes.NotFound, "there is no beacon before the first block: ask again then")
	}
	return answer(&types.QueryBeaconResponse{
		Height: height(ctx), Beacon: last.Value, Previous: last.Previous, Proof: last.Proof, Key: last.Key,
	}, err)
}

// BeaconKeys lists the keys of validators, in pages.
func (q querier) BeaconKeys(ctx context.Context, request *types.QueryBeaconKeysRequest) (*types.QueryBeaconKeysResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	keys, next, err := query.CollectionPaginate(ctx, q.k.BeaconKeys, page(request.Pagination),
		func(_ sdk.ValAddress, key types.BeaconKey) (types.BeaconKey, error) { return key, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryBeaconKeysResponse{Keys: keys, Pagination: next}, nil
}
