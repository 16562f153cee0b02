package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/x/authz"
)

// RegisterInterfaces makes the module's messages known to the codec.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations(
		(*sdk.Msg)(nil),
		&MsgRegisterSubnet{},
		&MsgProposeBenchmark{},
		&MsgSetBenchmarkShares{},
		&MsgSetBenchmarkBounds{},
		&MsgTuneBenchmark{},
		&MsgStartSubnet{},
		&MsgRegisterMiner{},
		&MsgServe{},
		&MsgAppointHotkey{},
		&MsgSetBeaconKey{},
		&MsgUpdateSubnetIdentity{},
		&MsgUpdateSubnetParams{},
		&MsgOfferSubnet{},
		&MsgAcceptSubnet{},
		&MsgCloseSubnet{},
		&MsgWithdrawBenchmark{},
		&MsgDeregisterMiner{},
		&MsgRotateHotkey{},
		&MsgCommitModel{},
		&MsgBondMiner{},
		&MsgUnbondMiner{},
		&MsgCommitScores{},
		&MsgRevealScores{},
		&MsgSetScores{},
		&MsgPauseSubnet{},
		&MsgResumeSubnet{},
		&MsgUpdateParams{},
	)
	registry.RegisterImplementations((*authz.Authorization)(nil), &TuneBenchmarkAuthorization{})
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec gives the messages the names under which hardware wallets show them.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgRegisterSubnet{}, "agora/MsgRegisterSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgProposeBenchmark{}, "agora/MsgProposeBenchmark")
	legacy.RegisterAminoMsg(cdc, &MsgSetBenchmarkShares{}, "agora/MsgSetBenchmarkShares")
	legacy.RegisterAminoMsg(cdc, &MsgSetBenchmarkBounds{}, "agora/MsgSetBenchmarkBounds")
	legacy.RegisterAminoMsg(cdc, &MsgTuneBenchmark{}, "agora/MsgTuneBenchmark")
	legacy.RegisterAminoMsg(cdc, &MsgStartSubnet{}, "agora/MsgStartSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterMiner{}, "agora/MsgRegisterMiner")
	legacy.RegisterAminoMsg(cdc, &MsgServe{}, "agora/MsgServe")
	legacy.RegisterAminoMsg(cdc, &MsgAppointHotkey{}, "agora/MsgAppointHotkey")
	legacy.RegisterAminoMsg(cdc, &MsgSetBeaconKey{}, "agora/MsgSetBeaconKey")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateSubnetIdentity{}, "agora/MsgUpdateSubnetIdentity")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateSubnetParams{}, "agora/MsgUpdateSubnetParams")
	legacy.RegisterAminoMsg(cdc, &MsgOfferSubnet{}, "agora/MsgOfferSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgAcceptSubnet{}, "agora/MsgAcceptSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgCloseSubnet{}, "agora/MsgCloseSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgWithdrawBenchmark{}, "agora/MsgWithdrawBenchmark")
	legacy.RegisterAminoMsg(cdc, &MsgDeregisterMiner{}, "agora/MsgDeregisterMiner")
	legacy.RegisterAminoMsg(cdc, &MsgRotateHotkey{}, "agora/MsgRotateHotkey")
	legacy.RegisterAminoMsg(cdc, &MsgCommitModel{}, "agora/MsgCommitModel")
	legacy.RegisterAminoMsg(cdc, &MsgBondMiner{}, "agora/MsgBondMiner")
	legacy.RegisterAminoMsg(cdc, &MsgUnbondMiner{}, "agora/MsgUnbondMiner")
	legacy.RegisterAminoMsg(cdc, &MsgCommitScores{}, "agora/MsgCommitScores")
	legacy.RegisterAminoMsg(cdc, &MsgRevealScores{}, "agora/MsgRevealScores")
	legacy.RegisterAminoMsg(cdc, &MsgSetScores{}, "agora/MsgSetScores")
	legacy.RegisterAminoMsg(cdc, &MsgPauseSubnet{}, "agora/x/subnet/MsgPauseSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgResumeSubnet{}, "agora/x/subnet/MsgResumeSubnet")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "agora/x/subnet/MsgUpdateParams")
	cdc.RegisterConcrete(&TuneBenchmarkAuthorization{}, "agora/TuneBenchmarkAuthorization", nil)
	cdc.RegisterConcrete(&Params{}, "agora/x/subnet/Params", nil)
}
