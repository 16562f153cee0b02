package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// The interfaces stand with the keeper, which uses them, and not in the types package: clients of those types, the daemons
// first, would link the modules named here.

// SubnetKeeper is what x/rewards asks of x/subnet, and what it writes back. x/subnet implements it
// with its own types only and does not know this module; when it removes a subnet it calls SubnetHooks.
//
// The end-blocker uses it in this order, per due subnet and inside one cache context:
// Subnet, CurrentEpoch, MinerIDs, ClosingBenchmarks, per benchmark ClosingRows and the arithmetic, then
// the payout, SetMinerEmissions, AdvanceEpoch. When any of it fails, everything is dropped and
// AdvanceEpoch alone is called in a fresh cache context, so it must not depend on the other calls.
type SubnetKeeper interface {
	// DueSubnets lists the active subnets whose epoch under way has reached its end at this height,
	// in any order that is the same on every node. A subnet stays in the list, block after block, until AdvanceEpoch is called.
	DueSubnets(ctx context.Context) ([]uint32, error)
	// ActiveNetuids lists the subnets that accrue emission at this height (started, not paused),
	// by ascending netuid.
	ActiveNetuids(ctx context.Context) ([]uint32, error)
	// HasSubnet tells whether the subnet exists, whatever its status; votes may name only such.
	HasSubnet(ctx context.Context, netuid uint32) (bool, error)
	// Subnet returns the subnet: its owner and its Yuma parameters are read from it.
	Subnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// CurrentEpoch returns the epoch under way, which is the closing one when the subnet is due.
	// Its permits carry the scoring powers with which its rows count; hotkeys are unique in it.
	CurrentEpoch(ctx context.Context, netuid uint32) (subnettypes.Epoch, error)
	// ClosingBenchmarks returns the benchmarks whose rows are paid when the epoch under way closes, by
	// ascending number, never none, with their shares of the emission, which add up to 10,000. A
	// benchmark of version 0 has no rows.
	ClosingBenchmarks(ctx context.Context, netuid uint32) ([]subnettypes.EpochBenchmark, error)
	// ClosingRows returns the rows of a benchmark that count when the epoch under way closes (they
	// score the epoch before), at most one per hotkey, in an order that is the same on every node. Rows
	// of hotkeys without a permit and entries of miners no longer registered are ignored by the caller.
	ClosingRows(ctx context.Context, netuid, benchmark uint32) ([]subnettypes.ScoreRow, error)
	// MinerIDs lists the identities of the miners registered now, ascending.
	MinerIDs(ctx context.Context, netuid uint32) ([]uint64, error)
	// MinersOfOwner lists the identities an account owns on a subnet, ascending, those included
	// whose slot was given away: what they accrued stays claimable.
	MinersOfOwner(ctx context.Context, netuid uint32, owner sdk.AccAddress) ([]uint64, error)

	// MinerOwner returns who owns a miner, also one that was replaced or whose subnet was removed; automatic claims pay it.
	MinerOwner(ctx context.Context, netuid uint32, minerID uint64) (sdk.AccAddress, error)

	// SetVoteShares records each subnet's part of all bonded stake, of 10^18, smoothed: all at once, by
	// ascending netuid. A subnet that is not named has none. The lowest is pruned when there is no room.
	SetVoteShares(ctx context.Context, netuids []uint32, shares []uint64) error
	// SetMinerEmissions records what the epoch accrued to each miner, in uagora: one amount per
	// identity, identities ascending and exactly those of MinerIDs. Replacement looks at it.
	SetMinerEmissions(ctx context.Context, netuid uint32, minerIDs, amounts []uint64) error
	// AdvanceEpoch closes the epoch under way and begins the next: index, heights, beacon,
	// benchmark version, permits, records of who missed, pruning of old rows.
	AdvanceEpoch(ctx context.Context, netuid uint32) error
}

// StakingKeeper is what x/rewards asks of x/staking: who holds how much stake where. Votes weigh it.
type StakingKeeper interface {
	// Validator finds the validator that is paid dividends.
	Validator(ctx context.Context, addr sdk.ValAddress) (stakingtypes.ValidatorI, error)
	// IterateBondedValidatorsByPower walks the validators of a tally.
	IterateBondedValidatorsByPower(ctx context.Context, fn func(index int64, validator stakingtypes.ValidatorI) (stop bool)) error
	// IterateDelegations walks a voter's delegations when its vote changes.
	IterateDelegations(ctx context.Context, delegator sdk.AccAddress, fn func(index int64, delegation stakingtypes.DelegationI) (stop bool)) error
	// Delegation reads one delegation when a hook says that it changed.
	Delegation(ctx context.Context, delegator sdk.AccAddress, validator sdk.ValAddress) (stakingtypes.DelegationI, error)
	// GetDelegatorBonded tells whether an account has any bonded stake to vote with.
	GetDelegatorBonded(ctx context.Context, delegator sdk.AccAddress) (math.Int, error)
}

// BankKeeper is what x/rewards asks of x/bank: the supply decides the schedule, coins are minted,
// moved and burned.
type BankKeeper interface {
	GetSupply(ctx context.Context, denom string) sdk.Coin
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	MintCoins(ctx context.Context, module string, amount sdk.Coins) error
	BurnCoins(ctx context.Context, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error
}

// DistributionKeeper is what x/rewards asks of x/distribution: dividends go through it, so that
// commission and delegators are served by the SDK.
type DistributionKeeper interface {
	AllocateTokensToValidator(ctx context.Context, val stakingtypes.ValidatorI, tokens sdk.DecCoins) error
}

// AccountKeeper is what x/rewards asks of x/auth: where its module account lives, and which accounts
// are modules'.
type AccountKeeper interface {
	GetAccount(ctx context.Context, addr sdk.AccAddress) sdk.AccountI
	GetModuleAddress(module string) sdk.AccAddress
}
