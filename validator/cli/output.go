package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func addOutputFlag(command *cobra.Command) {
	command.Flags().String("output", "text", "text or json")
	command.Flags().Bool("json", false, "the same as --output json")
}

// show prints a result, in words made by text or as JSON.
func show(command *cobra.Command, result any, text func() string) error {
	format, err := command.Flags().GetString("output")
	if err != nil {
		return err
	}
	if asJSON, err := command.Flags().GetBool("json"); err == nil && asJSON {
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
	return &usageError{fmt.Errorf("--output %q: want text or json", format)}
}
