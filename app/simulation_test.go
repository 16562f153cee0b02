package app_test

// The simulation of the whole chain. It runs in every test run, with a fixed seed:
//
//	go test ./app -run Simulation
//
// More blocks, another seed, what happened:
//
//	go test ./app -run 'TestSimulation$' -v -timeout 1h -NumBlocks 2000 -Seed 7
//
// A failure prints its seed; the same flags bring it back. The flags are those of the SDK's simulations:
// -NumBlocks, -BlockSize (operations per block on the average of its busy blocks), -Seed, -Params (a JSON
// file with weights, "op_weight_msg_claim", and genesis parameters, "max_validators"), -GenesisTime.
//
// The SDK's x/simulation makes the blocks: it lets validators miss blocks and sign twice, and follows their set. Its
// transactions come after the end-blocker of their block, which is as if they came first in the next one,
// at the height before. The operations are message factories in x/*/simulation, ours and the SDK's. Each
// knows what must become of its message, and after every block everything that must always hold is checked.
// A simulated network in which nothing happened proves nothing, so at the end what happened is counted.

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/header"
	"cosmossdk.io/log/v2"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"
	simcli "github.com/cosmos/cosmos-sdk/x/simulation/client/cli"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// pulsePerBlock is the mean number of operations that every block has, besides those of busy blocks.
const pulsePerBlock = 14

func init() {
	simcli.GetSimulatorFlags()
	// The SDK's defaults are 200 operations a block and the time of day.
	for name, value := range map[string]string{"BlockSize": "15", "GenesisTime": "1900000000"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
		flag.Lookup(name).DefValue = value
	}
}

// simulate runs a chain from a random genesis. It fails the test, naming the seed, when anything is wrong.
func simulate(t *testing.T, blocks int, seed int64) (*watchedApp, []simtypes.Account) {
	t.Helper()
	defer func() {
		if t.Failed() || t.Skipped() {
			t.Errorf("the simulation failed: bring it back with go test ./app -run 'TestSimulation$' -Seed %d -NumBlocks %d", seed, blocks)
		}
	}()
	config := simcli.NewConfigFromFlags().With(t, seed, firstDraws(blocks))
	config.ChainID, config.NumBlocks, config.Commit = simsx.SimAppChainID, blocks, true
	w := newWatchedApp(simsx.SimAppChainID)
	params := maps.Clone(simulationWeights)
	maps.Copy(params, paramsOf(config))
	ops := newOperations(w, params)
	var trail trail
	defer func() {
		if t.Failed() {
			trail.PrintLogs()
		}
	}()
	_, accounts, err := simulation.SimulateFromSeedX(t, log.NewNopLogger(), &strings.Builder{}, w.BaseApp, w.appState,
		func(r *rand.Rand, _ int) []simtypes.Account { return simtypes.RandomAccounts(r, simulatedAccounts) },
		ops.weighted(blocks, pulsePerBlock), nil, config, w.AppCodec(), &trail)
	require.NoError(t, err)
	require.EqualValues(t, blocks, w.LastBlockHeight(), "no validator was left")
	require.NoError(t, w.sound(w.committed()))
	require.NoError(t, w.everythingCanBeWithdrawn(w.committed()))
	return w, accounts
}

// committed is a context on the last committed state.
func (w *watchedApp) committed() sdk.Context {
	return w.NewContextLegacy(true, cmtproto.Header{Height: w.LastBlockHeight(), ChainID: simsx.SimAppChainID})
}

// trail keeps the last operations of a simulation, for the log of a failed test.
type trail struct{ entries []simulation.OperationEntry }

// AddEntry makes trail a simulation.LogWriter.
func (l *trail) AddEntry(entry simulation.OperationEntry) {
	if l.entries = append(l.entries, entry); len(l.entries) > 400 {
		l.entries = slices.Clone(l.entries[200:])
	}
}

// PrintLogs shows the operations that did something.
func (l *trail) PrintLogs() {
	for _, entry := range l.entries {
		if !strings.Contains(string(entry.Operation), `"ok":false`) {
			fmt.Printf("%s\n", entry.MustMarshal())
		}
	}
	l.entries = nil
}

// TestSimulation runs the seed of -Seed and the one after it. Together they must send every message of our modules at least
// once so that it is executed.
func TestSimulation(t *testing.T) {
	total := make(map[string]int)
	for _, seed := range []int64{simcli.FlagSeedValue, simcli.FlagSeedValue + 1} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			began := time.Now()
			w, accounts := simulate(t, simcli.FlagNumBlocksValue, seed)
			t.Logf("%d blocks took %s", w.LastBlockHeight(), time.Since(began).Round(time.Second))
			for _, name := range slices.Sorted(maps.Keys(w.counts)) {
				t.Logf("%8d %s", w.counts[name], name)
			}
			muchHappened(t, simcli.FlagNumBlocksValue, w.counts)
			for name, times := range w.counts {
				total[name] += times
			}
			exportAndGoOn(t, w, accounts)
		})
	}
	if t.Failed() || simcli.FlagNumBlocksValue < 500 {
		return
	}
	for _, service := range []string{"agora.subnet.v1.Msg", "agora.rewards.v1.Msg"} {
		for _, name := range messagesOf(t, service) {
			assert.Positive(t, total["sent /"+name], "no simulated %s ever succeeded: give it a message factory, or a greater weight", name)
		}
	}
}

// messagesOf lists the messages that a service takes.
func messagesOf(t *testing.T, service string) []string {
	t.Helper()
	descriptor, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service))
	require.NoError(t, err)
	methods := descriptor.(protoreflect.ServiceDescriptor).Methods()
	names := make([]string, 0, methods.Len())
	for i := range methods.Len() {
		names = append(names, string(methods.Get(i).Input().FullName()))
	}
	return names
}

// muchHappened checks that the simulated network is worth its name. The bounds are those for 500 blocks.
func muchHappened(t *testing.T, blocks int, counts map[string]int) {
	t.Helper()
	for _, want := range []struct {
		what  string
		least int
	}{
		{"most subnets at once", 5},
		{"agora.subnet.v1.EventSubnetRegistered", 6},
		{"agora.subnet.v1.EventSubnetStarted", 6},
		{"agora.subnet.v1.EventBenchmarkProposed", 6},
		{"agora.subnet.v1.EventSubnetPaused", 1},
		{"agora.subnet.v1.EventSubnetResumed", 1},
		{"blocks of paused subnets", 20},
		{"agora.subnet.v1.EventSubnetPruned", 1},
		{"agora.subnet.v1.EventSubnetClosed", 1},
		{"agora.subnet.v1.EventSubnetTransferred", 1},
		{"agora.subnet.v1.EventSubnetParamsUpdated", 5},
		{"agora.subnet.v1.EventBenchmarkSharesSet", 2},
		{"agora.subnet.v1.EventMinerRegistered", 50},
		{"agora.subnet.v1.EventMinerReplaced", 10},
		{"agora.subnet.v1.EventMinerServed", 5},
		{"agora.subnet.v1.EventMinerDeregistered", 1},
		{"agora.subnet.v1.EventHotkeyRotated", 1},
		{"agora.subnet.v1.EventModelCommitted", 1},
		{"agora.subnet.v1.EventMinerBonded", 5},
		{"agora.subnet.v1.EventHotkeyAppointed", 50},
		{"agora.subnet.v1.EventScoresCommitted", 300},
		{"agora.subnet.v1.EventScoresRevealed", 200},
		{"agora.subnet.v1.EventScoresMissed", 10},
		{"agora.subnet.v1.EventParamsUpdated", 1},
		{"refused /agora.subnet.v1.MsgRevealScores", 5},
		{"refused /agora.subnet.v1.MsgCommitScores", 5},
		{"agora.rewards.v1.EventEpochPaid", 200},
		{"rows counted", 200},
		{"rows counted of benchmarks beside the first", 5},
		{"sent /agora.subnet.v1.MsgSetScores", 5},
		{"epochs with coins for an owner", 50},
		{"epochs with coins for miners", 50},
		{"epochs with coins for validators", 50},
		{"epochs with coins for burning", 1},
		{"epochs with coins for recycling", 1},
		{"agora.rewards.v1.EventEmissionVoted", 50},
		{"shares moved", 50},
		{"agora.rewards.v1.EventClaimed", 10},
		{"agora.rewards.v1.EventAutoClaimFailed", 1},
		{"agora.rewards.v1.EventSubnetForgotten", 1},
		{"agora.rewards.v1.EventParamsUpdated", 1},
		{"slash for double_sign", 1},
		{"slash for missing_signature", 1},
		{"sent /cosmos.slashing.v1beta1.MsgUnjail", 1},
		{"complete_unbonding", 1},
		{"complete_redelegation", 1},
		{"sent /cosmos.staking.v1beta1.MsgDelegate", 50},
		{"sent /cosmos.staking.v1beta1.MsgUndelegate", 20},
		{"sent /cosmos.staking.v1beta1.MsgBeginRedelegate", 20},
		{"sent /cosmos.staking.v1beta1.MsgCreateValidator", 1},
	} {
		assert.GreaterOrEqual(t, counts[want.what], want.least*min(blocks, 500)/500, want.what)
	}
}

// exportAndGoOn starts a new chain from the state of w, finds the same state in it, and runs it for a while.
func exportAndGoOn(t *testing.T, w *watchedApp, accounts []simtypes.Account) {
	t.Helper()
	exported, err := w.Export(false, nil)
	require.NoError(t, err)
	second := newWatchedApp(simsx.SimAppChainID)
	now := time.Unix(simcli.FlagGenesisTimeValue, 0).Add(time.Duration(w.LastBlockHeight()) * 10_000 * time.Second).UTC()
	_, err = second.InitChain(&abci.RequestInitChain{
		ChainId: simsx.SimAppChainID, Time: now, InitialHeight: exported.Height,
		ConsensusParams: &exported.ConsensusParams, AppStateBytes: exported.AppState,
	})
	require.NoError(t, err)
	head := cmtproto.Header{Height: exported.Height, Time: now, ChainID: simsx.SimAppChainID}
	imported := second.NewContextLegacy(false, head)
	require.NoError(t, second.sound(imported))

	var before map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(exported.AppState, &before))
	after, err := second.ModuleManager.ExportGenesisForModules(imported, second.AppCodec(), nil)
	require.NoError(t, err)
	require.Equal(t, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	for _, name := range slices.Sorted(maps.Keys(before)) {
		assert.JSONEq(t, string(before[name]), string(after[name]), name)
	}
	for name, derived := range map[string][]collections.Prefix{
		// Emissions of nothing are not exported, nor what proves the last beacon; how many registered in one block matters only in it.
		subnettypes.StoreKey: {subnettypes.EmissionsKey, subnettypes.RegistrationsKey, subnettypes.LastBeaconKey},
		// The first block counts the votes anew.
		rewardstypes.StoreKey: {rewardstypes.TallyDueKey},
	} {
		before, after := w.swept(t).KVStore(w.StoreKey(name)), imported.KVStore(second.StoreKey(name))
		assert.Empty(t, differences(before, after, derived), name)
	}

	ops := newOperations(second, simulationWeights)
	r := rand.New(rand.NewSource(simcli.FlagSeedValue))
	paid := second.counts["agora.rewards.v1.EventEpochPaid"]
	for height := exported.Height; height < exported.Height+60; height++ {
		var votes []abci.VoteInfo
		validators, err := second.StakingKeeper.GetBondedValidatorsByPower(second.NewContextLegacy(height > exported.Height, head))
		require.NoError(t, err)
		for _, v := range validators {
			address, err := v.GetConsAddr()
			require.NoError(t, err)
			votes = append(votes, abci.VoteInfo{
				Validator:   abci.Validator{Address: address, Power: v.GetConsensusPower(sdk.DefaultPowerReduction)},
				BlockIdFlag: cmtproto.BlockIDFlagCommit,
			})
		}
		now = now.Add(blockTime)
		_, err = second.FinalizeBlock(&abci.RequestFinalizeBlock{
			Height: height, Time: now, ProposerAddress: votes[0].Validator.Address, DecidedLastCommit: abci.CommitInfo{Votes: votes},
		})
		require.NoError(t, err)
		head = cmtproto.Header{Height: height, Time: now, ChainID: simsx.SimAppChainID}
		ctx := second.NewContextLegacy(false, head).WithHeaderInfo(header.Info{Height: height, Time: now, ChainID: simsx.SimAppChainID})
		for range pulsePerBlock {
			_, _, err := ops.any(r, second.BaseApp, ctx, accounts, simsx.SimAppChainID)
			require.NoError(t, err)
		}
		second.SimWriteState()
		_, err = second.Commit()
		require.NoError(t, err)
	}
	require.NoError(t, second.sound(second.committed()))
	require.Greater(t, second.counts["agora.rewards.v1.EventEpochPaid"], paid)
	require.Positive(t, second.counts["rows counted"])
}

// swept is a context on the last committed state without what removed subnets left to be forgotten in
// later blocks, which is not exported.
func (w *watchedApp) swept(t *testing.T) sdk.Context {
	t.Helper()
	ctx, _ := w.committed().CacheContext()
	k := w.SubnetKeeper
	require.NoError(t, k.Removed.Walk(ctx, nil, func(netuid uint32) (bool, error) {
		require.NoError(t, k.Benchmarks.Clear(ctx, collections.NewPrefixedTripleRange[uint32, uint32, uint32](netuid)))
		require.NoError(t, k.Records.Clear(ctx, collections.NewPrefixedTripleRange[uint32, sdk.AccAddress, uint32](netuid)))
		keys, err := k.Appointments.Indexes.ByNetuid.MatchExact(ctx, netuid)
		require.NoError(t, err)
		appointments, err := keys.PrimaryKeys()
		require.NoError(t, err)
		for _, key := range appointments {
			require.NoError(t, k.Appointments.Remove(ctx, key))
		}
		return false, nil
	}))
	require.NoError(t, k.Removed.Clear(ctx, nil))
	return ctx
}

// differences lists the keys at which two stores differ, in hex, less those of some collections.
func differences(a, b storetypes.KVStore, without []collections.Prefix) []string {
	var found []string
	missing := func(in, from storetypes.KVStore, note string) {
		iter := from.Iterator(nil, nil)
		defer iter.Close()
		for ; iter.Valid(); iter.Next() {
			left := slices.ContainsFunc(without, func(p collections.Prefix) bool { return bytes.HasPrefix(iter.Key(), p.Bytes()) })
			if !left && !bytes.Equal(in.Get(iter.Key()), iter.Value()) {
				found = append(found, fmt.Sprintf("%s %x: %x", note, iter.Key(), iter.Value()))
			}
		}
	}
	missing(b, a, "only before")
	missing(a, b, "only after")
	return found
}

func TestSimulationIsTheSameWithTheSameSeed(t *testing.T) {
	const blocks = 60
	first, _ := simulate(t, blocks, simcli.FlagSeedValue)
	second, _ := simulate(t, blocks, simcli.FlagSeedValue)
	require.Equal(t, first.counts, second.counts)
	require.Equal(t, first.LastCommitID(), second.LastCommitID())
	other, _ := simulate(t, blocks, simcli.FlagSeedValue+1)
	require.NotEqual(t, first.LastCommitID(), other.LastCommitID())
}
