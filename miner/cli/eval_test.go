package cli

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/internal/trial"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestAReferenceNamesAFileAShippedBenchmarkOrOneOnTheChain(t *testing.T) {
	for text, want := range map[string]reference{
		"basics":               {name: "basics"},
		"./my.yaml":            {name: "./my.yaml"},
		"chain:1":              {name: "chain:1", onChain: true, netuid: 1},
		"chain:12/3":           {name: "chain:12/3", onChain: true, netuid: 12, benchmark: 3},
		"chain:12/3@4":         {name: "chain:12/3@4", onChain: true, netuid: 12, benchmark: 3, version: 4},
		"chain:4294967295/0@1": {name: "chain:4294967295/0@1", onChain: true, netuid: 4294967295, version: 1},
	} {
		got, err := parseReference(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "chain:", "chain:0", "chain:x", "chain:-1", "chain:1/", "chain:1@2", "chain:1/2@", "chain:1/2@0", "chain:1/2@x",
		"chain:1/2/3", "chain:4294967296", "chain: 1", "chain:1/99999999999",
	} {
		_, err := parseReference(text)
		require.Error(t, err, text)
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("chain:1/2@3")
	f.Add("basics")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := parseReference(text); err == nil && r.onChain {
			require.NotZero(t, r.netuid)
		}
	})
}

// evalChain is a chain with a subnet whose benchmark is that of a new network, with four miners.
func evalChain(t *testing.T, change func(*spec.Spec)) (*chaintest.Node, *chaintest.Subnet) {
	t.Helper()
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	if change != nil {
		change(s)
	}
	canonical, err := spec.Encode(s)
	require.NoError(t, err)
	node := chaintest.NewNode(t, chainID)
	subnet := node.AddSubnet(1, 100, canonical)
	node.SetHeight(250)
	subnet.Miners = []subnettypes.Miner{
		{Uid: 0, MinerId: 11, Capabilities: subnettypes.Capabilities{Model: "best-of-all"}},
		{Uid: 1, MinerId: 12},
		{Uid: 2, MinerId: 13},
		{Uid: 3, MinerId: 19},
	}
	answer := func(path string, message marshaler) {
		node.OnQuery(path, func(int64, []byte) chaintest.Result { return chaintest.Result{Data: encoded(t, message)} })
	}
	answer("/agora.subnet.v1.Query/Subnet", &subnettypes.QuerySubnetResponse{Subnet: subnettypes.Subnet{
		Netuid: 1, Status: subnettypes.SUBNET_STATUS_ACTIVE, Params: subnettypes.SubnetParams{Tempo: 100, ImmunityPeriod: 1000},
	}})
	answer("/agora.subnet.v1.Query/RegistrationPrice", &subnettypes.QueryRegistrationPriceResponse{Price: 1_500_000})
	answer("/agora.subnet.v1.Query/DangerZone", &subnettypes.QueryDangerZoneResponse{
		Miners: []subnettypes.EndangeredMiner{{Uid: 2, MinerId: 13}},
	})
	answer("/agora.rewards.v1.Query/ProjectedEmission", &rewardstypes.QueryProjectedEmissionResponse{Subnets: []rewardstypes.ProjectedEmission{
		{Netuid: 1, PerBlock: 100_000, AtEpochEnd: 5_000_000, Owner: 1_000_000, Miners: 2_000_000, Validators: 2_000_000},
	}})
	// What validators agree on when the miners stand at 0.90, 0.50, 0.20 and nowhere.
	row := benchmark.Weights(s, []int64{900_000_000, 500_000_000, 200_000_000})
	consensus := make([]uint64, len(row))
	for i, weight := range row {
		consensus[i] = uint64(weight) * 5_000
	}
	answer("/agora.rewards.v1.Query/EpochResult", &rewardstypes.QueryEpochResultResponse{Results: []rewardstypes.EpochResult{
		{Netuid: 1, Epoch: 1, Benchmark: 0, MinerIds: []uint64{11, 12, 13}, Consensus: consensus, Incentives: consensus},
		{Netuid: 1, Epoch: 1, Benchmark: 1, MinerIds: []uint64{11}, Consensus: []uint64{1}},
	}})
	return node, subnet
}

func evaluated(t *testing.T, node *chaintest.Node, code int, args ...string) evaluation {
	t.Helper()
	args = append([]string{"eval", "--home", t.TempDir(), "--chain-id", chainID, "--chain-endpoints", node.URL(), "--seed", "golden", "--json"}, args...)
	out, errOut, got := run(t, args...)
	require.Equal(t, code, got, errOut)
	var found evaluation
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	return found
}

func TestAScoreIsSetAmongTheMinersOfTheSubnet(t *testing.T) {
	node, _ := evalChain(t, nil)
	found := evaluated(t, node, 0, "chain:1", "--backend", "native=basics-fair", "--epochs", "20")
	require.Equal(t, chainID, found.Benchmark.ChainID)
	require.EqualValues(t, 100, found.Benchmark.Blocks)
	m := found.Market
	require.EqualValues(t, 1_500_000, m.Price)
	require.EqualValues(t, 10, m.Immune)
	require.EqualValues(t, 2, *m.Replaced)
	require.EqualValues(t, 4_000_000, m.MinersPay, "a whole epoch, the miners' part of it")
	require.Empty(t, m.Notes)
	require.Len(t, m.Rankings, 1)
	r := m.Rankings[0]
	require.Equal(t, 4, r.Miners, "with the newcomer, without the one it replaces")
	require.Equal(t, []uint32{0, 1, 3}, []uint32{r.Rivals[0].UID, r.Rivals[1].UID, r.Rivals[2].UID})
	require.Equal(t, "best-of-all", r.Rivals[0].Model)
	require.Zero(t, r.Rivals[2].Weight, "a miner of no result")
	require.Equal(t, []int{1, 2}, []int{r.First, r.Last}, "the chain leaves open whether the best is ahead")
	require.EqualValues(t, found.Backends[0].Mean.Mean, r.Rivals[0].AheadBelow, "the best is behind while it stands lower")

	known := evaluated(t, node, 0, "chain:1/0@1", "--backend", "native=basics-fair", "--epochs", "20", "--best", "0.9").Market.Rankings[0]
	require.Equal(t, []int{2, 2}, []int{known.First, known.Last})
	require.Len(t, known.Scenarios, 1)
	beside := evaluated(t, node, 0, "chain:1", "--backend", "native=basics-fair", "--backend", "native=basics-strong", "--best", "native=basics-strong").Market.Rankings[0]
	require.Len(t, beside.Scenarios, 1)
	require.EqualValues(t, 1_000_000_000, beside.Scenarios[0].Best)
	a := m.Arrivals[0]
	require.EqualValues(t, 1, a.Weighted)
	require.EqualValues(t, 5, a.Settled, "half of the way in each epoch")
	require.InDelta(t, found.Backends[0].Mean.Mean, a.Immune, 1e6)

	out, errOut, code := run(t, "eval", "chain:1", "--home", t.TempDir(), "--chain-id", chainID, "--chain-endpoints", node.URL(),
		"--backend", "native=basics-fair", "--epochs", "20", "--seed", "golden")
	require.Zero(t, code, errOut)
	for _, says := range []string{
		"register   burns 1.5 AGORA now, uid 2 would be replaced; a newcomer is immune for 10 epochs",
		"pay        4 AGORA per epoch",
		"rank       1 to 2 of 4 in time", "price      earned back in 1 to 2 epochs",
		"The chain shows weights, not standings",
		"BEST STANDS AT", "best-of-all",
	} {
		require.Contains(t, out, says)
	}
}

func TestWhatStandsInTheWayOfARankIsSaid(t *testing.T) {
	refuse := func(int64, []byte) chaintest.Result {
		return chaintest.Result{Code: 18, Codespace: "sdk", Log: "there is none"}
	}
	for name, test := range map[string]struct {
		spec   func(*spec.Spec)
		change func(node *chaintest.Node, subnet *chaintest.Subnet)
		note   string
		ranks  int
	}{
		"a subnet that does not run": {nil, func(node *chaintest.Node, _ *chaintest.Subnet) {
			node.OnQuery("/agora.subnet.v1.Query/Epoch", refuse)
		}, "no version of this benchmark counts now", 1},
		"no epoch that was paid": {nil, func(node *chaintest.Node, _ *chaintest.Subnet) {
			node.OnQuery("/agora.rewards.v1.Query/EpochResult", refuse)
		}, "no epoch of this benchmark has been paid yet", 1},
		"another version that counts": {nil, func(_ *chaintest.Node, subnet *chaintest.Subnet) {
			subnet.Benchmarks[0].Version = 2
		}, "version 1 was tried, version 2 counts now", 1},
		"miners that are all immune": {nil, func(node *chaintest.Node, _ *chaintest.Subnet) {
			node.OnQuery("/agora.subnet.v1.Query/DangerZone", func(int64, []byte) chaintest.Result {
				return chaintest.Result{Data: encoded(t, &subnettypes.QueryDangerZoneResponse{
					Miners: []subnettypes.EndangeredMiner{{Uid: 2, MinerId: 13, ImmuneUntil: 900}},
				})}
			})
		}, "nobody can register now", 1},
		"a benchmark that compares miners": {
			func(s *spec.Spec) {
				s.Aggregation.Items, s.Sampling.Domain = spec.ITEM_AGGREGATION_PARETO, spec.SAMPLING_DOMAIN_SHARED
			},
			func(*chaintest.Node, *chaintest.Subnet) {}, "a comparison with the other miners (pareto)", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			node, subnet := evalChain(t, test.spec)
			reference := "chain:1"
			test.change(node, subnet)
			if subnet.Benchmarks[0].Version == 2 { // of which the older one is asked for
				reference = "chain:1/0@1"
				older := subnet.Benchmarks[0]
				older.Version = 1
				node.OnQuery("/agora.subnet.v1.Query/Benchmark", func(int64, []byte) chaintest.Result {
					return chaintest.Result{Data: encoded(t, &subnettypes.QueryBenchmarkResponse{Benchmark: older})}
				})
			}
			market := evaluated(t, node, 0, reference, "--backend", "native=basics-weak", "--epochs", "1").Market
			require.Len(t, market.Notes, 1)
			require.Contains(t, market.Notes[0], test.note)
			require.Len(t, market.Rankings, test.ranks)
		})
	}
}

func TestASpecOfTheChainIsNotTrustedBlindly(t *testing.T) {
	for name, test := range map[string]struct {
		change func(version *subnettypes.BenchmarkVersion)
		args   string
		says   string
	}{
		"other bytes than the digest says": {func(v *subnettypes.BenchmarkVersion) { v.Digest = make([]byte, 32) }, "chain:1", "is not to be trusted"},
		"bytes that are no spec": {func(v *subnettypes.BenchmarkVersion) {
			v.Spec = []byte("?")
			digest := sha256.Sum256(v.Spec)
			v.Digest = digest[:]
		}, "chain:1", "a newer miner may know it"},
		"a benchmark that is not there": {func(*subnettypes.BenchmarkVersion) {}, "chain:1/7", "has no benchmark 7"},
	} {
		t.Run(name, func(t *testing.T) {
			node, subnet := evalChain(t, nil)
			test.change(&subnet.Benchmarks[0])
			_, errOut, code := run(t, "eval", test.args, "--home", t.TempDir(), "--chain-id", chainID, "--chain-endpoints", node.URL(), "--backend", "guess")
			require.Equal(t, 1, code)
			require.Contains(t, errOut, test.says)
		})
	}
	node, _ := evalChain(t, nil)
	node.OnQuery("/agora.subnet.v1.Query/Subnet", func(int64, []byte) chaintest.Result { return chaintest.NotFound() })
	_, errOut, code := run(t, "eval", "chain:9", "--home", t.TempDir(), "--chain-id", chainID, "--chain-endpoints", node.URL())
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "there is no subnet 9")
}

func TestAnArrivalTakesTheTimeThatTheStandingTakes(t *testing.T) {
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	source := &specSource{spec: s}
	for name, test := range map[string]struct {
		mean              int64
		weighted, settled uint64
	}{
		"a good score is weighted at once":         {1_000_000_000, 1, 5},
		"one near the baseline needs a few epochs": {200_000_000, 3, 5},
		"one at the baseline is never above it":    {150_000_000, 0, 5},
		"nothing is there from the beginning":      {0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := arrivalOf(source, &trial.Result{Name: "it", Mean: trial.Estimate{Mean: test.mean}}, 0)
			require.Equal(t, []uint64{test.weighted, test.settled}, []uint64{a.Weighted, a.Settled})
		})
	}
}
