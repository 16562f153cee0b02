package app_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// scorers is a chain on disk with one subnet that is full of miners from the first block on, and validators with a hotkey each.
type scorers struct {
	*apptest.Chain
	t       testing.TB
	hotkeys []apptest.Account
	ids     []uint64
	rng     *rand.Rand
	// reveals that open what was committed last, by hotkey.
	reveals []*subnettypes.MsgRevealScores
}

// newScorers starts the chain and goes to its first epoch.
func newScorers(t testing.TB, validators, miners int) *scorers {
	t.Helper()
	s := &scorers{t: t, rng: rand.New(rand.NewPCG(1, 2))}
	var names []string
	for i := range validators {
		s.hotkeys = append(s.hotkeys, apptest.NewAccount(fmt.Sprint("hotkey ", i)))
		names = append(names, s.hotkeys[i].Name)
	}
	for i := range miners {
		s.ids = append(s.ids, uint64(i)+1)
	}
	db, err := dbm.NewGoLevelDB("application", t.TempDir(), nil)
	require.NoError(t, err)
	s.Chain = apptest.New(t, apptest.Options{
		Validators: validators, Accounts: names,
		App: func() *app.App {
			return app.New(log.NewNopLogger(), db, true, noOptions{}, baseapp.SetChainID(apptest.ChainID))
		},
		Genesis: func(cdc apptest.Codec, state map[string]json.RawMessage) {
			var staking stakingtypes.GenesisState
			cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
			staking.Params.MaxValidators = uint32(validators)
			state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)
			state[subnettypes.ModuleName] = cdc.MustMarshalJSON(s.subnet(staking.Validators))
		},
	})
	t.Cleanup(func() { require.NoError(t, s.App.Close()) })
	s.NextBlock()
	return s
}

// subnet is the genesis of x/subnet.
func (s *scorers) subnet(validators []stakingtypes.Validator) *subnettypes.GenesisState {
	parsed, err := benchmarks.Load(benchmarks.Default)
	require.NoError(s.t, err)
	bz, err := spec.Encode(parsed)
	require.NoError(s.t, err)
	digest := sha256.Sum256(bz)
	owner := apptest.NewAccount("owner").String()
	params := subnettypes.DefaultSubnetParams()
	params.MaxMiners, params.MaxValidators = uint32(len(s.ids)), uint32(len(validators))
	params.Tempo = max(uint64(len(s.ids)*len(validators)/subnettypes.MaxWorkPerBlock), 8)
	params.RevealWindow = params.Tempo / 2
	state := subnettypes.DefaultGenesis()
	state.NextNetuid = 2
	state.Subnets = []subnettypes.Subnet{{
		Netuid: 1, Owner: owner, Name: "crowd", Status: subnettypes.SUBNET_STATUS_ACTIVE, Params: params, BurnPrice: params.MinBurn,
		EpochStartHeight: 2, LatestVersions: []uint32{1}, MinerCount: uint32(len(s.ids)), NextMinerId: uint64(len(s.ids)) + 1,
	}}
	state.Benchmarks = []subnettypes.BenchmarkVersion{{Netuid: 1, Version: 1, Spec: bz, Digest: digest[:]}}
	for i, validator := range validators {
		state.Appointments = append(state.Appointments, subnettypes.Appointment{
			Validator: validator.OperatorAddress, Netuid: 1, Hotkey: s.hotkeys[i].String(), ShareBp: subnettypes.BasisPoints,
		})
	}
	for uid, id := range s.ids {
		hotkey := sdk.AccAddress(fmt.Appendf(nil, "miner hotkey %7d", uid))
		state.Miners = append(state.Miners, subnettypes.Miner{Netuid: 1, Uid: uint32(uid), MinerId: id, Owner: owner, Hotkey: hotkey.String()})
		state.MinerOwners = append(state.MinerOwners, subnettypes.MinerOwner{Netuid: 1, MinerId: id, Owner: owner})
	}
	return state
}

// commit binds a dense row of every hotkey in the epoch under way, and goes to the first block of the next.
func (s *scorers) commit() {
	s.t.Helper()
	epoch, err := s.App.SubnetKeeper.CurrentEpoch(s.Ctx(), 1)
	require.NoError(s.t, err)
	s.reveals = nil
	var signed [][]byte
	for _, hotkey := range s.hotkeys {
		reveal := &subnettypes.MsgRevealScores{
			Hotkey: hotkey.String(), Netuid: 1, Epoch: epoch.Index, BenchmarkVersion: 1,
			MinerIds: s.ids, EvidenceRoot: make([]byte, scorehash.RootSize), Items: 64, Salt: make([]byte, scorehash.MinSaltSize),
		}
		for range s.ids {
			reveal.Weights = append(reveal.Weights, 1+s.rng.Uint32N(scorehash.MaxWeight))
		}
		hash, err := scorehash.Hash(scorehash.Row{
			ChainID: apptest.ChainID, Netuid: 1, BenchmarkVersion: 1, Epoch: reveal.Epoch, Hotkey: hotkey.Addr,
			MinerIDs: reveal.MinerIds, Weights: reveal.Weights, EvidenceRoot: reveal.EvidenceRoot, Items: reveal.Items, Salt: reveal.Salt,
		})
		require.NoError(s.t, err)
		s.reveals = append(s.reveals, reveal)
		signed = append(signed, s.Sign(hotkey, []sdk.Msg{&subnettypes.MsgCommitScores{
			Hotkey: hotkey.String(), Netuid: 1, Epoch: reveal.Epoch, BenchmarkVersion: 1, Hash: hash[:],
		}}))
	}
	s.MustAll(signed...)
	s.Blocks(epoch.EndHeight + 1 - s.Height)
}

// revealed is what a block of reveals took.
type revealed struct {
	finalize, commit time.Duration
	// processor time of the whole process, which depends less on what else the machine does.
	processor time.Duration
	bytes     int
	gas       int64
}

// processorTime is what this process has taken so far.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// reveal runs a block in which so many hotkeys open their rows.
func (s *scorers) reveal(count int) (took revealed) {
	s.t.Helper()
	var signed [][]byte
	for i, reveal := range s.reveals[:count] {
		signed = append(signed, s.Sign(s.hotkeys[i], []sdk.Msg{reveal}))
		took.bytes += len(signed[i])
	}
	s.Height++
	s.Time = s.Time.Add(apptest.BlockTime)
	runtime.GC() // what came before is not this block's
	processor, began := processorTime(s.t), time.Now()
	response, err := s.App.FinalizeBlock(&abci.RequestFinalizeBlock{Height: s.Height, Time: s.Time, Txs: signed})
	finalized := time.Now()
	require.NoError(s.t, err)
	_, err = s.App.Commit()
	took.finalize, took.commit, took.processor = finalized.Sub(began), time.Since(finalized), processorTime(s.t)-processor
	require.NoError(s.t, err)
	for i, result := range response.TxResults {
		require.Zero(s.t, result.Code, "reveal %d: %s", i, result.Log)
		took.gas += result.GasUsed
	}
	return took
}

// BenchmarkABlockOfReveals runs the whole chain on IAVL stores on disk. An operation is FinalizeBlock and Commit of a block in
// which validators open their rows, with the checks of their signatures and fees.
func BenchmarkABlockOfReveals(b *testing.B) {
	for _, miners := range []int{256, 1_024, 4_096} {
		for _, count := range []int{1, 4, 16, 64, 128} {
			b.Run(fmt.Sprintf("%d-of-%d", count, miners), func(b *testing.B) {
				s := newScorers(b, count, miners)
				var all []revealed
				for b.Loop() {
					b.StopTimer()
					s.commit()
					b.StartTimer()
					all = append(all, s.reveal(count))
				}
				best := all[0]
				for _, block := range all[1:] {
					// What else the machine does only adds.
					best.finalize, best.commit = min(best.finalize, block.finalize), min(best.commit, block.commit)
					best.processor = min(best.processor, block.processor)
				}
				b.ReportMetric(milliseconds(best.finalize), "finalize-ms")
				b.ReportMetric(milliseconds(best.commit), "commit-ms")
				b.ReportMetric(milliseconds(best.processor), "processor-ms")
				b.ReportMetric(float64(best.bytes)/1e6, "MB")
				b.ReportMetric(float64(best.gas)/1e6, "Mgas")
			})
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// TestABlockOfRevealsAllocatesNoMore guards what a block costs by what does not depend on the machine. The bound is a fifth
// above what was measured.
func TestABlockOfRevealsAllocatesNoMore(t *testing.T) {
	const count, miners = 8, 1_024
	s := newScorers(t, count, miners)
	s.commit()
	signed := make([][]byte, 0, count)
	for i, reveal := range s.reveals {
		signed = append(signed, s.Sign(s.hotkeys[i], []sdk.Msg{reveal}))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.MustAll(signed...)
	runtime.ReadMemStats(&after)
	require.Less(t, (after.Mallocs-before.Mallocs)/count, uint64(mostAllocations))
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/count, uint64(mostBytes))
}

// What a reveal of 1,024 weights may allocate in a block of eight, its share of the block included.
const (
	mostAllocations = 5_700
	mostBytes       = 805_000
)

// The validator program asks for twice the gas that a simulation used.
func TestABlockHasRoomForAllValidatorsToRevealTheLargestRowAtOnce(t *testing.T) {
	const validators, gasAdjustment = 64, 2
	s := newScorers(t, 1, 4_096)
	s.commit()
	took := s.reveal(1)
	block := app.DefaultConsensusParams().Block
	require.LessOrEqual(t, validators*gasAdjustment*took.gas, block.MaxGas)
	require.LessOrEqual(t, int64(took.bytes), int64(25_000))
	require.LessOrEqual(t, int64(validators*25_000), block.MaxBytes)
}
