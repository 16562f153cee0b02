package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

func withdrawal(version uint32) *types.MsgWithdrawBenchmark {
	return &types.MsgWithdrawBenchmark{Owner: addr("owner"), Netuid: 1, Version: version}
}

func TestAVersionThatWaitsIsWithdrawnAndItsNumberIsNeverGivenAgain(t *testing.T) {
	f := started(t)
	require.EqualValues(t, 2, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second")).Version)
	must(f, f.msgs.WithdrawBenchmark, withdrawal(2))
	require.Equal(t, []types.EventBenchmarkWithdrawn{{Netuid: 1, Version: 2}}, events[types.EventBenchmarkWithdrawn](f))
	newest, err := f.queries.Benchmark(f.ctx, &types.QueryBenchmarkRequest{Netuid: 1})
	require.NoError(t, err)
	require.EqualValues(t, 1, newest.Benchmark.Version)
	f.to(12)
	require.EqualValues(t, 1, f.epoch().Version(0), "the epoch goes on with what counted before")

	require.EqualValues(t, 3, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second")).Version, "and the same may be proposed again")
	f.to(22)
	require.EqualValues(t, 3, f.epoch().Version(0))
	f.sound()
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, state.Validate())
}

func TestASubnetWhoseOnlyVersionWasWithdrawnCannotStart(t *testing.T) {
	f := market(t)
	must(f, f.msgs.WithdrawBenchmark, withdrawal(1))
	_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	require.ErrorIs(t, err, types.ErrNoBenchmark)
	require.EqualValues(t, 2, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "first")).Version)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	require.EqualValues(t, 2, f.epoch().Version(0))
}

func TestAWithdrawalIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgWithdrawBenchmark)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Owner = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Owner = addr("a") }},
		{"when there is no such version", types.ErrBenchmarkNotFound, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Version = 9 }},
		{"when no version is named", types.ErrBenchmarkNotFound, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Version = 0 }},
		{"when the version was withdrawn already", types.ErrBenchmarkNotFound, func(f *fixture, m *types.MsgWithdrawBenchmark) { must(f, f.msgs.WithdrawBenchmark, m) }},
		{"when the version counts", types.ErrBenchmarkActive, func(_ *fixture, m *types.MsgWithdrawBenchmark) { m.Version = 1 }},
		{"when the version has begun to count", types.ErrBenchmarkActive, func(f *fixture, _ *types.MsgWithdrawBenchmark) { f.to(12) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second"))
			msg := withdrawal(2)
			tc.change(f, msg)
			_, err := do(f, f.msgs.WithdrawBenchmark, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
	t.Run("before the start, when a newer version stands", func(t *testing.T) {
		f := market(t)
		must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second"))
		_, err := do(f, f.msgs.WithdrawBenchmark, withdrawal(1))
		require.ErrorIs(t, err, types.ErrBenchmarkActive)
	})
}
