// Package apptest runs the whole chain inside a test: the real app driven through ABCI, without
// CometBFT, so that hundreds of blocks with signed transactions take well under a second.
package apptest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/internal/chaincfg"
)

// ChainID is the chain id of every test chain.
const ChainID = "agora-test-1"

// BlockTime is how much later each block's time is.
const BlockTime = time.Second

// Account is a funded account that can sign.
type Account struct {
	Name string
	Key  cryptotypes.PrivKey
	Addr sdk.AccAddress
}

// String returns the bech32 address.
func (a Account) String() string { return a.Addr.String() }

// ValAddress returns the operator address of the validator this account operates.
func (a Account) ValAddress() sdk.ValAddress { return sdk.ValAddress(a.Addr) }

// Chain is a running test chain.
type Chain struct {
	t   testing.TB
	App *app.App
	// Operators operate one bonded validator each.
	Operators []Account
	// Height and Time are those of the last block.
	Height int64
	Time   time.Time

	consensus  []cryptotypes.PrivKey
	validators []abci.Validator
	accounts   map[string]Account
	followers  []*app.App
}

// Genesis edits the default genesis before the chain starts.
type Genesis func(cdc Codec, state map[string]json.RawMessage)

// Codec reads and writes genesis JSON.
type Codec interface {
	MustMarshalJSON(o proto.Message) []byte
	MustUnmarshalJSON(bz []byte, ptr proto.Message)
}

// Options of a test chain; zero values mean the defaults.
type Options struct {
	// Validators is how many bonded validators the chain starts with; default 3.
	Validators int
	// SelfBond of each validator in uagora; default 1,000,000,000,000.
	SelfBond int64
	// Accounts are names of funded accounts besides the operators.
	Accounts []string
	// Balance of each account in uagora; default 1,000,000,000,000.
	Balance int64
	// Genesis edits what is left.
	Genesis Genesis
	// App makes the app, without state and with the chain id ChainID; default: the production app in memory.
	App func() *app.App
}

// New starts a chain in memory.
func New(t testing.TB, opts Options) *Chain {
	t.Helper()
	if opts.Validators == 0 {
		opts.Validators = 3
	}
	if opts.SelfBond == 0 {
		opts.SelfBond = 1_000_000_000_000
	}
	if opts.Balance == 0 {
		opts.Balance = 1_000_000_000_000
	}
	if opts.App == nil {
		opts.App = func() *app.App {
			return app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{}, baseapp.SetChainID(ChainID))
		}
	}
	c := &Chain{
		t:        t,
		App:      opts.App(),
		Time:     time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		accounts: map[string]Account{},
	}
	for i := range opts.Validators {
		c.Operators = append(c.Operators, c.newAccount(fmt.Sprintf("operator-%d", i+1)))
	}
	for _, name := range opts.Accounts {
		c.newAccount(name)
	}
	state := c.genesis(opts)
	bz, err := json.Marshal(state)
	require.NoError(t, err)
	params := app.DefaultConsensusParams().ToProto()
	_, err = c.App.InitChain(&abci.RequestInitChain{
		ChainId: ChainID, Time: c.Time, InitialHeight: 1, ConsensusParams: &params, AppStateBytes: bz,
	})
	require.NoError(t, err)
	c.NextBlock()
	return c
}

// Account returns a funded account by name.
func (c *Chain) Account(name string) Account {
	c.t.Helper()
	account, ok := c.accounts[name]
	require.True(c.t, ok, "no test account %q: name it in Options.Accounts", name)
	return account
}

// NextBlock runs a block of raw transactions with all validators signing, and commits it.
func (c *Chain) NextBlock(txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.t.Helper()
	return c.NextBlockSignedBy(nil, txs...)
}

// NextBlockSignedBy is NextBlock with the validators of absent (by index) missing from the commit.
func (c *Chain) NextBlockSignedBy(absent map[int]bool, txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.t.Helper()
	req := c.next(absent, txs)
	res, err := commit(c.App, req)
	require.NoError(c.t, err)
	c.lead(req, res)
	return res
}

// next makes the next block.
func (c *Chain) next(absent map[int]bool, txs [][]byte) *abci.RequestFinalizeBlock {
	c.Height++
	c.Time = c.Time.Add(BlockTime)
	votes := make([]abci.VoteInfo, len(c.validators))
	for i, v := range c.validators {
		flag := cmtproto.BlockIDFlagCommit
		if absent[i] {
			flag = cmtproto.BlockIDFlagAbsent
		}
		votes[i] = abci.VoteInfo{Validator: v, BlockIdFlag: flag}
	}
	return &abci.RequestFinalizeBlock{
		Txs: txs, Height: c.Height, Time: c.Time,
		DecidedLastCommit: abci.CommitInfo{Votes: votes},
		ProposerAddress:   c.validators[int(c.Height)%len(c.validators)].Address,
		Hash:              sdk.Uint64ToBigEndian(uint64(c.Height)),
	}
}

// Blocks runs n empty blocks.
func (c *Chain) Blocks(n int64) {
	c.t.Helper()
	for range n {
		c.NextBlock()
	}
}

// Ctx returns a context on the last committed state.
func (c *Chain) Ctx() sdk.Context {
	return c.App.NewUncachedContext(false, cmtproto.Header{ChainID: ChainID, Height: c.Height, Time: c.Time})
}

// Balance returns an account's free uagora.
func (c *Chain) Balance(addr sdk.AccAddress) int64 {
	return c.App.BankKeeper.GetBalance(c.Ctx(), addr, chaincfg.Denom).Amount.Int64()
}

// Query asks the chain as a client would, through ABCI.
func (c *Chain) Query(path string, req, res proto.Message) error {
	bz, err := proto.Marshal(req)
	if err != nil {
		return err
	}
	answer, err := c.App.Query(c.t.Context(), &abci.RequestQuery{Path: path, Data: bz})
	if err != nil {
		return err
	}
	if answer.Code != abci.CodeTypeOK {
		return fmt.Errorf("query %s: code %d: %s", path, answer.Code, answer.Log)
	}
	return proto.Unmarshal(answer.Value, res)
}

func (c *Chain) sequence(addr sdk.AccAddress) (number, sequence uint64) {
	account := c.App.AccountKeeper.GetAccount(c.Ctx(), addr)
	if account == nil {
		return 0, 0
	}
	return account.GetAccountNumber(), account.GetSequence()
}

// ModuleBalance returns a module account's uagora.
func (c *Chain) ModuleBalance(module string) int64 {
	return c.Balance(authtypes.NewModuleAddress(module))
}

type noOptions struct{}

func (noOptions) Get(string) any { return nil }
