package validator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// discoverEvery is how many blocks pass between two looks for subnets that were started.
const discoverEvery = 3

// The chain stands still when no block came for staleAfter, or for staleBlocks times what the last one took.
const (
	staleAfter  = time.Minute
	staleBlocks = 5
)

// Options are what a daemon is made of.
type Options struct {
	// ChainID of the network, and Hotkey the address that asks, commits and reveals.
	ChainID string
	Hotkey  string
	// Netuids to score; empty: every subnet.
	Netuids []uint32
	Chain   Chain
	Asker   Questioner
	// Store and Evidence are not closed by the daemon.
	Store    *store.Store
	Evidence *evidence.Store
	// Benchmarks fetches and runs what specs name: blobs, modules, models. What is nil there, a spec must not need.
	Benchmarks benchmark.Env
	// MaxConcurrent bounds the questions under way at once, MaxPerMiner those at one miner, of all benchmarks of its
	// subnet together. Defaults 64 and 4.
	MaxConcurrent, MaxPerMiner int
	// MaxClockSkew is how far the clock may be from the chain's. Default 20 s.
	MaxClockSkew time.Duration
	// DryRun asks and scores, and sends nothing.
	DryRun bool
	// Registry takes the metrics. Default: one of its own.
	Registry prometheus.Registerer
	// Log. Default: discard.
	Log *slog.Logger
	// Now is the clock that is compared with the chain's. Default time.Now.
	Now func() time.Time
}

// Daemon runs a validator.
type Daemon struct {
	options Options
	metrics *metrics
	limits  limits
	// programs are the benchmarks that are open.
	programs *programs

	mu      sync.Mutex // guards the fields below
	runners map[uint32]*runner
	mail    map[uint32]mailbox
	block   Block
	trouble error
	// arrived is when block came, and pace how long after the one before.
	arrived time.Time
	pace    time.Duration
}

// mailbox holds the newest block that a runner has not seen.
type mailbox chan Block

// put replaces what is there. There is one putter.
func (m mailbox) put(block Block) {
	select {
	case <-m:
	default:
	}
	m <- block
}

// New makes a daemon. Nothing runs before Run.
func New(options Options) (*Daemon, error) {
	switch {
	case options.ChainID == "" || options.Hotkey == "":
		return nil, errors.New("validator: chain id and hotkey are needed")
	case options.Chain == nil || options.Asker == nil || options.Store == nil || options.Evidence == nil:
		return nil, errors.New("validator: chain, asker, store and evidence are needed")
	}
	setDefault(&options.MaxConcurrent, 64)
	setDefault(&options.MaxPerMiner, 4)
	setDefault(&options.MaxClockSkew, 20*time.Second)
	if options.Registry == nil {
		options.Registry = prometheus.NewRegistry()
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Daemon{
		options:  options,
		metrics:  newMetrics(options.Registry),
		limits:   limits{total: make(chan struct{}, options.MaxConcurrent), perMiner: options.MaxPerMiner, kept: maxKeptOutputs},
		programs: newPrograms(options.Benchmarks),
		runners:  map[uint32]*runner{},
		mail:     map[uint32]mailbox{},
		trouble:  errors.New("no block has been seen yet"),
	}, nil
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// Run follows the chain until ctx ends, then stops what is under way and returns nil.
func (d *Daemon) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer d.programs.close()
	defer group.Wait()
	defer cancel()

	seen := 0
	err := d.options.Chain.Follow(ctx, d.setTrouble, func(ctx context.Context, block Block) error {
		d.setBlock(block)
		if seen%discoverEvery == 0 {
			if err := d.discover(ctx, &group, block); err != nil {
				d.options.Log.Warn("the subnets cannot be listed", "err", err)
				seen-- // again at the next block
			}
		}
		seen++
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, box := range d.mail {
			box.put(block)
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// discover starts a runner for every subnet that runs and is wanted, and tells the runners where their subnets stand.
func (d *Daemon) discover(ctx context.Context, group *sync.WaitGroup, block Block) error {
	subnets, err := d.options.Chain.Subnets(ctx, block.Height)
	if err != nil {
		return err
	}
	listed := make(map[uint32]standing, len(subnets))
	for _, subnet := range subnets {
		listed[subnet.Netuid] = standingOf(subnet)
		wanted := len(d.options.Netuids) == 0 || slices.Contains(d.options.Netuids, subnet.Netuid)
		d.mu.Lock()
		_, launched := d.runners[subnet.Netuid]
		d.mu.Unlock()
		if wanted && !launched && subnet.Status == subnettypes.SUBNET_STATUS_ACTIVE {
			d.launch(ctx, group, subnet.Netuid)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for netuid, r := range d.runners {
		if standing, ok := listed[netuid]; ok {
			r.tell(standing)
		} else {
			r.tell(removed)
		}
	}
	return nil
}

func (d *Daemon) newRunner(netuid uint32) *runner {
	o := d.options
	return &runner{
		netuid: netuid, chainID: o.ChainID, hotkey: o.Hotkey, chain: o.Chain, asker: o.Asker, store: o.Store,
		evidence: o.Evidence, limits: d.limits, metrics: d.metrics, logger: o.Log.With("netuid", netuid),
		now: o.Now, maxSkew: o.MaxClockSkew, dryRun: o.DryRun, programs: d.programs,
		status: SubnetStatus{Netuid: netuid, Phase: PhaseIdle},
	}
}

func (d *Daemon) launch(ctx context.Context, group *sync.WaitGroup, netuid uint32) {
	r, box := d.newRunner(netuid), make(mailbox, 1)
	d.mu.Lock()
	d.runners[netuid], d.mail[netuid] = r, box
	d.mu.Unlock()
	group.Go(func() {
		defer r.close()
		for {
			select {
			case <-ctx.Done():
				return
			case block := <-box:
				r.step(ctx, block)
			}
		}
	})
}

func (d *Daemon) setTrouble(err error) {
	d.mu.Lock()
	before := d.trouble
	d.trouble = err
	d.mu.Unlock()
	switch {
	case err != nil && before == nil:
		d.options.Log.Warn("the chain cannot be reached; waiting for it", "err", err)
	case err == nil && before != nil:
		d.options.Log.Info("the chain is reached again")
	}
}

func (d *Daemon) setBlock(block Block) {
	d.metrics.height.Set(float64(block.Height))
	now := d.options.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.arrived.IsZero() {
		d.pace = now.Sub(d.arrived)
	}
	d.arrived = now
	d.block, d.trouble = block, nil
}

// Status is what a validator says of itself.
type Status struct {
	ChainID string `json:"chain_id"`
	Hotkey  string `json:"hotkey"`
	// Height and Time of the newest block that was seen.
	Height int64     `json:"height"`
	Time   time.Time `json:"time"`
	DryRun bool      `json:"dry_run"`
	// Ready is whether the last commit on every subnet was read back from the chain; Reasons say why not.
	Ready   bool           `json:"ready"`
	Reasons []string       `json:"reasons"`
	Subnets []SubnetStatus `json:"subnets"`
}

// Status takes stock.
func (d *Daemon) Status() Status {
	d.mu.Lock()
	status := Status{
		ChainID: d.options.ChainID, Hotkey: d.options.Hotkey, Height: d.block.Height, Time: d.block.Time,
		DryRun: d.options.DryRun, Reasons: []string{}, Subnets: []SubnetStatus{},
	}
	trouble := d.trouble
	if silence := d.options.Now().Sub(d.arrived); trouble == nil && silence > max(staleAfter, staleBlocks*d.pace) {
		trouble = fmt.Errorf("no new block for %s: the chain stands still, or the node is cut off; add another to chain.endpoints", silence.Round(time.Second))
	}
	for _, r := range d.runners {
		status.Subnets = append(status.Subnets, r.snapshot())
	}
	d.mu.Unlock()
	slices.SortFunc(status.Subnets, func(a, b SubnetStatus) int { return int(int64(a.Netuid) - int64(b.Netuid)) })
	status.Reasons = d.reasons(trouble, status.Height, status.Subnets)
	status.Ready = len(status.Reasons) == 0
	return status
}

func (d *Daemon) reasons(trouble error, height int64, subnets []SubnetStatus) []string {
	reasons := []string{}
	if trouble != nil {
		reasons = append(reasons, "the chain is not followed: "+trouble.Error())
	}
	if d.options.DryRun {
		reasons = append(reasons, "dry run: nothing is committed")
	}
	permits := 0
	var halted []string
	for _, subnet := range subnets {
		if subnet.Permit {
			permits++
		}
		if subnet.Phase == PhasePaused || subnet.Phase == PhaseRemoved {
			halted = append(halted, fmt.Sprintf("subnet %d: %s", subnet.Netuid, subnet.Note))
		}
		if why := cmp.Or(subnet.overdue(height), subnet.unready()); why != "" && !d.options.DryRun {
			reasons = append(reasons, why)
		}
	}
	switch {
	case permits > 0 || trouble != nil:
	case len(halted) == len(subnets) && len(halted) > 0:
		reasons = append(reasons, halted...)
	default:
		reasons = append(reasons, fmt.Sprintf(
			"the hotkey %s holds no permit on any subnet that runs; the validator's operator appoints it, and the permit comes with the next epoch", d.options.Hotkey))
	}
	return reasons
}
