package chainclient

import (
	"context"
	"time"
)

// maxGap is how many missed blocks are delivered one by one after an interruption. Of a longer one only the newest are,
// and the first of them says how many were left out.
const maxGap = 128

// stallFactor is after how many block intervals without a block the other endpoints are asked for their heights.
const stallFactor = 10

// FollowedBlock is a block as [Client.Follow] delivers it.
type FollowedBlock struct {
	Block
	// Newest is false for a block that is delivered late, to fill a gap: there are newer ones already.
	Newest bool
	// Skipped is how many blocks before this one were left out of a long gap.
	Skipped int64
}

// FollowOptions tune [Client.Follow].
type FollowOptions struct {
	// From is the first height to deliver. Default: the newest at the start.
	From int64
	// OnTrouble, when set, hears of every failure to reach the chain; nil when it is reached again.
	OnTrouble func(err error)
}

// Follow calls fn for every block in order and returns when ctx ends or fn fails. A block is delivered once the
// application's state after it can be read. An unreachable chain is waited for.
//
// It polls for the height of the application, at the pace of the chain: mostly twice per block, which costs node and
// daemon about a millisecond.
func (c *Client) Follow(ctx context.Context, options FollowOptions, fn func(ctx context.Context, block FollowedBlock) error) error {
	follower := follower{client: c, options: options, next: options.From}
	for {
		wait, err := follower.poll(ctx, fn)
		if err != nil {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

type follower struct {
	client  *Client
	options FollowOptions
	// next is the height to deliver next; 0 before the first block.
	next int64
	// last is the last delivered block, and arrived when it was seen.
	last    Block
	arrived time.Time
	// failures to reach the chain in a row.
	failures int
	// stalled is when the other endpoints were last asked, for want of blocks.
	stalled time.Time
}

// poll delivers what is new and says how long to wait before the next poll.
func (f *follower) poll(ctx context.Context, fn func(ctx context.Context, block FollowedBlock) error) (time.Duration, error) {
	blocks, err := f.read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if f.options.OnTrouble != nil {
			f.options.OnTrouble(err)
		}
		f.failures++
		return min(f.client.config.MinPoll<<min(f.failures, 10), f.client.config.MaxPoll), nil
	}
	if f.failures > 0 && f.options.OnTrouble != nil {
		f.options.OnTrouble(nil)
	}
	f.failures = 0
	now := f.client.config.Now()
	if len(blocks) > 0 {
		f.arrived = now
	}
	for _, block := range blocks {
		if err := fn(ctx, block); err != nil {
			return 0, err
		}
	}
	return f.pause(ctx, f.client.config.Now()), nil
}

// read returns the blocks that are due, oldest first.
func (f *follower) read(ctx context.Context) ([]FollowedBlock, error) {
	c := f.client
	var newest int64
	var headers []header
	err := c.do(ctx, func(ctx context.Context, rpc *rpcClient) error {
		headers = headers[:0]
		var err error
		if newest, err = rpc.appHeight(ctx); err != nil {
			return err
		}
		first := f.next
		if first == 0 {
			first = newest
		}
		for height := max(first, newest-maxGap+1, 1); height <= newest; height++ {
			head, err := rpc.header(ctx, height)
			if err != nil {
				return &transportError{err}
			}
			headers = append(headers, head)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.see(newest)
	blocks := make([]FollowedBlock, 0, len(headers))
	for _, head := range headers {
		block := FollowedBlock{Block: Block{Height: int64(head.Height), Time: head.Time}, Newest: int64(head.Height) == newest}
		if f.next > 0 {
			block.Skipped = block.Height - f.next
		}
		c.observePace(f.last, block.Block)
		f.last, f.next = block.Block, block.Height+1
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// pause is how long to wait for the next block: most of what is left of a block interval, then small steps.
func (f *follower) pause(ctx context.Context, now time.Time) time.Duration {
	config := f.client.config
	interval := f.client.BlockInterval()
	if interval == 0 {
		return min(config.MinPoll*4, config.MaxPoll)
	}
	waited := now.Sub(f.arrived)
	if left := interval*9/10 - waited; left > 0 {
		return min(max(left, config.MinPoll), config.MaxPoll)
	}
	if stall := max(stallFactor*interval, 5*time.Second); len(f.client.endpoints) > 1 && waited > stall && now.Sub(f.stalled) > stall {
		f.stalled = now
		f.client.PreferHighest(ctx)
	}
	return min(max(interval/8, config.MinPoll), config.MaxPoll)
}

// observePace folds the time between two consecutive blocks into the estimate of the block interval.
func (c *Client) observePace(before, after Block) {
	if before.Height == 0 || after.Height != before.Height+1 {
		return
	}
	elapsed := after.Time.Sub(before.Time)
	if elapsed <= 0 {
		return
	}
	old := c.pace.Load()
	if old == 0 {
		c.pace.Store(int64(elapsed))
		return
	}
	c.pace.Store(old + (int64(elapsed)-old)/4)
}

// sleep waits or returns the error of ctx.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
