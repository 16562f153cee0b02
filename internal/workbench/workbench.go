// Package workbench is what a program needs to run benchmarks at all: the blobs that
// specs name, the sandbox for their modules, and the models that their scorers ask. The
// validator, the miner's trial and the replay of an epoch share it.
//
// A blob is looked for in the folders at hand, then among what was fetched before, then
// at the mirrors that the benchmark names; whoever has it, its digest is checked.
//
// A [Workbench] may be used by many goroutines.
package workbench

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/blob"
)

// Folders below the one of a workbench.
const (
	blobsFolder   = "blobs"
	modulesFolder = "modules"
)

// Options say what is at hand.
type Options struct {
	// Folder keeps what was fetched and compiled. It belongs to one process at a time.
	// Empty: nothing is kept.
	Folder string
	// BlobBytes bounds what is kept of blobs; 0 for [blob.DefaultStoreBytes].
	BlobBytes int64
	// AtHand are folders in the layout of a data set (blobs/<sha256>), looked at first. Of
	// one that has the manifest of a data set, items are opened without asking a mirror,
	// also where the benchmark names a sealed set.
	AtHand []fs.FS
	// AllowPrivate lets mirrors be on this machine and in its network, and speak http there.
	AllowPrivate bool
	// MaxModelBytes bounds the weights of one model; 0 for [DefaultMaxModelBytes].
	MaxModelBytes int64
	// Log hears of mirrors that lie. Default slog.Default.
	Log *slog.Logger
}

// Workbench is open until it is closed.
type Workbench struct {
	store   *blob.Store
	fetcher *blob.Fetcher
	sandbox *sandbox.Runtime
	sources map[[32]byte]dataset.Source // data sets at hand, by root
	models  hosted
}

// Open makes a workbench. The error says which folder cannot be used.
func Open(options Options) (*Workbench, error) {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.MaxModelBytes <= 0 {
		options.MaxModelBytes = DefaultMaxModelBytes
	}
	w := &Workbench{sources: map[[32]byte]dataset.Source{}}
	// A model may be larger than anything else that is named by its digest.
	maxBlob := max(options.MaxModelBytes, blob.MaxBytes)
	var cache string
	if options.Folder != "" {
		var err error
		w.store, err = blob.OpenStore(filepath.Join(options.Folder, blobsFolder), blob.StoreOptions{MaxBytes: options.BlobBytes, MaxBlobBytes: maxBlob})
		if err != nil {
			return nil, err
		}
		cache = filepath.Join(options.Folder, modulesFolder)
	}
	var files dataset.Fetchers
	for _, folder := range options.AtHand {
		files = append(files, dataset.Folder{Files: folder})
		w.addSource(folder, options.Log)
	}
	var err error
	if w.sandbox, err = sandbox.Open(sandbox.Options{CacheDir: cache}); err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	w.fetcher = blob.NewFetcher(blob.FetcherConfig{
		Store: w.store, Files: files, Source: w.Source, AllowPrivate: options.AllowPrivate, MaxBlobBytes: maxBlob, Log: options.Log,
	})
	w.models = hosted{fetcher: w.fetcher, maxBytes: options.MaxModelBytes, open: map[[32]byte]*model{}}
	return w, nil
}

// addSource opens the data set of a folder, if it has one.
func (w *Workbench) addSource(folder fs.FS, log *slog.Logger) {
	source, manifest, err := dataset.OpenFolder(folder, 0)
	switch {
	case errors.Is(err, dataset.ErrMissing):
	case err != nil:
		log.Warn("a folder at hand has the manifest of a data set that cannot be used", "reason", err)
	default:
		w.sources[manifest.Root] = source
	}
}

// Env is what benchmarks are opened with.
func (w *Workbench) Env() benchmark.Env {
	return benchmark.Env{Blobs: w, Sandbox: w.sandbox, Models: &w.models}
}

// From implements [benchmark.Blobs].
func (w *Workbench) From(mirrors []string) benchmark.BlobSource { return w.fetcher.From(mirrors) }

// Source is the data set with a root that is at hand, nil where it is not.
func (w *Workbench) Source(root [32]byte) dataset.Source {
	if source, ok := w.sources[root]; ok {
		return source
	}
	return nil
}

// Store holds the blobs that were fetched; nil where nothing is kept.
func (w *Workbench) Store() *blob.Store { return w.store }

// Close lets go of models and connections. Programs that were opened with it must not
// be used any more.
func (w *Workbench) Close() error {
	w.fetcher.Close()
	return w.models.close()
}
