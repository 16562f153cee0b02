// Package gate admits a bounded number of requests to an engine and lets Close
// wait for them.
package gate

import (
	"fmt"
	"sync"

	"github.com/agora-network/agora/engine"
)

// Gate is safe for concurrent use. The zero value admits nothing; use New.
type Gate struct {
	limit int

	mu      sync.Mutex // guards the fields below
	inside  int
	closed  bool
	running sync.WaitGroup
}

// New returns a gate that admits limit requests at once.
func New(limit int) *Gate { return &Gate{limit: limit} }

// Enter admits a request or returns ErrBusy or ErrClosed. It never waits. The
// caller calls leave once, when the request is over.
func (g *Gate) Enter() (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, engine.ErrClosed
	}
	if g.inside >= g.limit {
		return nil, fmt.Errorf("%w: %d requests are running", engine.ErrBusy, g.inside)
	}
	g.inside++
	g.running.Add(1)
	return func() {
		g.mu.Lock()
		g.inside--
		g.mu.Unlock()
		g.running.Done()
	}, nil
}

// Close refuses further requests and waits for those inside.
func (g *Gate) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
