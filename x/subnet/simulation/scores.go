package simulation

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/scorehash"
	"github.com/agora-network/agora/x/subnet/types"
)

// seat is a permit holder in an epoch, before one of its benchmarks.
type seat struct {
	epoch     types.Epoch
	benchmark types.EpochBenchmark
	hotkey    string
}

// CommitScores commits a row of a permit holder that has committed nothing yet, and remembers it.
func (o *Operations) CommitScores() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCommitScores, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		inTheOpen := percent(r, 2)
		seats, err := o.silentSeats(ctx, inTheOpen)
		if err != nil {
			reporter.Fail(err, "list the permits")
			return nil, nil, nil
		}
		if len(seats) == 0 {
			reporter.Skip("no permit holder is without a commit")
			return nil, nil, nil
		}
		at := simsx.OneOf(r, seats)
		signer := data.GetAccount(reporter, at.hotkey)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		row, err := o.randomRow(ctx, r, at)
		if err != nil {
			reporter.Fail(err, "make a row")
			return nil, nil, nil
		}
		hash, err := hashOf(ctx, row, signer.Address)
		if err != nil {
			reporter.Fail(err, "hash a row")
			return nil, nil, nil
		}
		msg := &types.MsgCommitScores{
			Hotkey: at.hotkey, Netuid: at.epoch.Netuid, Epoch: at.epoch.Index, Benchmark: at.benchmark.Benchmark, BenchmarkVersion: at.benchmark.Version, Hash: hash,
		}
		signers := []simsx.SimAccount{frugal(signer)}
		switch {
		case inTheOpen:
			return signers, msg, refusedWith(types.ErrDirectScores)
		case percent(r, 3):
			msg.Epoch++
			return signers, msg, refusedWith(types.ErrWrongEpoch)
		case percent(r, 2):
			msg.Benchmark = types.MaxBenchmarks - 1
			return signers, msg, refusedWith(types.ErrBenchmarkNotScored)
		case percent(r, 3):
			msg.BenchmarkVersion++
			return signers, msg, refusedWith(types.ErrWrongBenchmarkVersion)
		case percent(r, 3):
			msg.Hash = msg.Hash[1:]
			return signers, msg, refusedWith(types.ErrCommitHashInvalid)
		}
		o.sealed[sealKey{row.Netuid, row.Epoch, row.Benchmark, row.Hotkey}] = row
		if percent(r, 3) { // never to be opened
			msg.Hash[0] ^= 1
		}
		return signers, msg, nil
	})
}

// silentSeats lists the permits of the epochs under way that have no row yet, by netuid and power: of subnets that take
// them in the open, or by commit and reveal.
func (o *Operations) silentSeats(ctx context.Context, inTheOpen bool) ([]seat, error) {
	netuids, err := o.keeper.ActiveNetuids(ctx)
	if err != nil {
		return nil, err
	}
	var seats []seat
	for _, netuid := range netuids {
		subnet, err := o.keeper.Subnet(ctx, netuid)
		if err != nil {
			return nil, err
		}
		if subnet.Params.DirectScores != inTheOpen {
			continue
		}
		epoch, err := o.keeper.CurrentEpoch(ctx, netuid)
		if errors.Is(err, types.ErrEpochNotBegun) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, permit := range epoch.Permits {
			hotkey, err := sdk.AccAddressFromBech32(permit.Hotkey)
			if err != nil {
				return nil, err
			}
			for _, benchmark := range epoch.Benchmarks {
				committed, err := o.keeper.Commits.Has(ctx, collections.Join4(netuid, epoch.Index, benchmark.Benchmark, hotkey))
				if err != nil {
					return nil, err
				}
				if benchmark.Version > 0 && !committed {
					seats = append(seats, seat{epoch: epoch, benchmark: benchmark, hotkey: permit.Hotkey})
				}
			}
		}
	}
	return seats, nil
}

// randomRow weighs some of a subnet's miners, roughly as every other validator does.
func (o *Operations) randomRow(ctx context.Context, r *simsx.XRand, at seat) (*types.MsgRevealScores, error) {
	ids, err := o.keeper.MinerIDs(ctx, at.epoch.Netuid)
	if err != nil {
		return nil, err
	}
	row := &types.MsgRevealScores{
		Hotkey: at.hotkey, Netuid: at.epoch.Netuid, Epoch: at.epoch.Index, Benchmark: at.benchmark.Benchmark, BenchmarkVersion: at.benchmark.Version,
		EvidenceRoot: make([]byte, scorehash.RootSize), Items: uint64(between(r, 1, 64)),
		Salt: make([]byte, between(r, scorehash.MinSaltSize, scorehash.MaxSaltSize)),
	}
	_, _ = r.Read(row.EvidenceRoot) // never fails
	_, _ = r.Read(row.Salt)
	if percent(r, 5) { // an abstention
		return row, nil
	}
	for _, id := range ids {
		if percent(r, 15) {
			continue
		}
		deserved := id * 7_919 % 50_000
		weight := deserved + uint64(r.Intn(5_000)) + 1
		if percent(r, 5) { // a whim
			weight = uint64(between(r, 1, scorehash.MaxWeight))
		}
		row.MinerIds, row.Weights = append(row.MinerIds, id), append(row.Weights, uint32(weight))
	}
	return row, nil
}

func hashOf(ctx context.Context, row *types.MsgRevealScores, hotkey sdk.AccAddress) ([]byte, error) {
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: sdk.UnwrapSDKContext(ctx).ChainID(), Netuid: row.Netuid, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion, Epoch: row.Epoch,
		Hotkey: hotkey, MinerIDs: row.MinerIds, Weights: row.Weights, EvidenceRoot: row.EvidenceRoot, Items: row.Items, Salt: row.Salt,
	})
	return hash[:], err
}

// SetScores sets a row in the open of a permit holder that has set none yet.
func (o *Operations) SetScores() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetScores, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		sealedOnly := percent(r, 3)
		seats, err := o.silentSeats(ctx, !sealedOnly)
		if err != nil {
			reporter.Fail(err, "list the permits")
			return nil, nil, nil
		}
		if len(seats) == 0 {
			reporter.Skip("no permit holder is without a row")
			return nil, nil, nil
		}
		at := simsx.OneOf(r, seats)
		signer := data.GetAccount(reporter, at.hotkey)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		row, err := o.randomRow(ctx, r, at)
		if err != nil {
			reporter.Fail(err, "make a row")
			return nil, nil, nil
		}
		msg := &types.MsgSetScores{
			Hotkey: row.Hotkey, Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion,
			MinerIds: row.MinerIds, Weights: row.Weights, EvidenceRoot: row.EvidenceRoot, Items: row.Items,
		}
		signers := []simsx.SimAccount{frugal(signer)}
		switch {
		case sealedOnly:
			return signers, msg, refusedWith(types.ErrCommitRevealOnly)
		case percent(r, 3):
			msg.EvidenceRoot = msg.EvidenceRoot[1:]
			return signers, msg, refusedWith(types.ErrEvidenceRootInvalid)
		}
		return signers, msg, nil
	})
}

// RevealScores opens what was committed in the epoch before: as it was, or altered.
func (o *Operations) RevealScores() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRevealScores, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		again := percent(r, 3)
		commits, err := o.openable(ctx, again)
		if err != nil {
			reporter.Fail(err, "list the commits")
			return nil, nil, nil
		}
		if len(commits) == 0 {
			reporter.Skip("nothing to open")
			return nil, nil, nil
		}
		commit := simsx.OneOf(r, commits)
		row, ok := o.sealed[sealKey{commit.Netuid, commit.Epoch, commit.Benchmark, commit.Hotkey}]
		signer := data.GetAccount(reporter, commit.Hotkey)
		if !ok || reporter.IsSkipped() {
			reporter.Skip("a commit of another simulation")
			return nil, nil, nil
		}
		signers := []simsx.SimAccount{frugal(signer)}
		subnet, err := o.keeper.Subnet(ctx, commit.Netuid)
		if err != nil {
			reporter.Fail(err, "read a subnet")
			return nil, nil, nil
		}
		hash, err := hashOf(ctx, row, signer.Address)
		if err != nil {
			reporter.Fail(err, "hash a row")
			return nil, nil, nil
		}
		switch {
		case len(row.MinerIds) > int(subnet.Params.MaxMiners): // there were more slots when it was committed
			return signers, row, refusedWith(types.ErrTooManyEntries)
		case again:
			return signers, row, refusedWith(types.ErrAlreadyRevealed)
		case string(hash) != string(commit.Hash):
			return signers, row, refusedWith(types.ErrHashMismatch)
		case percent(r, 5):
			altered := *row
			altered.Items++
			return signers, &altered, refusedWith(types.ErrHashMismatch)
		}
		return signers, row, nil
	})
}

// openable lists the commits that may be opened now, or those that were opened already.
func (o *Operations) openable(ctx context.Context, revealed bool) ([]types.ScoreCommit, error) {
	netuids, err := o.keeper.ActiveNetuids(ctx)
	if err != nil {
		return nil, err
	}
	var found []types.ScoreCommit
	for _, netuid := range netuids {
		subnet, err := o.keeper.Subnet(ctx, netuid)
		if err != nil {
			return nil, err
		}
		now, begins := height(ctx), subnet.EpochStartHeight
		if subnet.Epoch == 0 || now < begins || now >= begins+int64(subnet.Params.RevealWindow) {
			continue
		}
		err = o.keeper.Commits.Walk(ctx, collections.NewSuperPrefixedQuadRange[uint32, uint64, uint32, sdk.AccAddress](netuid, subnet.Epoch-1),
			func(_ collections.Quad[uint32, uint64, uint32, sdk.AccAddress], c types.ScoreCommit) (bool, error) {
				if c.Revealed == revealed {
					found = append(found, c)
				}
				return false, nil
			})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
