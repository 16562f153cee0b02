package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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
	var from evidenceSource
	command := &cobra.Command{
		Use:   "replay NETUID EPOCH",
		Short: "Run a past epoch again from its evidence and say which integers differ",
		Long: `replay draws every question of an epoch again, scores every kept answer again, checks that every receipt is the miner's
for this answer to this question, makes standings and weights again, and compares root and weights with what the chain shows.
It reads the evidence of this validator, or that of any other from a file, from an address, or from the public listener of
that validator (its setting evidence_listen), which is asked for the epoch. What comes from an address is not looked at
further unless it has the root that the chain shows, or the chain shows none any more. Latencies are the validator's own
measurements and are taken from the evidence, and so are answers. The exit code is 3 when anything differs.`,
		Example: `  validator replay 1 41
  validator replay 1 41 --benchmark 1 --json
  validator replay 1 41 --evidence theirs.evidence
  validator replay 1 41 --evidence https://validator.example/evidence/9f2c…
  validator replay 1 41 --from https://validator.example`,
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
			log, err := from.load(command.Context(), c, key)
			if err != nil {
				return err
			}
			r := replaying{config: c, client: client, log: log, before: from.loadBefore(command.Context(), c, key), remote: from.remote(), logger: daemon.NewLogger(c.Log, command.ErrOrStderr())}
			report, err := r.run(command.Context())
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
	command.Flags().StringVar(&from.named, "evidence", "", "file, or http(s) address, with the evidence of any validator, in place of this one's")
	command.Flags().StringVar(&from.host, "from", "", "http(s) address of another validator's public listener, which is asked for its evidence")
	command.MarkFlagsMutuallyExclusive("evidence", "from")
	addOutputFlags(command)
	return command
}

// evidenceSource says whose evidence is meant: this validator's when it is empty.
type evidenceSource struct {
	// named is a file or an address, host the base address of a public listener.
	named, host string
}

// remote tells whether the evidence is a stranger's, from an address.
func (s evidenceSource) remote() bool { return s.host != "" || isURL(s.named) }

// load reads the evidence that is meant, checked to be that of the epoch.
func (s evidenceSource) load(ctx context.Context, c *config.Config, key store.Key) (log *evidence.Log, err error) {
	var data []byte
	switch {
	case s.host != "":
		data, err = findEvidence(ctx, s.host, key)
	case isURL(s.named):
		data, err = fetchEvidenceAt(ctx, s.named)
	case s.named != "":
		data, err = readEvidenceFile(s.named)
	default:
		log, err = loadEvidence(ctx, c, key)
	}
	if err == nil && log == nil {
		log, err = evidence.DecodeLog(data)
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

// loadBefore reads the evidence of the epoch before, from the same place. It is nil where that cannot be had.
func (s evidenceSource) loadBefore(ctx context.Context, c *config.Config, key store.Key) *evidence.Log {
	if key.Epoch == 0 || s.named != "" {
		return nil
	}
	key.Epoch--
	log, err := s.load(ctx, c, key)
	if err != nil {
		return nil
	}
	return log
}

// replaying is one epoch that is run again.
type replaying struct {
	config *config.Config
	client *chainclient.Client
	log    *evidence.Log
	// before is the evidence of the epoch before; nil where there is none.
	before *evidence.Log
	// remote says that the evidence is a stranger's.
	remote bool
	logger *slog.Logger
}

func (r *replaying) run(ctx context.Context) (report replay.Report, err error) {
	block, err := r.client.Latest(ctx)
	if err != nil {
		return replay.Report{}, err
	}
	chain, header := onchain.New(r.client, nil), r.log.Header()
	row, found, err := chain.FindRow(ctx, block.Height, store.Key{
		Netuid: header.Netuid, Epoch: header.Epoch, Benchmark: header.Benchmark, Hotkey: header.Hotkey,
	})
	if err != nil {
		return replay.Report{}, err
	}
	facts := replay.Facts{}
	if found {
		facts.Row = &row
		if r.remote {
			if err := checkRoot(r.log, row.EvidenceRoot); err != nil {
				return replay.Report{}, err
			}
		}
	}
	if facts.Before, err = r.committedBefore(ctx, chain, block.Height); err != nil {
		return replay.Report{}, err
	}
	version, err := chain.Benchmark(ctx, header.Netuid, header.Benchmark, header.Version)
	if err != nil {
		return replay.Report{}, err
	}
	if facts.Miners, err = chain.Miners(ctx, block.Height, header.Netuid); err != nil {
		return replay.Report{}, err
	}
	facts.Epoch, err = chain.PastEpoch(ctx, header.Netuid, header.Epoch, block.Height, int64(r.log.Context().StartHeight)) //nolint:gosec // a height that is none has no state
	if err != nil {
		return replay.Report{}, err
	}
	bench, err := openWorkbench(r.config, filepath.Join(r.config.Home, replayFolder), r.logger)
	if err != nil {
		return replay.Report{}, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	program, err := openVersion(ctx, version, bench.Env())
	if err != nil {
		return replay.Report{}, err
	}
	defer program.Close()
	return replay.Run(ctx, program, r.log, facts)
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

// committedBefore is the evidence of the epoch before, as far as the chain shows that it was committed to.
func (r *replaying) committedBefore(ctx context.Context, chain *onchain.Chain, height int64) (*evidence.Log, error) {
	if r.before == nil || r.before.Header().Hotkey != r.log.Header().Hotkey {
		return nil, nil //nolint:nilnil // there is none
	}
	header := r.before.Header()
	row, found, err := chain.FindRow(ctx, height, store.Key{Netuid: header.Netuid, Epoch: header.Epoch, Benchmark: header.Benchmark, Hotkey: header.Hotkey})
	if err != nil || !found || checkRoot(r.before, row.EvidenceRoot) != nil {
		return nil, err
	}
	return r.before, nil
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
	if !r.Bound {
		text.WriteString("secret and standings were not compared with the epoch before: there is no evidence of the epoch before whose root the chain shows\n")
	}
	for _, c := range r.Calibration {
		fmt.Fprintf(&text, "calibration: miner %d reached %s%% on %d questions\n", c.MinerID, percent(c.Score), c.Items)
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
