package benchmarks_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/benchmarks/corpus"
)

func TestEveryShippedSpecIsValidAndNamedLikeItsFile(t *testing.T) {
	require.Contains(t, benchmarks.Names(), benchmarks.Default)
	for _, name := range benchmarks.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := benchmarks.Load(name)
			require.NoError(t, err)
			require.Equal(t, name, s.Name)
			require.NotEmpty(t, s.Description)

			canonical, err := spec.Encode(s)
			require.NoError(t, err)
			again, err := spec.Decode(canonical)
			require.NoError(t, err)
			require.Equal(t, s, again)
		})
	}
}

func TestTheRightAnswersOfEveryShippedSpecScoreFull(t *testing.T) {
	const epochs = 4
	for _, name := range benchmarks.Names() {
		t.Run(name, func(t *testing.T) {
			program := opened(t, name)
			for epoch := range uint64(epochs) {
				tasks := drawn(t, program, "right answers", epoch)
				require.Len(t, tasks, program.Answers())
				results := played(t, program, tasks, knowing)
				for i, task := range tasks {
					require.Nil(t, task.Fault)
					require.Equal(t, benchmark.OutcomeScored, results[i].Outcome, task.Question)
					require.Equal(t, benchmark.ScoreOne, results[i].Score, task.Question)
				}
			}
		})
	}
}

func TestNoRightAnswerIsLongerThanTheTokensThatAreAllowed(t *testing.T) {
	const epochs = 20
	for _, name := range benchmarks.Names() {
		t.Run(name, func(t *testing.T) {
			program := opened(t, name)
			for epoch := range uint64(epochs) {
				for _, task := range drawn(t, program, "lengths", epoch) {
					// A token is at least a byte for every model but those that know no bytes.
					require.LessOrEqual(t, len(task.Question.Expected), int(2*task.Request.MaxTokens), task.Question.Prompt)
				}
			}
		})
	}
}

func TestWhatTheShippedSpecsNameByDigestShipsWithThem(t *testing.T) {
	folder := dataset.Folder{Files: benchmarks.Files()}
	held := func(digest []byte, length uint32) {
		content, err := folder.Get(t.Context(), [32]byte(digest), int64(length))
		require.NoError(t, err)
		require.Len(t, content, int(length))
		require.Equal(t, [32]byte(digest), sha256.Sum256(content))
	}
	modules, shards := 0, 0
	for _, name := range benchmarks.Names() {
		s, err := benchmarks.Load(name)
		require.NoError(t, err)
		if module := s.Source.GetSandbox(); module != nil {
			held(module.Module.Sha256, module.Module.Length)
			modules++
		}
		for i := range s.Scorers {
			if module := s.Scorers[i].GetWasm(); module != nil {
				held(module.Module.Sha256, module.Module.Length)
				modules++
			}
		}
		if documents := s.Source.GetBuiltin().GetDocuments(); documents != nil {
			for _, shard := range documents.Shards {
				held(shard.Sha256, shard.Length)
				shards++
			}
		}
	}
	require.Equal(t, 2, modules)
	require.Equal(t, 4, shards)
}

func TestEveryModuleInTheFolderIsNamedByItsDigest(t *testing.T) {
	blobs, err := fs.Glob(os.DirFS("."), "blobs/*")
	require.NoError(t, err)
	require.NotEmpty(t, blobs)
	for _, name := range blobs {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		digest := sha256.Sum256(content)
		require.Equal(t, strings.TrimPrefix(name, "blobs/"), hex.EncodeToString(digest[:]))
		require.Less(t, len(content), 70_000)
	}
}

func TestTheModuleOfWordOrderIsTheExampleInRust(t *testing.T) {
	s, err := benchmarks.Load("word-order")
	require.NoError(t, err)
	example, err := os.ReadFile("../sdk/rust/examples/overlap.wasm")
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256(example), [32]byte(s.Source.GetSandbox().Module.Sha256),
		"the example was built anew: copy it to blobs/ under its digest, and write its digest, length and results into word-order.yaml")
	require.Equal(t, s.Source.GetSandbox().Module, s.Scorers[0].GetWasm().Module)
}

func TestTheDocumentsOfContinuationAreTheCorpus(t *testing.T) {
	s, err := benchmarks.Load("continuation")
	require.NoError(t, err)
	_, manifest, err := corpus.Open()
	require.NoError(t, err)
	text, err := manifest.SpecYAML(nil, false)
	require.NoError(t, err)
	documents := s.Source.GetBuiltin().Documents
	require.Equal(t, manifest.Root, [32]byte(documents.Root), "the corpus was built anew; its manifest as a spec has it:\n%s", text)
	require.Equal(t, manifest.Items, uint64(documents.Items))
	require.Len(t, documents.Shards, len(manifest.Shards))
}

func TestTheFilesOfTheFolderAndOfTheCorpusAreOneFolder(t *testing.T) {
	s, err := benchmarks.Load("continuation")
	require.NoError(t, err)
	shard := "blobs/" + hex.EncodeToString(s.Source.GetBuiltin().Documents.Shards[0].Sha256)
	require.NoError(t, fstest.TestFS(benchmarks.Files(), "basics.yaml"))
	_, err = fs.Stat(benchmarks.Files(), shard)
	require.NoError(t, err)
	for _, name := range []string{"manifest.json", "blobs/nothing", "nothing.yaml"} {
		_, err := fs.Stat(benchmarks.Files(), name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
}

func TestAnUnknownNameIsRefusedWithTheNamesThereAre(t *testing.T) {
	for _, name := range []string{"nothing", "", "../go", "basics.yaml"} {
		_, err := benchmarks.Load(name)
		require.ErrorContains(t, err, "algebra, arithmetic, basics, code-output")
	}
}
