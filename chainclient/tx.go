package chainclient

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	sdkmath "cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// draft is a transaction before it is signed.
type draft struct {
	messages []sdk.Msg
	memo     string
	gas      uint64
	fee      *big.Int
	feeDenom string
	granter  string
	// timeout makes the transaction unordered; zero for an ordered one.
	timeout time.Time
	// sequence of an ordered transaction.
	sequence uint64
}

// signedTx is a transaction as it is sent.
type signedTx struct {
	bytes []byte
	hash  [sha256.Size]byte
}

func (t signedTx) hashText() string { return strings.ToUpper(hex.EncodeToString(t.hash[:])) }

// sign encodes and signs in SIGN_MODE_DIRECT. With a nil key the signature stays empty, which is enough to simulate.
func (d draft) sign(key *Key, public *codectypes.Any, chainID string, accountNumber uint64, simulate bool) (signedTx, error) {
	body := txtypes.TxBody{Memo: d.memo}
	if len(d.messages) == 0 {
		return signedTx{}, errors.New("transaction without messages")
	}
	for _, message := range d.messages {
		packed, err := codectypes.NewAnyWithValue(message)
		if err != nil {
			return signedTx{}, fmt.Errorf("encode %T: %w", message, err)
		}
		body.Messages = append(body.Messages, packed)
	}
	if !d.timeout.IsZero() {
		timeout := d.timeout
		body.Unordered, body.TimeoutTimestamp = true, &timeout
	}
	fee := txtypes.Fee{GasLimit: d.gas, Granter: d.granter}
	if d.fee != nil && d.fee.Sign() > 0 {
		fee.Amount = sdk.Coins{{Denom: d.feeDenom, Amount: sdkmath.NewIntFromBigInt(d.fee)}}
	}
	auth := txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: public,
			ModeInfo: &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{
				Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT},
			}},
			Sequence: d.sequence,
		}},
		Fee: &fee,
	}
	bodyBytes, err := body.Marshal()
	if err != nil {
		return signedTx{}, fmt.Errorf("encode transaction body: %w", err)
	}
	authBytes, err := auth.Marshal()
	if err != nil {
		return signedTx{}, fmt.Errorf("encode transaction fee and signer: %w", err)
	}
	raw := txtypes.TxRaw{BodyBytes: bodyBytes, AuthInfoBytes: authBytes, Signatures: [][]byte{{}}}
	if !simulate {
		document := txtypes.SignDoc{BodyBytes: bodyBytes, AuthInfoBytes: authBytes, ChainId: chainID, AccountNumber: accountNumber}
		signBytes, err := document.Marshal()
		if err != nil {
			return signedTx{}, fmt.Errorf("encode sign bytes: %w", err)
		}
		if raw.Signatures[0], err = key.Sign(signBytes); err != nil {
			return signedTx{}, fmt.Errorf("sign as %s: %w", key.Address(), err)
		}
	}
	encoded, err := raw.Marshal()
	if err != nil {
		return signedTx{}, fmt.Errorf("encode transaction: %w", err)
	}
	return signedTx{bytes: encoded, hash: sha256.Sum256(encoded)}, nil
}

// TxResult is a transaction that succeeded in a block.
type TxResult struct {
	// Hash in upper-case hexadecimal.
	Hash string
	// Height of the block.
	Height int64
	// GasUsed by the transaction.
	GasUsed int64
	data    []byte
}

// Response decodes the response to the message at index into target, a generated response type.
func (r TxResult) Response(index int, target interface{ Unmarshal([]byte) error }) error {
	var data sdk.TxMsgData
	if err := data.Unmarshal(r.data); err != nil {
		return fmt.Errorf("responses of transaction %s: %w", r.Hash, err)
	}
	if index < 0 || index >= len(data.MsgResponses) {
		return fmt.Errorf("transaction %s has %d responses, asked was for index %d", r.Hash, len(data.MsgResponses), index)
	}
	return target.Unmarshal(data.MsgResponses[index].Value)
}
