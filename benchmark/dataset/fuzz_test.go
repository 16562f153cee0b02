package dataset_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
)

func FuzzDecodeOpening(f *testing.F) {
	manifest, files := build(f, dataset.Documents, documents(5), perShard(2))
	for index := range manifest.Items {
		opening, err := sharded(f, manifest, files, 0).Open(f.Context(), index)
		require.NoError(f, err)
		f.Add(opening.Encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		opening, err := dataset.DecodeOpening(data)
		if err != nil {
			require.ErrorIs(t, err, dataset.ErrInvalid)
			return
		}
		require.Equal(t, data, opening.Encode(), "an opening has one encoding")
		if dataset.Verify(manifest.Root, manifest.Items, opening) == nil {
			require.Equal(t, documents(5)[opening.Index], opening.Item)
		}
	})
}

// A shard that is read is declared by its own digest and size, so that all that is
// left to refuse it is its form and the root.
func FuzzReadShard(f *testing.F) {
	manifest, files := build(f, dataset.Documents, documents(5), perShard(2))
	for _, content := range files.files {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		set := manifest.Set
		set.Shards = append([]dataset.Shard{}, manifest.Shards...)
		set.Shards[0].SHA256, set.Shards[0].Length = sha256.Sum256(data), int64(len(data))
		source, err := dataset.NewSharded(set, &blobs{files: map[[32]byte][]byte{set.Shards[0].SHA256: data}}, 0)
		require.NoError(t, err)
		opening, err := source.Open(t.Context(), 1)
		if err == nil {
			require.Equal(t, "document 1", string(opening.Item))
		}
	})
}

func FuzzDecodeManifest(f *testing.F) {
	manifest, _ := build(f, dataset.Documents, documents(5), perShard(2))
	text, err := manifest.Encode()
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"format":1,"kind":"questions","root":"","items":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		manifest, err := dataset.DecodeManifest(data)
		if err != nil {
			require.ErrorIs(t, err, dataset.ErrInvalid)
			return
		}
		again, err := manifest.Encode()
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("{\"prompt\":\"a\"}\n\n{\"prompt\":\"b\",\"alternatives\":[\"c\"]}"), true)
	f.Add([]byte("\"a\"\n{\"text\":\"b\\u00e9\"}\r\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, asked bool) {
		kind := dataset.Documents
		if asked {
			kind = dataset.Questions
		}
		for item, err := range dataset.Lines(bytes.NewReader(data), kind) {
			if err != nil {
				require.ErrorIs(t, err, dataset.ErrInvalid)
				return
			}
			require.NoError(t, kind.Check(item.Bytes))
		}
	})
}
