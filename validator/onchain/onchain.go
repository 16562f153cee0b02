// Package onchain is what a validator needs of the chain, over package chainclient.
package onchain

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Chain implements [validator.Chain].
type Chain struct {
	client *chainclient.Client
	sender *chainclient.Sender
}

var _ validator.Chain = (*Chain)(nil)

// New makes the chain of a client, and of a sender with the hotkey. Without a sender nothing can be sent.
func New(client *chainclient.Client, sender *chainclient.Sender) *Chain {
	return &Chain{client: client, sender: sender}
}

// Follow implements [validator.Chain]. Only newest blocks are delivered: what was due in an older one is past.
func (c *Chain) Follow(ctx context.Context, trouble func(error), fn func(context.Context, validator.Block) error) error {
	return c.client.Follow(ctx, chainclient.FollowOptions{OnTrouble: trouble}, func(ctx context.Context, block chainclient.FollowedBlock) error {
		if !block.Newest {
			return nil
		}
		return fn(ctx, validator.Block{Height: block.Height, Time: block.Time})
	})
}

// Subnets implements [validator.Chain].
func (c *Chain) Subnets(ctx context.Context, height int64) ([]subnettypes.Subnet, error) {
	return c.client.Subnets(ctx, height)
}

// Epoch implements [validator.Chain]. Between the block that closes an epoch and the one that begins the next, the chain
// answers with an epoch that has no beacon yet. Parameters hold for whole epochs, so one look per epoch tells how its
// scores are taken.
func (c *Chain) Epoch(ctx context.Context, height int64, netuid uint32) (validator.Epoch, error) {
	response, err := c.client.Subnet(height).Epoch(ctx, &subnettypes.QueryEpochRequest{Netuid: netuid})
	if _, refused := errors.AsType[*chainclient.QueryError](err); refused && !errors.Is(err, chainclient.ErrHeight) {
		return validator.Epoch{}, fmt.Errorf("%w on subnet %d: %w", validator.ErrNoEpoch, netuid, err)
	}
	if err != nil {
		return validator.Epoch{}, err
	}
	if len(response.Epoch.Beacon) == 0 {
		return validator.Epoch{}, fmt.Errorf("%w on subnet %d: epoch %d begins at height %d", validator.ErrNoEpoch, netuid, response.Epoch.Index, response.Epoch.StartHeight)
	}
	subnet, err := c.client.Subnet(height).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	if err != nil {
		return validator.Epoch{}, fmt.Errorf("read how subnet %d takes scores: %w", netuid, err)
	}
	return validator.Epoch{Epoch: response.Epoch, RevealUntil: response.RevealUntil, Direct: subnet.Subnet.Params.DirectScores}, nil
}

// Benchmark implements [validator.Chain].
func (c *Chain) Benchmark(ctx context.Context, netuid, benchmark, version uint32) (subnettypes.BenchmarkVersion, error) {
	return c.client.BenchmarkVersion(ctx, netuid, benchmark, version)
}

// Miners implements [validator.Chain].
func (c *Chain) Miners(ctx context.Context, height int64, netuid uint32) ([]subnettypes.Miner, error) {
	return c.client.Miners(ctx, height, netuid)
}

// FindCommit implements [validator.Chain].
func (c *Chain) FindCommit(ctx context.Context, height int64, key store.Key) (subnettypes.ScoreCommit, bool, error) {
	return c.client.Commit(ctx, height, scoresOf(key))
}

// FindRow implements [validator.Chain].
func (c *Chain) FindRow(ctx context.Context, height int64, key store.Key) (subnettypes.ScoreRow, bool, error) {
	return c.client.Row(ctx, height, scoresOf(key))
}

// PastEpoch returns an epoch by its number. Heights are tried in turn: the newest, where the chain keeps a few epochs, then
// one of the epoch itself, whose state only some nodes have. It is nil where none has it.
func (c *Chain) PastEpoch(ctx context.Context, netuid uint32, index uint64, heights ...int64) (*subnettypes.Epoch, error) {
	for _, height := range heights {
		epoch, found, err := c.client.PastEpoch(ctx, height, netuid, index)
		if err != nil && !errors.Is(err, chainclient.ErrHeight) {
			return nil, err
		}
		if found && len(epoch.Beacon) > 0 {
			return &epoch, nil
		}
	}
	return nil, nil //nolint:nilnil // it is not kept, which is no failure
}

func scoresOf(key store.Key) chainclient.Scores {
	return chainclient.Scores{Netuid: key.Netuid, Epoch: key.Epoch, Benchmark: key.Benchmark, Hotkey: key.Hotkey}
}

// Commit implements [validator.Chain].
func (c *Chain) Commit(ctx context.Context, message *subnettypes.MsgCommitScores) (int64, error) {
	result, err := c.sender.Send(ctx, message)
	return result.Height, judge(err)
}

// Reveal implements [validator.Chain].
func (c *Chain) Reveal(ctx context.Context, message *subnettypes.MsgRevealScores) (int64, error) {
	result, err := c.sender.Send(ctx, message)
	return result.Height, judge(err)
}

// Set implements [validator.Chain].
func (c *Chain) Set(ctx context.Context, message *subnettypes.MsgSetScores) (int64, error) {
	result, err := c.sender.Send(ctx, message)
	return result.Height, judge(err)
}

// Refusals of the chain after which the same message can never succeed, and those that say it did already. ErrWrongEpoch is
// not among them: a node that is a block behind gives it, too, and the daemon stops by itself when the epoch has ended.
var (
	closed = []chainclient.RegisteredError{
		subnettypes.ErrNoPermit, subnettypes.ErrWrongBenchmarkVersion, subnettypes.ErrRevealTooLate,
		subnettypes.ErrNoCommit, subnettypes.ErrHashMismatch, subnettypes.ErrTooManyEntries, subnettypes.ErrUnknownMiner,
		subnettypes.ErrSubnetNotFound, subnettypes.ErrBenchmarkNotScored, subnettypes.ErrDirectScores, subnettypes.ErrCommitRevealOnly,
	}
	repeated = []chainclient.RegisteredError{
		subnettypes.ErrAlreadyCommitted, subnettypes.ErrAlreadyRevealed, subnettypes.ErrScoresSetAlready,
	}
)

func judge(err error) error {
	for _, registered := range repeated {
		if chainclient.IsCode(err, registered) {
			return fmt.Errorf("%w: %w", validator.ErrRepeated, err)
		}
	}
	if chainclient.IsCode(err, subnettypes.ErrSubnetPaused) {
		return fmt.Errorf("%w: %w", validator.ErrPaused, err)
	}
	for _, registered := range closed {
		if chainclient.IsCode(err, registered) {
			return fmt.Errorf("%w: %w", validator.ErrClosed, err)
		}
	}
	return err
}
