package daemon

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/settings"
)

var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// NewLogger logs as the settings say, to out.
func NewLogger(log settings.Log, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: logLevels[log.Level]}
	if log.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// Connect makes a client of the chain. Nothing is asked yet: a chain that is away is met by the first question.
func Connect(chain settings.Chain, log *slog.Logger) (*chainclient.Client, error) {
	if err := chain.Require(); err != nil {
		return nil, err
	}
	return chainclient.New(chainclient.Config{ChainID: chain.ID, Endpoints: chain.Endpoints, Logger: log})
}

// CheckWritable fails where the state of a home could not be kept.
func CheckWritable(home string) error {
	probe, err := os.CreateTemp(home, ".probe-*")
	if err != nil {
		return fmt.Errorf("the home cannot be written: %w; correct its owner or mode, or choose another --home", err)
	}
	return errors.Join(probe.Close(), os.Remove(filepath.Clean(probe.Name())))
}
