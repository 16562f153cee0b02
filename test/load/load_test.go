package main

import (
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/agora-network/agora/cmd/agorad/cmd"
)

// asNode in the environment makes the test program a node: building agorad besides would take longer than the test.
const asNode = "LOAD_TEST_NODE"

func TestMain(m *testing.M) {
	if os.Getenv(asNode) == "" {
		os.Exit(m.Run())
	}
	if err := svrcmd.Execute(cmd.NewRootCommand(), cmd.EnvPrefix, cmd.DefaultNodeHome); err != nil {
		os.Exit(1)
	}
}

func small() settings {
	return settings{
		nodes: 4, hotkeys: 2, subnets: 2, miners: 64, tempo: 16, blockTime: 250 * time.Millisecond,
		rates: []float64{8}, span: time.Second, connections: 4, seed: 1,
	}
}

func TestWhatNodesTakeUnderLoadIsInBlocks(t *testing.T) {
	s := small()
	self, err := os.Executable()
	require.NoError(t, err)
	s.agorad, s.home = self, t.TempDir()
	require.NoError(t, s.validate())
	stages, err := bench(t.Context(), s, t.Output(), asNode+"=1")
	require.NoError(t, err)
	require.Len(t, stages, 3, "idle, the first commits, both")
	for _, f := range stages {
		require.Zero(t, f.lost, "%s: taken by a node and in no block", f.name)
		require.Equal(t, len(f.sent), f.done[commits]+f.done[reveals]+sum(f.refusals)+sum(f.failures), f.name)
	}
	both := stages[2]
	require.Len(t, both.sent, 16)
	require.Positive(t, both.done[commits], "%v %v", both.refusals, both.failures)
	require.Positive(t, both.done[reveals], "%v %v", both.refusals, both.failures)
	writeTable(t.Output(), stages)
}

func sum(counts map[string]int) (total int) {
	for _, count := range counts {
		total += count
	}
	return total
}

func TestSettingsThatNoNetworkCanBeMadeOfAreRefused(t *testing.T) {
	require.NoError(t, small().validate())
	for _, tc := range []struct {
		name   string
		change func(*settings)
		says   string
	}{
		{"no nodes", func(s *settings) { s.nodes = 0 }, "--nodes 0"},
		{"too many hotkeys", func(s *settings) { s.hotkeys = 17 }, "--hotkeys 17"},
		{"no subnets", func(s *settings) { s.subnets = 0 }, "--subnets 0"},
		{"blocks without a pause", func(s *settings) { s.blockTime = 0 }, "--block-time"},
		{"no connections", func(s *settings) { s.connections = 0 }, "--connections 0"},
		{"no rates", func(s *settings) { s.rates = nil }, "--rates"},
		{"more rows than hotkeys can make", func(s *settings) { s.rates = []float64{17} }, "all hotkeys can make 1 to 16"},
		{"a rate of nothing", func(s *settings) { s.rates = []float64{0} }, "that is 0 rows"},
		{"a load that lasts as long as an epoch", func(s *settings) { s.span = 4 * time.Second }, "--span 4s"},
		{"more work than an epoch has", func(s *settings) { s.miners, s.hotkeys = 4_096, 16 }, "do not fit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := small()
			tc.change(&s)
			require.ErrorContains(t, s.validate(), tc.says)
		})
	}
}

func TestALoadIsSpreadEvenlyOverItsSpan(t *testing.T) {
	opened, bound := make([]*row, 2), make([]*row, 4)
	jobs := schedule(opened, bound, time.Second)
	require.Len(t, jobs, 6)
	var due [kinds][]time.Duration
	for i, j := range jobs {
		require.True(t, i == 0 || jobs[i-1].due <= j.due)
		due[j.kind] = append(due[j.kind], j.due)
	}
	require.Equal(t, []time.Duration{0, time.Second / 2}, due[reveals])
	require.Equal(t, []time.Duration{0, time.Second / 4, time.Second / 2, time.Second * 3 / 4}, due[commits])
}

func TestAStageIsJudgedByItsBlocks(t *testing.T) {
	began := time.Unix(1_000, 0)
	second := func(n float64) time.Time { return began.Add(time.Duration(n * float64(time.Second))) }
	sent := func(k kind, name string, at float64, refusal string) sending {
		return sending{job: job{kind: k}, hash: sha256.Sum256([]byte(name)), at: second(at), refusal: refusal, size: len(name)}
	}
	tx := func(name, outcome string) included {
		return included{hash: sha256.Sum256([]byte(name)), outcome: outcome, gas: 5}
	}
	blocks := []block{
		{height: 1, begun: second(-1), done: second(0.5), bytes: 99, txs: []included{tx("other", "")}},
		{height: 2, begun: second(0.5), done: second(2), bytes: 10, gas: 10, txs: []included{tx("a", ""), tx("b", "subnet 41")}},
		{height: 3, begun: second(2), done: second(3), bytes: 5, gas: 5, txs: []included{tx("c", "")}},
		{height: 4, begun: second(3), done: second(4), bytes: 77},
	}
	f := judge(&stage{
		name: "s", from: began, until: second(4), nodes: 6 * time.Second,
		sent: []sending{
			sent(commits, "a", 0, ""), sent(reveals, "b", 1, ""), sent(reveals, "c", 1, ""),
			sent(commits, "d", 1, "sdk 19"), sent(commits, "lost", 1, ""),
		},
	}, blocks)
	require.Equal(t, [kinds]int{commits: 1, reveals: 1}, f.done)
	require.Equal(t, 1, f.lost)
	require.Equal(t, map[string]int{"sdk 19": 1}, f.refusals)
	require.Equal(t, map[string]int{"subnet 41": 1}, f.failures)
	require.Equal(t, 3*time.Second, f.spent)
	require.Equal(t, []time.Duration{time.Second, 3 * time.Second / 2}, f.intervals, "blocks before and after are not the stage's")
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 2 * time.Second}, f.delays)
	require.EqualValues(t, 10, f.bytes)
	require.Equal(t, 2, f.txs)
	require.InDelta(t, 1.5, f.cores, 1e-9)
}
