package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to the codec.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations(
		(*sdk.Msg)(nil),
		&MsgRegisterSubnet{},
		&MsgProposeBenchmark{},
		&MsgStartSubnet{},
		&MsgRegisterMiner{},
		&MsgServe{},
		&MsgAppointHotkey{},
		&MsgCommitScores{},
		&MsgRevealScores{},
		&MsgPauseSubnet{},
		&MsgResumeSubnet{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec gives the messages the names under which hardware wallets show them.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgRegisterSubnet{}, "agora/MsgRegisterSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgProposeBenchmark{}, "agora/MsgProposeBenchmark")
	legacy.RegisterAminoMsg(cdc, &MsgStartSubnet{}, "agora/MsgStartSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterMiner{}, "agora/MsgRegisterMiner")
	legacy.RegisterAminoMsg(cdc, &MsgServe{}, "agora/MsgServe")
	legacy.RegisterAminoMsg(cdc, &MsgAppointHotkey{}, "agora/MsgAppointHotkey")
	legacy.RegisterAminoMsg(cdc, &MsgCommitScores{}, "agora/MsgCommitScores")
	legacy.RegisterAminoMsg(cdc, &MsgRevealScores{}, "agora/MsgRevealScores")
	legacy.RegisterAminoMsg(cdc, &MsgPauseSubnet{}, "agora/x/subnet/MsgPauseSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgResumeSubnet{}, "agora/x/subnet/MsgResumeSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "agora/x/subnet/MsgUpdateParams")
	cdc.RegisterConcrete(&Params{}, "agora/x/subnet/Params", nil)
}
