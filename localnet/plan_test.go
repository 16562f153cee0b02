package localnet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheDefaultNetworkHasOneOfEachModel(t *testing.T) {
	plan := newPlan(DefaultSettings())
	require.Equal(t, []string{
		"node-1", "node-2", "node-3", "miner-1", "miner-2", "miner-3", "miner-4", "validator-1", "validator-2", "validator-3",
	}, plan.names())
	require.Equal(t, "native=basics-strong", plan.Miners[0].Backend)
	require.Equal(t, "native=basics-weak", plan.Miners[1].Backend)
	require.Equal(t, "guess", plan.Miners[2].Backend)
	require.Equal(t, "replay", plan.Miners[3].Backend)
}

func TestTheHotkeysOfAnOperatorShareItsWholePower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := Settings{
			Nodes:      rapid.IntRange(1, maxNodes).Draw(t, "nodes"),
			Validators: rapid.IntRange(1, maxValidators).Draw(t, "validators"),
		}
		shares := make(map[int]uint32)
		for _, validator := range newPlan(settings).Validators {
			shares[validator.Node] += validator.ShareBP
		}
		require.Len(t, shares, min(settings.Nodes, settings.Validators))
		for node, share := range shares {
			require.EqualValues(t, fullShare, share, "node %d", node)
		}
	})
}

func TestSettingsOutOfRangeAreRefusedByTheNameOfTheirFlag(t *testing.T) {
	require.NoError(t, DefaultSettings().Validate())
	for flag, change := range map[string]func(*Settings){
		"--nodes 0":                     func(s *Settings) { s.Nodes = 0 },
		"--nodes 17":                    func(s *Settings) { s.Nodes = 17 },
		"--validators 0":                func(s *Settings) { s.Validators = 0 },
		"--validators 65":               func(s *Settings) { s.Validators = 65 },
		"--miners -1":                   func(s *Settings) { s.Miners = -1 },
		"--miners 65":                   func(s *Settings) { s.Miners = 65 },
		"--block-time 1ms":              func(s *Settings) { s.BlockTime = time.Millisecond },
		"--block-time 16s":              func(s *Settings) { s.BlockTime = 16 * time.Second },
		"--tempo 4":                     func(s *Settings) { s.Tempo = 4 },
		"--tempo 10001":                 func(s *Settings) { s.Tempo = 10_001 },
		"--benchmarks 0":                func(s *Settings) { s.Benchmarks = 0 },
		"--benchmarks 3":                func(s *Settings) { s.Benchmarks = 3 },
		"--tempo 7 with --benchmarks 2": func(s *Settings) { s.Benchmarks, s.Tempo = 2, 7 },
	} {
		settings := DefaultSettings()
		change(&settings)
		require.ErrorContains(t, settings.Validate(), flag)
	}
}

func TestPortsAreFreeAndUniqueAndStayWhereTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		taken := make(map[int]bool)
		for _, port := range rapid.SliceOfN(rapid.IntRange(firstPort, lastPort), 0, 200).Draw(t, "taken") {
			taken[port] = true
		}
		before := rapid.SliceOfN(rapid.IntRange(firstPort, firstPort+20), 1, 50).Draw(t, "before")
		ports := append([]int(nil), before...)
		slots := make([]portSlot, len(ports))
		for i := range ports {
			slots[i] = portSlot{port: &ports[i], customary: 26656 + i}
		}
		changes, err := assignPorts(slots, "seed", rapid.Bool().Draw(t, "customary"), func(port int) bool { return !taken[port] })
		require.NoError(t, err)
		seen := make(map[int]bool)
		moved := 0
		for i, port := range ports {
			require.False(t, taken[port] || seen[port], "port %d", port)
			if port != before[i] {
				moved++
				require.True(t, taken[before[i]] || seen[before[i]])
			}
			seen[port] = true
		}
		require.Len(t, changes, moved)
	})
}

func TestAMachineWithoutFreePortsIsToldSo(t *testing.T) {
	var port int
	_, err := assignPorts([]portSlot{{port: &port}}, "seed", false, func(int) bool { return false })
	require.ErrorContains(t, err, "no free ports")
}

func TestTheFirstNodeGetsTheCustomaryPortsWhereTheyAreFree(t *testing.T) {
	plan := newPlan(DefaultSettings())
	_, err := assignPorts(plan.ports(), "seed", true, func(port int) bool { return port != 9090 })
	require.NoError(t, err)
	ports := plan.Nodes[0].Ports
	require.Equal(t, 26657, ports.RPC)
	require.Equal(t, 1317, ports.REST)
	require.NotEqual(t, 9090, ports.GRPC)
	require.NotEqual(t, 26657, plan.Nodes[1].Ports.RPC)
}
