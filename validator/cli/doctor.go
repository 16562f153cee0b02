package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/validator/onchain"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const feeDenom = "uagora"

// check is one thing that was looked at.
type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

func newDoctor() *cobra.Command {
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check chain, key, permit, fees and clock",
		Long: `doctor checks everything that has to be right before a validator can earn, changes nothing, and says for each thing
that is wrong what to do. The exit code is 3 when something is.`,
		Example: `  validator doctor
  validator doctor --json
  validator doctor --chain-endpoints http://10.0.0.2:26657`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, client, err := loadFor(command)
			if err != nil {
				return err
			}
			checks := examine(command.Context(), c, client, time.Now)
			if err := daemon.Show(command, checks, func() string { return checksText(checks) }); err != nil {
				return err
			}
			for _, check := range checks {
				if !check.OK {
					return daemon.ErrUnwell
				}
			}
			return nil
		},
	}
	config.Program.AddFlags(command.Flags(), "netuids", "chain.", "keyring.", "max_clock_skew", "log.")
	addOutputFlags(command)
	return command
}

func checksText(checks []check) string {
	var text strings.Builder
	for _, check := range checks {
		mark := "ok   "
		if !check.OK {
			mark = "WRONG"
		}
		fmt.Fprintf(&text, "%s %-10s %s\n", mark, check.Name, check.Detail)
	}
	return text.String()
}

// examine runs the checks; those that need the chain are left out when it cannot be reached.
func examine(ctx context.Context, c *config.Config, client *chainclient.Client, now func() time.Time) []check {
	var checks []check
	report := func(name string, err error, detail string, args ...any) bool {
		if err != nil {
			checks = append(checks, check{Name: name, Detail: err.Error()})
			return false
		}
		checks = append(checks, check{Name: name, OK: true, Detail: fmt.Sprintf(detail, args...)})
		return true
	}
	report("home", daemon.CheckWritable(c.Home), "%s can be written", c.Home)
	hotkey, err := keysOf(c).Address(c.Keys.Hotkey)
	haveKey := report("hotkey", err, "%s", hotkey)
	usable := 0
	for _, endpoint := range client.Health(ctx) {
		if report("endpoint", wrapURL(endpoint.URL, endpoint.Err), "%s (%s) at block %d", endpoint.URL, endpoint.Moniker, endpoint.Height) {
			usable++
		}
	}
	if usable == 0 {
		return checks
	}
	block, err := client.Latest(ctx)
	if !report("chain", err, "%s at block %d", c.Chain.ID, block.Height) {
		return checks
	}
	skew := now().Sub(block.Time)
	report("clock", clockError(skew, c.MaxClockSkew), "%s after the newest block", skew.Round(time.Millisecond))
	if haveKey {
		fees, err := whoPays(ctx, c, client, hotkey)
		report("fees", err, "%s", fees)
		permits, err := permitsOf(ctx, c, onchain.New(client, nil), block.Height, hotkey)
		report("permit", err, "%s", permits)
	}
	return checks
}

func wrapURL(url string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", url, err)
}

func clockError(skew, most time.Duration) error {
	if skew > most || skew < -most {
		return fmt.Errorf("this machine's clock is %s off the chain's newest block, more than %s; set it (NTP), or the chain stands still", skew.Round(time.Second), most)
	}
	return nil
}

// whoPays says who pays the hotkey's fees, or what is missing.
func whoPays(ctx context.Context, c *config.Config, client *chainclient.Client, hotkey string) (string, error) {
	if _, err := client.Account(ctx, hotkey); err != nil {
		return "", err
	}
	granter := c.Chain.FeeGranter
	if granter != "" {
		granted, err := client.HasFeeGrant(ctx, granter, hotkey)
		if err != nil {
			return "", err
		}
		if !granted {
			return "", fmt.Errorf("%s grants the hotkey no fees; it runs: %s", granter, operatorCommands(c, hotkey)[1])
		}
		return "granted by " + granter, nil
	}
	var err error
	if granter, err = client.FeePayer(ctx, hotkey, feeDenom); err != nil {
		return "", err
	}
	if granter != "" {
		return "granted by " + granter, nil
	}
	balance, err := client.Balance(ctx, hotkey, feeDenom)
	if err != nil {
		return "", err
	}
	if balance.Sign() == 0 {
		return "", fmt.Errorf("the hotkey holds no uagora and nobody grants it fees; the operator runs: %s", operatorCommands(c, hotkey)[1])
	}
	return balance.String() + feeDenom + " of its own", nil
}

// scored names the benchmarks of an epoch where there are several, and those of which no version is active yet.
func scored(epoch validator.Epoch) string {
	var names []string
	for _, b := range epoch.Benchmarks {
		name := strconv.FormatUint(uint64(b.Benchmark), 10)
		if b.Version == 0 {
			name += " (not active yet)"
		}
		names = append(names, name)
	}
	switch {
	case len(names) == 0:
		return ", which scores nothing now"
	case len(names) == 1 && epoch.Version(0) > 0:
		return ""
	default:
		return " on benchmark " + strings.Join(names, ", ")
	}
}

// permitsOf lists the subnets on which a hotkey may score now, or says what is missing.
func permitsOf(ctx context.Context, c *config.Config, chain *onchain.Chain, height int64, hotkey string) (string, error) {
	subnets, err := chain.Subnets(ctx, height)
	if err != nil {
		return "", err
	}
	var held []string
	running, paused := 0, 0
	for _, subnet := range subnets {
		if subnet.Status != subnettypes.SUBNET_STATUS_ACTIVE {
			continue
		}
		if subnet.PausedHeight != 0 {
			paused++
			continue
		}
		running++
		epoch, err := chain.Epoch(ctx, height, subnet.Netuid)
		if errors.Is(err, validator.ErrNoEpoch) {
			continue
		}
		if err != nil {
			return "", err
		}
		for _, permit := range epoch.Permits {
			if permit.Hotkey == hotkey {
				held = append(held, fmt.Sprintf("subnet %d with power %d%s", subnet.Netuid, permit.Power, scored(epoch)))
			}
		}
	}
	switch {
	case len(held) > 0:
		return strings.Join(held, ", "), nil
	case running == 0 && paused > 0:
		return "", errors.New("governance has paused every subnet that was started; a validator that runs goes on by itself once one is resumed")
	case running == 0:
		return "", errors.New("no subnet runs yet; wait for its owner to start it")
	default:
		return "", fmt.Errorf("the hotkey holds no permit; permits are given when an epoch begins, to hotkeys appointed by bonded validators. The operator runs: %s", operatorCommands(c, hotkey)[0])
	}
}
