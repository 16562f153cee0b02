// Package flight lets callers that want the same thing at the same time share one
// effort. A [Group] may be used by many goroutines; its zero value is ready.
package flight

import (
	"context"
	"sync"
)

// Group is a set of efforts under way, by key.
type Group[K comparable, V any] struct {
	mu      sync.Mutex // guards running and the waiters of every effort
	running map[K]*effort[V]
}

type effort[V any] struct {
	done    chan struct{} // closed when value and err are set
	cancel  context.CancelFunc
	waiters int
	value   V
	err     error
}

// Do returns what work returns, which all callers share that ask for the key before
// it has returned. A caller whose context ends leaves with its error; the context of
// the work ends when nobody waits for it any more, and carries the values of the
// first caller's.
func (g *Group[K, V]) Do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	if err := ctx.Err(); err != nil {
		var none V
		return none, context.Cause(ctx)
	}
	e := g.join(ctx, key, work)
	select {
	case <-e.done:
		return e.value, e.err
	case <-ctx.Done():
		g.leave(key, e)
		var none V
		return none, context.Cause(ctx)
	}
}

func (g *Group[K, V]) join(ctx context.Context, key K, work func(context.Context) (V, error)) *effort[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.running[key]; ok {
		e.waiters++
		return e
	}
	if g.running == nil {
		g.running = make(map[K]*effort[V])
	}
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e := &effort[V]{done: make(chan struct{}), cancel: cancel, waiters: 1}
	g.running[key] = e
	go func() {
		defer cancel()
		e.value, e.err = work(shared)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.forget(key, e)
		close(e.done)
	}()
	return e
}

// leave gives up one caller's wait. An effort that nobody waits for is stopped and
// forgotten, so that the next caller starts its own.
func (g *Group[K, V]) leave(key K, e *effort[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.waiters--; e.waiters == 0 {
		e.cancel()
		g.forget(key, e)
	}
}

func (g *Group[K, V]) forget(key K, e *effort[V]) {
	if g.running[key] == e {
		delete(g.running, key)
	}
}
