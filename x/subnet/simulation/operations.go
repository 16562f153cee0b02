package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

// StakingKeeper is what the operations ask of x/staking.
type StakingKeeper interface {
	// GetAllValidators lists those whose operators may appoint hotkeys, bonded or not.
	GetAllValidators(ctx context.Context) ([]stakingtypes.Validator, error)
}

// Operations makes the messages of the module. It remembers what was committed, so that it can be
// opened one epoch later.
type Operations struct {
	keeper  *keeper.Keeper
	staking StakingKeeper
	sealed  map[sealKey]*types.MsgRevealScores
}

// sealKey says whose row on what.
type sealKey struct {
	netuid    uint32
	epoch     uint64
	benchmark uint32
	hotkey    string
}

// NewOperations makes the operations of one chain.
func NewOperations(k *keeper.Keeper, staking StakingKeeper) *Operations {
	return &Operations{keeper: k, staking: staking, sealed: make(map[sealKey]*types.MsgRevealScores)}
}

// Register adds all operations with their weights.
func (o *Operations) Register(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_register_subnet", 12), o.RegisterSubnet())
	reg.Add(weights.Get("msg_update_subnet_identity", 6), o.UpdateSubnetIdentity())
	reg.Add(weights.Get("msg_change_subnet_params", 20), o.UpdateSubnetParams())
	reg.Add(weights.Get("msg_offer_subnet", 6), o.OfferSubnet())
	reg.Add(weights.Get("msg_accept_subnet", 6), o.AcceptSubnet())
	reg.Add(weights.Get("msg_close_subnet", 8), o.CloseSubnet())
	reg.Add(weights.Get("msg_propose_benchmark", 35), o.ProposeBenchmark())
	reg.Add(weights.Get("msg_withdraw_benchmark", 4), o.WithdrawBenchmark())
	reg.Add(weights.Get("msg_set_benchmark_shares", 12), o.SetBenchmarkShares())
	reg.Add(weights.Get("msg_set_benchmark_bounds", 12), o.SetBenchmarkBounds())
	reg.Add(weights.Get("msg_tune_benchmark", 30), o.TuneBenchmark())
	reg.Add(weights.Get("msg_start_subnet", 30), o.StartSubnet())
	reg.Add(weights.Get("msg_register_miner", 60), o.RegisterMiner())
	reg.Add(weights.Get("msg_serve", 10), o.Serve())
	reg.Add(weights.Get("msg_deregister_miner", 6), o.DeregisterMiner())
	reg.Add(weights.Get("msg_rotate_hotkey", 8), o.RotateHotkey())
	reg.Add(weights.Get("msg_commit_model", 8), o.CommitModel())
	reg.Add(weights.Get("msg_bond_miner", 20), o.BondMiner())
	reg.Add(weights.Get("msg_unbond_miner", 20), o.UnbondMiner())
	reg.Add(weights.Get("msg_appoint_hotkey", 60), o.AppointHotkey())
	reg.Add(weights.Get("msg_set_beacon_key", 6), o.SetBeaconKey())
	reg.Add(weights.Get("msg_commit_scores", 300), o.CommitScores())
	reg.Add(weights.Get("msg_reveal_scores", 300), o.RevealScores())
	reg.Add(weights.Get("msg_set_scores", 60), o.SetScores())
}

// RegisterProposals adds the messages that only governance may send.
func (o *Operations) RegisterProposals(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_update_params", 20), o.UpdateParams())
	reg.Add(weights.Get("msg_govern_subnet_params", 30), o.GovernSubnetParams())
	reg.Add(weights.Get("msg_pause_subnet", 40), o.PauseSubnet())
	reg.Add(weights.Get("msg_resume_subnet", 60), o.ResumeSubnet())
}

// subnets lists those that the filter accepts, by ascending netuid.
func (o *Operations) subnets(ctx context.Context, accept func(types.Subnet) bool) ([]types.Subnet, error) {
	var found []types.Subnet
	err := o.keeper.Subnets.Walk(ctx, nil, func(_ uint32, s types.Subnet) (bool, error) {
		if accept(s) {
			found = append(found, s)
		}
		return false, nil
	})
	return found, err
}

// anySubnet draws one of those that the filter accepts; without one the operation is skipped.
func (o *Operations) anySubnet(ctx context.Context, r *simsx.XRand, reporter simsx.SimulationReporter, accept func(types.Subnet) bool) (types.Subnet, bool) {
	found, err := o.subnets(ctx, accept)
	switch {
	case err != nil:
		reporter.Fail(err, "list the subnets")
	case len(found) == 0:
		reporter.Skip("no such subnet")
	default:
		return simsx.OneOf(r, found), true
	}
	return types.Subnet{}, false
}

func isPaused(s types.Subnet) bool    { return s.PausedHeight != 0 }
func isNotPaused(s types.Subnet) bool { return s.PausedHeight == 0 }
func isAny(types.Subnet) bool         { return true }

// height is that of the block in which the message will be executed.
func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// one in scorers accounts scores for a validator, the others mine: an account cannot do both.
const scorers = 3

// anyScorer draws an account from those that score.
func anyScorer(data *simsx.ChainDataSource, reporter simsx.SimulationReporter) simsx.SimAccount {
	return data.AccountAt(reporter, data.Rand().Intn((data.AccountsCount()+scorers-1)/scorers)*scorers)
}

// anyMiner draws an account from those that mine, now and then from all.
func anyMiner(data *simsx.ChainDataSource, reporter simsx.SimulationReporter) simsx.SimAccount {
	at := data.Rand().Intn(data.AccountsCount())
	if at%scorers == 0 && at+1 < data.AccountsCount() && percent(data.Rand(), 95) {
		at++
	}
	return data.AccountAt(reporter, at)
}
