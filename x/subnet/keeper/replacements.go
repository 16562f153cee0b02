package keeper

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

// replacements are the miners of a full subnet in the order in which registrations of one block replace them.
type replacements struct {
	// open miners may be replaced; a heap, the first to go on top.
	open standings
	// immune miners, the oldest first.
	immune []*types.Miner
	// floor is min_open_slots: the oldest of the immune miners make up that many open ones, so that newcomers can always enter.
	floor int
}

// replacements sorts a subnet's miners, with their last emissions, for registrations at a height.
func (k *Keeper) replacements(ctx context.Context, subnet types.Subnet, at int64) (*replacements, error) {
	column, err := k.emissions(ctx, subnet.Netuid)
	if err != nil {
		return nil, err
	}
	r := &replacements{floor: int(subnet.Params.MinOpenSlots)}
	err = k.Miners.Walk(ctx, collections.NewPrefixedPairRange[uint32, uint32](subnet.Netuid), func(_ minerKey, miner types.Miner) (bool, error) {
		miner.LastEmission = column.Value(miner.MinerId)
		if blocksSince(miner.RegisteredHeight, at) < subnet.Params.ImmunityPeriod {
			r.immune = append(r.immune, &miner)
		} else {
			r.open = append(r.open, &miner)
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	// Identities are given in the order of registration.
	slices.SortFunc(r.immune, func(a, b *types.Miner) int { return cmp.Compare(a.MinerId, b.MinerId) })
	heap.Init(&r.open)
	r.fill()
	return r, nil
}

// next takes the miner that the next registration replaces, nil when all that are left are immune. The newcomers of these
// registrations are not among them: they are immune, and as the youngest the last to make up the open ones.
func (r *replacements) next() *types.Miner {
	if len(r.open) == 0 {
		return nil
	}
	lowest, _ := heap.Pop(&r.open).(*types.Miner)
	r.fill()
	return lowest
}

func (r *replacements) fill() {
	for len(r.open) < r.floor && len(r.immune) > 0 {
		heap.Push(&r.open, r.immune[0])
		r.immune = r.immune[1:]
	}
}

// standings is a heap of miners by what they stand to lose: last emission, then age, then uid.
type standings []*types.Miner

// Len implements heap.Interface.
func (s standings) Len() int { return len(s) }

// Less implements heap.Interface.
func (s standings) Less(i, j int) bool { return compareStanding(s[i], s[j]) < 0 }

// Swap implements heap.Interface.
func (s standings) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push implements heap.Interface.
func (s *standings) Push(miner any) {
	if m, ok := miner.(*types.Miner); ok {
		*s = append(*s, m)
	}
}

// Pop implements heap.Interface.
func (s *standings) Pop() any {
	last := len(*s) - 1
	miner := (*s)[last]
	*s = (*s)[:last]
	return miner
}

// compareStanding orders miners by what they stand to lose: last emission, then age, then uid.
func compareStanding(a, b *types.Miner) int {
	return cmp.Or(
		cmp.Compare(a.LastEmission, b.LastEmission),
		cmp.Compare(a.RegisteredHeight, b.RegisteredHeight),
		cmp.Compare(a.Uid, b.Uid),
	)
}
