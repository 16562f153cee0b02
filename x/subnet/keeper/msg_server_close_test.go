package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// closing is what an owner sends to close subnet 1.
func closing() *types.MsgCloseSubnet {
	return &types.MsgCloseSubnet{Owner: addr("owner"), Netuid: 1}
}

func TestASubnetThatWasNeverStartedClosesAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup func(*fixture)
	}{
		{"and its deposit is refunded, less a part", func(*fixture) {}},
		{"paused or not", func(f *fixture) { f.pause(1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			hooks := &hooksMock{}
			f.k.SetHooks(hooks)
			tc.setup(f)
			deposit, before, burned := f.subnet(1).Deposit, f.balance("owner"), f.bank.burned

			response := must(f, f.msgs.CloseSubnet, closing())
			require.Equal(t, &types.MsgCloseSubnetResponse{Refund: deposit / 10 * 9}, response)
			require.Equal(t, deposit/10*9, f.balance("owner")-before)
			require.Equal(t, deposit/10, f.bank.burned-burned)
			require.Equal(t, []types.EventSubnetClosed{{Netuid: 1, Owner: addr("owner"), Refund: deposit / 10 * 9, Burned: deposit / 10}}, events[types.EventSubnetClosed](f))
			require.Equal(t, []uint32{1}, hooks.removed)
			require.Empty(t, f.netuids())
			f.sound()
			f.to(20)
			f.sound()
		})
	}
}

func TestASubnetThatRunsClosesAfterItsNotice(t *testing.T) {
	f := started(t)
	hooks := &hooksMock{}
	f.k.SetHooks(hooks)
	deposit, before := f.subnet(1).Deposit, f.balance("owner")
	response := must(f, f.msgs.CloseSubnet, closing())
	require.Equal(t, &types.MsgCloseSubnetResponse{ClosingEpoch: 3, Refund: deposit / 10 * 9}, response)
	require.Equal(t, []types.EventSubnetClosing{{Netuid: 1, ClosingEpoch: 3}}, events[types.EventSubnetClosing](f))
	f.register("d")
	f.sound()

	t.Run("in its last epoch it takes no miners, because nothing they do would be paid", func(t *testing.T) {
		f.to(32)
		require.EqualValues(t, 3, f.epoch().Index)
		f.rich("e")
		_, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("e"), Netuid: 1, Hotkey: addr("e hot")})
		require.ErrorIs(t, err, types.ErrSubnetClosing)
	})
	t.Run("and with the end of that epoch it is gone", func(t *testing.T) {
		f.to(41)
		require.Zero(t, f.balance("owner")-before)
		f.endBlock()
		require.Equal(t, []types.EventSubnetClosed{{Netuid: 1, Owner: addr("owner"), Refund: deposit / 10 * 9, Burned: deposit / 10}}, events[types.EventSubnetClosed](f))
		require.Equal(t, deposit/10*9, f.balance("owner")-before)
		require.Equal(t, []uint32{1}, hooks.removed)
		require.Empty(t, f.netuids())
		f.sound()
		f.beginBlock()
		f.to(60)
		f.sound()
	})
}

func TestAClosingIsTakenBackWhileTheSubnetRuns(t *testing.T) {
	f := started(t)
	must(f, f.msgs.CloseSubnet, closing())
	f.to(35)
	require.EqualValues(t, 3, f.epoch().Index, "even in the last epoch")
	again := closing()
	again.Reopen = true
	require.Equal(t, &types.MsgCloseSubnetResponse{}, must(f, f.msgs.CloseSubnet, again))
	require.Equal(t, []types.EventSubnetClosing{{Netuid: 1}}, events[types.EventSubnetClosing](f))
	f.to(60)
	require.EqualValues(t, 5, f.epoch().Index)
	require.EqualValues(t, 8, must(f, f.msgs.CloseSubnet, closing()).ClosingEpoch, "another closing has its whole notice")
	f.sound()
}

func TestThePausedSubnetWaitsWithItsNotice(t *testing.T) {
	f := started(t)
	f.pause(1)
	require.EqualValues(t, 3, must(f, f.msgs.CloseSubnet, closing()).ClosingEpoch)
	f.to(500)
	require.NotEmpty(t, f.netuids())
	f.sound()
	f.resume(1)
	f.to(501 + 29)
	require.NotEmpty(t, f.netuids())
	f.to(501 + 30)
	require.Empty(t, f.netuids())
	f.sound()
}

func TestAClosingSubnetThatIsPrunedLosesItsDeposit(t *testing.T) {
	f := started(t)
	must(f, f.msgs.CloseSubnet, closing())
	before := f.balance("owner")
	f.limit(1, 0)
	f.found("new")
	require.Equal(t, before, f.balance("owner"))
	require.Empty(t, events[types.EventSubnetClosed](f))
	f.sound()
}

func TestARefundThatCannotBePaidIsBurned(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(*fixture)
	}{
		{"when the subnet closes at once", func(*fixture) {}},
		{"and does not keep an epoch from ending", func(f *fixture) {
			must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			tc.end(f)
			deposit, before, burned := f.subnet(1).Deposit, f.balance("owner"), f.bank.burned
			f.bank.frozen = addressOf("owner")
			must(f, f.msgs.CloseSubnet, closing())
			f.to(60)
			require.Empty(t, f.netuids())
			require.Equal(t, before, f.balance("owner"))
			require.Equal(t, deposit, f.bank.burned-burned)
			f.sound()
		})
	}
}

func TestASubnetThatCannotBeRemovedGoesOnAndIsTriedAgain(t *testing.T) {
	f := started(t)
	hooks := &hooksMock{err: errBroken}
	f.k.SetHooks(hooks)
	must(f, f.msgs.CloseSubnet, closing())
	// The mock of x/bank does not take back what the failed removal moved.
	f.to(41)
	balances, burned := f.bank.copy(), f.bank.burned
	f.to(42)
	f.bank.balances, f.bank.burned = balances, burned
	require.EqualValues(t, 4, f.epoch().Index)
	require.Empty(t, events[types.EventSubnetClosed](f))
	f.sound()
	hooks.err = nil
	f.to(52)
	require.Empty(t, f.netuids())
	f.sound()
}

func TestAClosingIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgCloseSubnet)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgCloseSubnet) { m.Owner = "owner" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgCloseSubnet) { m.Netuid = 9 }},
		{"when the signer does not own the subnet", types.ErrNotOwner, func(_ *fixture, m *types.MsgCloseSubnet) { m.Owner = addr("a") }},
		{"when the subnet is closing already", types.ErrSubnetClosing, func(f *fixture, _ *types.MsgCloseSubnet) { must(f, f.msgs.CloseSubnet, closing()) }},
		{"when a subnet that is not closing is to be reopened", types.ErrSubnetNotClosing, func(_ *fixture, m *types.MsgCloseSubnet) { m.Reopen = true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			msg := closing()
			tc.change(f, msg)
			before := f.subnet(1)
			_, err := do(f, f.msgs.CloseSubnet, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.subnet(1))
		})
	}
	t.Run("when a subnet that was never started is to be reopened", func(t *testing.T) {
		f := market(t)
		msg := closing()
		msg.Reopen = true
		_, err := do(f, f.msgs.CloseSubnet, msg)
		require.ErrorIs(t, err, types.ErrSubnetNotClosing)
	})
}
