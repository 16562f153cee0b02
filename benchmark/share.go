package benchmark

import (
	"slices"

	"github.com/agora-network/agora/benchmark/chance"
)

// Share says whose part of a draw is asked. The zero Share is all of it.
type Share struct {
	// Validators are the hotkeys that share the work: those with a permit that were
	// active when the epoch began. Their order has no effect.
	Validators []string
	// Self is the one whose part it is.
	Self string

	// only overrides who asks what.
	only func(item uint32) bool
}

// deal returns which items of a draw belong to a share. Items for calibration belong to
// everyone. Of the others each, a place at which every validator has a question of its
// own, goes to validators_per_item of the validators: these are
// shuffled by the beacon, and dealt the items of all miners in turn, so that nobody has
// more than one item above anybody else of the same miner. A validator that is not
// listed, and everyone when there are no more validators than an item needs, asks all.
func (p *Program) deal(seed Seed, share Share) func(item uint32) bool {
	if share.only != nil {
		return share.only
	}
	all := func(uint32) bool { return true }
	sampling := &p.spec.Sampling
	if sampling.ValidatorsPerItem == 0 {
		return all
	}
	validators := slices.Clone(share.Validators)
	slices.Sort(validators)
	validators = slices.Compact(validators)
	count := uint32(len(validators))
	at := slices.Index(validators, share.Self)
	if at < 0 || count <= sampling.ValidatorsPerItem {
		return all
	}
	// The cards are shuffled anew for every miner, or for all together where they are
	// asked the same: then every validator compares the same items of all of them.
	stream := chance.NewStream(seed.key(tagDeal, sampling.Domain))
	seats := make([]uint32, count)
	for i := range seats {
		seats[i] = uint32(i)
	}
	for i := count - 1; i > 0; i-- {
		j := stream.Below(i + 1)
		seats[i], seats[j] = seats[j], seats[i]
	}
	seat := seats[at]
	return func(item uint32) bool {
		if item < sampling.CalibrationItems {
			return true
		}
		first := uint64(item-sampling.CalibrationItems) * uint64(sampling.ValidatorsPerItem) % uint64(count)
		behind := (uint64(seat) + uint64(count) - first) % uint64(count)
		return behind < uint64(sampling.ValidatorsPerItem)
	}
}
