package workbench_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks/corpus"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/models"
)

var silent = slog.New(slog.DiscardHandler)

func open(t *testing.T, options workbench.Options) *workbench.Workbench {
	t.Helper()
	options.Log = silent
	bench, err := workbench.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bench.Close()) })
	return bench
}

// atHand is a folder in the layout of a data set with the given blobs.
func atHand(blobs ...[]byte) fs.FS {
	files := fstest.MapFS{}
	for _, content := range blobs {
		files["blobs/"+digestOf(content)] = &fstest.MapFile{Data: content}
	}
	return files
}

func digestOf(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// mirror serves blobs by their digest, and counts what it is asked.
func mirror(t *testing.T, blobs ...[]byte) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	files := http.FileServerFS(atHand(blobs...))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func shipped(t *testing.T, name string) (spec.Model, []byte) {
	t.Helper()
	weights, err := models.Weights(name)
	require.NoError(t, err)
	digest := sha256.Sum256(weights)
	return spec.Model{Name: name, Sha256: digest[:], Length: uint32(len(weights)), Tier: spec.TIER_EXACT}, weights
}

func TestWhatIsAtHandComesBeforeWhatWasFetchedAndThatBeforeMirrors(t *testing.T) {
	here, there := []byte("in the second folder"), []byte("at the mirror")
	address, asked := mirror(t, here, there)
	options := workbench.Options{Folder: t.TempDir(), AtHand: []fs.FS{atHand(), atHand(here)}, AllowPrivate: true}
	bench := open(t, options)
	get := func(bench *workbench.Workbench, content []byte) ([]byte, error) {
		return bench.Env().Blobs.From([]string{address}).Get(t.Context(), sha256.Sum256(content), int64(len(content)))
	}
	got, err := get(bench, here)
	require.NoError(t, err)
	require.Equal(t, here, got)
	require.Zero(t, asked.Load())
	for range 2 {
		got, err = get(bench, there)
		require.NoError(t, err)
		require.Equal(t, there, got)
		require.EqualValues(t, 1, asked.Load(), "once it is on the disk nobody is asked")
	}
	require.Equal(t, 1, bench.Store().Usage().Blobs, "what is at hand is not copied")

	options.AllowPrivate, options.AtHand = false, nil
	strict := open(t, options)
	_, err = get(strict, there)
	require.NoError(t, err, "a new workbench finds what the last one kept")
	_, err = get(strict, here)
	require.ErrorIs(t, err, blob.ErrAddress, "mirrors on one's own machine must be allowed")
	require.EqualValues(t, 1, asked.Load())
}

func TestAFolderWhoseFileIsHarmedIsPassedBy(t *testing.T) {
	content := []byte("as it should be")
	harmed := fstest.MapFS{"blobs/" + digestOf(content): {Data: []byte("as it shouldn't")}}
	bench := open(t, workbench.Options{AtHand: []fs.FS{harmed, atHand(content)}})
	got, err := bench.Env().Blobs.From(nil).Get(t.Context(), sha256.Sum256(content), int64(len(content)))
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.Nil(t, bench.Store(), "without a folder nothing is kept")
	_, err = bench.Env().Blobs.From(nil).Get(t.Context(), [32]byte{1}, 5)
	require.ErrorContains(t, err, "is not here, and no mirror is named for it")
}

func TestAModelThatShipsIsFoundByItsDigestAndGivesTheSameIntegersTwice(t *testing.T) {
	bench := open(t, workbench.Options{})
	declared, _ := shipped(t, models.Weak)
	declared.Name = "called otherwise"
	model, err := bench.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	again, err := bench.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	require.NoError(t, again.(io.Closer).Close(), "benchmarks share it, so it stays open for the other")

	other := open(t, workbench.Options{})
	elsewhere, err := other.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	loss, err := model.Loss(t.Context(), "2+3\n", "5")
	require.NoError(t, err)
	require.Positive(t, loss)
	longer, err := model.Loss(t.Context(), "2+3\n", "5 and more")
	require.NoError(t, err)
	require.Greater(t, longer, loss)
	none, err := model.Loss(t.Context(), "2+3\n", "")
	require.NoError(t, err)
	require.Zero(t, none)
	vectors, err := model.Embed(t.Context(), []string{"reverse abc", "sort 312"})
	require.NoError(t, err)
	require.Len(t, vectors, 2)
	text, err := model.Complete(t.Context(), "reverse abc", 8)
	require.NoError(t, err)
	require.NotEmpty(t, text)

	for range 2 {
		sameLoss, err := elsewhere.Loss(t.Context(), "2+3\n", "5")
		require.NoError(t, err)
		require.Equal(t, loss, sameLoss)
		sameVectors, err := elsewhere.Embed(t.Context(), []string{"reverse abc", "sort 312"})
		require.NoError(t, err)
		require.Equal(t, vectors, sameVectors)
		sameText, err := elsewhere.Complete(t.Context(), "reverse abc", 8)
		require.NoError(t, err)
		require.Equal(t, text, sameText)
	}
}

func TestAModelOfAStrangerIsFetchedWithinItsBoundAndChecked(t *testing.T) {
	_, weights := shipped(t, models.Weak)

	garbage := []byte("these are no weights")
	address, asked := mirror(t, garbage)
	declare := func(content []byte, length int) spec.Model {
		digest := sha256.Sum256(content)
		return spec.Model{Name: "m", Sha256: digest[:], Length: uint32(length), Mirrors: []string{address}}
	}
	bench := open(t, workbench.Options{AllowPrivate: true, MaxModelBytes: 1 << 20})
	for name, test := range map[string]struct {
		declared spec.Model
		want     string
		asked    int64
	}{
		"one that is too large is not even asked for": {declare(weights[1:], 1<<20+1), "has 1048577 bytes, at most 1048576 are loaded here", 0},
		"one that nobody has":                         {declare(weights[1:], 10), "it answers 404", 1},
		"one that is longer than it was declared":     {declare(garbage, 3), "it announces 20 bytes, at most 3 are read", 1},
		"a file that is no model":                     {declare(garbage, len(garbage)), fmt.Sprintf("model %s: ", digestOf(garbage)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := asked.Load()
			_, err := bench.Env().Models.Model(t.Context(), test.declared)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, test.asked, asked.Load()-before)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bench.Env().Models.Model(ctx, declare(weights, len(weights)+1))
	require.ErrorIs(t, err, context.Canceled)
}

func TestATextThatAModelNeverTakesIsToBlameItself(t *testing.T) {
	bench := open(t, workbench.Options{})
	declared, _ := shipped(t, models.Weak)
	model, err := bench.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	long := strings.Repeat("long ", 10_000)
	_, err = model.Loss(t.Context(), "reverse abc", long)
	require.ErrorIs(t, err, benchmark.ErrModelText)
	_, err = model.Embed(t.Context(), []string{"reverse abc", long})
	require.ErrorIs(t, err, benchmark.ErrModelText)
	_, err = model.Embed(t.Context(), []string{""})
	require.ErrorIs(t, err, benchmark.ErrModelText)
	_, err = model.Complete(t.Context(), long, 8)
	require.ErrorIs(t, err, benchmark.ErrModelText)
	require.NoError(t, bench.Close())
	_, err = model.Loss(t.Context(), "reverse abc", "cba")
	require.Error(t, err)
	require.NotErrorIs(t, err, benchmark.ErrModelText, "that it is closed is nobody's text's fault")
}

func TestAModelIsWaitedForByMoreThanItTakesAtOnce(t *testing.T) {
	bench := open(t, workbench.Options{})
	declared, _ := shipped(t, models.Weak)
	model, err := bench.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	var group errgroup.Group
	for range 200 {
		group.Go(func() error {
			_, err := model.Loss(t.Context(), "reverse abc", "cba")
			return err
		})
	}
	require.NoError(t, group.Wait(), "none is refused")
}

func TestAFileLargerThanAShardMayBeAModel(t *testing.T) {
	large := make([]byte, blob.MaxBytes+1)
	bench := open(t, workbench.Options{AtHand: []fs.FS{atHand(large)}, MaxModelBytes: blob.MaxBytes + 1})
	digest := sha256.Sum256(large)
	_, err := bench.Env().Models.Model(t.Context(), spec.Model{Sha256: digest[:], Length: uint32(len(large))})
	require.ErrorContains(t, err, fmt.Sprintf("model %x: ", digest), "it is found, and is none")
	require.NotErrorIs(t, err, blob.ErrTooLarge)
}

func TestAModuleIsTakenFromAFolderAndItsCodeKept(t *testing.T) {
	code, err := os.ReadFile(filepath.Join("..", "..", "sdk", "rust", "examples", "overlap.wasm"))
	require.NoError(t, err)
	digest := sha256.Sum256(code)
	s, err := spec.Parse(fmt.Appendf(nil, `
format: 1
name: overlap
kind: inference
source: {generator: basics/1, families: [reverse]}
sampling: {items_per_miner: 2, domain: miner}
request: {endpoint: chat/completions, max_tokens: 32, deadline_ms: 400}
scorers:
  - scorer: wasm
    weight_bp: 10000
    extract: whole
    module: {sha256: %x, length: %d, memory_pages: 256, time_limit_ms: 1000}
    goldens:
      - {prompt: "Why?", expected: Air scatters blue light, answer: Air scatters blue light., score: 1000000000}
aggregation: {items: mean, ema_alpha_bp: 10000, absence: reset}
weights: {baseline_bp: 0, power: 1}
verification: receipts
`, digest, len(code)))
	require.NoError(t, err)
	folder := t.TempDir()
	for range 2 { // the second time its code was compiled before
		bench := open(t, workbench.Options{Folder: folder, AtHand: []fs.FS{atHand(code)}})
		program, err := benchmark.Open(t.Context(), s, bench.Env())
		require.NoError(t, err)
		tasks, err := program.Draw(t.Context(), benchmark.Seed{ChainID: "c"}, benchmark.Share{})
		require.NoError(t, err)
		batch := program.Batch()
		verdict := batch.Score(t.Context(), &tasks[0], benchmark.Answer{Completion: tasks[0].Question.Expected})
		require.Equal(t, benchmark.OutcomeScored, verdict.Outcome)
		require.Equal(t, benchmark.ScoreOne, verdict.Score)
		batch.Close()
		program.Close()
	}
	kept, err := os.ReadDir(filepath.Join(folder, "modules"))
	require.NoError(t, err)
	require.Len(t, kept, 1)

	s.Scorers[0].GetWasm().Goldens[0].Score--
	bench := open(t, workbench.Options{AtHand: []fs.FS{atHand(code)}})
	_, err = benchmark.Open(t.Context(), s, bench.Env())
	require.ErrorIs(t, err, sandbox.ErrGolden)
	_, err = benchmark.Open(t.Context(), s, open(t, workbench.Options{}).Env())
	require.ErrorIs(t, err, benchmark.ErrOpen)
	require.ErrorContains(t, err, "is not here, and no mirror is named for it")
}

func TestTheShippedTextsAreAtHandByShardAndByItem(t *testing.T) {
	bench := open(t, workbench.Options{AtHand: []fs.FS{corpus.Files}})
	manifest, err := dataset.ReadManifest(corpus.Files)
	require.NoError(t, err)
	from := bench.Env().Blobs.From(nil)
	source, err := dataset.NewSharded(manifest.Set, from, 0)
	require.NoError(t, err)
	byShard, err := source.Open(t.Context(), 77)
	require.NoError(t, err)
	require.NoError(t, dataset.Verify(manifest.Root, manifest.Items, byShard))

	sealed, err := dataset.NewOpenings(dataset.Set{Root: manifest.Root, Items: manifest.Items}, from, 0)
	require.NoError(t, err)
	byItem, err := sealed.Open(t.Context(), 77)
	require.NoError(t, err, "whoever has the folder of a sealed set opens it without asking")
	require.Equal(t, byShard, byItem)
	require.NotNil(t, bench.Source(manifest.Root))
	require.Nil(t, bench.Source([32]byte{1}))
	_, err = dataset.NewOpenings(dataset.Set{Root: [32]byte{1}, Items: 3}, from, 0)
	require.NoError(t, err)
	require.ErrorContains(t, from.GetOpening(t.Context(), [32]byte{1}, 0, 100, nil), "no mirror is named for it")
}

func TestAFolderWithAManifestOfSomethingElseStillHasItsBlobs(t *testing.T) {
	content := []byte("content")
	files := fstest.MapFS{"manifest.json": {Data: []byte(`{"name": "of a web page"}`)}, "blobs/" + digestOf(content): {Data: content}}
	bench := open(t, workbench.Options{AtHand: []fs.FS{files}})
	got, err := bench.Env().Blobs.From(nil).Get(t.Context(), sha256.Sum256(content), int64(len(content)))
	require.NoError(t, err)
	require.Equal(t, content, got)
}

func TestAFolderThatCannotBeUsedIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := workbench.Open(workbench.Options{Folder: file})
	require.ErrorContains(t, err, file)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "modules"), nil, 0o600))
	_, err = workbench.Open(workbench.Options{Folder: folder})
	require.ErrorContains(t, err, "open the sandbox")
}

func TestAModelIsOpenWhileSomeProgramUsesIt(t *testing.T) {
	bench := open(t, workbench.Options{})
	declared, _ := shipped(t, models.Weak)
	s, err := spec.Parse(fmt.Appendf(nil, `
format: 1
name: loss
kind: inference
source: {generator: basics/1, families: [reverse]}
sampling: {items_per_miner: 2, domain: miner}
request: {endpoint: chat/completions, max_tokens: 32, deadline_ms: 400}
models:
  - {name: helper, sha256: %x, length: %d, tier: exact}
scorers:
  - {scorer: bits-per-byte, weight_bp: 10000, extract: whole, model: helper, zero_millibits: 8000}
aggregation: {items: mean, ema_alpha_bp: 10000, absence: reset}
weights: {baseline_bp: 0, power: 1}
verification: receipts
`, declared.Sha256, declared.Length))
	require.NoError(t, err)
	first, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	second, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	require.Equal(t, 1, first.Models())
	tasks, err := first.Draw(t.Context(), benchmark.Seed{ChainID: "c"}, benchmark.Share{})
	require.NoError(t, err)
	score := func(program *benchmark.Program) benchmark.Verdict {
		batch := program.Batch()
		defer batch.Close()
		return batch.Score(t.Context(), &tasks[0], benchmark.Answer{Completion: tasks[0].Question.Expected})
	}
	want := score(first)
	require.Equal(t, benchmark.OutcomeScored, want.Outcome, want.Detail)
	first.Close()
	first.Close()
	require.Equal(t, want, score(second), "closed twice, it was given back once")
	second.Close()
	require.Equal(t, benchmark.ReasonModelMissing, score(second).Reason, "nobody keeps it in memory")
	third, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	require.Equal(t, want, score(third))
	third.Close()
}

func TestModelsTogetherFillNoMoreThanTheirShareOfMemory(t *testing.T) {
	_, weak := shipped(t, models.Weak)
	var files []fs.FS
	declare := func(n int) spec.Model {
		// The same weights with another note in their header are another file.
		content := renamed(t, weak, n)
		files = append(files, atHand(content))
		digest := sha256.Sum256(content)
		return spec.Model{Name: "m", Sha256: digest[:], Length: uint32(len(content))}
	}
	var declared []spec.Model
	for n := range 5 {
		declared = append(declared, declare(n))
	}
	bench := open(t, workbench.Options{AtHand: files, MaxModelBytes: int64(declared[0].Length)})
	var opened []benchmark.Model
	for _, one := range declared[:4] {
		model, err := bench.Env().Models.Model(t.Context(), one)
		require.NoError(t, err)
		opened = append(opened, model)
	}
	_, err := bench.Env().Models.Model(t.Context(), declared[4])
	require.ErrorContains(t, err, "those that are open have")
	require.NoError(t, opened[2].(io.Closer).Close())
	_, err = bench.Env().Models.Model(t.Context(), declared[4])
	require.NoError(t, err, "there is room again")
}

// renamed puts a note into the metadata of a safetensors file, as long for every n below 10.
func renamed(t *testing.T, weights []byte, n int) []byte {
	t.Helper()
	length := binary.LittleEndian.Uint64(weights)
	header := strings.TrimRight(string(weights[8:8+length]), " ")
	note := fmt.Sprintf(`{"__metadata__":{"note":"%d",`, n)
	if rest, found := strings.CutPrefix(header, `{"__metadata__":{`); found {
		header = note + rest
	} else {
		header = strings.TrimSuffix(note, ",") + "}," + strings.TrimPrefix(header, "{")
	}
	header += strings.Repeat(" ", (8-len(header)%8)%8)
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), weights[8+length:]...)
}

func TestAClosedWorkbenchLetsGoOfItsModels(t *testing.T) {
	bench, err := workbench.Open(workbench.Options{})
	require.NoError(t, err)
	declared, _ := shipped(t, models.Weak)
	before, err := bench.Env().Models.Model(t.Context(), declared)
	require.NoError(t, err)
	require.NoError(t, bench.Close())
	_, err = before.Complete(t.Context(), "reverse abc", 8)
	require.Error(t, err)
	require.NoError(t, bench.Close(), "twice is no harm")
}
