package keeper

import (
	"context"

	"github.com/agora-network/agora/x/subnet/pricing"
	"github.com/agora-network/agora/x/subnet/types"
)

// DepositNow returns what a subnet registration locks at this height, in uagora.
func (k *Keeper) DepositNow(ctx context.Context) (uint64, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	price, err := k.DepositPrice.Get(ctx)
	if err != nil {
		return 0, err
	}
	since, err := k.DepositHeight.Get(ctx)
	if err != nil {
		return 0, err
	}
	return pricing.Deposit(price, params.SubnetDepositMin, blocksSince(since, height(ctx)), params.SubnetDepositDecayBlocks), nil
}

// burnPrice returns what a miner registration burns on a subnet at a height, in uagora, when nobody
// registers before.
func burnPrice(subnet types.Subnet, at int64) uint64 {
	p := subnet.Params
	return pricing.Burn(subnet.BurnPrice, blocksSince(subnet.BurnPriceHeight, at), p.BurnHalfLife, p.MinBurn, p.MaxBurn)
}

// blocksSince counts the blocks from one height to a later one, 0 when it is not later.
func blocksSince(from, to int64) uint64 {
	if to <= from {
		return 0
	}
	return uint64(to - from)
}
