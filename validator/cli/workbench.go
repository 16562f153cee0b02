package cli

import (
	"io/fs"
	"log/slog"

	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/benchmarks/corpus"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/validator/config"
)

// openWorkbench opens what benchmarks need, keeping it in a folder.
func openWorkbench(c *config.Config, folder string, log *slog.Logger) (*workbench.Workbench, error) {
	return workbench.Open(workbench.Options{
		Folder: folder, AtHand: []fs.FS{benchmarks.Files(), corpus.Files}, BlobBytes: c.Benchmarks.CacheBytes,
		AllowPrivate: c.Benchmarks.AllowPrivate, MaxModelBytes: c.Benchmarks.MaxModelBytes, Log: log,
	})
}
