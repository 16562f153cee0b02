package keeper

import (
	"context"
	"errors"
	"math"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/codec"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// Bond is what vouches for a miner, in uagora. All of it is in the module account.
type Bond struct {
	// Locked stays until it is called back; only a miner that holds a slot has any.
	Locked uint64
	// Releasing was called back. It can be slashed below ReleaseHeight and is the owner's from then on.
	Releasing uint64
	// ReleaseHeight is 0 when nothing is releasing.
	ReleaseHeight int64
}

// bondValue is (locked, releasing, release height).
type bondValue = collections.Triple[uint64, uint64, int64]

func newBondCodec() codec.ValueCodec[bondValue] {
	return codec.KeyToValueCodec(collections.TripleKeyCodec(collections.Uint64Key, collections.Uint64Key, collections.Int64Key))
}

// free tells whether what was called back is the owner's at a height.
func (b Bond) free(at int64) bool { return b.Releasing > 0 && at >= b.ReleaseHeight }

// Bond returns the bond of a miner, also of one that lost its slot or whose subnet was removed; without one it is empty.
func (k *Keeper) Bond(ctx context.Context, netuid uint32, minerID uint64) (Bond, error) {
	value, err := k.Bonds.Get(ctx, collections.Join(netuid, minerID))
	if errors.Is(err, collections.ErrNotFound) {
		return Bond{}, nil
	}
	if err != nil {
		return Bond{}, err
	}
	return bondOf(value), nil
}

func bondOf(value bondValue) Bond {
	return Bond{Locked: value.K1(), Releasing: value.K2(), ReleaseHeight: value.K3()}
}

// changeBond stores a bond, or forgets an empty one, and says so in an event; paid is what went to the owner.
func (k *Keeper) changeBond(ctx context.Context, netuid uint32, minerID uint64, bond Bond, paid uint64) error {
	if err := k.setBond(ctx, netuid, minerID, bond); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventMinerBonded{
		Netuid: netuid, MinerId: minerID, Bond: bond.Locked, Releasing: bond.Releasing, ReleaseHeight: bond.ReleaseHeight, Paid: paid,
	})
}

func (k *Keeper) setBond(ctx context.Context, netuid uint32, minerID uint64, bond Bond) error {
	key := collections.Join(netuid, minerID)
	if bond == (Bond{}) {
		return k.Bonds.Remove(ctx, key)
	}
	return k.Bonds.Set(ctx, key, collections.Join3(bond.Locked, bond.Releasing, bond.ReleaseHeight))
}

// releaseBond calls the whole bond of a miner back that loses its slot. What is free already is paid out; what is still on its
// way joins it and waits as long. A bond that cannot be paid keeps nobody in a slot: it waits with the rest.
func (k *Keeper) releaseBond(ctx context.Context, subnet types.Subnet, minerID uint64) error {
	bond, err := k.Bond(ctx, subnet.Netuid, minerID)
	if err != nil || bond.Locked == 0 {
		return err
	}
	var paid uint64
	if bond.free(height(ctx)) {
		owner, err := k.MinerOwner(ctx, subnet.Netuid, minerID)
		if err != nil {
			return err
		}
		if branch(sdk.UnwrapSDKContext(ctx), func(ctx sdk.Context) error { return k.pay(ctx, owner, bond.Releasing) }) == nil {
			paid, bond.Releasing, bond.ReleaseHeight = bond.Releasing, 0, 0
		}
	}
	// BondMiner keeps the sum within 64 bits.
	bond.Releasing += bond.Locked
	bond.Locked = 0
	bond.ReleaseHeight = max(bond.ReleaseHeight, height(ctx)+int64(subnet.Params.BondRelease))
	return k.changeBond(ctx, subnet.Netuid, minerID, bond, paid)
}

// pay moves uagora out of the module account.
func (k *Keeper) pay(ctx context.Context, to sdk.AccAddress, amount uint64) error {
	return k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, to, coins(amount))
}

// SlashBond burns up to amount uagora of a miner's bond and returns how much it was: first of what is locked, then of
// what was called back and is not free yet. A miner that lost its slot, or whose subnet was removed, can still be slashed
// until its bond is free. Without a bond it burns nothing and returns 0.
//
// It is the interface for modules that judge miners. Whoever calls it must be sure of the fault: nothing brings the coins back.
func (k *Keeper) SlashBond(ctx context.Context, netuid uint32, minerID uint64, amount uint64) (slashed uint64, err error) {
	bond, err := k.Bond(ctx, netuid, minerID)
	if err != nil {
		return 0, err
	}
	slashed = min(amount, bond.Locked)
	bond.Locked -= slashed
	if !bond.free(height(ctx)) {
		late := min(amount-slashed, bond.Releasing)
		bond.Releasing -= late
		slashed += late
	}
	if slashed == 0 {
		return 0, nil
	}
	if bond.Releasing == 0 {
		bond.ReleaseHeight = 0
	}
	if err := k.bank.BurnCoins(ctx, types.ModuleName, coins(slashed)); err != nil {
		return 0, err
	}
	if err := k.changeBond(ctx, netuid, minerID, bond, 0); err != nil {
		return 0, err
	}
	return slashed, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventMinerBondSlashed{
		Netuid: netuid, MinerId: minerID, Burned: slashed, Left: bond.Locked + bond.Releasing,
	})
}

// grow adds to what is locked. The whole bond stays within 64 bits.
func (b *Bond) grow(amount uint64) error {
	if amount == 0 || amount > math.MaxUint64-b.Locked-b.Releasing {
		return errorsmod.Wrapf(types.ErrBondAmountInvalid, "%d%s on top of %d and %d on its way", amount, types.Denom, b.Locked, b.Releasing)
	}
	b.Locked += amount
	return nil
}
