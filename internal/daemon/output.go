package daemon

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const (
	outputFlag = "output"
	jsonFlag   = "json"
)

// AddOutputFlag lets a command print its result by [Show] as text or as JSON.
func AddOutputFlag(command *cobra.Command) {
	command.Flags().String(outputFlag, "text", "text or json")
}

// AddJSONFlag gives a command with an output flag a shorter one, and returns the command.
func AddJSONFlag(command *cobra.Command) *cobra.Command {
	command.Flags().Bool(jsonFlag, false, "the same as --output json")
	return command
}

// Show prints a result, in words made by text or as JSON.
func Show(command *cobra.Command, result any, text func() string) error {
	format, err := command.Flags().GetString(outputFlag)
	if err != nil {
		return err
	}
	if asJSON, err := command.Flags().GetBool(jsonFlag); err == nil && asJSON {
		format = "json"
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
	return UsageError(fmt.Errorf("--output %q: want text or json", format))
}
