package human_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/cmd/agorad/human"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// bill is what a dry run answers.
type bill struct {
	From, Locked, Burned, Fee, Total, Balance string
	DryRun                                    bool `json:"dry_run"`
	Effect                                    *struct {
		Netuid   uint32
		UID      *uint32
		MinerID  string `json:"miner_id"`
		Replaces string `json:"replaces_miner_id"`
	}
}

func (p *program) dryRun(exit int, arguments ...string) (bill, envelope) {
	p.t.Helper()
	height := p.Height
	e, code := p.json(append(arguments, "--gas-prices", "0.001uagora", "--dry-run")...)
	require.Equal(p.t, exit, code, e.Error)
	require.Equal(p.t, height, p.Height, "nothing was sent")
	var b bill
	require.NoError(p.t, json.Unmarshal(e.Data, &b))
	require.True(p.t, b.DryRun)
	return b, e
}

func TestADryRunSaysWhatWouldBePaidAndWhatWouldHappen(t *testing.T) {
	p := newProgram(t)
	b, _ := p.dryRun(human.ExitOK, "subnet", "create", "sums", "--from", "alice")
	require.NotEqual(t, "0", b.Locked)
	require.NotEqual(t, "0", b.Fee)
	require.EqualValues(t, 2, b.Effect.Netuid)
	require.Nil(t, b.Effect.UID)

	b, _ = p.dryRun(human.ExitOK, "subnet", "register", "1", "--hotkey", "rig", "--from", "alice")
	require.NotEqual(t, "0", b.Burned)
	require.EqualValues(t, 2, *b.Effect.UID)
	require.Equal(t, "3", b.Effect.MinerID)
	require.Equal(t, "0", b.Effect.Replaces)
}

func TestADryRunSaysWhomARegistrationReplacesAsTheDangerZoneDoes(t *testing.T) {
	p := newProgram(t)
	owner := p.Account("owner")
	p.Must(owner, &subnettypes.MsgUpdateSubnetParams{
		Signer: owner.String(), Netuid: 1, Params: subnettypes.SubnetParams{MaxMiners: 2, ImmunityPeriod: 1}, Fields: []string{"max_miners", "immunity_period"},
	})
	p.Blocks(2 * tempo)
	e, code := p.json("subnet", "danger", "1")
	require.Equal(t, human.ExitOK, code, e.Error)
	var zone struct {
		FreeSlots uint32 `json:"free_slots"`
		Miners    []struct {
			UID     uint32
			MinerID string `json:"miner_id"`
		}
	}
	require.NoError(t, json.Unmarshal(e.Data, &zone))
	require.Zero(t, zone.FreeSlots)
	require.Len(t, zone.Miners, 2)

	b, _ := p.dryRun(human.ExitOK, "subnet", "register", "1", "--hotkey", "rig", "--from", "alice")
	require.Equal(t, zone.Miners[0].UID, *b.Effect.UID)
	require.Equal(t, zone.Miners[0].MinerID, b.Effect.Replaces)
	out, _, _ := p.run("subnet", "register", "1", "--hotkey", "rig", "--from", "alice", "--dry-run")
	require.Contains(t, out, "in place of miner "+zone.Miners[0].MinerID)
}

func TestADryRunOfWhatWouldBeRefusedShowsTheBillToo(t *testing.T) {
	p := newProgram(t)
	b, e := p.dryRun(human.ExitRefused, "subnet", "register", "1", "--hotkey", p.Operators[0].String(), "--from", "alice")
	require.Equal(t, "subnet/19", e.Error.Code)
	require.NotEqual(t, "0", b.Burned)
	require.NotEqual(t, "0", b.Balance)
	require.Nil(t, b.Effect)
}
