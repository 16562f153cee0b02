// Package onchain is what a validator needs of the chain, over package chainclient.
package onchain

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/validator"
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
// answers with an epoch that has no beacon yet.
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
	return validator.Epoch{Epoch: response.Epoch, RevealUntil: response.RevealUntil}, nil
}

// Benchmark implements [validator.Chain].
func (c *Chain) Benchmark(ctx context.Context, netuid, version uint32) (subnettypes.BenchmarkVersion, error) {
	response, err := c.client.Subnet(0).Benchmark(ctx, &subnettypes.QueryBenchmarkRequest{Netuid: netuid, Version: version})
	if err != nil {
		return subnettypes.BenchmarkVersion{}, err
	}
	return response.Benchmark, nil
}

// Miners implements [validator.Chain].
func (c *Chain) Miners(ctx context.Context, height int64, netuid uint32) ([]subnettypes.Miner, error) {
	return c.client.Miners(ctx, height, netuid)
}

// FindCommit implements [validator.Chain].
func (c *Chain) FindCommit(ctx context.Context, height int64, netuid uint32, epoch uint64, hotkey string) (subnettypes.ScoreCommit, bool, error) {
	response, err := c.client.Subnet(height).Commit(ctx, &subnettypes.QueryCommitRequest{Netuid: netuid, Epoch: epoch, Hotkey: hotkey})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		return subnettypes.ScoreCommit{}, false, nil
	case err != nil:
		return subnettypes.ScoreCommit{}, false, err
	}
	return response.Commit, true, nil
}

// Row implements [validator.Chain].
func (c *Chain) Row(ctx context.Context, height int64, netuid uint32, epoch uint64, hotkey string) (subnettypes.ScoreRow, error) {
	response, err := c.client.Subnet(height).Row(ctx, &subnettypes.QueryRowRequest{Netuid: netuid, Epoch: epoch, Hotkey: hotkey})
	if err != nil {
		return subnettypes.ScoreRow{}, err
	}
	return response.Row, nil
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

// Refusals of the chain after which the same message can never succeed, and those that say it did already. ErrWrongEpoch is
// not among them: a node that is a block behind gives it, too, and the daemon stops by itself when the epoch has ended.
var (
	closed = []chainclient.RegisteredError{
		subnettypes.ErrNoPermit, subnettypes.ErrWrongBenchmarkVersion, subnettypes.ErrRevealTooLate,
		subnettypes.ErrNoCommit, subnettypes.ErrHashMismatch, subnettypes.ErrTooManyEntries, subnettypes.ErrUnknownMiner,
		subnettypes.ErrSubnetNotFound,
	}
	repeated = []chainclient.RegisteredError{subnettypes.ErrAlreadyCommitted, subnettypes.ErrAlreadyRevealed}
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
