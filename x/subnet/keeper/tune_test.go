package keeper_test

import (
	"crypto/sha256"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// bound of max_tokens, of which the fixture's benchmark has 32.
func tokensBound() types.FieldBound {
	return types.FieldBound{Field: "request.max_tokens", MaxChange: 8, Min: 16, Max: 64}
}

func bounding(bounds ...types.FieldBound) *types.MsgSetBenchmarkBounds {
	return &types.MsgSetBenchmarkBounds{Signer: addr("owner"), Netuid: 1, Bounds: bounds}
}

func tuning(field string, value uint64) *types.MsgTuneBenchmark {
	return &types.MsgTuneBenchmark{Owner: addr("owner"), Netuid: 1, Changes: []types.FieldChange{{Field: field, Value: value}}}
}

// tunable is a started market whose benchmark 0 may be tuned.
func tunable(t *testing.T) *fixture {
	t.Helper()
	f := started(t)
	must(f, f.msgs.SetBenchmarkBounds, bounding(tokensBound()))
	return f
}

// nextEpoch goes to the first block of the next epoch of subnet 1.
func (f *fixture) nextEpoch() { f.to(f.epoch().EndHeight + 1) }

// newest is the newest version of a benchmark of subnet 1 with its spec.
func (f *fixture) newest(benchmark uint32) (types.BenchmarkVersion, *spec.Spec) {
	f.t.Helper()
	response, err := f.queries.Benchmark(f.ctx, &types.QueryBenchmarkRequest{Netuid: 1, Benchmark: benchmark})
	require.NoError(f.t, err)
	measured, err := spec.Decode(response.Benchmark.Spec)
	require.NoError(f.t, err)
	return response.Benchmark, measured
}

func (f *fixture) bounds(benchmark uint32) types.BenchmarkBounds {
	f.t.Helper()
	bounds, err := f.k.BenchmarkBounds.Get(f.ctx, collections.Join(uint32(1), benchmark))
	require.NoError(f.t, err)
	return bounds
}

func TestATunedVersionDiffersInExactlyTheNumbersThatWereChangedAndCountsAnEpochLater(t *testing.T) {
	f := tunable(t)
	before, want := f.newest(0)
	tuned := must(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", 40))

	want.Request.MaxTokens = 40
	canonical, err := spec.Encode(want)
	require.NoError(t, err)
	digest := sha256.Sum256(canonical)
	require.Equal(t, &types.MsgTuneBenchmarkResponse{Version: 2, Digest: digest[:], ActivationEpoch: 1}, tuned)
	after, _ := f.newest(0)
	require.Equal(t, types.BenchmarkVersion{
		Netuid: 1, Version: 2, Digest: digest[:], Spec: canonical, Blobs: before.Blobs, ProposedHeight: f.ctx.BlockHeight(), ActivationEpoch: 1,
	}, after)
	require.Equal(t, []types.EventBenchmarkProposed{{Netuid: 1, Version: 2, Digest: digest[:], ActivationEpoch: 1}}, events[types.EventBenchmarkProposed](f))
	require.Equal(t, []types.EventBenchmarkTuned{{Netuid: 1, Version: 2, Changes: []types.FieldChange{{Field: "request.max_tokens", Value: 40}}}},
		events[types.EventBenchmarkTuned](f))

	require.EqualValues(t, 1, f.epoch().Benchmarks[0].Version)
	f.nextEpoch()
	require.EqualValues(t, 2, f.epoch().Benchmarks[0].Version)
	f.sound()
}

func TestABenchmarkIsTunedAtMostOncePerEpochSoANumberMovesAtMostByMaxChange(t *testing.T) {
	f := tunable(t)
	values := []uint64{32}
	for epoch := range uint64(4) {
		require.Equal(t, epoch, f.epoch().Index)
		must(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", values[epoch]+8))
		for {
			_, err := do(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", values[epoch]+7))
			require.ErrorIs(t, err, types.ErrBenchmarkPending, "a second tune in epoch %d", epoch)
			if f.ctx.BlockHeight() == f.epoch().EndHeight {
				break
			}
			f.to(f.ctx.BlockHeight() + 1)
		}
		f.nextEpoch()
		_, measured := f.newest(0)
		values = append(values, uint64(measured.Request.MaxTokens))
	}
	require.Equal(t, []uint64{32, 40, 48, 56, 64}, values)
}

func TestSeveralNumbersMoveTogetherSoThatTheSpecStaysValid(t *testing.T) {
	f := market(t)
	_, measured := f.newest(0)
	measured.Scorers = append(measured.Scorers, measured.Scorers[0])
	measured.Scorers[0].WeightBp, measured.Scorers[1].WeightBp = 6_000, 4_000
	measured.Scorers[1].Extraction = spec.EXTRACTION_WHOLE
	canonical, err := spec.Encode(measured)
	require.NoError(t, err)
	digest := sha256.Sum256(canonical)
	blobs := []types.Blob{{Sha256: digest[:], Size_: 7, Urls: []string{"https://files.example/set"}}}
	must(f, f.msgs.ProposeBenchmark, &types.MsgProposeBenchmark{Owner: addr("owner"), Netuid: 1, Spec: canonical, Digest: digest[:], Blobs: blobs})
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	must(f, f.msgs.SetBenchmarkBounds, bounding(
		types.FieldBound{Field: "scorers[0].weight_bp", MaxChange: 1_000, Min: 1, Max: 9_999},
		types.FieldBound{Field: "scorers[1].weight_bp", MaxChange: 1_000, Min: 1, Max: 9_999},
	))

	msg := tuning("scorers[0].weight_bp", 7_000)
	_, err = do(f, f.msgs.TuneBenchmark, msg)
	require.ErrorIs(t, err, types.ErrSpecInvalid, "the shares of the scorers would not add up")
	msg.Changes = append(msg.Changes, types.FieldChange{Field: "scorers[1].weight_bp", Value: 3_000})
	must(f, f.msgs.TuneBenchmark, msg)
	after, tuned := f.newest(0)
	require.Equal(t, blobs, after.Blobs, "the blobs are carried over")
	require.Equal(t, []uint32{7_000, 3_000}, []uint32{tuned.Scorers[0].WeightBp, tuned.Scorers[1].WeightBp})
}

func TestEachBenchmarkOfASubnetHasBoundsOfItsOwn(t *testing.T) {
	f := shared(t)
	second := bounding(types.FieldBound{Field: "request.deadline_ms", MaxChange: 1_000, Min: 1_000, Max: 9_000})
	second.Benchmark = 1
	must(f, f.msgs.SetBenchmarkBounds, second)
	require.Equal(t, types.BenchmarkBounds{Netuid: 1, Benchmark: 1, Bounds: second.Bounds}, f.bounds(1))
	require.Equal(t, []types.EventBenchmarkBoundsSet{{Netuid: 1, Benchmark: 1, Bounds: second.Bounds}}, events[types.EventBenchmarkBoundsSet](f))

	msg := tuning("request.deadline_ms", 4_000)
	_, err := do(f, f.msgs.TuneBenchmark, msg)
	require.ErrorIs(t, err, types.ErrBoundsNotFound, "benchmark 0 has none")
	msg.Benchmark = 1
	require.EqualValues(t, 2, must(f, f.msgs.TuneBenchmark, msg).Version)
	f.nextEpoch()
	require.Equal(t, []types.EpochBenchmark{{Benchmark: 0, Version: 1, ShareBp: 7_000}, {Benchmark: 1, Version: 2, ShareBp: 3_000}}, f.epoch().Benchmarks)
}

func TestBoundsAreReplacedAndRemovedByTheOwnerOrByGovernance(t *testing.T) {
	f := tunable(t)
	byGovernance := bounding(types.FieldBound{Field: "request.deadline_ms", MaxChange: 1, Min: 5_000, Max: 5_000})
	byGovernance.Signer = f.gov
	must(f, f.msgs.SetBenchmarkBounds, byGovernance)
	require.Equal(t, byGovernance.Bounds, f.bounds(0).Bounds, "all of them are replaced")
	_, err := do(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", 33))
	require.ErrorIs(t, err, types.ErrFieldNotTunable)

	must(f, f.msgs.SetBenchmarkBounds, bounding())
	_, err = do(f, f.msgs.TuneBenchmark, tuning("request.deadline_ms", 5_000))
	require.ErrorIs(t, err, types.ErrBoundsNotFound)
	_, err = do(f, f.msgs.SetBenchmarkBounds, bounding())
	require.ErrorIs(t, err, types.ErrBoundsUnchanged)
	has, err := f.k.BenchmarkBounds.Has(f.ctx, collections.Join(uint32(1), uint32(0)))
	require.NoError(t, err)
	require.False(t, has, "none are not stored")
}

func TestBoundsMayBeSetBeforeTheStartAndInTheFreeze(t *testing.T) {
	f := market(t)
	must(f, f.msgs.SetBenchmarkBounds, bounding(tokensBound()))
	_, err := do(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", 33))
	require.ErrorIs(t, err, types.ErrSubnetNotStarted)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	f.to(f.epoch().EndHeight)
	wider := tokensBound()
	wider.Max = 100
	must(f, f.msgs.SetBenchmarkBounds, bounding(wider))
	must(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", 33))
}

func TestBoundsAreRefused(t *testing.T) {
	with := func(change func(*types.FieldBound)) func(*fixture, *types.MsgSetBenchmarkBounds) {
		return func(_ *fixture, m *types.MsgSetBenchmarkBounds) { change(&m.Bounds[0]) }
	}
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgSetBenchmarkBounds)
	}{
		{"when the signer is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Signer = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Netuid = 9 }},
		{"when the subnet does not exist and governance signs", types.ErrSubnetNotFound, func(f *fixture, m *types.MsgSetBenchmarkBounds) { m.Signer, m.Netuid = f.gov, 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Signer = addr("a") }},
		{"when no subnet can have that benchmark", types.ErrBenchmarkNumber, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Benchmark = types.MaxBenchmarks }},
		{"when the subnet has no such benchmark", types.ErrNoBenchmark, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Benchmark = 1 }},
		{"when the benchmark's only version was withdrawn", types.ErrNoBenchmark, func(f *fixture, m *types.MsgSetBenchmarkBounds) {
			f.another(1)
			must(f, f.msgs.WithdrawBenchmark, &types.MsgWithdrawBenchmark{Owner: addr("owner"), Netuid: 1, Benchmark: 1, Version: 1})
			m.Benchmark = 1
		}},
		{"when they stand already", types.ErrBoundsUnchanged, func(f *fixture, m *types.MsgSetBenchmarkBounds) { must(f, f.msgs.SetBenchmarkBounds, m) }},
		{"when the field is empty", types.ErrBoundsInvalid, with(func(b *types.FieldBound) { b.Field = "" })},
		{"when the field is no setting", types.ErrFieldUnknown, with(func(b *types.FieldBound) { b.Field = "request.words" })},
		{"when the field is a text", types.ErrFieldUnknown, with(func(b *types.FieldBound) { b.Field = "name" })},
		{"when the field is of a choice that the spec does not make", types.ErrFieldUnknown, with(func(b *types.FieldBound) { b.Field = "weights.softmax.temperature_bp" })},
		{"when the field is beyond a list", types.ErrFieldUnknown, with(func(b *types.FieldBound) { b.Field = "scorers[1].weight_bp" })},
		{"when the number is below min", types.ErrBoundsInvalid, with(func(b *types.FieldBound) { b.Min = 33 })},
		{"when the number is above max", types.ErrBoundsInvalid, with(func(b *types.FieldBound) { b.Max = 31 })},
		{"when nothing may change", types.ErrBoundsInvalid, with(func(b *types.FieldBound) { b.MaxChange = 0 })},
		{"when min is above max", types.ErrBoundsInvalid, with(func(b *types.FieldBound) { b.Min, b.Max = 2, 1 })},
		{"when fields are out of order", types.ErrBoundsInvalid, func(_ *fixture, m *types.MsgSetBenchmarkBounds) {
			m.Bounds = append(m.Bounds, types.FieldBound{Field: "request.deadline_ms", MaxChange: 1, Max: 9_000})
		}},
		{"when a field is named twice", types.ErrBoundsInvalid, func(_ *fixture, m *types.MsgSetBenchmarkBounds) { m.Bounds = append(m.Bounds, m.Bounds[0]) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			msg := bounding(tokensBound())
			tc.change(f, msg)
			_, err := do(f, f.msgs.SetBenchmarkBounds, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

func TestATuneIsRefused(t *testing.T) {
	to := func(value uint64) func(*fixture, *types.MsgTuneBenchmark) {
		return func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes[0].Value = value }
	}
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgTuneBenchmark)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Owner = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Owner = addr("a") }},
		{"when governance signs", types.ErrNotOwner, func(f *fixture, m *types.MsgTuneBenchmark) { m.Owner = f.gov }},
		{"when the owner gave the subnet away", types.ErrNotOwner, func(f *fixture, _ *types.MsgTuneBenchmark) { f.handOver("heir") }},
		{"when the subnet is paused", types.ErrSubnetPaused, func(f *fixture, _ *types.MsgTuneBenchmark) {
			must(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1})
		}},
		{"when the subnet is closing", types.ErrSubnetClosing, func(f *fixture, _ *types.MsgTuneBenchmark) { must(f, f.msgs.CloseSubnet, closing()) }},
		{"when no subnet can have that benchmark", types.ErrBenchmarkNumber, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Benchmark = types.MaxBenchmarks }},
		{"when the benchmark has no bounds", types.ErrBoundsNotFound, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Benchmark = 1 }},
		{"when the benchmark has lost its only version", types.ErrNoBenchmark, func(f *fixture, m *types.MsgTuneBenchmark) {
			f.another(1)
			bounds := bounding(tokensBound())
			bounds.Benchmark, m.Benchmark = 1, 1
			must(f, f.msgs.SetBenchmarkBounds, bounds)
			must(f, f.msgs.WithdrawBenchmark, &types.MsgWithdrawBenchmark{Owner: addr("owner"), Netuid: 1, Benchmark: 1, Version: 1})
		}},
		{"when nothing changes", types.ErrChangesInvalid, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes = nil }},
		{"when a number is changed twice", types.ErrChangesInvalid, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes = append(m.Changes, m.Changes[0]) }},
		{"when changes are out of order", types.ErrChangesInvalid, func(_ *fixture, m *types.MsgTuneBenchmark) {
			m.Changes = append(m.Changes, types.FieldChange{Field: "request.deadline_ms", Value: 5_000})
		}},
		{"when a field may not change", types.ErrFieldNotTunable, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes[0].Field = "request.deadline_ms" }},
		{"when a field keeps its value but may not change", types.ErrFieldNotTunable, func(_ *fixture, m *types.MsgTuneBenchmark) {
			m.Changes = []types.FieldChange{{Field: "request.deadline_ms", Value: 5_000}, m.Changes[0]}
		}},
		{"when the field does not exist", types.ErrFieldNotTunable, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes[0].Field = "request.words" }},
		{"when the field is written in another way", types.ErrFieldNotTunable, func(_ *fixture, m *types.MsgTuneBenchmark) { m.Changes[0].Field = "request.maxTokens" }},
		{"when the number moves up too far", types.ErrChangeTooLarge, to(41)},
		{"when the number moves down too far", types.ErrChangeTooLarge, to(23)},
		{"when the number moves beyond everything", types.ErrChangeTooLarge, to(math.MaxUint64)},
		{"when the number leaves its bounds at the top", types.ErrValueOutOfBounds, func(f *fixture, m *types.MsgTuneBenchmark) {
			f.tighten(32, 36)
			to(37)(f, m)
		}},
		{"when the number leaves its bounds at the bottom", types.ErrValueOutOfBounds, func(f *fixture, m *types.MsgTuneBenchmark) {
			f.tighten(30, 36)
			to(29)(f, m)
		}},
		{"when the number does not fit its type", types.ErrValueOutOfBounds, func(f *fixture, m *types.MsgTuneBenchmark) {
			must(f, f.msgs.SetBenchmarkBounds, bounding(types.FieldBound{Field: "request.max_tokens", MaxChange: math.MaxUint64, Max: math.MaxUint64}))
			to(math.MaxUint32+1)(f, m)
		}},
		{"when the spec would not be valid", types.ErrSpecInvalid, func(f *fixture, m *types.MsgTuneBenchmark) {
			must(f, f.msgs.SetBenchmarkBounds, bounding(types.FieldBound{Field: "request.max_tokens", MaxChange: math.MaxUint64, Max: math.MaxUint64}))
			to(0)(f, m)
		}},
		{"when the number keeps its value", types.ErrSpecUnchanged, to(32)},
		{"when another version waits", types.ErrBenchmarkPending, func(f *fixture, _ *types.MsgTuneBenchmark) {
			must(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", 33))
		}},
		{"when a version that the owner proposed waits", types.ErrBenchmarkPending, func(f *fixture, _ *types.MsgTuneBenchmark) {
			must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second"))
		}},
		{"when specs may not be that large any more", types.ErrSpecTooLarge, func(f *fixture, _ *types.MsgTuneBenchmark) {
			params := types.DefaultParams()
			params.MaxSpecBytes = 10
			must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := tunable(t)
			msg := tuning("request.max_tokens", 40)
			tc.change(f, msg)
			_, err := do(f, f.msgs.TuneBenchmark, msg)
			require.ErrorIs(t, err, tc.want)
			f.sound()
		})
	}
}

// handOver gives subnet 1 to another owner.
func (f *fixture) handOver(heir string) {
	f.t.Helper()
	must(f, f.msgs.OfferSubnet, &types.MsgOfferSubnet{Owner: addr("owner"), Netuid: 1, NewOwner: addr(heir)})
	must(f, f.msgs.AcceptSubnet, &types.MsgAcceptSubnet{NewOwner: addr(heir), Netuid: 1})
}

// tighten sets other limits of max_tokens.
func (f *fixture) tighten(low, high uint64) {
	f.t.Helper()
	bound := tokensBound()
	bound.Min, bound.Max = low, high
	must(f, f.msgs.SetBenchmarkBounds, bounding(bound))
}

func TestBoundsOutliveAChangeOfOwnerAndGoWithTheSubnet(t *testing.T) {
	f := tunable(t)
	f.handOver("heir")
	msg := tuning("request.max_tokens", 33)
	msg.Owner = addr("heir")
	must(f, f.msgs.TuneBenchmark, msg)
	require.Equal(t, bounding(tokensBound()).Bounds, f.bounds(0).Bounds)

	must(f, f.msgs.CloseSubnet, &types.MsgCloseSubnet{Owner: addr("heir"), Netuid: 1})
	for f.netuids() != nil {
		f.to(f.ctx.BlockHeight() + 1)
	}
	has, err := f.k.BenchmarkBounds.Has(f.ctx, collections.Join(uint32(1), uint32(0)))
	require.NoError(t, err)
	require.False(t, has)
	f.sound()
}

func TestBoundsThatANewerVersionHasLeftBehindForbidRatherThanAllow(t *testing.T) {
	t.Run("when the number is gone", func(t *testing.T) {
		f := started(t)
		must(f, f.msgs.SetBenchmarkBounds, bounding(types.FieldBound{Field: "weights.power.exponent", MaxChange: 1, Max: 8}))
		f.revise(func(s *spec.Spec) { s.Weights.Map = &spec.Weights_Softmax{Softmax: &spec.SoftmaxMap{TemperatureBp: 3}} })
		_, err := do(f, f.msgs.TuneBenchmark, tuning("weights.power.exponent", 1))
		require.ErrorIs(t, err, types.ErrFieldUnknown)
	})
	t.Run("when the number lies outside", func(t *testing.T) {
		f := tunable(t)
		f.revise(func(s *spec.Spec) { s.Request.MaxTokens = 68 })
		for value, want := range map[uint64]error{65: types.ErrValueOutOfBounds, 70: types.ErrValueOutOfBounds, 64: nil} {
			_, err := do(f, f.msgs.TuneBenchmark, tuning("request.max_tokens", value))
			require.ErrorIs(t, err, want, "from 68 to %d", value)
		}
	})
}

// revise makes another version of benchmark 0 and waits until it counts.
func (f *fixture) revise(change func(*spec.Spec)) {
	f.t.Helper()
	_, measured := f.newest(0)
	change(measured)
	canonical, err := spec.Encode(measured)
	require.NoError(f.t, err)
	digest := sha256.Sum256(canonical)
	must(f, f.msgs.ProposeBenchmark, &types.MsgProposeBenchmark{Owner: addr("owner"), Netuid: 1, Spec: canonical, Digest: digest[:]})
	f.nextEpoch()
}

func TestAnInvariantTellsBoundsThatCannotBe(t *testing.T) {
	good := types.BenchmarkBounds{Netuid: 1, Bounds: []types.FieldBound{tokensBound()}}
	for _, tc := range []struct {
		name   string
		key    collections.Pair[uint32, uint32]
		bounds types.BenchmarkBounds
	}{
		{"of no subnet", collections.Join(uint32(9), uint32(0)), types.BenchmarkBounds{Netuid: 9, Bounds: good.Bounds}},
		{"of no benchmark", collections.Join(uint32(1), uint32(1)), types.BenchmarkBounds{Netuid: 1, Benchmark: 1, Bounds: good.Bounds}},
		{"of another benchmark than they say", collections.Join(uint32(1), uint32(0)), types.BenchmarkBounds{Netuid: 1, Benchmark: 1, Bounds: good.Bounds}},
		{"that are none", collections.Join(uint32(1), uint32(0)), types.BenchmarkBounds{Netuid: 1}},
		{"that are out of order", collections.Join(uint32(1), uint32(0)), types.BenchmarkBounds{Netuid: 1, Bounds: append(good.Bounds, good.Bounds...)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			require.NoError(t, f.k.BenchmarkBounds.Set(f.ctx, tc.key, tc.bounds))
			broken, err := f.k.Invariants(f.ctx)
			require.NoError(t, err)
			require.Len(t, broken, 1)
			require.Contains(t, broken[0], "bounds: ")
		})
	}
}
