package simulation

import (
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// maxFee bounds what a simulated transaction pays, in uagora.
const maxFee = 10_000

// refusedWith is the outcome of a message with a fault: it must be refused for just that.
func refusedWith(fault error) simsx.SimDeliveryResultHandler {
	return func(err error) error {
		if !errors.Is(err, fault) {
			return fmt.Errorf("want the refusal %q, got: %v", fault, err) //nolint:errorlint // either may be nil
		}
		return nil
	}
}

// mayFailWith is the outcome of a message that is right, unless one of the reasons applies.
func mayFailWith(reasons ...error) simsx.SimDeliveryResultHandler {
	return func(err error) error {
		for _, reason := range reasons {
			if errors.Is(err, reason) {
				return nil
			}
		}
		return err
	}
}

// frugal keeps the account's fee small.
func frugal(account simsx.SimAccount) simsx.SimAccount {
	balance := account.LiquidBalance()
	fee := math.MinInt(balance.AmountOf(types.Denom), math.NewInt(maxFee))
	balance.Coins = sdk.NewCoins(sdk.NewCoin(types.Denom, fee))
	return account
}

// percent is true so many times of a hundred.
func percent(r *simsx.XRand, times int) bool { return r.Intn(100) < times }

// between draws from least to most, both inclusive.
func between(r *simsx.XRand, least, most int) int { return least + r.Intn(most-least+1) }
