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
		&MsgVoteEmissions{},
		&MsgClaim{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec gives the messages the names under which hardware wallets show them.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgVoteEmissions{}, "agora/MsgVoteEmissions")
	legacy.RegisterAminoMsg(cdc, &MsgClaim{}, "agora/MsgClaim")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "agora/x/rewards/MsgUpdateParams")
	cdc.RegisterConcrete(&Params{}, "agora/x/rewards/Params", nil)
}
