package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/engine/gpu"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner"
	"github.com/agora-network/agora/miner/backend"
	"github.com/agora-network/agora/miner/config"
)

func newDoctor() *cobra.Command {
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check home, key, chain, clock, registration, fees, backend and GPUs",
		Long: `doctor checks what has to be right before a miner can answer, changes nothing, and says for each thing that is wrong
what to do. It opens the backend: a model is loaded, a server is asked for one token. The exit code is 3 when
something is wrong.`,
		Example: `  miner doctor
  miner doctor --output json
  miner doctor --backend openai=http://127.0.0.1:8000 --upstream-dialect vllm`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, client, _, err := loadFor(command)
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
	config.Program.AddFlags(command.Flags())
	daemon.AddOutputFlag(command)
	return command
}

// examine runs the checks; those that need the chain are left out when it cannot be reached.
func examine(ctx context.Context, c *config.Config, client *chainclient.Client, now func() time.Time) []miner.Check {
	var checks []miner.Check
	report := func(name, detail, remedy string, err error) {
		if err != nil {
			checks = append(checks, miner.Check{Name: name, Detail: err.Error(), Remedy: remedy})
			return
		}
		checks = append(checks, miner.Check{Name: name, OK: true, Detail: detail})
	}
	report("home", c.Home+" can be written", "", daemon.CheckWritable(c.Home))
	hotkey, err := keysOf(c).Address(c.Keys.Hotkey)
	report("hotkey", hotkey, "", err)
	usable := false
	for _, endpoint := range client.Health(ctx) {
		report("endpoint", fmt.Sprintf("%s at block %d", endpoint.URL, endpoint.Height), "start the node, or correct chain.endpoints", endpoint.Err)
		usable = usable || endpoint.Err == nil
	}
	if usable {
		examineChain(ctx, c, client, hotkey, now, report)
	}
	detail, err := tryBackend(ctx, c)
	report("backend", detail, backend.Explain(err).Remedy, err)
	for _, one := range strings.Split(gpusOfThisMachine(), "\n") {
		report("gpu", one, "", nil)
	}
	return checks
}

// tryBackend opens the backend and asks a server for a token.
func tryBackend(ctx context.Context, c *config.Config) (detail string, err error) {
	opened, err := openBackend(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	detail = opened.Info().Driver + ", model " + opened.Info().Model
	server, ok := opened.(backend.Upstream)
	if !ok {
		return detail, nil
	}
	if err := server.Ready(ctx); err != nil {
		return "", err
	}
	found, err := server.Server(ctx)
	return detail + ", server " + backend.Describe(found), err
}

// gpusOfThisMachine is one line per GPU, or one that says why there is none.
func gpusOfThisMachine() string {
	var reader gpu.Reader
	status, err := reader.Read()
	if err = errors.Join(err, reader.Close()); err != nil {
		return strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return status.String()
}

func checksText(checks []miner.Check) string {
	var text strings.Builder
	for _, check := range checks {
		mark := "ok   "
		if !check.OK {
			mark = "WRONG"
		}
		fmt.Fprintf(&text, "%s %-10s %s\n", mark, check.Name, check.Detail)
		if check.Remedy != "" {
			fmt.Fprintf(&text, "%16s do: %s\n", "", check.Remedy)
		}
	}
	return text.String()
}
