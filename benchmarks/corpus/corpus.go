// Package corpus is a small set of English documents that ships with the program, for
// benchmarks that let a model continue a text: comments of Go's standard library, see
// README.md beside this file for where they come from and their licence. It keeps no
// state.
package corpus

import (
	"embed"

	"github.com/agora-network/agora/benchmark/dataset"
)

//go:generate go run ./make

// Files is the set's folder: its manifest, its shards and the licence of the texts.
//
//go:embed LICENSE manifest.json blobs
var Files embed.FS

// Open opens the set.
func Open() (*dataset.Sharded, dataset.Manifest, error) {
	return dataset.OpenFolder(Files, dataset.DefaultCacheBytes)
}
