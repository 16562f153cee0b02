package dataset_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/dataset"
)

// An owner builds a set; a validator that knows its root and shards draws two items
// and opens them.
func Example() {
	files := &blobs{files: map[[32]byte][]byte{}}
	secret := [32]byte{1, 2, 3}
	manifest, err := dataset.Build(sequence(questions(1000)), dataset.Options{Kind: dataset.Questions, Seed: secret},
		func(shard dataset.Shard, content []byte) error {
			files.files[shard.SHA256] = bytes.Clone(content)
			return nil
		})
	if err != nil {
		panic(err)
	}

	source, err := dataset.NewSharded(manifest.Set, files, dataset.DefaultCacheBytes)
	if err != nil {
		panic(err)
	}
	stream := chance.NewStream([32]byte{'b', 'e', 'a', 'c', 'o', 'n'})
	drawn, err := dataset.Pick(&stream, manifest.Items, 2)
	if err != nil {
		panic(err)
	}
	for _, index := range drawn {
		opening, err := source.Open(context.Background(), index)
		if err != nil {
			panic(err)
		}
		fmt.Println(index, string(opening.Item))
	}
	// Output:
	// 173 {"prompt":"173+1","expected":"174"}
	// 866 {"prompt":"866+1","expected":"867"}
}
