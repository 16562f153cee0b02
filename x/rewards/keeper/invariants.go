package keeper

import (
	"context"
	"fmt"
	"math/bits"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
)

// invariant is something that holds after every block. It returns what is wrong, "" when nothing is.
type invariant func(*Keeper, context.Context) (string, error)

// invariants are all of them, in the order in which they are reported.
var invariants = []invariant{(*Keeper).accountIsOwed, (*Keeper).supplyIsCapped, (*Keeper).epochsAddUp}

// BrokenInvariants names each invariant that does not hold, with its figures. An error means that
// the state could not be read.
func (k *Keeper) BrokenInvariants(ctx context.Context) ([]string, error) {
	var broken []string
	for _, check := range invariants {
		wrong, err := check(k, ctx)
		if err != nil {
			return nil, err
		}
		if wrong != "" {
			broken = append(broken, wrong)
		}
	}
	return broken, nil
}

// accountIsOwed: the module account holds exactly what is pending and what miners may claim.
func (k *Keeper) accountIsOwed(ctx context.Context) (string, error) {
	var pending, accrued, carry uint64
	err := k.Pending.Walk(ctx, nil, func(netuid uint32, amount uint64) (bool, error) {
		if pending, carry = bits.Add64(pending, amount, 0); carry != 0 {
			return true, errorsmod.Wrapf(types.ErrAmountOverflow, "pending of netuid %d", netuid)
		}
		return false, nil
	})
	if err != nil {
		return "", err
	}
	err = k.Ledgers.Walk(ctx, nil, func(netuid uint32, data []byte) (bool, error) {
		list, err := packed.Decode(data)
		if err != nil {
			return true, errorsmod.Wrapf(types.ErrCorruptState, "ledger of netuid %d: %s", netuid, err)
		}
		for _, amount := range list.Values {
			if accrued, carry = bits.Add64(accrued, amount, 0); carry != 0 {
				return true, errorsmod.Wrapf(types.ErrAmountOverflow, "ledger of netuid %d", netuid)
			}
		}
		return false, nil
	})
	if err != nil {
		return "", err
	}
	owed, carry := bits.Add64(pending, accrued, 0)
	if carry != 0 {
		return "", errorsmod.Wrap(types.ErrAmountOverflow, "pending and accrued together")
	}
	balance := k.bank.GetBalance(ctx, k.auth.GetModuleAddress(types.ModuleName), types.Denom)
	if !balance.Equal(coin(owed)) {
		return fmt.Sprintf("the module account holds %s, but %d uagora are pending and %d accrued", balance, pending, accrued), nil
	}
	return "", nil
}

// supplyIsCapped: minting never passed the cap. A supply above it can only come from a genesis; then nothing is minted.
func (k *Keeper) supplyIsCapped(ctx context.Context) (string, error) {
	p, err := k.Params.Get(ctx)
	if err != nil {
		return "", err
	}
	supply, err := k.supply(ctx)
	if err != nil {
		return "", err
	}
	if supply > p.SupplyCap {
		return fmt.Sprintf("the supply is %d uagora, above the cap of %d", supply, p.SupplyCap), nil
	}
	return "", nil
}

// epochsAddUp: every epoch paid, burned and carried exactly what was pending, on each benchmark its share of it.
func (k *Keeper) epochsAddUp(ctx context.Context) (string, error) {
	var (
		wrong   string
		results []types.EpochResult // of one subnet
	)
	err := k.Results.Walk(ctx, nil, func(key collections.Pair[uint32, uint32], r types.EpochResult) (bool, error) {
		if r.Netuid != key.K1() || r.Benchmark != key.K2() {
			wrong = fmt.Sprintf("the result of benchmark %d of netuid %d is kept as that of benchmark %d of netuid %d", r.Benchmark, r.Netuid, key.K2(), key.K1())
			return true, nil
		}
		if len(results) > 0 && results[0].Netuid != r.Netuid {
			wrong, results = misdivided(results), results[:0]
		}
		results = append(results, r)
		return wrong != "", nil
	})
	if err == nil && wrong == "" {
		wrong = misdivided(results)
	}
	return wrong, err
}

// misdivided says what is wrong with the results of one subnet, "" when nothing is: each must add up, and each benchmark must
// have had its share of what was pending.
func misdivided(results []types.EpochResult) string {
	if err := types.ValidateResults(results); err != nil {
		return err.Error()
	}
	var pending, carry uint64
	weights := make([]uint64, len(results))
	for i, r := range results {
		weights[i] = uint64(r.ShareBp)
		if pending, carry = bits.Add64(pending, r.Pending, 0); carry != 0 {
			return fmt.Sprintf("epoch %d of netuid %d: what was pending exceeds 64 bits", r.Epoch, r.Netuid)
		}
	}
	for i, part := range split(pending, weights) {
		if r := results[i]; r.Pending != part {
			return fmt.Sprintf("epoch %d of netuid %d: benchmark %d had %d of %d, its share of %d basis points is %d", r.Epoch, r.Netuid, r.Benchmark, r.Pending, pending, r.ShareBp, part)
		}
	}
	return ""
}
