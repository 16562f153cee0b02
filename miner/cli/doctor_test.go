package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/internal/daemon"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// register puts the hotkey on the subnet.
func (s *setup) register(t *testing.T) {
	t.Helper()
	s.answer(t, "/agora.subnet.v1.Query/MinerByHotkey", &subnettypes.QueryMinerByHotkeyResponse{Miner: subnettypes.Miner{
		Netuid: 1, Uid: 2, MinerId: 5, Owner: s.owner, Hotkey: s.hotkey, Endpoints: []string{"http://127.0.0.1:7"},
	}})
}

func TestDoctorFindsAMinerWell(t *testing.T) {
	s := newSetup(t)
	s.register(t)
	s.node.SetTime(time.Now(), time.Second)
	out, errOut, code := run(t, "doctor", "--home", s.home)
	require.Zero(t, code, out+errOut)
	require.NotContains(t, out, "WRONG")
	for _, want := range []string{
		"ok    home ", "ok    hotkey ", "ok    endpoint ", "ok    clock ", "ok    registered uid 2, miner id 5 on subnet 1, asked at http://127.0.0.1:7",
		"ok    fees       9 AGORA of the hotkey's own", "ok    backend    guess, model guess", "ok    gpu ",
	} {
		require.Contains(t, out, want)
	}
}

func TestDoctorSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s *setup)
		args  []string
		want  []string
	}{
		"a server that is not there": {
			args: []string{"--backend", "openai=http://127.0.0.1:1", "--backend-model", "m"},
			want: []string{"WRONG backend", "do: start the server"},
		},
		"a slow clock": {
			spoil: func(_ *testing.T, s *setup) { s.node.SetTime(time.Now().Add(time.Minute), time.Second) },
			want:  []string{"WRONG clock", "behind the newest block", "do: set the clock by NTP"},
		},
		"a fast clock, or a chain that stands still": {
			spoil: func(_ *testing.T, s *setup) { s.node.SetTime(time.Now().Add(-time.Hour), time.Second) },
			want:  []string{"WRONG clock", "old by this machine's clock", "why the chain stands still"},
		},
		"a hotkey without a slot": {
			spoil: func(_ *testing.T, s *setup) {
				s.node.OnQuery("/agora.subnet.v1.Query/MinerByHotkey", func(int64, []byte) chaintest.Result { return chaintest.NotFound() })
			},
			want: []string{"WRONG registered", "not registered on subnet 1", "do: miner register --home", "it burns 1.5 AGORA now"},
		},
		"a subnet that is not there": {
			spoil: func(_ *testing.T, s *setup) {
				s.node.OnQuery("/agora.subnet.v1.Query/Subnet", func(int64, []byte) chaintest.Result { return chaintest.NotFound() })
			},
			want: []string{"WRONG registered", "there is no subnet 1", "do: correct netuid"},
		},
		"a hotkey that cannot pay": {
			spoil: func(_ *testing.T, s *setup) { s.node.SetBalance(s.hotkey, "uagora", 0) },
			want:  []string{"WRONG fees", "holds nothing", "do: miner register --home"},
		},
		"a granter who grants nothing": {
			args: []string{"--chain-fee-granter", "agora1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqkc65ek"},
			want: []string{"WRONG fees", "grants the hotkey no fees", "agorad tx feegrant grant"},
		},
		"a node that is not there": {
			args: []string{"--chain-endpoints", "http://127.0.0.1:1"},
			want: []string{"WRONG endpoint", "do: start the node"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t)
			s.register(t)
			s.node.SetTime(time.Now(), time.Second)
			if c.spoil != nil {
				c.spoil(t, s)
			}
			out, errOut, code := run(t, append([]string{"doctor", "--home", s.home}, c.args...)...)
			require.Equal(t, daemon.ExitUnwell, code, out+errOut)
			for _, want := range c.want {
				require.Contains(t, out, want)
			}
			require.Equal(t, 1, strings.Count(out, "WRONG"), out)
		})
	}
}

func TestDoctorNamesWhoPays(t *testing.T) {
	s := newSetup(t)
	s.register(t)
	s.node.SetTime(time.Now(), time.Second)
	s.node.SetBalance(s.hotkey, "uagora", 0)
	s.node.GrantFees(s.owner, s.hotkey)
	out, errOut, code := run(t, "doctor", "--home", s.home)
	require.Zero(t, code, out+errOut)
	require.Contains(t, out, "granted by "+s.owner)
}

func TestDoctorTellsWhatIsComing(t *testing.T) {
	s := newSetup(t)
	s.register(t)
	s.node.SetTime(time.Now(), time.Second)
	s.answer(t, "/agora.subnet.v1.Query/Subnet", &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{Netuid: 1, PausedHeight: 7}})
	out, errOut, code := run(t, "doctor", "--home", s.home, "--advertise", "https://miner.example")
	require.Zero(t, code, out+errOut)
	require.Contains(t, out, "will publish https://miner.example")
	require.Contains(t, out, "the subnet is paused")
}
