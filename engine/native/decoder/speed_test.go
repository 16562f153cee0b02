package decoder_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/decoder/random"
)

func BenchmarkDecode(b *testing.B) {
	shape := decoder.Shape{
		Width: 256, Layers: 4, Heads: 4, KVHeads: 4, HeadWidth: 64, Inner: 704, Vocabulary: 512, Context: 256,
		NormEpsilon: 1e-5, RopeTheta: 10000,
	}
	w, err := random.Weights(shape, random.Options{Seed: 1})
	require.NoError(b, err)
	for _, path := range canon.Paths() {
		k, err := canon.For(path)
		require.NoError(b, err)
		m, err := decoder.New(shape, w, k)
		require.NoError(b, err)
		for _, streams := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", path, streams), func(b *testing.B) {
				batch, pool := m.NewBatch(0, 1), m.NewPool(streams*256)
				pieces := make([]decoder.Piece, streams)
				for i := range pieces {
					s := pool.NewSequence()
					require.NoError(b, s.Reserve(256))
					pieces[i] = decoder.Piece{Sequence: s, Tokens: []int32{int32(i)}, Want: decoder.WantLast}
				}
				for b.Loop() {
					if pieces[0].Sequence.Len() == 256 {
						for _, p := range pieces {
							p.Sequence.Truncate(0)
						}
					}
					batch.Step(pieces)
					batch.Logits(0, streams, func(int, []float32) {})
				}
				b.ReportMetric(float64(streams*b.N)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}
