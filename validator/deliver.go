package validator

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// advanceCommit sends the hash of the row of the epoch under way until the chain shows it.
func (r *runner) advanceCommit(ctx context.Context, block Block) {
	row := r.row(&r.current)
	if row == nil || row.Stage != store.StageSealed || r.committing.busy() {
		return
	}
	if r.dryRun {
		r.setPhase(PhaseWait, "dry run: nothing is sent")
		return
	}
	r.committing.start(ctx, func(ctx context.Context) {
		height, err := r.commit(ctx, block.Height, *row)
		r.settle(ctx, row.Key, &r.current, "commit", err, func(row *store.Round) {
			row.Stage, row.CommitHeight = store.StageCommitted, height
		})
	})
}

// commit makes the chain show the hash of a row and returns the height at which it stands there.
func (r *runner) commit(ctx context.Context, height int64, row store.Round) (int64, error) {
	commit, found, err := r.chain.FindCommit(ctx, height, row.Netuid, row.Epoch, row.Hotkey)
	if err != nil {
		return 0, err
	}
	if !found {
		height, err = r.chain.Commit(ctx, &subnettypes.MsgCommitScores{
			Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, BenchmarkVersion: row.Version, Hash: row.Hash,
		})
		if errors.Is(err, ErrRepeated) { // by an attempt whose outcome was not seen
			height, err = newest, nil
		}
		if err != nil {
			return 0, err
		}
		if commit, found, err = r.chain.FindCommit(ctx, height, row.Netuid, row.Epoch, row.Hotkey); err != nil {
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
var errForeign = errors.New("the commit on the chain is not ours")

// advanceReveal opens the row of the epoch before until the chain shows it.
func (r *runner) advanceReveal(ctx context.Context, block Block) {
	row := r.row(&r.previous)
	if row == nil || r.dryRun || (row.Stage != store.StageSealed && row.Stage != store.StageCommitted) || r.revealing.busy() {
		return
	}
	until := r.epoch.RevealUntil
	r.revealing.start(ctx, func(ctx context.Context) {
		height, err := r.reveal(ctx, block.Height, until, *row)
		r.settle(ctx, row.Key, &r.previous, "reveal", err, func(row *store.Round) {
			row.Stage, row.RevealHeight = store.StageRevealed, height
		})
	})
}

// reveal makes the chain show a row and returns the height at which it stands there.
func (r *runner) reveal(ctx context.Context, height, until int64, row store.Round) (int64, error) {
	commit, found, err := r.chain.FindCommit(ctx, height, row.Netuid, row.Epoch, row.Hotkey)
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
		height, err = r.chain.Reveal(ctx, &subnettypes.MsgRevealScores{
			Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, BenchmarkVersion: row.Version,
			MinerIds: row.MinerIDs, Weights: row.Weights, EvidenceRoot: row.Root, Items: row.Items, Salt: row.Salt,
		})
		if errors.Is(err, ErrRepeated) {
			height, err = newest, nil
		}
		if err != nil {
			return 0, err
		}
	}
	shown, err := r.chain.Row(ctx, height, row.Netuid, row.Epoch, row.Hotkey)
	if err != nil {
		return 0, fmt.Errorf("read the row back: %w", err)
	}
	return shown.Height, compareRow(row, shown)
}

// compareRow checks that the chain shows our row. Entries of miners that were replaced since are left out there.
func compareRow(row store.Round, shown subnettypes.ScoreRow) error {
	if !bytes.Equal(shown.EvidenceRoot, row.Root) || shown.Items != row.Items || shown.BenchmarkVersion != row.Version ||
		len(shown.MinerIds) != len(shown.Weights) {
		return fmt.Errorf("%w: it has another evidence root, item count or version", errForeign)
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

// settle records the end of an attempt. What may still succeed is tried again at the next block.
func (r *runner) settle(ctx context.Context, key store.Key, slot **store.Round, what string, err error, succeed func(row *store.Round)) {
	change := succeed
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return // stopped; the next start finds out from the chain
	case errors.Is(err, ErrPaused):
		// The list of subnets will say so; until it says otherwise, nothing is sent again.
		r.tell(standing{phase: PhasePaused, note: "governance paused the subnet; the validator goes on by itself once it is resumed"})
		return
	case errors.Is(err, errForeign):
		change = func(row *store.Round) { row.Stage, row.Reason = store.StageRefused, err.Error() }
	case errors.Is(err, ErrClosed):
		change = func(row *store.Round) { row.Stage, row.Reason = store.StageMissed, err.Error() }
	default:
		r.metrics.retried(r.netuid, what)
		r.problem("the "+what+" did not succeed and is tried again", err)
		return
	}
	row, storeErr := r.store.Update(key, change)
	if storeErr != nil {
		r.problem("the outcome of the "+what+" could not be put on disk", storeErr)
		return
	}
	r.metrics.delivered(row, what)
	r.mu.Lock()
	if *slot != nil && (*slot).Key == key {
		*slot = &row
	}
	r.status.delivered(row)
	r.mu.Unlock()
	if err != nil {
		r.problem("the "+what+" failed for good", err)
		return
	}
	r.setNote("")
	r.log.Info("read back from the chain", "what", what, "epoch", key.Epoch, "height", max(row.CommitHeight, row.RevealHeight))
}

// row reads a slot that errands write.
func (r *runner) row(slot **store.Round) *store.Round {
	r.mu.Lock()
	defer r.mu.Unlock()
	return *slot
}
