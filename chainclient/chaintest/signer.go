package chaintest

import (
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// signerOf is the address of the transaction's key.
func signerOf(tx Tx) string {
	if len(tx.Auth.SignerInfos) == 0 || tx.Auth.SignerInfos[0].PublicKey == nil {
		return ""
	}
	var public secp256k1.PubKey
	if err := public.Unmarshal(tx.Auth.SignerInfos[0].PublicKey.Value); err != nil || len(public.Key) != secp256k1.PubKeySize {
		return ""
	}
	address, err := bech32.ConvertAndEncode("agora", public.Address())
	if err != nil {
		return ""
	}
	return address
}
