package simulation

import (
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// maxFee bounds what a simulated transaction pays, in uagora: the SDK draws fees up to the whole balance,
// and a network of beggars proves little.
const maxFee = 10_000

// refusedWith is the outcome of a message with a fault: it must be refused for just that, or for one of several reasons.
func refusedWith(faults ...error) simsx.SimDeliveryResultHandler {
	return func(err error) error {
		for _, fault := range faults {
			if errors.Is(err, fault) {
				return nil
			}
		}
		return fmt.Errorf("want one of the refusals %q, got: %v", faults, err) //nolint:errorlint // err may be nil
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

// payer draws an account that can pay an amount of uagora and a fee.
func payer(data *simsx.ChainDataSource, reporter simsx.SimulationReporter, amount uint64) simsx.SimAccount {
	price := sdk.NewCoin(types.Denom, math.NewIntFromUint64(amount))
	account := data.AnyAccountN(5, reporter, simsx.WithLiquidBalanceGTE(price.AddAmount(math.NewInt(maxFee))))
	if reporter.IsSkipped() {
		return account
	}
	return frugal(account)
}

// percent is true so many times of a hundred.
func percent(r *simsx.XRand, times int) bool { return r.Intn(100) < times }

// between draws from least to most, both inclusive.
func between(r *simsx.XRand, least, most int) int { return least + r.Intn(most-least+1) }
