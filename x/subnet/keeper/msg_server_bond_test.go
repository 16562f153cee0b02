package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

// bonded is a market in which a's miner, identity 1, has a bond of 1,000; a bond that is called back is free 30 blocks later.
func bonded(t *testing.T) *fixture {
	t.Helper()
	f := market(t)
	f.tune(func(p *types.SubnetParams) { p.BondRelease = 30 })
	f.bond("a", 1, 1_000)
	return f
}

func (f *fixture) bond(owner string, id, amount uint64) {
	f.t.Helper()
	must(f, f.msgs.BondMiner, &types.MsgBondMiner{Owner: addr(owner), Netuid: 1, MinerId: id, Amount: amount})
}

func (f *fixture) unbond(owner string, id, amount uint64) *types.MsgUnbondMinerResponse {
	f.t.Helper()
	return must(f, f.msgs.UnbondMiner, &types.MsgUnbondMiner{Owner: addr(owner), Netuid: 1, MinerId: id, Amount: amount})
}

func (f *fixture) bondOf(id uint64) keeper.Bond {
	f.t.Helper()
	bond, err := f.k.Bond(f.ctx, 1, id)
	require.NoError(f.t, err)
	return bond
}

func (f *fixture) balance(name string) uint64 { return f.bank.balances[string(addressOf(name))] }

func TestABondIsLockedAndCalledBackAndPaidOut(t *testing.T) {
	f := bonded(t)
	balance := f.balance("a")
	f.bond("a", 1, 500)
	require.Equal(t, balance-500, f.balance("a"))
	require.Equal(t, types.EventMinerBonded{Netuid: 1, MinerId: 1, Bond: 1_500}, events[types.EventMinerBonded](f)[1])
	require.EqualValues(t, 1_500, f.miner(0).Bond)
	f.sound()

	f.to(5)
	require.Equal(t, &types.MsgUnbondMinerResponse{ReleaseHeight: 35}, f.unbond("a", 1, 600))
	require.Equal(t, keeper.Bond{Locked: 900, Releasing: 600, ReleaseHeight: 35}, f.bondOf(1))
	require.Equal(t, balance-500, f.balance("a"), "it is not free yet")
	f.bond("a", 1, 100)
	f.to(34)
	_, err := do(f, f.msgs.UnbondMiner, &types.MsgUnbondMiner{Owner: addr("a"), Netuid: 1, MinerId: 1})
	require.ErrorIs(t, err, types.ErrNothingReleased)
	f.to(35)
	require.Equal(t, &types.MsgUnbondMinerResponse{Paid: 600}, f.unbond("a", 1, 0))
	require.Equal(t, []types.EventMinerBonded{{Netuid: 1, MinerId: 1, Bond: 1_000, Paid: 600}}, events[types.EventMinerBonded](f))
	require.Equal(t, balance, f.balance("a"))
	f.sound()

	t.Run("and what is free is paid when more is called back", func(t *testing.T) {
		f.unbond("a", 1, 400)
		f.to(65)
		require.Equal(t, &types.MsgUnbondMinerResponse{Paid: 400, ReleaseHeight: 95}, f.unbond("a", 1, 600))
		f.to(95)
		require.EqualValues(t, 600, f.unbond("a", 1, 0).Paid)
		has, err := f.k.Bonds.Has(f.ctx, pair(1, 1))
		require.NoError(t, err)
		require.False(t, has, "a bond that is paid out leaves nothing")
		require.Equal(t, balance+1_000, f.balance("a"))
		f.sound()
	})
}

func TestBondMinerIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgBondMiner)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgBondMiner) { m.Owner = "" }},
		{"when the amount is 0", types.ErrBondAmountInvalid, func(_ *fixture, m *types.MsgBondMiner) { m.Amount = 0 }},
		{"when the bond would not fit 64 bits", types.ErrBondAmountInvalid, func(_ *fixture, m *types.MsgBondMiner) { m.Amount = ^uint64(0) }},
		{"when the owner cannot pay", types.ErrInsufficientFunds, func(_ *fixture, m *types.MsgBondMiner) { m.Amount = 1 << 62 }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgBondMiner) { m.Netuid = 9 }},
		{"when the identity was never given", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgBondMiner) { m.MinerId = 9 }},
		{"when the miner belongs to another", types.ErrNotMinerOwner, func(_ *fixture, m *types.MsgBondMiner) { m.Owner = addr("b") }},
		{"when the miner holds no slot any more", types.ErrMinerNotFound, func(f *fixture, _ *types.MsgBondMiner) { f.deregister("a", 1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := bonded(t)
			msg := &types.MsgBondMiner{Owner: addr("a"), Netuid: 1, MinerId: 1, Amount: 10}
			tc.change(f, msg)
			before := f.bondOf(1)
			_, err := do(f, f.msgs.BondMiner, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.bondOf(1))
			f.sound()
		})
	}
}

func TestUnbondMinerIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgUnbondMiner)
	}{
		{"when the owner is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgUnbondMiner) { m.Owner = "" }},
		{"when the identity was never given", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgUnbondMiner) { m.MinerId = 9 }},
		{"when the subnet never was", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgUnbondMiner) { m.Netuid = 9 }},
		{"when the miner belongs to another", types.ErrNotMinerOwner, func(_ *fixture, m *types.MsgUnbondMiner) { m.Owner = addr("b") }},
		{"when less is bonded", types.ErrBondTooSmall, func(_ *fixture, m *types.MsgUnbondMiner) { m.Amount = 1_001 }},
		{"when nothing was called back", types.ErrNothingReleased, func(_ *fixture, m *types.MsgUnbondMiner) { m.Amount = 0 }},
		{"when another part is on its way", types.ErrReleaseUnderWay, func(f *fixture, _ *types.MsgUnbondMiner) { f.unbond("a", 1, 1) }},
		{"when the miner gave its slot up, and its bond is called back already", types.ErrBondTooSmall, func(f *fixture, _ *types.MsgUnbondMiner) { f.deregister("a", 1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := bonded(t)
			msg := &types.MsgUnbondMiner{Owner: addr("a"), Netuid: 1, MinerId: 1, Amount: 10}
			tc.change(f, msg)
			before := f.bondOf(1)
			_, err := do(f, f.msgs.UnbondMiner, msg)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, before, f.bondOf(1))
			f.sound()
		})
	}
}

func TestABondOutlivesItsMiner(t *testing.T) {
	for _, tc := range []struct {
		name  string
		leave func(*fixture)
	}{
		{"that gives its slot up", func(f *fixture) { f.deregister("a", 1) }},
		{"that is replaced", func(f *fixture) {
			f.register("d")
			f.rich("e")
			f.tune(func(p *types.SubnetParams) { p.ImmunityPeriod = 1 })
			require.EqualValues(f.t, 0, f.register("e").Uid)
		}},
		{"whose subnet is removed", func(f *fixture) {
			f.limit(1, 0)
			f.found("second")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := bonded(t)
			f.to(10)
			f.unbond("a", 1, 300)
			f.to(20)
			tc.leave(f)
			require.Equal(t, keeper.Bond{Releasing: 1_000, ReleaseHeight: 50}, f.bondOf(1), "what was on its way joins the rest")
			f.sound()
			owned, err := f.queries.MinersOfOwner(f.ctx, &types.QueryMinersOfOwnerRequest{Owner: addr("a")})
			require.NoError(t, err)
			require.Equal(t, []types.Miner{{Netuid: 1, MinerId: 1, Owner: addr("a"), Releasing: 1_000, ReleaseHeight: 50}}, owned.Miners)

			second := imported(t, f)
			for _, chain := range []*fixture{f, second} {
				chain.to(49)
				_, err = do(chain, chain.msgs.UnbondMiner, &types.MsgUnbondMiner{Owner: addr("a"), Netuid: 1, MinerId: 1})
				require.ErrorIs(t, err, types.ErrNothingReleased)
				chain.to(50)
				require.EqualValues(t, 1_000, chain.unbond("a", 1, 0).Paid)
				require.Zero(t, chain.bondOf(1))
				chain.sound()
			}
		})
	}
}

func TestWhatIsFreeIsPaidWhenAMinerLosesItsSlot(t *testing.T) {
	f := bonded(t)
	f.unbond("a", 1, 300)
	f.to(40)
	balance := f.balance("a")
	f.deregister("a", 1)
	require.Equal(t, balance+300, f.balance("a"))
	require.Equal(t, keeper.Bond{Releasing: 700, ReleaseHeight: 70}, f.bondOf(1))
	f.sound()
}

func TestABondThatCannotBePaidKeepsNobodyInASlot(t *testing.T) {
	f := bonded(t)
	f.unbond("a", 1, 300)
	f.to(40)
	f.bank.frozen = addressOf("a")
	f.deregister("a", 1)
	require.Equal(t, keeper.Bond{Releasing: 1_000, ReleaseHeight: 70}, f.bondOf(1))
	f.sound()
}

func TestASlashBurnsWhatIsLockedAndThenWhatIsOnItsWay(t *testing.T) {
	for _, tc := range []struct {
		name   string
		setup  func(*fixture)
		amount uint64
		want   uint64
		left   keeper.Bond
	}{
		{"a part of what is locked", func(*fixture) {}, 400, 400, keeper.Bond{Locked: 600}},
		{"no more than there is", func(*fixture) {}, 4_000, 1_000, keeper.Bond{}},
		{"nothing, when asked for nothing", func(*fixture) {}, 0, 0, keeper.Bond{Locked: 1_000}},
		{"what is locked before what is on its way", func(f *fixture) { f.unbond("a", 1, 300) }, 800, 800, keeper.Bond{Releasing: 200, ReleaseHeight: 31}},
		{"all of both", func(f *fixture) { f.unbond("a", 1, 300) }, 1_000, 1_000, keeper.Bond{}},
		{"what is on its way up to the block before it is free", func(f *fixture) { f.unbond("a", 1, 1_000); f.to(30) }, 10, 10, keeper.Bond{Releasing: 990, ReleaseHeight: 31}},
		{"nothing of what is free", func(f *fixture) { f.unbond("a", 1, 300); f.to(31) }, 800, 700, keeper.Bond{Releasing: 300, ReleaseHeight: 31}},
		{"the bond of a miner that fled", func(f *fixture) { f.deregister("a", 1) }, 800, 800, keeper.Bond{Releasing: 200, ReleaseHeight: 31}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := bonded(t)
			tc.setup(f)
			burned := f.bank.burned
			slashed, err := f.k.SlashBond(f.ctx, 1, 1, tc.amount)
			require.NoError(t, err)
			require.Equal(t, tc.want, slashed)
			require.Equal(t, burned+tc.want, f.bank.burned)
			require.Equal(t, tc.left, f.bondOf(1))
			var said []types.EventMinerBondSlashed
			if tc.want > 0 {
				said = []types.EventMinerBondSlashed{{Netuid: 1, MinerId: 1, Burned: tc.want, Left: tc.left.Locked + tc.left.Releasing}}
			}
			require.Equal(t, said, events[types.EventMinerBondSlashed](f))
			f.sound()
		})
	}
	t.Run("nothing of a miner without a bond", func(t *testing.T) {
		f := bonded(t)
		slashed, err := f.k.SlashBond(f.ctx, 1, 2, 5)
		require.NoError(t, err)
		require.Zero(t, slashed)
		slashed, err = f.k.SlashBond(f.ctx, 9, 9, 5)
		require.NoError(t, err)
		require.Zero(t, slashed)
	})
	t.Run("and an event says what is left", func(t *testing.T) {
		f := bonded(t)
		_, err := f.k.SlashBond(f.ctx, 1, 1, 1)
		require.NoError(t, err)
		require.Equal(t, types.EventMinerBonded{Netuid: 1, MinerId: 1, Bond: 999}, events[types.EventMinerBonded](f)[1])
	})
}

// imported is a second chain that goes on from the exported state of the first.
func imported(t *testing.T, f *fixture) *fixture {
	t.Helper()
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	second := emptyFixture(t)
	second.bank.balances = f.bank.copy()
	second.staking.validators = f.staking.validators
	second.ctx = second.ctx.WithBlockHeader(f.ctx.BlockHeader())
	require.NoError(t, second.k.InitGenesis(second.ctx, *state))
	again, err := second.k.ExportGenesis(second.ctx)
	require.NoError(t, err)
	require.Equal(t, state, again)
	return second
}

var errFrozen = errors.New("the account is frozen")

// SendCoinsFromModuleToAccount pays out, but not to a frozen account.
func (b *bankMock) SendCoinsFromModuleToAccount(_ context.Context, _ string, to sdk.AccAddress, amount sdk.Coins) error {
	n := amount.AmountOf(types.Denom).Uint64()
	if to.Equals(b.frozen) {
		return errFrozen
	}
	if b.balances[string(types.ModuleAddress)] < n {
		return sdkerrors.ErrInsufficientFunds
	}
	b.balances[string(types.ModuleAddress)] -= n
	b.balances[string(to)] += n
	return nil
}
