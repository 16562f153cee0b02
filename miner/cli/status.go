package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/miner/onchain"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// maxPage bounds what is read of the daemon.
const maxPage = 1 << 20

// status is what the chain and the daemon say of the miner.
type status struct {
	Netuid       uint32            `json:"netuid"`
	Hotkey       string            `json:"hotkey"`
	Height       int64             `json:"height"`
	Registered   bool              `json:"registered"`
	UID          uint32            `json:"uid,omitempty"`
	MinerID      uint64            `json:"miner_id,omitempty"`
	Owner        string            `json:"owner,omitempty"`
	Endpoints    []string          `json:"endpoints,omitempty"`
	LastEmission uint64            `json:"last_emission,omitempty"`
	Accrued      []onchain.Accrued `json:"accrued,omitempty"`
	Price        uint64            `json:"registration_price,omitempty"`
	Daemon       *miner.Readiness  `json:"daemon,omitempty"`
	DaemonError  string            `json:"daemon_error,omitempty"`
	GPUs         string            `json:"gpus"`
}

func newStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Show what the chain and the running daemon say of this miner",
		Long: `status reads the miner's record and earnings from the chain, the readiness of the daemon if it runs here, and
what the GPUs of this machine do.`,
		Example: `  miner status
  miner status --output json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, client, _, err := loadFor(command)
			if err != nil {
				return err
			}
			result, err := readStatus(command.Context(), c, client)
			if err != nil {
				return err
			}
			return daemon.Show(command, result, func() string { return result.text(c) })
		},
	}
	config.Program.AddFlags(command.Flags(), "netuid", "chain.", "keyring.", "log.", "admin_listen")
	daemon.AddOutputFlag(command)
	return command
}

func readStatus(ctx context.Context, c *config.Config, client *chainclient.Client) (*status, error) {
	hotkey, err := keysOf(c).Address(c.Keys.Hotkey)
	if err != nil {
		return nil, err
	}
	s := &status{Netuid: c.Netuid, Hotkey: hotkey}
	block, err := client.Latest(ctx)
	if err != nil {
		return nil, err
	}
	s.Height = block.Height
	response, err := client.Subnet(0).MinerByHotkey(ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: c.Netuid, Hotkey: hotkey})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		if s.Price, err = onchain.PriceOf(ctx, client, c.Netuid); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("read the miner of %s: %w", hotkey, err)
	default:
		m := response.Miner
		s.Registered, s.UID, s.MinerID, s.Owner = true, m.Uid, m.MinerId, m.Owner
		s.Endpoints, s.LastEmission = m.Endpoints, m.LastEmission
		if s.Accrued, err = onchain.AccruedOf(ctx, client, m.Owner); err != nil {
			return nil, err
		}
	}
	s.GPUs = gpusOfThisMachine()
	if c.Admin != "" {
		if s.Daemon, err = askDaemon(ctx, c.Admin); err != nil {
			s.DaemonError = err.Error()
		}
	}
	return s, nil
}

// askDaemon reads the readiness of the daemon of this home.
func askDaemon(ctx context.Context, address string) (*miner.Readiness, error) {
	_, page, err := daemon.ReadPage(ctx, address, "/readyz", maxPage)
	if errors.Is(err, daemon.ErrNotRunning) {
		return nil, fmt.Errorf("not running at %s", address)
	}
	var readiness miner.Readiness
	if err != nil || json.Unmarshal(page, &readiness) != nil {
		return nil, fmt.Errorf("what answers at %s is not a miner", address)
	}
	return &readiness, nil
}

func (s *status) text(c *config.Config) string {
	var text strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&text, "%-10s "+format+"\n", append([]any{name}, args...)...)
	}
	line("subnet", "%d at block %d", s.Netuid, s.Height)
	line("hotkey", "%s", s.Hotkey)
	if !s.Registered {
		line("chain", "not registered; `miner register --home %s` burns %s now", c.Home, agora(fmt.Sprint(s.Price)))
	} else {
		line("chain", "uid %d, miner id %d, owner %s", s.UID, s.MinerID, s.Owner)
		endpoint := "none published"
		if len(s.Endpoints) > 0 {
			endpoint = strings.Join(s.Endpoints, " ")
		}
		line("endpoint", "%s", endpoint)
		line("earned", "%s in the last epoch", agora(fmt.Sprint(s.LastEmission)))
		for _, one := range s.Accrued {
			line("to claim", "%s on subnet %d", agora(one.Amount), one.Netuid)
		}
	}
	switch {
	case s.Daemon == nil && s.DaemonError != "":
		line("daemon", "%s", s.DaemonError)
	case s.Daemon != nil:
		word := "not ready"
		if s.Daemon.Ready {
			word = "ready"
		}
		line("daemon", "%s, model %s", word, s.Daemon.Model)
		for _, check := range s.Daemon.Checks {
			mark := "no "
			if check.OK {
				mark = "yes"
			}
			line("", "%s %s: %s", mark, check.Name, check.Detail)
			if check.Remedy != "" {
				line("", "    do: %s", check.Remedy)
			}
		}
	}
	for _, one := range strings.Split(s.GPUs, "\n") {
		line("gpu", "%s", one)
	}
	return text.String()
}
