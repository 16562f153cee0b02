package corpus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmarks/corpus"
)

func TestEveryDocumentOfTheCorpusOpens(t *testing.T) {
	source, manifest, err := corpus.Open()
	require.NoError(t, err)
	require.Equal(t, dataset.Documents, manifest.Kind)
	require.EqualValues(t, 128, manifest.Items)
	require.NoError(t, dataset.VerifyAll(t.Context(), manifest, source, nil))
	size := int64(0)
	for _, shard := range manifest.Shards {
		size += shard.Length
	}
	require.LessOrEqual(t, size, int64(200_000), "the corpus stays small: it is in every program that embeds it")
}

func TestTheLicenceIsWithTheTexts(t *testing.T) {
	licence, err := corpus.Files.ReadFile("LICENSE")
	require.NoError(t, err)
	require.Contains(t, string(licence), "The Go Authors")
}
