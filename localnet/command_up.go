package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

// upFlags are what the user may say about a network.
type upFlags struct {
	settings Settings
	binDir   string
	detach   bool
}

func (f *upFlags) add(flags *pflag.FlagSet) {
	f.settings = DefaultSettings()
	flags.IntVar(&f.settings.Nodes, "nodes", f.settings.Nodes, "consensus nodes, each a bonded validator of equal power; of 4 or more, one may stop")
	flags.IntVar(&f.settings.Validators, "validators", f.settings.Validators, "scoring processes; they score for the nodes' operators in turn")
	flags.IntVar(&f.settings.Miners, "miners", f.settings.Miners, "miners; the strong model, the weak one, a guesser and a replayer in turn")
	flags.DurationVar(&f.settings.BlockTime, "block-time", f.settings.BlockTime, "pause between blocks")
	flags.Uint64Var(&f.settings.Tempo, "tempo", f.settings.Tempo, "length of an epoch in blocks")
	flags.IntVar(&f.settings.Benchmarks, "benchmarks", f.settings.Benchmarks, "benchmarks of the subnet; of 2, the first has 70 % of the emission and the second asks for sums and differences only")
	flags.StringVar(&f.binDir, "bin-dir", "", "folder of agorad, miner and validator (default: that of this program)")
}

// settingNames are the flags that are part of the network for good.
var settingNames = []string{"nodes", "validators", "miners", "block-time", "tempo", "benchmarks"}

// chosen names the settings that stand on the command line.
func chosen(flags *pflag.FlagSet) []string {
	var names []string
	for _, name := range settingNames {
		if flags.Changed(name) {
			names = append(names, name)
		}
	}
	return names
}

func upCommand(at func() (Home, error)) *cobra.Command {
	flags := &upFlags{}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the network, or resume it, and watch it",
		Long: `Start the network of the home folder and watch it. A network that was stopped goes
on where it was. A network that runs already is only watched: then Ctrl-C ends the
watching, not the network.

The flags that describe the network count when it is made; later they may be left
out, and may not differ.`,
		Example: `  agorad localnet up
  agorad localnet up --nodes 4 --miners 6 --block-time 500ms
  agorad localnet up --detach && agorad localnet status
  agorad localnet up --home /tmp/second     # beside the first`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := at()
			if err != nil {
				return err
			}
			ctx, hard, release := interrupts(cmd.Context())
			defer release()
			options := runOptions{
				home: home, settings: flags.settings, chosen: chosen(cmd.Flags()),
				binDir: flags.binDir, out: cmd.OutOrStdout(),
			}
			running, err := isRunning(ctx, home)
			switch {
			case err != nil:
				return err
			case running:
				if err := acceptRunning(options); err != nil {
					return err
				}
				if flags.detach {
					fmt.Fprintln(cmd.OutOrStdout(), "the network runs already: agorad localnet status")
					return nil
				}
				return attach(ctx, home, cmd.OutOrStdout())
			case flags.detach:
				return detach(ctx, cmd, options)
			default:
				if !view.NewScreen(cmd.OutOrStdout()).Terminal() {
					fmt.Fprintf(cmd.OutOrStdout(), "network in %s\n", home)
				}
				return run(ctx, hard, options)
			}
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().BoolVar(&flags.detach, "detach", false, "start in the background and return when the network is up")
	return cmd
}

// isRunning tells whether a supervisor answers for the home.
func isRunning(ctx context.Context, home Home) (bool, error) {
	client, err := control.Dial(string(home))
	if err != nil {
		return false, err
	}
	var snapshot view.Snapshot
	err = client.Status(ctx, &snapshot)
	if errors.Is(err, control.ErrNotRunning) {
		return false, nil
	}
	return err == nil, err
}

// acceptRunning refuses settings that the running network was not made with.
func acceptRunning(options runOptions) error {
	plan, err := options.home.loadPlan()
	if err != nil {
		return err
	}
	return plan.accept(options)
}

// watchEvery is how often a watcher asks the supervisor, which learns of a block once.
const watchEvery = 250 * time.Millisecond

// attach shows a network that another process supervises.
func attach(ctx context.Context, home Home, out io.Writer) error {
	client, err := control.Dial(string(home))
	if err != nil {
		return err
	}
	screen := view.NewScreen(out)
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		var snapshot view.Snapshot
		err := client.Status(ctx, &snapshot)
		switch {
		case ctx.Err() != nil:
			screen.Say("the network keeps running; stop it with: agorad localnet down")
			return nil
		case errors.Is(err, control.ErrNotRunning):
			screen.Say("the network has stopped")
			return nil
		case err != nil:
			return err
		}
		screen.Show(&snapshot)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// detach starts a supervisor in a session of its own and waits until its network is up.
func detach(ctx context.Context, cmd *cobra.Command, options runOptions) error {
	// Find out here what can be found out, so that the user reads it here.
	if err := options.home.create(); err != nil {
		return err
	}
	if _, err := FindBinaries(options.binDir); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the running program: %w", err)
	}
	logPath := options.home.LogFile(supervisorName)
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return options.home.unwritable(err)
	}
	defer log.Close()
	child := exec.Command(self, detachedArguments(options)...)
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = child.Wait() // how it ended stands in its log
		close(ended)
	}()
	out := cmd.OutOrStdout()
	follow, stopFollowing := context.WithCancel(context.Background())
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_ = copyLog(follow, out, logPath, math.MaxInt, true) // progress is a courtesy
	}()
	err = awaitUp(ctx, options.home, ended)
	stopFollowing()
	<-copied
	switch {
	case ctx.Err() != nil: // the user gave up
		_ = child.Process.Signal(syscall.SIGTERM)
		<-ended
		return errors.New("interrupted: the network was stopped")
	case err != nil:
		return fmt.Errorf("the network did not come up: %w; what it said is above and in %s", err, logPath)
	}
	fmt.Fprintf(out, "the network is up in the background: agorad localnet status, up (to watch), down\n")
	return nil
}

// detachedArguments make this program run the same network in the foreground.
func detachedArguments(options runOptions) []string {
	arguments := []string{"localnet", "up", "--home", string(options.home)}
	if options.binDir != "" {
		arguments = append(arguments, "--bin-dir", options.binDir)
	}
	values := map[string]string{
		"nodes":      strconv.Itoa(options.settings.Nodes),
		"validators": strconv.Itoa(options.settings.Validators),
		"miners":     strconv.Itoa(options.settings.Miners),
		"block-time": options.settings.BlockTime.String(),
		"tempo":      strconv.FormatUint(options.settings.Tempo, 10),
		"benchmarks": strconv.Itoa(options.settings.Benchmarks),
	}
	for _, name := range options.chosen {
		arguments = append(arguments, "--"+name, values[name])
	}
	return arguments
}

// errEnded says that the supervisor ended before its network was up.
var errEnded = errors.New("the supervisor ended")

// awaitUp waits until the network of the home is up.
func awaitUp(ctx context.Context, home Home, ended <-chan struct{}) error {
	client, err := control.Dial(string(home))
	if err != nil {
		return err
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return errEnded
		case <-ticker.C:
		}
		var snapshot view.Snapshot
		if client.Status(ctx, &snapshot) == nil && snapshot.Phase == view.Up {
			return nil
		}
	}
}

// supervisorPID is the number of the supervisor's process, 0 where none lives.
func supervisorPID(home Home) (int, error) {
	return supervise.AlivePID(home.RunDir(), supervisorName)
}
