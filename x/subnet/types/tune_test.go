package types_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestSetBenchmarkBoundsChecksTheirForm(t *testing.T) {
	good := types.FieldBound{Field: "request.max_tokens", MaxChange: 1, Min: 1, Max: 2}
	with := func(change func(*types.FieldBound)) []types.FieldBound {
		bound := good
		change(&bound)
		return []types.FieldBound{bound}
	}
	many := func(n int) (bounds []types.FieldBound) {
		for i := range n {
			bounds = append(bounds, types.FieldBound{Field: fmt.Sprintf("scorers[%02d].weight_bp", i), MaxChange: 1})
		}
		return bounds
	}
	for _, tc := range []struct {
		name   string
		bounds []types.FieldBound
		want   error
	}{
		{"none pass: then nothing may be tuned", nil, nil},
		{"one passes", []types.FieldBound{good}, nil},
		{"32 pass", many(32), nil},
		{"33 are refused", many(33), types.ErrBoundsInvalid},
		{"the widest passes", with(func(b *types.FieldBound) { b.MaxChange, b.Min, b.Max = math.MaxUint64, 0, math.MaxUint64 }), nil},
		{"one without room passes", with(func(b *types.FieldBound) { b.Min, b.Max = 2, 2 }), nil},
		{"one that allows no change is refused", with(func(b *types.FieldBound) { b.MaxChange = 0 }), types.ErrBoundsInvalid},
		{"one with min above max is refused", with(func(b *types.FieldBound) { b.Min = 3 }), types.ErrBoundsInvalid},
		{"an empty field is refused", with(func(b *types.FieldBound) { b.Field = "" }), types.ErrBoundsInvalid},
		{"a field of 128 bytes passes", with(func(b *types.FieldBound) { b.Field = strings.Repeat("x", 128) }), nil},
		{"a field of 129 bytes is refused", with(func(b *types.FieldBound) { b.Field = strings.Repeat("x", 129) }), types.ErrBoundsInvalid},
		{"a field with a space is refused", with(func(b *types.FieldBound) { b.Field = "request. max_tokens" }), types.ErrBoundsInvalid},
		{"a field that is not ASCII is refused", with(func(b *types.FieldBound) { b.Field = "requеst.max_tokens" }), types.ErrBoundsInvalid},
		{"a field that is there twice is refused", []types.FieldBound{good, good}, types.ErrBoundsInvalid},
		{"fields out of order are refused", []types.FieldBound{good, {Field: "request.deadline_ms", MaxChange: 1}}, types.ErrBoundsInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, (&types.MsgSetBenchmarkBounds{Bounds: tc.bounds}).ValidateBasic(), tc.want)
		})
	}
	require.NoError(t, (&types.MsgSetBenchmarkBounds{Benchmark: 7}).ValidateBasic())
	require.ErrorIs(t, (&types.MsgSetBenchmarkBounds{Benchmark: 8}).ValidateBasic(), types.ErrBenchmarkNumber)
}

func TestTuneBenchmarkChecksTheFormOfTheChanges(t *testing.T) {
	many := func(n int) (changes []types.FieldChange) {
		for i := range n {
			changes = append(changes, types.FieldChange{Field: fmt.Sprintf("scorers[%02d].weight_bp", i)})
		}
		return changes
	}
	for _, tc := range []struct {
		name    string
		changes []types.FieldChange
		want    error
	}{
		{"one passes", []types.FieldChange{{Field: "request.max_tokens", Value: math.MaxUint64}}, nil},
		{"32 pass", many(32), nil},
		{"none are refused", nil, types.ErrChangesInvalid},
		{"33 are refused", many(33), types.ErrChangesInvalid},
		{"an empty field is refused", []types.FieldChange{{}}, types.ErrChangesInvalid},
		{"a field that is too long is refused", []types.FieldChange{{Field: strings.Repeat("x", 129)}}, types.ErrChangesInvalid},
		{"a field with a control character is refused", []types.FieldChange{{Field: "a\n"}}, types.ErrChangesInvalid},
		{"a field that is there twice is refused", []types.FieldChange{{Field: "a"}, {Field: "a"}}, types.ErrChangesInvalid},
		{"fields out of order are refused", []types.FieldChange{{Field: "b"}, {Field: "a"}}, types.ErrChangesInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, (&types.MsgTuneBenchmark{Changes: tc.changes}).ValidateBasic(), tc.want)
		})
	}
	require.ErrorIs(t, (&types.MsgTuneBenchmark{Benchmark: 8, Changes: many(1)}).ValidateBasic(), types.ErrBenchmarkNumber)
}

func TestABoundLetsThroughExactlyWhatIsNearEnoughAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64Range(math.MaxUint64-20, math.MaxUint64), rapid.Uint64())
		bound := types.FieldBound{Field: "f", MaxChange: number.Draw(t, "max change"), Min: number.Draw(t, "min"), Max: number.Draw(t, "max")}
		from, to := number.Draw(t, "from"), number.Draw(t, "to")
		distance := to - from
		if from > to {
			distance = from - to
		}
		err := bound.Check(from, to)
		switch {
		case distance > bound.MaxChange:
			require.ErrorIs(t, err, types.ErrChangeTooLarge)
		case to < bound.Min || to > bound.Max:
			require.ErrorIs(t, err, types.ErrValueOutOfBounds)
		default:
			require.NoError(t, err)
		}
	})
}

func TestAnAuthorizationLetsThroughTunesOfItsOwnBenchmarkOnly(t *testing.T) {
	grant := types.NewTuneBenchmarkAuthorization(3, 1)
	require.Equal(t, "/agora.subnet.v1.MsgTuneBenchmark", grant.MsgTypeURL())
	response, err := grant.Accept(t.Context(), &types.MsgTuneBenchmark{Netuid: 3, Benchmark: 1})
	require.NoError(t, err)
	require.Equal(t, authz.AcceptResponse{Accept: true}, response, "it is not used up")

	_, err = grant.Accept(t.Context(), &types.MsgTuneBenchmark{Netuid: 3, Benchmark: 0})
	require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
	_, err = grant.Accept(t.Context(), &types.MsgTuneBenchmark{Netuid: 2, Benchmark: 1})
	require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
	_, err = grant.Accept(t.Context(), &types.MsgSetBenchmarkBounds{Netuid: 3, Benchmark: 1})
	require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)

	require.NoError(t, grant.ValidateBasic())
	require.ErrorIs(t, types.NewTuneBenchmarkAuthorization(0, 1).ValidateBasic(), types.ErrSubnetNotFound)
	require.ErrorIs(t, types.NewTuneBenchmarkAuthorization(3, 8).ValidateBasic(), types.ErrBenchmarkNumber)
}

func TestBoundsInAGenesisStateAreChecked(t *testing.T) {
	bound := types.FieldBound{Field: "request.max_tokens", MaxChange: 1, Max: 64}
	for _, tc := range []struct {
		name   string
		bounds []types.BenchmarkBounds
		ok     bool
	}{
		{"bounds of a benchmark pass", []types.BenchmarkBounds{{Netuid: 1, Bounds: []types.FieldBound{bound}}}, true},
		{"bounds of a subnet that is not there are refused", []types.BenchmarkBounds{{Netuid: 2, Bounds: []types.FieldBound{bound}}}, false},
		{"bounds of a benchmark that is not there are refused", []types.BenchmarkBounds{{Netuid: 1, Benchmark: 1, Bounds: []types.FieldBound{bound}}}, false},
		{"bounds that are none are refused", []types.BenchmarkBounds{{Netuid: 1}}, false},
		{"bounds that are there twice are refused", []types.BenchmarkBounds{{Netuid: 1, Bounds: []types.FieldBound{bound}}, {Netuid: 1, Bounds: []types.FieldBound{bound}}}, false},
		{"bounds of a wrong form are refused", []types.BenchmarkBounds{{Netuid: 1, Bounds: []types.FieldBound{{Field: "a"}}}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := types.DefaultGenesis()
			params := types.DefaultSubnetParams()
			g.NextNetuid = 2
			g.Subnets = []types.Subnet{{
				Netuid: 1, Owner: "owner", Name: "sums", Status: types.SUBNET_STATUS_INACTIVE, Params: params, NextMinerId: 1, LatestVersions: []uint32{1},
			}}
			g.BenchmarkBounds = tc.bounds
			if err := g.Validate(); tc.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, types.ErrBoundsInvalid)
			}
		})
	}
}
