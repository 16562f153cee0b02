package apptest

import (
	"encoding/json"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/chaincfg"
)

// NewAccount makes an account without funds, the same for the same name.
func NewAccount(name string) Account {
	key := secp256k1.GenPrivKeyFromSecret([]byte(name))
	return Account{Name: name, Key: key, Addr: sdk.AccAddress(key.PubKey().Address())}
}

func (c *Chain) newAccount(name string) Account {
	account := NewAccount(name)
	c.accounts[name] = account
	return account
}

// genesis funds the accounts and bonds one validator per operator.
func (c *Chain) genesis(opts Options) map[string]json.RawMessage {
	cdc := c.App.AppCodec()
	state := c.App.DefaultGenesis()
	coin := func(amount int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, amount)) }

	var accounts authtypes.GenesisAccounts
	var balances []banktypes.Balance
	names := make([]string, 0, len(c.accounts))
	for _, operator := range c.Operators {
		names = append(names, operator.Name)
	}
	names = append(names, opts.Accounts...)
	for _, name := range names {
		account := c.accounts[name]
		accounts = append(accounts, authtypes.NewBaseAccountWithAddress(account.Addr))
		balances = append(balances, banktypes.Balance{Address: account.String(), Coins: coin(opts.Balance)})
	}

	var (
		validators  []stakingtypes.Validator
		delegations []stakingtypes.Delegation
		infos       []slashingtypes.SigningInfo
		bond        = math.NewInt(opts.SelfBond)
	)
	for _, operator := range c.Operators {
		key := ed25519.GenPrivKeyFromSecret([]byte("consensus of " + operator.Name))
		packed, err := codectypes.NewAnyWithValue(key.PubKey())
		require.NoError(c.t, err)
		validators = append(validators, stakingtypes.Validator{
			OperatorAddress: operator.ValAddress().String(), ConsensusPubkey: packed, Status: stakingtypes.Bonded,
			Tokens: bond, DelegatorShares: math.LegacyNewDecFromInt(bond), UnbondingTime: time.Unix(0, 0).UTC(),
			Description:       stakingtypes.Description{Moniker: operator.Name},
			Commission:        stakingtypes.NewCommission(math.LegacyNewDecWithPrec(10, 2), math.LegacyOneDec(), math.LegacyOneDec()),
			MinSelfDelegation: math.OneInt(),
		})
		delegations = append(delegations, stakingtypes.NewDelegation(
			operator.String(), operator.ValAddress().String(), math.LegacyNewDecFromInt(bond)))
		consensus := sdk.ConsAddress(key.PubKey().Address())
		infos = append(infos, slashingtypes.SigningInfo{
			Address:              consensus.String(),
			ValidatorSigningInfo: slashingtypes.NewValidatorSigningInfo(consensus, 0, 0, time.Unix(0, 0).UTC(), false, 0),
		})
		c.consensus = append(c.consensus, key)
		c.validators = append(c.validators, abci.Validator{Address: consensus, Power: opts.SelfBond / sdk.DefaultPowerReduction.Int64()})
	}
	balances = append(balances, banktypes.Balance{
		Address: authtypes.NewModuleAddress(stakingtypes.BondedPoolName).String(),
		Coins:   coin(opts.SelfBond * int64(len(c.Operators))),
	})

	state[authtypes.ModuleName] = cdc.MustMarshalJSON(authtypes.NewGenesisState(authtypes.DefaultParams(), accounts))
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(stakingtypes.NewGenesisState(stakingtypes.DefaultParams(), validators, delegations))
	bank := banktypes.DefaultGenesisState()
	bank.Balances = balances
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(bank)
	slashing := slashingtypes.DefaultGenesisState()
	slashing.SigningInfos = infos
	state[slashingtypes.ModuleName] = cdc.MustMarshalJSON(slashing)
	if opts.Genesis != nil {
		opts.Genesis(cdc, state)
	}
	return state
}
