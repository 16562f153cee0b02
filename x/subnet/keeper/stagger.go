package keeper

import (
	"context"
)

// staggered chooses when the epochs of a subnet begin that starts or goes on: at the earliest height at which they will end in
// other blocks than those of the subnets with the same tempo. So subnets that start together are paid one after the other,
// and not all in one block. Where every block of the tempo is taken, or epochs of other tempos meet, closing an epoch waits
// for a block that has room. It reads every running subnet, so at most max_subnets.
func (k *Keeper) staggered(ctx context.Context, tempo uint64, earliest int64) (int64, error) {
	netuids, err := k.ActiveNetuids(ctx)
	if err != nil {
		return 0, err
	}
	length := int64(tempo)
	taken := make(map[int64]bool, len(netuids)) // looked up, never ranged over
	for _, netuid := range netuids {
		other, err := k.Subnets.Get(ctx, netuid)
		if err != nil {
			return 0, err
		}
		if other.Params.Tempo == tempo {
			taken[other.EpochStartHeight%length] = true
		}
	}
	// One of len(netuids)+1 successive blocks is free, unless the tempo has fewer.
	for start := earliest; start < earliest+min(length, int64(len(netuids))+1); start++ {
		if !taken[start%length] {
			return start, nil
		}
	}
	return earliest, nil
}
