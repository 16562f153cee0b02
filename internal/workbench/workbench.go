// Package workbench is what a program needs to run benchmarks at all: the blobs that
// specs name, the sandbox for their modules, and the models that their scorers ask. The
// validator, the miner's trial and the replay of an epoch share it.
//
// A [Workbench] may be used by many goroutines.
package workbench

import (
	"context"
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
	// AtHand are folders in the layout of a data set (blobs/<sha256>), looked at first.
	AtHand []fs.FS
	// AllowPrivate lets mirrors be on this machine and in its network.
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
	atHand  []dataset.Fetcher
	models  hosted
}

// Open makes a workbench. The error says which folder cannot be used.
func Open(options Options) (*Workbench, error) {
	w := &Workbench{}
	var store *blob.Store
	var cache string
	if options.Folder != "" {
		var err error
		if store, err = blob.OpenStore(filepath.Join(options.Folder, blobsFolder), blob.StoreOptions{MaxBytes: options.BlobBytes}); err != nil {
			return nil, err
		}
		cache = filepath.Join(options.Folder, modulesFolder)
	}
	for _, files := range options.AtHand {
		w.atHand = append(w.atHand, dataset.Folder{Files: files})
	}
	runtime, err := sandbox.Open(sandbox.Options{CacheDir: cache})
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	w.store, w.sandbox = store, runtime
	w.fetcher = blob.NewFetcher(blob.FetcherConfig{Store: store, AllowPrivate: options.AllowPrivate, Log: options.Log})
	w.models.init(w, options.MaxModelBytes)
	return w, nil
}

// Env is what benchmarks are opened with.
func (w *Workbench) Env() benchmark.Env {
	return benchmark.Env{Blobs: w, Sandbox: w.sandbox, Models: &w.models}
}

// Store holds the blobs that were fetched; nil where nothing is kept.
func (w *Workbench) Store() *blob.Store { return w.store }

// Close lets go of models and connections. Programs that were opened with it must not
// be used any more.
func (w *Workbench) Close() error {
	w.fetcher.Close()
	return w.models.close()
}

// From implements [benchmark.Blobs].
func (w *Workbench) From(mirrors []string) benchmark.BlobSource {
	return &source{atHand: w.atHand, mirrors: w.fetcher.From(mirrors)}
}

// source looks at what is at hand, then at what was fetched, then at mirrors.
type source struct {
	atHand  []dataset.Fetcher
	mirrors *blob.Mirrors
}

// Get implements [dataset.Fetcher].
func (s *source) Get(ctx context.Context, digest [32]byte, size int64) ([]byte, error) {
	for _, folder := range s.atHand {
		content, err := folder.Get(ctx, digest, size)
		if err == nil {
			return content, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return s.mirrors.Get(ctx, digest, size)
}

// GetOpening implements [dataset.OpeningFetcher].
func (s *source) GetOpening(ctx context.Context, root [32]byte, index uint64, limit int64, accept func([]byte) error) error {
	return s.mirrors.GetOpening(ctx, root, index, limit, accept)
}
