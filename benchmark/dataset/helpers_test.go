package dataset_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/question"
)

// seed is 00 01 … 1f.
var seed = func() (seed [32]byte) {
	for i := range seed {
		seed[i] = byte(i)
	}
	return seed
}()

// documents are "document 0", "document 1" and so on.
func documents(n int) [][]byte {
	items := make([][]byte, n)
	for i := range items {
		items[i] = fmt.Appendf(nil, "document %d", i)
	}
	return items
}

func questions(n int) [][]byte {
	items := make([][]byte, n)
	for i := range items {
		q := question.Question{Prompt: fmt.Sprintf("%d+1", i), Expected: fmt.Sprint(i + 1)}
		items[i], _ = q.Encode()
	}
	return items
}

func sequence(items [][]byte) iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for _, item := range items {
			if !yield(dataset.Item{Bytes: item}, nil) {
				return
			}
		}
	}
}

// blobs are files by their digest: a fetcher whose files a test can harm.
type blobs struct {
	files map[[32]byte][]byte
	gets  atomic.Int64
}

func (b *blobs) Get(_ context.Context, sha256 [32]byte, _ int64) ([]byte, error) {
	b.gets.Add(1)
	file, ok := b.files[sha256]
	if !ok {
		return nil, fmt.Errorf("no file %x", sha256[:4])
	}
	return file, nil
}

// perShard is a target that makes shards of n documents.
func perShard(n int) int64 { return 284 + int64(n)*48 }

func build(t require.TestingT, kind dataset.Kind, items [][]byte, shardBytes int64) (dataset.Manifest, *blobs) {
	files := &blobs{files: map[[32]byte][]byte{}}
	manifest, err := dataset.Build(sequence(items), dataset.Options{Kind: kind, Seed: seed, ShardBytes: shardBytes},
		func(shard dataset.Shard, content []byte) error {
			files.files[shard.SHA256] = bytes.Clone(content)
			return nil
		})
	require.NoError(t, err)
	return manifest, files
}

func sharded(t require.TestingT, manifest dataset.Manifest, fetcher dataset.Fetcher, cacheBytes int64) *dataset.Sharded {
	source, err := dataset.NewSharded(manifest.Set, fetcher, cacheBytes)
	require.NoError(t, err)
	return source
}

func openAt(t *testing.T, source dataset.Source, index uint64) dataset.Opening {
	t.Helper()
	opening, err := source.Open(t.Context(), index)
	require.NoError(t, err)
	return opening
}

func hexed(digest [32]byte) string { return hex.EncodeToString(digest[:]) }
