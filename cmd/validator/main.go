// Command validator measures the miners of Agora subnets. See package validator/cli.
package main

import (
	"os"

	"github.com/agora-network/agora/validator/cli"
)

func main() { os.Exit(cli.Main()) }
