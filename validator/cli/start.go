package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/internal/workbench"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/validator/onchain"
	"github.com/agora-network/agora/validator/store"
)

// Files and folders in the home.
const (
	stateFile      = "state.db"
	evidenceFolder = "evidence"
	// dryFolder keeps what dry runs write apart from what was committed.
	dryFolder = "dry-run"
)

// stopTimeout is how long open pages of the admin listener may hold up the end.
const stopTimeout = 3 * time.Second

func newStart() *cobra.Command {
	var dryRun bool
	command := &cobra.Command{
		Use:     "start",
		Aliases: []string{"run"},
		Short:   "Measure miners, commit and reveal",
		Long: `start follows the chain and takes part in every epoch of every subnet on which the hotkey holds a permit, until it is
told to stop (Ctrl-C or SIGTERM). It may be stopped, or killed, at any moment: what it committed it reveals when it is
started again in time.

/metrics, /healthz, /readyz and /status are on the admin listener. It is ready when its last commit was read back from
the chain. With evidence_listen set, everybody may read the evidence of rows that were opened on the chain, and run their
epochs again.`,
		Example: `  validator start
  validator start --dry-run --log-level debug
  validator start --netuids 1,3 --chain-endpoints http://10.0.0.1:26657,http://10.0.0.2:26657
  curl http://127.0.0.1:8093/readyz`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, client, err := loadFor(command)
			if err != nil {
				return err
			}
			return start(command.Context(), c, client, dryRun, daemon.NewLogger(c.Log, command.ErrOrStderr()))
		},
	}
	config.Program.AddFlags(command.Flags())
	command.Flags().BoolVar(&dryRun, "dry-run", false, "ask and score, but send nothing to the chain")
	return command
}

func start(ctx context.Context, c *config.Config, client *chainclient.Client, dryRun bool, logger *slog.Logger) (err error) {
	key, err := keysOf(c).Key(c.Keys.Hotkey)
	if err != nil {
		return err
	}
	price, err := chainclient.ParsePrice(c.Chain.GasPrice)
	if err != nil {
		return err
	}
	sender, err := client.NewSender(key, chainclient.SenderConfig{GasPrice: price, FeeGranter: c.Chain.FeeGranter})
	if err != nil {
		return err
	}
	folder := c.Home
	if dryRun {
		folder = filepath.Join(folder, dryFolder)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the home cannot be written: %w; correct its owner or mode, or choose another --home", err)
	}
	state, err := store.Open(filepath.Join(folder, stateFile), c.Chain.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	blobs, err := evidence.OpenStore(filepath.Join(folder, evidenceFolder), c.EvidenceKeepEpochs)
	if err != nil {
		return err
	}
	bench, err := openWorkbench(c, folder, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	asker, err := ask.New(ask.Config{
		ChainID: c.Chain.ID, Signer: key, MaxAnswer: c.Asks.MaxAnswerBytes, PublicOnly: c.Asks.PublicOnly, MaxPerMiner: c.Asks.MaxPerMiner,
	})
	if err != nil {
		return err
	}
	defer asker.Close()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	daemon, err := validator.New(validator.Options{
		ChainID: c.Chain.ID, Hotkey: key.Address(), Netuids: c.Netuids, Chain: onchain.New(client, sender), Asker: asker,
		Store: state, Evidence: blobs, Benchmarks: bench.Env(), MaxConcurrent: c.Asks.MaxConcurrent, MaxPerMiner: c.Asks.MaxPerMiner,
		MaxClockSkew: c.MaxClockSkew, DryRun: dryRun, Registry: registry, Log: logger,
	})
	if err != nil {
		return err
	}
	pages, err := listen(ctx, c, daemon, registry, bench)
	if err != nil {
		return err
	}
	logger.Info("validator starts", "chain", c.Chain.ID, "hotkey", key.Address(), "admin", pages[0].listener.Addr().String(), "dry_run", dryRun)
	for _, public := range pages[1:] {
		logger.Info("evidence is served to everybody", "address", public.listener.Addr().String())
	}
	return serve(ctx, daemon, pages, logger)
}

// Bounds of the public listener, whose callers are strangers.
const (
	publicConnections = 256
	publicTimeout     = 10 * time.Second
	// An answer that takes longer says so itself.
	publicAnswer = 30 * time.Second
	publicIdle   = time.Minute
)

// page is a server with its listener.
type page struct {
	server   *http.Server
	listener net.Listener
}

// listen opens the operator's listener and, where it is wanted, the public one.
func listen(ctx context.Context, c *config.Config, daemon *validator.Daemon, metrics prometheus.Gatherer, bench *workbench.Workbench) ([]page, error) {
	admin, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Admin)
	if err != nil {
		return nil, fmt.Errorf("listen for the operator: %w; choose another --admin-listen", err)
	}
	pages := []page{{&http.Server{Handler: daemon.Handler(metrics), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}, admin}}
	if c.EvidenceListen == "" {
		return pages, nil
	}
	public, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.EvidenceListen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for readers of evidence: %w; choose another --evidence-listen, or leave it empty", err), admin.Close())
	}
	return append(pages, page{&http.Server{
		Handler:           daemon.PublicHandler(validator.PublicOptions{Blobs: bench.Store(), Source: bench.Source}),
		ReadHeaderTimeout: publicTimeout, ReadTimeout: publicTimeout, WriteTimeout: publicAnswer, IdleTimeout: publicIdle, MaxHeaderBytes: 8 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // what strangers do wrong fills no log
	}, netutil.LimitListener(public, publicConnections)}), nil
}

// serve runs the daemon and its pages; the first to stop stops the others.
func serve(ctx context.Context, daemon *validator.Daemon, pages []page, log *slog.Logger) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return daemon.Run(ctx) })
	for _, page := range pages {
		group.Go(func() error {
			if err := page.server.Serve(page.listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve pages at %s: %w", page.listener.Addr(), err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-ctx.Done()
		log.Info("validator stops")
		// The context has ended; what remains gets a moment of its own.
		shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		var err error
		for _, page := range pages {
			if page.server.Shutdown(shutdown) != nil {
				err = errors.Join(err, page.server.Close())
			}
		}
		return err
	})
	return group.Wait()
}
