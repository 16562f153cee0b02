package chainclient

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	authv1beta1 "cosmossdk.io/api/cosmos/auth/v1beta1"
	bankv1beta1 "cosmossdk.io/api/cosmos/bank/v1beta1"
	feegrantv1beta1 "cosmossdk.io/api/cosmos/feegrant/v1beta1"
)

// Account is what the chain knows of an address that signs.
type Account struct {
	// Number is given once and never changes.
	Number uint64
	// Sequence counts the ordered transactions of the account.
	Sequence uint64
}

// Account reads an account. The error wraps [ErrNoAccount] where the address has none.
func (c *Client) Account(ctx context.Context, address string) (Account, error) {
	response, err := authv1beta1.NewQueryClient(c.At(0)).AccountInfo(ctx, &authv1beta1.QueryAccountInfoRequest{Address: address})
	switch {
	case errors.Is(err, ErrNotFound):
		return Account{}, fmt.Errorf("%w: %s; send it uagora or grant it fees once, so that the account exists", ErrNoAccount, address)
	case err != nil:
		return Account{}, fmt.Errorf("read account %s: %w", address, err)
	}
	return Account{Number: response.GetInfo().GetAccountNumber(), Sequence: response.GetInfo().GetSequence()}, nil
}

// Balance reads how much of a denomination an address holds.
func (c *Client) Balance(ctx context.Context, address, denom string) (*big.Int, error) {
	response, err := bankv1beta1.NewQueryClient(c.At(0)).Balance(ctx, &bankv1beta1.QueryBalanceRequest{Address: address, Denom: denom})
	if err != nil {
		return nil, fmt.Errorf("read balance of %s: %w", address, err)
	}
	text := response.GetBalance().GetAmount()
	amount, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil, fmt.Errorf("read balance of %s: amount %q is not a number", address, text)
	}
	return amount, nil
}

// HasFeeGrant reads whether granter pays fees for grantee. An allowance may still be used up or not cover a message.
func (c *Client) HasFeeGrant(ctx context.Context, granter, grantee string) (bool, error) {
	_, err := feegrantv1beta1.NewQueryClient(c.At(0)).Allowance(ctx, &feegrantv1beta1.QueryAllowanceRequest{Granter: granter, Grantee: grantee})
	if err == nil {
		return true, nil
	}
	if _, refused := errors.AsType[*QueryError](err); refused { // when there is none, versions differ in the code
		return false, nil
	}
	return false, fmt.Errorf("read fee grant of %s to %s: %w", granter, grantee, err)
}

// FeeGranters lists who pays fees for grantee, at most the chain's default page of them.
func (c *Client) FeeGranters(ctx context.Context, grantee string) ([]string, error) {
	response, err := feegrantv1beta1.NewQueryClient(c.At(0)).Allowances(ctx, &feegrantv1beta1.QueryAllowancesRequest{Grantee: grantee})
	if err != nil {
		return nil, fmt.Errorf("read fee grants to %s: %w", grantee, err)
	}
	granters := make([]string, len(response.GetAllowances()))
	for i, grant := range response.GetAllowances() {
		granters[i] = grant.GetGranter()
	}
	return granters, nil
}

// FeePayer says who pays the fees of an address that names no granter: itself while it holds coins of the
// denomination, else the first account that granted it an allowance; "" when it pays itself.
func (c *Client) FeePayer(ctx context.Context, address, denom string) (granter string, err error) {
	payers, err := c.feePayers(ctx, address, denom)
	if err != nil {
		return "", err
	}
	return payers[0], nil
}

// feePayers is FeePayer with all who granted an allowance; it returns at least one.
func (c *Client) feePayers(ctx context.Context, address, denom string) ([]string, error) {
	own := []string{""}
	balance, err := c.Balance(ctx, address, denom)
	if err != nil || balance.Sign() > 0 {
		return own, err
	}
	granters, err := c.FeeGranters(ctx, address)
	if err != nil || len(granters) == 0 {
		return own, err
	}
	return granters, nil
}
