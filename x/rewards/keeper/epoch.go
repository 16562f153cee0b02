package keeper

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// closeDueEpochs closes the epochs that are due until a bounded number of benchmarks was closed in the block: an epoch costs
// as much as it has benchmarks, and none is closed by halves, so the last may exceed the bound. The search begins after
// the subnet that was looked at last, so every due subnet gets its turn however many there are, and
// one that cannot be advanced never stands in the way of the others.
func (k *Keeper) closeDueEpochs(ctx sdk.Context, p types.Params) error {
	due, err := k.subnets.DueSubnets(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	cursor, err := orZero(k.EpochCursor.Get(ctx))
	if err != nil {
		return err
	}
	slices.Sort(due) // the cursor goes round by netuid
	first, _ := slices.BinarySearch(due, cursor+1)
	looked, left := 0, int(p.MaxEpochsPerBlock)
	for ; looked < len(due) && left > 0; looked++ {
		cursor = due[(first+looked)%len(due)]
		left -= k.closeOrCarry(ctx, p, cursor)
	}
	countEpochs(len(due)-looked, epochDeferred)
	return k.EpochCursor.Set(ctx, cursor)
}

// closeOrCarry closes one subnet's epoch; where that fails, the pending emission waits for the next. It returns how many
// benchmarks that took, at least 1.
func (k *Keeper) closeOrCarry(ctx sdk.Context, p types.Params, netuid uint32) int {
	done := stopwatch(netuid)
	defer done()
	benchmarks := 0 // also of an epoch that fails, or panics, on its way
	err := branch(ctx, func(ctx sdk.Context) error { return k.closeEpoch(ctx, p, netuid, &benchmarks) })
	cost := max(1, benchmarks)
	if err == nil {
		countEpochs(1, epochClosed)
		return cost
	}
	countEpochs(1, epochFailed)
	event := &types.EventEpochFailed{Netuid: netuid, Reason: err.Error()}
	advance := func(ctx sdk.Context) error {
		subnet, err := k.subnets.Subnet(ctx, netuid) // not CurrentEpoch: an epoch that could not begin has none
		if err != nil {
			return err
		}
		event.Epoch = subnet.Epoch
		if event.Carried, err = orZero(k.Pending.Get(ctx, netuid)); err != nil {
			return err
		}
		return k.subnets.AdvanceEpoch(ctx, netuid)
	}
	if err := branch(ctx, advance); err != nil {
		event.Reason += "; and the next epoch could not begin: " + err.Error()
	}
	report(ctx, "close an epoch", err, event)
	return cost
}

// closeEpoch turns the closing epoch's rows into coins, benchmark by benchmark, and begins the next. It counts the benchmarks.
func (k *Keeper) closeEpoch(ctx sdk.Context, p types.Params, netuid uint32, benchmarks *int) error {
	s := k.spaces.take()
	c, err := k.closing(ctx, netuid)
	if err != nil {
		return err
	}
	for i := range c.shares {
		*benchmarks++
		if err := k.closeBenchmark(ctx, p, c, &c.shares[i], s); err != nil {
			return errorsmod.Wrapf(err, "benchmark %d", c.shares[i].benchmark.Benchmark)
		}
	}
	earned, err := k.payOut(ctx, p, c)
	if err != nil {
		return err
	}
	if err := k.storeResults(ctx, c); err != nil {
		return err
	}
	if err := k.subnets.SetMinerEmissions(ctx, netuid, c.miners.IDs(), earned); err != nil {
		return err
	}
	if err := k.subnets.AdvanceEpoch(ctx, netuid); err != nil {
		return err
	}
	countPaid(c)
	k.spaces.give(s) // an epoch that fails or panics leaves its space to the garbage collector
	emit(ctx, c.event())
	return nil
}

// closeBenchmark turns the rows of one benchmark into its result, in which nothing is paid yet. The space is free for the
// next benchmark afterwards: a result keeps nothing of it.
func (k *Keeper) closeBenchmark(ctx sdk.Context, p types.Params, c *closing, part *share, s *space) error {
	f, err := k.frame(ctx, c, part.benchmark, s)
	if err != nil {
		return err
	}
	outcome, err := s.arithmetic.Run(yumaParams(c.subnet.Params), f.input)
	if err != nil {
		return errorsmod.Wrap(types.ErrRowsInvalid, err.Error())
	}
	part.result = newResult(ctx, p, f, part.pending, outcome)
	part.rows, part.cells = f.rows, f.cells
	return k.storeBonds(ctx, f, outcome.Bonds)
}

// yumaParams are a subnet's parameters as the arithmetic takes them.
func yumaParams(p subnettypes.SubnetParams) yuma.Params {
	const ofU16, perMillion, hundredths = 65_535, 1_000_000, 100
	out := yuma.Params{
		Variant:            yuma.Yuma3,
		Kappa:              yuma.Ratio(uint64(p.Kappa), ofU16),
		BondsPenalty:       yuma.Ratio(uint64(p.BondsPenalty), ofU16),
		BondsMovingAverage: yuma.Ratio(uint64(p.BondsMovingAverage), perMillion),
		LiquidAlpha:        p.LiquidAlpha,
		AlphaLow:           yuma.Ratio(uint64(p.AlphaLow), ofU16),
		AlphaHigh:          yuma.Ratio(uint64(p.AlphaHigh), ofU16),
		AlphaSteepness:     min(uint64(p.AlphaSteepness)*yuma.SteepnessUnit/hundredths, yuma.MaxSteepness),
	}
	if p.YumaVariant == subnettypes.YUMA_VARIANT_2 {
		out.Variant = yuma.Yuma2
	}
	return out
}
