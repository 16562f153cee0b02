package types

import (
	"cmp"
	"slices"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
)

// NormalizeWeights checks a vote's weights and returns them by ascending netuid. It returns
// ErrTooManyTargets, ErrVoteEmptyWeight, ErrVoteDuplicate or ErrVoteTooLarge.
func NormalizeWeights(weights []VoteWeight, maxTargets uint32) ([]VoteWeight, error) {
	if uint64(len(weights)) > uint64(maxTargets) {
		return nil, errorsmod.Wrapf(ErrTooManyTargets, "%d subnets, at most %d", len(weights), maxTargets)
	}
	sorted := slices.Clone(weights)
	slices.SortFunc(sorted, func(a, b VoteWeight) int { return cmp.Compare(a.Netuid, b.Netuid) })
	var total uint64
	for i, w := range sorted {
		switch {
		case w.WeightBp == 0:
			return nil, errorsmod.Wrapf(ErrVoteEmptyWeight, "netuid %d", w.Netuid)
		case i > 0 && w.Netuid == sorted[i-1].Netuid:
			return nil, errorsmod.Wrapf(ErrVoteDuplicate, "netuid %d", w.Netuid)
		}
		total += uint64(w.WeightBp)
	}
	if total > BasisPoints {
		return nil, errorsmod.Wrapf(ErrVoteTooLarge, "the weights add to %d", total)
	}
	return sorted, nil
}

// TotalBp is the sum of a vote's weights.
func (v EmissionVote) TotalBp() uint32 {
	var total uint32
	for _, w := range v.Weights {
		total += w.WeightBp
	}
	return total
}

// NewValidatorVotes are those of a validator none of whose delegators votes by itself.
func NewValidatorVotes() ValidatorVotes { return ValidatorVotes{Voted: math.ZeroInt()} }

// Add counts shares (in units of 10^-18) of a delegator who votes with the given weights; negative
// shares take them back. Weights ascend by netuid.
func (v *ValidatorVotes) Add(shares math.Int, weights []VoteWeight) {
	v.Voted = v.Voted.Add(shares)
	for _, w := range weights {
		weighted := shares.MulRaw(int64(w.WeightBp))
		at, found := slices.BinarySearchFunc(v.Subnets, w.Netuid, func(s SubnetShares, netuid uint32) int {
			return cmp.Compare(s.Netuid, netuid)
		})
		if !found {
			v.Subnets = slices.Insert(v.Subnets, at, SubnetShares{Netuid: w.Netuid, Weighted: weighted})
			continue
		}
		v.Subnets[at].Weighted = v.Subnets[at].Weighted.Add(weighted)
		if v.Subnets[at].Weighted.IsZero() {
			v.Subnets = slices.Delete(v.Subnets, at, at+1)
		}
	}
}

// IsEmpty tells whether nothing is counted.
func (v ValidatorVotes) IsEmpty() bool { return v.Voted.IsZero() && len(v.Subnets) == 0 }
