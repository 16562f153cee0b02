package daemon

import (
	"fmt"
	"runtime"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/settings"
	"github.com/agora-network/agora/wire"
)

// InitCommand is `init`: it writes the commented configuration file.
func InitCommand[C any](program settings.Program[C], example string) *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a commented configuration file",
		Long: `init writes config.yaml with every setting, its meaning and its value into the home. Settings given as flags or in
the environment are written, the others get their defaults. An existing file is never changed.`,
		Example: example,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			home := Home(command)
			path, err := program.Init(home, command.Flags())
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "wrote %s\nnext: %s keys add hotkey --home %s\n", path, program.Name, home)
			return nil
		},
	}
	program.AddFlags(command.Flags())
	return command
}

// VersionCommand is `version`: it says what this program is.
func VersionCommand(program, example string) *cobra.Command {
	command := &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program",
		Long:    `version prints the release, the commit it was built from, the Go release and the wire protocol that it speaks.`,
		Example: example,
		Args:    cobra.NoArgs,
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
			return Show(command, result, func() string {
				return fmt.Sprintf("%s %s (%s, %s)", program, result.Version, result.Go, result.Wire)
			})
		},
	}
	AddOutputFlag(command)
	return command
}
