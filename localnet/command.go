package localnet

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

// Command is "agorad localnet" with everything below it.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "localnet",
		Short: "Run a whole paying network on this machine",
		Long: `Run a whole Agora network on this machine: consensus nodes, validators and miners
as separate processes over loopback, with real keys, transactions and models.

Everything is kept in one folder, by default ~/.agora/localnet. The keys in it
lie there unencrypted: they are for trying things, not for coins of any worth.`,
		Example: `  agorad localnet up                      # start and watch; Ctrl-C stops everything
  agorad localnet up --detach             # start in the background
  agorad localnet status
  agorad localnet stop miner-1            # and see its incentive fall
  agorad localnet start miner-1
  agorad localnet logs -f validator-2
  agorad localnet down                    # stop, keep the state
  agorad localnet reset                   # stop, forget everything`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		// The files of a node's home are not this command's business.
		Annotations: map[string]string{"agora.self-contained": "true"},
	}
	var home string
	cmd.PersistentFlags().StringVar(&home, "home", "", "folder of the network (default ~/.agora/localnet)")
	at := func() (Home, error) { return resolveHome(home) }
	cmd.AddCommand(
		upCommand(at), statusCommand(at), logsCommand(at),
		stopCommand(at), startCommand(at), killCommand(at),
		downCommand(at), resetCommand(at), benchCommand(),
	)
	return cmd
}

// resolveHome is the folder a user named, or the default one.
func resolveHome(named string) (Home, error) {
	if named == "" {
		return DefaultHome()
	}
	absolute, err := filepath.Abs(named)
	if err != nil {
		return "", fmt.Errorf("--home: %w", err)
	}
	return Home(absolute), nil
}

// interrupts returns a context that ends at the first request to stop (Ctrl-C,
// SIGTERM, a closed terminal) and one that ends at the second.
func interrupts(parent context.Context) (soft, hard context.Context, release func()) {
	soft, stopSoft := context.WithCancel(parent)
	hard, stopHard := context.WithCancel(context.WithoutCancel(parent))
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				if soft.Err() != nil {
					stopHard()
				}
				stopSoft()
			case <-done:
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		close(done)
		stopSoft()
		stopHard()
	}
}
