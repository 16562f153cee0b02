package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/scorehash"
	"github.com/agora-network/agora/x/subnet/types"
)

// CommitScores stores the hash of a row that is opened in the next epoch.
func (k msgServer) CommitScores(ctx context.Context, msg *types.MsgCommitScores) (*types.MsgCommitScoresResponse, error) {
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	epoch, err := k.CurrentEpoch(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	if msg.Epoch != epoch.Index {
		return nil, errorsmod.Wrapf(types.ErrWrongEpoch, "epoch %d is under way on netuid %d, the message says %d", epoch.Index, msg.Netuid, msg.Epoch)
	}
	permit := permitOf(epoch, msg.Hotkey)
	if permit < 0 {
		return nil, errorsmod.Wrapf(types.ErrNoPermit, "hotkey %s, netuid %d, epoch %d", msg.Hotkey, msg.Netuid, epoch.Index)
	}
	if msg.BenchmarkVersion != epoch.BenchmarkVersion {
		return nil, errorsmod.Wrapf(types.ErrWrongBenchmarkVersion, "version %d counts in epoch %d, the message says %d",
			epoch.BenchmarkVersion, epoch.Index, msg.BenchmarkVersion)
	}
	key := collections.Join3(msg.Netuid, epoch.Index, hotkey)
	committed, err := k.Commits.Has(ctx, key)
	if err != nil {
		return nil, err
	}
	if committed {
		return nil, errorsmod.Wrapf(types.ErrAlreadyCommitted, "netuid %d, epoch %d", msg.Netuid, epoch.Index)
	}
	record, err := k.Records.Get(ctx, collections.Join(msg.Netuid, hotkey))
	if err != nil {
		return nil, err
	}

	validator := epoch.Permits[permit].Validator
	if err := k.Commits.Set(ctx, key, types.ScoreCommit{
		Netuid:           msg.Netuid,
		Epoch:            epoch.Index,
		Hotkey:           msg.Hotkey,
		Validator:        validator,
		BenchmarkVersion: msg.BenchmarkVersion,
		Hash:             msg.Hash,
		Height:           height(ctx),
	}); err != nil {
		return nil, err
	}
	record.Commits++
	if err := k.Records.Set(ctx, collections.Join(msg.Netuid, hotkey), record); err != nil {
		return nil, err
	}
	return &types.MsgCommitScoresResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventScoresCommitted{
		Netuid: msg.Netuid, Epoch: epoch.Index, Hotkey: msg.Hotkey, Validator: validator,
	})
}

// RevealScores opens the commit of the epoch before. The row counts when the epoch under way ends.
func (k msgServer) RevealScores(ctx context.Context, msg *types.MsgRevealScores) (*types.MsgRevealScoresResponse, error) {
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	key := collections.Join3(msg.Netuid, msg.Epoch, hotkey)
	commit, err := k.openCommit(ctx, subnet, key, msg)
	if err != nil {
		return nil, err
	}
	ids, weights, err := k.stillRegistered(ctx, subnet, msg)
	if err != nil {
		return nil, err
	}
	record, err := k.Records.Get(ctx, collections.Join(msg.Netuid, hotkey))
	if err != nil {
		return nil, err
	}

	commit.Revealed = true
	if err := k.Commits.Set(ctx, key, commit); err != nil {
		return nil, err
	}
	if err := k.Rows.Set(ctx, key, types.ScoreRow{
		Netuid:           msg.Netuid,
		Epoch:            msg.Epoch,
		Hotkey:           msg.Hotkey,
		Validator:        commit.Validator,
		BenchmarkVersion: msg.BenchmarkVersion,
		MinerIds:         ids,
		Weights:          weights,
		EvidenceRoot:     msg.EvidenceRoot,
		Items:            msg.Items,
		Height:           height(ctx),
	}); err != nil {
		return nil, err
	}
	record.Reveals++
	record.ActiveEpoch = subnet.Epoch
	if err := k.Records.Set(ctx, collections.Join(msg.Netuid, hotkey), record); err != nil {
		return nil, err
	}
	if err := k.wake(ctx, subnet, msg.Hotkey); err != nil {
		return nil, err
	}
	return &types.MsgRevealScoresResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventScoresRevealed{
		Netuid: msg.Netuid, Epoch: msg.Epoch, Hotkey: msg.Hotkey, Validator: commit.Validator,
		Entries: uint32(len(ids)), Dropped: uint32(len(msg.MinerIds) - len(ids)),
	})
}

// openCommit finds the commit that a reveal opens, or says why it cannot be opened.
func (k *Keeper) openCommit(ctx context.Context, subnet types.Subnet, key scoreKey, msg *types.MsgRevealScores) (types.ScoreCommit, error) {
	if err := checkRevealTime(subnet, msg.Epoch, height(ctx)); err != nil {
		return types.ScoreCommit{}, err
	}
	if len(msg.MinerIds) > int(subnet.Params.MaxMiners) {
		return types.ScoreCommit{}, errorsmod.Wrapf(types.ErrTooManyEntries, "%d entries, netuid %d has %d slots", len(msg.MinerIds), msg.Netuid, subnet.Params.MaxMiners)
	}
	commit, err := k.Commits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return types.ScoreCommit{}, errorsmod.Wrapf(types.ErrNoCommit, "hotkey %s, netuid %d, epoch %d", msg.Hotkey, msg.Netuid, msg.Epoch)
	}
	if err != nil {
		return types.ScoreCommit{}, err
	}
	if commit.Revealed {
		return types.ScoreCommit{}, errorsmod.Wrapf(types.ErrAlreadyRevealed, "netuid %d, epoch %d", msg.Netuid, msg.Epoch)
	}
	if msg.BenchmarkVersion != commit.BenchmarkVersion {
		return types.ScoreCommit{}, errorsmod.Wrapf(types.ErrWrongBenchmarkVersion, "version %d was committed, the message says %d", commit.BenchmarkVersion, msg.BenchmarkVersion)
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID:          sdk.UnwrapSDKContext(ctx).ChainID(),
		Netuid:           msg.Netuid,
		BenchmarkVersion: msg.BenchmarkVersion,
		Epoch:            msg.Epoch,
		Hotkey:           key.K3(),
		MinerIDs:         msg.MinerIds,
		Weights:          msg.Weights,
		EvidenceRoot:     msg.EvidenceRoot,
		Items:            msg.Items,
		Salt:             msg.Salt,
	})
	if err != nil {
		return types.ScoreCommit{}, errorsmod.Wrap(types.ErrHashMismatch, err.Error())
	}
	if string(hash[:]) != string(commit.Hash) {
		return types.ScoreCommit{}, errorsmod.Wrapf(types.ErrHashMismatch, "the row hashes to %x, committed was %x", hash, commit.Hash)
	}
	return commit, nil
}

// checkRevealTime refuses a reveal outside the reveal window of the epoch after the commit's.
func checkRevealTime(subnet types.Subnet, epoch uint64, now int64) error {
	if err := checkRuns(subnet); err != nil {
		return err
	}
	switch until := revealUntil(subnet); {
	case epoch >= subnet.Epoch || now < subnet.EpochStartHeight:
		return errorsmod.Wrapf(types.ErrRevealTooEarly, "epoch %d is under way on netuid %d, the message opens epoch %d", subnet.Epoch, subnet.Netuid, epoch)
	case epoch+1 < subnet.Epoch:
		return errorsmod.Wrapf(types.ErrRevealTooLate, "epoch %d is under way on netuid %d, the message opens epoch %d", subnet.Epoch, subnet.Netuid, epoch)
	case now > until:
		return errorsmod.Wrapf(types.ErrRevealTooLate, "the window of epoch %d on netuid %d closed at height %d", epoch, subnet.Netuid, until)
	}
	return nil
}

// revealUntil is the last height at which the commits of the epoch before may be opened.
func revealUntil(subnet types.Subnet) int64 {
	return subnet.EpochStartHeight + int64(subnet.Params.RevealWindow) - 1
}

// stillRegistered returns the entries of miners that are registered now. Entries of identities that
// were replaced since the commit are left out; one that was never given is refused.
func (k *Keeper) stillRegistered(ctx context.Context, subnet types.Subnet, msg *types.MsgRevealScores) (ids []uint64, weights []uint32, err error) {
	registered, err := k.MinerIDs(ctx, subnet.Netuid)
	if err != nil {
		return nil, nil, err
	}
	next := 0
	for i, id := range msg.MinerIds {
		if id == 0 || id >= subnet.NextMinerId {
			return nil, nil, errorsmod.Wrapf(types.ErrUnknownMiner, "miner_id %d on netuid %d", id, subnet.Netuid)
		}
		for next < len(registered) && registered[next] < id {
			next++
		}
		if next < len(registered) && registered[next] == id {
			ids = append(ids, id)
			weights = append(weights, msg.Weights[i])
		}
	}
	return ids, weights, nil
}

// wake lets a validator that had fallen silent count again in the very epoch in which it reveals.
func (k *Keeper) wake(ctx context.Context, subnet types.Subnet, hotkey string) error {
	epoch, err := k.epochUnderWay(ctx, subnet)
	if errors.Is(err, types.ErrEpochNotBegun) {
		return nil
	}
	if err != nil {
		return err
	}
	i := permitOf(epoch, hotkey)
	if i < 0 || epoch.Permits[i].Active {
		return nil
	}
	epoch.Permits[i].Active = true
	return k.Epochs.Set(ctx, collections.Join(epoch.Netuid, epoch.Index), epoch)
}
