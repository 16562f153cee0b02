package chainclient

import (
	"errors"
	"fmt"
	"strings"
)

// The conditions that an operator can do something about. Every error of this package that is one of them wraps it.
var (
	// ErrUnreachable: no endpoint answered.
	ErrUnreachable = errors.New("no chain endpoint can be used")
	// ErrWrongChain: the endpoint serves another chain than the configured one.
	ErrWrongChain = errors.New("endpoint is on another chain")
	// ErrCatchingUp: the node is still replaying blocks, so its state is old.
	ErrCatchingUp = errors.New("node is catching up")
	// ErrBehind: the node's height is behind what this client has already seen.
	ErrBehind = errors.New("node is behind")
	// ErrHeight: the state at the requested height is not there (not yet, or pruned).
	ErrHeight = errors.New("no state at this height")
	// ErrNotFound: the chain has no such object.
	ErrNotFound = errors.New("not found on the chain")
	// ErrNoAccount: the address has no account on the chain, so it cannot sign transactions.
	ErrNoAccount = errors.New("no account on the chain")
	// ErrBalance: the fee payer cannot pay.
	ErrBalance = errors.New("balance too low")
	// ErrFeeTooLow: the node wants a higher fee.
	ErrFeeTooLow = errors.New("fee too low")
	// ErrFeeGrant: the fee granter gives no allowance that covers the transaction.
	ErrFeeGrant = errors.New("no fee grant")
	// ErrExpired: an unordered transaction was not included before its timeout and can never be. Sending anew is safe.
	ErrExpired = errors.New("transaction expired")
	// ErrUncertain: the transaction was handed to a node, but its fate is not known. It may still be included.
	ErrUncertain = errors.New("transaction outcome unknown")
	// ErrKeyMissing: the keyring has no such key.
	ErrKeyMissing = errors.New("key not found in the keyring")
)

// codespaceSDK is the codespace of the errors that the SDK itself registers.
const codespaceSDK = "sdk"

// Codes of the SDK's registered errors that mean something to a client. They are part of its public interface.
const (
	codeUnauthorized      = 4
	codeInsufficientFunds = 5
	codeUnknownAddress    = 9
	codeInsufficientFee   = 13
	codeTxInMempoolCache  = 19
	codeMempoolFull       = 20
	codeKeyNotFound       = 22
	codeInvalidHeight     = 26
	codeWrongSequence     = 32
)

// RegisteredError is the identity of an error registered by a module, as *errors.Error of cosmossdk.io/errors has it.
type RegisteredError interface {
	error
	Codespace() string
	ABCICode() uint32
}

// TxError is a transaction that the chain refused. It wraps one of the package's conditions where one applies.
type TxError struct {
	// Codespace and Code identify the registered error.
	Codespace string
	Code      uint32
	// Log is the chain's message.
	Log string
	// Hash of the transaction in upper-case hexadecimal; empty when it was refused in simulation.
	Hash string
	// Height of the block that includes the failed transaction; 0 when it was refused before inclusion.
	Height int64
}

// Error says where the transaction was refused, why, and what to do where that is known.
func (e *TxError) Error() string {
	where := "refused by the node"
	switch {
	case e.Height > 0:
		where = fmt.Sprintf("failed in block %d", e.Height)
	case e.Hash == "":
		where = "refused in simulation"
	}
	text := fmt.Sprintf("transaction %s: %s (%s/%d)", where, strings.TrimSpace(e.Log), e.Codespace, e.Code)
	if hint := hints[e.Unwrap()]; hint != "" {
		text += "; " + hint
	}
	return text
}

// hints say what an operator can do about a condition.
var hints = map[error]string{
	ErrBalance:   "send uagora to the fee payer, or have somebody grant it fees (agorad tx feegrant grant) and set the fee granter",
	ErrFeeTooLow: "raise the gas price in the configuration",
	ErrFeeGrant:  "renew the grant (agorad tx feegrant grant) or remove the fee granter from the configuration",
	ErrNoAccount: "send it uagora or grant it fees once, so that the account exists",
}

// Unwrap names the condition, or nil.
func (e *TxError) Unwrap() error {
	switch {
	case e.Codespace == "feegrant":
		return ErrFeeGrant
	case e.Codespace == codespaceSDK && e.Code == codeUnauthorized && strings.Contains(e.Log, "fee-grant not found"),
		e.Codespace == codespaceSDK && e.Code == codeKeyNotFound && strings.Contains(e.Log, "fee-grant"):
		return ErrFeeGrant
	case e.Codespace == codespaceSDK && e.Code == codeInsufficientFunds:
		return ErrBalance
	case e.Codespace == codespaceSDK && e.Code == codeInsufficientFee:
		return ErrFeeTooLow
	case e.Codespace == codespaceSDK && e.Code == codeUnknownAddress:
		return ErrNoAccount
	default:
		return nil
	}
}

// QueryError is a query that the chain refused.
type QueryError struct {
	// Path of the query.
	Path string
	// Codespace and Code identify the registered error.
	Codespace string
	Code      uint32
	// Log is the chain's message.
	Log string
}

// Error says which query failed and why.
func (e *QueryError) Error() string {
	return fmt.Sprintf("query %s: %s (%s/%d)", e.Path, strings.TrimSpace(e.Log), e.Codespace, e.Code)
}

// Unwrap names the condition, or nil.
func (e *QueryError) Unwrap() error {
	switch {
	case e.Codespace == codespaceSDK && e.Code == codeKeyNotFound:
		return ErrNotFound
	case e.Codespace == codespaceSDK && e.Code == codeInvalidHeight,
		strings.Contains(e.Log, "height in the future"),
		strings.Contains(e.Log, "failed to load state at height"):
		return ErrHeight
	default:
		return nil
	}
}

// IsCode reports whether err is a refusal, of a transaction or a query, with the code of a module's registered error.
func IsCode(err error, registered RegisteredError) bool {
	if txErr, ok := errors.AsType[*TxError](err); ok {
		return txErr.Codespace == registered.Codespace() && txErr.Code == registered.ABCICode()
	}
	if queryErr, ok := errors.AsType[*QueryError](err); ok {
		return queryErr.Codespace == registered.Codespace() && queryErr.Code == registered.ABCICode()
	}
	return false
}

// IsRefusal reports whether the chain itself refused a transaction, as opposed to not having been reached: sending the
// same messages again at once would be refused again.
func IsRefusal(err error) bool {
	txErr, ok := errors.AsType[*TxError](err)
	return ok && (txErr.Codespace != codespaceSDK || txErr.Code != codeMempoolFull)
}
