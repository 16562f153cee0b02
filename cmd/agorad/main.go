// Command agorad is the Agora chain: node, command line and local network.
package main

import (
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/agora-network/agora/cmd/agorad/cmd"
)

func main() {
	if err := svrcmd.Execute(cmd.NewRootCommand(), cmd.EnvPrefix, cmd.DefaultNodeHome); err != nil {
		fmt.Fprintln(os.Stderr, "agorad:", err)
		os.Exit(1)
	}
}
