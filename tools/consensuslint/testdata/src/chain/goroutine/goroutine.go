package goroutine

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

func start() {
	go work() // want `start a goroutine`
}

func work() {}

func channels(c chan int) int { // want `use a channel`
	c <- 1             // want `send on a channel`
	v := <-c           // want `receive from a channel`
	for w := range c { // want `range over a channel`
		v += w
	}
	return v
}

func choose(done <-chan struct{}) { // want `use a channel`
	select { // want `select: it picks a ready case at random`
	default:
	}
}

func spawn(ctx context.Context, g *errgroup.Group, w *sync.WaitGroup) {
	g.Go(func() error { return nil }) // want `it starts a goroutine`
	w.Go(work)                        // want `it starts a goroutine`
	context.AfterFunc(ctx, work)      // want `it starts a goroutine`
}

// A lock does not decide anything by itself.
func locked(m *sync.Mutex) {
	m.Lock()
	defer m.Unlock()
}

// allowed shows that the comment of a function covers its body.
//
//consensus:allow goroutine started once at construction and never touched by a block
func allowed(stop chan struct{}) {
	go func() {
		<-stop
	}()
}
