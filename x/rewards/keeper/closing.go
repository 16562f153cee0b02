package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// closing is an epoch that closes: what all its benchmarks have in common, and the share of each.
type closing struct {
	netuid uint32
	subnet subnettypes.Subnet
	epoch  subnettypes.Epoch
	miners *packed.Index
	// hotkeys has the bytes of each permit's hotkey, nil until a frame needs them; validatorOf finds the permit by its text.
	// The map is looked up and never ranged over.
	hotkeys     []sdk.AccAddress
	validatorOf map[string]int
	// shares are the benchmarks', by ascending number.
	shares []share
}

// share is what one benchmark has of a closing epoch.
type share struct {
	benchmark subnettypes.EpochBenchmark
	// pending is its part of what waited for the epoch.
	pending uint64
	result  types.EpochResult
	// rows and cells are how many rows counted and how many weights they had.
	rows, cells int
}

// closing reads what a closing epoch depends on, whatever the benchmark, and splits what waited for it over the benchmarks.
func (k *Keeper) closing(ctx context.Context, netuid uint32) (*closing, error) {
	c := &closing{netuid: netuid}
	var err error
	if c.subnet, err = k.subnets.Subnet(ctx, netuid); err != nil {
		return nil, err
	}
	if c.epoch, err = k.subnets.CurrentEpoch(ctx, netuid); err != nil {
		return nil, err
	}
	ids, err := k.subnets.MinerIDs(ctx, netuid)
	if err != nil {
		return nil, err
	}
	if c.miners, err = packed.NewIndex(ids); err != nil {
		return nil, errorsmod.Wrapf(types.ErrMinerIDsInvalid, "netuid %d: %s", netuid, err)
	}
	n := len(c.epoch.Permits)
	c.hotkeys, c.validatorOf = make([]sdk.AccAddress, n), make(map[string]int, n)
	for i, permit := range c.epoch.Permits {
		c.validatorOf[permit.Hotkey] = i
	}
	return c, k.splitOverBenchmarks(ctx, c)
}

// splitOverBenchmarks gives each benchmark its part of what waited for the epoch: whole, and together exactly that.
func (k *Keeper) splitOverBenchmarks(ctx context.Context, c *closing) error {
	benchmarks, err := k.subnets.ClosingBenchmarks(ctx, c.netuid)
	if err != nil {
		return err
	}
	var whole uint64
	weights := make([]uint64, len(benchmarks))
	for i, b := range benchmarks {
		if i > 0 && b.Benchmark <= benchmarks[i-1].Benchmark {
			return errorsmod.Wrapf(types.ErrSharesInvalid, "netuid %d: benchmark %d follows %d", c.netuid, b.Benchmark, benchmarks[i-1].Benchmark)
		}
		weights[i] = uint64(b.ShareBp)
		whole += weights[i]
	}
	if whole != types.BasisPoints {
		return errorsmod.Wrapf(types.ErrSharesInvalid, "netuid %d: they add to %d", c.netuid, whole)
	}
	pending, err := orZero(k.Pending.Get(ctx, c.netuid))
	if err != nil {
		return err
	}
	c.shares = make([]share, len(benchmarks))
	for i, part := range split(pending, weights) {
		c.shares[i] = share{benchmark: benchmarks[i], pending: part}
	}
	return nil
}

// storeResults writes one result per benchmark and drops those of benchmarks that are not scored any more.
func (k *Keeper) storeResults(ctx context.Context, c *closing) error {
	iter, err := k.Results.Iterate(ctx, resultsOf(c.netuid))
	if err != nil {
		return err
	}
	stored, err := iter.Keys()
	if err != nil {
		return err
	}
	at := 0 // both ascend
	for _, key := range stored {
		for at < len(c.shares) && c.shares[at].benchmark.Benchmark < key.K2() {
			at++
		}
		if at < len(c.shares) && c.shares[at].benchmark.Benchmark == key.K2() {
			continue
		}
		if err := k.Results.Remove(ctx, key); err != nil {
			return err
		}
	}
	for i := range c.shares {
		if err := k.Results.Set(ctx, collections.Join(c.netuid, c.shares[i].benchmark.Benchmark), c.shares[i].result); err != nil {
			return err
		}
	}
	return nil
}

// resultsOf is the range of the results of one subnet.
func resultsOf(netuid uint32) collections.Ranger[collections.Pair[uint32, uint32]] {
	return collections.NewPrefixedPairRange[uint32, uint32](netuid)
}

// event tells what the epoch paid, all benchmarks together.
func (c *closing) event() *types.EventEpochPaid {
	event := &types.EventEpochPaid{Netuid: c.netuid, Epoch: c.epoch.Index}
	for i := range c.shares {
		r := &c.shares[i].result
		event.Pending += r.Pending
		event.Owner += r.OwnerAmount
		event.Miners += r.MinerAmount
		event.Validators += r.ValidatorAmount
		event.Burned += r.Burned
		event.Carried += r.Carried
	}
	return event
}
