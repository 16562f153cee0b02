package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/agora-network/agora/localnet/measure"
)

// stage is one epoch: rows of the epoch before are opened and rows of this one are bound, at their rates.
type stage struct {
	name string
	// offered commits and reveals per second.
	offered [kinds]float64
	// from and until are when the load began and when nothing of it was left in a mempool.
	from, until time.Time
	sent        []sending
	// nodes and load are the processor time that the nodes and this program took meanwhile.
	nodes, load time.Duration
	// waiting is the most that was seen in the mempool of the first node.
	waiting mempool
}

// mempool is what waits in a node.
type mempool struct {
	txs   int
	bytes int64
}

// run has the network idle for a while, and then goes through the rates, one epoch each. The first rows are bound in an
// epoch before, in which nothing can be opened yet.
func (n *network) run(ctx context.Context, progress io.Writer) ([]*stage, error) {
	for _, key := range n.world.hotkeys {
		account, err := n.chain.Account(ctx, key.address.String())
		if err != nil {
			return nil, err
		}
		key.number = account.Number
	}
	idle, err := n.load(ctx, &stage{name: "idle"}, nil, gasLimits{}, n.span)
	if err != nil {
		return nil, err
	}
	stages := []*stage{idle}
	var gas gasLimits
	var bound []*row
	for i := 0; i <= len(n.rates); i++ {
		epoch, err := n.awaitEpoch(ctx, uint64(i))
		if err != nil {
			return stages, err
		}
		// The last rows that are bound are there for their load only.
		rate := n.rates[min(i, len(n.rates)-1)]
		opened := bound
		bound = n.rows(epoch, n.rowsAt(rate))
		s := &stage{name: fmt.Sprintf("commits %g/s", rate)}
		s.offered[commits] = rate
		if i > 0 {
			s.offered[reveals] = n.rates[i-1]
			s.name += fmt.Sprintf(", reveals %g/s", n.rates[i-1])
		}
		jobs := schedule(opened, bound, n.span)
		for _, j := range jobs {
			if gas[j.kind] == 0 {
				if gas[j.kind], err = n.nodes[0].simulate(ctx, j); err != nil {
					return stages, err
				}
				fmt.Fprintf(progress, "a %s gets a gas limit of %d\n", j.kind, gas[j.kind])
			}
		}
		fmt.Fprintf(progress, "epoch %d: %s, %d messages in %s\n", epoch, s.name, len(jobs), n.span)
		if i == len(n.rates) && n.profile != "" {
			go n.saveProfile(ctx, progress)
		}
		if s, err = n.load(ctx, s, jobs, gas, 0); err != nil {
			return stages, err
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// load offers the jobs of a stage and waits until no mempool has anything left, at least for the pause.
func (n *network) load(ctx context.Context, s *stage, jobs []job, gas gasLimits, pause time.Duration) (*stage, error) {
	nodes, err := n.cpu()
	if err != nil {
		return nil, err
	}
	self, err := measure.Process(os.Getpid())
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { n.watchMempool(watching, &s.waiting) })
	s.from = time.Now()
	s.sent = n.offer(ctx, jobs, gas)
	err = n.drain(ctx, s.from.Add(pause))
	stop()
	watcher.Wait()
	if err != nil {
		return nil, err
	}
	s.until = time.Now()
	after, err := n.cpu()
	if err != nil {
		return nil, err
	}
	selfAfter, err := measure.Process(os.Getpid())
	s.nodes, s.load = after-nodes, selfAfter.CPU-self.CPU
	return s, err
}

// watchMempool keeps the most that it sees in the first node's mempool, once a second.
func (n *network) watchMempool(ctx context.Context, most *mempool) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if now, err := n.nodes[0].rpc.NumUnconfirmedTxs(ctx); err == nil {
			most.txs, most.bytes = max(most.txs, now.Total), max(most.bytes, now.TotalBytes)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// drain waits until a time has come and all mempools are empty.
func (n *network) drain(ctx context.Context, earliest time.Time) error {
	return n.await(ctx, "the mempools become empty", func(ctx context.Context) (bool, error) {
		if time.Now().Before(earliest) {
			return false, nil
		}
		for _, node := range n.nodes {
			waiting, err := node.rpc.NumUnconfirmedTxs(ctx)
			if err != nil || waiting.Total > 0 {
				return false, nil //nolint:nilerr // a node that is too busy to answer is asked again
			}
		}
		return true, nil
	})
}

// errDrifted says that the subnets no longer begin their epochs together.
var errDrifted = errors.New("the subnets are in different epochs: take a longer --tempo, or less of --subnets and --miners")

// awaitEpoch waits until every subnet is in its i-th epoch or later, and returns which one it is.
func (n *network) awaitEpoch(ctx context.Context, i uint64) (uint64, error) {
	var epoch uint64
	err := n.await(ctx, fmt.Sprintf("epoch %d begins", i), func(ctx context.Context) (bool, error) {
		block, err := n.chain.Latest(ctx)
		if err != nil {
			return false, nil //nolint:nilerr // a node that is too busy to answer is asked again
		}
		subnets, err := n.chain.Subnets(ctx, block.Height)
		if err != nil || len(subnets) == 0 {
			return false, nil //nolint:nilerr // likewise
		}
		epoch = subnets[0].Epoch
		for _, subnet := range subnets {
			if subnet.Epoch < i || subnet.EpochStartHeight > block.Height {
				return false, nil
			}
			if subnet.Epoch != epoch {
				return false, errDrifted
			}
		}
		return true, nil
	})
	return epoch, err
}
