package app_test

import (
	"context"
	"encoding/json"
	"math/rand"
	"time"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/cosmos/cosmos-sdk/x/simulation"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// simulationWeights are those of the SDK's modules, scaled to our modules' own: most transactions are
// scores. Proposals of the SDK's modules are left out: passed at random, they would end the chain.
var simulationWeights = simtypes.AppParams{
	"op_weight_msg_send":                          json.RawMessage(`20`),
	"op_weight_msg_multisend":                     json.RawMessage(`5`),
	"op_weight_msg_create_validator":              json.RawMessage(`8`),
	"op_weight_msg_edit_validator":                json.RawMessage(`2`),
	"op_weight_msg_delegate":                      json.RawMessage(`60`),
	"op_weight_msg_undelegate":                    json.RawMessage(`30`),
	"op_weight_msg_begin_redelegate":              json.RawMessage(`40`),
	"op_weight_msg_cancel_unbonding_delegation":   json.RawMessage(`20`),
	"op_weight_msg_unjail":                        json.RawMessage(`80`),
	"op_weight_msg_set_withdraw_address":          json.RawMessage(`5`),
	"op_weight_msg_withdraw_delegation_reward":    json.RawMessage(`40`),
	"op_weight_msg_withdraw_validator_commission": json.RawMessage(`20`),
	"op_weight_msg_deposit":                       json.RawMessage(`2`),
	"op_weight_msg_vote":                          json.RawMessage(`2`),
	"op_weight_msg_weighted_vote":                 json.RawMessage(`2`),
	"op_weight_msg_cancel_proposal":               json.RawMessage(`1`),
	"op_weight_submit_text_proposal":              json.RawMessage(`1`),
	"op_weight_legacy_text_proposal":              json.RawMessage(`0`),
	"op_weight_council":                           json.RawMessage(`12`),
}

// blockTime is about how long a block of the SDK's simulation lasts: 5,000 to 10,000 s.
const blockTime = 7_500 * time.Second

// operations are what the simulation draws from: the modules' message factories, executed one after the
// other. The SDK's own registry runs a factory beside the rest of the simulation once the factory skips,
// and forgets the operations that one schedules for later; with either, a seed would not say what happens.
type operations struct {
	app       *watchedApp
	accounts  *simsx.BasicSimulationReporter
	operators []simtypes.WeightedOperation
	total     int
	proposals simsx.UnorderedRegistry
}

// newOperations collects the factories of the modules that take part.
func newOperations(w *watchedApp, params simtypes.AppParams) *operations {
	o := &operations{app: w, accounts: simsx.NewBasicSimulationReporter()}
	weights := simsx.ParamWeightSource(params)
	members := map[string]bool{
		banktypes.ModuleName: true, distrtypes.ModuleName: true, govtypes.ModuleName: true, slashingtypes.ModuleName: true,
		stakingtypes.ModuleName: true, subnettypes.ModuleName: true, rewardstypes.ModuleName: true,
	}
	for _, m := range w.manager.Modules {
		if m, ok := m.(simsx.HasProposalMsgsX); ok && isOurs(m) {
			m.ProposalMsgsX(weights, &o.proposals)
		}
	}
	for _, m := range w.manager.Modules {
		if named, ok := m.(interface{ Name() string }); !ok || !members[named.Name()] {
			continue
		}
		switch m := m.(type) {
		case simsx.HasWeightedOperationsX:
			m.WeightedOperationsX(weights, o)
		case simsx.HasWeightedOperationsXWithProposals:
			m.WeightedOperationsX(weights, o, func(func(uint32, simsx.FactoryMethod) bool) {}, nil)
		}
	}
	o.Add(weights.Get("council", 12), o.council())
	return o
}

func isOurs(m any) bool {
	named, ok := m.(interface{ Name() string })
	return ok && (named.Name() == subnettypes.ModuleName || named.Name() == rewardstypes.ModuleName)
}

// Add takes in a factory; it makes operations a simsx.Registry.
func (o *operations) Add(weight uint32, factory simsx.SimMsgFactoryX) {
	if weight > 0 {
		o.operators = append(o.operators, simulation.NewWeightedOperation(int(weight), o.deliver(factory)))
		o.total += int(weight)
	}
}

// deliver makes a message, sends it as a signed transaction and judges its outcome.
func (o *operations) deliver(factory simsx.SimMsgFactoryX) simtypes.Operation {
	return func(r *rand.Rand, _ *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, chainID string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
		config := o.app.Encoding().TxConfig
		data := simsx.NewChainDataSource(ctx, r, o.app.AccountKeeper, thrift{o.app.BankKeeper}, config.SigningContext().AddressCodec(), accounts...)
		reporter := o.accounts.WithScope(factory.MsgType())
		later := &agenda{operations: o, now: ctx.BlockTime(), height: ctx.BlockHeight()}
		if f, ok := factory.(simsx.HasFutureOpsRegistry); ok {
			f.SetFutureOpsRegistry(later)
		}
		signers, msg := create(ctx, factory, data, reporter)
		result := simsx.DeliverSimsMsg(ctx, reporter, o.app, r, config, o.app.AccountKeeper, chainID, msg, factory.DeliveryResultHandler(), signers...)
		return result, later.items, reporter.Close()
	}
}

// create runs a factory. The SDK's go on after they have skipped, with accounts that do not exist.
func create(ctx context.Context, factory simsx.SimMsgFactoryX, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, sdk.Msg) {
	defer func() {
		if p := recover(); p != nil && !reporter.IsSkipped() {
			panic(p)
		}
	}()
	return factory.Create()(ctx, data, reporter)
}

// any draws one of the operations and runs it.
func (o *operations) any(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, chainID string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	at := r.Intn(o.total)
	for _, operator := range o.operators {
		if at -= operator.Weight(); at < 0 {
			return operator.Op()(r, app, ctx, accounts, chainID)
		}
	}
	panic("the weights do not add up to their total")
}

// weighted are the operations for the SDK's simulation. It leaves two blocks of three empty, for long
// stretches; daemons do not rest like that. So the first operation drawn schedules a few for every block.
func (o *operations) weighted(blocks, perBlock int) simulation.WeightedOperations {
	started := false
	pulse := func(r *rand.Rand, _ *baseapp.BaseApp, ctx sdk.Context, _ []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
		var scheduled []simtypes.FutureOperation
		if !started {
			started = true
			for height := int(ctx.BlockHeight()) + 1; height <= blocks; height++ {
				for range r.Intn(2*perBlock + 1) {
					scheduled = append(scheduled, simtypes.FutureOperation{BlockHeight: height, Op: o.any})
				}
			}
		}
		return simtypes.NoOpMsg("app", "pulse", ""), scheduled, nil
	}
	return append(simulation.WeightedOperations{simulation.NewWeightedOperation(o.total/4, pulse)}, o.operators...)
}

// agenda takes in operations for later times. The SDK's simulation loses those that are due at a time,
// so they are put down for the block that comes about then.
type agenda struct {
	operations *operations
	now        time.Time
	height     int64
	items      []simtypes.FutureOperation
}

// Add makes agenda a simsx.FutureOpsRegistry.
func (a *agenda) Add(due time.Time, factory simsx.SimMsgFactoryX) {
	blocks := max(0, due.Sub(a.now)) / blockTime
	a.items = append(a.items, simtypes.FutureOperation{BlockHeight: int(a.height) + 1 + int(blocks), Op: a.operations.deliver(factory)})
}

// thrift shows a tenth of what an account could spend, so that random amounts and fees leave it with something.
type thrift struct{ simsx.BalanceSource }

// SpendableCoins of the account, less nine tenths.
func (t thrift) SpendableCoins(ctx context.Context, addr sdk.AccAddress) sdk.Coins {
	coins := t.BalanceSource.SpendableCoins(ctx, addr)
	tenth := make(sdk.Coins, 0, len(coins))
	for _, coin := range coins {
		tenth = append(tenth, sdk.NewCoin(coin.Denom, coin.Amount.QuoRaw(10)))
	}
	return sdk.NewCoins(tenth...)
}

// council submits a proposal of our modules and lets most operators of bonded validators vote for it in
// the blocks that follow: messages of governance go the whole way.
func (o *operations) council() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithFutureOps(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, later simsx.FutureOpsRegistry) ([]simsx.SimAccount, *govv1.MsgSubmitProposal) {
		r, sdkCtx := data.Rand(), sdk.UnwrapSDKContext(ctx)
		_, content := o.anyProposal(r).Create()(ctx, data, reporter)
		proposer := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		params, err := o.app.GovKeeper.Params.Get(ctx)
		if err != nil {
			reporter.Fail(err, "read the parameters of governance")
			return nil, nil
		}
		for _, coin := range params.MinDeposit {
			if !proposer.LiquidBalance().BlockAmount(coin) {
				reporter.Skip("the proposer cannot pay the deposit")
				return nil, nil
			}
		}
		proposal, err := o.app.GovKeeper.ProposalID.Peek(ctx)
		if err != nil {
			reporter.Fail(err, "read the number of the next proposal")
			return nil, nil
		}
		msg, err := govv1.NewMsgSubmitProposal([]sdk.Msg{content}, params.MinDeposit, proposer.AddressBech32, "", "title", "summary", false)
		if err != nil {
			reporter.Fail(err, "pack a proposal")
			return nil, nil
		}
		validators, err := o.app.StakingKeeper.GetBondedValidatorsByPower(ctx)
		if err != nil {
			reporter.Fail(err, "list the validators")
			return nil, nil
		}
		for _, v := range validators {
			if r.Intn(100) < 85 {
				later.Add(sdkCtx.BlockTime().Add(time.Duration(r.Intn(3))*blockTime), o.approval(proposal, v.OperatorAddress))
			}
		}
		return []simsx.SimAccount{proposer}, msg
	})
}

func (o *operations) anyProposal(r *simsx.XRand) simsx.SimMsgFactoryX {
	total := 0
	for _, p := range o.proposals.Elements() {
		total += int(p.Weight)
	}
	at := r.Intn(total)
	for _, p := range o.proposals.Elements() {
		if at -= int(p.Weight); at < 0 {
			return p.Factory
		}
	}
	panic("the weights do not add up to their total")
}

// approval is an operator's vote for a proposal, while it can be voted on.
func (o *operations) approval(proposal uint64, operator string) simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*govv1.MsgVote](func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *govv1.MsgVote) {
		if p, err := o.app.GovKeeper.Proposals.Get(ctx, proposal); err != nil || p.Status != govv1.StatusVotingPeriod {
			reporter.Skip("the vote is over")
			return nil, nil
		}
		address, err := sdk.ValAddressFromBech32(operator)
		if err != nil {
			reporter.Fail(err, "read an operator's address")
			return nil, nil
		}
		voter := data.GetAccountbyAccAddr(reporter, sdk.AccAddress(address))
		voter.LiquidBalance().Coins = sdk.NewCoins(sdk.NewCoin(sdk.DefaultBondDenom, math.MinInt(math.NewInt(10_000), voter.LiquidBalance().AmountOf(sdk.DefaultBondDenom))))
		return []simsx.SimAccount{voter}, govv1.NewMsgVote(voter.Address, proposal, govv1.OptionYes, "")
	})
}
