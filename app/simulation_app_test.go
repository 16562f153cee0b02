package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/collections"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/module"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/x/rewards"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/subnet"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// watchedApp is the production app, watched: every invariant is checked after the transactions of each
// block and after its end-blocker, every event is counted, and some accounts cannot be paid.
type watchedApp struct {
	*app.App
	manager *module.SimulationManager
	// counts holds how often what happened: events by type, transactions by "sent " or "refused " and type.
	counts map[string]int
	shares []rewardstypes.SubnetTally
	// during runs after the begin-blocker, where a block's transactions do; nil for nothing.
	during func(sdk.Context) error
}

func newWatchedApp(chainID string) *watchedApp {
	w := &watchedApp{
		App:    app.New(log.NewNopLogger(), dbm.NewMemDB(), false, noOptions{}, baseapp.SetChainID(chainID)),
		counts: make(map[string]int),
	}
	w.BankKeeper.AppendSendRestriction(refuseFrozen)
	w.SetBeginBlocker(w.watchBegin)
	w.SetEndBlocker(w.watchEnd)
	if err := w.LoadLatestVersion(); err != nil {
		panic(err)
	}
	w.manager = module.NewSimulationManagerFromAppModules(w.ModuleManager.Modules, map[string]module.AppModuleSimulation{
		subnettypes.ModuleName: subnet.NewSimulationModule(subnet.NewAppModule(w.SubnetKeeper), w.StakingKeeper),
		rewardstypes.ModuleName: rewards.NewSimulationModule(
			rewards.NewAppModule(w.AppCodec(), w.RewardsKeeper), w.SubnetKeeper, w.StakingKeeper),
	})
	w.manager.RegisterStoreDecoders()
	return w
}

// refuseFrozen keeps x/rewards from paying one account in eight, as a blocked account or a hook of
// another module would: their subnets' cut belongs to nobody, their claims wait.
func refuseFrozen(_ context.Context, from, to sdk.AccAddress, _ sdk.Coins) (sdk.AccAddress, error) {
	if from.Equals(authtypes.NewModuleAddress(rewardstypes.ModuleName)) && len(to) == 20 && to[19]%8 == 0 {
		return nil, sdkerrors.ErrUnauthorized.Wrapf("%s cannot be paid", to)
	}
	return to, nil
}

func (w *watchedApp) watchBegin(ctx sdk.Context) (sdk.BeginBlock, error) {
	if err := w.sound(ctx); err != nil {
		return sdk.BeginBlock{}, fmt.Errorf("after the transactions of the block before: %w", err)
	}
	w.counts["evidence"] += ctx.CometInfo().GetEvidence().Len()
	res, err := w.ModuleManager.BeginBlock(ctx)
	if err := errors.Join(err, w.watch(ctx, res.Events)); err != nil || w.during == nil {
		return res, err
	}
	return res, w.during(ctx)
}

func (w *watchedApp) watchEnd(ctx sdk.Context) (sdk.EndBlock, error) {
	before, err := w.paused(ctx)
	if err != nil {
		return sdk.EndBlock{}, err
	}
	res, err := w.ModuleManager.EndBlock(ctx)
	if err := errors.Join(err, w.watch(ctx, res.Events), w.sound(ctx), w.tallyWeighsTheStake(ctx)); err != nil {
		return res, fmt.Errorf("after the end-blocker: %w", err)
	}
	after, err := w.paused(ctx)
	if err != nil {
		return res, err
	}
	for netuid, waits := range after {
		if waited, ok := before[netuid]; ok && waits != waited {
			return res, fmt.Errorf("netuid %d is paused, but what waits for its epoch went from %d to %d", netuid, waited, waits)
		}
		w.counts["blocks of paused subnets"]++
	}
	return res, w.watchShares(ctx)
}

// SimDeliver executes a transaction of the simulation and counts what became of it.
func (w *watchedApp) SimDeliver(encode sdk.TxEncoder, tx sdk.Tx) (sdk.GasInfo, *sdk.Result, error) {
	gas, res, err := w.App.SimDeliver(encode, tx)
	fate := "sent "
	if err != nil {
		fate = "refused "
	}
	for _, msg := range tx.GetMsgs() {
		w.counts[fate+sdk.MsgTypeURL(msg)]++
	}
	if err != nil {
		return gas, res, err
	}
	return gas, res, w.watch(sdk.Context{}, res.Events)
}

// watch counts events and looks into those that matter.
func (w *watchedApp) watch(ctx sdk.Context, events []abci.Event) error {
	for _, event := range events {
		w.counts[event.Type]++
		switch event.Type {
		case slashingtypes.EventTypeSlash:
			if reason := attributeOf(event, slashingtypes.AttributeKeyReason); reason != "" {
				w.counts["slash for "+reason]++
			}
		case govtypes.EventTypeActiveProposal:
			if err := w.watchProposal(ctx, event); err != nil {
				return err
			}
		}
		typed, err := sdk.ParseTypedEvent(event)
		if err != nil {
			continue // of a module that has no typed events
		}
		switch e := typed.(type) {
		case *rewardstypes.EventEpochPaid:
			err = w.watchEpoch(ctx, e)
		case *rewardstypes.EventRowIgnored:
			w.counts["row ignored: "+e.Reason]++
		case *rewardstypes.EventAutoClaimFailed:
			if e.Owner == "" {
				err = errors.New(e.String())
			}
		case *subnettypes.EventEpochStartFailed:
			// An owner may give all of the emission to benchmarks of which no version counts yet.
			if !strings.Contains(e.Reason, subnettypes.ErrNoBenchmark.Error()) {
				err = fmt.Errorf("an epoch could not begin: %s", typed)
			}
		case *rewardstypes.EventEpochFailed, *rewardstypes.EventTallyFailed, *rewardstypes.EventEmissionFailed:
			err = fmt.Errorf("a step of a block failed: %s %s", event.Type, typed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attributeOf is the value of an event's attribute, "" when it has none.
func attributeOf(event abci.Event, key string) string {
	for _, attribute := range event.Attributes {
		if attribute.Key == key {
			return attribute.Value
		}
	}
	return ""
}

// watchProposal counts the messages of a proposal that was voted on, as sent when it passed and they were executed.
func (w *watchedApp) watchProposal(ctx sdk.Context, event abci.Event) error {
	fate := "refused "
	switch attributeOf(event, govtypes.AttributeKeyProposalResult) {
	case govtypes.AttributeValueProposalPassed:
		fate = "sent "
	case govtypes.AttributeValueProposalRejected:
		return nil
	}
	id, err := strconv.ParseUint(attributeOf(event, govtypes.AttributeKeyProposalID), 10, 64)
	if err != nil {
		return err
	}
	proposal, err := w.GovKeeper.Proposals.Get(ctx, id)
	if err != nil {
		return err
	}
	for _, msg := range proposal.Messages {
		w.counts[fate+msg.TypeUrl]++
	}
	return nil
}

// watchEpoch checks that an epoch paid exactly what waited for it, and counts what it paid on.
func (w *watchedApp) watchEpoch(ctx sdk.Context, e *rewardstypes.EventEpochPaid) error {
	if sum := e.Owner + e.Miners + e.Validators + e.Burned + e.Carried; sum != e.Pending {
		return fmt.Errorf("an epoch's parts add up to %d: %s", sum, e)
	}
	for _, part := range []struct {
		what   string
		amount uint64
	}{
		{"an owner", e.Owner}, {"miners", e.Miners}, {"validators", e.Validators}, {"burning", e.Burned}, {"recycling", e.Carried},
	} {
		if part.amount > 0 {
			w.counts["epochs with coins for "+part.what]++
		}
	}
	return w.RewardsKeeper.Results.Walk(ctx, collections.NewPrefixedPairRange[uint32, uint32](e.Netuid), func(_ collections.Pair[uint32, uint32], result rewardstypes.EpochResult) (bool, error) {
		if err := result.Validate(); err != nil || result.Epoch != e.Epoch {
			return false, err
		}
		for _, v := range result.Validators {
			if v.Revealed {
				w.counts["rows counted"]++
				if result.Benchmark > 0 {
					w.counts["rows counted of benchmarks beside the first"]++
				}
			}
		}
		return false, nil
	})
}

// watchShares counts how often the subnets' shares of the emission moved.
func (w *watchedApp) watchShares(ctx sdk.Context) error {
	tally, err := w.RewardsKeeper.Tally.Get(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(tally.Subnets, w.shares) {
		w.counts["shares moved"]++
	}
	w.shares = tally.Subnets
	if netuids, err := w.SubnetKeeper.ActiveNetuids(ctx); err == nil {
		w.counts["most subnets at once"] = max(w.counts["most subnets at once"], len(netuids))
	}
	return nil
}
