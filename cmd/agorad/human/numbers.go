package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/chaincfg"
)

const (
	uagoraPerAgora = 1_000_000
	// billion is the whole of incentives, consensus, trust and dividends.
	billion = 1_000_000_000
	// quintillion is the whole of a subnet's share of emission.
	quintillion = 1_000_000_000_000_000_000
)

// coins writes uagora as AGORA with all its decimals, without trailing zeros beyond the second.
func coins(uagora uint64) string {
	decimals := fmt.Sprintf("%06d", uagora%uagoraPerAgora)
	return grouped(uagora/uagoraPerAgora) + "." + decimals[:2] + strings.TrimRight(decimals[2:], "0")
}

// grouped writes an integer with commas between thousands.
func grouped(v uint64) string {
	s := strconv.FormatUint(v, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent writes a share of 10^18 as percent with two decimals, cut.
func percent(share uint64) string {
	hundredths := share / (quintillion / 10_000)
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}

// basisPoints writes a share of 10,000 as percent.
func basisPoints(share uint32) string { return fmt.Sprintf("%d.%02d %%", share/100, share%100) }

// ratio writes a share of 10^9 with four decimals, cut.
func ratio(share uint64) string {
	return fmt.Sprintf("%d.%04d", share/billion, share%billion/(billion/10_000))
}

// short cuts an address to what tells it from others.
func short(address string) string {
	const head, tail = 10, 4
	if len(address) <= head+tail+1 {
		return address
	}
	return address[:head] + "…" + address[len(address)-tail:]
}

// clean makes a text that strangers wrote safe for a terminal: no control characters, one line, at most
// limit characters.
func clean(s string, limit int) string {
	safe := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s))
	if len(safe) > limit {
		return string(safe[:limit-1]) + "…"
	}
	return string(safe)
}

// parseCoins reads an amount such as 2AGORA, 0.5agora or 500000uagora as uagora.
func parseCoins(text string) (uint64, error) {
	wrong := usage("write it as 2AGORA or 2000000uagora", "%q is not an amount", text)
	coin, err := sdk.ParseDecCoin(strings.TrimSpace(text))
	if err != nil {
		return 0, wrong
	}
	amount := coin.Amount
	switch {
	case strings.EqualFold(coin.Denom, chaincfg.DisplayDenom):
		amount = amount.MulInt64(uagoraPerAgora)
	case coin.Denom != chaincfg.Denom:
		return 0, wrong
	}
	if !amount.IsInteger() || amount.IsNegative() || amount.GT(sdkmath.LegacyNewDecFromInt(sdkmath.NewIntFromUint64(math.MaxUint64))) {
		return 0, wrong
	}
	return amount.TruncateInt().Uint64(), nil
}

// amountOf is the uagora among coins; what exceeds 64 bits is the largest number.
func amountOf(all sdk.Coins) uint64 {
	amount := all.AmountOf(chaincfg.Denom)
	if !amount.IsUint64() {
		return math.MaxUint64
	}
	return amount.Uint64()
}

// parseNetuid reads the number of a subnet.
func parseNetuid(text string) (uint32, error) {
	netuid, err := strconv.ParseUint(text, 10, 32)
	if err != nil || netuid == 0 {
		return 0, usage("list the subnets: agorad subnet list", "%q is not the number of a subnet", text)
	}
	return uint32(netuid), nil
}

// product of two figures; what exceeds 64 bits is the largest number.
func product(a, b uint64) uint64 {
	if b != 0 && a > math.MaxUint64/b {
		return math.MaxUint64
	}
	return a * b
}

// sum of two figures; what exceeds 64 bits is the largest number.
func sum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
