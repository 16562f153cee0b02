package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestAHotkeyWithoutACoinCommitsAndRevealsByAFeeGrant(t *testing.T) {
	m := newMarket(t, 2)
	hotkey, payer := m.hotkeys[0], m.Operators[0]
	epoch := m.epoch().Epoch
	commit, reveal := sealedRow(t, hotkey, epoch.Index, 2)
	before := m.Balance(payer.Addr)
	m.Must(hotkey, commit, apptest.PaidBy(payer))
	m.Blocks(epoch.EndHeight - m.Height + 1)
	m.Must(hotkey, reveal, apptest.PaidBy(payer))
	require.Zero(t, m.Balance(hotkey.Addr), "the hotkey never had a coin")
	require.Less(t, m.Balance(payer.Addr), before, "the operator paid the fees")

	var response subnettypes.QueryCommitResponse
	require.NoError(t, m.Query("/agora.subnet.v1.Query/Commit", &subnettypes.QueryCommitRequest{Netuid: 1, Epoch: epoch.Index, Hotkey: hotkey.String()}, &response))
	require.True(t, response.Commit.Revealed)
}

func TestAHotkeyCanDoNothingElseForItsValidator(t *testing.T) {
	m := newMarket(t, 2)
	hotkey, operator := m.hotkeys[0], m.Operators[0]
	for _, msg := range []sdk.Msg{
		&subnettypes.MsgAppointHotkey{Operator: hotkey.String(), Netuid: 1, Hotkey: apptest.NewAccount("another").String(), ShareBp: 10_000},
		&subnettypes.MsgSetBeaconKey{Operator: hotkey.String()},
	} {
		_, err := m.Try(hotkey, msg, apptest.PaidBy(operator))
		require.ErrorIs(t, err, subnettypes.ErrNotValidatorOperator, "%T", msg)
	}
	t.Run("what needs the operator is refused when the hotkey asks for itself", func(t *testing.T) {
		for name, msg := range map[string]sdk.Msg{
			"editing the validator":   stakingtypes.NewMsgEditValidator(sdk.ValAddress(hotkey.Addr).String(), stakingtypes.Description{Moniker: "mine"}, nil, nil),
			"voting on emission":      &rewardstypes.MsgVoteEmissions{Voter: hotkey.String(), Weights: []rewardstypes.VoteWeight{{Netuid: 1, WeightBp: 10_000}}},
			"sending coins":           banktypes.NewMsgSend(hotkey.Addr, m.owner.Addr, coinsOf(1)),
			"undelegating the stake":  stakingtypes.NewMsgUndelegate(hotkey.String(), operator.ValAddress().String(), coinsOf(1)[0]),
			"registering as a miner":  &subnettypes.MsgRegisterMiner{Owner: hotkey.String(), Netuid: 1, Hotkey: hotkey.String()},
			"changing the subnet":     &subnettypes.MsgUpdateSubnetParams{Signer: hotkey.String(), Netuid: 1, Fields: []string{"tempo"}, Params: subnettypes.SubnetParams{Tempo: 20}},
			"pausing the subnet":      &subnettypes.MsgPauseSubnet{Authority: hotkey.String(), Netuid: 1, Reason: "why not"},
			"claiming miners' pay":    &rewardstypes.MsgClaim{Owner: hotkey.String(), Netuids: []uint32{1}},
			"voting on a proposal":    govtypes.NewMsgVote(hotkey.Addr, 1, govtypes.OptionYes, ""),
			"rotating a miner's keys": &subnettypes.MsgRotateHotkey{Owner: hotkey.String(), Netuid: 1, MinerId: 1, Hotkey: hotkey.String()},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := m.Try(hotkey, msg, apptest.PaidBy(operator))
				require.Error(t, err)
			})
		}
	})
	t.Run("and what names the operator does not take the hotkey's signature", func(t *testing.T) {
		for name, msg := range map[string]sdk.Msg{
			"appointing a hotkey":    &subnettypes.MsgAppointHotkey{Operator: operator.String(), Netuid: 1, Hotkey: apptest.NewAccount("another").String(), ShareBp: 1},
			"setting the beacon key": &subnettypes.MsgSetBeaconKey{Operator: operator.String()},
			"sending coins":          banktypes.NewMsgSend(operator.Addr, hotkey.Addr, coinsOf(1)),
			"undelegating the stake": stakingtypes.NewMsgUndelegate(operator.String(), operator.ValAddress().String(), coinsOf(1)[0]),
			"voting on emission":     &rewardstypes.MsgVoteEmissions{Voter: operator.String()},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := m.Try(hotkey, msg)
				require.ErrorIs(t, err, sdkerrors.ErrInvalidPubKey)
			})
		}
	})
	require.Zero(t, m.Balance(hotkey.Addr))
}

func coinsOf(uagora int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, uagora)) }
