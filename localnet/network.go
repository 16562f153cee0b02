package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

// network is a running supervisor.
type network struct {
	home   Home
	plan   *Plan
	bins   Binaries
	screen *view.Screen
	began  time.Time

	supervisor *supervise.Supervisor
	client     *chainclient.Client
	ledger     *ledger
	// programs says how each program is started, by name.
	programs map[string]supervise.Program
	// made tells that the chain begins with this start: its first block is a new one.
	made bool
	// quit asks the network to stop.
	quit context.CancelFunc

	// mu guards snapshot, and the screen while the table is drawn.
	mu       sync.Mutex
	snapshot view.Snapshot
}

// runOptions are what a supervisor is started with.
type runOptions struct {
	home     Home
	settings Settings
	// chosen names the settings the user gave; they must fit a network that exists.
	chosen []string
	binDir string
	out    io.Writer
}

// run is the life of a supervisor: it makes or resumes the network, shows it
// until ctx ends, and stops it. When hard ends too, what is left is killed.
// It fails with errLocked when another supervisor has the home.
func run(ctx, hard context.Context, options runOptions) (err error) {
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	if err := options.home.create(); err != nil {
		return err
	}
	lock, err := options.home.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	n := &network{
		home: options.home, screen: view.NewScreen(options.out), began: time.Now(), quit: quit,
		snapshot: view.Snapshot{Home: string(options.home), Phase: view.Starting, Step: "looking around"},
	}
	if n.bins, err = FindBinaries(options.binDir); err != nil {
		return err
	}
	if err := n.reap(ctx); err != nil {
		return err
	}
	if n.plan, err = choosePlan(options); err != nil {
		return err
	}
	listener, err := control.Listen(string(n.home))
	if err != nil {
		return err
	}
	if err := supervise.WritePID(n.home.RunDir(), supervisorName, os.Getpid()); err != nil {
		_ = listener.Close()
		return err
	}
	n.supervisor = supervise.New(n.home.RunDir(), n.changed)
	// The socket answers until everything is stopped: who waits for that sees it close.
	serving, stopServing := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- control.Serve(serving, listener, n) }()
	defer func() {
		stopServing()
		err = errors.Join(err, <-served, supervise.RemovePID(n.home.RunDir(), supervisorName))
	}()

	err = n.start(ctx)
	if err == nil {
		err = n.watch(ctx)
	}
	if ctx.Err() != nil {
		err = nil // asked to stop: whatever failed, failed for that
	}
	if err != nil {
		n.update(func(s *view.Snapshot) { s.Phase, s.Error = view.Failed, err.Error() })
	}
	n.stopAll(hard, err == nil)
	return err
}

// stopAll ends the daemons first: they still write to the chain when they drain.
func (n *network) stopAll(hard context.Context, announce bool) {
	if announce {
		n.update(func(s *view.Snapshot) { s.Phase = view.Ending })
		n.say("stopping (Ctrl-C again to stop at once)")
	}
	n.supervisor.Close(hard, append(n.plan.validatorNames(), n.plan.minerNames()...), n.plan.nodeNames())
	if announce {
		n.say("stopped; the state is kept in %s", n.home)
	}
}

// reap ends what a supervisor that died could not.
func (n *network) reap(ctx context.Context) error {
	ended, err := supervise.Reap(ctx, n.home.RunDir(), 5*time.Second)
	if err != nil {
		return err
	}
	if len(ended) > 0 {
		n.say("stopped %s, left behind by a supervisor that died", strings.Join(ended, ", "))
	}
	return nil
}

// choosePlan reads the plan of the home, or makes a new one where there is none.
func choosePlan(options runOptions) (*Plan, error) {
	plan, err := options.home.loadPlan()
	if err == nil {
		return plan, plan.accept(options)
	}
	if !errors.Is(err, errNoNetwork) {
		return nil, err
	}
	if err := options.settings.Validate(); err != nil {
		return nil, err
	}
	plan = newPlan(options.settings)
	return plan, options.home.savePlan(plan)
}

// accept refuses settings that the network was not made with.
func (p *Plan) accept(options runOptions) error {
	have, want := p.Settings, options.settings
	for _, setting := range []struct {
		name       string
		have, want any
	}{
		{"nodes", have.Nodes, want.Nodes},
		{"validators", have.Validators, want.Validators},
		{"miners", have.Miners, want.Miners},
		{"block-time", have.BlockTime, want.BlockTime},
		{"tempo", have.Tempo, want.Tempo},
		{"benchmarks", have.Benchmarks, want.Benchmarks},
	} {
		if slices.Contains(options.chosen, setting.name) && setting.have != setting.want {
			return fmt.Errorf("the network in %s was made with --%s %v, not %v; leave the flag out to resume it, start over with: %s, or make another in another --home",
				options.home, setting.name, setting.have, setting.want, options.home.command("reset"))
		}
	}
	return nil
}

// start brings the network up, from wherever it stands.
func (n *network) start(ctx context.Context) error {
	n.update(func(s *view.Snapshot) {
		s.ChainID, s.ClientHome = n.plan.ChainID, n.home.ClientHome()
		s.Epoch.Tempo = n.plan.Settings.Tempo
	})
	if err := n.step("choose ports", n.choosePorts); err != nil {
		return err
	}
	if n.plan.Stage == stagePlanned {
		if err := n.step("make keys, genesis and homes of "+n.plan.census(), func() error {
			if err := n.create(); err != nil {
				return err
			}
			if err := n.initDaemons(ctx); err != nil {
				return err
			}
			n.made = true
			return n.reach(stageCreated)
		}); err != nil {
			return err
		}
	}
	if err := n.configure(); err != nil {
		return err
	}
	if err := n.prepare(); err != nil {
		return err
	}
	n.update(n.describe)
	if err := n.step("start the nodes and wait for a block", func() error {
		if err := n.startPrograms(n.plan.nodeNames()...); err != nil {
			return err
		}
		return n.awaitBlock(ctx)
	}); err != nil {
		return err
	}
	if n.plan.Stage != stageLaunched {
		if err := n.launch(ctx); err != nil {
			return err
		}
	} else if err := n.step("start the miners and validators", func() error {
		if err := n.startPrograms(append(n.plan.minerNames(), n.plan.validatorNames()...)...); err != nil {
			return err
		}
		return n.awaitDaemons(ctx)
	}); err != nil {
		return err
	}
	n.update(func(s *view.Snapshot) { s.Phase, s.Step, s.Timings.Ready = view.Up, "", n.elapsed() })
	n.say("%s  the network is up: agorad localnet status, logs NAME, stop NAME, start NAME, down", view.Duration(time.Since(n.began)))
	return nil
}

// reach remembers how far the network has come.
func (n *network) reach(s stage) error {
	n.plan.Stage = s
	return n.home.savePlan(n.plan)
}

func (n *network) choosePorts() error {
	defaultHome, err := DefaultHome()
	customary := err == nil && defaultHome == n.home
	changes, err := assignPorts(n.plan.ports(), string(n.home), customary, portFree)
	if err != nil {
		return err
	}
	for _, change := range changes {
		n.say("         port %d is taken by another program: using %d", change.from, change.to)
	}
	return n.home.savePlan(n.plan)
}

// prepare makes the client and the descriptions of the programs.
func (n *network) prepare() (err error) {
	n.client, err = chainclient.New(chainclient.Config{ChainID: n.plan.ChainID, Endpoints: n.plan.endpoints(0)})
	if err != nil {
		return err
	}
	n.programs = n.describePrograms()
	n.ledger, err = loadLedger(n.home.ledgerFile())
	return err
}

// step does one part of the start and says how long it took.
func (n *network) step(name string, do func() error) error {
	n.update(func(s *view.Snapshot) { s.Step = name })
	began := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	n.say("%s  %s", view.Duration(time.Since(began)), name)
	return nil
}

func (n *network) elapsed() float64 { return time.Since(n.began).Seconds() }

func (n *network) startPrograms(names ...string) error {
	for _, name := range names {
		if err := n.supervisor.Start(n.programs[name]); err != nil && !errors.Is(err, supervise.ErrRunning) {
			return err
		}
	}
	return nil
}

// patience is how long any wait of a start may last, however slow the machine.
const patience = 2 * time.Minute

// await calls check until it holds. It fails when a program that runs ends, when
// ctx ends, and when patience is over, saying what the last check said.
func (n *network) await(ctx context.Context, what string, check func(context.Context) error) error {
	deadline := time.Now().Add(patience)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		for _, status := range n.supervisor.Status() {
			if status.State == supervise.Crashed {
				return fmt.Errorf("%s %s; the end of its log %s:\n%s", status.Name, status.Exit, status.Log, tail(status.Log, 15))
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not after %s: %w; see the logs in %s", what, patience, err, n.home.path("logs"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// awaitBlock waits until the nodes make a block. One that they had before does not
// count: a node that was started again answers simulations only after its first new one.
func (n *network) awaitBlock(ctx context.Context) error {
	var first int64
	return n.await(ctx, "wait for a block", func(ctx context.Context) error {
		block, err := n.client.Latest(ctx)
		if err != nil {
			return err
		}
		if first == 0 && !n.made {
			first = block.Height
		}
		if block.Height <= first {
			return fmt.Errorf("still at height %d", first)
		}
		n.update(func(s *view.Snapshot) {
			s.Height, s.BlockTime = block.Height, block.Time
			s.Timings.FirstBlock = n.elapsed()
		})
		return nil
	})
}

// awaitDaemons waits until every miner and validator answers that it is healthy.
func (n *network) awaitDaemons(ctx context.Context) error {
	urls := n.healthURLs()
	client := &http.Client{Timeout: time.Second}
	return n.await(ctx, "wait for the daemons", func(ctx context.Context) error {
		for len(urls) > 0 {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, urls[0], nil)
			if err != nil {
				return err
			}
			response, err := client.Do(request)
			if err != nil {
				return err
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answers %s", urls[0], response.Status)
			}
			urls = urls[1:]
		}
		return nil
	})
}

// say prints a line that stays.
func (n *network) say(format string, arguments ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.screen.Say(format, arguments...)
}

func (n *network) update(change func(*view.Snapshot)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.snapshot)
}

// changed tells of programs that ended on their own, and redraws.
func (n *network) changed(status supervise.Status) {
	if status.State == supervise.Crashed {
		n.say("%s %s; read why with: agorad localnet logs %s, start it again with: agorad localnet start %s", status.Name, status.Exit, status.Name, status.Name)
	}
}
