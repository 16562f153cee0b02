package genesis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Account is a funded account.
type Account struct {
	Address sdk.AccAddress
	// Amount in uagora.
	Amount int64
}

// Validator is a bonded validator of the first block.
type Validator struct {
	Moniker string
	// KeyName is the operator's key in the keyring; its account must be funded.
	KeyName  string
	Operator sdk.AccAddress
	// ConsensusKey signs blocks.
	ConsensusKey cryptotypes.PubKey
	// BeaconKey is the public key with which the node proves its part of the beacons.
	BeaconKey []byte
	// Bond is the self-delegation in uagora.
	Bond int64
	// Peer is the node's id@host:port.
	Peer string
}

// Document is what a genesis document is made of.
type Document struct {
	ChainID string
	Time    time.Time
	// State is the default genesis of every module, changed in place.
	State      map[string]json.RawMessage
	Consensus  *cmttypes.ConsensusParams
	Accounts   []Account
	Validators []Validator
	// Miners that may register in one block.
	Miners int

	Codec    codec.Codec
	TxConfig client.TxConfig
	Keys     keyring.Keyring
}

// Build makes the document. Its errors name the module whose state is at fault.
func (d Document) Build() (*genutiltypes.AppGenesis, error) {
	for _, step := range []struct {
		name  string
		apply func() error
	}{
		{"accounts", d.fund},
		{"validators", d.bond},
		{"gov", d.hastenGovernance},
		{"slashing", d.forgiveDowntime},
		{"subnet", d.admitMiners},
		{"subnet", d.registerBeaconKeys},
		{"rewards", d.countVotesAtOnce},
	} {
		if err := step.apply(); err != nil {
			return nil, fmt.Errorf("genesis of %s: %w", step.name, err)
		}
	}
	state, err := json.MarshalIndent(d.State, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the genesis: %w", err)
	}
	document := genutiltypes.NewAppGenesisWithVersion(d.ChainID, state)
	document.GenesisTime = d.Time.UTC()
	document.Consensus.Params = d.Consensus
	if err := document.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("genesis document: %w", err)
	}
	return document, nil
}

// amend reads a module's genesis, lets change alter it, and puts it back.
func amend[T proto.Message](d Document, module string, state T, change func(T) error) error {
	raw, ok := d.State[module]
	if !ok {
		return fmt.Errorf("the chain has no module %s", module)
	}
	if err := d.Codec.UnmarshalJSON(raw, state); err != nil {
		return err
	}
	if err := change(state); err != nil {
		return err
	}
	raw, err := d.Codec.MarshalJSON(state)
	if err != nil {
		return err
	}
	d.State[module] = raw
	return nil
}

func (d Document) fund() error {
	err := amend(d, authtypes.ModuleName, &authtypes.GenesisState{}, func(state *authtypes.GenesisState) error {
		accounts := make(authtypes.GenesisAccounts, 0, len(d.Accounts))
		for _, a := range d.Accounts {
			accounts = append(accounts, authtypes.NewBaseAccount(a.Address, nil, 0, 0))
		}
		packed, err := authtypes.PackAccounts(authtypes.SanitizeGenesisAccounts(accounts))
		if err != nil {
			return err
		}
		state.Accounts = packed
		return nil
	})
	if err != nil {
		return err
	}
	return amend(d, banktypes.ModuleName, &banktypes.GenesisState{}, func(state *banktypes.GenesisState) error {
		for _, a := range d.Accounts {
			coins := sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, a.Amount))
			state.Balances = append(state.Balances, banktypes.Balance{Address: a.Address.String(), Coins: coins})
			state.Supply = state.Supply.Add(coins...)
		}
		slices.SortFunc(state.Balances, func(a, b banktypes.Balance) int { return strings.Compare(a.Address, b.Address) })
		knowDenom := slices.ContainsFunc(state.DenomMetadata, func(m banktypes.Metadata) bool { return m.Base == chaincfg.Denom })
		if !knowDenom {
			state.DenomMetadata = append(state.DenomMetadata, banktypes.Metadata{
				Description: "The coin of the Agora network",
				Base:        chaincfg.Denom, Display: chaincfg.DisplayDenom, Name: "Agora", Symbol: chaincfg.DisplayDenom,
				DenomUnits: []*banktypes.DenomUnit{
					{Denom: chaincfg.Denom, Exponent: 0}, {Denom: chaincfg.DisplayDenom, Exponent: chaincfg.DenomExponent},
				},
			})
		}
		return nil
	})
}

// bond has every operator create its validator by a signed transaction, as on any chain.
func (d Document) bond() error {
	return amend(d, genutiltypes.ModuleName, &genutiltypes.GenesisState{}, func(state *genutiltypes.GenesisState) error {
		for _, v := range d.Validators {
			signed, err := d.createValidator(v)
			if err != nil {
				return fmt.Errorf("%s: %w", v.Moniker, err)
			}
			state.GenTxs = append(state.GenTxs, signed)
		}
		return nil
	})
}

func (d Document) createValidator(v Validator) (json.RawMessage, error) {
	commission := stakingtypes.NewCommissionRates(math.LegacyNewDecWithPrec(10, 2), math.LegacyNewDecWithPrec(20, 2), math.LegacyNewDecWithPrec(1, 2))
	msg, err := stakingtypes.NewMsgCreateValidator(sdk.ValAddress(v.Operator).String(), v.ConsensusKey,
		sdk.NewInt64Coin(chaincfg.Denom, v.Bond), stakingtypes.Description{Moniker: v.Moniker}, commission, math.OneInt())
	if err != nil {
		return nil, err
	}
	builder := d.TxConfig.NewTxBuilder()
	if err := builder.SetMsgs(msg); err != nil {
		return nil, err
	}
	builder.SetMemo(v.Peer)
	builder.SetGasLimit(200_000)
	// At genesis every account has number and sequence 0.
	factory := tx.Factory{}.WithChainID(d.ChainID).WithKeybase(d.Keys).WithTxConfig(d.TxConfig).
		WithAccountNumber(0).WithSequence(0).WithSignMode(signing.SignMode_SIGN_MODE_DIRECT)
	if err := tx.Sign(context.Background(), factory, v.KeyName, builder, true); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return d.TxConfig.TxJSONEncoder()(builder.GetTx())
}

// hastenGovernance makes a vote something one can watch.
func (d Document) hastenGovernance() error {
	return amend(d, govtypes.ModuleName, &govv1.GenesisState{}, func(state *govv1.GenesisState) error {
		voting, expedited := time.Minute, 30*time.Second
		state.Params.VotingPeriod = &voting
		state.Params.ExpeditedVotingPeriod = &expedited
		state.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, 10_000_000))
		state.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, 50_000_000))
		return nil
	})
}

// forgiveDowntime lets a node stand still for a quarter of an hour of one-second
// blocks before it is jailed, and come back a minute later.
func (d Document) forgiveDowntime() error {
	return amend(d, slashingtypes.ModuleName, &slashingtypes.GenesisState{}, func(state *slashingtypes.GenesisState) error {
		state.Params.SignedBlocksWindow = 1000
		state.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(5, 2)
		state.Params.DowntimeJailDuration = time.Minute
		return nil
	})
}

// admitMiners lets all miners of the network register in one block.
func (d Document) admitMiners() error {
	return amend(d, subnettypes.ModuleName, &subnettypes.GenesisState{}, func(state *subnettypes.GenesisState) error {
		state.Params.MaxMinerRegistrationsPerBlock = max(state.Params.MaxMinerRegistrationsPerBlock, uint32(d.Miners))
		return nil
	})
}

// registerBeaconKeys lets every validator prove its part of the beacons from the first block on.
func (d Document) registerBeaconKeys() error {
	return amend(d, subnettypes.ModuleName, &subnettypes.GenesisState{}, func(state *subnettypes.GenesisState) error {
		for _, v := range d.Validators {
			state.BeaconKeys = append(state.BeaconKeys, subnettypes.BeaconKey{Validator: sdk.ValAddress(v.Operator).String(), Key: v.BeaconKey})
		}
		return nil
	})
}

// countVotesAtOnce lets a vote steer the emission of the very block that it is in: half lives are for networks that last.
func (d Document) countVotesAtOnce() error {
	return amend(d, rewardstypes.ModuleName, &rewardstypes.GenesisState{}, func(state *rewardstypes.GenesisState) error {
		state.Params.TallyHalfLife = 0
		return nil
	})
}
