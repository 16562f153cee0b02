package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/validator/onchain"
	"github.com/agora-network/agora/validator/replay"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// replayFolder keeps what a replay fetches, since the daemon's own folder is the daemon's.
const replayFolder = "replay"

func newReplay() *cobra.Command {
	var number uint32
	var file string
	command := &cobra.Command{
		Use:   "replay NETUID EPOCH",
		Short: "Run a past epoch again from its evidence and say which integers differ",
		Long: `replay draws every question of an epoch again, scores every kept answer again, checks every receipt, makes standings and
weights again, and compares root and weights with what the chain shows. It reads the evidence of this validator, or a
file with that of any other. Latencies are the validator's own measurements and are taken from the evidence, and so are
answers. The exit code is 3 when anything differs.`,
		Example: `  validator replay 1 41
  validator replay 1 41 --benchmark 1 --json
  validator replay 1 41 --evidence theirs.evidence`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			key, err := parseEpoch(args, number)
			if err != nil {
				return err
			}
			c, client, err := loadFor(command)
			if err != nil {
				return err
			}
			log, err := replayedEvidence(command.Context(), c, key, file)
			if err != nil {
				return err
			}
			report, err := replayEvidence(command.Context(), c, client, log)
			if err != nil {
				return err
			}
			if err := daemon.Show(command, report, func() string { return replayText(report) }); err != nil {
				return err
			}
			if report.Found > 0 {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	config.Program.AddFlags(command.Flags(), "chain.", "keyring.", "benchmarks.", "admin_listen", "log.")
	addBenchmarkFlag(command, &number)
	command.Flags().StringVar(&file, "evidence", "", "file with the evidence of any validator, in place of this one's")
	addOutputFlags(command)
	return command
}

// replayedEvidence is the evidence that is meant, checked to be that of the epoch.
func replayedEvidence(ctx context.Context, c *config.Config, key store.Key, file string) (*evidence.Log, error) {
	log, err := (*evidence.Log)(nil), error(nil)
	if file == "" {
		log, err = loadEvidence(ctx, c, key)
	} else {
		var data []byte
		if data, err = os.ReadFile(file); err == nil { //nolint:gosec // the file that the operator names
			log, err = evidence.DecodeLog(data)
		}
	}
	if err != nil {
		return nil, err
	}
	if header := log.Header(); header.Netuid != key.Netuid || header.Epoch != key.Epoch || header.Benchmark != key.Benchmark || header.ChainID != c.Chain.ID {
		return nil, fmt.Errorf("the evidence is of chain %s, subnet %d, epoch %d, benchmark %d; asked for is chain %s, %s",
			header.ChainID, header.Netuid, header.Epoch, header.Benchmark, c.Chain.ID, key)
	}
	return log, nil
}

func replayEvidence(ctx context.Context, c *config.Config, client *chainclient.Client, log *evidence.Log) (report replay.Report, err error) {
	block, err := client.Latest(ctx)
	if err != nil {
		return replay.Report{}, err
	}
	chain, header := onchain.New(client, nil), log.Header()
	version, err := chain.Benchmark(ctx, header.Netuid, header.Benchmark, header.Version)
	if err != nil {
		return replay.Report{}, err
	}
	facts := replay.Facts{}
	if facts.Miners, err = chain.Miners(ctx, block.Height, header.Netuid); err != nil {
		return replay.Report{}, err
	}
	facts.Epoch, err = chain.PastEpoch(ctx, header.Netuid, header.Epoch, block.Height, int64(log.Context().StartHeight)) //nolint:gosec // a height that is none has no state
	if err != nil {
		return replay.Report{}, err
	}
	row, found, err := chain.FindRow(ctx, block.Height, store.Key{
		Netuid: header.Netuid, Epoch: header.Epoch, Benchmark: header.Benchmark, Hotkey: header.Hotkey,
	})
	if err != nil {
		return replay.Report{}, err
	}
	if found {
		facts.Row = &row
	}
	bench, err := openWorkbench(c, filepath.Join(c.Home, replayFolder))
	if err != nil {
		return replay.Report{}, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	program, err := openVersion(ctx, version, bench.Env())
	if err != nil {
		return replay.Report{}, err
	}
	defer program.Close()
	return replay.Run(ctx, program, log, facts)
}

// openVersion opens a version of a benchmark that is what its digest says.
func openVersion(ctx context.Context, version subnettypes.BenchmarkVersion, env benchmark.Env) (*benchmark.Program, error) {
	if digest := sha256.Sum256(version.Spec); hex.EncodeToString(digest[:]) != hex.EncodeToString(version.Digest) {
		return nil, fmt.Errorf("benchmark version %d is not what its digest says", version.Version)
	}
	s, err := spec.Decode(version.Spec)
	if err != nil {
		return nil, fmt.Errorf("benchmark version %d: %w", version.Version, err)
	}
	return benchmark.Open(ctx, s, env)
}

func replayText(r replay.Report) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d items: %d questions drawn again, %d answers scored again, %d receipts checked\n", r.Items, r.Drawn, r.Rescored, r.Receipts)
	if r.Unkept > 0 {
		fmt.Fprintf(&text, "%d answers were not kept; their scores are taken from the evidence\n", r.Unkept)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(&text, "%6d %s\n", r.Reasons[reason], reason)
	}
	switch {
	case !r.OnChain:
		text.WriteString("the chain shows no row of this epoch: not revealed yet, missed, or no longer kept there\n")
	case r.Weights:
		text.WriteString("root and weights were compared with the chain's\n")
	default:
		text.WriteString("the root was compared with the chain's; the weights cannot be made again without the answers that were not kept\n")
	}
	if !r.OfEpoch {
		text.WriteString("the epoch is no longer kept by the chain's endpoint: beacon, version and shares are taken from the evidence; an archive node has them\n")
	}
	for _, difference := range r.Differences {
		fmt.Fprintf(&text, "DIFFERS %s\n", difference)
	}
	if more := r.Found - len(r.Differences); more > 0 {
		fmt.Fprintf(&text, "and %d more\n", more)
	}
	if r.Found == 0 {
		text.WriteString("everything agrees\n")
	}
	return text.String()
}
