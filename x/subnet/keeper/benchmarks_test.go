package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// another proposes the first version of one more benchmark on subnet 1.
func (f *fixture) another(number uint32) {
	f.t.Helper()
	msg := proposal("owner", 1, fmt.Sprintf("benchmark-%d", number))
	msg.Benchmark = number
	must(f, f.msgs.ProposeBenchmark, msg)
}

// schedule is how the benchmarks of subnet 1 share its emission.
func schedule(steps ...types.ShareStep) *types.MsgSetBenchmarkShares {
	return &types.MsgSetBenchmarkShares{Owner: addr("owner"), Netuid: 1, Steps: steps}
}

func from(height int64, shares ...uint32) types.ShareStep {
	return types.ShareStep{FromHeight: height, SharesBp: shares}
}

// rowOn is the reveal of a hotkey's weights on one of the benchmarks.
func rowOn(benchmark uint32, hotkey string, epoch uint64, weights ...uint32) *types.MsgRevealScores {
	msg := row(hotkey, epoch, weights...)
	msg.Benchmark = benchmark
	return msg
}

// shared is a started market whose two benchmarks share the emission 7 to 3, from epoch 0 on.
func shared(t *testing.T) *fixture {
	t.Helper()
	f := market(t)
	f.another(1)
	must(f, f.msgs.SetBenchmarkShares, schedule(from(0, 7_000, 3_000)))
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	return f
}

// record is what a hotkey did on a benchmark of subnet 1.
func (f *fixture) record(hotkey string, benchmark uint32) types.ScoringRecord {
	f.t.Helper()
	response, err := f.queries.ScoringRecords(f.ctx, &types.QueryScoringRecordsRequest{Netuid: 1})
	require.NoError(f.t, err)
	for _, r := range response.Records {
		if r.Hotkey == addr(hotkey) && r.Benchmark == benchmark {
			return r
		}
	}
	require.Fail(f.t, "no record", "%s on benchmark %d", hotkey, benchmark)
	return types.ScoringRecord{}
}

func (f *fixture) activeOn(hotkey string) []uint32 {
	f.t.Helper()
	for _, permit := range f.epoch().Permits {
		if permit.Hotkey == addr(hotkey) {
			return permit.ActiveOn
		}
	}
	require.Fail(f.t, "no permit", hotkey)
	return nil
}

func TestTheBenchmarksOfASubnetAreScoredAndPaidEachByItself(t *testing.T) {
	f := shared(t)
	scored := []types.EpochBenchmark{{Version: 1, ShareBp: 7_000}, {Benchmark: 1, Version: 1, ShareBp: 3_000}}
	require.Equal(t, scored, f.epoch().Benchmarks)
	require.Equal(t, []types.EventEpochStarted{{Netuid: 1, StartHeight: 2, Beacon: f.epoch().Beacon, Benchmarks: scored}}, events[types.EventEpochStarted](f))

	first, second := rowOn(0, "v1 hot", 0, 5, 1), rowOn(1, "v1 hot", 0, 1, 5)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", first))
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", second))
	f.to(12)
	require.Equal(t, []uint32{0, 1}, f.activeOn("v1 hot"))
	for _, r := range []*types.MsgRevealScores{first, second} {
		must(f, f.msgs.RevealScores, r)
	}
	closing, err := f.k.ClosingBenchmarks(f.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, scored, closing)
	for benchmark, weights := range [][]uint32{{5, 1}, {1, 5}} {
		rows, err := f.k.ClosingRows(f.ctx, 1, uint32(benchmark))
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.EqualValues(t, benchmark, rows[0].Benchmark)
		require.Equal(t, weights, rows[0].Weights)
		require.EqualValues(t, 1, f.record("v1 hot", uint32(benchmark)).Reveals)
	}
	f.to(22)
	require.EqualValues(t, 2, f.record("v2 hot", 1).MissedCommits, "a miss is counted on each benchmark")
	f.sound()
}

func TestARowOnOneBenchmarkCannotBeOpenedOnAnother(t *testing.T) {
	f := shared(t)
	r := rowOn(0, "v1 hot", 0, 5, 1)
	commit := commitOf(t, "v1 hot", r)
	commit.Benchmark = 1
	must(f, f.msgs.CommitScores, commit)
	f.to(12)
	r.Benchmark = 1
	_, err := do(f, f.msgs.RevealScores, r)
	require.ErrorIs(t, err, types.ErrHashMismatch)
}

func TestSharesFollowTheScheduleByTheHeightAtWhichAnEpochBegins(t *testing.T) {
	f := started(t)
	f.another(1)
	require.Equal(t, &types.MsgSetBenchmarkSharesResponse{EffectiveEpoch: 1},
		must(f, f.msgs.SetBenchmarkShares, schedule(from(0, 6_000, 4_000), from(22, 0, 10_000), from(25, 10_000))))
	require.Len(t, events[types.EventBenchmarkSharesSet](f), 1)
	require.Equal(t, whole(1), f.epoch().Benchmarks, "the epoch under way keeps what it began with")
	for _, tc := range []struct {
		at   int64
		want []types.EpochBenchmark
	}{
		{12, []types.EpochBenchmark{{Version: 1, ShareBp: 6_000}, {Benchmark: 1, Version: 1, ShareBp: 4_000}}},
		{22, []types.EpochBenchmark{{Benchmark: 1, Version: 1, ShareBp: 10_000}}},
		{32, whole(1)},
	} {
		before := f.epoch().Benchmarks
		f.to(tc.at)
		require.Equal(t, tc.want, f.epoch().Benchmarks, "at height %d", tc.at)
		closing, err := f.k.ClosingBenchmarks(f.ctx, 1)
		require.NoError(t, err)
		require.Equal(t, before, closing, "paid are the shares by which the rows were made")
	}
	f.sound()
}

func TestSharesAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgSetBenchmarkShares)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Owner = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Owner = addr("a") }},
		{"when they do not give all away", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Steps[0].SharesBp[0]-- }},
		{"when they give more away than there is", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Steps[0].SharesBp[0]++ }},
		{"when a step names a benchmark that was never proposed", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) {
			m.Steps[0].SharesBp = []uint32{5_000, 2_500, 2_500}
		}},
		{"when a step names more benchmarks than there may be", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) {
			m.Steps[0].SharesBp = append(make([]uint32, types.MaxBenchmarks), 10_000)
		}},
		{"when steps do not ascend", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Steps = append(m.Steps, m.Steps[0]) }},
		{"when a step begins before the chain", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) { m.Steps[0].FromHeight = -1 }},
		{"when a step begins in ages", types.ErrActivationInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) {
			m.Steps[0].FromHeight = types.MaxActivationAhead + 100
		}},
		{"when there are too many steps", types.ErrSharesInvalid, func(_ *fixture, m *types.MsgSetBenchmarkShares) {
			for i := range int64(types.MaxShareSteps) {
				m.Steps = append(m.Steps, from(100+i, 10_000))
			}
		}},
		{"when they are so already", types.ErrSharesUnchanged, func(f *fixture, m *types.MsgSetBenchmarkShares) { must(f, f.msgs.SetBenchmarkShares, m) }},
		{"in the freeze before the next epoch", types.ErrParamsFrozen, func(f *fixture, _ *types.MsgSetBenchmarkShares) { f.to(8) }},
		{"when the epochs would cost too much", types.ErrSubnetWorkExceeded, func(f *fixture, _ *types.MsgSetBenchmarkShares) {
			must(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{
				Signer: f.gov, Netuid: 1, Fields: []string{"max_miners", "max_validators"}, Params: types.SubnetParams{MaxMiners: 400, MaxValidators: 100},
			})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			f.another(1)
			msg := schedule(from(0, 5_000, 5_000))
			tc.change(f, msg)
			before, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			_, err = do(f, f.msgs.SetBenchmarkShares, msg)
			require.ErrorIs(t, err, tc.want)
			after, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
	t.Run("and parameters are, by which the scored benchmarks would cost too much", func(t *testing.T) {
		f := shared(t)
		_, err := do(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{
			Signer: f.gov, Netuid: 1, Fields: []string{"max_miners", "max_validators"}, Params: types.SubnetParams{MaxMiners: 400, MaxValidators: 100},
		})
		require.ErrorIs(t, err, types.ErrSubnetWorkExceeded)
	})
}

func TestAVersionCountsFromTheFirstEpochOnThatIsNotBeforeItsHeight(t *testing.T) {
	f := started(t)
	msg := proposal("owner", 1, "second")
	msg.ActivationHeight = 23
	require.Equal(t, &types.MsgProposeBenchmarkResponse{Version: 2, ActivationEpoch: 1}, must(f, f.msgs.ProposeBenchmark, msg))
	f.to(22)
	require.EqualValues(t, 1, f.epoch().Version(0), "this epoch begins one block too early")
	_, err := do(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "third"))
	require.ErrorIs(t, err, types.ErrBenchmarkPending)
	f.to(32)
	require.EqualValues(t, 2, f.epoch().Version(0))
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "third"))
	f.sound()

	t.Run("also before the start, where only one version may wait for its height", func(t *testing.T) {
		f := market(t)
		msg := proposal("owner", 1, "second")
		msg.ActivationHeight = 30
		must(f, f.msgs.ProposeBenchmark, msg)
		_, err := do(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "third"))
		require.ErrorIs(t, err, types.ErrBenchmarkPending)
		must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		f.to(2)
		require.EqualValues(t, 1, f.epoch().Version(0))
		f.to(32)
		require.EqualValues(t, 2, f.epoch().Version(0))
	})
	t.Run("a subnet cannot start when all its versions count later", func(t *testing.T) {
		f := newFixture(t)
		f.rich("owner")
		must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
		msg := proposal("owner", 1, "first")
		msg.ActivationHeight = 30
		must(f, f.msgs.ProposeBenchmark, msg)
		_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		require.ErrorIs(t, err, types.ErrNoBenchmark)
	})
}

func TestTheShareOfABenchmarkThatHasNoVersionYetBelongsToNobody(t *testing.T) {
	f := market(t)
	msg := proposal("owner", 1, "later")
	msg.Benchmark, msg.ActivationHeight = 1, 20
	must(f, f.msgs.ProposeBenchmark, msg)
	must(f, f.msgs.SetBenchmarkShares, schedule(from(0, 7_000, 3_000)))
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	require.Equal(t, []types.EpochBenchmark{{Version: 1, ShareBp: 7_000}, {Benchmark: 1, ShareBp: 3_000}}, f.epoch().Benchmarks)
	_, err := do(f, f.msgs.CommitScores, commitOf(t, "v1 hot", rowOn(1, "v1 hot", 0, 1)))
	require.ErrorIs(t, err, types.ErrBenchmarkNotScored)
	f.to(12)
	require.Zero(t, f.record("v1 hot", 1).MissedCommits, "nobody can miss what cannot be scored")
	f.to(22)
	require.EqualValues(t, 1, f.epoch().Version(1))
	f.sound()
}

func TestABenchmarkTakesTheNextFreeNumber(t *testing.T) {
	f := market(t)
	msg := proposal("owner", 1, "far")
	msg.Benchmark = 2
	_, err := do(f, f.msgs.ProposeBenchmark, msg)
	require.ErrorIs(t, err, types.ErrBenchmarkNumber)
	for number := uint32(1); number < types.MaxBenchmarks; number++ {
		f.another(number)
	}
	require.Len(t, f.subnet(1).LatestVersions, types.MaxBenchmarks)
	msg.Benchmark = types.MaxBenchmarks
	_, err = do(f, f.msgs.ProposeBenchmark, msg)
	require.ErrorIs(t, err, types.ErrBenchmarkNumber)
	same := proposal("owner", 1, "first")
	same.Benchmark = 1
	require.EqualValues(t, 2, must(f, f.msgs.ProposeBenchmark, same).Version, "two benchmarks may measure the same")
	f.sound()
}

func TestSilenceOnOneBenchmarkLeavesAHotkeyItsVoiceOnTheOthers(t *testing.T) {
	f := shared(t)
	cutoff := uint64(f.subnet(1).Params.ActivityCutoff)
	var last *types.MsgRevealScores
	for epoch := range cutoff + 2 {
		start := int64(2 + 10*epoch)
		f.to(start)
		if last != nil {
			must(f, f.msgs.RevealScores, last)
		}
		last = rowOn(0, "v1 hot", epoch, 1, 2)
		must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", last))
		if epoch == cutoff+1 {
			late := rowOn(1, "v1 hot", epoch, 3)
			must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", late))
			require.Equal(t, []uint32{0}, f.activeOn("v1 hot"), "it revealed nothing on benchmark 1 since epoch 0")
			f.to(start + 10)
			require.Equal(t, []uint32{0}, f.activeOn("v1 hot"))
			must(f, f.msgs.RevealScores, late)
			require.Equal(t, []uint32{0, 1}, f.activeOn("v1 hot"), "and counts again in the epoch in which it reveals")
		}
	}
	f.sound()
}

func TestABenchmarkThatIsScoredAgainBeginsWithoutAnybodysSilence(t *testing.T) {
	f := shared(t)
	must(f, f.msgs.SetBenchmarkShares, schedule(from(0, 10_000)))
	f.to(62)
	must(f, f.msgs.SetBenchmarkShares, schedule(from(0, 5_000, 5_000)))
	f.to(72)
	require.Empty(t, f.activeOn("v1 hot"), "in its first epoch nobody can have a row on it")
	f.to(82)
	require.Equal(t, []uint32{1}, f.activeOn("v1 hot"), "on benchmark 0 it has been silent for long, on benchmark 1 it could not speak")
}

func TestOfAnEpochThatAPauseCutShortOnlyWhatWasCommittedCounts(t *testing.T) {
	f := shared(t)
	f.to(12)
	r := rowOn(1, "v1 hot", 1, 4, 4)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", r))
	must(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1})
	f.to(15)
	must(f, f.msgs.ResumeSubnet, &types.MsgResumeSubnet{Authority: f.gov, Netuid: 1})
	f.to(16)
	require.EqualValues(t, 2, f.epoch().Index)
	require.Equal(t, []uint32{1}, f.activeOn("v1 hot"), "it had committed on benchmark 1 only")
	require.Empty(t, f.activeOn("v2 hot"))
	must(f, f.msgs.RevealScores, r)
	rows, err := f.k.ClosingRows(f.ctx, 1, 1)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	f.sound()
}

func TestSubnetsThatStartTogetherEndTheirEpochsInDifferentBlocks(t *testing.T) {
	f := newFixture(t)
	f.rich("owner")
	for netuid := uint32(1); netuid <= 12; netuid++ {
		must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
		must(f, f.msgs.ProposeBenchmark, proposal("owner", netuid, "first"))
	}
	ends := map[int64][]uint32{}
	for netuid := uint32(1); netuid <= 12; netuid++ {
		first := must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: netuid}).FirstEpochHeight
		ends[first%10] = append(ends[first%10], netuid)
		require.GreaterOrEqual(t, first, int64(2))
		require.Less(t, first, int64(12), "nobody waits longer than an epoch")
	}
	require.Len(t, ends, 10, "ten subnets take the ten blocks of their tempo")
	require.Equal(t, []uint32{1, 11, 12}, ends[2], "the others begin at once, and wait for room when they end")
}
