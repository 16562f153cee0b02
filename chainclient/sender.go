package chainclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Defaults of [SenderConfig].
const (
	// DefaultTTL is for how long an unordered transaction can be included.
	DefaultTTL = time.Minute
	// MaxTTL is the most that the chain allows.
	MaxTTL = 10 * time.Minute
	// DefaultGasAdjustmentPercent is applied to simulated gas: others may grow the same state in the same block.
	DefaultGasAdjustmentPercent = 200
)

// SenderConfig says how transactions are paid for.
type SenderConfig struct {
	// GasPrice per unit of gas; see ParsePrice.
	GasPrice Price
	// Gas fixed per message; 0 simulates each transaction first.
	Gas uint64
	// GasAdjustmentPercent multiplies simulated gas, 100 to 1,000. Default 200.
	GasAdjustmentPercent uint64
	// FeeGranter is the address that pays the fees; empty: the key's own account, or, where that holds nothing, who
	// granted it an allowance.
	FeeGranter string
	// TTL is for how long, in the chain's time, an unordered transaction can be included, at most MaxTTL. Default one
	// minute.
	TTL time.Duration
	// Memo is put on every transaction.
	Memo string
}

// Sender sends transactions signed by one key. Ordered ones go one after the other; unordered ones may overlap.
type Sender struct {
	client *Client
	key    *Key
	public *codectypes.Any
	config SenderConfig

	ordered sync.Mutex // held while an ordered transaction is under way

	mu          sync.Mutex // guards the fields below
	number      uint64
	numberKnown bool
	lastTimeout time.Time
}

// NewSender makes a sender.
func (c *Client) NewSender(key *Key, config SenderConfig) (*Sender, error) {
	setDefault(&config.TTL, DefaultTTL)
	setDefault(&config.GasAdjustmentPercent, DefaultGasAdjustmentPercent)
	switch {
	case key == nil:
		return nil, fmt.Errorf("sender: %w", ErrKeyMissing)
	case config.TTL < time.Second || config.TTL > MaxTTL:
		return nil, fmt.Errorf("sender: a time to live of %s is not between 1s and %s", config.TTL, MaxTTL)
	case config.GasAdjustmentPercent < 100 || config.GasAdjustmentPercent > 1000:
		return nil, fmt.Errorf("sender: a gas adjustment of %d %% is not between 100 and 1000", config.GasAdjustmentPercent)
	}
	public, err := codectypes.NewAnyWithValue(key.public)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	return &Sender{client: c, key: key, public: public, config: config}, nil
}

// Address that signs.
func (s *Sender) Address() string { return s.key.Address() }

// Send sends messages in one unordered transaction and waits until it is in a block. It cannot collide with other
// transactions of the key, whoever sends them, and is included at most once.
//
// Errors: *[TxError] when the chain refuses it, before or in a block; [ErrExpired] when it was not included in time;
// [ErrUncertain] when ctx ended or the chain went away after it was sent; otherwise it was not sent.
func (s *Sender) Send(ctx context.Context, messages ...sdk.Msg) (TxResult, error) {
	now, err := s.client.Latest(ctx)
	if err != nil {
		return TxResult{}, err
	}
	tx := s.draft(messages)
	tx.timeout = s.nextTimeout(now.Time)
	return s.send(ctx, tx)
}

// SendOrdered sends messages in one transaction with the account's next sequence and waits until it is in a block.
// Where another program used the sequence first it tries again with the new one. Errors are those of Send.
func (s *Sender) SendOrdered(ctx context.Context, messages ...sdk.Msg) (TxResult, error) {
	s.ordered.Lock()
	defer s.ordered.Unlock()
	const attempts = 5
	var err error
	for range attempts {
		var account Account
		if account, err = s.client.Account(ctx, s.Address()); err != nil {
			return TxResult{}, err
		}
		tx := s.draft(messages)
		tx.sequence = account.Sequence
		var result TxResult
		if result, err = s.send(ctx, tx); !isWrongSequence(err) {
			return result, err
		}
		// The other transaction may be in the mempool still: the account is as it was until the next block.
		if err := sleep(ctx, s.pollInterval()); err != nil {
			return TxResult{}, err
		}
	}
	return TxResult{}, err
}

func isWrongSequence(err error) bool {
	txErr, ok := errors.AsType[*TxError](err)
	return ok && txErr.Codespace == codespaceSDK && txErr.Code == codeWrongSequence && txErr.Height == 0
}

func (s *Sender) draft(messages []sdk.Msg) draft {
	return draft{messages: messages, memo: s.config.Memo, granter: s.config.FeeGranter}
}

// nextTimeout is unique among this sender's transactions and, by its random part, among other programs' with this key.
func (s *Sender) nextTimeout(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	timeout := now.UTC().Add(s.config.TTL).Add(-time.Duration(rand.Int64N(int64(time.Second / 2)))) //nolint:gosec // uniqueness, not secrecy
	if !timeout.After(s.lastTimeout) {
		timeout = s.lastTimeout.Add(time.Nanosecond)
	}
	s.lastTimeout = timeout
	return timeout
}

func (s *Sender) accountNumber(ctx context.Context) (uint64, error) {
	s.mu.Lock()
	number, known := s.number, s.numberKnown
	s.mu.Unlock()
	if known {
		return number, nil
	}
	account, err := s.client.Account(ctx, s.Address())
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	s.number, s.numberKnown = account.Number, true
	s.mu.Unlock()
	return account.Number, nil
}

func (s *Sender) forgetAccount() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numberKnown = false
}

func (s *Sender) send(ctx context.Context, tx draft) (TxResult, error) {
	payers, err := s.payers(ctx, tx)
	if err != nil {
		return TxResult{}, err
	}
	var result TxResult
	for _, tx.granter = range payers {
		if result, err = s.sendPaidFor(ctx, tx); !cannotPay(err) {
			break
		}
	}
	return result, err
}

// cannotPay reports whether a transaction was refused, before it was in a block, because of who was to pay.
func cannotPay(err error) bool {
	refused, ok := errors.AsType[*TxError](err)
	return ok && refused.Height == 0 && (errors.Is(err, ErrFeeGrant) || errors.Is(err, ErrBalance))
}

func (s *Sender) sendPaidFor(ctx context.Context, tx draft) (TxResult, error) {
	number, err := s.accountNumber(ctx)
	if err != nil {
		return TxResult{}, err
	}
	if tx.gas, err = s.gas(ctx, tx, number); err != nil {
		return TxResult{}, err
	}
	tx.fee, tx.feeDenom = s.config.GasPrice.fee(tx.gas)
	signed, err := tx.sign(s.key, s.public, s.client.config.ChainID, number, false)
	if err != nil {
		return TxResult{}, err
	}
	if err := s.client.broadcast(ctx, signed); err != nil {
		if refused, ok := errors.AsType[*TxError](err); ok && refused.Codespace == codespaceSDK && refused.Code == codeUnauthorized {
			s.forgetAccount() // a chain that was reset may have given the account another number
		}
		return TxResult{}, err
	}
	return s.client.await(ctx, signed, tx.timeout, s.pollInterval())
}

// payers names who may pay, to be tried in turn: the configured fee granter, else the key itself, else, where that has
// nothing to pay with, whoever granted it an allowance. Strangers can grant, too, so the first one need not be the one
// that pays.
func (s *Sender) payers(ctx context.Context, tx draft) ([]string, error) {
	amount, denom := s.config.GasPrice.fee(1)
	if tx.granter != "" || amount.Sign() == 0 {
		return []string{tx.granter}, nil
	}
	return s.client.feePayers(ctx, s.Address(), denom)
}

// gas is the limit for a transaction.
func (s *Sender) gas(ctx context.Context, tx draft, number uint64) (uint64, error) {
	if s.config.Gas > 0 {
		return s.config.Gas * uint64(len(tx.messages)), nil
	}
	// The least fee there is, so that the gas of deducting one is simulated too.
	tx.fee, tx.feeDenom = s.config.GasPrice.fee(1)
	unsigned, err := tx.sign(s.key, s.public, s.client.config.ChainID, number, true)
	if err != nil {
		return 0, err
	}
	response, err := s.client.query(ctx, "/app/simulate", unsigned.bytes, 0)
	if err != nil {
		if refused, ok := errors.AsType[*QueryError](err); ok {
			return 0, &TxError{Codespace: refused.Codespace, Code: refused.Code, Log: refused.Log}
		}
		return 0, fmt.Errorf("simulate: %w", err)
	}
	var simulated struct {
		GasInfo struct {
			GasUsed string `json:"gas_used"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(response.Value, &simulated); err != nil {
		return 0, fmt.Errorf("simulate: decode the answer: %w", err)
	}
	used, err := strconv.ParseUint(simulated.GasInfo.GasUsed, 10, 48)
	if err != nil {
		return 0, fmt.Errorf("simulate: gas used %q is not a number", simulated.GasInfo.GasUsed)
	}
	return used * s.config.GasAdjustmentPercent / 100, nil
}

// pollInterval is how often to look whether a transaction is in a block.
func (s *Sender) pollInterval() time.Duration {
	config := s.client.config
	interval := s.client.BlockInterval()
	if interval == 0 {
		interval = time.Second
	}
	return min(max(interval/4, config.MinPoll), config.MaxPoll)
}

// broadcast hands the same bytes to one endpoint after the other until one answers; that is safe, since they are
// included at most once.
func (c *Client) broadcast(ctx context.Context, tx signedTx) error {
	var check checkResult
	err := c.do(ctx, func(ctx context.Context, rpc *rpcClient) (err error) {
		check, err = rpc.broadcast(ctx, tx.bytes)
		return err
	})
	if refused, ok := errors.AsType[*rpcError](err); ok && !errors.Is(err, ErrUnreachable) {
		return fmt.Errorf("send transaction %s: %w", tx.hashText(), refused)
	}
	if err != nil {
		// A node may have taken it before it failed to answer.
		return fmt.Errorf("%w: send transaction %s: %w", ErrUncertain, tx.hashText(), err)
	}
	if check.Code != 0 {
		return &TxError{Codespace: check.Codespace, Code: check.Code, Log: check.Log, Hash: tx.hashText()}
	}
	return nil
}

// expiryEvery is at every how many looks for a transaction the chain's clock is compared with its timeout.
const expiryEvery = 4

// await looks for the transaction in blocks until it is found, or, where it is unordered, until the chain's time has
// passed its timeout.
func (c *Client) await(ctx context.Context, tx signedTx, timeout time.Time, every time.Duration) (TxResult, error) {
	var trouble error
	expired := 0
	for look := 1; ; look++ {
		if err := sleep(ctx, every); err != nil {
			return TxResult{}, fmt.Errorf("%w: transaction %s was sent: %w", ErrUncertain, tx.hashText(), errors.Join(err, trouble))
		}
		if !timeout.IsZero() && look%expiryEvery == 0 {
			if now, err := c.Latest(ctx); err == nil && now.Time.After(timeout) {
				expired++
			}
		}
		result, err := c.lookUp(ctx, tx)
		switch {
		case err == nil:
			if result.Result.Code != 0 {
				return TxResult{}, &TxError{
					Codespace: result.Result.Codespace, Code: result.Result.Code, Log: result.Result.Log,
					Hash: tx.hashText(), Height: int64(result.Height),
				}
			}
			return TxResult{
				Hash: tx.hashText(), Height: int64(result.Height),
				GasUsed: int64(result.Result.GasUsed), data: result.Result.Data,
			}, nil
		case errors.Is(err, errTxPending):
			if expired > 1 { // once is not enough: nodes index a block a little after they applied it
				return TxResult{}, fmt.Errorf("%w: %s was in no block before %s; the chain may be overloaded", ErrExpired, tx.hashText(), timeout.Format(time.RFC3339))
			}
			trouble = nil
		default:
			trouble = err
			if _, ok := errors.AsType[*rpcError](err); ok { // the node will not say more by being asked again
				return TxResult{}, fmt.Errorf("%w: transaction %s was sent: %w", ErrUncertain, tx.hashText(), err)
			}
		}
	}
}

func (c *Client) lookUp(ctx context.Context, tx signedTx) (txResult, error) {
	var result txResult
	err := c.do(ctx, func(ctx context.Context, rpc *rpcClient) (err error) {
		result, err = rpc.tx(ctx, tx.hash[:])
		return err
	})
	return result, err
}
