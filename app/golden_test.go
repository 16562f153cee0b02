package app_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

var record = flag.Bool("record", false, "record the golden app hashes anew")

const (
	goldenBlocks = 200
	// goldenEvery is every how many blocks the app hash is recorded, so that a difference has a place.
	goldenEvery = 20
)

var goldenFile = filepath.Join("testdata", "app_hashes.txt")

// goldenHelp says what to do about another app hash.
const goldenHelp = `
The same blocks gave another app hash. Nodes of this version and of the one before would part ways here.
If that was not meant: find what changed the state, or what is not the same on every machine and in every run.
If it was: write it into CHANGELOG.md under "State Machine Breaking", and record the new values with

	go test ./app -run TestAppHashesOfAFixedScript -record
`

// script is what happens on the market of the golden test.
type script struct{ *market }

// Everything here is fixed: keys, times, order. Every part of the state machine belongs into this script.
func (s script) run() {
	bet := func(i int, weights ...rewardstypes.VoteWeight) {
		operator := s.Operators[i]
		s.Must(operator, &rewardstypes.MsgVoteEmissions{Voter: operator.String(), Weights: weights})
	}
	stake := func(amount int64) sdk.Coin { return sdk.NewCoin(chaincfg.Denom, math.NewInt(amount)) }
	delegator, weights := s.Account("delegator"), []uint32{60_000, 20_000, 7}

	// A second subnet of two places, to which some votes go.
	s.Must(s.owner, &subnettypes.MsgRegisterSubnet{Owner: s.owner.String(), Name: "narrow", Params: &subnettypes.SubnetParams{
		Tempo: 6, RevealWindow: 3, MaxMiners: 2, ImmunityPeriod: 5,
	}})
	s.Must(s.owner, benchmarkBy(s.t, s.owner, 2))
	register := func(miner apptest.Account) []string {
		res := s.Must(miner, &subnettypes.MsgRegisterMiner{Owner: miner.String(), Netuid: 2, Hotkey: apptest.NewAccount("narrow " + miner.Name).String()})
		var events []string
		for _, event := range res.Events {
			events = append(events, event.Type)
		}
		return events
	}
	register(s.miners[0])
	register(s.miners[1])
	s.Must(s.owner, &subnettypes.MsgStartSubnet{Owner: s.owner.String(), Netuid: 2})
	bet(1, rewardstypes.VoteWeight{Netuid: 1, WeightBp: 5_000}, rewardstypes.VoteWeight{Netuid: 2, WeightBp: 4_000})
	hotkey := apptest.NewAccount("narrow hotkey")
	s.Must(s.Operators[2], &subnettypes.MsgAppointHotkey{Operator: s.Operators[2].String(), Netuid: 2, Hotkey: hotkey.String(), ShareBp: 6_000})
	s.Must(s.Operators[2], &subnettypes.MsgAppointHotkey{Operator: s.Operators[2].String(), Hotkey: s.hotkeys[2].String(), ShareBp: 10_000})

	s.score(weights)
	s.score(weights, 2)
	s.Must(delegator, stakingtypes.NewMsgDelegate(delegator.String(), s.Operators[0].ValAddress().String(), stake(400_000_000_000)))
	s.Must(delegator, &rewardstypes.MsgVoteEmissions{Voter: delegator.String(), Weights: []rewardstypes.VoteWeight{{Netuid: 2, WeightBp: 10_000}}})
	require.Contains(s.t, register(s.miners[2]), "agora.subnet.v1.EventMinerReplaced")
	s.score([]uint32{7, 60_000, 20_000})
	s.Must(delegator, stakingtypes.NewMsgBeginRedelegate(delegator.String(), s.Operators[0].ValAddress().String(), s.Operators[1].ValAddress().String(), stake(100_000_000_000)))
	serving := apptest.NewAccount("hot " + s.miners[0].Name)
	allowance, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, s.miners[0].Addr, serving.Addr)
	require.NoError(s.t, err)
	s.Must(s.miners[0], allowance)
	s.Must(serving, &subnettypes.MsgServe{
		Hotkey: serving.String(), Netuid: 1, Endpoints: []string{"https://a.example"}, TlsPin: make([]byte, 32),
	}, apptest.PaidBy(s.miners[0]))
	s.Must(s.miners[0], &rewardstypes.MsgClaim{Owner: s.miners[0].String(), Netuids: []uint32{1}})
	s.score(weights, 0)

	// A benchmark is tuned by an account that its owner lets do so.
	s.Must(s.owner, &subnettypes.MsgSetBenchmarkBounds{Signer: s.owner.String(), Netuid: 2, Bounds: []subnettypes.FieldBound{
		{Field: "request.max_tokens", MaxChange: 4, Min: 30, Max: 40},
	}})
	grant, err := authz.NewMsgGrant(s.owner.Addr, delegator.Addr, subnettypes.NewTuneBenchmarkAuthorization(2, 0), nil)
	require.NoError(s.t, err)
	s.Must(s.owner, grant)
	tune := authz.NewMsgExec(delegator.Addr, []sdk.Msg{&subnettypes.MsgTuneBenchmark{
		Owner: s.owner.String(), Netuid: 2, Changes: []subnettypes.FieldChange{{Field: "request.max_tokens", Value: 36}},
	}})
	s.Must(delegator, &tune)

	// Refused transactions cost their fee and nothing else.
	_, err = s.Try(s.miners[1], &subnettypes.MsgPauseSubnet{Authority: s.miners[1].String(), Netuid: 1})
	require.Error(s.t, err)
	_, err = s.Try(s.miners[2], &subnettypes.MsgRegisterMiner{Owner: s.miners[2].String(), Netuid: 1, Hotkey: s.hotkeys[0].String(), MaxPrice: 1})
	require.Error(s.t, err)

	s.decide(&subnettypes.MsgPauseSubnet{Authority: governance, Netuid: 1, Reason: "its benchmark leaked"})
	s.Blocks(tempo)
	s.Must(delegator, stakingtypes.NewMsgUndelegate(delegator.String(), s.Operators[1].ValAddress().String(), stake(50_000_000_000)))
	s.decide(&subnettypes.MsgResumeSubnet{Authority: governance, Netuid: 1})
	for range 3 {
		s.score(weights)
	}
	operator := s.Operators[1]
	s.Must(operator, &distrtypes.MsgWithdrawDelegatorReward{DelegatorAddress: operator.String(), ValidatorAddress: operator.ValAddress().String()})
	s.Must(operator, &subnettypes.MsgAppointHotkey{Operator: operator.String(), Netuid: 1, Hotkey: s.hotkeys[1].String(), ShareBp: 0})
	bet(0)
	for range 5 {
		s.NextBlockSignedBy(map[int]bool{2: true})
	}
	require.Less(s.t, s.Height, int64(goldenBlocks), "the script is too long")
	s.Blocks(goldenBlocks - s.Height)
}

func TestAppHashesOfAFixedScript(t *testing.T) {
	keepAll := baseapp.SetPruning(pruningtypes.NewPruningOptions(pruningtypes.PruningNothing))
	s := script{newMarketOn(t, func() *app.App {
		return app.New(log.NewNopLogger(), dbm.NewMemDB(), true, options{}, keepAll, baseapp.SetChainID(apptest.ChainID))
	}, 3, quickVotes)}
	s.run()
	require.EqualValues(t, goldenBlocks, s.App.LastBlockHeight())

	var got strings.Builder
	for height := int64(goldenEvery); height <= goldenBlocks; height += goldenEvery {
		state, err := s.App.CommitMultiStore().(*rootmulti.Store).GetCommitInfo(height)
		require.NoError(t, err)
		fmt.Fprintf(&got, "%3d %X\n", height, state.Hash())
	}
	require.Contains(t, got.String(), fmt.Sprintf("%X", s.App.LastCommitID().Hash))
	if *record {
		require.NoError(t, os.WriteFile(goldenFile, []byte(got.String()), 0o600))
	}
	want, err := os.ReadFile(goldenFile)
	require.NoError(t, err, goldenHelp)
	require.Equal(t, string(want), got.String(), goldenHelp)
}
