package keeper

import (
	"context"
	"errors"
	"math/big"
	"math/bits"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// Tally returns the last count of the votes, and what a count would give now.
func (s queryServer) Tally(goCtx context.Context, _ *types.QueryTallyRequest) (*types.QueryTallyResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	tally, err := orZero(s.k.Tally.Get(ctx))
	if err != nil {
		return nil, err
	}
	now, err := s.k.nextTally(ctx, p)
	if err != nil {
		return nil, err
	}
	return &types.QueryTallyResponse{Tally: tally, Now: now}, nil
}

// ValidatorTally returns where one validator's stake votes, bonded or not.
func (s queryServer) ValidatorTally(ctx context.Context, req *types.QueryValidatorTallyRequest) (*types.QueryValidatorTallyResponse, error) {
	operator, err := s.k.validators.StringToBytes(req.GetValidator())
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrAddressMalformed, "validator %q: %s", req.GetValidator(), err)
	}
	validator, err := s.k.staking.Validator(ctx, operator)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, errorsmod.Wrap(types.ErrValidatorNotFound, req.GetValidator())
	}
	if err != nil {
		return nil, err
	}
	stake, err := s.k.validatorStake(ctx, validator)
	if err != nil {
		return nil, err
	}
	out := &types.QueryValidatorTallyResponse{Bonded: validator.IsBonded(), Weights: stake.inherited}
	if out.Power, err = amount64(stake.tokens); err != nil {
		return nil, err
	}
	// No more than all tokens from here on, which fit.
	out.IndividualPower = stake.worth(new(big.Int).Mul(stake.votes.Voted.BigInt(), big.NewInt(types.BasisPoints))).Uint64()
	stake.eachSubnet(func(netuid uint32, individual, inherited *big.Int) {
		// The two parts add up to what a tally counts, which rounds once.
		alone := stake.worth(individual).Uint64()
		both := stake.worth(inherited.Add(inherited, individual)).Uint64()
		out.Subnets = append(out.Subnets, types.VotedPower{Netuid: netuid, Individual: alone, Inherited: both - alone})
	})
	return out, nil
}

// VoterTally returns where one account's bonded stake votes, over all its delegations.
func (s queryServer) VoterTally(ctx context.Context, req *types.QueryVoterTallyRequest) (*types.QueryVoterTallyResponse, error) {
	voter, err := s.address(req.GetVoter())
	if err != nil {
		return nil, err
	}
	out := &types.QueryVoterTallyResponse{}
	if out.Weights, err = s.k.standingVote(ctx, voter); err != nil {
		return nil, err
	}
	power := new(big.Int)
	var sums []subnetPower
	var failed error
	err = s.k.staking.IterateDelegations(ctx, voter, func(_ int64, d stakingtypes.DelegationI) bool {
		failed = s.addDelegation(ctx, d, out.Weights, power, &sums)
		return failed != nil
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	if out.Power, err = amount64(power); err != nil {
		return nil, err
	}
	for _, p := range sums { // at most power, which fits
		voted := types.VotedPower{Netuid: p.netuid, Individual: p.power.Uint64()}
		if len(out.Weights) == 0 {
			voted.Individual, voted.Inherited = 0, voted.Individual
		}
		out.Subnets = append(out.Subnets, voted)
	}
	return out, nil
}

// addDelegation adds what one delegation is worth to power, and what it votes for to sums: by the
// given weights or, where there are none, by those of its validator. Stake that is not bonded counts
// for nothing.
func (s queryServer) addDelegation(ctx context.Context, d stakingtypes.DelegationI, weights []types.VoteWeight, power *big.Int, sums *[]subnetPower) error {
	operator, err := s.k.validators.StringToBytes(d.GetValidatorAddr())
	if err != nil {
		return err
	}
	validator, err := s.k.staking.Validator(ctx, operator)
	if err != nil || !validator.IsBonded() {
		return err
	}
	stake, err := s.k.validatorStake(ctx, validator)
	if err != nil {
		return err
	}
	if len(weights) == 0 {
		weights = stake.inherited
	}
	shares := d.GetShares().BigInt()
	power.Add(power, stake.worth(new(big.Int).Mul(shares, big.NewInt(types.BasisPoints))))
	for _, w := range weights {
		*sums = addPower(*sums, w.Netuid, stake.worth(new(big.Int).Mul(shares, big.NewInt(int64(w.WeightBp)))))
	}
	return nil
}

// ProjectedEmission returns what subnets will have to pay at the end of their epoch, if shares and
// the emission stay as they are: those that run, have votes or have something pending, or the one
// that is asked for.
func (s queryServer) ProjectedEmission(goCtx context.Context, req *types.QueryProjectedEmissionRequest) (*types.QueryProjectedEmissionResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	p, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	supply, err := s.k.supply(ctx)
	if err != nil {
		return nil, err
	}
	_, perBlock, err := s.k.blockSplit(ctx, p, supply)
	if err != nil {
		return nil, err
	}
	tally, err := orZero(s.k.Tally.Get(ctx))
	if err != nil {
		return nil, err
	}
	active, err := s.k.subnets.ActiveNetuids(ctx)
	if err != nil {
		return nil, err
	}
	netuids := []uint32{req.GetNetuid()}
	if req.GetNetuid() == 0 {
		if netuids, err = s.projected(ctx, active, tally); err != nil {
			return nil, err
		}
	} else if err := s.subnet(ctx, req.GetNetuid()); err != nil {
		return nil, err
	}
	out := &types.QueryProjectedEmissionResponse{}
	for _, netuid := range netuids {
		projection := types.ProjectedEmission{Netuid: netuid}
		if at, found := slices.BinarySearchFunc(tally.Subnets, netuid, subnetOf); found {
			projection.Share = tally.Subnets[at].Share
		}
		for _, e := range perBlock {
			if e.Netuid == netuid {
				projection.PerBlock = e.Amount
			}
		}
		if err := s.project(ctx, p, &projection, slices.Contains(active, netuid), p.SupplyCap-min(supply, p.SupplyCap)); err != nil {
			return nil, err
		}
		out.Subnets = append(out.Subnets, projection)
	}
	return out, nil
}

// projected lists the subnets that have something to project, ascending.
func (s queryServer) projected(ctx context.Context, active []uint32, tally types.Tally) ([]uint32, error) {
	netuids := slices.Clone(active)
	for _, t := range tally.Subnets {
		netuids = append(netuids, t.Netuid)
	}
	err := s.k.Pending.Walk(ctx, nil, func(netuid uint32, _ uint64) (bool, error) {
		netuids = append(netuids, netuid)
		return false, nil
	})
	slices.Sort(netuids)
	return slices.Compact(netuids), err
}

// project fills in what follows from a subnet's emission per block. running tells whether its epochs
// run; mintable is the most that may still be minted.
func (s queryServer) project(ctx sdk.Context, p types.Params, out *types.ProjectedEmission, running bool, mintable uint64) error {
	subnet, err := s.k.subnets.Subnet(ctx, out.Netuid)
	if err != nil {
		return err
	}
	if out.Pending, err = orZero(s.k.Pending.Get(ctx, out.Netuid)); err != nil {
		return err
	}
	out.AtEpochEnd = out.Pending
	if running {
		// The last block of an epoch adds to it before it is paid; an overdue one is paid by the next block.
		out.EpochEndHeight = max(subnet.EpochStartHeight+int64(subnet.Params.Tempo)-1, ctx.BlockHeight()+1)
		hi, more := bits.Mul64(out.PerBlock, uint64(out.EpochEndHeight-ctx.BlockHeight()))
		if hi > 0 || more > mintable {
			more = mintable
		}
		out.AtEpochEnd += more
	}
	parts := split(out.AtEpochEnd, []uint64{uint64(p.OwnerBp), uint64(p.MinerBp), uint64(p.ValidatorBp)})
	out.Owner, out.Miners, out.Validators = parts[0], parts[1], parts[2]
	return nil
}

// amount64 is an amount as the API shows it, or ErrAmountOverflow.
func amount64(amount *big.Int) (uint64, error) {
	if !amount.IsUint64() {
		return 0, errorsmod.Wrapf(types.ErrAmountOverflow, "%s uagora", amount)
	}
	return amount.Uint64(), nil
}
