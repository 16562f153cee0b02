package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/localnet/supervise"
)

func running() Program { return Program{State: supervise.Running, PID: 7} }

func example() *Snapshot {
	return &Snapshot{
		ChainID: "agora-localnet-1", Phase: Up, Height: 123, BlockSeconds: 1.04,
		Epoch: Epoch{Started: true, Index: 9, Tempo: 10, BlocksLeft: 1, Closed: 9, Paid: 8_203_999},
		Miners: []Miner{
			{Name: "miner-1", Program: running(), Registered: true, UID: 0, Model: "basics-strong", Score: 1, Incentive: 0.75, Earned: 12_345_678},
			{Name: "miner-2", Program: Program{State: supervise.Crashed, Exit: "ended with exit code 1"}, Backend: "guess"},
		},
		Validators: []Validator{{Name: "validator-1", Program: running(), Power: 50_000_000_000, Trust: 1, Dividends: 0.333, Commits: 9, Missed: 1}},
		Nodes:      []Node{{Name: "node-1", Program: running(), Height: 120, CatchingUp: true, RPC: "http://127.0.0.1:26657"}},
	}
}

func TestTheTableShowsWhatPeopleAskFor(t *testing.T) {
	table := strings.Join(Table(example()), "\n")
	for _, want := range []string{
		"height 123", "1.04 s/block", "epoch 9, 1 block left", "last epoch paid 8.20 AGORA",
		"basics-strong", "0.750", "12.34", "crashed: ended with exit code 1", "guess",
		"50000.00", "0.333", "catching up",
	} {
		require.Contains(t, table, want)
	}
	for _, title := range []string{"UID", "MODEL", "SCORE", "INCENTIVE", "EARNED", "POWER", "TRUST", "DIVIDENDS", "MISSED"} {
		require.Contains(t, table, title)
	}
}

func TestWhereThereAreSeveralBenchmarksTheTableHasAColumnForEach(t *testing.T) {
	s := example()
	s.Benchmarks = []Benchmark{{Number: 0, ShareBP: 10_000}}
	require.NotContains(t, strings.Join(Table(s), "\n"), "B0")
	s.Benchmarks = []Benchmark{{Number: 0, ShareBP: 7000}, {Number: 3, ShareBP: 3000}}
	s.Miners[0].Benchmarks = []Part{{Incentive: 0.625}, {Incentive: 0.125}}
	table := strings.Join(Table(s), "\n")
	for _, want := range []string{"B0 (70%)", "B3 (30%)", "0.625", "0.125"} {
		require.Contains(t, table, want)
	}
}

func TestTheHeadlineTellsWhereANetworkStands(t *testing.T) {
	for name, test := range map[string]struct {
		snapshot Snapshot
		want     string
	}{
		"down":                     {Snapshot{Phase: Down}, "the network is down"},
		"failed":                   {Snapshot{Phase: Failed, Error: "no room"}, "the start failed: no room"},
		"stopping":                 {Snapshot{Phase: Ending, Height: 3}, "stopping"},
		"starting":                 {Snapshot{Phase: Starting, Step: "choose ports"}, "starting: choose ports"},
		"starting with blocks":     {Snapshot{Phase: Starting, Step: "x", ChainID: "c", Height: 2}, "c  height 2  |  starting: x"},
		"up but the chain is away": {Snapshot{Phase: Up, ChainID: "c", Height: 2, Error: "no node"}, "c  height 2  |  trouble: no node"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, headline(&test.snapshot))
		})
	}
}

func TestAMinerThatPretendsIsShownWithItsTrick(t *testing.T) {
	for want, m := range map[string]Miner{
		"basics-strong":        {Model: "basics-strong", Backend: "native=basics-strong"},
		"llama":                {Model: "llama", Backend: "openai=http://127.0.0.1:8000"},
		"guess":                {Model: "guess", Backend: "guess"},
		"basics-weak (replay)": {Model: "basics-weak", Backend: "replay"},
		"replay=native=x":      {Backend: "replay=native=x"},
	} {
		require.Equal(t, want, model(m))
	}
}

func TestCoinsAreCutNeverRoundedUp(t *testing.T) {
	for uagora, want := range map[uint64]string{0: "0.00", 9_999: "0.00", 10_000: "0.01", 1_999_999: "1.99", 21_000_000_000_000: "21000000.00"} {
		require.Equal(t, want, Coins(uagora))
	}
}

func TestWithoutATerminalEveryBlockIsOneLine(t *testing.T) {
	var out bytes.Buffer
	screen := NewScreen(&out)
	require.False(t, screen.Terminal())
	snapshot := example()
	screen.Show(snapshot)
	screen.Show(snapshot) // the same block
	snapshot.Height++
	screen.Show(snapshot)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[1], "height 124")
	require.Contains(t, lines[1], "miner-1 0.750 12.34, miner-2 0.000 0.00 (crashed: ended with exit code 1)")
	require.NotContains(t, out.String(), "\x1b")
}

func TestOnATerminalTheTableIsRedrawnInPlace(t *testing.T) {
	var out bytes.Buffer
	screen := &Screen{out: &out, size: func() (int, int) { return 40, 6 }}
	screen.Show(example())
	first := out.String()
	require.NotContains(t, first, "\x1b")
	require.Equal(t, 5, strings.Count(first, "\n"), "it fits the terminal, with room for the cursor")
	for line := range strings.Lines(first) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 40)
	}
	out.Reset()
	screen.Show(example())
	require.True(t, strings.HasPrefix(out.String(), "\x1b[5A\x1b[J"))
	out.Reset()
	screen.Say("miner-2 crashed")
	require.Equal(t, "\x1b[5A\x1b[Jminer-2 crashed\n", out.String())
	out.Reset()
	screen.Show(example())
	require.NotContains(t, out.String(), "\x1b", "what was said stays")
}

func TestAClippedLineIsNeverWiderThanTheTerminalNorBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line, columns := rapid.String().Draw(t, "line"), rapid.IntRange(1, 50).Draw(t, "columns")
		clipped := clip(line, columns)
		require.LessOrEqual(t, utf8.RuneCountInString(clipped), max(columns, 0))
		require.True(t, strings.HasPrefix(string([]rune(line)), clipped) || clipped == line)
	})
}
