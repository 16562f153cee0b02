package validator

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// advanceDelivery sends the row of the epoch under way until the chain shows it: its hash, or the row itself where the
// subnet takes rows in the open. Every lane sends transactions of its own, so that what is refused for one benchmark holds
// up no other.
func (l *lane) advanceDelivery(ctx context.Context, block Block) {
	row := l.row(&l.current)
	if row == nil || row.Stage != store.StageSealed || l.delivering.busy() {
		return
	}
	if l.dryRun {
		l.setPhase(PhaseWait, "dry run: nothing is sent")
		return
	}
	l.delivering.start(ctx, func(ctx context.Context) {
		if row.Direct {
			height, err := l.set(ctx, block.Height, *row)
			l.settle(ctx, row.Key, "set", err, revealedAt(height))
			return
		}
		height, err := l.commit(ctx, block.Height, *row)
		l.settle(ctx, row.Key, "commit", err, func(row *store.Round) {
			row.Stage, row.CommitHeight = store.StageCommitted, height
		})
	})
}

func revealedAt(height int64) func(row *store.Round) {
	return func(row *store.Round) { row.Stage, row.RevealHeight = store.StageRevealed, height }
}

// commit makes the chain show the hash of a row and returns the height at which it stands there.
func (l *lane) commit(ctx context.Context, height int64, row store.Round) (int64, error) {
	commit, found, err := l.chain.FindCommit(ctx, height, row.Key)
	if err != nil {
		return 0, err
	}
	if !found {
		height, err = l.chain.Commit(ctx, &subnettypes.MsgCommitScores{
			Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, BenchmarkVersion: row.Version, Hash: row.Hash,
		})
		if errors.Is(err, ErrRepeated) { // by an attempt whose outcome was not seen
			height, err = newest, nil
		}
		if err != nil {
			return 0, err
		}
		if commit, found, err = l.chain.FindCommit(ctx, height, row.Key); err != nil {
			return 0, fmt.Errorf("read the commit back: %w", err)
		}
		if !found {
			return 0, errors.New("read the commit back: the chain does not show it")
		}
	}
	if !bytes.Equal(commit.Hash, row.Hash) {
		return 0, fmt.Errorf("%w: the chain shows the hash %x, ours is %x; another validator process uses this hotkey: stop one of them", errForeign, commit.Hash, row.Hash)
	}
	return commit.Height, nil
}

// errForeign: somebody else holds the hotkey. It is final.
var errForeign = errors.New("what the chain shows is not ours")

// set makes the chain show a row that is set in the open and returns the height at which it stands there.
func (l *lane) set(ctx context.Context, height int64, row store.Round) (int64, error) {
	shown, found, err := l.chain.FindRow(ctx, height, row.Key)
	if err != nil {
		return 0, err
	}
	if found {
		return shown.Height, compareRow(row, shown)
	}
	height, err = l.chain.Set(ctx, &subnettypes.MsgSetScores{
		Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, BenchmarkVersion: row.Version,
		MinerIds: row.MinerIDs, Weights: row.Weights, EvidenceRoot: row.Root, Items: row.Items,
	})
	if errors.Is(err, ErrRepeated) { // by an attempt whose outcome was not seen
		height, err = newest, nil
	}
	if err != nil {
		return 0, err
	}
	return l.readBack(ctx, height, row)
}

// advanceReveal opens the row of the epoch before until the chain shows it.
func (l *lane) advanceReveal(ctx context.Context, block Block) {
	row := l.row(&l.previous)
	if row == nil || l.dryRun || (row.Stage != store.StageSealed && row.Stage != store.StageCommitted) || l.revealing.busy() {
		return
	}
	until := l.epoch.RevealUntil
	l.revealing.start(ctx, func(ctx context.Context) {
		if row.Direct {
			height, err := l.findSet(ctx, block.Height, *row)
			l.settle(ctx, row.Key, "set", err, revealedAt(height))
			return
		}
		height, err := l.reveal(ctx, block.Height, until, *row)
		l.settle(ctx, row.Key, "reveal", err, revealedAt(height))
	})
}

// findSet finds out whether a row that was to be set in the epoch before got onto the chain.
func (l *lane) findSet(ctx context.Context, height int64, row store.Round) (int64, error) {
	shown, found, err := l.chain.FindRow(ctx, height, row.Key)
	if err == nil && !found {
		err = fmt.Errorf("%w: the scores did not get onto the chain in time", ErrClosed)
	}
	if err != nil {
		return 0, err
	}
	return shown.Height, compareRow(row, shown)
}

// reveal makes the chain show a row and returns the height at which it stands there.
func (l *lane) reveal(ctx context.Context, height, until int64, row store.Round) (int64, error) {
	commit, found, err := l.chain.FindCommit(ctx, height, row.Key)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, fmt.Errorf("%w: the commit did not get onto the chain in time", ErrClosed)
	case !bytes.Equal(commit.Hash, row.Hash):
		return 0, fmt.Errorf("%w: hash %x", errForeign, commit.Hash)
	case commit.Revealed:
	case height >= until:
		return 0, fmt.Errorf("%w: the window closed at height %d", ErrClosed, until)
	default:
		height, err = l.chain.Reveal(ctx, &subnettypes.MsgRevealScores{
			Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, BenchmarkVersion: row.Version,
			MinerIds: row.MinerIDs, Weights: row.Weights, EvidenceRoot: row.Root, Items: row.Items, Salt: row.Salt,
		})
		if errors.Is(err, ErrRepeated) {
			height, err = newest, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return l.readBack(ctx, height, row)
}

// readBack checks that the chain shows a row and returns the height at which it stands there.
func (l *lane) readBack(ctx context.Context, height int64, row store.Round) (int64, error) {
	shown, found, err := l.chain.FindRow(ctx, height, row.Key)
	if err != nil {
		return 0, fmt.Errorf("read the row back: %w", err)
	}
	if !found {
		return 0, errors.New("read the row back: the chain does not show it")
	}
	return shown.Height, compareRow(row, shown)
}

// compareRow checks that the chain shows our row. Entries of miners that were replaced since are left out there.
func compareRow(row store.Round, shown subnettypes.ScoreRow) error {
	if !bytes.Equal(shown.EvidenceRoot, row.Root) || shown.Items != row.Items || shown.Benchmark != row.Benchmark ||
		shown.BenchmarkVersion != row.Version || len(shown.MinerIds) != len(shown.Weights) {
		return fmt.Errorf("%w: it has another evidence root, item count, benchmark or version", errForeign)
	}
	ours := 0
	for i, miner := range shown.MinerIds {
		for ours < len(row.MinerIDs) && row.MinerIDs[ours] < miner {
			ours++
		}
		if ours == len(row.MinerIDs) || row.MinerIDs[ours] != miner || row.Weights[ours] != shown.Weights[i] {
			return fmt.Errorf("%w: miner %d has weight %d there", errForeign, miner, shown.Weights[i])
		}
	}
	return nil
}

// settle records the end of an attempt to deliver the row of a key. What may still succeed is tried again at the next block.
func (l *lane) settle(ctx context.Context, key store.Key, what string, err error, succeed func(row *store.Round)) {
	change := succeed
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return // stopped; the next start finds out from the chain
	case errors.Is(err, ErrPaused):
		// The list of subnets will say so; until it says otherwise, nothing is sent again.
		l.tell(standing{phase: PhasePaused, note: "governance paused the subnet; the validator goes on by itself once it is resumed"})
		return
	case errors.Is(err, errForeign):
		change = func(row *store.Round) { row.Stage, row.Reason = store.StageRefused, err.Error() }
	case errors.Is(err, ErrClosed):
		change = func(row *store.Round) { row.Stage, row.Reason = store.StageMissed, err.Error() }
	default:
		l.metrics.retried(l.netuid, l.number, what)
		l.problem("the "+what+" did not succeed and is tried again", err)
		return
	}
	row, storeErr := l.store.Update(key, change)
	if storeErr != nil {
		l.problem("the outcome of the "+what+" could not be put on disk", storeErr)
		return
	}
	l.metrics.delivered(row, what)
	l.mu.Lock()
	slot := &l.previous
	if l.current != nil && l.current.Key == key {
		slot = &l.current
	}
	*slot = &row
	l.status.delivered(row, slot == &l.current)
	l.mu.Unlock()
	if err != nil {
		l.problem("the "+what+" failed for good", err)
		return
	}
	l.setNote("")
	l.log().Info("read back from the chain", "what", what, "epoch", key.Epoch, "height", max(row.CommitHeight, row.RevealHeight))
}

// row reads a slot that errands write.
func (l *lane) row(slot **store.Round) *store.Round {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *slot
}
