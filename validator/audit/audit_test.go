package audit

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// honest evidence of one miner that answered everything right, and the facts that go with it.
func honest(t *testing.T) ([]evidence.Entry, Facts, *wire.KeySigner) {
	t.Helper()
	text, err := benchmarks.Text(benchmarks.Default)
	require.NoError(t, err)
	s, err := spec.Parse(text)
	require.NoError(t, err)
	data, err := spec.Encode(s)
	require.NoError(t, err)
	digest := sha256.Sum256(data)
	secret, err := wire.GenerateKey()
	require.NoError(t, err)
	miner, err := wire.NewKeySigner(secret)
	require.NoError(t, err)
	tasks, err := benchmark.Draw(s, benchmark.Seed{ChainID: "chain-1", Netuid: 1, Version: 1, Epoch: 4, MinerID: 9})
	require.NoError(t, err)
	var entries []evidence.Entry
	for _, task := range tasks {
		body, err := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": task.Expected}}}})
		require.NoError(t, err)
		receipt, err := wire.NewReceipt(miner, wire.Digest{1}, 200, wire.BodyDigest(body))
		require.NoError(t, err)
		entries = append(entries, evidence.Entry{Output: body, Item: evidence.Item{
			MinerID: 9, Index: task.Index, Seed: task.Seed, Output: sha256.Sum256(body),
			Outcome: evidence.OutcomeScored, Score: benchmark.ScoreOne, Receipt: []byte(receipt.String()),
		}})
	}
	return entries, Facts{
		Benchmark: subnettypes.BenchmarkVersion{Version: 1, Spec: data, Digest: digest[:]},
		Miners:    []subnettypes.Miner{{MinerId: 9, Hotkey: miner.Address()}},
	}, miner
}

func newLog(t *testing.T, entries []evidence.Entry) *evidence.Log {
	t.Helper()
	log, err := evidence.NewLog(evidence.Header{ChainID: "chain-1", Netuid: 1, Version: 1, Epoch: 4, Hotkey: "agora1v"}, entries)
	require.NoError(t, err)
	return log
}

func TestHonestEvidenceAgrees(t *testing.T) {
	entries, facts, _ := honest(t)
	log := newLog(t, entries)
	root := log.Root()
	facts.Row = &subnettypes.ScoreRow{EvidenceRoot: root[:], Items: uint64(log.Len())}
	report, err := Verify(log, facts)
	require.NoError(t, err)
	require.Equal(t, Report{Items: 16, Rescored: 16, Receipts: 16, OnChain: true, Problems: []string{}}, report)
}

func TestWhatWasTamperedWithIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		tamper func(entries []evidence.Entry, facts *Facts)
		want   string
	}{
		"another root on the chain": {func(_ []evidence.Entry, f *Facts) {
			f.Row = &subnettypes.ScoreRow{EvidenceRoot: make([]byte, 32), Items: 16}
		}, "the chain shows 0000"},
		"another count on the chain":    {func(_ []evidence.Entry, f *Facts) { f.Row = &subnettypes.ScoreRow{Items: 3} }, "16 items, the chain shows 3"},
		"a score that was made up":      {func(e []evidence.Entry, _ *Facts) { e[3].Item.Score = 5 }, "item 3 of miner 9: score 5, recomputed 1000000000"},
		"another question":              {func(e []evidence.Entry, _ *Facts) { e[0].Item.Seed[0]++ }, "item 0 of miner 9: score 1000000000, recomputed 0"},
		"a scored item without receipt": {func(e []evidence.Entry, _ *Facts) { e[1].Item.Receipt = nil }, "scored without a receipt"},
		"a receipt that is none":        {func(e []evidence.Entry, _ *Facts) { e[1].Item.Receipt = []byte("x") }, "receipt is not valid"},
		"a receipt for another answer":  {func(e []evidence.Entry, _ *Facts) { e[1].Item.Receipt = e[2].Item.Receipt }, "body"},
		"a receipt of another key":      {func(_ []evidence.Entry, f *Facts) { f.Miners[0].Hotkey = "agora1x" }, "signed by"},
		"something scored as an answer that is none": {func(e []evidence.Entry, _ *Facts) {
			e[4].Output = []byte("{}")
			e[4].Item.Output = sha256.Sum256(e[4].Output)
		}, "no choices"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, facts, _ := honest(t)
			test.tamper(entries, &facts)
			report, err := Verify(newLog(t, entries), facts)
			require.NoError(t, err)
			require.NotEmpty(t, report.Problems)
			require.Contains(t, report.Problems[len(report.Problems)-1]+report.Problems[0], test.want)
		})
	}
}

func TestABenchmarkThatIsNotItsDigestIsRefused(t *testing.T) {
	entries, facts, _ := honest(t)
	facts.Benchmark.Digest = make([]byte, 32)
	_, err := Verify(newLog(t, entries), facts)
	require.ErrorContains(t, err, "not what its digest says")
}

func TestEvidenceOfAnotherBenchmarkOrVersionIsNotJudgedByThisOne(t *testing.T) {
	entries, facts, _ := honest(t)
	facts.Benchmark.Benchmark = 1
	_, err := Verify(newLog(t, entries), facts)
	require.ErrorContains(t, err, "the evidence is of benchmark 0 version 1, not of benchmark 1 version 1")
	facts.Benchmark.Benchmark, facts.Benchmark.Version = 0, 2
	_, err = Verify(newLog(t, entries), facts)
	require.ErrorContains(t, err, "not of benchmark 0 version 2")
}

func TestAnAnswerThatWasTooLargeToKeepIsNotScoredAgain(t *testing.T) {
	entries, facts, _ := honest(t)
	entries[0].Output = nil
	report, err := Verify(newLog(t, entries), facts)
	require.NoError(t, err)
	require.Equal(t, 15, report.Rescored)
	require.Empty(t, report.Problems)
	require.False(t, report.OnChain)
}
