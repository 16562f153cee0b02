package cli

import (
	"fmt"
	"runtime"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/agora-network/agora/wire"
)

func newVersion() *cobra.Command {
	command := &cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Long:  `version prints the release, the commit it was built from, the Go release and the wire protocol that it speaks.`,
		Example: `  validator version
  validator version --json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			release := version.Version
			if release == "" {
				release = "unreleased"
			}
			result := struct {
				Version string `json:"version"`
				Commit  string `json:"commit"`
				Go      string `json:"go"`
				Wire    string `json:"wire"`
			}{release, version.Commit, runtime.Version(), wire.Domain}
			return show(command, result, func() string {
				return fmt.Sprintf("validator %s (%s, %s)", result.Version, result.Go, result.Wire)
			})
		},
	}
	addOutputFlag(command)
	return command
}
