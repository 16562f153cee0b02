package human_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/cmd/agorad/human"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestFailuresHaveFixedExitCodesAndCarryTheRegisteredCode(t *testing.T) {
	p := newProgram(t)
	poor := apptest.NewAccount("rig").String()
	for name, test := range map[string]struct {
		command string
		exit    int
		code    string
	}{
		"a word instead of a netuid":      {"subnet show one", human.ExitUsage, "usage"},
		"netuid 0":                        {"subnet params 0", human.ExitUsage, "usage"},
		"a netuid that is too large":      {"metagraph 4294967296", human.ExitUsage, "usage"},
		"a negative netuid":               {"metagraph -- -1", human.ExitUsage, "usage"},
		"no argument":                     {"metagraph", human.ExitUsage, "usage"},
		"too many arguments":              {"subnet list 1", human.ExitUsage, "usage"},
		"an unknown flag":                 {"subnet list --colour", human.ExitUsage, "usage"},
		"an unknown command":              {"subnet lst", human.ExitUsage, "usage"},
		"an unknown order":                {"metagraph 1 --sort luck", human.ExitUsage, "usage"},
		"a page beyond the last":          {"metagraph 1 --page 9", human.ExitUsage, "usage"},
		"page 0":                          {"metagraph 1 --page 0", human.ExitUsage, "usage"},
		"a subnet that does not exist":    {"metagraph 9", human.ExitNotFound, "subnet/2"},
		"a height in the future":          {"subnet list --height 100000", human.ExitNotFound, "not_found"},
		"a negative height":               {"subnet list --height=-5", human.ExitNotFound, "not_found"},
		"a key that does not exist":       {"wallet overview carol", human.ExitNotFound, "not_found"},
		"a malformed address":             {"wallet overview agora1qqqq", human.ExitUsage, "usage"},
		"several keys and none named":     {"wallet overview", human.ExitUsage, "usage"},
		"nobody who pays":                 {"subnet create sums --dry-run", human.ExitUsage, "usage"},
		"a payer that does not exist":     {"subnet create sums --from carol --dry-run", human.ExitNotFound, "not_found"},
		"a malformed fee":                 {"subnet create sums --from alice --dry-run --fees some", human.ExitUsage, "usage"},
		"a payer without an account":      {"subnet create sums --from rig --dry-run", human.ExitRefused, "no_account"},
		"a malformed limit":               {"subnet create sums --from alice --dry-run --max-deposit lots", human.ExitUsage, "usage"},
		"a limit in another coin":         {"subnet create sums --from alice --dry-run --max-deposit 5uatom", human.ExitUsage, "usage"},
		"a limit below the smallest coin": {"subnet create sums --from alice --dry-run --max-deposit 0.0000001AGORA", human.ExitUsage, "usage"},
		"a limit beyond 64 bits":          {"subnet create sums --from alice --dry-run --max-deposit 99999999999999999999AGORA", human.ExitUsage, "usage"},
		"a limit of nothing":              {"subnet create sums --from alice --dry-run --max-deposit 0AGORA", human.ExitUsage, "usage"},
		"a malformed gas price":           {"subnet create sums --from alice --dry-run --gas-prices cheap", human.ExitUsage, "usage"},
		"a miner without a hotkey":        {"subnet register 1 --from alice --dry-run", human.ExitUsage, "usage"},
		"a miner on no subnet":            {"subnet register 9 --hotkey rig --from alice --dry-run", human.ExitNotFound, "subnet/2"},
		"a deposit above the limit":       {"subnet create sums --from alice --dry-run --max-deposit 1uagora", human.ExitRefused, "subnet/4"},
		"a price above the limit":         {"subnet register 1 --hotkey " + poor + " --from alice --yes --max-price 1uagora", human.ExitRefused, "subnet/20"},
		"a node that does not answer":     {"subnet list --node tcp://127.0.0.1:1", human.ExitUnreachable, "node_unreachable"},
		"an address of no node":           {"subnet list --node ://", human.ExitUsage, "usage"},
		"blocks that are no number":       {"subnet price 1 --blocks soon", human.ExitUsage, "usage"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			arguments := strings.Fields(test.command)
			out, errOut, exit := p.run(arguments...)
			require.Equal(t, test.exit, exit, errOut)
			if test.exit == human.ExitRefused && strings.Contains(test.command, "--dry-run") && test.code != "no_account" {
				require.Contains(t, out, "balance", "a dry run shows the bill of what would be refused")
			} else {
				require.Empty(t, out, "a failure is told on the standard error")
			}
			require.Contains(t, errOut, "what to do: ")

			e, exit := p.json(arguments...)
			require.Equal(t, test.exit, exit)
			require.Equal(t, test.code, e.Error.Code, e.Error.Message)
			require.NotEmpty(t, e.Error.Message)
			require.NotEmpty(t, e.Error.Remediation)
		})
	}
}

func TestWithJSONNothingIsSpentWithoutAYesOnTheCommandLine(t *testing.T) {
	p := newProgram(t)
	p.in = "y\n"
	height := p.Height
	e, code := p.json("subnet", "create", "sums", "--from", "alice")
	require.Equal(t, human.ExitUsage, code)
	require.Contains(t, e.Error.Remediation, "--yes")
	require.Equal(t, height, p.Height, "nothing was sent")
}

func TestAMinerIsRegisteredInOneCommand(t *testing.T) {
	p := newProgram(t)
	e, code := p.json("subnet", "register", "1", "--hotkey", "rig", "--from", "alice", "--gas-prices", "0.001uagora", "--gas-adjustment", "1.5", "--yes")
	require.Equal(t, human.ExitOK, code, e.Error)
	var paid struct {
		Netuid  uint32
		UID     uint32
		MinerID string `json:"miner_id"`
		Burned  string
	}
	require.NoError(t, json.Unmarshal(e.Data, &paid))
	require.EqualValues(t, 2, paid.UID)
	require.Equal(t, "3", paid.MinerID)
	require.NotEqual(t, "0", paid.Burned)

	var miner subnettypes.QueryMinerResponse
	require.NoError(t, p.Query("/agora.subnet.v1.Query/Miner", &subnettypes.QueryMinerRequest{Netuid: 1, Uid: 2}, &miner))
	require.Equal(t, p.Account("alice").String(), miner.Miner.Owner)
	require.Equal(t, apptest.NewAccount("rig").String(), miner.Miner.Hotkey)

	e, code = p.json("subnet", "register", "1", "--hotkey", "rig", "--from", "alice", "--dry-run")
	require.Equal(t, human.ExitRefused, code)
	require.Equal(t, "subnet/18", e.Error.Code)
}

func TestASubnetIsCreatedOnlyAfterAYes(t *testing.T) {
	p := newProgram(t)
	create := []string{"subnet", "create", "sums", "--from", "alice", "--gas-prices", "0.001uagora", "--gas-adjustment", "1.5"}
	height := p.Height
	for _, answer := range []string{"n\n", "\n", "", "perhaps\n"} {
		p.in = answer
		_, errOut, code := p.run(create...)
		require.Equal(t, human.ExitFailure, code)
		require.Contains(t, errOut, "deposit, locked")
	}
	_, _, code := p.run(append(create, "--dry-run")...)
	require.Equal(t, human.ExitOK, code)
	require.Equal(t, height, p.Height, "nothing was sent")

	p.in = "y\n"
	out, _, code := p.run(create...)
	require.Equal(t, human.ExitOK, code)
	require.Contains(t, out, "subnet 2 is yours")
}

func TestAllFiguresAreThoseOfTheWantedHeight(t *testing.T) {
	p := newProgram(t)
	early, code := p.json("subnet", "list", "--height", "5")
	require.Equal(t, human.ExitOK, code, early.Error)
	require.Equal(t, "5", early.Meta.Height)
	require.Contains(t, string(early.Data), `"inactive"`)
	require.Equal(t, p.Time.Add(-time.Duration(p.Height-5)*apptest.BlockTime), early.Meta.Time)
}

func TestDoctorNamesEachProblemAndWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		spoil     func(p *program)
		arguments []string
		exit      int
		problem   string
	}{
		"a clock that is ahead":      {func(p *program) { p.now = p.Time.Add(time.Hour) }, nil, human.ExitFailure, "clock"},
		"a clock that is behind":     {func(p *program) { p.now = p.Time.Add(-time.Hour) }, nil, human.ExitFailure, "clock"},
		"a node that is catching up": {func(p *program) { p.catchingUp = true }, nil, human.ExitFailure, "sync"},
		"another chain":              {nil, []string{"--chain-id", "agora-other-1"}, human.ExitFailure, "chain id"},
		"a key that does not exist":  {nil, []string{"--from", "carol"}, human.ExitFailure, "key"},
		"an account without coins":   {nil, []string{"--from", "rig"}, human.ExitFailure, "balance"},
		"a price that is too low":    {nil, []string{"--gas-prices", "0.0001uagora"}, human.ExitFailure, "fees"},
		"a price that is malformed":  {nil, []string{"--gas-prices", "cheap"}, human.ExitFailure, "fees"},
		"no node":                    {nil, []string{"--node", "tcp://127.0.0.1:1"}, human.ExitUnreachable, "node"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			if test.spoil != nil {
				test.spoil(p)
			}
			e, exit := p.json(append([]string{"doctor"}, test.arguments...)...)
			require.Equal(t, test.exit, exit)
			var health struct {
				Checks []struct{ Name, State, Detail, Remediation string }
			}
			require.NoError(t, json.Unmarshal(e.Data, &health))
			var problems []string
			for _, c := range health.Checks {
				if c.State == "problem" {
					problems = append(problems, c.Name)
					require.NotEmpty(t, c.Remediation)
				}
			}
			require.Equal(t, []string{test.problem}, problems)
		})
	}
}
