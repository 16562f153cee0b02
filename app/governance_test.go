package app_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

var governance = authtypes.NewModuleAddress(govtypes.ModuleName).String()

// quickVotes lets a proposal be decided within a few blocks.
func quickVotes(cdc apptest.Codec, state map[string]json.RawMessage) {
	var gov govv1.GenesisState
	cdc.MustUnmarshalJSON(state[govtypes.ModuleName], &gov)
	period, expedited := 3*apptest.BlockTime, 2*apptest.BlockTime
	gov.Params.VotingPeriod, gov.Params.ExpeditedVotingPeriod = &period, &expedited
	state[govtypes.ModuleName] = cdc.MustMarshalJSON(&gov)
}

// actAtOnce lets emission votes act without smoothing.
func actAtOnce(cdc apptest.Codec, state map[string]json.RawMessage) {
	var rewards rewardstypes.GenesisState
	cdc.MustUnmarshalJSON(state[rewardstypes.ModuleName], &rewards)
	rewards.Params.TallyHalfLife = 0
	state[rewardstypes.ModuleName] = cdc.MustMarshalJSON(&rewards)
}

// decide brings messages through x/gov: proposed by one operator, voted for by all.
func (m *market) decide(msgs ...sdk.Msg) {
	m.t.Helper()
	var params govv1.QueryParamsResponse
	require.NoError(m.t, m.Query("/cosmos.gov.v1.Query/Params", &govv1.QueryParamsRequest{}, &params))
	proposal, err := govv1.NewMsgSubmitProposal(msgs, params.Params.MinDeposit, m.Operators[0].String(), "", "a decision", "of the holders", false)
	require.NoError(m.t, err)
	var submitted govv1.MsgSubmitProposalResponse
	m.Response(m.Must(m.Operators[0], proposal), &submitted)
	var votes [][]byte
	for _, operator := range m.Operators {
		votes = append(votes, m.Sign(operator, []sdk.Msg{govv1.NewMsgVote(operator.Addr, submitted.ProposalId, govv1.OptionYes, "")}))
	}
	m.MustAll(votes...)
	m.Blocks(int64(*params.Params.VotingPeriod/apptest.BlockTime) + int64(time.Second/apptest.BlockTime))
	var decided govv1.QueryProposalResponse
	require.NoError(m.t, m.Query("/cosmos.gov.v1.Query/Proposal", &govv1.QueryProposalRequest{ProposalId: submitted.ProposalId}, &decided))
	require.Equal(m.t, govv1.StatusPassed, decided.Proposal.Status, decided.Proposal.FailedReason)
}

func (m *market) pending() int64 {
	m.t.Helper()
	var res rewardstypes.QueryPendingResponse
	require.NoError(m.t, m.Query("/agora.rewards.v1.Query/Pending", &rewardstypes.QueryPendingRequest{Netuid: 1}, &res))
	return res.Amount.Amount.Int64()
}

func TestGovernanceSetsTheParametersOfTheEconomy(t *testing.T) {
	m := newMarket(t, 1, quickVotes, actAtOnce)
	var old rewardstypes.QueryParamsResponse
	require.NoError(t, m.Query("/agora.rewards.v1.Query/Params", &rewardstypes.QueryParamsRequest{}, &old))
	halved := old.Params
	halved.InitialBlockEmission /= 2
	halved.OwnerBp, halved.MinerBp = 0, 5_900

	m.decide(&rewardstypes.MsgUpdateParams{Authority: governance, Params: halved})
	before := m.pending()
	m.NextBlock()
	require.Equal(t, int64(halved.InitialBlockEmission)*9/10, m.pending()-before, "all stake votes for the subnet: it gets what consensus does not")

	_, err := m.Try(m.owner, &rewardstypes.MsgUpdateParams{Authority: m.owner.String(), Params: old.Params})
	require.ErrorIs(t, err, rewardstypes.ErrNotAuthority)
}

func TestAPausedSubnetAccruesNothingAndEverybodyCanWithdraw(t *testing.T) {
	m := newMarket(t, 2, quickVotes, actAtOnce)
	for range 3 {
		m.score([]uint32{60_000, 20_000})
	}
	paid := m.result()
	m.decide(&subnettypes.MsgPauseSubnet{Authority: governance, Netuid: 1, Reason: "its benchmark leaked"})

	waiting, epoch := m.pending(), m.result().Epoch
	m.Blocks(3 * tempo)
	require.Equal(t, waiting, m.pending(), "no emission for a paused subnet")
	require.Equal(t, epoch, m.result().Epoch, "no epoch of a paused subnet closes")
	require.Empty(t, m.broken())

	t.Run("a miner claims what it accrued", func(t *testing.T) {
		before := m.Balance(m.miners[0].Addr)
		m.Must(m.miners[0], &rewardstypes.MsgClaim{Owner: m.miners[0].String(), Netuids: []uint32{1}})
		require.Greater(t, m.Balance(m.miners[0].Addr)-before, int64(paid.Amounts[0])/2)
	})
	t.Run("a validator withdraws its dividends and takes its stake back", func(t *testing.T) {
		operator := m.Operators[0]
		m.Must(operator, &distrtypes.MsgWithdrawDelegatorReward{DelegatorAddress: operator.String(), ValidatorAddress: operator.ValAddress().String()})
		m.Must(operator, &distrtypes.MsgWithdrawValidatorCommission{ValidatorAddress: operator.ValAddress().String()})
		m.Must(operator, stakingtypes.NewMsgUndelegate(operator.String(), operator.ValAddress().String(), sdk.NewCoin(chaincfg.Denom, math.NewInt(1_000_000))))
	})
	t.Run("nobody enters it, and no scores are taken", func(t *testing.T) {
		delegator := m.Account("delegator")
		_, err := m.Try(delegator, &subnettypes.MsgRegisterMiner{Owner: delegator.String(), Netuid: 1, Hotkey: apptest.NewAccount("hot delegator").String()})
		require.ErrorIs(t, err, subnettypes.ErrSubnetPaused)
		_, err = m.Try(m.hotkeys[0], &subnettypes.MsgCommitScores{
			Hotkey: m.hotkeys[0].String(), Netuid: 1, Epoch: m.sealed[m.hotkeys[0].Name].Epoch + 1, BenchmarkVersion: 1, Hash: make([]byte, 32),
		}, apptest.PaidBy(m.Operators[0]))
		require.ErrorIs(t, err, subnettypes.ErrSubnetPaused)
	})
	t.Run("it goes on when governance resumes it, and pays what waited", func(t *testing.T) {
		m.decide(&subnettypes.MsgResumeSubnet{Authority: governance, Netuid: 1})
		for range 3 {
			m.score([]uint32{60_000, 20_000})
		}
		result := m.result()
		require.Greater(t, result.Epoch, epoch)
		require.InDelta(t, 750_000_000, float64(result.Incentives[0]), 10)
	})
}
