package types_test

import (
	"reflect"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// stateless are all messages that check themselves before a transaction enters the mempool.
func stateless() []sdk.HasValidateBasic {
	return []sdk.HasValidateBasic{
		&types.MsgRegisterSubnet{}, &types.MsgProposeBenchmark{}, &types.MsgWithdrawBenchmark{}, &types.MsgSetBenchmarkShares{},
		&types.MsgSetBenchmarkBounds{}, &types.MsgTuneBenchmark{}, &types.MsgUpdateSubnetIdentity{}, &types.MsgUpdateSubnetParams{},
		&types.MsgServe{}, &types.MsgCommitModel{}, &types.MsgAppointHotkey{}, &types.MsgSetBeaconKey{}, &types.MsgCommitScores{},
		&types.MsgRevealScores{}, &types.MsgSetScores{}, &types.MsgPauseSubnet{}, &types.MsgUpdateParams{},
	}
}

// Any bytes that decode as a message may come from the network.
func FuzzMessagesOfTheNetworkNeverPanic(f *testing.F) {
	for i, msg := range stateless() {
		raw, err := proto.Marshal(msg.(proto.Message))
		require.NoError(f, err)
		f.Add(uint8(i), raw)
	}
	step := &types.MsgSetBenchmarkShares{Steps: []types.ShareStep{{FromHeight: 1, SharesBp: []uint32{10_000}}}}
	raw, err := proto.Marshal(step)
	require.NoError(f, err)
	f.Add(uint8(3), raw)
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		known := stateless()
		msg := reflect.New(reflect.TypeOf(known[int(which)%len(known)]).Elem()).Interface().(sdk.HasValidateBasic)
		if proto.Unmarshal(raw, msg.(proto.Message)) != nil {
			return
		}
		first := msg.ValidateBasic()
		again := msg.ValidateBasic()
		require.Equal(t, first == nil, again == nil, "a check changes nothing")
	})
}

// A genesis file is written by people.
func FuzzAGenesisIsRefusedWithoutAPanic(f *testing.F) {
	valid := types.DefaultGenesis()
	valid.NextNetuid = 2
	valid.DepositHeight = 3
	valid.Subnets = []types.Subnet{{
		Netuid: 1, Owner: "owner", Status: types.SUBNET_STATUS_INACTIVE, Name: "n", Params: types.DefaultSubnetParams(), NextMinerId: 1,
		LatestVersions: []uint32{1}, ShareSteps: []types.ShareStep{{SharesBp: []uint32{10_000}}},
	}}
	require.NoError(f, valid.Validate())
	for _, state := range []*types.GenesisState{{}, types.DefaultGenesis(), valid} {
		raw, err := proto.Marshal(state)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var state types.GenesisState
		if proto.Unmarshal(raw, &state) == nil {
			_ = state.Validate() // whatever it says, it says it
		}
	})
}
