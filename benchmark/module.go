package benchmark

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// Blobs find what specs name by digest.
type Blobs interface {
	// From returns where to get what is served at some mirrors, which may be none: what is
	// at hand comes first.
	From(mirrors []string) BlobSource
}

// BlobSource gets files and items of sealed data sets by digest.
type BlobSource interface {
	dataset.Fetcher
	dataset.OpeningFetcher
}

// errNoBlobs: nobody was given who could fetch.
var errNoBlobs = errors.New("nothing here fetches blobs")

func openModule(ctx context.Context, declared *spec.Module, env Env) (*sandbox.Module, error) {
	if env.Blobs == nil {
		return nil, errNoBlobs
	}
	if env.Sandbox == nil {
		return nil, errors.New("nothing here runs modules")
	}
	code, err := env.Blobs.From(declared.Mirrors).Get(ctx, [32]byte(declared.Sha256), int64(declared.Length))
	if err != nil {
		return nil, fmt.Errorf("module %x: %w", declared.Sha256, err)
	}
	module, err := env.Sandbox.Compile(ctx, code, sandbox.Limits{
		MemoryPages: declared.MemoryPages, Time: time.Duration(declared.TimeLimitMs) * time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("module %x: %w", declared.Sha256, err)
	}
	if module.Digest() != [32]byte(declared.Sha256) {
		module.Close()
		return nil, fmt.Errorf("module %x: what was fetched is %x", declared.Sha256, module.Digest())
	}
	return module, nil
}

// openDataset makes a data set ready; nothing is fetched yet.
func openDataset(declared *spec.Dataset, env Env) (dataset.Source, error) {
	if env.Blobs == nil {
		return nil, errNoBlobs
	}
	set := dataset.Set{Root: [32]byte(declared.Root), Items: uint64(declared.Items)}
	for _, shard := range declared.Shards {
		set.Shards = append(set.Shards, dataset.Shard{SHA256: [32]byte(shard.Sha256), Length: int64(shard.Length), Items: uint64(shard.Items)})
	}
	from := env.Blobs.From(declared.Mirrors)
	if set.Sealed() {
		return dataset.NewOpenings(set, from, 0)
	}
	return dataset.NewSharded(set, from, 0)
}

// openItem opens one item; the error is a [Fault], or that of ctx.
func openItem(ctx context.Context, items dataset.Source, position uint32) ([]byte, error) {
	opening, err := items.Open(ctx, uint64(position))
	switch {
	case err == nil:
		return opening.Item, nil
	case ctx.Err() != nil:
		return nil, err
	case errors.Is(err, dataset.ErrMissing):
		return nil, &Fault{Reason: ReasonQuestionMissing, Err: err}
	default:
		return nil, &Fault{Reason: ReasonQuestionChanged, Err: err}
	}
}
