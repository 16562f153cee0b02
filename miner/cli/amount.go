package cli

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

const (
	// uagoraPerAgora is how many of the chain's units make one AGORA.
	uagoraPerAgora = 1_000_000
	agoraDecimals  = 6
)

var amountForm = regexp.MustCompile(`^([0-9]{1,14})(?:\.([0-9]{1,6}))?\s*([A-Za-z]*)$`)

// parseAmount reads an amount such as 1500000uagora, 1500000 or 1.5AGORA, in uagora.
func parseAmount(text string) (uint64, error) {
	parts := amountForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("amount %q: want for example 1500000uagora or 1.5AGORA", text)
	}
	whole, fraction, unit := parts[1], parts[2], strings.ToLower(parts[3])
	switch unit {
	case "", "uagora":
		if fraction != "" {
			return 0, fmt.Errorf("amount %q: uagora cannot be divided; did you mean AGORA?", text)
		}
	case "agora":
		whole += fraction + strings.Repeat("0", agoraDecimals-len(fraction))
	default:
		return 0, fmt.Errorf("amount %q: unknown unit %q, want uagora or AGORA", text, parts[3])
	}
	amount, ok := new(big.Int).SetString(whole, 10)
	if !ok || !amount.IsUint64() {
		return 0, fmt.Errorf("amount %q is too large", text)
	}
	return amount.Uint64(), nil
}

// agora is an amount of uagora as people read it.
func agora(uagora string) string {
	amount, ok := new(big.Int).SetString(uagora, 10)
	if !ok {
		return uagora + "uagora"
	}
	whole, rest := new(big.Int).QuoRem(amount, big.NewInt(uagoraPerAgora), new(big.Int))
	fraction := strings.TrimRight(fmt.Sprintf("%0*d", agoraDecimals, rest), "0")
	if fraction == "" {
		return whole.String() + " AGORA"
	}
	return whole.String() + "." + fraction + " AGORA"
}
