package cli

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

const (
	// uagoraPerAgora is how many of the chain's units make one AGORA.
	uagoraPerAgora = 1_000_000
	agoraDecimals  = 6
)

func addOutputFlag(command *cobra.Command) {
	command.Flags().String("output", "text", "text or json")
}

// show prints a result, in words made by text or as JSON.
func show(command *cobra.Command, result any, text func() string) error {
	format, err := command.Flags().GetString("output")
	if err != nil {
		return err
	}
	switch format {
	case "json":
		encoder := json.NewEncoder(command.OutOrStdout())
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	case "text":
		fmt.Fprintln(command.OutOrStdout(), strings.TrimRight(text(), "\n"))
		return nil
	}
	return &usageError{fmt.Errorf("--output %q: want text or json", format)}
}

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
