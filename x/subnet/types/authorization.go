package types

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
)

var _ authz.Authorization = (*TuneBenchmarkAuthorization)(nil)

// NewTuneBenchmarkAuthorization lets the grantee tune one benchmark of a subnet that the granter owns.
func NewTuneBenchmarkAuthorization(netuid, benchmark uint32) *TuneBenchmarkAuthorization {
	return &TuneBenchmarkAuthorization{Netuid: netuid, Benchmark: benchmark}
}

// MsgTypeURL names the only message that the authorization is for.
func (a *TuneBenchmarkAuthorization) MsgTypeURL() string { return sdk.MsgTypeURL(&MsgTuneBenchmark{}) }

// Accept lets a message through that tunes the named benchmark of the named subnet; any other it refuses with ErrUnauthorized.
// How far it may go is not for the authorization to say: the bounds are the subnet's, and hold for the owner's own messages too.
// It is never used up: it ends when it expires or is revoked, and is worth nothing while the granter does not own the subnet.
func (a *TuneBenchmarkAuthorization) Accept(_ context.Context, msg sdk.Msg) (authz.AcceptResponse, error) {
	tune, ok := msg.(*MsgTuneBenchmark)
	if !ok {
		return authz.AcceptResponse{}, sdkerrors.ErrUnauthorized.Wrapf("the grant is to send %s, not %s", a.MsgTypeURL(), sdk.MsgTypeURL(msg))
	}
	if tune.Netuid != a.Netuid || tune.Benchmark != a.Benchmark {
		return authz.AcceptResponse{}, sdkerrors.ErrUnauthorized.Wrapf("the grant is for benchmark %d of netuid %d, not for benchmark %d of netuid %d",
			a.Benchmark, a.Netuid, tune.Benchmark, tune.Netuid)
	}
	return authz.AcceptResponse{Accept: true}, nil
}

// ValidateBasic refuses what no subnet and no benchmark can have, with ErrSubnetNotFound or ErrBenchmarkNumber.
func (a *TuneBenchmarkAuthorization) ValidateBasic() error {
	if a.Netuid == 0 {
		return errorsmod.Wrap(ErrSubnetNotFound, "netuids begin at 1")
	}
	return checkBenchmarkNumber(a.Benchmark)
}
