package miner

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
)

// learner is a server that tells its context with its first token, for which it waits until it is let.
type learner struct {
	remoteEngine
	let     chan struct{}
	context atomic.Int64
}

func (l *learner) Info() engine.Info {
	return engine.Info{Driver: "tiny", Model: "tiny-1", MaxContext: int(l.context.Load())}
}

func (l *learner) Ready(ctx context.Context) error {
	select {
	case <-l.let:
		l.context.CompareAndSwap(0, 4096)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestTheFirstRecordHasTheContextThatTheFirstTokenTells(t *testing.T) {
	server := &learner{remoteEngine: remoteEngine{tinyEngine: &tinyEngine{}}, let: make(chan struct{})}
	chain := newFakeChain()
	m, err := Start(context.Background(), Options{Config: testConfig(t), Signer: keyOf(t, 2), Engine: server, Chain: chain, Log: discard()})
	require.NoError(t, err)
	t.Cleanup(func() {
		m.Stop()
		require.NoError(t, m.Wait())
	})
	height := int64(0)
	next := func(served Served) {
		height++
		chain.views <- View{Height: height, Epoch: 1, Running: true, Miner: &Record{UID: 3, ID: 8, Served: served}}
		require.Eventually(t, func() bool { return m.state.snapshot().view.Height == height }, 10*time.Second, time.Millisecond)
	}
	for range 3 {
		next(Served{})
	}
	require.Empty(t, chain.records(), "nothing is known of the server yet")

	close(server.let)
	require.Eventually(t, func() bool {
		next(Served{})
		return len(chain.records()) > 0
	}, 10*time.Second, time.Millisecond)
	record := chain.records()[0]
	require.EqualValues(t, 4096, record.Context)

	server.context.Store(8192) // the server was started again with another
	require.Eventually(t, func() bool {
		next(record)
		records := chain.records()
		return records[len(records)-1].Context == 8192
	}, 10*time.Second, time.Millisecond)
}
