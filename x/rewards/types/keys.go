package types

import (
	"cosmossdk.io/collections"
)

const (
	// ModuleName names the module, its routes and its account.
	ModuleName = "rewards"
	// StoreKey is the module's store.
	StoreKey = ModuleName
	// Denom is the coin that is minted and paid.
	Denom = "uagora"
	// BasisPoints is 100 % in basis points.
	BasisPoints = 10_000
	// ShareUnit is 1 in the shares of an EpochResult.
	ShareUnit = 1_000_000_000
	// BondOne is 1 as a stored bond: the same as yuma.BondOne.
	BondOne = 1 << 48
	// TallyUnit is 1 in the shares of a Tally: all bonded stake.
	TallyUnit = 1_000_000_000_000_000_000
)

// Prefixes of the collections. A prefix is never given another meaning.
var (
	ParamsKey         = collections.NewPrefix(0)
	VotesKey          = collections.NewPrefix(1)
	ValidatorVotesKey = collections.NewPrefix(2)
	TallyKey          = collections.NewPrefix(3)
	TallyDueKey       = collections.NewPrefix(4)
	PendingKey        = collections.NewPrefix(5)
	LedgersKey        = collections.NewPrefix(6)
	BondsKey          = collections.NewPrefix(7)
	ResultsKey        = collections.NewPrefix(8)
	EpochCursorKey    = collections.NewPrefix(9)
	AutoClaimKey      = collections.NewPrefix(10)
)
