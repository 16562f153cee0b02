package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Measure how many commits and reveals a network of real nodes takes",
		Args:  cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.validate(); err != nil {
				return err
			}
			figures, err := bench(cmd.Context(), s, cmd.ErrOrStderr())
			if len(figures) > 0 {
				writeTable(cmd.OutOrStdout(), figures)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.agorad, "agorad", "bin/agorad", "program of the nodes")
	flags.StringVar(&s.home, "home", "", "folder for the network, which is kept; none is a temporary one")
	flags.IntVar(&s.nodes, "nodes", 4, "nodes, each a validator of equal power")
	flags.IntVar(&s.hotkeys, "hotkeys", 8, "hotkeys of each validator")
	flags.IntVar(&s.subnets, "subnets", 16, "subnets")
	flags.IntVar(&s.miners, "miners", 4_096, "miners of each subnet: the weights of a row")
	flags.Uint64Var(&s.tempo, "tempo", 32, "blocks of an epoch")
	flags.DurationVar(&s.blockTime, "block-time", time.Second, "pause after a block")
	flags.Float64SliceVar(&s.rates, "rates", []float64{4, 8, 16, 32, 64}, "rows per second of the stages")
	flags.DurationVar(&s.span, "span", 8*time.Second, "how long each stage is under load")
	flags.IntVar(&s.connections, "connections", 16, "messages that are on their way to a node at once")
	flags.StringVar(&s.profile, "profile", "", "file for a processor profile of the first node in the last stage")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the weights")
	return cmd
}

// bench makes a network, loads it and takes it down. Figures of stages before an error are returned with it.
func bench(ctx context.Context, s settings, progress io.Writer, environment ...string) (all []figures, err error) {
	home, remove, err := makeHome(s)
	if err != nil {
		return nil, fmt.Errorf("make a folder for the network: %w", err)
	}
	began := time.Now()
	n, err := newNetwork(s, home)
	if err != nil {
		return nil, err
	}
	n.environment = environment
	fmt.Fprintf(progress, "made %d nodes and %d subnets of %d miners in %s\n", s.nodes, s.subnets, s.miners, time.Since(began).Round(time.Millisecond))
	defer func() {
		n.stop()
		if err == nil {
			remove()
		} else {
			err = fmt.Errorf("%w; the network's files are kept in %s", err, home)
		}
	}()
	if err := n.start(ctx); err != nil {
		return nil, err
	}
	stages, err := n.run(ctx, progress)
	blocks, readErr := n.blocks(ctx, firstEpoch)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	for _, s := range stages {
		all = append(all, judge(s, blocks))
	}
	return all, err
}

// saveProfile takes a processor profile of the first node while the stage is under load.
func (n *network) saveProfile(ctx context.Context, progress io.Writer) {
	if err := n.takeProfile(ctx); err != nil {
		fmt.Fprintf(progress, "no profile: %s\n", err)
	}
}

func (n *network) takeProfile(ctx context.Context) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", n.nodes[0].pprof, int(n.span.Seconds()))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	file, err := os.Create(n.profile)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}
