// Package chaincfg holds what every Agora program must agree on before it reads an address or a coin:
// the denomination and the bech32 prefixes. Importing it sets the SDK's global configuration once.
package chaincfg

import sdk "github.com/cosmos/cosmos-sdk/types"

const (
	// Denom is the base denomination; 1 AGORA = 1,000,000 uagora.
	Denom = "uagora"
	// DisplayDenom is what people read.
	DisplayDenom = "AGORA"
	// DenomExponent is the number of decimals between Denom and DisplayDenom.
	DenomExponent = 6
	// Bech32Prefix begins every account address.
	Bech32Prefix = "agora"
	// CoinType is the BIP-44 coin type of derived keys, the one every Cosmos wallet knows.
	CoinType = 118
)

func init() {
	sdk.DefaultBondDenom = Denom
	config := sdk.GetConfig()
	config.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+sdk.PrefixPublic)
	config.SetBech32PrefixForValidator(Bech32Prefix+sdk.PrefixValidator+sdk.PrefixOperator, Bech32Prefix+sdk.PrefixValidator+sdk.PrefixOperator+sdk.PrefixPublic)
	config.SetBech32PrefixForConsensusNode(Bech32Prefix+sdk.PrefixValidator+sdk.PrefixConsensus, Bech32Prefix+sdk.PrefixValidator+sdk.PrefixConsensus+sdk.PrefixPublic)
	config.SetCoinType(CoinType)
	config.Seal()
}
