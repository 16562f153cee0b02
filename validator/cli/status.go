package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/config"
)

// maxPage bounds what is read of the daemon.
const maxPage = 16 << 20

func newStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Show what the running validator says of itself",
		Long: `status asks the validator that runs with this home, on its admin listener: per subnet and benchmark the epoch, what it is doing,
what became of its rows, and what it measured. The exit code is 3 when it is not ready.`,
		Example: `  validator status
  validator status --json
  validator status --admin-listen 127.0.0.1:8093`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, err := daemon.Load(config.Program, command)
			if err != nil {
				return err
			}
			status, err := askDaemon(command.Context(), c.Admin)
			if err != nil {
				return err
			}
			if err := daemon.Show(command, status, func() string { return statusText(status) }); err != nil {
				return err
			}
			if !status.Ready {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	config.Program.AddFlags(command.Flags(), "admin_listen")
	addOutputFlags(command)
	return command
}

func askDaemon(ctx context.Context, address string) (*validator.Status, error) {
	_, page, err := daemon.ReadPage(ctx, address, "/status", maxPage)
	if errors.Is(err, daemon.ErrNotRunning) {
		return nil, fmt.Errorf("no validator runs at %s; start it with `validator start`, or name its address with --admin-listen", address)
	}
	var status validator.Status
	if err != nil || json.Unmarshal(page, &status) != nil || status.Hotkey == "" {
		return nil, fmt.Errorf("what answers at %s is not a validator", address)
	}
	return &status, nil
}

func statusText(s *validator.Status) string {
	var text strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&text, "%-10s "+format+"\n", append([]any{name}, args...)...)
	}
	line("chain", "%s at block %d", s.ChainID, s.Height)
	line("hotkey", "%s", s.Hotkey)
	if s.Ready {
		line("ready", "yes")
	}
	for _, reason := range s.Reasons {
		line("ready", "no: %s", reason)
	}
	for _, subnet := range s.Subnets {
		fmt.Fprintln(&text)
		line("subnet", "%d, epoch %d (blocks %d to %d)", subnet.Netuid, subnet.Epoch, subnet.StartHeight, subnet.EndHeight)
		if len(subnet.Benchmarks) == 0 {
			line("phase", "%s", subnet.Phase)
			if subnet.Note != "" {
				line("note", "%s", subnet.Note)
			}
		}
		for _, b := range subnet.Benchmarks {
			benchmarkText(line, b)
		}
	}
	return text.String()
}

func benchmarkText(line func(name, format string, args ...any), b validator.BenchmarkStatus) {
	line("benchmark", "%d, version %d, %s%% of the emission", b.Benchmark, b.Version, percentBP(b.ShareBP))
	line("phase", "%s, %d of %d questions settled", b.Phase, b.Asked, b.Questions)
	if b.Note != "" {
		line("note", "%s", b.Note)
	}
	for _, row := range []*validator.RowStatus{b.Previous, b.Row} {
		if row != nil {
			line("row", "of epoch %d: %s %s", row.Epoch, row.Stage, row.Reason)
		}
	}
	if row := cmp.Or(b.Row, b.Previous); row != nil {
		line("", "%8s %8s %8s %8s %8s  %s", "miner", "uid", "score", "standing", "weight", "answered")
		for _, miner := range row.Miners {
			line("", "%8d %8d %7s%% %7s%% %8d  %d of %d %s", miner.MinerID, miner.UID, percent(miner.Score), percent(miner.Standing),
				miner.Weight, miner.Scored, miner.Scored+miner.Unanswered+miner.Abstained, miner.Reason)
		}
	}
}

// percentBP writes basis points as percent.
func percentBP(bp uint32) string { return strconv.FormatFloat(float64(bp)/100, 'f', -1, 64) }

// percent writes a score, where ScoreOne is all, with one decimal.
func percent(score int64) string {
	tenths := score * 1000 / benchmark.ScoreOne
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
