package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/wire"
)

func newEvidence() *cobra.Command {
	command := &cobra.Command{
		Use:   "evidence",
		Short: "Look at the scored questions of an epoch",
		Long: `evidence reads what is kept of an epoch: every question, what became of it, the answer and the miner's receipt. It is
kept for evidence_keep_epochs epochs. To run an epoch again, see validator replay.`,
		Example: "  validator evidence show 1 41",
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newEvidenceShow())
	return command
}

// shownItem is one question as `evidence show` prints it.
type shownItem struct {
	MinerID   uint64 `json:"miner_id"`
	Index     uint32 `json:"index"`
	Outcome   string `json:"outcome"`
	Score     int64  `json:"score"`
	LatencyMs uint32 `json:"latency_ms"`
	Seed      string `json:"seed"`
	Input     string `json:"input_sha256"`
	Output    string `json:"output_sha256"`
	Tokens    uint32 `json:"tokens"`
	Question  string `json:"question_sha256"`
	Reason    string `json:"reason,omitempty"`
	Model     string `json:"model,omitempty"`
	Nonce     string `json:"nonce,omitempty"`
	Base      string `json:"endpoint_path,omitempty"`
	Receipt   string `json:"receipt,omitempty"`
	Answer    string `json:"answer,omitempty"`
}

type shownEvidence struct {
	Netuid    uint32      `json:"netuid"`
	Epoch     uint64      `json:"epoch"`
	Benchmark uint32      `json:"benchmark"`
	Version   uint32      `json:"benchmark_version"`
	Hotkey    string      `json:"hotkey"`
	Root      string      `json:"evidence_root"`
	Beacon    string      `json:"beacon"`
	Secret    string      `json:"secret"`
	Items     []shownItem `json:"items"`
}

var outcomeNames = map[evidence.Outcome]string{
	evidence.OutcomeAbstained: "not counted", evidence.OutcomeScored: "scored", evidence.OutcomeUnanswered: "unanswered",
}

func newEvidenceShow() *cobra.Command {
	var miner uint64
	var number uint32
	command := &cobra.Command{
		Use:   "show NETUID EPOCH",
		Short: "Show the scored questions of an epoch",
		Long:  `show prints every question of an epoch with its outcome. It works whether or not the validator runs.`,
		Example: `  validator evidence show 1 41
  validator evidence show 1 41 --miner 7 --json
  validator evidence show 1 41 --benchmark 1`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			key, err := parseEpoch(args, number)
			if err != nil {
				return err
			}
			c, err := daemon.Load(config.Program, command)
			if err != nil {
				return err
			}
			log, err := loadEvidence(command.Context(), c, key)
			if err != nil {
				return err
			}
			shown := describeEvidence(log, miner)
			return daemon.Show(command, shown, func() string { return evidenceText(shown) })
		},
	}
	config.Program.AddFlags(command.Flags(), "keyring.", "admin_listen")
	command.Flags().Uint64Var(&miner, "miner", 0, "only this miner id")
	addBenchmarkFlag(command, &number)
	addOutputFlags(command)
	return command
}

func describeEvidence(log *evidence.Log, miner uint64) shownEvidence {
	header, root, drawn := log.Header(), log.Root(), log.Context()
	shown := shownEvidence{
		Netuid: header.Netuid, Epoch: header.Epoch, Benchmark: header.Benchmark, Version: header.Version, Hotkey: header.Hotkey,
		Root: hex.EncodeToString(root[:]), Beacon: hex.EncodeToString(drawn.Beacon[:]), Secret: hex.EncodeToString(drawn.Secret[:]), Items: []shownItem{},
	}
	for i := range log.Len() {
		entry := log.Entry(i)
		if item := entry.Item; miner == 0 || miner == item.MinerID {
			asked, _ := drawn.Miner(item.MinerID) // a log has no items of others
			nonce := ""
			if item.Request.Millis > 0 {
				nonce = wire.Nonce{Millis: item.Request.Millis, Random: item.Request.Nonce}.String()
			}
			shown.Items = append(shown.Items, shownItem{
				MinerID: item.MinerID, Index: item.Index, Outcome: outcomeNames[item.Outcome], Score: item.Score,
				LatencyMs: item.LatencyMs, Tokens: item.Tokens, Reason: item.Reason, Question: hex.EncodeToString(item.Question[:]), Seed: hex.EncodeToString(item.Seed[:]), Input: hex.EncodeToString(item.Input[:]),
				Output: hex.EncodeToString(item.Output[:]), Model: asked.Model, Nonce: nonce, Base: item.Request.Base, Receipt: string(item.Receipt), Answer: strings.ToValidUTF8(string(entry.Output), "\uFFFD"),
			})
		}
	}
	return shown
}

func evidenceText(shown shownEvidence) string {
	var text strings.Builder
	fmt.Fprintf(&text, "subnet %d, epoch %d, benchmark %d version %d\nevidence root %s\nbeacon %s\nsecret of the draw %s\n",
		shown.Netuid, shown.Epoch, shown.Benchmark, shown.Version, shown.Root, shown.Beacon, shown.Secret)
	fmt.Fprintf(&text, "%8s %6s %-12s %7s %8s  %s\n", "miner", "index", "outcome", "score", "ms", "reason")
	for _, item := range shown.Items {
		fmt.Fprintf(&text, "%8d %6d %-12s %6s%% %8d  %s\n", item.MinerID, item.Index, item.Outcome, percent(item.Score), item.LatencyMs, item.Reason)
	}
	return text.String()
}

func addBenchmarkFlag(command *cobra.Command, number *uint32) {
	command.Flags().Uint32Var(number, "benchmark", 0, "number of the benchmark on the subnet")
}

// parseEpoch reads which row is meant; the hotkey is left open.
func parseEpoch(args []string, number uint32) (store.Key, error) {
	netuid, err := strconv.ParseUint(args[0], 10, 32)
	if err != nil || netuid == 0 {
		return store.Key{}, daemon.UsageError(fmt.Errorf("%q is not the number of a subnet", args[0]))
	}
	epoch, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return store.Key{}, daemon.UsageError(fmt.Errorf("%q is not the number of an epoch", args[1]))
	}
	return store.Key{Netuid: uint32(netuid), Epoch: epoch, Benchmark: number}, nil
}

// loadEvidence asks the running validator, which owns its folder; when none runs it reads the folder itself.
func loadEvidence(ctx context.Context, c *config.Config, key store.Key) (*evidence.Log, error) {
	blob, running, err := fetchEvidence(ctx, c.Admin, key)
	if err == nil && !running {
		blob, err = readEvidence(c, key)
	}
	if err != nil {
		return nil, err
	}
	return evidence.DecodeLog(blob)
}

func fetchEvidence(ctx context.Context, address string, key store.Key) (blob []byte, running bool, err error) {
	status, blob, err := daemon.ReadPage(ctx, address, fmt.Sprintf("/evidence/%d/%d?benchmark=%d", key.Netuid, key.Epoch, key.Benchmark), evidence.MaxLogBytes)
	switch {
	case errors.Is(err, daemon.ErrNotRunning):
		return nil, false, nil
	case err != nil:
		return nil, true, fmt.Errorf("read the evidence from the validator at %s: %w", address, err)
	case status != http.StatusOK:
		return nil, true, fmt.Errorf("the validator at %s answers: %s", address, strings.TrimSpace(string(blob[:min(len(blob), 500)])))
	}
	return blob, true, nil
}

func readEvidence(c *config.Config, key store.Key) (blob []byte, err error) {
	if key.Hotkey, err = keysOf(c).Address(c.Keys.Hotkey); err != nil {
		return nil, err
	}
	rows, err := store.Open(filepath.Join(c.Home, stateFile), c.Chain.ID)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	blobs, err := evidence.OpenStore(filepath.Join(c.Home, evidenceFolder), c.EvidenceKeepEpochs)
	if err != nil {
		return nil, err
	}
	return validator.LoadEvidence(rows, blobs, key)
}
