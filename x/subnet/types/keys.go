package types

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

const (
	// ModuleName names the module, its routes and its account.
	ModuleName = "subnet"
	// StoreKey is the module's store.
	StoreKey = ModuleName
	// Denom is the coin in which deposits are locked and registrations burned.
	Denom = "uagora"
	// BeaconSize is the size of a beacon, in bytes.
	BeaconSize = 32
	// WholeShare is the share of a subnet for which all bonded stake votes.
	WholeShare = 1_000_000_000_000_000_000
)

// ModuleAddress is the account that holds the deposits of all subnets. It is computed here, not by x/auth, which clients
// of these types would then link.
var ModuleAddress sdk.AccAddress = address.Module(ModuleName)

// Prefixes of the collections. A prefix is never given another meaning.
var (
	ParamsKey         = collections.NewPrefix(0)
	NextNetuidKey     = collections.NewPrefix(1)
	DepositPriceKey   = collections.NewPrefix(2)
	DepositHeightKey  = collections.NewPrefix(3)
	LastBeaconKey     = collections.NewPrefix(4)
	SubnetsKey        = collections.NewPrefix(5)
	SubnetsByStartKey = collections.NewPrefix(6)
	SubnetsByEndKey   = collections.NewPrefix(7)
	BenchmarksKey     = collections.NewPrefix(8)
	MinersKey         = collections.NewPrefix(9)
	MinersByHotkeyKey = collections.NewPrefix(10)
	MinersByIDKey     = collections.NewPrefix(11)
	MinerOwnersKey    = collections.NewPrefix(12)
	MinersByOwnerKey  = collections.NewPrefix(13)
	EmissionsKey      = collections.NewPrefix(14)
	RegistrationsKey  = collections.NewPrefix(15)
	AppointmentsKey   = collections.NewPrefix(16)
	ByHotkeyKey       = collections.NewPrefix(17)
	EpochsKey         = collections.NewPrefix(18)
	CommitsKey        = collections.NewPrefix(19)
	RowsKey           = collections.NewPrefix(20)
	RecordsKey        = collections.NewPrefix(21)
	VoteSharesKey     = collections.NewPrefix(22)
	ByNetuidKey       = collections.NewPrefix(23)
	RemovedKey        = collections.NewPrefix(24)
	RegisteredKey     = collections.NewPrefix(25)
	BeaconKeysKey     = collections.NewPrefix(26)
	ParamChangesKey   = collections.NewPrefix(27)
	BondsKey          = collections.NewPrefix(28)
	BoundsKey         = collections.NewPrefix(29)
	RefusalsKey       = collections.NewPrefix(31)
)
