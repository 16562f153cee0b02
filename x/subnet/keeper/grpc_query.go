package keeper

import (
	"context"
	"errors"
	"fmt"
	"math"

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
	case errors.Is(err, sdkerrors.ErrInvalidAddress), errors.Is(err, types.ErrColumnUnknown), errors.Is(err, errPage):
		code = codes.InvalidArgument
	}
	return nil, status.Error(code, err.Error())
}

// page bounds what a client asks for; without a wish it gets 100 entries.
func page(request *query.PageRequest) *query.PageRequest { return pageUpTo(request, maxPage) }

// pageUpTo bounds what a client asks for: offset and a count of all are read entry by entry, and a node answers many clients.
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

// errPage is behind every failure to read a page: mostly a key that is of no page, or a key and an offset.
var errPage = errors.New("this page cannot be read")

func badPage(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errPage, err)
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
	if err != nil {
		return answer[types.QuerySubnetResponse](nil, err)
	}
	params, err := q.k.Params.Get(ctx)
	if err != nil {
		return answer[types.QuerySubnetResponse](nil, err)
	}
	shares, err := q.k.voteShares(ctx)
	return answer(&types.QuerySubnetResponse{
		Subnet:      subnet,
		VoteShare:   shares.Value(uint64(subnet.Netuid)),
		ImmuneUntil: immuneUntil(subnet.RegisteredHeight, params.SubnetImmunityPeriod),
	}, err)
}

// immuneUntil is the last height at which what was registered at a height is immune; the height before it without any immunity.
func immuneUntil(registered int64, period uint64) int64 {
	return registered + int64(min(period, math.MaxInt64/2)) - 1
}

// Subnets lists all subnets by netuid, with their shares of the votes.
func (q querier) Subnets(ctx context.Context, request *types.QuerySubnetsRequest) (*types.QuerySubnetsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	subnets, next, err := query.CollectionPaginate(ctx, q.k.Subnets, page(request.Pagination),
		func(_ uint32, subnet types.Subnet) (types.Subnet, error) { return subnet, nil })
	if err != nil {
		return answer[types.QuerySubnetsResponse](nil, badPage(err))
	}
	shares, err := q.k.voteShares(ctx)
	votes := make([]uint64, len(subnets))
	for i := range subnets {
		votes[i] = shares.Value(uint64(subnets[i].Netuid))
	}
	return answer(&types.QuerySubnetsResponse{Subnets: subnets, VoteShares: votes, Pagination: next}, err)
}

// orNotFound turns the store's "not found" into the module's own.
func orNotFound(err error, own *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(own, format, args...)
	}
	return err
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
	return answer(&types.QueryBeaconKeysResponse{Keys: keys, Pagination: next}, badPage(err))
}
