package paced

import (
	"context"
	"sync"
	"time"

	abcicli "github.com/cometbft/cometbft/abci/client"
	abci "github.com/cometbft/cometbft/abci/types"
	cmtsync "github.com/cometbft/cometbft/libs/sync"
)

// glance is how often a proposer that stands still looks whether transactions wait: CometBFT tells nobody.
const glance = 2 * time.Millisecond

// pace says which heights may be proposed.
type pace struct {
	mu     sync.Mutex
	upTo   int64
	open   bool
	moved  chan struct{}
	queued func() int // transactions that wait; nil at first
}

func newPace() *pace { return &pace{moved: make(chan struct{})} }

// reach allows all blocks up to a height.
func (p *pace) reach(height int64) {
	p.change(func() { p.upTo = max(p.upTo, height) })
}

// watch lets transactions bring blocks about.
func (p *pace) watch(queued func() int) { p.change(func() { p.queued = queued }) }

// free allows all blocks.
func (p *pace) free() { p.change(func() { p.open = true }) }

func (p *pace) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
	close(p.moved)
	p.moved = make(chan struct{})
}

// allows tells whether a height may be proposed; if not, moved says when to ask again.
func (p *pace) allows(height int64) (ok bool, moved <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open || height <= p.upTo || p.queued != nil && p.queued() > 0, p.moved
}

// await returns when a height may be proposed.
func (p *pace) await(ctx context.Context, height int64) error {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		ok, moved := p.allows(height)
		if ok {
			return nil
		}
		select {
		case <-moved:
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pacedClient stands between CometBFT and the app. All clients of one app share a lock, as those of a node do; waiting happens before
// it is taken.
type pacedClient struct {
	abcicli.Client
	pace *pace
}

// PrepareProposal proposes a block when it is due.
func (c pacedClient) PrepareProposal(ctx context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	if err := c.pace.await(ctx, req.Height); err != nil {
		return nil, err
	}
	return c.Client.PrepareProposal(ctx, req)
}

// creator makes the clients of one app; it is a proxy.ClientCreator.
type creator struct {
	lock *cmtsync.Mutex
	app  abci.Application
	pace *pace
}

// NewABCIClient makes a client that paces proposals.
func (c creator) NewABCIClient() (abcicli.Client, error) {
	return pacedClient{Client: abcicli.NewLocalClient(c.lock, c.app), pace: c.pace}, nil
}
