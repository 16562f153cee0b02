// Command miner serves a model to the validators of an Agora subnet. See package miner/cli.
package main

import (
	"os"

	"github.com/agora-network/agora/miner/cli"
)

func main() { os.Exit(cli.Main()) }
