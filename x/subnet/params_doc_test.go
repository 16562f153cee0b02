package subnet_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/subnet/types"
)

const paramsDoc = "../../docs/params.md"

var update = flag.Bool("update", false, "write docs/params.md anew from the tables of parameters")

// The page is written from the tables by which the chain checks parameters, so it cannot differ from them.
func TestTheParameterPageIsWrittenFromTheTables(t *testing.T) {
	want := renderParams()
	if *update {
		require.NoError(t, os.WriteFile(paramsDoc, []byte(want), 0o644))
	}
	require.Equal(t, want, read(t, paramsDoc), "go test ./x/subnet -run ParameterPage -update writes it anew")
}

func renderParams() string {
	var b strings.Builder
	b.WriteString(paramsIntro)
	section(&b, types.SubnetParamSpecs, true)
	b.WriteString(moduleIntro)
	section(&b, types.ModuleParamSpecs, false)
	b.WriteString(rewardsIntro)
	section(&b, rewardstypes.ParamSpecs, false)
	return b.String()
}

// paramsIntro, moduleIntro and rewardsIntro are the words around the tables.
const (
	paramsIntro = `# Parameters

<!-- Written by a test from x/subnet/types/registry_subnet.go and registry_module.go, and x/rewards/types/registry.go; do not edit. -->

What can be set in x/subnet and x/rewards, with its default and range. On a running chain, ` + "`agorad query subnet params 1`" + ` shows the same
for one subnet, with the values now and from the next epoch on, who changed each last, and from which height on they are frozen.

## Of a subnet

The owner chooses all of them when it registers the subnet; what it leaves at 0 takes the default, which governance can change (module
parameter ` + "`default_subnet_params`" + `). Afterwards the owner may change those marked *owner*, in so many blocks once; governance may change all of
them, at any time:

` + "```" + `
agorad tx subnet update-subnet-params 1 --fields tempo,reveal_window --params '{"tempo":"720","reveal_window":"360"}' --from owner
` + "```" + `

On a subnet that runs, the new values count from the next epoch on; several changes before it come together. An owner cannot change anything in the
last ` + "`params_freeze`" + ` blocks of an epoch, or the last half of it when that is shorter: whoever plays knows the values of an epoch before it begins.
A paused subnet is not frozen; its changes count when it goes on. On a subnet that has not begun its first epoch they count at once.

Beside the ranges: ` + "`reveal_window`" + ` is below ` + "`tempo`" + `, ` + "`min_burn`" + ` at most ` + "`max_burn`" + `, ` + "`alpha_low`" + ` at most ` + "`alpha_high`" + `, ` + "`max_miners`" + ` times
` + "`max_validators`" + ` at most 4,096 for each block of ` + "`tempo`" + `.

`
	moduleIntro = `
## Of x/subnet

Set by governance, all at once, with ` + "`MsgUpdateParams`" + `; they count from the next transaction on.

`
	rewardsIntro = `
## Of x/rewards

Set by governance, all at once, with ` + "`MsgUpdateParams`" + ` of x/rewards; they count from the end of the same block on. On a running chain,
` + "`agorad query rewards params`" + ` shows them.

Beside the ranges: ` + "`initial_block_emission`" + ` is at most ` + "`supply_cap`" + `, and ` + "`owner_bp`" + `, ` + "`miner_bp`" + ` and ` + "`validator_bp`" + ` add to 10,000.

`
)

// section writes one table, then what a change does beside.
func section[P any](b *strings.Builder, specs []types.ParamSpec[P], perSubnet bool) {
	head, rule := "| name | default | range | unit | meaning |", "|---|---|---|---|---|"
	if perSubnet {
		head, rule = head+" who | once in blocks |", rule+"---|---|"
	}
	fmt.Fprintf(b, "%s\n%s\n", head, rule)
	for _, spec := range specs {
		fmt.Fprintf(b, "| `%s` | %s | %s to %s | %s | %s |", spec.Name, grouped(spec.Default), grouped(spec.Min), grouped(spec.Max), spec.Unit, spec.Meaning)
		if perSubnet {
			fmt.Fprintf(b, " %s | %s |", spec.Who, grouped(spec.MinInterval))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nWhat else a change does:\n\n")
	for _, spec := range specs {
		if spec.SideEffects != "" {
			fmt.Fprintf(b, "- `%s`: %s.\n", spec.Name, spec.SideEffects)
		}
	}
}
