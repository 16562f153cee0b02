package main

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	sdkmath "cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/agora-network/agora/internal/chaincfg"
)

// hotkey is a validator's key, with what its transactions need.
type hotkey struct {
	private *secp256k1.PrivKey
	public  *codectypes.Any
	address sdk.AccAddress
	// node whose operator appointed it; it sends to that node.
	node int
	// granter pays its fees.
	granter string
	// number of its account.
	number uint64

	mu sync.Mutex // guards last
	// last timeout of a transaction.
	last time.Time
}

// newHotkey makes a key, always the same: a network that lasts for minutes has nothing to hide.
func newHotkey(node, i int) (*hotkey, error) {
	private := secp256k1.GenPrivKeyFromSecret(fmt.Appendf(nil, "load %d %d", node, i))
	public, err := codectypes.NewAnyWithValue(private.PubKey())
	return &hotkey{private: private, public: public, address: sdk.AccAddress(private.PubKey().Address()), node: node}, err
}

// nextTimeout is the timeout of a transaction that is sent now; it is unlike all others of the key.
func (k *hotkey) nextTimeout(now time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	timeout := now.UTC().Add(timeToLive)
	if !timeout.After(k.last) {
		timeout = k.last.Add(time.Nanosecond)
	}
	k.last = timeout
	return timeout
}

// addressFor is an address that nobody has the key of.
func addressFor(name string) sdk.AccAddress {
	digest := sha256.Sum256([]byte(name))
	return digest[:20]
}

// sign makes an unordered transaction of one message, as the validator program does. No two of a key may have the same
// timeout.
func (k *hotkey) sign(message sdk.Msg, gas uint64, timeout time.Time) ([]byte, error) {
	packed, err := codectypes.NewAnyWithValue(message)
	if err != nil {
		return nil, err
	}
	body := txtypes.TxBody{Messages: []*codectypes.Any{packed}, Unordered: true, TimeoutTimestamp: &timeout}
	auth := txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: k.public,
			ModeInfo: &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{
				Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT},
			}},
		}},
		Fee: &txtypes.Fee{GasLimit: gas, Granter: k.granter, Amount: feeFor(gas)},
	}
	document := txtypes.SignDoc{ChainId: chainID, AccountNumber: k.number}
	if document.BodyBytes, err = body.Marshal(); err != nil {
		return nil, err
	}
	if document.AuthInfoBytes, err = auth.Marshal(); err != nil {
		return nil, err
	}
	signBytes, err := document.Marshal()
	if err != nil {
		return nil, err
	}
	signature, err := k.private.Sign(signBytes)
	if err != nil {
		return nil, err
	}
	raw := txtypes.TxRaw{BodyBytes: document.BodyBytes, AuthInfoBytes: document.AuthInfoBytes, Signatures: [][]byte{signature}}
	return raw.Marshal()
}

// gasPerUagora is how much gas a uagora buys at minGasPrices.
const gasPerUagora = 1_000

// feeFor is what the nodes ask for an amount of gas.
func feeFor(gas uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(chaincfg.Denom, sdkmath.NewIntFromUint64(gas/gasPerUagora+1)))
}
