package app_test

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// market is a chain with one started subnet, its miners and one hotkey per operator.
type market struct {
	*apptest.Chain
	t       *testing.T
	owner   apptest.Account
	miners  []apptest.Account
	hotkeys []apptest.Account
	// sealed holds by hotkey what it committed last and has to reveal.
	sealed map[string]*subnettypes.MsgRevealScores
}

const tempo = 10

// newMarket registers subnet 1 with a benchmark, n miners and a fee-granted hotkey per operator, lets
// the operators vote all emission to it, and starts it.
func newMarket(t *testing.T, n int, edit ...apptest.Genesis) *market {
	t.Helper()
	return newMarketOn(t, nil, n, edit...)
}

// newMarketOn is newMarket on an app of the test's own; nil: the production app in memory.
func newMarketOn(t *testing.T, node func() *app.App, n int, edit ...apptest.Genesis) *market {
	t.Helper()
	names := []string{"owner", "delegator"}
	for i := range n {
		names = append(names, minerName(i))
	}
	m := &market{t: t, sealed: map[string]*subnettypes.MsgRevealScores{}}
	m.Chain = apptest.New(t, apptest.Options{App: node, Accounts: names, Genesis: func(cdc apptest.Codec, state map[string]json.RawMessage) {
		for _, change := range edit {
			change(cdc, state)
		}
	}})
	m.owner = m.Account("owner")
	m.Must(m.owner, &subnettypes.MsgRegisterSubnet{
		Owner: m.owner.String(), Name: "basics", Params: &subnettypes.SubnetParams{Tempo: tempo, RevealWindow: tempo / 2},
	})
	m.Must(m.owner, benchmarkBy(t, m.owner, 1))
	for i := range n {
		miner := m.Account(minerName(i))
		m.miners = append(m.miners, miner)
		m.Must(miner, &subnettypes.MsgRegisterMiner{
			Owner: miner.String(), Netuid: 1, Hotkey: apptest.NewAccount("hot " + miner.Name).String(),
		})
	}
	for _, operator := range m.Operators {
		hotkey := apptest.NewAccount("hot " + operator.Name)
		m.hotkeys = append(m.hotkeys, hotkey)
		m.Must(operator, &subnettypes.MsgAppointHotkey{Operator: operator.String(), Netuid: 1, Hotkey: hotkey.String(), ShareBp: 10_000})
		grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, operator.Addr, hotkey.Addr)
		require.NoError(t, err)
		m.Must(operator, grant)
		m.Must(operator, &rewardstypes.MsgVoteEmissions{
			Voter: operator.String(), Weights: []rewardstypes.VoteWeight{{Netuid: 1, WeightBp: 10_000}},
		})
	}
	m.Must(m.owner, &subnettypes.MsgStartSubnet{Owner: m.owner.String(), Netuid: 1})
	m.NextBlock()
	return m
}

// benchmarkBy proposes the default benchmark for a subnet.
func benchmarkBy(t testing.TB, owner apptest.Account, netuid uint32) *subnettypes.MsgProposeBenchmark {
	t.Helper()
	parsed, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	bz, err := spec.Encode(parsed)
	require.NoError(t, err)
	digest := sha256.Sum256(bz)
	return &subnettypes.MsgProposeBenchmark{Owner: owner.String(), Netuid: netuid, Spec: bz, Digest: digest[:]}
}

func minerName(i int) string { return "miner-" + string(rune('a'+i)) }

func (m *market) epoch() subnettypes.QueryEpochResponse {
	m.t.Helper()
	var res subnettypes.QueryEpochResponse
	require.NoError(m.t, m.Query("/agora.subnet.v1.Query/Epoch", &subnettypes.QueryEpochRequest{Netuid: 1}, &res))
	return res
}

func (m *market) result() rewardstypes.EpochResult {
	m.t.Helper()
	var res rewardstypes.QueryEpochResultResponse
	require.NoError(m.t, m.Query("/agora.rewards.v1.Query/EpochResult", &rewardstypes.QueryEpochResultRequest{Netuid: 1}, &res))
	require.Len(m.t, res.Results, 1)
	return res.Results[0]
}

func (m *market) broken() []string {
	m.t.Helper()
	var res rewardstypes.QueryInvariantsResponse
	require.NoError(m.t, m.Query("/agora.rewards.v1.Query/Invariants", &rewardstypes.QueryInvariantsRequest{}, &res))
	return res.Broken
}

// score runs one whole epoch: every hotkey reveals what it committed in the last one and commits
// weights (by miner) for this one, its fees paid by its operator.
func (m *market) score(weights []uint32, absent ...int) {
	m.t.Helper()
	if m.Height >= m.epoch().RevealUntil { // the window is closed: begin with the next epoch
		m.finishEpoch()
	}
	epoch := m.epoch().Epoch
	skip := map[int]bool{}
	for _, i := range absent {
		skip[i] = true
	}
	var reveals, commits [][]byte
	for i, hotkey := range m.hotkeys {
		if skip[i] {
			delete(m.sealed, hotkey.Name)
			continue
		}
		payer := apptest.PaidBy(m.Operators[i])
		if last, ok := m.sealed[hotkey.Name]; ok && last.Epoch+1 == epoch.Index {
			reveals = append(reveals, m.Sign(hotkey, []sdk.Msg{last}, payer))
		}
	}
	m.MustAll(reveals...)
	for i, hotkey := range m.hotkeys {
		if skip[i] {
			continue
		}
		reveal := &subnettypes.MsgRevealScores{
			Hotkey: hotkey.String(), Netuid: 1, Epoch: epoch.Index, BenchmarkVersion: epoch.Version(0),
			EvidenceRoot: make([]byte, 32), Items: 16, Salt: []byte("sixteen bytes or more " + hotkey.Name),
		}
		for j, weight := range weights {
			if weight > 0 {
				reveal.MinerIds = append(reveal.MinerIds, uint64(j+1))
				reveal.Weights = append(reveal.Weights, weight)
			}
		}
		hash, err := scorehash.Hash(scorehash.Row{
			ChainID: apptest.ChainID, Netuid: 1, BenchmarkVersion: reveal.BenchmarkVersion, Epoch: reveal.Epoch,
			Hotkey: hotkey.Addr, MinerIDs: reveal.MinerIds, Weights: reveal.Weights,
			EvidenceRoot: reveal.EvidenceRoot, Items: reveal.Items, Salt: reveal.Salt,
		})
		require.NoError(m.t, err)
		m.sealed[hotkey.Name] = reveal
		commits = append(commits, m.Sign(hotkey, []sdk.Msg{&subnettypes.MsgCommitScores{
			Hotkey: hotkey.String(), Netuid: 1, Epoch: epoch.Index, BenchmarkVersion: epoch.Version(0), Hash: hash[:],
		}}, apptest.PaidBy(m.Operators[i])))
	}
	m.MustAll(commits...)
	m.finishEpoch()
	require.Empty(m.t, m.broken(), "every coin is accounted for after epoch %d", epoch.Index)
}

func (m *market) finishEpoch() {
	m.t.Helper()
	for index := m.epoch().Epoch.Index; m.epoch().Epoch.Index == index; {
		m.NextBlock()
	}
}

func TestScoresThatWereCommittedAndRevealedBecomeCoins(t *testing.T) {
	m := newMarket(t, 3, actAtOnce)
	m.score([]uint32{60_000, 20_000, 0})
	m.score([]uint32{60_000, 20_000, 0})
	m.score([]uint32{60_000, 20_000, 0})

	result := m.result()
	require.Equal(t, []uint64{1, 2, 3}, result.MinerIds)
	require.InDelta(t, 750_000_000, float64(result.Incentives[0]), 10)
	require.InDelta(t, 250_000_000, float64(result.Incentives[1]), 10)
	require.Zero(t, result.Incentives[2])
	require.Equal(t, result.Pending, result.OwnerAmount+result.MinerAmount+result.ValidatorAmount+result.Burned+result.Carried,
		"an epoch pays exactly what was pending")
	require.InEpsilon(t, 0.41*float64(result.Pending), float64(result.MinerAmount), 1e-6)
	require.InEpsilon(t, 0.41*float64(result.Pending), float64(result.ValidatorAmount), 1e-6)
	require.InEpsilon(t, 0.18*float64(result.Pending), float64(result.OwnerAmount), 1e-6)

	t.Run("a miner's owner claims what accrued", func(t *testing.T) {
		var accrued rewardstypes.QueryAccruedResponse
		miner := m.miners[0]
		require.NoError(t, m.Query("/agora.rewards.v1.Query/Accrued", &rewardstypes.QueryAccruedRequest{Owner: miner.String()}, &accrued))
		require.Len(t, accrued.Accrued, 1)
		before := m.Balance(miner.Addr)
		res := m.Must(miner, &rewardstypes.MsgClaim{Owner: miner.String(), Netuids: []uint32{1}})
		var claimed rewardstypes.MsgClaimResponse
		m.Response(res, &claimed)
		require.Equal(t, accrued.Accrued[0].Amount.Amount, claimed.Amount.Amount)
		require.Greater(t, m.Balance(miner.Addr), before)
		_, err := m.Try(miner, &rewardstypes.MsgClaim{Owner: miner.String(), Netuids: []uint32{1}})
		require.Error(t, err, "nothing is left to claim")
	})
	t.Run("a miner without incentive has nothing to claim", func(t *testing.T) {
		_, err := m.Try(m.miners[2], &rewardstypes.MsgClaim{Owner: m.miners[2].String(), Netuids: []uint32{1}})
		require.Error(t, err)
	})
	t.Run("an operator withdraws dividends through x/distribution", func(t *testing.T) {
		operator := m.Operators[0]
		before := m.Balance(operator.Addr)
		m.Must(operator, &distrtypes.MsgWithdrawDelegatorReward{
			DelegatorAddress: operator.String(), ValidatorAddress: operator.ValAddress().String(),
		})
		require.Greater(t, m.Balance(operator.Addr), before+int64(result.ValidatorAmount)/4)
	})
	t.Run("a delegator shares in its validator's later dividends", func(t *testing.T) {
		delegator := m.Account("delegator")
		m.Must(delegator, stakingtypes.NewMsgDelegate(delegator.String(), m.Operators[1].ValAddress().String(),
			sdk.NewCoin(chaincfg.Denom, math.NewInt(500_000_000_000))))
		m.score([]uint32{60_000, 20_000, 0})
		m.score([]uint32{60_000, 20_000, 0})
		before := m.Balance(delegator.Addr)
		m.Must(delegator, &distrtypes.MsgWithdrawDelegatorReward{
			DelegatorAddress: delegator.String(), ValidatorAddress: m.Operators[1].ValAddress().String(),
		})
		require.Greater(t, m.Balance(delegator.Addr), before)
	})
}

func TestAMinerThatStopsAnsweringLosesItsIncentiveAndTheOthersAbsorbIt(t *testing.T) {
	m := newMarket(t, 2)
	for range 3 {
		m.score([]uint32{60_000, 20_000})
	}
	require.NotZero(t, m.result().Incentives[0])
	m.score([]uint32{0, 20_000}) // committed now, opened and paid on in the next epoch
	m.score([]uint32{0, 20_000})
	require.Zero(t, m.result().Incentives[0])
	require.EqualValues(t, 1_000_000_000, m.result().Incentives[1])
}

func TestAValidatorThatStopsShowsAsMissedAndTheOthersCarryOn(t *testing.T) {
	m := newMarket(t, 2)
	for range 2 {
		m.score([]uint32{60_000, 20_000})
	}
	for range 4 {
		m.score([]uint32{60_000, 20_000}, 2)
	}
	result := m.result()
	require.InDelta(t, 750_000_000, float64(result.Incentives[0]), 10)
	var records subnettypes.QueryScoringRecordsResponse
	require.NoError(t, m.Query("/agora.subnet.v1.Query/ScoringRecords", &subnettypes.QueryScoringRecordsRequest{Netuid: 1}, &records))
	missed := map[string]uint64{}
	for _, record := range records.Records {
		missed[record.Hotkey] = record.MissedCommits
	}
	require.Zero(t, missed[m.hotkeys[0].String()])
	require.GreaterOrEqual(t, missed[m.hotkeys[2].String()], uint64(3))
	for _, validator := range result.Validators {
		if validator.Hotkey == m.hotkeys[2].String() {
			require.False(t, validator.Revealed)
		}
	}
}

func TestASubnetWithoutVotesMintsNothing(t *testing.T) {
	m := newMarket(t, 1, actAtOnce)
	for _, operator := range m.Operators {
		m.Must(operator, &rewardstypes.MsgVoteEmissions{Voter: operator.String()})
	}
	m.score([]uint32{1})
	m.score([]uint32{1})
	m.score([]uint32{1})
	require.Zero(t, m.result().Pending)
}
