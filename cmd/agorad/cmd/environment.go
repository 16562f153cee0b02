package cmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// EnvPrefix begins the environment variables that set flags: AGORA_HOME sets --home, AGORA_GAS_PRICES
// sets --gas-prices.
const EnvPrefix = "AGORA"

// setFlagsFromEnvironment gives flags that were not given on the command line their value from the
// environment, so that a file is overruled by the environment and the environment by a flag.
func setFlagsFromEnvironment(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		name := environmentName(flag.Name)
		value, ok := os.LookupEnv(name)
		if flag.Changed || !ok {
			return
		}
		if err := cmd.Flags().Set(flag.Name, value); err != nil {
			failed = errors.Join(failed, fmt.Errorf("the environment variable %s: %w", name, err))
		}
	})
	return failed
}

// environmentName is the variable that sets a flag.
func environmentName(flag string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(flag))
}
