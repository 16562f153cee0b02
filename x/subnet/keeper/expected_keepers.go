package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// The interfaces stand with the keeper, which uses them, and not in the types package: clients of those types, the daemons
// first, would link the modules named here.

// BankKeeper is what x/subnet asks of x/bank: deposits are locked, registration prices burned.
type BankKeeper interface {
	// SendCoinsFromAccountToModule takes a deposit or a price from whoever registers.
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	// SendCoinsFromModuleToAccount pays out what was locked: a bond that was called back, what is refunded of a deposit.
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	// BurnCoins destroys a registration price.
	BurnCoins(ctx context.Context, module string, amount sdk.Coins) error
	// GetBalance lets the invariants compare the module account with the deposits.
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
}

// StakingKeeper is what x/subnet asks of x/staking: who validates, with how much stake.
type StakingKeeper interface {
	// Validator tells whether the signer of an appointment operates a validator.
	Validator(ctx context.Context, addr sdk.ValAddress) (stakingtypes.ValidatorI, error)
	// ValidatorByConsAddr finds the proposer of a block.
	ValidatorByConsAddr(ctx context.Context, addr sdk.ConsAddress) (stakingtypes.ValidatorI, error)
	// IterateBondedValidatorsByPower walks the validators among which permits are given.
	IterateBondedValidatorsByPower(ctx context.Context, fn func(index int64, validator stakingtypes.ValidatorI) (stop bool)) error
}
