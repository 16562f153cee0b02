package localnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

func statusCommand(at func() (Home, error)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the network as it is now",
		Example: `  agorad localnet status
  agorad localnet status --json | jq '.miners[] | {name, incentive, earned}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := at()
			if err != nil {
				return err
			}
			snapshot, err := status(cmd.Context(), home)
			if err != nil {
				return err
			}
			if asJSON {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(snapshot)
			}
			if snapshot.Phase == view.Down {
				fmt.Fprintf(cmd.OutOrStdout(), "the network in %s is down; start it with: %s\n", home, home.command("up"))
				return nil
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(view.Table(snapshot), "\n"))
			fmt.Fprintf(cmd.OutOrStdout(), "\nkeys and commands: agorad --home %s …\n", snapshot.ClientHome)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// status is the network's snapshot, or one that says it is down.
func status(ctx context.Context, home Home) (*view.Snapshot, error) {
	client, err := control.Dial(string(home))
	if err != nil {
		return nil, err
	}
	snapshot := &view.Snapshot{}
	err = client.Status(ctx, snapshot)
	if errors.Is(err, control.ErrNotRunning) {
		return &view.Snapshot{
			Home: string(home), Phase: view.Down,
			Nodes: []view.Node{}, Validators: []view.Validator{}, Miners: []view.Miner{},
		}, nil
	}
	return snapshot, err
}

func logsCommand(at func() (Home, error)) *cobra.Command {
	var follow bool
	var lines int
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Show the log of a program of the network",
		Long:  "Show the log of a node, miner or validator, or of the supervisor of a network that was started with --detach (localnet).",
		Example: `  agorad localnet logs miner-1
  agorad localnet logs -f -n 100 node-2`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			home, err := at()
			if err != nil {
				return err
			}
			plan, err := home.loadPlan()
			if err != nil {
				return err
			}
			names := append(plan.names(), supervisorName)
			if !slices.Contains(names, arguments[0]) {
				return unknownProgram{arguments[0], names}
			}
			if lines < 0 {
				return fmt.Errorf("--lines %d: choose 0 or more", lines)
			}
			ctx, _, release := interrupts(cmd.Context())
			defer release()
			err = copyLog(ctx, cmd.OutOrStdout(), home.LogFile(arguments[0]), lines, follow)
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("%s has written nothing yet; start the network with: %s", arguments[0], home.command("up"))
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is added, until Ctrl-C")
	cmd.Flags().IntVarP(&lines, "lines", "n", 50, "how many lines of the end to show")
	return cmd
}

// programCommand is a command that asks the supervisor to do something to one program.
func programCommand(at func() (Home, error), cmd *cobra.Command, done string, do func(*control.Client, context.Context, string) error) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		home, err := at()
		if err != nil {
			return err
		}
		client, err := control.Dial(string(home))
		if err != nil {
			return err
		}
		err = do(client, cmd.Context(), arguments[0])
		if errors.Is(err, control.ErrNotRunning) {
			return fmt.Errorf("the network in %s is down; start it with: %s", home, home.command("up"))
		}
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", arguments[0], done)
		}
		return err
	}
	return cmd
}

func stopCommand(at func() (Home, error)) *cobra.Command {
	return programCommand(at, &cobra.Command{
		Use:     "stop NAME",
		Short:   "Stop a node, miner or validator",
		Example: "  agorad localnet stop miner-1",
	}, "stopped", (*control.Client).Stop)
}

func startCommand(at func() (Home, error)) *cobra.Command {
	return programCommand(at, &cobra.Command{
		Use:     "start NAME",
		Short:   "Start a program that was stopped or crashed",
		Example: "  agorad localnet start miner-1",
	}, "started", (*control.Client).Start)
}

func killCommand(at func() (Home, error)) *cobra.Command {
	return programCommand(at, &cobra.Command{
		Use:     "kill NAME",
		Short:   "End a program without warning, as a power cut would",
		Example: "  agorad localnet kill validator-1 && agorad localnet start validator-1",
	}, "killed", (*control.Client).Kill)
}

func downCommand(at func() (Home, error)) *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "Stop the network and keep its state",
		Example: "  agorad localnet down && agorad localnet up    # goes on where it was",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := at()
			if err != nil {
				return err
			}
			stopped, err := down(cmd.Context(), home)
			if err != nil {
				return err
			}
			if !stopped {
				fmt.Fprintf(cmd.OutOrStdout(), "the network in %s is down already\n", home)
				return nil
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the network has stopped; its state is kept")
			return nil
		},
	}
}

// downPatience is how long a supervisor may take to stop everything before it is killed.
const downPatience = 45 * time.Second

// down stops the network of a home and whatever a dead supervisor left; it
// tells whether there was anything to stop. When it returns nothing runs.
func down(ctx context.Context, home Home) (bool, error) {
	pid, err := supervisorPID(home)
	if err != nil {
		return false, err
	}
	if pid != 0 {
		client, err := control.Dial(string(home))
		if err != nil {
			return false, err
		}
		if client.Down(ctx) != nil { // it does not listen: it must hear a signal
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		if err := awaitEnd(ctx, home); err != nil {
			return false, err
		}
	}
	ended, err := supervise.Reap(ctx, home.RunDir(), 5*time.Second)
	return pid != 0 || len(ended) > 0, err
}

// awaitEnd waits until the supervisor is gone. One that outlasts all patience is
// left to Reap, which kills it.
func awaitEnd(ctx context.Context, home Home) error {
	deadline := time.Now().Add(downPatience)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		pid, err := supervisorPID(home)
		if err != nil || pid == 0 || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func resetCommand(at func() (Home, error)) *cobra.Command {
	return &cobra.Command{
		Use:     "reset",
		Short:   "Stop the network and remove its state, keys included",
		Example: "  agorad localnet reset && agorad localnet up --nodes 4",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := at()
			if err != nil {
				return err
			}
			if _, err := down(cmd.Context(), home); err != nil {
				return err
			}
			removed, err := reset(home)
			if err != nil {
				return err
			}
			if !removed {
				fmt.Fprintf(cmd.OutOrStdout(), "there is no network in %s\n", home)
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "removed the network in %s\n", home)
			return nil
		},
	}
}

// reset removes what a network made in its home, and the home when nothing else
// is in it. Files of others are left alone.
func reset(home Home) (bool, error) {
	if _, err := os.Lstat(home.StateFile()); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	lock, err := home.lock()
	if errors.Is(err, errLocked) {
		return false, errors.New("the network was started again: run agorad localnet reset once more")
	}
	if err != nil {
		return false, err
	}
	defer lock.Close()
	if socket, err := control.SocketPath(string(home)); err == nil { // it may lie outside the home
		_ = os.Remove(socket) // nobody listens on it
	}
	for _, name := range home.contents() {
		if err := os.RemoveAll(filepath.Join(string(home), name)); err != nil {
			return false, fmt.Errorf("remove the network: %w", err)
		}
	}
	_ = os.Remove(string(home)) // only when it is empty
	return true, nil
}
