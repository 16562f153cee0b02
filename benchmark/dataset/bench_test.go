package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
)

func BenchmarkBuild(b *testing.B) {
	items := questions(10_000)
	for b.Loop() {
		build(b, dataset.Questions, items, 1<<20)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(items)), "µs/item")
}

// An item whose shard is in memory, and one whose shard of 64 KiB must be read.
func BenchmarkOpen(b *testing.B) {
	manifest, files := build(b, dataset.Questions, questions(10_000), 64<<10)
	for name, cacheBytes := range map[string]int64{"kept": 1 << 30, "read": 1} {
		b.Run(name, func(b *testing.B) {
			source := sharded(b, manifest, files, cacheBytes)
			_, err := source.Open(b.Context(), 77)
			require.NoError(b, err)
			for b.Loop() {
				if _, err := source.Open(b.Context(), 77); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
