package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/scorehash"
	"github.com/agora-network/agora/x/subnet/types"
)

// CommitScores stores the hash of a row that is opened in the next epoch.
func (k msgServer) CommitScores(ctx context.Context, msg *types.MsgCommitScores) (*types.MsgCommitScoresResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	score, err := k.checkCommit(ctx, msg)
	if err != nil {
		return nil, err
	}
	if err := k.storeCommit(ctx, score, msg.Hash); err != nil {
		return nil, err
	}
	return &types.MsgCommitScoresResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventScoresCommitted{
		Netuid: msg.Netuid, Epoch: msg.Epoch, Benchmark: msg.Benchmark, Hotkey: msg.Hotkey, Validator: score.permit.Validator,
	})
}

// SetScores stores a row in the open. It counts when a revealed one would: when the next epoch ends.
func (k msgServer) SetScores(ctx context.Context, msg *types.MsgSetScores) (*types.MsgSetScoresResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	score, err := k.checkSet(ctx, msg)
	if err != nil {
		return nil, err
	}
	ids, weights, err := k.stillRegistered(ctx, score.subnet, msg.MinerIds, msg.Weights)
	if err != nil {
		return nil, err
	}
	if err := k.storeCommit(ctx, score, nil); err != nil {
		return nil, err
	}
	if err := k.storeRow(ctx, score.key, types.ScoreRow{
		Netuid: msg.Netuid, Epoch: msg.Epoch, Benchmark: msg.Benchmark, BenchmarkVersion: msg.BenchmarkVersion,
		Hotkey: msg.Hotkey, Validator: score.permit.Validator,
		MinerIds: ids, Weights: weights, EvidenceRoot: msg.EvidenceRoot, Items: msg.Items,
	}, msg.Epoch, len(msg.MinerIds)-len(ids)); err != nil {
		return nil, err
	}
	return &types.MsgSetScoresResponse{}, nil
}

// scoring is a hotkey's right to score a benchmark in the epoch under way.
type scoring struct {
	subnet types.Subnet
	permit types.Permit
	key    scoreKey
	// version of the benchmark that counts.
	version uint32
}

// checkCommit finds the right to commit, or says why there is none. It changes nothing.
func (k *Keeper) checkCommit(ctx context.Context, msg *types.MsgCommitScores) (scoring, error) {
	score, err := k.checkScoring(ctx, msg.Hotkey, msg.Netuid, msg.Epoch, msg.Benchmark, msg.BenchmarkVersion)
	switch {
	case err != nil:
		return score, err
	case score.subnet.Params.DirectScores:
		return score, errorsmod.Wrapf(types.ErrDirectScores, "netuid %d", msg.Netuid)
	}
	return score, k.checkFirst(ctx, score, types.ErrAlreadyCommitted)
}

// checkSet finds the right to set a row in the open, or says why there is none. It changes nothing.
func (k *Keeper) checkSet(ctx context.Context, msg *types.MsgSetScores) (scoring, error) {
	score, err := k.checkScoring(ctx, msg.Hotkey, msg.Netuid, msg.Epoch, msg.Benchmark, msg.BenchmarkVersion)
	switch {
	case err != nil:
		return score, err
	case !score.subnet.Params.DirectScores:
		return score, errorsmod.Wrapf(types.ErrCommitRevealOnly, "netuid %d", msg.Netuid)
	}
	if err := checkEntries(score.subnet, len(msg.MinerIds)); err != nil {
		return score, err
	}
	return score, k.checkFirst(ctx, score, types.ErrScoresSetAlready)
}

// checkScoring refuses whoever may not score this version of the benchmark in the epoch under way.
func (k *Keeper) checkScoring(ctx context.Context, hotkey string, netuid uint32, index uint64, benchmark, version uint32) (scoring, error) {
	address, err := k.decode("hotkey", hotkey)
	if err != nil {
		return scoring{}, err
	}
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return scoring{}, err
	}
	epoch, err := k.epochUnderWay(ctx, subnet)
	if err != nil {
		return scoring{}, err
	}
	if index != epoch.Index {
		return scoring{}, errorsmod.Wrapf(types.ErrWrongEpoch, "epoch %d is under way on netuid %d, the message says %d", epoch.Index, netuid, index)
	}
	permit := permitOf(epoch, hotkey)
	if permit < 0 {
		return scoring{}, k.noPermit(ctx, subnet, epoch, address)
	}
	switch counts := epoch.Version(benchmark); {
	case counts == 0:
		return scoring{}, errorsmod.Wrapf(types.ErrBenchmarkNotScored, "benchmark %d, netuid %d, epoch %d", benchmark, netuid, epoch.Index)
	case version != counts:
		return scoring{}, errorsmod.Wrapf(types.ErrWrongBenchmarkVersion, "version %d of benchmark %d counts in epoch %d, the message says %d",
			counts, benchmark, epoch.Index, version)
	}
	return scoring{
		subnet: subnet, permit: epoch.Permits[permit], version: version,
		key: collections.Join4(netuid, epoch.Index, benchmark, address),
	}, nil
}

// checkFirst refuses a second row of a hotkey for the same epoch and benchmark.
func (k *Keeper) checkFirst(ctx context.Context, score scoring, refusal *errorsmod.Error) error {
	committed, err := k.Commits.Has(ctx, score.key)
	if err == nil && committed {
		err = errorsmod.Wrapf(refusal, "netuid %d, epoch %d, benchmark %d", score.key.K1(), score.key.K2(), score.key.K3())
	}
	return err
}

// storeCommit stores a commit and counts it; without a hash it is that of a row set in the open.
func (k *Keeper) storeCommit(ctx context.Context, score scoring, hash []byte) error {
	record, err := k.Records.Get(ctx, recordOf(score.key))
	if err != nil {
		return err
	}
	record.Commits++
	if err := k.Records.Set(ctx, recordOf(score.key), record); err != nil {
		return err
	}
	return k.Commits.Set(ctx, score.key, types.ScoreCommit{
		Netuid:           score.key.K1(),
		Epoch:            score.key.K2(),
		Benchmark:        score.key.K3(),
		Hotkey:           score.permit.Hotkey,
		Validator:        score.permit.Validator,
		BenchmarkVersion: score.version,
		Hash:             hash,
		Height:           height(ctx),
		Revealed:         len(hash) == 0,
	})
}

// storeRow stores a row and counts it; active is the epoch in which its hotkey showed itself, dropped are the entries that
// were left out.
func (k *Keeper) storeRow(ctx context.Context, key scoreKey, row types.ScoreRow, active uint64, dropped int) error {
	row.Height = height(ctx)
	if err := k.Rows.Set(ctx, key, row); err != nil {
		return err
	}
	record, err := k.Records.Get(ctx, recordOf(key))
	if err != nil {
		return err
	}
	record.Reveals++
	record.ActiveEpoch = active
	if err := k.Records.Set(ctx, recordOf(key), record); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventScoresRevealed{
		Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, Hotkey: row.Hotkey, Validator: row.Validator,
		Entries: uint32(len(row.MinerIds)), Dropped: uint32(dropped),
	})
}

// RevealScores opens the commit of the epoch before. The row counts when the epoch under way ends.
func (k msgServer) RevealScores(ctx context.Context, msg *types.MsgRevealScores) (*types.MsgRevealScoresResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	opened, err := k.checkReveal(ctx, msg)
	if err != nil {
		return nil, err
	}

	opened.commit.Revealed = true
	if err := k.Commits.Set(ctx, opened.key, opened.commit); err != nil {
		return nil, err
	}
	if err := k.storeRow(ctx, opened.key, types.ScoreRow{
		Netuid: msg.Netuid, Epoch: msg.Epoch, Benchmark: msg.Benchmark, BenchmarkVersion: msg.BenchmarkVersion,
		Hotkey: msg.Hotkey, Validator: opened.commit.Validator,
		MinerIds: opened.minerIDs, Weights: opened.weights, EvidenceRoot: msg.EvidenceRoot, Items: msg.Items,
	}, opened.subnet.Epoch, len(msg.MinerIds)-len(opened.minerIDs)); err != nil {
		return nil, err
	}
	return &types.MsgRevealScoresResponse{}, k.wake(ctx, opened.subnet, msg.Hotkey, msg.Benchmark)
}

// opening is a commit that a reveal opens, and what of its row still counts.
type opening struct {
	subnet   types.Subnet
	key      scoreKey
	commit   types.ScoreCommit
	minerIDs []uint64
	weights  []uint32
}

// checkReveal finds the commit that a reveal opens, or says why it cannot be opened. It changes nothing.
func (k *Keeper) checkReveal(ctx context.Context, msg *types.MsgRevealScores) (o opening, err error) {
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return o, err
	}
	if o.subnet, err = k.Subnet(ctx, msg.Netuid); err != nil {
		return o, err
	}
	if err := checkRevealTime(o.subnet, msg.Epoch, height(ctx)); err != nil {
		return o, err
	}
	if err := checkEntries(o.subnet, len(msg.MinerIds)); err != nil {
		return o, err
	}
	o.key = collections.Join4(msg.Netuid, msg.Epoch, msg.Benchmark, hotkey)
	o.commit, err = k.Commits.Get(ctx, o.key)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		return o, errorsmod.Wrapf(types.ErrNoCommit, "hotkey %s, netuid %d, epoch %d, benchmark %d", msg.Hotkey, msg.Netuid, msg.Epoch, msg.Benchmark)
	case err != nil:
		return o, err
	case o.commit.Revealed:
		return o, errorsmod.Wrapf(types.ErrAlreadyRevealed, "netuid %d, epoch %d, benchmark %d", msg.Netuid, msg.Epoch, msg.Benchmark)
	case msg.BenchmarkVersion != o.commit.BenchmarkVersion:
		return o, errorsmod.Wrapf(types.ErrWrongBenchmarkVersion, "version %d was committed, the message says %d", o.commit.BenchmarkVersion, msg.BenchmarkVersion)
	}
	if err := checkHash(sdk.UnwrapSDKContext(ctx).ChainID(), msg, hotkey, o.commit.Hash); err != nil {
		return o, err
	}
	o.minerIDs, o.weights, err = k.stillRegistered(ctx, o.subnet, msg.MinerIds, msg.Weights)
	return o, err
}

// checkHash refuses a row that does not have the committed hash.
func checkHash(chainID string, msg *types.MsgRevealScores, hotkey sdk.AccAddress, committed []byte) error {
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID:          chainID,
		Netuid:           msg.Netuid,
		Benchmark:        msg.Benchmark,
		BenchmarkVersion: msg.BenchmarkVersion,
		Epoch:            msg.Epoch,
		Hotkey:           hotkey,
		MinerIDs:         msg.MinerIds,
		Weights:          msg.Weights,
		EvidenceRoot:     msg.EvidenceRoot,
		Items:            msg.Items,
		Salt:             msg.Salt,
	})
	if err != nil {
		return errorsmod.Wrap(types.ErrHashMismatch, err.Error())
	}
	if string(hash[:]) != string(committed) {
		return errorsmod.Wrapf(types.ErrHashMismatch, "the row hashes to %x, committed was %x", hash, committed)
	}
	return nil
}

// checkEntries refuses a row with more entries than the subnet has slots.
func checkEntries(subnet types.Subnet, entries int) error {
	if entries > int(subnet.Params.MaxMiners) {
		return errorsmod.Wrapf(types.ErrTooManyEntries, "%d entries, netuid %d has %d slots", entries, subnet.Netuid, subnet.Params.MaxMiners)
	}
	return nil
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
func (k *Keeper) stillRegistered(ctx context.Context, subnet types.Subnet, rowIDs []uint64, rowWeights []uint32) (ids []uint64, weights []uint32, err error) {
	registered, err := k.MinerIDs(ctx, subnet.Netuid)
	if err != nil {
		return nil, nil, err
	}
	next := 0
	for i, id := range rowIDs {
		if id == 0 || id >= subnet.NextMinerId {
			return nil, nil, errorsmod.Wrapf(types.ErrUnknownMiner, "miner_id %d on netuid %d", id, subnet.Netuid)
		}
		for next < len(registered) && registered[next] < id {
			next++
		}
		if next < len(registered) && registered[next] == id {
			ids = append(ids, id)
			weights = append(weights, rowWeights[i])
		}
	}
	return ids, weights, nil
}

// wake lets a validator that had fallen silent on a benchmark count again in the very epoch in which it reveals.
func (k *Keeper) wake(ctx context.Context, subnet types.Subnet, hotkey string, benchmark uint32) error {
	epoch, err := k.epochUnderWay(ctx, subnet)
	if errors.Is(err, types.ErrEpochNotBegun) {
		return nil
	}
	if err != nil {
		return err
	}
	i := permitOf(epoch, hotkey)
	if i < 0 || epoch.Permits[i].CountsOn(benchmark) {
		return nil
	}
	epoch.Permits[i].ActiveOn = append(epoch.Permits[i].ActiveOn, benchmark)
	slices.Sort(epoch.Permits[i].ActiveOn)
	return k.Epochs.Set(ctx, collections.Join(epoch.Netuid, epoch.Index), epoch)
}
