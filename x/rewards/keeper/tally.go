package keeper

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/halflife"
	"github.com/agora-network/agora/x/rewards/types"
)

// countOrKeep counts the votes; where that fails, the last tally stands until the next count.
func (k *Keeper) countOrKeep(ctx sdk.Context, p types.Params) {
	err := branch(ctx, func(ctx sdk.Context) error { return k.count(ctx, p) })
	if err == nil {
		return
	}
	report(ctx, "count emission votes", err, &types.EventTallyFailed{Reason: err.Error()})
	putOff := func(ctx sdk.Context) error { return k.countAgain(ctx, p) }
	if err := branch(ctx, putOff); err != nil {
		logger(ctx).Error("could not put off the next count of emission votes", "error", err)
	}
}

// countAgain sets when votes are counted next if none changes.
func (k *Keeper) countAgain(ctx sdk.Context, p types.Params) error {
	return k.TallyDue.Set(ctx, ctx.BlockHeight()+int64(p.TallyInterval))
}

// count tallies the votes, makes the outcome the one that the chain goes by, and tells x/subnet,
// which prunes by it.
func (k *Keeper) count(ctx sdk.Context, p types.Params) error {
	tally, err := k.nextTally(ctx, p)
	if err != nil {
		return err
	}
	if err := k.Tally.Set(ctx, tally); err != nil {
		return err
	}
	netuids, shares := make([]uint32, len(tally.Subnets)), make([]uint64, len(tally.Subnets))
	for i, s := range tally.Subnets {
		netuids[i], shares[i] = s.Netuid, s.Share
	}
	if err := k.subnets.SetVoteShares(ctx, netuids, shares); err != nil {
		return err
	}
	return k.countAgain(ctx, p)
}

// nextTally is what a count gives at this height. The work is validators times subnets, however many
// delegators there are.
func (k *Keeper) nextTally(ctx sdk.Context, p types.Params) (types.Tally, error) {
	last, err := orZero(k.Tally.Get(ctx))
	if err != nil {
		return types.Tally{}, err
	}
	total, powers, err := k.votedPowers(ctx)
	if err != nil {
		return types.Tally{}, err
	}
	tally := smooth(last, types.Tally{Height: ctx.BlockHeight(), TotalPower: total, Subnets: powers}, p.TallyHalfLife)
	// Votes outlive the subnets that they name.
	gone := make([]bool, len(tally.Subnets))
	for i, s := range tally.Subnets {
		exists, err := k.subnets.HasSubnet(ctx, s.Netuid)
		if err != nil {
			return types.Tally{}, err
		}
		gone[i] = !exists
	}
	kept := tally.Subnets[:0]
	for i, s := range tally.Subnets {
		if !gone[i] {
			kept = append(kept, s)
		}
	}
	tally.Subnets = kept
	return tally, nil
}

// smooth moves the last tally's shares from its height to that of the new powers, towards what its
// own powers said, and then lets the new powers be what shares move towards. A share is therefore a
// function of the votes' history alone: counting more often changes nothing but the rounding. A
// subnet is listed as long as it has votes or a share. Both lists ascend by netuid.
func smooth(last, now types.Tally, halfLife uint64) types.Tally {
	atOnce := halfLife == 0 || last.Height == 0
	elapsed := uint64(max(0, now.Height-last.Height))
	out := types.Tally{Height: now.Height, TotalPower: now.TotalPower}
	rest := uint64(types.TallyUnit)
	i, j := 0, 0
	for i < len(last.Subnets) || j < len(now.Subnets) {
		var s types.SubnetTally
		switch {
		case j == len(now.Subnets) || (i < len(last.Subnets) && last.Subnets[i].Netuid < now.Subnets[j].Netuid):
			s.Netuid = last.Subnets[i].Netuid
		default:
			s = now.Subnets[j]
			j++
		}
		if i < len(last.Subnets) && last.Subnets[i].Netuid == s.Netuid {
			s.Share = approach(last.Subnets[i].Share, portion(types.TallyUnit, last.Subnets[i].Power, last.TotalPower), elapsed, halfLife)
			i++
		}
		if atOnce {
			s.Share = portion(types.TallyUnit, s.Power, now.TotalPower)
		}
		// What is left of a gap is rounded down, so a rising share is rounded up: all together must
		// not exceed the whole.
		s.Share = min(s.Share, rest)
		rest -= s.Share
		if s.Power > 0 || s.Share > 0 {
			out.Subnets = append(out.Subnets, s)
		}
	}
	return out
}

// approach moves a share towards its target: the gap halves every halfLife blocks and is rounded
// down, so that the target is reached in the end.
func approach(share, target, elapsed, halfLife uint64) uint64 {
	switch {
	case halfLife == 0:
		return target
	case share < target:
		return target - halflife.Decay(target-share, elapsed, halfLife)
	default:
		return target + halflife.Decay(share-target, elapsed, halfLife)
	}
}

// votedPowers weighs all bonded stake: shares of delegators who vote go where they say, all others
// where their validator says, each share weighing what it is worth in tokens now. It returns all
// bonded stake and, by ascending netuid, the part that votes for each subnet. It fails with
// ErrAmountOverflow when the bonded stake exceeds 64 bits.
func (k *Keeper) votedPowers(ctx context.Context) (uint64, []types.SubnetTally, error) {
	total := math.ZeroInt()
	var sums []subnetPower
	var failed error
	err := k.staking.IterateBondedValidatorsByPower(ctx, func(_ int64, v stakingtypes.ValidatorI) bool {
		total = total.Add(v.GetTokens())
		var stake validatorStake
		if stake, failed = k.validatorStake(ctx, v); failed == nil {
			sums = stake.addTo(sums)
		}
		return failed != nil
	})
	if err := errors.Join(err, failed); err != nil {
		return 0, nil, err
	}
	if !total.IsUint64() {
		return 0, nil, errorsmod.Wrapf(types.ErrAmountOverflow, "the bonded stake is %s", total)
	}
	rest := total.Uint64()
	var powers []types.SubnetTally
	for _, s := range sums {
		if s.power.Sign() <= 0 {
			continue
		}
		// Votes give at most all of the stake; the bound holds whatever the sums say.
		power := rest
		if s.power.IsUint64() {
			power = min(rest, s.power.Uint64())
		}
		rest -= power
		powers = append(powers, types.SubnetTally{Netuid: s.netuid, Power: power})
	}
	return total.Uint64(), powers, nil
}

// subnetPower is stake that votes for a subnet, in uagora.
type subnetPower struct {
	netuid uint32
	power  *big.Int
}

// validatorStake is one validator's stake and where it votes. Its numbers have no bound: heavy
// slashing makes shares cheap and their counts long.
type validatorStake struct {
	// tokens in uagora, and shares in units of 10^-18, are all of the validator.
	tokens, shares *big.Int
	// votes are those of the delegators who vote by themselves.
	votes types.ValidatorVotes
	// inherited are the weights that all other shares follow.
	inherited []types.VoteWeight
}

func (k *Keeper) validatorStake(ctx context.Context, v stakingtypes.ValidatorI) (validatorStake, error) {
	operator, err := k.validators.StringToBytes(v.GetOperator())
	if err != nil {
		return validatorStake{}, err
	}
	s := validatorStake{tokens: v.GetTokens().BigInt(), shares: v.GetDelegatorShares().BigInt()}
	if s.votes, err = k.validatorVotes(ctx, operator); err != nil {
		return validatorStake{}, err
	}
	s.inherited, err = k.standingVote(ctx, operator)
	return s, err
}

// silent is the shares of those who do not vote, in units of 10^-18.
func (s validatorStake) silent() *big.Int {
	silent := new(big.Int).Sub(s.shares, s.votes.Voted.BigInt())
	if silent.Sign() < 0 {
		return silent.SetInt64(0)
	}
	return silent
}

// worth is what weighted shares, in units of 10^-18 shares x 1 bp, are worth in uagora now, rounded
// down.
func (s validatorStake) worth(weighted *big.Int) *big.Int {
	whole := new(big.Int).Mul(s.shares, big.NewInt(types.BasisPoints))
	if whole.Sign() <= 0 || weighted.Sign() <= 0 {
		return new(big.Int)
	}
	if weighted.Cmp(whole) > 0 {
		weighted = whole
	}
	worth := new(big.Int).Mul(weighted, s.tokens)
	return worth.Quo(worth, whole)
}

// eachSubnet calls fn for every subnet that the stake votes for, by ascending netuid, with the
// weighted shares of those who vote by themselves and of those who follow the validator.
func (s validatorStake) eachSubnet(fn func(netuid uint32, individual, inherited *big.Int)) {
	silent := s.silent()
	i, j := 0, 0
	for i < len(s.votes.Subnets) || j < len(s.inherited) {
		individual, inherited := new(big.Int), new(big.Int)
		var netuid uint32
		if i < len(s.votes.Subnets) && (j == len(s.inherited) || s.votes.Subnets[i].Netuid <= s.inherited[j].Netuid) {
			netuid = s.votes.Subnets[i].Netuid
			individual = s.votes.Subnets[i].Weighted.BigInt()
			i++
		} else {
			netuid = s.inherited[j].Netuid
		}
		if j < len(s.inherited) && s.inherited[j].Netuid == netuid {
			inherited.Mul(silent, big.NewInt(int64(s.inherited[j].WeightBp)))
			j++
		}
		fn(netuid, individual, inherited)
	}
}

// addTo adds what the stake votes for to sums, which ascend by netuid.
func (s validatorStake) addTo(sums []subnetPower) []subnetPower {
	s.eachSubnet(func(netuid uint32, individual, inherited *big.Int) {
		sums = addPower(sums, netuid, s.worth(individual.Add(individual, inherited)))
	})
	return sums
}

// subnetOf finds a subnet in a tally.
func subnetOf(s types.SubnetTally, netuid uint32) int { return cmp.Compare(s.Netuid, netuid) }

// addPower adds stake that votes for a subnet to sums, which ascend by netuid.
func addPower(sums []subnetPower, netuid uint32, power *big.Int) []subnetPower {
	at, found := slices.BinarySearchFunc(sums, netuid, func(x subnetPower, netuid uint32) int { return cmp.Compare(x.netuid, netuid) })
	if !found {
		return slices.Insert(sums, at, subnetPower{netuid: netuid, power: power})
	}
	sums[at].power.Add(sums[at].power, power)
	return sums
}
