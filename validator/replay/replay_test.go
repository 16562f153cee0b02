package replay_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/replay"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	epoch, start, blocks = 4, 400, 100
	minerID              = 9
	self                 = "agora1v"
	model                = "tiny"
)

// epochOf is an epoch of one miner that answered everything right, with the facts that go with it.
type epochOf struct {
	program *benchmark.Program
	miner   *wire.KeySigner
	header  evidence.Header
	context evidence.Context
	entries []evidence.Entry
	facts   replay.Facts
}

func honest(t *testing.T, change func(*spec.Spec)) *epochOf {
	t.Helper()
	return honestIn(t, benchmark.Env{}, change)
}

// honestIn is honest with a benchmark that needs something.
func honestIn(t *testing.T, env benchmark.Env, change func(*spec.Spec)) *epochOf {
	t.Helper()
	return honestWith(t, [32]byte{5}, env, change)
}

// honestWith is an honest epoch whose questions were drawn with a secret.
func honestWith(t *testing.T, secret [32]byte, env benchmark.Env, change func(*spec.Spec)) *epochOf {
	t.Helper()
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	if change != nil {
		change(s)
	}
	program, err := benchmark.Open(t.Context(), s, env)
	require.NoError(t, err)
	private, err := wire.GenerateKey()
	require.NoError(t, err)
	miner, err := wire.NewKeySigner(private)
	require.NoError(t, err)
	e := &epochOf{
		program: program,
		miner:   miner,
		header:  evidence.Header{ChainID: "chain-1", Netuid: 1, Version: 1, Epoch: epoch, Hotkey: self},
		context: evidence.Context{
			SpecDigest: program.Digest(), Beacon: [32]byte{7}, Secret: secret, StartHeight: start, Blocks: blocks, Validators: []string{"agora1u", self},
			Miners: []evidence.Miner{{ID: minerID, Hotkey: miner.Address(), Model: model, Since: 30, Before: evidence.Standing{Measured: true, Score: 500_000_000, Epoch: 2, Height: 200}}},
		},
		facts: replay.Facts{
			Miners: []subnettypes.Miner{{MinerId: minerID, Hotkey: miner.Address(), RegisteredHeight: 30}},
			Epoch: &subnettypes.Epoch{StartHeight: start, EndHeight: start + blocks - 1, Benchmarks: []subnettypes.EpochBenchmark{{Benchmark: 0, Version: 1}}, Beacon: append([]byte{7}, make([]byte, 31)...), Permits: []subnettypes.Permit{
				{Hotkey: self, ActiveOn: []uint32{0}}, {Hotkey: "agora1u", ActiveOn: []uint32{0, 1}}, {Hotkey: "agora1new", ActiveOn: []uint32{1}},
			}},
		},
	}
	tasks, err := program.Draw(t.Context(), benchmark.Seed{ChainID: "chain-1", Netuid: 1, Version: 1, Epoch: epoch, MinerID: minerID, Beacon: e.context.Beacon, Secret: secret},
		benchmark.Share{Validators: e.context.Validators, Self: self})
	require.NoError(t, err)
	for _, task := range tasks {
		e.entries = append(e.entries, e.answer(t, miner, task, task.Question.Expected))
	}
	return e
}

// answer is the evidence of an answer that is scored honestly.
func (e *epochOf) answer(t *testing.T, miner *wire.KeySigner, task benchmark.Task, completion string) evidence.Entry {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"choices": []any{map[string]any{"message": map[string]any{"content": completion}}}, "usage": map[string]any{"completion_tokens": 1},
	})
	require.NoError(t, err)
	asked, err := ask.RequestBody(model, task)
	require.NoError(t, err)
	request := wire.Request{
		ChainID: "chain-1", Netuid: 1, Method: http.MethodPost, Target: "/base/v1/" + task.Request.Endpoint, Body: wire.BodyDigest(asked),
		Nonce: wire.Nonce{Millis: 1_800_000_000_000, Random: [wire.NonceRandomSize]byte{byte(task.Index)}}, Sender: self, Receiver: miner.Address(), Epoch: epoch,
	}
	receipt, err := wire.NewReceipt(miner, request.Digest(), 200, wire.BodyDigest(body))
	require.NoError(t, err)
	question, err := task.Question.Digest()
	require.NoError(t, err)
	batch := e.program.Batch()
	defer batch.Close()
	verdict := batch.Score(t.Context(), &task, benchmark.Answer{Completion: completion, LatencyMs: 5, Tokens: 1})
	return evidence.Entry{Output: body, Item: evidence.Item{
		MinerID: minerID, Index: task.Index, Seed: task.Seed, Question: question, Input: request.Body, Output: sha256.Sum256(body), LatencyMs: 5, Tokens: 1,
		Outcome: evidence.Outcome(verdict.Outcome), Score: verdict.Score, Reason: string(verdict.Reason), Receipt: []byte(receipt.String()),
		Request: evidence.Request{Millis: request.Nonce.Millis, Nonce: request.Nonce.Random, Base: "/base"},
	}}
}

// reveal puts the row on the chain as the evidence has it.
func (e *epochOf) reveal(t *testing.T) *evidence.Log {
	t.Helper()
	log, err := evidence.NewLog(e.header, e.context, e.entries)
	require.NoError(t, err)
	root := log.Root()
	e.facts.Row = &subnettypes.ScoreRow{BenchmarkVersion: 1, EvidenceRoot: root[:], Items: uint64(log.Len()), MinerIds: []uint64{minerID}, Weights: []uint32{65_535}}
	return log
}

func run(t *testing.T, e *epochOf, log *evidence.Log) replay.Report {
	t.Helper()
	report, err := replay.Run(t.Context(), e.program, log, e.facts)
	require.NoError(t, err)
	return report
}

func TestAnHonestEpochComesOutTheSame(t *testing.T) {
	e := honest(t, nil)
	report := run(t, e, e.reveal(t))
	require.Equal(t, replay.Report{
		Items: 16, Drawn: 16, Rescored: 16, Receipts: 16, Reasons: map[string]int{}, OnChain: true, OfEpoch: true, Weights: true, Differences: []replay.Difference{},
	}, report)
}

func TestOnlyTheShareOfTheValidatorIsWantedOfIt(t *testing.T) {
	e := honest(t, func(s *spec.Spec) { s.Sampling.CalibrationItems, s.Sampling.ValidatorsPerItem = 2, 1 })
	require.Len(t, e.entries, 9, "two for calibration and half of the other fourteen")
	require.Empty(t, run(t, e, e.reveal(t)).Differences)
}

func TestAnAbstentionIsRepeatedWithItsReason(t *testing.T) {
	e := honest(t, func(s *spec.Spec) {
		s.Scorers[0].Scorer = &spec.Scorer_Cel{Cel: &spec.CelScorer{Formula: "1000000000 / (size(answer) - 3)"}}
	})
	report := run(t, e, e.reveal(t))
	require.Empty(t, report.Differences)
	require.Positive(t, report.Abstained, "answers of three characters divide by zero")
	require.Equal(t, map[string]int{string(benchmark.ReasonScorerTrap): report.Abstained}, report.Reasons)
	for i := range e.entries {
		if e.entries[i].Item.Reason != "" {
			e.entries[i].Item.Reason = "late"
			e.entries[i].Item.Outcome = evidence.OutcomeUnanswered
			break
		}
	}
	require.Empty(t, run(t, e, e.reveal(t)).Differences, "that an answer came late only its validator knows")
}

func TestARefusalIsNoAnswer(t *testing.T) {
	e := honest(t, nil)
	receipt, err := wire.ParseReceipt(string(e.entries[1].Item.Receipt))
	require.NoError(t, err)
	receipt, err = wire.NewReceipt(e.miner, receipt.Request, http.StatusServiceUnavailable, receipt.Body)
	require.NoError(t, err)
	e.entries[1].Item.Receipt = []byte(receipt.String())
	report := run(t, e, e.reveal(t))
	require.Equal(t, 1, report.Found)
	require.Contains(t, report.Differences[0].String(), "miner 9, item 1: receipt is kept, recomputed it is for status 503")

	e.entries[1].Item.Outcome, e.entries[1].Item.Score, e.entries[1].Item.Reason = evidence.OutcomeUnanswered, 0, "refused"
	require.Empty(t, run(t, e, e.reveal(t)).Differences, "which it was")
	e.entries[1].Item.Reason, e.entries[1].Item.Outcome = "stopped", evidence.OutcomeAbstained
	require.Empty(t, run(t, e, e.reveal(t)).Differences, "given up while the miner was to be asked again")
	e.entries[1].Item.Reason, e.entries[1].Item.Outcome = "not_an_answer", evidence.OutcomeUnanswered
	require.Contains(t, run(t, e, e.reveal(t)).Differences[0].String(), "it is for status 503")
}

func TestAReceiptOfAnotherKeyIsNone(t *testing.T) {
	e := honest(t, nil)
	receipt, err := wire.ParseReceipt(string(e.entries[1].Item.Receipt))
	require.NoError(t, err)
	private, err := wire.GenerateKey()
	require.NoError(t, err)
	stranger, err := wire.NewKeySigner(private)
	require.NoError(t, err)
	receipt, err = wire.NewReceipt(stranger, receipt.Request, receipt.Status, receipt.Body)
	require.NoError(t, err)
	e.entries[1].Item.Receipt = []byte(receipt.String())
	report := run(t, e, e.reveal(t))
	require.Equal(t, 1, report.Found)
	require.Contains(t, report.Differences[0].String(), "miner 9, item 1: receipt is kept, recomputed receipt is not valid: signed by "+stranger.Address())
}

func TestWhateverWasTamperedWithIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(*epochOf)
		after  func(*epochOf) // when the row is on the chain
		want   string
	}{
		"a score that was made up": {tamper: func(e *epochOf) { e.entries[3].Item.Score = 5 }, want: "miner 9, item 3: score is 5, recomputed 1000000000"},
		"another seed":             {tamper: func(e *epochOf) { e.entries[0].Item.Seed[0]++ }, want: "miner 9, item 0: seed is "},
		"another question":         {tamper: func(e *epochOf) { e.entries[0].Item.Question[0]++ }, want: "miner 9, item 0: question is "},
		"more tokens than an answer can have": {
			tamper: func(e *epochOf) { e.entries[0].Item.Tokens = 9 }, want: "miner 9, item 0: tokens is 9, recomputed 1",
		},
		"a reason that is not so": {
			tamper: func(e *epochOf) {
				e.entries[0].Item.Outcome, e.entries[0].Item.Score, e.entries[0].Item.Reason = evidence.OutcomeAbstained, 0, "scorer_trap"
			},
			want: "miner 9, item 0: outcome is abstained, recomputed scored",
		},
		"an item that was not drawn": {
			tamper: func(e *epochOf) {
				e.entries = append(e.entries, e.entries[0])
				e.entries[16].Item.Index = 99
			},
			want: "miner 9, item 99: item is asked, recomputed not drawn for this validator",
		},
		"an item left out":              {tamper: func(e *epochOf) { e.entries = e.entries[1:] }, want: "miner 9: number of items is 15, recomputed 16"},
		"a scored item without receipt": {tamper: func(e *epochOf) { e.entries[1].Item.Receipt = nil }, want: "miner 9, item 1: receipt is none"},
		"a receipt that is none":        {tamper: func(e *epochOf) { e.entries[1].Item.Receipt = []byte("x") }, want: "receipt is kept, recomputed "},
		"a receipt for another answer":  {tamper: func(e *epochOf) { e.entries[1].Item.Receipt = e.entries[2].Item.Receipt }, want: "it is for request"},
		"a receipt for another output":  {tamper: func(e *epochOf) { e.entries[1].Item.Output[0]++; e.entries[1].Output = nil }, want: "it is for a body"},
		"an answer to another question": {
			tamper: func(e *epochOf) {
				one, other := &e.entries[1], e.entries[2]
				one.Output, one.Item.Output, one.Item.Receipt, one.Item.Request = other.Output, other.Item.Output, other.Item.Receipt, other.Item.Request
			},
			want: "miner 9, item 1: receipt is kept, recomputed receipt is not valid: it is for request",
		},
		"another input":                          {tamper: func(e *epochOf) { e.entries[1].Item.Input[0]++ }, want: "miner 9, item 1: input is "},
		"an answered question that was not sent": {tamper: func(e *epochOf) { e.entries[1].Item.Input = [32]byte{} }, want: "miner 9, item 1: input is 0000"},
		"another model":                          {tamper: func(e *epochOf) { e.context.Miners[0].Model = "huge" }, want: "miner 9, item 0: input is "},
		"a request of another time":              {tamper: func(e *epochOf) { e.entries[1].Item.Request.Millis++ }, want: "it is for request"},
		"a request with another nonce":           {tamper: func(e *epochOf) { e.entries[1].Item.Request.Nonce[3]++ }, want: "it is for request"},
		"a request to another path":              {tamper: func(e *epochOf) { e.entries[1].Item.Request.Base = "" }, want: "it is for request"},
		"no request":                             {tamper: func(e *epochOf) { e.entries[1].Item.Request = evidence.Request{} }, want: "it is for request"},
		"an answer that is called a refusal": {
			tamper: func(e *epochOf) {
				e.entries[1].Item.Outcome, e.entries[1].Item.Score, e.entries[1].Item.Reason = evidence.OutcomeUnanswered, 0, "refused"
			},
			want: "miner 9, item 1: receipt is kept, recomputed it is for status 200",
		},
		"a refusal of another question": {
			tamper: func(e *epochOf) {
				e.entries[1].Item.Outcome, e.entries[1].Item.Score, e.entries[1].Item.Reason = evidence.OutcomeUnanswered, 0, "refused"
				e.entries[1].Item.Receipt = e.entries[2].Item.Receipt
			},
			want: "it is for request",
		},
		"another hotkey of a miner": {tamper: func(e *epochOf) { e.context.Miners[0].Hotkey = "agora1x" }, want: "it is for request"},
		"an answer that is none": {
			tamper: func(e *epochOf) {
				e.entries[4].Output = []byte("{}")
				e.entries[4].Item.Output = sha256.Sum256(e.entries[4].Output)
			},
			want: "not an answer: the answer has no choices",
		},
		"another beacon":           {after: func(e *epochOf) { e.facts.Epoch.Beacon = make([]byte, 32) }, want: "the epoch: beacon is 07"},
		"another share of work":    {after: func(e *epochOf) { e.facts.Epoch.Permits = e.facts.Epoch.Permits[:1] }, want: "validators that share the questions"},
		"another age of a miner":   {after: func(e *epochOf) { e.facts.Miners[0].RegisteredHeight = 31 }, want: "miner 9: block of registration is 30, recomputed 31"},
		"another root":             {after: func(e *epochOf) { e.facts.Row.EvidenceRoot = make([]byte, 32) }, want: "evidence root on the chain is 0000"},
		"another count":            {after: func(e *epochOf) { e.facts.Row.Items = 3 }, want: "number of items on the chain is 3, recomputed 16"},
		"another weight":           {after: func(e *epochOf) { e.facts.Row.Weights[0] = 12 }, want: "miner 9: weight on the chain is 12, recomputed 65535"},
		"a weight for a stranger":  {after: func(e *epochOf) { e.facts.Row.MinerIds[0] = 8 }, want: "miner 8: weight on the chain is 65535, recomputed 0"},
		"another version":          {after: func(e *epochOf) { e.facts.Epoch.Benchmarks[0].Version = 2 }, want: "the epoch: version of the benchmark is 1, recomputed 2"},
		"a benchmark not scored":   {after: func(e *epochOf) { e.facts.Epoch.Benchmarks = nil }, want: "the epoch: version of the benchmark is 1, recomputed 0"},
		"a row of another version": {after: func(e *epochOf) { e.facts.Row.BenchmarkVersion = 2 }, want: "version of the benchmark on the chain is 2, recomputed 1"},
		"another length":           {after: func(e *epochOf) { e.facts.Epoch.EndHeight++ }, want: "the epoch: length in blocks is 100, recomputed 101"},
		"a key that is not the miner's": {
			after: func(e *epochOf) { e.facts.Miners[0].Hotkey = "agora1x" }, want: `recomputed "agora1x"`,
		},
		"a miner left out": {
			after: func(e *epochOf) {
				e.facts.Miners = append(e.facts.Miners, subnettypes.Miner{MinerId: 8, RegisteredHeight: start})
			},
			want: "miner 8: miner is not measured, recomputed registered since block 400",
		},
		"a score without an answer": {
			tamper: func(e *epochOf) { silent(&e.entries[0], evidence.OutcomeScored, "late", 1_000_000_000) },
			want:   "miner 9, item 0: outcome is scored, recomputed unanswered",
		},
		"a miner's silence that does not count": {
			tamper: func(e *epochOf) { silent(&e.entries[0], evidence.OutcomeAbstained, "late", 0) },
			want:   "miner 9, item 0: outcome is abstained, recomputed unanswered",
		},
		"a validator's own trouble that counts": {
			tamper: func(e *epochOf) { silent(&e.entries[0], evidence.OutcomeUnanswered, "stopped", 0) },
			want:   "miner 9, item 0: outcome is unanswered, recomputed abstained",
		},
		"an item that counts for nothing without a reason": {
			tamper: func(e *epochOf) { silent(&e.entries[0], evidence.OutcomeAbstained, "", 0) },
			want:   "miner 9, item 0: outcome is abstained, recomputed scored",
		},
		"a score for what no scorer could score": {
			tamper: func(e *epochOf) { silent(&e.entries[0], evidence.OutcomeScored, "scorer_trap", 5) },
			want:   "miner 9, item 0: score is 5, recomputed 0",
		},
		"an answer that is said to be none": {
			tamper: func(e *epochOf) {
				e.entries[0].Item.Outcome, e.entries[0].Item.Score, e.entries[0].Item.Reason = evidence.OutcomeUnanswered, 0, "not_an_answer"
			},
			want: `miner 9, item 0: reason is "not_an_answer", recomputed ""`,
		},
		"a standing of the future": {tamper: func(e *epochOf) { e.context.Miners[0].Before.Epoch = 4 }, want: "standing before the epoch is at epoch 4"},
	} {
		t.Run(name, func(t *testing.T) {
			e := honest(t, nil)
			if c.tamper != nil {
				c.tamper(e)
			}
			log := e.reveal(t)
			if c.after != nil {
				c.after(e)
			}
			report := run(t, e, log)
			require.NotZero(t, report.Found)
			var lines []string
			for _, difference := range report.Differences {
				lines = append(lines, difference.String())
			}
			require.Contains(t, strings.Join(lines, "\n"), c.want)
		})
	}
}

// silent takes the answer away.
func silent(entry *evidence.Entry, outcome evidence.Outcome, reason string, score int64) {
	entry.Output, entry.Item.Output, entry.Item.Receipt = nil, [32]byte{}, nil
	entry.Item.Outcome, entry.Item.Reason, entry.Item.Score = outcome, reason, score
}

func TestWhatChangedSinceTheEpochIsNoDifference(t *testing.T) {
	e := honest(t, nil)
	log := e.reveal(t)
	e.facts.Miners = []subnettypes.Miner{
		{MinerId: minerID, Hotkey: "agora1new", HotkeyHeight: start + 1, RegisteredHeight: 30},
		{MinerId: 12, RegisteredHeight: start + 1},
	}
	e.facts.Epoch.Abandoned, e.facts.Epoch.EndHeight = true, start+3
	require.Empty(t, run(t, e, log).Differences, "a rotated hotkey, a newcomer, a pause")
	e.facts.Miners = nil
	require.Empty(t, run(t, e, log).Differences, "a miner that left")
}

func TestEvidenceOfAnotherBenchmarkIsNotJudgedByThisOne(t *testing.T) {
	e := honest(t, nil)
	log := e.reveal(t)
	other := honest(t, func(s *spec.Spec) { s.Weights.TopK = 3 })
	_, err := replay.Run(t.Context(), other.program, log, e.facts)
	require.ErrorContains(t, err, "the evidence is of the benchmark with digest")
}

func TestAnAnswerThatWasTooLargeToKeepIsTakenFromTheEvidence(t *testing.T) {
	e := honest(t, nil)
	e.entries[0].Output = nil
	report := run(t, e, e.reveal(t))
	require.Equal(t, 15, report.Rescored)
	require.Equal(t, 1, report.Unkept)
	require.True(t, report.Weights)
	require.Empty(t, report.Differences)
}

func TestBehindAnAnswerThatWasNotKeptAScorerThatMayRememberIsNotJudged(t *testing.T) {
	code, err := os.ReadFile("../../sdk/rust/examples/overlap.wasm")
	require.NoError(t, err)
	digest := sha256.Sum256(code)
	bench, err := workbench.Open(workbench.Options{AtHand: []fs.FS{fstest.MapFS{"blobs/" + hex.EncodeToString(digest[:]): {Data: code}}}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = bench.Close() })
	e := honestIn(t, bench.Env(), func(s *spec.Spec) {
		s.Scorers[0].Scorer = &spec.Scorer_Wasm{Wasm: &spec.WasmScorer{
			Module:  spec.Module{Sha256: digest[:], Length: uint32(len(code)), MemoryPages: 256, TimeLimitMs: 10_000},
			Goldens: []spec.ScorerGolden{{Prompt: "q", Expected: "a fox", Answer: "a fox", Score: 1_000_000_000}},
		}}
	})
	report := run(t, e, e.reveal(t))
	require.Equal(t, 16, report.Rescored)
	require.Empty(t, report.Differences)
	e.entries[4].Output = nil
	e.entries[9].Item.Score = 5 // as it may be, for all that is known
	report = run(t, e, e.reveal(t))
	require.Equal(t, 4, report.Rescored)
	require.Equal(t, 12, report.Unkept)
	require.Empty(t, report.Differences)
}

func TestWeightsThatRestOnPartsOfAnAnswerThatWasNotKeptAreNotMadeAgain(t *testing.T) {
	e := honest(t, func(s *spec.Spec) {
		s.Sampling.Domain, s.Aggregation.Items = spec.SAMPLING_DOMAIN_SHARED, spec.ITEM_AGGREGATION_PARETO
	})
	require.True(t, run(t, e, e.reveal(t)).Weights)
	e.entries[0].Output = nil
	log := e.reveal(t)
	e.facts.Row.Weights[0] = 7
	report := run(t, e, log)
	require.False(t, report.Weights)
	require.Empty(t, report.Differences)
}

func TestAReplayEndsWithItsContext(t *testing.T) {
	e := honest(t, nil)
	log := e.reveal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := replay.Run(ctx, e.program, log, e.facts)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAReportIsBounded(t *testing.T) {
	e := honest(t, func(s *spec.Spec) { s.Sampling.ItemsPerMiner = 200 })
	for i := range e.entries {
		e.entries[i].Item.Score = 1
	}
	report := run(t, e, e.reveal(t))
	require.Len(t, report.Differences, 50)
	require.GreaterOrEqual(t, report.Found, 200)
}

// before is an honest epoch before another, with the same benchmark.
func (e *epochOf) before(t *testing.T, secret [32]byte) *evidence.Log {
	t.Helper()
	header, context := e.header, e.context
	header.Epoch--
	context.Miners = slices.Clone(context.Miners)
	context.StartHeight, context.Secret = context.StartHeight-blocks, secret
	var entries []evidence.Entry
	for i, entry := range e.entries {
		entry.Item.Score = []int64{0, benchmark.ScoreOne}[i%2]
		entries = append(entries, entry)
	}
	log, err := evidence.NewLog(header, context, entries)
	require.NoError(t, err)
	return log
}

func TestTheEpochBeforeBindsSecretAndStandings(t *testing.T) {
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"), "chain-1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, state.Close()) })
	secret := func(epoch uint64) [32]byte {
		found, err := state.Secret(1, 0, epoch)
		require.NoError(t, err)
		return found
	}
	bound := func(secretNow [32]byte) *epochOf {
		e := honestWith(t, secretNow, benchmark.Env{}, nil)
		e.facts.Before = e.before(t, secret(epoch-1))
		// Half a point before, half a point reached, over one epoch.
		e.context.Miners[0].Before = evidence.Standing{Measured: true, Score: 500_000_000, Epoch: epoch - 1, Height: start - blocks}
		return e
	}
	e := bound(secret(epoch))
	report := run(t, e, e.reveal(t))
	require.True(t, report.Bound)
	require.Empty(t, report.Differences)

	chosen := bound([32]byte{1})
	report = run(t, chosen, chosen.reveal(t))
	require.Len(t, report.Differences, 1)
	require.Contains(t, report.Differences[0].String(), "the epoch: secret of the draw is 01")

	raised := bound(secret(epoch))
	raised.context.Miners[0].Before.Score++
	report = run(t, raised, raised.reveal(t))
	require.Len(t, report.Differences, 1)
	require.Contains(t, report.Differences[0].String(), "miner 9: standing before the epoch is {500000001 3 300 true}, recomputed {500000000 3 300 true}")

	lied := bound(secret(epoch))
	lied.context.Secret = secret(epoch + 1)
	require.NotZero(t, run(t, lied, lied.reveal(t)).Found, "with another secret other questions are drawn")
}

func TestCalibrationComparesValidatorsAndPaysNobody(t *testing.T) {
	e := honest(t, func(s *spec.Spec) { s.Sampling.CalibrationItems = 4 })
	require.Equal(t, []replay.Calibration{{MinerID: minerID, Items: 4, Score: benchmark.ScoreOne}}, run(t, e, e.reveal(t)).Calibration)
	for i := range e.entries {
		if e.entries[i].Item.Index >= 4 {
			e.entries[i].Item.Outcome, e.entries[i].Item.Score, e.entries[i].Item.Reason = evidence.OutcomeUnanswered, 0, "late"
		}
	}
	log := e.reveal(t)
	e.facts.Row.MinerIds, e.facts.Row.Weights = nil, nil
	report := run(t, e, log)
	require.Empty(t, report.Differences, "who answers nothing but calibration has no weight")
	require.True(t, report.Weights)
}
