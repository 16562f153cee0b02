package keeper

import (
	"context"
	"math/bits"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// maxHalvings is where every emission has become nothing.
const maxHalvings = 63

// Halvings is how often the emission has halved at a supply: each time half of what then remained to
// the cap was issued.
func Halvings(supplyCap, supply uint64) uint32 {
	if supply >= supplyCap {
		return maxHalvings
	}
	remaining := supplyCap - supply
	n := uint32(0)
	for n < maxHalvings && remaining <= supplyCap>>(n+1) {
		n++
	}
	return n
}

// NextHalvingSupply is the supply at which the emission halves next; the cap when it never does.
func NextHalvingSupply(supplyCap, supply uint64) uint64 {
	return supplyCap - supplyCap>>(Halvings(supplyCap, supply)+1)
}

// BlockEmission is the most that a block may emit at a supply, in uagora. It never passes the cap.
func BlockEmission(p types.Params, supply uint64) uint64 {
	if supply >= p.SupplyCap {
		return 0
	}
	return min(p.InitialBlockEmission>>Halvings(p.SupplyCap, supply), p.SupplyCap-supply)
}

// portion is amount·part/whole, rounded down, at most amount; 0 where whole is.
func portion(amount, part, whole uint64) uint64 {
	if whole == 0 {
		return 0
	}
	hi, lo := bits.Mul64(amount, min(part, whole))
	q, _ := bits.Div64(hi, lo, whole)
	return q
}

// supply is all uagora there is.
func (k *Keeper) supply(ctx context.Context) (uint64, error) {
	amount := k.bank.GetSupply(ctx, types.Denom).Amount
	if !amount.IsUint64() {
		return 0, errorsmod.Wrapf(types.ErrAmountOverflow, "the supply is %s", amount)
	}
	return amount.Uint64(), nil
}

// mint mints one block's emission: the share of consensus into the fee collector, from which
// x/distribution serves validators and delegators, and what votes claim for subnets that accrue
// into this module's account, as pending. The rest is not minted.
func (k *Keeper) mint(ctx sdk.Context, p types.Params) error {
	supply, err := k.supply(ctx)
	if err != nil {
		return err
	}
	consensus, shares, err := k.blockSplit(ctx, p, supply)
	if err != nil {
		return err
	}
	total := consensus
	for _, s := range shares {
		total += s.Amount
	}
	if total == 0 {
		return nil
	}
	if err := k.bank.MintCoins(ctx, types.ModuleName, coins(total)); err != nil {
		return err
	}
	if consensus > 0 {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, authtypes.FeeCollectorName, coins(consensus)); err != nil {
			return err
		}
	}
	for _, s := range shares {
		pending, err := orZero(k.Pending.Get(ctx, s.Netuid))
		if err != nil {
			return err
		}
		if err := k.setPending(ctx, s.Netuid, pending+s.Amount); err != nil {
			return err
		}
	}
	return nil
}

// blockSplit is what a block emits at a supply: for consensus, and for each subnet that accrues.
func (k *Keeper) blockSplit(ctx context.Context, p types.Params, supply uint64) (uint64, []types.PendingEmission, error) {
	emission := BlockEmission(p, supply)
	consensus := portion(emission, uint64(p.ConsensusShareBp), types.BasisPoints)
	subnets, err := k.subnetShares(ctx, emission-consensus)
	return consensus, subnets, err
}

// subnetShares splits an amount over the subnets that accrue emission, by their share in the last
// tally. What is left of the amount belongs to nobody.
func (k *Keeper) subnetShares(ctx context.Context, amount uint64) ([]types.PendingEmission, error) {
	tally, err := orZero(k.Tally.Get(ctx))
	if err != nil {
		return nil, err
	}
	active, err := k.subnets.ActiveNetuids(ctx)
	if err != nil {
		return nil, err
	}
	var out []types.PendingEmission
	rest := amount // shares add up to at most the whole; whatever they say, no more than the amount is split
	at := 0
	for _, s := range tally.Subnets { // both lists ascend
		for at < len(active) && active[at] < s.Netuid {
			at++
		}
		if at == len(active) {
			break
		}
		if active[at] != s.Netuid {
			continue
		}
		if share := min(rest, portion(amount, s.Share, types.TallyUnit)); share > 0 {
			rest -= share
			out = append(out, types.PendingEmission{Netuid: s.Netuid, Amount: share})
		}
	}
	return out, nil
}

// coin is an amount of uagora.
func coin(amount uint64) sdk.Coin { return sdk.NewCoin(types.Denom, math.NewIntFromUint64(amount)) }
