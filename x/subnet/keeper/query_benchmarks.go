package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// maxBenchmarksPage bounds a page of benchmark versions, in versions: each is read with its spec, up to 64 KiB.
const maxBenchmarksPage = 100

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

// Benchmarks lists the versions of a subnet's benchmarks by number and version, without their specs.
func (q querier) Benchmarks(ctx context.Context, request *types.QueryBenchmarksRequest) (*types.QueryBenchmarksResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	if _, err := q.k.Subnet(ctx, request.Netuid); err != nil {
		return answer[types.QueryBenchmarksResponse](nil, err)
	}
	versions, next, err := query.CollectionPaginate(ctx, q.k.Benchmarks, pageUpTo(request.Pagination, maxBenchmarksPage),
		func(_ versionKey, version types.BenchmarkVersion) (types.BenchmarkVersion, error) {
			version.Spec = nil
			return version, nil
		}, within(collections.TriplePrefix[uint32, uint32, uint32](request.Netuid)))
	return answer(&types.QueryBenchmarksResponse{Benchmarks: versions, Pagination: next}, badPage(err))
}

// within lets a page hold only keys with a prefix.
func within[K any](prefix K) func(*query.CollectionsPaginateOptions[K]) {
	return func(o *query.CollectionsPaginateOptions[K]) { o.Prefix = &prefix }
}

// BenchmarkBounds returns the numbers of a benchmark that may be tuned, with their values in the newest version. A number that
// the newest version has lost is left out: it cannot be tuned.
func (q querier) BenchmarkBounds(ctx context.Context, request *types.QueryBenchmarkBoundsRequest) (*types.QueryBenchmarkBoundsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	fields, err := q.tunable(ctx, request.Netuid, request.Benchmark)
	return answer(&types.QueryBenchmarkBoundsResponse{Fields: fields}, err)
}

func (q querier) tunable(ctx context.Context, netuid, benchmark uint32) ([]types.TunableField, error) {
	newest, err := q.benchmark(ctx, netuid, benchmark, 0)
	if err != nil {
		return nil, err
	}
	declared, err := spec.Decode(newest.Spec)
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrSpecInvalid, "version %d: %s", newest.Version, err)
	}
	bounds, err := q.k.BenchmarkBounds.Get(ctx, collections.Join(netuid, benchmark))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	var fields []types.TunableField
	for _, bound := range bounds.Bounds {
		if value, err := spec.NumberAt(declared, bound.Field); err == nil {
			fields = append(fields, types.TunableField{Bound: bound, Value: value})
		}
	}
	return fields, nil
}
