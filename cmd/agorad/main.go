// Command agorad is the Agora chain: node, command line and local network.
package main

import (
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/agora-network/agora/cmd/agorad/cmd"
	"github.com/agora-network/agora/cmd/agorad/human"
)

func main() {
	root := cmd.NewRootCommand()
	if err := svrcmd.Execute(root, cmd.EnvPrefix, cmd.DefaultNodeHome); err != nil {
		os.Exit(human.Report(root, os.Args[1:], err))
	}
}
