package validator

import (
	"context"
	"sync"
)

// errand is work that runs beside the blocks, at most one at a time. Its methods are called by one goroutine.
type errand struct {
	cancel context.CancelFunc
	done   chan struct{}
	group  sync.WaitGroup
}

// busy reports whether the work still runs.
func (e *errand) busy() bool {
	if e.done == nil {
		return false
	}
	select {
	case <-e.done:
		return false
	default:
		return true
	}
}

// start runs work, which must return soon after its context ends. The one before must have finished.
func (e *errand) start(ctx context.Context, work func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	e.cancel, e.done = cancel, done
	e.group.Go(func() {
		defer close(done)
		defer cancel()
		work(ctx)
	})
}

// stop cancels the work and waits for it.
func (e *errand) stop() {
	if e.cancel != nil {
		e.cancel()
	}
	e.group.Wait()
	e.cancel, e.done = nil, nil
}
