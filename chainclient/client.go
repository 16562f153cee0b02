package chainclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Client talks to the chain through the best of its endpoints. It starts nothing in the background.
type Client struct {
	config    Config
	endpoints []*endpoint
	// seen is the greatest height that any endpoint reported.
	seen atomic.Int64
	// pace is the estimated time between two blocks in nanoseconds; 0 until two blocks were seen.
	pace atomic.Int64

	mu      sync.Mutex // guards current and the mutable fields of every endpoint
	current int
}

// endpoint is one node. Its mutable fields are guarded by Client.mu.
type endpoint struct {
	rpc rpcClient
	// checked is when the node last proved to be usable; zero when that must be proved again.
	checked time.Time
	// failures in a row, and until when the node is left alone because of them.
	failures int
	retryAt  time.Time
	lastErr  error
}

const (
	firstRetry = 500 * time.Millisecond
	maxRetry   = 30 * time.Second
)

// New makes a client. It only checks the configuration: nodes may come up later.
func New(config Config) (*Client, error) {
	config.Endpoints = append([]string(nil), config.Endpoints...)
	if err := config.setDefaults(); err != nil {
		return nil, err
	}
	client := &Client{config: config}
	for _, url := range config.Endpoints {
		client.endpoints = append(client.endpoints, &endpoint{rpc: rpcClient{
			url: url, name: withoutPassword(url), http: config.HTTP, timeout: config.RequestTimeout, maxResponse: config.MaxResponse,
		}})
	}
	return client, nil
}

// ChainID is the configured chain id.
func (c *Client) ChainID() string { return c.config.ChainID }

// BlockInterval is the estimated time between two blocks; 0 while it is not known.
func (c *Client) BlockInterval() time.Duration { return time.Duration(c.pace.Load()) }

// order is the sequence in which to try endpoints: the current one first, those that are left alone last.
func (c *Client) order() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.config.Now()
	ready := make([]int, 0, len(c.endpoints))
	var resting []int
	for i := range c.endpoints {
		index := (c.current + i) % len(c.endpoints)
		if now.Before(c.endpoints[index].retryAt) {
			resting = append(resting, index)
		} else {
			ready = append(ready, index)
		}
	}
	return append(ready, resting...)
}

// do runs fn against one endpoint after the other until one gives an answer. What the chain itself refused is an
// answer; an endpoint that is away, elsewhere, catching up or behind is not.
func (c *Client) do(ctx context.Context, fn func(ctx context.Context, rpc *rpcClient) error) error {
	var failures []error
	for _, index := range c.order() {
		point := c.endpoints[index]
		err := c.ensureUsable(ctx, point)
		if err == nil {
			err = fn(ctx, &point.rpc)
			if !isEndpointFailure(err) {
				c.use(index)
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.fail(point, err)
		failures = append(failures, fmt.Errorf("%s: %w", point.rpc.name, err))
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(failures...))
}

// isEndpointFailure reports whether another endpoint may give what this one did not.
func isEndpointFailure(err error) bool {
	var transport *transportError
	return errors.As(err, &transport) || errors.Is(err, ErrHeight)
}

// ensureUsable proves from time to time that the endpoint is on the right chain and up to date.
func (c *Client) ensureUsable(ctx context.Context, point *endpoint) error {
	c.mu.Lock()
	fresh := !point.checked.IsZero() && c.config.Now().Sub(point.checked) < c.config.CheckEvery
	c.mu.Unlock()
	if fresh {
		return nil
	}
	status, err := point.rpc.status(ctx)
	if err != nil {
		return err
	}
	if err := c.judge(status); err != nil {
		return err
	}
	c.mu.Lock()
	point.checked = c.config.Now()
	c.mu.Unlock()
	return nil
}

func (c *Client) judge(status statusResult) error {
	height := int64(status.SyncInfo.Height)
	switch {
	case status.NodeInfo.Network != c.config.ChainID:
		return fmt.Errorf("%w: it is on %q, configured is %q; correct chain.id or chain.endpoints", ErrWrongChain, status.NodeInfo.Network, c.config.ChainID)
	case status.SyncInfo.CatchingUp:
		return fmt.Errorf("%w: it is at height %d; wait until it has caught up or add another endpoint", ErrCatchingUp, height)
	case height+c.config.MaxBehind < c.seen.Load():
		return fmt.Errorf("%w: it is at height %d, height %d was already seen; check that node's peers, and start this program anew if the chain was reset", ErrBehind, height, c.seen.Load())
	}
	c.see(height)
	return nil
}

func (c *Client) see(height int64) {
	for {
		seen := c.seen.Load()
		if height <= seen || c.seen.CompareAndSwap(seen, height) {
			return
		}
	}
}

func (c *Client) use(index int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != index {
		c.config.Logger.Info("chain endpoint changed",
			"from", c.endpoints[c.current].rpc.name, "to", c.endpoints[index].rpc.name)
		c.current = index
	}
	point := c.endpoints[index]
	point.failures, point.retryAt, point.lastErr = 0, time.Time{}, nil
}

func (c *Client) fail(point *endpoint, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	point.checked, point.lastErr = time.Time{}, err
	rest := min(firstRetry<<min(point.failures, 10), maxRetry)
	if errors.Is(err, ErrHeight) { // alive and merely a block behind
		rest = 0
	}
	point.failures++
	point.retryAt = c.config.Now().Add(rest)
}

// PreferHighest asks every endpoint for its height and moves to the highest one. It is for when no new block comes: the
// node in use may have lost its peers. It does nothing where no endpoint is ahead.
func (c *Client) PreferHighest(ctx context.Context) {
	best, bestHeight := -1, c.seen.Load()
	for i, report := range c.Health(ctx) {
		if report.Err == nil && report.Height > bestHeight {
			best, bestHeight = i, report.Height
		}
	}
	if best >= 0 {
		c.use(best)
	}
}

// EndpointHealth is what an endpoint says of itself.
type EndpointHealth struct {
	// URL of the endpoint.
	URL string
	// Moniker is the node's name.
	Moniker string
	// Height and Time of its newest block.
	Height int64
	Time   time.Time
	// Err is nil when the endpoint can be used.
	Err error
}

// Health asks every endpoint, in the order of the configuration.
func (c *Client) Health(ctx context.Context) []EndpointHealth {
	reports := make([]EndpointHealth, len(c.endpoints))
	var group sync.WaitGroup
	for i, point := range c.endpoints {
		group.Go(func() {
			report := EndpointHealth{URL: point.rpc.name}
			status, err := point.rpc.status(ctx)
			if err == nil {
				report.Moniker = status.NodeInfo.Moniker
				report.Height, report.Time = int64(status.SyncInfo.Height), status.SyncInfo.Time
				err = c.judge(status)
			}
			report.Err = err
			reports[i] = report
		})
	}
	group.Wait()
	return reports
}

// Block is what the header of a block says of time.
type Block struct {
	Height int64
	// Time is the time of the block: what the chain takes for the present.
	Time time.Time
}

// Latest is the newest block of which the application's state can be read.
func (c *Client) Latest(ctx context.Context) (Block, error) {
	var block Block
	err := c.do(ctx, func(ctx context.Context, rpc *rpcClient) error {
		height, err := rpc.appHeight(ctx)
		if err != nil {
			return err
		}
		if height == 0 {
			return &transportError{errors.New("the chain has no block yet")}
		}
		head, err := rpc.header(ctx, height)
		if err != nil {
			return &transportError{err}
		}
		c.see(height)
		block = Block{Height: height, Time: head.Time}
		return nil
	})
	return block, err
}
