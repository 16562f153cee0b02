package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/benchmark/spec"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// tuner is a market whose owner lets a machine's account tune benchmark 0 of subnet 1. The machine has no coins: the owner pays
// its fees.
type tuner struct {
	*market
	machine apptest.Account
}

func newTuner(t *testing.T) *tuner {
	t.Helper()
	m := &tuner{market: newMarket(t, 1), machine: apptest.NewAccount("machine")}
	fees, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, m.owner.Addr, m.machine.Addr)
	require.NoError(t, err)
	m.Must(m.owner, fees)
	m.Must(m.owner, m.bounds(1, 0))
	return m
}

// bounds let the answers of a benchmark become a little longer or shorter, and the baseline move.
func (m *tuner) bounds(netuid, benchmark uint32) *subnettypes.MsgSetBenchmarkBounds {
	return &subnettypes.MsgSetBenchmarkBounds{Signer: m.owner.String(), Netuid: netuid, Benchmark: benchmark, Bounds: []subnettypes.FieldBound{
		{Field: "request.max_tokens", MaxChange: 4, Min: 30, Max: 40},
		{Field: "weights.baseline_bp", MaxChange: 100, Min: 1_000, Max: 2_000},
	}}
}

// grant is what the owner signs once, until a time or for good.
func (m *tuner) grant(netuid, benchmark uint32, until *time.Time) *authz.MsgGrant {
	m.t.Helper()
	msg, err := authz.NewMsgGrant(m.owner.Addr, m.machine.Addr, subnettypes.NewTuneBenchmarkAuthorization(netuid, benchmark), until)
	require.NoError(m.t, err)
	return msg
}

// tunes is a tune in the owner's name.
func (m *tuner) tunes(field string, value uint64) *subnettypes.MsgTuneBenchmark {
	return &subnettypes.MsgTuneBenchmark{Owner: m.owner.String(), Netuid: 1, Changes: []subnettypes.FieldChange{{Field: field, Value: value}}}
}

// try lets the machine execute a message of the owner.
func (m *tuner) try(msg sdk.Msg) error {
	m.t.Helper()
	exec := authz.NewMsgExec(m.machine.Addr, []sdk.Msg{msg})
	_, err := m.Try(m.machine, &exec, apptest.PaidBy(m.owner))
	return err
}

func (m *tuner) benchmark(version uint32) subnettypes.BenchmarkVersion {
	m.t.Helper()
	var res subnettypes.QueryBenchmarkResponse
	require.NoError(m.t, m.Query("/agora.subnet.v1.Query/Benchmark", &subnettypes.QueryBenchmarkRequest{Netuid: 1, Version: version}, &res))
	return res.Benchmark
}

func TestAMachineTunesABenchmarkForItsOwnerAndTheVersionCountsAnEpochLater(t *testing.T) {
	m := newTuner(t)
	m.Must(m.owner, m.grant(1, 0, nil))
	begun := m.epoch().Epoch
	require.NoError(t, m.try(m.tunes("request.max_tokens", 36)))
	require.ErrorIs(t, m.try(m.tunes("weights.baseline_bp", 1_550)), subnettypes.ErrBenchmarkPending, "at most once per epoch")
	require.EqualValues(t, 1, m.epoch().Epoch.Version(0))

	m.finishEpoch()
	require.Equal(t, begun.Index+1, m.epoch().Epoch.Index)
	require.EqualValues(t, 2, m.epoch().Epoch.Version(0))
	first, second := m.benchmark(1), m.benchmark(2)
	want, err := spec.Decode(first.Spec)
	require.NoError(t, err)
	require.EqualValues(t, 32, want.Request.MaxTokens)
	want.Request.MaxTokens = 36
	canonical, err := spec.Encode(want)
	require.NoError(t, err)
	require.Equal(t, canonical, second.Spec, "nothing but that number differs")
	differing := 0
	require.Len(t, second.Spec, len(first.Spec))
	for i := range first.Spec {
		if first.Spec[i] != second.Spec[i] {
			differing++
		}
	}
	require.Equal(t, 1, differing, "36 for 32 is one byte")

	for _, value := range []uint64{40, 38, 34, 30} { // the grant is not used up, and the number is not worn out
		require.NoError(t, m.try(m.tunes("request.max_tokens", value)))
		m.score([]uint32{60_000})
	}
	require.EqualValues(t, 6, m.epoch().Epoch.Version(0))
}

func TestAMachineIsRefusedWhateverIsNotItsOwn(t *testing.T) {
	m := newTuner(t)
	second := benchmarkBy(t, m.owner, 1)
	second.Benchmark = 1
	m.Must(m.owner, second)
	m.Must(m.owner, m.bounds(1, 1))
	m.Must(m.owner, &subnettypes.MsgRegisterSubnet{Owner: m.owner.String(), Name: "other"})
	m.Must(m.owner, benchmarkBy(t, m.owner, 2))
	m.Must(m.owner, &subnettypes.MsgStartSubnet{Owner: m.owner.String(), Netuid: 2})
	m.Must(m.owner, m.bounds(2, 0))
	require.ErrorIs(t, m.try(m.tunes("request.max_tokens", 33)), authz.ErrNoAuthorizationFound, "nothing is granted yet")

	m.Must(m.owner, m.grant(1, 0, nil))
	another := benchmarkBy(t, m.owner, 1)
	revision := m.tunes("request.max_tokens", 33)
	for name, tc := range map[string]struct {
		msg  sdk.Msg
		want error
	}{
		"a number that would move too far":   {m.tunes("request.max_tokens", 37), subnettypes.ErrChangeTooLarge},
		"a number that would leave its room": {m.tunes("request.max_tokens", 29), subnettypes.ErrValueOutOfBounds},
		"a number without bounds":            {m.tunes("request.deadline_ms", 2_001), subnettypes.ErrFieldNotTunable},
		"a text":                             {m.tunes("name", 1), subnettypes.ErrFieldNotTunable},
		"another benchmark": {
			&subnettypes.MsgTuneBenchmark{Owner: revision.Owner, Netuid: 1, Benchmark: 1, Changes: revision.Changes},
			sdkerrors.ErrUnauthorized,
		},
		"another subnet":                     {&subnettypes.MsgTuneBenchmark{Owner: revision.Owner, Netuid: 2, Changes: revision.Changes}, sdkerrors.ErrUnauthorized},
		"another owner's subnet":             {&subnettypes.MsgTuneBenchmark{Owner: m.miners[0].String(), Netuid: 1, Changes: revision.Changes}, authz.ErrNoAuthorizationFound},
		"a subnet in the machine's own name": {&subnettypes.MsgTuneBenchmark{Owner: m.machine.String(), Netuid: 1, Changes: revision.Changes}, subnettypes.ErrNotOwner},
		"a proposal":                         {another, authz.ErrNoAuthorizationFound},
		"wider bounds":                       {m.bounds(1, 0), authz.ErrNoAuthorizationFound},
		"a withdrawal":                       {&subnettypes.MsgWithdrawBenchmark{Owner: m.owner.String(), Netuid: 1, Version: 1}, authz.ErrNoAuthorizationFound},
		"a grant to somebody else":           {m.grant(1, 0, nil), authz.ErrNoAuthorizationFound},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, m.try(tc.msg), tc.want) })
	}
	require.NoError(t, m.try(revision), "and what is its own is let through all the while")
}

func TestAMachineIsRefusedOnceItsGrantHasEnded(t *testing.T) {
	t.Run("because it was revoked", func(t *testing.T) {
		m := newTuner(t)
		m.Must(m.owner, m.grant(1, 0, nil))
		require.NoError(t, m.try(m.tunes("request.max_tokens", 33)))
		m.finishEpoch()
		revoke := authz.NewMsgRevoke(m.owner.Addr, m.machine.Addr, sdk.MsgTypeURL(&subnettypes.MsgTuneBenchmark{}))
		m.Must(m.owner, &revoke)
		require.ErrorIs(t, m.try(m.tunes("request.max_tokens", 34)), authz.ErrNoAuthorizationFound)
	})
	t.Run("because it expired", func(t *testing.T) {
		m := newTuner(t)
		end := m.Time.Add((tempo + 5) * apptest.BlockTime)
		m.Must(m.owner, m.grant(1, 0, &end))
		require.NoError(t, m.try(m.tunes("request.max_tokens", 33)))
		for m.Time.Before(end) {
			m.NextBlock()
		}
		require.ErrorIs(t, m.try(m.tunes("request.max_tokens", 34)), authz.ErrNoAuthorizationFound)
	})
	t.Run("because it was replaced by one for another benchmark", func(t *testing.T) {
		m := newTuner(t)
		m.Must(m.owner, m.grant(1, 0, nil))
		m.Must(m.owner, m.grant(1, 1, nil))
		require.ErrorIs(t, m.try(m.tunes("request.max_tokens", 33)), sdkerrors.ErrUnauthorized)
	})
	t.Run("because the owner gave the subnet away", func(t *testing.T) {
		m := newTuner(t)
		m.Must(m.owner, m.grant(1, 0, nil))
		heir := m.Account("delegator")
		m.Must(m.owner, &subnettypes.MsgOfferSubnet{Owner: m.owner.String(), Netuid: 1, NewOwner: heir.String()})
		m.Must(heir, &subnettypes.MsgAcceptSubnet{NewOwner: heir.String(), Netuid: 1})
		require.ErrorIs(t, m.try(m.tunes("request.max_tokens", 33)), subnettypes.ErrNotOwner)
	})
}

func TestAGrantForWhatCannotBeIsRefused(t *testing.T) {
	m := newTuner(t)
	_, err := m.Try(m.owner, m.grant(0, 0, nil))
	require.ErrorIs(t, err, subnettypes.ErrSubnetNotFound)
	_, err = m.Try(m.owner, m.grant(1, subnettypes.MaxBenchmarks, nil))
	require.ErrorIs(t, err, subnettypes.ErrBenchmarkNumber)
}
