package simulation

import (
	"context"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

// SubnetKeeper is what the operations ask of x/subnet.
type SubnetKeeper interface {
	// ActiveNetuids are subnets to vote for.
	ActiveNetuids(ctx context.Context) ([]uint32, error)
	// HasSubnet tells whether a vote for a subnet must be taken.
	HasSubnet(ctx context.Context, netuid uint32) (bool, error)
	// MinersOfOwner tells who may have something to claim.
	MinersOfOwner(ctx context.Context, netuid uint32, owner sdk.AccAddress) ([]uint64, error)
}

// StakingKeeper is what the operations ask of x/staking.
type StakingKeeper interface {
	// GetDelegatorBonded tells who may vote by delegations.
	GetDelegatorBonded(ctx context.Context, delegator sdk.AccAddress) (math.Int, error)
	// GetValidator tells who may vote as an operator.
	GetValidator(ctx context.Context, addr sdk.ValAddress) (stakingtypes.Validator, error)
	// GetBondedValidatorsByPower are those whose votes weigh most.
	GetBondedValidatorsByPower(ctx context.Context) ([]stakingtypes.Validator, error)
}

// Operations makes the messages of the module.
type Operations struct {
	keeper  *keeper.Keeper
	subnets SubnetKeeper
	staking StakingKeeper
}

// NewOperations makes the operations of one chain.
func NewOperations(k *keeper.Keeper, subnets SubnetKeeper, staking StakingKeeper) *Operations {
	return &Operations{keeper: k, subnets: subnets, staking: staking}
}

// Register adds all operations with their weights.
func (o *Operations) Register(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_vote_emissions", 60), o.VoteEmissions())
	reg.Add(weights.Get("msg_claim", 40), o.Claim())
}

// RegisterProposals adds the messages that only governance may send.
func (o *Operations) RegisterProposals(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_update_rewards_params", 40), o.UpdateParams())
}

// VoteEmissions casts, changes and withdraws votes of operators and delegators.
func (o *Operations) VoteEmissions() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgVoteEmissions, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		voter, able, err := o.anyVoter(ctx, data, reporter)
		if err != nil {
			reporter.Fail(err, "find a voter")
		}
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		signers := []simsx.SimAccount{frugal(voter)}
		msg := &types.MsgVoteEmissions{Voter: voter.AddressBech32}
		if percent(r, 15) { // a withdrawal, for which stake is not needed
			if standing, err := o.keeper.Votes.Has(ctx, voter.Address); err != nil || !standing {
				return signers, msg, refusedWith(types.ErrNoVote)
			}
			return signers, msg, nil
		}
		if msg.Weights, err = o.randomWeights(ctx, r); err != nil {
			reporter.Fail(err, "list the subnets")
			return nil, nil, nil
		}
		switch {
		case len(msg.Weights) == 0:
			reporter.Skip("no subnet to vote for")
			return nil, nil, nil
		case percent(r, 3):
			msg.Weights[0].Netuid = 1_000_000
			return signers, msg, refusedWith(types.ErrSubnetNotFound)
		case percent(r, 3):
			msg.Weights[0].WeightBp = types.BasisPoints + 1
			return signers, msg, refusedWith(types.ErrVoteTooLarge)
		case percent(r, 3) && len(msg.Weights) > 1:
			msg.Weights[1].Netuid = msg.Weights[0].Netuid
			return signers, msg, refusedWith(types.ErrVoteDuplicate)
		case !able:
			return signers, msg, refusedWith(types.ErrNoStake)
		}
		return signers, msg, nil
	})
}

// anyVoter draws the operator of a bonded validator or any account, and tells whether it may vote.
func (o *Operations) anyVoter(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) (simsx.SimAccount, bool, error) {
	if percent(data.Rand(), 40) {
		validators, err := o.staking.GetBondedValidatorsByPower(ctx)
		if err != nil || len(validators) == 0 {
			reporter.Skip("no bonded validator")
			return simsx.SimAccount{}, false, err
		}
		address, err := sdk.ValAddressFromBech32(simsx.OneOf(data.Rand(), validators).OperatorAddress)
		if err != nil {
			return simsx.SimAccount{}, false, err
		}
		return data.GetAccountbyAccAddr(reporter, sdk.AccAddress(address)), true, nil
	}
	for range 5 { // most accounts have no stake
		account := data.AnyAccount(reporter)
		bonded, err := o.staking.GetDelegatorBonded(ctx, account.Address)
		if err != nil {
			return account, false, err
		}
		if bonded.IsPositive() {
			return account, true, nil
		}
	}
	account := data.AnyAccount(reporter)
	able, err := o.mayVote(ctx, account.Address)
	return account, able, err
}

func (o *Operations) mayVote(ctx context.Context, voter sdk.AccAddress) (bool, error) {
	bonded, err := o.staking.GetDelegatorBonded(ctx, voter)
	if err != nil || bonded.IsPositive() {
		return err == nil, err
	}
	validator, err := o.staking.GetValidator(ctx, sdk.ValAddress(voter))
	return err == nil && validator.IsBonded(), nil
}

// randomWeights splits at most the whole over some subnets, in any order.
func (o *Operations) randomWeights(ctx context.Context, r *simsx.XRand) ([]types.VoteWeight, error) {
	netuids, err := o.subnets.ActiveNetuids(ctx)
	if err != nil {
		return nil, err
	}
	r.Shuffle(len(netuids), func(i, j int) { netuids[i], netuids[j] = netuids[j], netuids[i] })
	rest := types.BasisPoints
	var weights []types.VoteWeight
	for _, netuid := range netuids[:min(len(netuids), between(r, 1, 4))] {
		weight := between(r, 1, rest/2)
		rest -= weight
		weights = append(weights, types.VoteWeight{Netuid: netuid, WeightBp: uint32(weight)})
	}
	if len(weights) > 0 && percent(r, 70) {
		weights[0].WeightBp += uint32(rest)
	}
	return weights, nil
}

// Claim pays out what an owner's miners accrued, on subnets that were pruned as well.
func (o *Operations) Claim() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgClaim, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		var owing []uint32
		err := o.keeper.Ledgers.Walk(ctx, nil, func(netuid uint32, _ []byte) (bool, error) {
			owing = append(owing, netuid)
			return false, nil
		})
		if err != nil {
			reporter.Fail(err, "list the ledgers")
			return nil, nil, nil
		}
		if len(owing) == 0 {
			reporter.Skip("nothing is owed to anybody")
			return nil, nil, nil
		}
		msg := &types.MsgClaim{Netuids: []uint32{simsx.OneOf(r, owing)}}
		owner := data.AnyAccount(reporter)
		for range 20 { // few accounts own a miner there
			if ids, err := o.subnets.MinersOfOwner(ctx, msg.Netuids[0], owner.Address); err == nil && len(ids) > 0 {
				break
			}
			owner = data.AnyAccount(reporter)
		}
		msg.Owner = owner.AddressBech32
		for _, netuid := range owing {
			if netuid != msg.Netuids[0] && percent(r, 50) {
				msg.Netuids = append(msg.Netuids, netuid)
			}
		}
		signers := []simsx.SimAccount{frugal(owner)}
		if percent(r, 3) {
			msg.Netuids = append(msg.Netuids, msg.Netuids[0])
			return signers, msg, refusedWith(types.ErrNetuidDuplicate)
		}
		// An account that cannot receive coins keeps its claim.
		return signers, msg, mayFailWith(types.ErrNothingAccrued, sdkerrors.ErrUnauthorized)
	})
}

// UpdateParams is a proposal for random parameters.
func (o *Operations) UpdateParams() simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*types.MsgUpdateParams](func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		params, err := o.keeper.Params.Get(ctx)
		if err != nil {
			reporter.Fail(err, "read the parameters")
			return nil, nil
		}
		return nil, &types.MsgUpdateParams{
			Authority: data.ModuleAccountAddress(reporter, "gov"), Params: RandomParams(data.Rand(), params),
		}
	})
}
