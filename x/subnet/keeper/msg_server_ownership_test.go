package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

func identity() *types.MsgUpdateSubnetIdentity {
	return &types.MsgUpdateSubnetIdentity{
		Owner: addr("owner"), Netuid: 1, Name: "products", Description: "multi-digit products",
		Details: types.SubnetDetails{
			Url: "https://sums.example/about?lang=en", Repository: "https://git.example/sums", Logo: "http://sums.example:8080/logo.svg", Contact: "hello@sums.example",
			Hardware: types.HardwareRequirements{Gpus: 1, GpuMemoryGib: 24, CpuCores: 8, MemoryGib: 32, DiskGib: 100, Notes: "any GPU of the last years"},
		},
	}
}

func TestAnOwnerSaysWhatItsSubnetIs(t *testing.T) {
	f := market(t)
	must(f, f.msgs.UpdateSubnetIdentity, identity())
	s := f.subnet(1)
	require.Equal(t, "products", s.Name)
	require.Equal(t, "multi-digit products", s.Description)
	require.Equal(t, identity().Details, s.Details)
	require.Equal(t, []types.EventSubnetIdentityUpdated{{Netuid: 1, Name: "products"}}, events[types.EventSubnetIdentityUpdated](f))
	must(f, f.msgs.UpdateSubnetIdentity, &types.MsgUpdateSubnetIdentity{Owner: addr("owner"), Netuid: 1, Name: "sums"})
	require.Equal(t, types.SubnetDetails{}, f.subnet(1).Details, "all of it is replaced")
}

func TestAnIdentityIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*types.MsgUpdateSubnetIdentity)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(m *types.MsgUpdateSubnetIdentity) { m.Owner = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(m *types.MsgUpdateSubnetIdentity) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(m *types.MsgUpdateSubnetIdentity) { m.Owner = addr("a") }},
		{"when the name is empty", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Name = "" }},
		{"when the name is too long", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Name = strings.Repeat("x", 65) }},
		{"when the description is too long", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Description = strings.Repeat("x", 513) }},
		{"when the url is no link", types.ErrLinkInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Url = "javascript:alert(1)" }},
		{"when the url names a user", types.ErrLinkInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Url = "https://bank.example@evil.example" }},
		{"when the repository is too long", types.ErrLinkInvalid, func(m *types.MsgUpdateSubnetIdentity) {
			m.Details.Repository = "https://x.example/" + strings.Repeat("x", 256)
		}},
		{"when the logo has a fragment", types.ErrLinkInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Logo = "https://x.example/#a" }},
		{"when the contact is too long", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Contact = strings.Repeat("x", 129) }},
		{"when the contact holds a control character", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Contact = "\x1b[2J" }},
		{"when the notes are too long", types.ErrTextInvalid, func(m *types.MsgUpdateSubnetIdentity) { m.Details.Hardware.Notes = strings.Repeat("x", 257) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := identity()
			tc.change(msg)
			before := f.subnet(1)
			_, err := do(f, f.msgs.UpdateSubnetIdentity, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.subnet(1))
		})
	}
}

func TestASubnetChangesHandsWhenTheOfferIsAccepted(t *testing.T) {
	f := started(t)
	must(f, f.msgs.OfferSubnet, &types.MsgOfferSubnet{Owner: addr("owner"), Netuid: 1, NewOwner: addr("heir")})
	require.Equal(t, []types.EventSubnetOffered{{Netuid: 1, Owner: addr("owner"), NewOwner: addr("heir")}}, events[types.EventSubnetOffered](f))
	require.Equal(t, addr("owner"), f.subnet(1).Owner, "an offer alone changes nothing")
	f.sound()
	must(f, f.msgs.AcceptSubnet, &types.MsgAcceptSubnet{NewOwner: addr("heir"), Netuid: 1})
	require.Equal(t, []types.EventSubnetTransferred{{Netuid: 1, OldOwner: addr("owner"), NewOwner: addr("heir")}}, events[types.EventSubnetTransferred](f))
	require.Equal(t, addr("heir"), f.subnet(1).Owner)
	require.Empty(t, f.subnet(1).OfferedTo)
	_, err := do(f, f.msgs.CloseSubnet, closing())
	require.ErrorIs(t, err, types.ErrNotOwner)
	mine := closing()
	mine.Owner = addr("heir")
	refund := must(f, f.msgs.CloseSubnet, mine).Refund
	f.to(60)
	require.Equal(t, refund, f.balance("heir"), "the deposit goes with the subnet")
	f.sound()
}

func TestAnOfferIsReplacedOrTakenBack(t *testing.T) {
	f := market(t)
	offer := func(to string) {
		must(f, f.msgs.OfferSubnet, &types.MsgOfferSubnet{Owner: addr("owner"), Netuid: 1, NewOwner: to})
	}
	accept := func(by string) error {
		_, err := do(f, f.msgs.AcceptSubnet, &types.MsgAcceptSubnet{NewOwner: addr(by), Netuid: 1})
		return err
	}
	offer(addr("heir"))
	offer(addr("other"))
	require.ErrorIs(t, accept("heir"), types.ErrNotOffered)
	offer("")
	require.ErrorIs(t, accept("other"), types.ErrNotOffered)
	require.Equal(t, addr("owner"), f.subnet(1).Owner)
}

func TestOffersAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgOfferSubnet)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgOfferSubnet) { m.Owner = "owner" }},
		{"when the new owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgOfferSubnet) { m.NewOwner = "heir" }},
		{"when the new owner is spelled in upper case", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgOfferSubnet) { m.NewOwner = strings.ToUpper(m.NewOwner) }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgOfferSubnet) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgOfferSubnet) { m.Owner = addr("a") }},
		{"when the new owner is the owner", types.ErrOfferInvalid, func(_ *fixture, m *types.MsgOfferSubnet) { m.NewOwner = m.Owner }},
		{"when there is nothing to take back", types.ErrOfferInvalid, func(_ *fixture, m *types.MsgOfferSubnet) { m.NewOwner = "" }},
		{"when the offer stands already", types.ErrOfferInvalid, func(f *fixture, m *types.MsgOfferSubnet) { must(f, f.msgs.OfferSubnet, m) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := &types.MsgOfferSubnet{Owner: addr("owner"), Netuid: 1, NewOwner: addr("heir")}
			tc.change(f, msg)
			before := f.subnet(1)
			_, err := do(f, f.msgs.OfferSubnet, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.subnet(1))
		})
	}
	for _, tc := range []struct {
		name string
		want error
		msg  types.MsgAcceptSubnet
	}{
		{"an acceptance without an offer", types.ErrNotOffered, types.MsgAcceptSubnet{NewOwner: addr("heir"), Netuid: 1}},
		{"an acceptance by nobody", sdkerrors.ErrInvalidAddress, types.MsgAcceptSubnet{Netuid: 1}},
		{"an acceptance of no subnet", types.ErrSubnetNotFound, types.MsgAcceptSubnet{NewOwner: addr("heir"), Netuid: 9}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			_, err := do(f, f.msgs.AcceptSubnet, &tc.msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
}
