package validator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/validator/replay"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = `"` + text + `"`
	}
	return strings.Join(quoted, ", ")
}

// mirror serves files below an address, as a test lets it.
type mirror struct {
	url string

	mu    sync.Mutex // guards what follows
	files map[string][]byte
	asked int
	// before runs before an answer, with the lock held.
	before func(path string)
	// hold, if not nil, is waited for before anything is answered.
	hold chan struct{}
}

func startMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{files: map[string][]byte{}}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked++
	hold := m.hold
	if m.before != nil {
		m.before(r.URL.Path)
	}
	content, found := m.files[r.URL.Path]
	m.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(content)
}

// requests is how many there were.
func (m *mirror) requests() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// serve puts a blob there under its digest.
func (m *mirror) serve(content []byte) {
	m.files[fmt.Sprintf("/blobs/%x", sha256.Sum256(content))] = content
}

// badSpec is a benchmark of a source, scorers and settings of the aggregation.
func badSpec(t *testing.T, source, scorer, fault, models string) *spec.Spec {
	t.Helper()
	return parseSpec(t, fmt.Sprintf(`
format: 1
name: bad
kind: inference
source:
  %s
sampling: {items_per_miner: 8, domain: miner}
request: {endpoint: chat/completions, max_tokens: 32, deadline_ms: 400}
%s
scorers:
  - %s
aggregation: {items: mean, ema_alpha_bp: 10000, absence: reset%s}
weights: {baseline_bp: 0, power: 1}
verification: receipts
`, source, models, scorer, fault))
}

const (
	soundSource = "generator: basics/1\n  families: [reverse]"
	soundScorer = "{scorer: exact, weight_bp: 10000, extract: whole}"
	faultZero   = ", fault: zero"
)

// questions builds a data set of so many questions, which a mirror then serves in shards of 4.
func questions(t *testing.T, m *mirror, count int) dataset.Manifest {
	t.Helper()
	items := func(yield func(dataset.Item, error) bool) {
		for i := range count {
			if !yield(dataset.Item{Bytes: fmt.Appendf(nil, `{"prompt":"1+1 %03d","expected":"2"}`, i)}, nil) {
				return
			}
		}
	}
	manifest, err := dataset.Build(iter.Seq2[dataset.Item, error](items), dataset.Options{Kind: dataset.Questions, ShardBytes: 1}, func(_ dataset.Shard, content []byte) error {
		m.serve(append([]byte(nil), content...))
		return nil
	})
	require.NoError(t, err)
	return manifest
}

func datasetText(manifest dataset.Manifest, sealed bool, mirrors ...string) string {
	var shards []string
	for _, shard := range manifest.Shards {
		shards = append(shards, fmt.Sprintf("{sha256: %x, length: %d, items: %d}", shard.SHA256, shard.Length, shard.Items))
	}
	text := fmt.Sprintf("dataset: {root: %x, items: %d, mirrors: [%s]", manifest.Root, manifest.Items, list(mirrors))
	if !sealed {
		text += ", shards: [" + strings.Join(shards, ", ") + "]"
	}
	return text + "}"
}

// saying answers what is not a sum with a text, sums well.
func saying(text string) behaviour {
	return func(w http.ResponseWriter, r *http.Request, prompt string) {
		if !strings.Contains(prompt, " ") {
			honest(w, r, prompt)
			return
		}
		writeCompletion(w, text)
	}
}

// only behaves in a way on what is not a sum.
func only(bad behaviour) behaviour {
	return func(w http.ResponseWriter, r *http.Request, prompt string) {
		if strings.Contains(prompt, " ") {
			bad(w, r, prompt)
			return
		}
		honest(w, r, prompt)
	}
}

// verdicts are the reasons that a miner's items must have, all of them and no other, with the outcome of each.
type verdicts map[string]evidence.Outcome

const (
	scored, abstained, unanswered = evidence.OutcomeScored, evidence.OutcomeAbstained, evidence.OutcomeUnanswered
)

// badInput is an epoch in which something is wrong with the second benchmark, or with how it is answered.
type badInput struct {
	name string
	// spoil makes the second benchmark.
	spoil func(t *testing.T, b *bench, m *mirror) *spec.Spec
	// then is done once it is on the chain.
	then   func(b *bench)
	miners []behaviour
	// unusable is what the note says when there is no row; else want has what became of each miner's items, and weighed
	// are the miners that get a weight.
	unusable string
	want     []verdicts
	weighed  []uint64
}

func source(text func(t *testing.T, m *mirror) string) func(*testing.T, *bench, *mirror) *spec.Spec {
	return func(t *testing.T, _ *bench, m *mirror) *spec.Spec { return badSpec(t, text(t, m), soundScorer, "", "") }
}

func scorer(fault string, text func(m *mirror) string) func(*testing.T, *bench, *mirror) *spec.Spec {
	return func(t *testing.T, _ *bench, m *mirror) *spec.Spec { return badSpec(t, soundSource, text(m), fault, "") }
}

func sound(t *testing.T, _ *bench, _ *mirror) *spec.Spec {
	return badSpec(t, soundSource, soundScorer, "", "")
}

// served is a module that its mirror has.
func served(m *mirror, code []byte) []byte {
	m.serve(code)
	return code
}

func badInputs() []badInput {
	moody := []behaviour{honest, saying("T"), saying("L"), saying("G"), saying("A")}
	fails := func(outcome evidence.Outcome) []verdicts {
		return []verdicts{{"": scored}, {"scorer_trap": outcome}, {"scorer_limit": outcome}, {"scorer_result": outcome}, {"scorer_abstained": outcome}}
	}
	moodyText := func(m *mirror) string { return scorerText(served(m, moodyScorer()), 1_000_000_000, m.url) }
	return []badInput{
		{
			name: "a spec on the chain whose bytes are not its digest", spoil: sound, miners: []behaviour{honest},
			then: func(b *bench) {
				version := b.chain.versions[specKey{1, 1}]
				version.Digest = make([]byte, 32)
				b.chain.versions[specKey{1, 1}] = version
			},
			unusable: "the endpoint is not to be trusted",
		},
		{
			name: "a module that changed on its only mirror", miners: []behaviour{honest}, unusable: "content has another digest",
			spoil: scorer("", func(m *mirror) string {
				code := served(m, moodyScorer())
				changed := slices.Clone(code)
				changed[len(changed)-1] ^= 1
				m.files[fmt.Sprintf("/blobs/%x", sha256.Sum256(code))] = changed
				return scorerText(code, 1_000_000_000, m.url)
			}),
		},
		{
			name: "a module that changed on the first of two mirrors", miners: []behaviour{honest}, want: []verdicts{{"": scored}}, weighed: []uint64{1},
			spoil: scorer("", func(m *mirror) string {
				code := served(m, moodyScorer())
				m.files["/lies"+fmt.Sprintf("/blobs/%x", sha256.Sum256(code))] = []byte("something else")
				return scorerText(code, 1_000_000_000, m.url+"/lies", m.url)
			}),
		},
		{
			name: "a module that is none", miners: []behaviour{honest}, unusable: "module is refused",
			spoil: scorer("", func(m *mirror) string { return scorerText(served(m, []byte("#!/bin/sh")), 1, m.url) }),
		},
		{
			name: "a scorer that differs from its goldens", miners: []behaviour{honest}, unusable: "golden result differs",
			spoil: scorer("", func(m *mirror) string { return scorerText(served(m, moodyScorer()), 999_999_999, m.url) }),
		},
		{
			name: "a scorer that fails on some answers, which then do not count", miners: moody, spoil: scorer("", moodyText),
			want: fails(abstained), weighed: []uint64{1},
		},
		{
			name: "a scorer that fails on some answers, which then count as nothing", miners: moody, spoil: scorer(faultZero, moodyText),
			want: fails(scored), weighed: []uint64{1},
		},
		{
			name: "a generator that differs from its goldens", miners: []behaviour{saying("2")}, unusable: "golden result differs",
			spoil: source(func(t *testing.T, m *mirror) string {
				return generatorText(t, served(m, sameQuestion()), "another", m.url)
			}),
		},
		{
			name: "a generator that returns the same question", miners: []behaviour{saying("2"), saying("3")},
			spoil: source(func(t *testing.T, m *mirror) string {
				return generatorText(t, served(m, sameQuestion()), promised, m.url)
			}),
			want: []verdicts{{"": scored, "question_twice": abstained}, {"": scored, "question_twice": abstained}}, weighed: []uint64{1},
		},
		{
			name: "a generator that traps", miners: []behaviour{saying("2")},
			spoil: source(func(t *testing.T, m *mirror) string {
				return generatorText(t, served(m, trappingGenerator()), promised, m.url)
			}),
			want: []verdicts{{"": scored, "question_failed": abstained}}, weighed: []uint64{1},
		},
		{
			name: "a shard that vanishes while it is drawn from", miners: []behaviour{saying("2"), saying("2")},
			spoil: source(func(t *testing.T, m *mirror) string {
				manifest := questions(t, m, 64)
				m.before = func(string) { // after the first shard was asked for, every second one is gone
					for i := 1; i < len(manifest.Shards); i += 2 {
						delete(m.files, fmt.Sprintf("/blobs/%x", manifest.Shards[i].SHA256))
					}
				}
				return datasetText(manifest, false, m.url)
			}),
			want: []verdicts{{"": scored, "question_missing": abstained}, {"": scored, "question_missing": abstained}}, weighed: []uint64{1, 2},
		},
		{
			name: "a shard that changed on its mirror", miners: []behaviour{saying("2")},
			spoil: source(func(t *testing.T, m *mirror) string {
				manifest := questions(t, m, 64)
				for i := 1; i < len(manifest.Shards); i += 2 {
					m.files[fmt.Sprintf("/blobs/%x", manifest.Shards[i].SHA256)][40] ^= 1
				}
				return datasetText(manifest, false, m.url)
			}),
			want: []verdicts{{"": scored, "question_missing": abstained}}, weighed: []uint64{1},
		},
		{
			name: "a sealed set whose owner opens another item", miners: []behaviour{saying("2")},
			spoil: source(func(t *testing.T, m *mirror) string {
				manifest := questions(t, m, 64)
				shards := make(map[string][]byte, len(m.files))
				for path, content := range m.files {
					shards[strings.TrimPrefix(path, "/blobs/")] = content
				}
				set, err := dataset.NewSharded(manifest.Set, shardFiles(shards), 0)
				require.NoError(t, err)
				for i := range manifest.Items {
					opening, err := set.Open(t.Context(), i&^1) // of two items only the first
					require.NoError(t, err)
					m.files[fmt.Sprintf("/items/%x/%d", manifest.Root, i)] = opening.Encode()
				}
				return datasetText(manifest, true, m.url)
			}),
			want: []verdicts{{"": scored, "question_changed": abstained}}, weighed: []uint64{1},
		},
		{
			name: "a model that nobody has", miners: []behaviour{honest}, unusable: `model "words"`,
			spoil: func(t *testing.T, _ *bench, _ *mirror) *spec.Spec {
				return badSpec(t, soundSource, "{scorer: bits-per-byte, weight_bp: 10000, extract: whole, model: words, zero_millibits: 8000}", "", modelText)
			},
		},
		{
			name: "a model that fails while it is asked, which is never the miner's fault", miners: []behaviour{honest},
			spoil: func(t *testing.T, b *bench, _ *mirror) *spec.Spec {
				b.env.Models = failingModels{}
				return badSpec(t, soundSource, "{scorer: bits-per-byte, weight_bp: 10000, extract: whole, model: words, zero_millibits: 8000}", faultZero, modelText)
			},
			want: []verdicts{{"model_missing": abstained}},
		},
		{
			name: "answers that are none, or come late, or are another's", spoil: sound,
			miners: []behaviour{
				honest, only(hundredMegabytes), only(invalidUTF8), only(hanging), saying(""), only(garbage),
				func(w http.ResponseWriter, r *http.Request, prompt string) {
					if strings.Contains(prompt, " ") {
						prompt = "reverse abcdef" // what somebody else was asked
					}
					honest(w, r, prompt)
				},
			},
			want: []verdicts{
				{"": scored}, {"too_large": unanswered}, {"not_an_answer": unanswered}, {"late": unanswered}, {"": scored}, {"not_an_answer": unanswered}, {"": scored},
			},
			weighed: []uint64{1},
		},
	}
}

const modelText = "models: [{name: words, sha256: 0707070707070707070707070707070707070707070707070707070707070707, length: 100, tier: exact}]"

// failingModels opens models that then cannot be asked.
type failingModels struct{}

func (failingModels) Model(context.Context, spec.Model) (benchmark.Model, error) {
	return failingModel{}, nil
}

type failingModel struct{ benchmark.Model }

func (failingModel) Loss(context.Context, string, string) (int64, error) {
	return 0, io.ErrUnexpectedEOF
}

// shardFiles are shards by their digest.
type shardFiles map[string][]byte

func (s shardFiles) Get(_ context.Context, digest [32]byte, _ int64) ([]byte, error) {
	return s[hex.EncodeToString(digest[:])], nil
}

// invalidUTF8 is signed JSON but for one byte.
func invalidUTF8(w http.ResponseWriter, _ *http.Request, _ string) {
	_, _ = io.WriteString(w, "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}")
}

// openEnv is a workbench that keeps nothing, which may ask mirrors on this machine.
func openEnv(t *testing.T) benchmark.Env {
	t.Helper()
	desk, err := workbench.Open(workbench.Options{AllowPrivate: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = desk.Close() })
	return desk.Env()
}

// newBadBench is a bench whose first benchmark asks for sums, and whose second is what a test makes it.
func newBadBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	sums := parseSpec(t, testSpec)
	sums.Source.GetBuiltin().Families = []string{generate.BasicsAdd, generate.BasicsSub}
	b.chain.publish(t, 0, 1, sums)
	b.chain.scored = func(uint64) []subnettypes.EpochBenchmark {
		return []subnettypes.EpochBenchmark{{Benchmark: 0, Version: 1, ShareBp: 7000}, {Benchmark: 1, Version: 1, ShareBp: 3000}}
	}
	b.env = openEnv(t)
	return b
}

// logOf is the evidence of a row.
func (b *bench) logOf(epoch uint64, number uint32) *evidence.Log {
	b.t.Helper()
	blob, err := LoadEvidence(b.store, b.runner.evidence, b.key(epoch, number))
	require.NoError(b.t, err)
	log, err := evidence.DecodeLog(blob)
	require.NoError(b.t, err)
	return log
}

// replayed runs an epoch again, as anybody would who has the evidence and fetches everything anew.
func (b *bench) replayed(epoch uint64, number uint32, env benchmark.Env) replay.Report {
	b.t.Helper()
	s, err := spec.Decode(b.chain.versions[specKey{number, 1}].Spec)
	require.NoError(b.t, err)
	program, err := benchmark.Open(b.t.Context(), s, env)
	require.NoError(b.t, err)
	defer program.Close()
	row, on := b.shownOf(epoch, number), b.chain.epochAt(b.chain.firstStart+int64(epoch)*b.chain.tempo)
	report, err := replay.Run(b.t.Context(), program, b.logOf(epoch, number), replay.Facts{Row: &row, Epoch: &on, Miners: b.chain.miners})
	require.NoError(b.t, err)
	return report
}

func TestBadInputEndsInAReasonThatAReplayRepeatsAndDisturbsNobody(t *testing.T) {
	for _, test := range badInputs() {
		t.Run(test.name, func(t *testing.T) {
			b, m := newBadBench(t), startMirror(t)
			b.chain.publish(t, 1, 1, test.spoil(t, b, m))
			if test.then != nil {
				test.then(b)
			}
			b.restart()
			for _, behave := range test.miners {
				startMiner(t, b.chain, behave)
			}
			b.until(11)

			require.Equal(t, store.StageRevealed, b.rowOf(0, 0).Stage, "the other benchmark goes on")
			require.Len(t, b.rowOf(0, 0).MinerIDs, len(test.miners), "with all miners")
			report := b.replayed(0, 0, benchmark.Env{})
			require.Empty(t, report.Differences)
			if test.unusable != "" {
				_, made, err := b.store.Round(b.key(0, 1))
				require.NoError(t, err)
				require.False(t, made)
				status := b.runner.snapshot().Benchmarks[1]
				require.Contains(t, status.Note, "the benchmark cannot be used: ")
				require.Contains(t, status.Note, test.unusable)
				return
			}

			row, log := b.rowOf(0, 1), b.logOf(0, 1)
			require.Equal(t, store.StageRevealed, row.Stage)
			require.Equal(t, test.weighed, row.MinerIDs)
			found := make([]verdicts, len(test.miners))
			reasons := map[string]int{}
			for i := range log.Len() {
				item := log.Entry(i).Item
				if found[item.MinerID-1] == nil {
					found[item.MinerID-1] = verdicts{}
				}
				found[item.MinerID-1][item.Reason] = item.Outcome
				if item.Reason != "" {
					reasons[item.Reason]++
				}
			}
			require.Equal(t, test.want, found)
			env := openEnv(t)
			if b.env.Models == (failingModels{}) {
				env.Models = failingModels{}
			}
			report = b.replayed(0, 1, env)
			require.Empty(t, report.Differences)
			require.True(t, report.OnChain && report.Weights)
			require.Equal(t, reasons, report.Reasons)
			require.Equal(t, 8*len(test.miners), report.Drawn)
		})
	}
}
