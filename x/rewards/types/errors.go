package types

import (
	"google.golang.org/grpc/codes"

	"cosmossdk.io/errors"
)

// Every refusal has its own code. The list is append-only: a code is never reused or renumbered,
// because programs decide by it. Each message says what to do next.
var (
	ErrParamsInvalid     = errors.Register(ModuleName, 2, "a module parameter is out of its range: choose a value inside")
	ErrVoteTooLarge      = errors.Register(ModuleName, 3, "a vote gives at most 10,000 basis points in all: lower its weights")
	ErrVoteEmptyWeight   = errors.Register(ModuleName, 4, "a vote names a subnet with no weight: leave the subnet out instead")
	ErrVoteDuplicate     = errors.Register(ModuleName, 5, "a vote names a subnet twice: add its weights up")
	ErrTooManyTargets    = errors.Register(ModuleName, 6, "a vote names too many subnets: concentrate it, the limit is the parameter max_vote_targets")
	ErrSubnetNotFound    = errors.RegisterWithGRPCCode(ModuleName, 7, codes.NotFound, "no such subnet: list them with the subnets query of x/subnet")
	ErrNoStake           = errors.Register(ModuleName, 8, "only bonded stake votes: delegate first, then vote")
	ErrNoVote            = errors.RegisterWithGRPCCode(ModuleName, 9, codes.NotFound, "the account has no standing vote: vote first")
	ErrNoNetuids         = errors.Register(ModuleName, 10, "a claim names no subnet: list those that owe you with the accrued query")
	ErrNetuidDuplicate   = errors.Register(ModuleName, 11, "a claim names a subnet twice: name it once")
	ErrTooManyNetuids    = errors.Register(ModuleName, 12, "a claim names too many subnets: claim in several messages")
	ErrNothingAccrued    = errors.Register(ModuleName, 13, "nothing has accrued to the account on these subnets: look at the accrued query, and wait for an epoch")
	ErrNoResult          = errors.RegisterWithGRPCCode(ModuleName, 14, codes.NotFound, "the subnet has not closed an epoch yet: wait for its first")
	ErrCorruptState      = errors.Register(ModuleName, 15, "stored state cannot be decoded: report this with the height at which it appeared")
	ErrAmountOverflow    = errors.Register(ModuleName, 16, "an amount exceeds 64 bits: report this with the height at which it appeared")
	ErrGenesisInvalid    = errors.Register(ModuleName, 17, "the genesis state of rewards contradicts itself: correct the named entry")
	ErrRowsInvalid       = errors.Register(ModuleName, 18, "the epoch's rows do not fit the arithmetic: report this with the height at which it appeared")
	ErrMinerIDsInvalid   = errors.Register(ModuleName, 19, "miner identities must be strictly ascending: report this with the height at which it appeared")
	ErrStepPanicked      = errors.Register(ModuleName, 20, "a step of the end-blocker panicked and was undone: report this with the height at which it appeared")
	ErrNotAuthority      = errors.Register(ModuleName, 21, "only governance may do this: make a proposal")
	ErrAddressMalformed  = errors.RegisterWithGRPCCode(ModuleName, 22, codes.InvalidArgument, "an address is malformed: give a bech32 address that begins with agora")
	ErrValidatorNotFound = errors.RegisterWithGRPCCode(ModuleName, 23, codes.NotFound, "no such validator: list them with the validators query of x/staking")
	ErrModuleAccount     = errors.Register(ModuleName, 24, "a module account does not vote: vote from the account that holds the stake")
	ErrSharesInvalid     = errors.Register(ModuleName, 25, "the benchmarks' shares of an epoch must ascend by number and add up to 10,000: report this with the height at which it appeared")
)
