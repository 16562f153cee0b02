// Package keeper is the state machine of x/rewards: what a block emits, how stakers steer it, and
// how a subnet's epoch turns rows of weights into coins.
package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// Keeper reads and writes the state of x/rewards.
type Keeper struct {
	accounts     address.Codec
	validators   address.Codec
	auth         AccountKeeper
	bank         BankKeeper
	staking      StakingKeeper
	distribution DistributionKeeper
	subnets      SubnetKeeper
	authority    string
	spaces       spaces

	Schema collections.Schema
	// Params are set by governance.
	Params collections.Item[types.Params]
	// Votes: voter -> its standing vote.
	Votes collections.Map[sdk.AccAddress, types.EmissionVote]
	// ValidatorVotes: operator -> sums over the delegators who vote by themselves. Derived from
	// Votes and the delegations, kept in step by the staking hooks.
	ValidatorVotes collections.Map[sdk.ValAddress, types.ValidatorVotes]
	// Tally is the last count of the votes.
	Tally collections.Item[types.Tally]
	// TallyDue is the height of the next count.
	TallyDue collections.Item[int64]
	// Pending: netuid -> uagora that wait for the subnet's epoch.
	Pending collections.Map[uint32, uint64]
	// Ledgers: netuid -> packed list of miner_id -> uagora that its owner may claim.
	Ledgers collections.Map[uint32, []byte]
	// Bonds: (netuid, benchmark, hotkey) -> packed list of miner_id -> bond with 48 fractional bits.
	// Those of a benchmark that has no share for a while stay as they are.
	Bonds collections.Map[collections.Triple[uint32, uint32, sdk.AccAddress], []byte]
	// Results: (netuid, benchmark) -> the outcome of the last epoch, all columns in one value.
	Results collections.Map[collections.Pair[uint32, uint32], types.EpochResult]
	// EpochCursor is the netuid whose epoch was looked at last.
	EpochCursor collections.Item[uint32]
	// AutoClaim is where the rounds of automatic claims stand; absent before the first.
	AutoClaim collections.Item[types.AutoClaim]
}

// NewKeeper wires the keeper to its store and to the modules it asks. authority is the account that
// may set parameters.
func NewKeeper(
	cdc codec.BinaryCodec,
	storeService store.KVStoreService,
	accounts, validators address.Codec,
	auth AccountKeeper,
	bank BankKeeper,
	staking StakingKeeper,
	distribution DistributionKeeper,
	subnets SubnetKeeper,
	authority string,
) *Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	k := &Keeper{
		accounts:     accounts,
		validators:   validators,
		auth:         auth,
		bank:         bank,
		staking:      staking,
		distribution: distribution,
		subnets:      subnets,
		authority:    authority,

		Params:         collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		Votes:          collections.NewMap(sb, types.VotesKey, "votes", sdk.AccAddressKey, codec.CollValue[types.EmissionVote](cdc)),
		ValidatorVotes: collections.NewMap(sb, types.ValidatorVotesKey, "validator_votes", sdk.ValAddressKey, codec.CollValue[types.ValidatorVotes](cdc)),
		Tally:          collections.NewItem(sb, types.TallyKey, "tally", codec.CollValue[types.Tally](cdc)),
		TallyDue:       collections.NewItem(sb, types.TallyDueKey, "tally_due", collections.Int64Value),
		Pending:        collections.NewMap(sb, types.PendingKey, "pending", collections.Uint32Key, collections.Uint64Value),
		Ledgers:        collections.NewMap(sb, types.LedgersKey, "ledgers", collections.Uint32Key, collections.BytesValue),
		Bonds: collections.NewMap(sb, types.BondsKey, "bonds",
			collections.TripleKeyCodec(collections.Uint32Key, collections.Uint32Key, sdk.AccAddressKey), ownBytes{collections.BytesValue}),
		Results: collections.NewMap(sb, types.ResultsKey, "results",
			collections.PairKeyCodec(collections.Uint32Key, collections.Uint32Key), codec.CollValue[types.EpochResult](cdc)),
		EpochCursor: collections.NewItem(sb, types.EpochCursorKey, "epoch_cursor", collections.Uint32Value),
		AutoClaim:   collections.NewItem(sb, types.AutoClaimKey, "auto_claim", codec.CollValue[types.AutoClaim](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err) // a programming error: two collections share a prefix or a name
	}
	k.Schema = schema
	return k
}

// logger names the module in every line.
func logger(ctx sdk.Context) log.Logger { return ctx.Logger().With("module", "x/"+types.ModuleName) }

// orZero is for collections in which an absent entry means the zero value.
func orZero[T any](value T, err error) (T, error) {
	if errors.Is(err, collections.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return value, err
}

// account reads an address and returns it with its canonical text: bech32 has a second spelling, in
// upper case, in which it must not get into the state. what names the address in ErrAddressMalformed.
func (k *Keeper) account(what, text string) (sdk.AccAddress, string, error) {
	address, err := k.accounts.StringToBytes(text)
	if err != nil {
		return nil, "", errorsmod.Wrapf(types.ErrAddressMalformed, "%s %q: %s", what, text, err)
	}
	canonical, err := k.accounts.BytesToString(address)
	return address, canonical, err
}

// setPending stores what waits for a subnet's epoch; nothing is stored as no entry.
func (k *Keeper) setPending(ctx context.Context, netuid uint32, amount uint64) error {
	if amount == 0 {
		return k.Pending.Remove(ctx, netuid)
	}
	return k.Pending.Set(ctx, netuid, amount)
}

// coins is an amount of uagora, which the supply cap keeps within 63 bits.
func coins(amount uint64) sdk.Coins {
	return sdk.NewCoins(coin(amount))
}
