package miner

import (
	"context"
	"fmt"
	"log/slog"
)

const (
	// maxPublishPause is the longest pause between two attempts to publish, in blocks.
	maxPublishPause = 64
	// remindEvery is how often an unregistered miner is told what to do, in blocks.
	remindEvery = 100
)

// publisher makes the record on the chain say what it should. It compares after every block and acts on the difference,
// so it does not matter whether an earlier attempt was lost, or what a replaced or restored record says.
//
// It is used by one goroutine.
type publisher struct {
	chain   Chain
	state   *state
	metrics *metrics
	log     *slog.Logger
	// desired is the record that the miner should have, and whether that is known yet.
	desired func() (record Served, known bool)
	// howToRegister is the command that registers this miner.
	howToRegister string

	failures   int
	retryAt    int64 // height
	remindAt   int64 // height
	registered bool
}

// run reconciles with every view that comes; views that were overtaken are dropped by the sender.
func (p *publisher) run(ctx context.Context, views <-chan View) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case view := <-views:
			p.reconcile(ctx, view)
		}
	}
}

func (p *publisher) reconcile(ctx context.Context, view View) {
	if view.Removed { // there is nothing to publish to, and nothing to register for
		p.state.setPublished(false, nil)
		p.registered = false
		return
	}
	if view.Miner == nil {
		p.state.setPublished(false, nil)
		if p.registered || view.Height >= p.remindAt {
			p.log.Warn("this hotkey is not registered on the subnet, so no validator will ask it", "height", view.Height, "do", p.howToRegister)
			p.remindAt = view.Height + remindEvery
		}
		p.registered = false
		return
	}
	if !p.registered {
		p.registered = true
		p.log.Info("registered", "uid", view.Miner.UID, "miner_id", view.Miner.ID, "owner", view.Miner.Owner)
	}
	desired, known := p.desired()
	if !known {
		return
	}
	if view.Miner.Served.Equal(desired) {
		p.failures, p.retryAt = 0, 0
		p.state.setPublished(true, nil)
		return
	}
	if view.Height < p.retryAt {
		return
	}
	if err := p.chain.Serve(ctx, desired); err != nil {
		if ctx.Err() != nil {
			return
		}
		p.metrics.failures.Inc()
		p.retryAt = view.Height + min(int64(1)<<min(p.failures, 10), maxPublishPause)
		p.failures++
		p.state.setPublished(false, fmt.Errorf("publish the endpoint: %w", err))
		p.log.Warn("could not publish the endpoint; trying again", "at_height", p.retryAt, "error", err)
		return
	}
	p.metrics.published.Inc()
	// A view that was read before the transaction may still be on its way.
	p.retryAt = view.Height + 2
	p.log.Info("published the endpoint", "endpoints", desired.Endpoints, "model", desired.Model, "context", desired.Context)
}

// offer replaces what waits in a channel of one view, so that the reader always gets the newest.
func offer(views chan View, view View) {
	for {
		select {
		case views <- view:
			return
		default:
		}
		select {
		case <-views:
		default:
		}
	}
}
