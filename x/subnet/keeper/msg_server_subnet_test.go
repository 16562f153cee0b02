package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestRegisterSubnetLocksTheDepositAndDoublesIt(t *testing.T) {
	f := newFixture(t)
	f.rich("owner")
	floor := types.DefaultParams().SubnetDepositMin

	first := must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "one"})
	require.Equal(t, &types.MsgRegisterSubnetResponse{Netuid: 1, Deposit: floor}, first)
	require.Equal(t, []types.EventSubnetRegistered{{Netuid: 1, Owner: addr("owner"), Name: "one", Deposit: floor}}, events[types.EventSubnetRegistered](f))
	second := must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "two"})
	require.Equal(t, &types.MsgRegisterSubnetResponse{Netuid: 2, Deposit: 2 * floor}, second)
	require.Equal(t, 3*floor, f.bank.balances[string(types.ModuleAddress)])

	s := f.subnet(1)
	require.Equal(t, types.SUBNET_STATUS_INACTIVE, s.Status)
	require.Equal(t, types.DefaultSubnetParams(), s.Params)
	require.Equal(t, s.Params.MinBurn, s.BurnPrice)
	f.sound()

	t.Run("and it falls back in a straight line", func(t *testing.T) {
		price := func(height int64) uint64 {
			f.ctx = f.ctx.WithBlockHeight(height)
			deposit, err := f.k.DepositNow(f.ctx)
			require.NoError(t, err)
			return deposit
		}
		decay := int64(types.DefaultParams().SubnetDepositDecayBlocks)
		require.Equal(t, 4*floor, price(1))
		require.Equal(t, floor+3*floor/2, price(1+decay/2))
		require.Equal(t, floor, price(1+decay))
		require.Equal(t, floor, price(1+10*decay))
	})
}

func TestRegisterSubnetTakesParametersWithDefaults(t *testing.T) {
	f := newFixture(t)
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: &types.SubnetParams{Tempo: 20}})
	want := types.DefaultSubnetParams()
	want.Tempo, want.RevealWindow = 20, 10
	require.Equal(t, want, f.subnet(1).Params)
}

func TestRegisterSubnetIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture, *types.MsgRegisterSubnet)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRegisterSubnet) { m.Owner = "owner" }},
		{"when the owner is spelled in upper case", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRegisterSubnet) { m.Owner = strings.ToUpper(m.Owner) }},
		{"when the name is empty", types.ErrTextInvalid, func(_ *fixture, m *types.MsgRegisterSubnet) { m.Name = "" }},
		{"when the deposit is above what the owner will lock", types.ErrDepositTooHigh, func(_ *fixture, m *types.MsgRegisterSubnet) { m.MaxDeposit = 1 }},
		{"when a parameter is out of its range", types.ErrSubnetParamsInvalid, func(_ *fixture, m *types.MsgRegisterSubnet) { m.Params = &types.SubnetParams{Tempo: 1} }},
		{"when bonds would leave sooner than the network's default", types.ErrSubnetParamsInvalid, func(_ *fixture, m *types.MsgRegisterSubnet) {
			m.Params = &types.SubnetParams{BondRelease: types.DefaultSubnetParams().BondRelease - 1}
		}},
		{"when the owner cannot pay", types.ErrInsufficientFunds, func(f *fixture, _ *types.MsgRegisterSubnet) { f.bank.balances[string(addressOf("owner"))] = 1 }},
		{"when all subnets exist", types.ErrSubnetLimit, func(f *fixture, _ *types.MsgRegisterSubnet) {
			params := types.DefaultParams()
			params.MaxSubnets = 1
			must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
			must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other"})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.rich("owner")
			msg := &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums"}
			tc.setup(f, msg)
			before, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			_, err = do(f, f.msgs.RegisterSubnet, msg)
			require.ErrorIs(t, err, tc.want)
			after, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

func TestProposeBenchmarkStoresVersionAfterVersion(t *testing.T) {
	f := newFixture(t)
	f.rich("owner")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
	first := proposal("owner", 1, "first")
	require.Equal(t, &types.MsgProposeBenchmarkResponse{Version: 1}, must(f, f.msgs.ProposeBenchmark, first))
	require.Equal(t, []types.EventBenchmarkProposed{{Netuid: 1, Version: 1, Digest: first.Digest}}, events[types.EventBenchmarkProposed](f))
	require.EqualValues(t, 2, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "second")).Version)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	require.EqualValues(t, 2, f.epoch().Version(0), "on an inactive subnet the newest version is there from the start")

	t.Run("on a running subnet a version waits for its notice", func(t *testing.T) {
		f.to(15)
		require.EqualValues(t, 1, f.epoch().Index)
		require.Equal(t, &types.MsgProposeBenchmarkResponse{Version: 3, ActivationEpoch: 2}, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "third")))
		_, err := do(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "fourth"))
		require.ErrorIs(t, err, types.ErrBenchmarkPending)
		f.to(21)
		require.EqualValues(t, 2, f.epoch().Version(0))
		f.to(22)
		require.EqualValues(t, 2, f.epoch().Index)
		require.EqualValues(t, 3, f.epoch().Version(0))
		require.EqualValues(t, 4, must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "fourth")).Version)
	})
}

func TestProposeBenchmarkIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*types.MsgProposeBenchmark)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(m *types.MsgProposeBenchmark) { m.Owner = "" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(m *types.MsgProposeBenchmark) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(m *types.MsgProposeBenchmark) { m.Owner = addr("a") }},
		{"when the digest is of other bytes", types.ErrSpecDigest, func(m *types.MsgProposeBenchmark) { m.Digest = make([]byte, 32) }},
		{"when the spec is that of the newest version", types.ErrSpecUnchanged, func(m *types.MsgProposeBenchmark) { *m = *proposal("owner", 1, "first") }},
		{"when the bytes are no spec", types.ErrSpecInvalid, func(m *types.MsgProposeBenchmark) { m.Spec = []byte("no spec"); m.Digest = digestOf(m.Spec) }},
		{"when the spec is not canonical", types.ErrSpecInvalid, func(m *types.MsgProposeBenchmark) {
			m.Spec = append(bytes.Clone(m.Spec), 0xf8, 0x07, 0x01)
			m.Digest = digestOf(m.Spec)
		}},
		{"when the spec is too large", types.ErrSpecTooLarge, func(m *types.MsgProposeBenchmark) { m.Spec = make([]byte, 65_537); m.Digest = digestOf(m.Spec) }},
		{"when a blob is incomplete", types.ErrBlobInvalid, func(m *types.MsgProposeBenchmark) { m.Blobs = []types.Blob{{}} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := proposal("owner", 1, "second")
			tc.change(msg)
			_, err := do(f, f.msgs.ProposeBenchmark, msg)
			require.ErrorIs(t, err, tc.want)
			require.EqualValues(t, 1, f.subnet(1).LatestVersions[0])
		})
	}
}

func digestOf(b []byte) []byte {
	digest := sha256.Sum256(b)
	return digest[:]
}

func TestStartSubnetBeginsEpochZeroInTheNextBlock(t *testing.T) {
	f := market(t)
	response := must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	require.EqualValues(t, 2, response.FirstEpochHeight)
	require.Equal(t, []types.EventSubnetStarted{{Netuid: 1, FirstEpochHeight: 2}}, events[types.EventSubnetStarted](f))
	_, err := f.k.CurrentEpoch(f.ctx, 1)
	require.ErrorIs(t, err, types.ErrEpochNotBegun)
	f.to(2)
	epoch := f.epoch()
	require.EqualValues(t, 0, epoch.Index)
	require.EqualValues(t, 2, epoch.StartHeight)
	require.EqualValues(t, 11, epoch.EndHeight)
	require.Len(t, epoch.Beacon, types.BeaconSize)
}

func TestStartSubnetIsRefused(t *testing.T) {
	t.Run("when the signer does not own the subnet", func(t *testing.T) {
		f := market(t)
		_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("a"), Netuid: 1})
		require.ErrorIs(t, err, types.ErrNotOwner)
	})
	t.Run("when the subnet has no benchmark", func(t *testing.T) {
		f := newFixture(t)
		f.rich("owner")
		must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums"})
		_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		require.ErrorIs(t, err, types.ErrNoBenchmark)
	})
	t.Run("when the subnet runs already", func(t *testing.T) {
		f := started(t)
		_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		require.ErrorIs(t, err, types.ErrSubnetStarted)
	})
	t.Run("when the subnet does not exist, or the owner is no address", func(t *testing.T) {
		f := newFixture(t)
		_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		require.ErrorIs(t, err, types.ErrSubnetNotFound)
		_, err = do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: "x", Netuid: 1})
		require.ErrorIs(t, err, sdkerrors.ErrInvalidAddress)
	})
}

func TestUpdateParamsIsForTheAuthorityOnly(t *testing.T) {
	f := newFixture(t)
	params := types.DefaultParams()
	params.MaxSubnets = 7
	_, err := do(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: addr("owner"), Params: params})
	require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
	_, err = do(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov})
	require.ErrorIs(t, err, types.ErrParamsInvalid)
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.gov, Params: params})
	got, err := f.k.Params.Get(f.ctx)
	require.NoError(t, err)
	require.Equal(t, params, got)
}
