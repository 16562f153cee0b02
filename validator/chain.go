package validator

import (
	"context"
	"errors"
	"time"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Block is a block after which the chain's state can be read.
type Block struct {
	Height int64
	// Time is the chain's present.
	Time time.Time
}

// newest stands for the newest height where a height is asked for.
const newest = 0

// Chain is all that the daemon needs of the chain. Its methods may be called by many goroutines
// at once. A height of 0 is the newest.
type Chain interface {
	// Follow calls fn for new blocks in order and returns when ctx ends or fn fails. An unreachable chain is waited for;
	// trouble hears of it, and hears nil when the chain is reached again. Blocks that are no longer the newest may be
	// left out.
	Follow(ctx context.Context, trouble func(err error), fn func(ctx context.Context, block Block) error) error
	// Subnets lists all subnets at a height.
	Subnets(ctx context.Context, height int64) ([]subnettypes.Subnet, error)
	// Epoch reads the epoch under way at a height; the error wraps ErrNoEpoch when there is none.
	Epoch(ctx context.Context, height int64, netuid uint32) (Epoch, error)
	// Benchmark reads a version of a subnet's benchmark with its spec.
	Benchmark(ctx context.Context, netuid, benchmark, version uint32) (subnettypes.BenchmarkVersion, error)
	// Miners lists the miners of a subnet at a height, by slot.
	Miners(ctx context.Context, height int64, netuid uint32) ([]subnettypes.Miner, error)
	// FindCommit reads the commit of a row as of a height, and whether there is one.
	FindCommit(ctx context.Context, height int64, key store.Key) (subnettypes.ScoreCommit, bool, error)
	// FindRow reads a row as of a height, and whether the chain shows one.
	FindRow(ctx context.Context, height int64, key store.Key) (subnettypes.ScoreRow, bool, error)
	// Commit, Reveal and Set send a message and return the height of the block that includes it. Their errors wrap
	// ErrClosed or ErrRepeated where the chain refuses for good, and ErrPaused where it does while the subnet is paused.
	Commit(ctx context.Context, message *subnettypes.MsgCommitScores) (int64, error)
	Reveal(ctx context.Context, message *subnettypes.MsgRevealScores) (int64, error)
	Set(ctx context.Context, message *subnettypes.MsgSetScores) (int64, error)
}

// The answers of the chain that decide what to do next.
var (
	// ErrNoEpoch: the subnet does not run, or its next epoch begins in the next block.
	ErrNoEpoch = errors.New("no epoch is under way")
	// ErrRepeated: the chain has this commit or row already, or another in its place: read it.
	ErrRepeated = errors.New("the chain has one already")
	// ErrClosed: the chain will never accept it: the window has closed, the permit or version is another, or the subnet
	// takes scores in another way.
	ErrClosed = errors.New("refused for good")
	// ErrPaused: governance has paused the subnet.
	ErrPaused = errors.New("the subnet is paused")
)

// Epoch is an epoch under way.
type Epoch struct {
	subnettypes.Epoch
	// RevealUntil is the last height at which the rows of the epoch before may be revealed.
	RevealUntil int64
	// Direct is whether the subnet takes rows in the open while they are made, in place of commit and reveal.
	Direct bool
}

// permit finds a hotkey's permit; nil when it holds none.
func (e Epoch) permit(hotkey string) *subnettypes.Permit {
	for i := range e.Permits {
		if e.Permits[i].Hotkey == hotkey {
			return &e.Permits[i]
		}
	}
	return nil
}

// The schedule of an epoch, in percent of its blocks. An epoch of 10 blocks is asked in blocks 1 to 5 and committed in 7
// or 8, one of 360 in blocks 18 to 215 and by 270.
const (
	// askFromPercent leaves miners time to notice the new epoch; at least one block.
	askFromPercent = 5
	// askUntilPercent is where the last question is asked.
	askUntilPercent = 60
	// closePercent is where answers are no longer waited for and the row is made, leaving a quarter of the epoch to
	// commit.
	closePercent = 70
)

// schedule is the block heights of one epoch that matter.
type schedule struct {
	// askFrom and askUntil are the first and the last block at which a question is asked.
	askFrom, askUntil int64
	// closeAt is the block at which answers are no longer waited for.
	closeAt int64
}

func newSchedule(epoch subnettypes.Epoch) schedule {
	length := epoch.EndHeight - epoch.StartHeight + 1
	s := schedule{
		askFrom:  epoch.StartHeight + max(length*askFromPercent/100, 1),
		askUntil: epoch.StartHeight + length*askUntilPercent/100 - 1,
		closeAt:  epoch.StartHeight + length*closePercent/100,
	}
	// In an epoch of a few blocks everything moves to the front.
	s.askFrom = min(s.askFrom, epoch.EndHeight)
	s.askUntil = max(s.askUntil, s.askFrom)
	s.closeAt = max(s.closeAt, s.askUntil+1)
	return s
}

// due is the block at which question number index of count is asked.
func (s schedule) due(index, count int) int64 {
	blocks := s.askUntil - s.askFrom + 1
	return s.askFrom + blocks*int64(index)/int64(max(count, 1))
}
