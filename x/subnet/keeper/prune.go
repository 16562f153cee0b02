package keeper

import (
	"cmp"
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// sweptPerBlock bounds how many entries of removed subnets one block forgets.
const sweptPerBlock = 200

// standing is a subnet with what decides whether it stays.
type standing struct {
	subnet types.Subnet
	share  uint64
}

// pruned finds the subnet that makes room for a new one; nil when there is room. It is the lowest by
// share of the votes among those older than subnet_immunity_period; of equal ones the younger goes. It
// fails with ErrSubnetLimit when all are immune. It reads every subnet, so at most max_subnets.
func (k *Keeper) pruned(ctx context.Context, params types.Params) (*standing, error) {
	subnets, err := values(ctx, k.Subnets)
	if err != nil || len(subnets) < int(params.MaxSubnets) {
		return nil, err
	}
	shares, err := k.voteShares(ctx)
	if err != nil {
		return nil, err
	}
	var candidates []standing
	for _, subnet := range subnets {
		if blocksSince(subnet.RegisteredHeight, height(ctx)) >= params.SubnetImmunityPeriod {
			candidates = append(candidates, standing{subnet, shares.Value(uint64(subnet.Netuid))})
		}
	}
	if len(candidates) == 0 {
		return nil, errorsmod.Wrapf(types.ErrSubnetLimit, "%d subnets of at most %d, immunity lasts %d blocks",
			len(subnets), params.MaxSubnets, params.SubnetImmunityPeriod)
	}
	lowest := slices.MinFunc(candidates, compareSubnets)
	return &lowest, nil
}

// compareSubnets orders subnets by what they stand to lose: share of the votes, then age, then netuid.
func compareSubnets(a, b standing) int {
	return cmp.Or(
		cmp.Compare(a.share, b.share),
		cmp.Compare(b.subnet.RegisteredHeight, a.subnet.RegisteredHeight),
		cmp.Compare(b.subnet.Netuid, a.subnet.Netuid),
	)
}

// remove burns a subnet's deposit and forgets the subnet.
func (k *Keeper) remove(ctx context.Context, s standing) error {
	free := unmetered(ctx)
	if s.subnet.Deposit > 0 {
		if err := k.bank.BurnCoins(free, types.ModuleName, coins(s.subnet.Deposit)); err != nil {
			return err
		}
	}
	if err := k.forgetSubnet(free, s.subnet); err != nil {
		return err
	}
	return free.EventManager().EmitTypedEvent(&types.EventSubnetPruned{
		Netuid: s.subnet.Netuid, Owner: s.subnet.Owner, Share: s.share, Deposit: s.subnet.Deposit,
	})
}

// unmetered charges no gas for the removal of a subnet. Thousands of miners would not fit a block's gas, and a transaction
// could not tell what it needs; what it pays is the deposit.
func unmetered(ctx context.Context) sdk.Context {
	return sdk.UnwrapSDKContext(ctx).WithGasMeter(storetypes.NewInfiniteGasMeter())
}

// forgetSubnet forgets a subnet with everything that its own limits bound: miners, epochs, commits, rows, emissions, changes of
// parameters, bounds. What grew with its history is left to sweep: benchmark versions, scoring records, appointments. Who owned its
// miners stays known for ever.
func (k *Keeper) forgetSubnet(ctx sdk.Context, subnet types.Subnet) error {
	netuid := subnet.Netuid
	if err := k.forgetMiners(ctx, subnet); err != nil {
		return err
	}
	if err := k.Epochs.Clear(ctx, collections.NewPrefixedPairRange[uint32, uint64](netuid)); err != nil {
		return err
	}
	scores := collections.NewPrefixedQuadRange[uint32, uint64, uint32, sdk.AccAddress](netuid)
	if err := k.Commits.Clear(ctx, scores); err != nil {
		return err
	}
	if err := k.Rows.Clear(ctx, scores); err != nil {
		return err
	}
	if err := k.ParamChanges.Clear(ctx, collections.NewPrefixedPairRange[uint32, string](netuid)); err != nil {
		return err
	}
	if err := k.BenchmarkBounds.Clear(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid)); err != nil {
		return err
	}
	if err := k.Subnets.Remove(ctx, netuid); err != nil {
		return err
	}
	if err := k.Removed.Set(ctx, netuid); err != nil {
		return err
	}
	if k.hooks == nil {
		return nil
	}
	return k.hooks.AfterSubnetRemoved(ctx, netuid)
}

// forgetMiners frees all slots and hotkeys of a subnet, and calls all bonds back.
func (k *Keeper) forgetMiners(ctx context.Context, subnet types.Subnet) error {
	netuid := subnet.Netuid
	iter, err := k.Miners.Iterate(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid))
	if err != nil {
		return err
	}
	slots, err := iter.Keys()
	if err != nil {
		return err
	}
	registered, err := k.MinerIDs(ctx, netuid)
	if err != nil {
		return err
	}
	for _, id := range registered {
		if err := k.releaseBond(ctx, subnet, id); err != nil {
			return err
		}
	}
	if err := k.Miners.Indexes.Registered.Forget(ctx, netuid); err != nil {
		return err
	}
	for _, slot := range slots {
		if err := k.Miners.Remove(ctx, slot); err != nil {
			return err
		}
	}
	if err := k.Emissions.Remove(ctx, netuid); err != nil {
		return err
	}
	return k.Registrations.Remove(ctx, netuid)
}

// sweep forgets some of what removed subnets left behind, at most sweptPerBlock entries. Nothing reads
// it any more: netuids are never given again.
func (k *Keeper) sweep(ctx context.Context) error {
	removed, err := k.Removed.Iterate(ctx, nil)
	if err != nil {
		return err
	}
	netuids, err := firstKeys(1, removed, removed.Key)
	if err != nil || len(netuids) == 0 {
		return err
	}
	left := sweptPerBlock
	for _, part := range []func(context.Context, uint32, int) (int, error){k.sweepAppointments, k.sweepBenchmarks, k.sweepRecords, k.sweepRefusals} {
		swept, err := part(ctx, netuids[0], left)
		if err != nil {
			return err
		}
		if left -= swept; left == 0 {
			return nil
		}
	}
	return k.Removed.Remove(ctx, netuids[0])
}

func (k *Keeper) sweepAppointments(ctx context.Context, netuid uint32, limit int) (int, error) {
	iter, err := k.Appointments.Indexes.ByNetuid.MatchExact(ctx, netuid)
	if err != nil {
		return 0, err
	}
	keys, err := firstKeys(limit, iter, iter.PrimaryKey)
	return len(keys), removeAll(ctx, keys, k.Appointments.Remove, err)
}

func (k *Keeper) sweepBenchmarks(ctx context.Context, netuid uint32, limit int) (int, error) {
	iter, err := k.Benchmarks.Iterate(ctx, collections.NewPrefixedTripleRange[uint32, uint32, uint32](netuid))
	if err != nil {
		return 0, err
	}
	keys, err := firstKeys(limit, iter, iter.Key)
	return len(keys), removeAll(ctx, keys, k.Benchmarks.Remove, err)
}

func (k *Keeper) sweepRecords(ctx context.Context, netuid uint32, limit int) (int, error) {
	iter, err := k.Records.Iterate(ctx, collections.NewPrefixedTripleRange[uint32, sdk.AccAddress, uint32](netuid))
	if err != nil {
		return 0, err
	}
	keys, err := firstKeys(limit, iter, iter.Key)
	return len(keys), removeAll(ctx, keys, k.Records.Remove, err)
}

// firstKeys reads at most limit keys of an iterator and closes it.
func firstKeys[K any](limit int, iter interface {
	Valid() bool
	Next()
	Close() error
}, key func() (K, error),
) (keys []K, err error) {
	defer iter.Close()
	for ; iter.Valid() && len(keys) < limit; iter.Next() {
		found, err := key()
		if err != nil {
			return nil, err
		}
		keys = append(keys, found)
	}
	return keys, nil
}

// removeAll removes keys, unless reading them had failed already.
func removeAll[K any](ctx context.Context, keys []K, remove func(context.Context, K) error, err error) error {
	for _, key := range keys {
		if err != nil {
			return err
		}
		err = remove(ctx, key)
	}
	return err
}
