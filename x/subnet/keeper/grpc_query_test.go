package keeper_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestQueriesAnswerFromTheState(t *testing.T) {
	f := lived(t)
	t.Run("params", func(t *testing.T) {
		response, err := f.queries.Params(f.ctx, &types.QueryParamsRequest{})
		require.NoError(t, err)
		require.Equal(t, types.DefaultParams(), response.Params)
	})
	t.Run("one subnet, and all of them in pages", func(t *testing.T) {
		one, err := f.queries.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 1})
		require.NoError(t, err)
		page, err := f.queries.Subnets(f.ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, []types.Subnet{one.Subnet}, page.Subnets)
		page, err = f.queries.Subnets(f.ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Key: page.Pagination.NextKey, Limit: 1 << 60}})
		require.NoError(t, err)
		require.Len(t, page.Subnets, 1)
		require.EqualValues(t, 2, page.Subnets[0].Netuid)
	})
	t.Run("a benchmark version, the newest for version 0", func(t *testing.T) {
		newest, err := f.queries.Benchmark(f.ctx, &types.QueryBenchmarkRequest{Netuid: 1})
		require.NoError(t, err)
		first, err := f.queries.Benchmark(f.ctx, &types.QueryBenchmarkRequest{Netuid: 1, Version: 1})
		require.NoError(t, err)
		require.Equal(t, first, newest)
		require.Equal(t, benchmarkSpec("first"), newest.Benchmark.Spec)
	})
	t.Run("the epoch under way and an epoch that is over", func(t *testing.T) {
		response, err := f.queries.Epoch(f.ctx, &types.QueryEpochRequest{Netuid: 1})
		require.NoError(t, err)
		require.Equal(t, f.epoch(), response.Epoch)
		require.Equal(t, f.ctx.BlockHeight(), response.Height)
		require.EqualValues(t, 9, response.BlocksLeft)
		require.EqualValues(t, response.Epoch.StartHeight+4, response.RevealUntil)
		past, err := f.queries.PastEpoch(f.ctx, &types.QueryPastEpochRequest{Netuid: 1, Index: 1})
		require.NoError(t, err)
		require.EqualValues(t, 1, past.Epoch.Index)
	})
	t.Run("miners by slot, hotkey and page", func(t *testing.T) {
		bySlot, err := f.queries.Miner(f.ctx, &types.QueryMinerRequest{Netuid: 1, Uid: 2})
		require.NoError(t, err)
		require.EqualValues(t, 9, bySlot.Miner.LastEmission)
		byHotkey, err := f.queries.MinerByHotkey(f.ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: bySlot.Miner.Hotkey})
		require.NoError(t, err)
		require.Equal(t, bySlot.Miner, byHotkey.Miner)
		page, err := f.queries.Miners(f.ctx, &types.QueryMinersRequest{Netuid: 1, Pagination: &query.PageRequest{Offset: 2, Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, []types.Miner{bySlot.Miner}, page.Miners)
	})
	t.Run("the metagraph in columns of one length", func(t *testing.T) {
		graph, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{Netuid: 1})
		require.NoError(t, err)
		require.Equal(t, []uint32{0, 1, 2, 3}, graph.Uids)
		require.Equal(t, f.ctx.BlockHeight(), graph.Height)
		require.EqualValues(t, 3, graph.Epoch)
		for _, column := range []any{graph.MinerIds, graph.Hotkeys, graph.Owners, graph.Endpoints, graph.Models, graph.RegisteredHeights, graph.LastEmissions} {
			require.Equal(t, 4, reflect.ValueOf(column).Len())
		}
	})
	t.Run("commits and rows", func(t *testing.T) {
		commits, err := f.queries.Commits(f.ctx, &types.QueryCommitsRequest{Netuid: 1, Epoch: 2})
		require.NoError(t, err)
		require.Len(t, commits.Commits, 1)
		row, err := f.queries.Row(f.ctx, &types.QueryRowRequest{Netuid: 1, Epoch: 2, Hotkey: addr("v2 hot")})
		require.NoError(t, err)
		require.Equal(t, []uint64{1, 2, 3}, row.Row.MinerIds)
	})
	t.Run("the deposit of the next subnet", func(t *testing.T) {
		deposit, err := f.queries.SubnetDeposit(f.ctx, &types.QuerySubnetDepositRequest{})
		require.NoError(t, err)
		require.Greater(t, deposit.Deposit, 2*types.DefaultParams().SubnetDepositMin)
	})
}

func TestTheEpochQueryLooksAheadBetweenTwoEpochs(t *testing.T) {
	f := started(t)
	f.to(11)
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second"))
	f.endBlock()
	response, err := f.queries.Epoch(f.ctx, &types.QueryEpochRequest{Netuid: 1})
	require.NoError(t, err)
	require.Equal(t, types.Epoch{Netuid: 1, Index: 1, StartHeight: 12, EndHeight: 21, Benchmarks: whole(2)}, response.Epoch)
	require.EqualValues(t, 10, response.BlocksLeft)
	require.EqualValues(t, 16, response.RevealUntil)
}

func TestQueriesForWhatIsNotThereSayWhat(t *testing.T) {
	f := lived(t)
	hotkey := addr("nobody")
	for _, tc := range []struct {
		name string
		code codes.Code
		ask  func(context.Context) (any, error)
	}{
		{"no such subnet", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Subnet(ctx, &types.QuerySubnetRequest{Netuid: 9})
		}},
		{"no such subnet to list miners of", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Miners(ctx, &types.QueryMinersRequest{Netuid: 9})
		}},
		{"no such subnet to draw a metagraph of", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Metagraph(ctx, &types.QueryMetagraphRequest{Netuid: 9})
		}},
		{"no such subnet to list records of", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.ScoringRecords(ctx, &types.QueryScoringRecordsRequest{Netuid: 9})
		}},
		{"no such subnet to price", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.RegistrationPrice(ctx, &types.QueryRegistrationPriceRequest{Netuid: 9})
		}},
		{"no such benchmark version", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Benchmark(ctx, &types.QueryBenchmarkRequest{Netuid: 1, Version: 9})
		}},
		{"no benchmark at all", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Benchmark(ctx, &types.QueryBenchmarkRequest{Netuid: 2})
		}},
		{"a benchmark of no subnet", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Benchmark(ctx, &types.QueryBenchmarkRequest{Netuid: 9})
		}},
		{"no epoch before the start", codes.FailedPrecondition, func(ctx context.Context) (any, error) {
			return f.queries.Epoch(ctx, &types.QueryEpochRequest{Netuid: 2})
		}},
		{"an epoch of no subnet", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Epoch(ctx, &types.QueryEpochRequest{Netuid: 9})
		}},
		{"no such past epoch", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.PastEpoch(ctx, &types.QueryPastEpochRequest{Netuid: 1, Index: 99})
		}},
		{"no miner in the slot", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Miner(ctx, &types.QueryMinerRequest{Netuid: 1, Uid: 9})
		}},
		{"no miner with the hotkey", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.MinerByHotkey(ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: hotkey})
		}},
		{"no commit", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Commit(ctx, &types.QueryCommitRequest{Netuid: 1, Hotkey: hotkey})
		}},
		{"no row", codes.NotFound, func(ctx context.Context) (any, error) {
			return f.queries.Row(ctx, &types.QueryRowRequest{Netuid: 1, Hotkey: hotkey})
		}},
		{"a malformed hotkey", codes.InvalidArgument, func(ctx context.Context) (any, error) {
			return f.queries.Row(ctx, &types.QueryRowRequest{Netuid: 1, Hotkey: "x"})
		}},
		{"a malformed miner hotkey", codes.InvalidArgument, func(ctx context.Context) (any, error) {
			return f.queries.MinerByHotkey(ctx, &types.QueryMinerByHotkeyRequest{Netuid: 1, Hotkey: "x"})
		}},
		{"a malformed commit hotkey", codes.InvalidArgument, func(ctx context.Context) (any, error) {
			return f.queries.Commit(ctx, &types.QueryCommitRequest{Netuid: 1, Hotkey: "x"})
		}},
		{"a malformed validator", codes.InvalidArgument, func(ctx context.Context) (any, error) {
			return f.queries.Appointments(ctx, &types.QueryAppointmentsRequest{Validator: addr("v1")})
		}},
		{"a malformed page key", codes.InvalidArgument, func(ctx context.Context) (any, error) {
			return f.queries.Subnets(ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Key: []byte{1}, Offset: 1}})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.ask(f.ctx)
			require.Equal(t, tc.code, status.Code(err), "%v", err)
		})
	}
}

func TestAnEmptyRequestIsRefusedByEveryQuery(t *testing.T) {
	f := newFixture(t)
	server := reflect.ValueOf(f.queries)
	for i := range server.NumMethod() {
		method := server.Method(i)
		if method.Type().NumIn() != 2 {
			continue
		}
		out := method.Call([]reflect.Value{reflect.ValueOf(context.Context(f.ctx)), reflect.Zero(method.Type().In(1))})
		err, _ := out[1].Interface().(error)
		require.Equal(t, codes.InvalidArgument, status.Code(err), server.Type().Method(i).Name)
	}
}
