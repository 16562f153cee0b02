package keeper_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestTheNextEpochIsKnownAtAnyTimeOfARunningSubnet(t *testing.T) {
	f := started(t) // epoch 0 in blocks 2 to 11, the reveal window is 5 blocks
	ask := func() types.QueryNextEpochResponse {
		response, err := f.queries.NextEpoch(f.ctx, &types.QueryNextEpochRequest{Netuid: 1})
		require.NoError(t, err)
		return *response
	}
	freeze := int64(min(types.DefaultParams().ParamsFreeze, 5))
	want := types.QueryNextEpochResponse{
		Height: 4, StartHeight: 2, NextHeight: 12, BlocksLeft: 7, RevealUntil: 6, CommitUntil: 11, FrozenFrom: 12 - freeze,
	}
	f.to(4)
	require.Equal(t, want, ask())

	f.to(11)
	f.endBlock() // between two epochs
	want = types.QueryNextEpochResponse{
		Height: 11, Epoch: 1, StartHeight: 12, NextHeight: 22, BlocksLeft: 10, RevealUntil: 16, CommitUntil: 21, FrozenFrom: 22 - freeze,
	}
	require.Equal(t, want, ask())

	// Nobody closes the epoch when it is due: it goes on, and scores of it may still be committed.
	f.ctx = f.ctx.WithBlockHeight(30)
	deferred := ask()
	require.EqualValues(t, 31, deferred.NextHeight)
	require.EqualValues(t, 30, deferred.CommitUntil)
	require.Zero(t, deferred.BlocksLeft)
}

func TestASubnetThatDoesNotRunHasNoNextEpoch(t *testing.T) {
	f := market(t)
	_, err := f.queries.NextEpoch(f.ctx, &types.QueryNextEpochRequest{Netuid: 1})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.ErrorContains(t, err, types.ErrSubnetNotStarted.Error())
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	must(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1, Reason: "a test"})
	_, err = f.queries.NextEpoch(f.ctx, &types.QueryNextEpochRequest{Netuid: 1})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.ErrorContains(t, err, types.ErrSubnetPaused.Error())
	_, err = f.queries.NextEpoch(f.ctx, &types.QueryNextEpochRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestTheMetagraphHasTheColumnsThatAreNamed(t *testing.T) {
	f := lived(t)
	all, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1})
	require.NoError(t, err)
	columns := reflect.TypeFor[types.QueryMetagraphResponse]()
	for i := range columns.NumField() {
		if columns.Field(i).Type.Kind() != reflect.Slice {
			continue
		}
		name, _, _ := strings.Cut(columns.Field(i).Tag.Get("json"), ",")
		t.Run(name, func(t *testing.T) {
			one, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1, Fields: []string{name, name}})
			require.NoError(t, err)
			for j := range columns.NumField() {
				got, whole := reflect.ValueOf(*one).Field(j), reflect.ValueOf(*all).Field(j)
				if i == j || columns.Field(j).Name == "Uids" || columns.Field(j).Type.Kind() != reflect.Slice {
					require.Equal(t, whole.Interface(), got.Interface())
					require.NotZero(t, got)
				} else {
					require.Zero(t, got.Len(), columns.Field(j).Name)
				}
			}
		})
	}

	_, err = f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1, Fields: []string{"uids", "stake"}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.ErrorContains(t, err, `"stake" is none of uids, miner_ids, hotkeys, owners, endpoints, models, registered_heights, last_emissions`)
	require.ErrorContains(t, err, types.ErrColumnUnknown.Error())
}

func TestAMinerIsFoundByItsIdentityAlsoWithoutASlot(t *testing.T) {
	f := lived(t)
	bySlot, err := f.queries.Miner(f.ctx, &types.QueryMinerRequest{Netuid: 1, Uid: 2})
	require.NoError(t, err)
	byID, err := f.queries.MinerByID(f.ctx, &types.QueryMinerByIDRequest{Netuid: 1, MinerId: bySlot.Miner.MinerId})
	require.NoError(t, err)
	require.Equal(t, bySlot.Miner, byID.Miner)

	replaced, err := f.queries.MinerByID(f.ctx, &types.QueryMinerByIDRequest{Netuid: 1, MinerId: 2})
	require.NoError(t, err)
	require.Empty(t, replaced.Miner.Hotkey)
	require.Equal(t, addr("b"), replaced.Miner.Owner)
	require.NotZero(t, replaced.Miner.Releasing)

	_, err = f.queries.MinerByID(f.ctx, &types.QueryMinerByIDRequest{Netuid: 1, MinerId: 99})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestASubnetIsShownWithItsVotesAndItsImmunity(t *testing.T) {
	f := lived(t)
	require.NoError(t, f.k.SetVoteShares(f.ctx, []uint32{2}, []uint64{5}))
	second, err := f.queries.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 2})
	require.NoError(t, err)
	require.EqualValues(t, 5, second.VoteShare)
	params := types.DefaultParams()
	require.Equal(t, second.Subnet.RegisteredHeight+int64(params.SubnetImmunityPeriod)-1, second.ImmuneUntil)
	first, err := f.queries.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 1})
	require.NoError(t, err)
	require.Zero(t, first.VoteShare)

	all, err := f.queries.Subnets(f.ctx, &types.QuerySubnetsRequest{})
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 5}, all.VoteShares)
	last, err := f.queries.Subnets(f.ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Offset: 1}})
	require.NoError(t, err)
	require.Equal(t, []uint64{5}, last.VoteShares)
}

func TestImmunityEndsWhenTheQuerySaysSo(t *testing.T) {
	f := market(t)
	params := types.DefaultParams()
	params.MaxSubnets, params.SubnetImmunityPeriod = 1, 7
	require.NoError(t, f.k.Params.Set(f.ctx, params))
	subnet, err := f.queries.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 1})
	require.NoError(t, err)
	f.rich("owner")
	another := &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "second"}
	f.to(subnet.ImmuneUntil)
	_, err = do(f, f.msgs.RegisterSubnet, another)
	require.ErrorIs(t, err, types.ErrSubnetLimit)
	f.to(subnet.ImmuneUntil + 1)
	must(f, f.msgs.RegisterSubnet, another)
}

func TestTheVersionsOfAllBenchmarksAreListedWithoutTheirSpecs(t *testing.T) {
	f := market(t)
	f.another(1)
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "second"})
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second"))
	list, err := f.queries.Benchmarks(f.ctx, &types.QueryBenchmarksRequest{Netuid: 1})
	require.NoError(t, err)
	require.Len(t, list.Benchmarks, 3)
	for i, want := range [][2]uint32{{0, 1}, {0, 2}, {1, 1}} {
		got := list.Benchmarks[i]
		require.Equal(t, want, [2]uint32{got.Benchmark, got.Version})
		require.Empty(t, got.Spec)
		one, err := f.queries.Benchmark(f.ctx, &types.QueryBenchmarkRequest{Netuid: 1, Benchmark: want[0], Version: want[1]})
		require.NoError(t, err)
		require.NotEmpty(t, one.Benchmark.Spec)
		require.Equal(t, one.Benchmark.Digest, got.Digest)
	}
	page, err := f.queries.Benchmarks(f.ctx, &types.QueryBenchmarksRequest{Netuid: 1, Pagination: &query.PageRequest{Limit: 2}})
	require.NoError(t, err)
	require.Len(t, page.Benchmarks, 2)
	page, err = f.queries.Benchmarks(f.ctx, &types.QueryBenchmarksRequest{Netuid: 1, Pagination: &query.PageRequest{Key: page.Pagination.NextKey}})
	require.NoError(t, err)
	require.Equal(t, list.Benchmarks[2:], page.Benchmarks)
	empty, err := f.queries.Benchmarks(f.ctx, &types.QueryBenchmarksRequest{Netuid: 2})
	require.NoError(t, err)
	require.Empty(t, empty.Benchmarks)
	_, err = f.queries.Benchmarks(f.ctx, &types.QueryBenchmarksRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestTheBoundsOfABenchmarkAreShownWithItsNumbers(t *testing.T) {
	f := market(t)
	ask := func(benchmark uint32) (*types.QueryBenchmarkBoundsResponse, error) {
		return f.queries.BenchmarkBounds(f.ctx, &types.QueryBenchmarkBoundsRequest{Netuid: 1, Benchmark: benchmark})
	}
	none, err := ask(0)
	require.NoError(t, err)
	require.Empty(t, none.Fields)
	bounds := []types.FieldBound{
		{Field: "request.max_tokens", MaxChange: 8, Min: 16, Max: 64}, {Field: "sampling.items_per_miner", MaxChange: 1, Min: 1, Max: 9},
	}
	must(f, f.msgs.SetBenchmarkBounds, &types.MsgSetBenchmarkBounds{Signer: addr("owner"), Netuid: 1, Bounds: bounds})
	some, err := ask(0)
	require.NoError(t, err)
	require.Equal(t, []types.TunableField{{Bound: bounds[0], Value: 32}, {Bound: bounds[1], Value: 8}}, some.Fields)
	_, err = ask(1)
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestCommitsRowsAndRecordsComeInPages(t *testing.T) {
	f := shared(t)
	for _, hotkey := range []string{"v1 hot", "v2 hot"} {
		for benchmark := range uint32(2) {
			must(f, f.msgs.CommitScores, commitOf(t, hotkey, rowOn(benchmark, hotkey, 0, 1, 2, 3)))
		}
	}
	f.to(12)
	for _, hotkey := range []string{"v1 hot", "v2 hot"} {
		for benchmark := range uint32(2) {
			must(f, f.msgs.RevealScores, rowOn(benchmark, hotkey, 0, 1, 2, 3))
		}
	}
	commits := inPages(t, func(page *query.PageRequest) ([]types.ScoreCommit, *query.PageResponse, error) {
		r, err := f.queries.Commits(f.ctx, &types.QueryCommitsRequest{Netuid: 1, Pagination: page})
		return r.GetCommits(), r.GetPagination(), err
	})
	require.Equal(t, []uint32{0, 0, 1, 1}, each(commits, func(c types.ScoreCommit) uint32 { return c.Benchmark }))
	records := inPages(t, func(page *query.PageRequest) ([]types.ScoringRecord, *query.PageResponse, error) {
		r, err := f.queries.ScoringRecords(f.ctx, &types.QueryScoringRecordsRequest{Netuid: 1, Pagination: page})
		return r.GetRecords(), r.GetPagination(), err
	})
	require.Equal(t, []uint32{0, 1, 0, 1}, each(records, func(c types.ScoringRecord) uint32 { return c.Benchmark }))
	rows := inPages(t, func(page *query.PageRequest) ([]types.RowInfo, *query.PageResponse, error) {
		r, err := f.queries.Rows(f.ctx, &types.QueryRowsRequest{Netuid: 1, Pagination: page})
		return r.GetRows(), r.GetPagination(), err
	})
	for _, info := range rows {
		full, err := f.queries.Row(f.ctx, &types.QueryRowRequest{Netuid: 1, Hotkey: info.Hotkey, Benchmark: info.Benchmark})
		require.NoError(t, err)
		require.Equal(t, types.RowInfo{
			Hotkey: full.Row.Hotkey, Validator: full.Row.Validator, Benchmark: full.Row.Benchmark, BenchmarkVersion: full.Row.BenchmarkVersion,
			Entries: 3, EvidenceRoot: full.Row.EvidenceRoot, Items: full.Row.Items, Height: full.Row.Height,
		}, info)
	}
	other, err := f.queries.Rows(f.ctx, &types.QueryRowsRequest{Netuid: 1, Epoch: 1})
	require.NoError(t, err)
	require.Empty(t, other.Rows)
}

// inPages reads a list of four in pages of three, and all at once, which must be the same.
func inPages[T any](t *testing.T, read func(*query.PageRequest) ([]T, *query.PageResponse, error)) []T {
	t.Helper()
	all, _, err := read(&query.PageRequest{Limit: 1 << 60})
	require.NoError(t, err)
	require.Len(t, all, 4)
	first, next, err := read(&query.PageRequest{Limit: 3})
	require.NoError(t, err)
	require.Len(t, first, 3)
	second, end, err := read(&query.PageRequest{Key: next.NextKey})
	require.NoError(t, err)
	require.Empty(t, end.NextKey)
	require.Equal(t, all, append(first, second...))
	_, _, err = read(&query.PageRequest{Key: []byte{1}, Offset: 1})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	return all
}

func each[T, V any](list []T, read func(T) V) []V {
	values := make([]V, len(list))
	for i, element := range list {
		values[i] = read(element)
	}
	return values
}

func TestRefusalsAreListedByHotkey(t *testing.T) {
	f := shared(t)
	for i, hotkey := range []string{"v1 hot", "v2 hot", "w", "x"} {
		require.NoError(t, f.k.Refusals.Set(f.ctx, collections.Join(uint32(1), addressOf(hotkey)), types.RefusalRecord{
			Netuid: 1, Hotkey: addr(hotkey), Refusals: []types.Refusal{{Code: 34, Count: uint64(i) + 1, LastHeight: 2}},
		}))
	}
	require.NoError(t, f.k.Refusals.Set(f.ctx, collections.Join(uint32(2), addressOf("v1 hot")), types.RefusalRecord{Netuid: 2, Hotkey: addr("v1 hot")}))
	records := inPages(t, func(page *query.PageRequest) ([]types.RefusalRecord, *query.PageResponse, error) {
		r, err := f.queries.Refusals(f.ctx, &types.QueryRefusalsRequest{Netuid: 1, Pagination: page})
		return r.GetRecords(), r.GetPagination(), err
	})
	for _, record := range records {
		require.EqualValues(t, 1, record.Netuid)
		require.Len(t, record.Refusals, 1)
	}
	_, err := f.queries.Refusals(f.ctx, &types.QueryRefusalsRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
}
