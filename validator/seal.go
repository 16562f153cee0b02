package validator

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/x/subnet/scorehash"
)

// saltSize of a commit in bytes.
const saltSize = 32

// draftRow turns what was measured into a row with its evidence, and advances the standings. Nothing is stored.
//
// A miner that is not registered any more has no place in the row. When nobody is above the benchmark's baseline the row
// is empty, which is a vote for nobody.
func draftRow(r *round, hotkey string, standings map[uint64]benchmark.Standing) (store.Round, *evidence.Log, map[uint64]benchmark.Standing, error) {
	row := store.Round{
		Key:     store.Key{Netuid: r.epoch.Netuid, Epoch: r.epoch.Index, Benchmark: r.benchmark, Hotkey: hotkey},
		Beacon:  r.epoch.Beacon,
		Version: r.version,
		Direct:  r.epoch.Direct,
	}
	log, err := evidence.NewLog(evidence.Header{
		ChainID: r.chainID, Netuid: row.Netuid, Benchmark: row.Benchmark, Version: row.Version, Epoch: row.Epoch, Hotkey: hotkey,
	}, r.context(standings), r.entries())
	if err != nil {
		return store.Round{}, nil, nil, err
	}
	root := log.Root()
	row.Root, row.Items = root[:], uint64(log.Len()) //nolint:gosec // a length

	sheets := make([]benchmark.Sheet, len(r.miners))
	for i := range r.miners {
		sheets[i] = r.sheet(i)
	}
	results, err := benchmark.Tally(r.program.Spec(), sheets)
	if err != nil {
		return store.Round{}, nil, nil, err
	}
	start, blocks := epochBlocks(r.epoch)
	advanced := make(map[uint64]benchmark.Standing, len(r.miners))
	scores := make([]int64, len(r.miners))
	for i, miner := range r.miners {
		standing, err := standings[miner.MinerId].Advance(r.program.Spec(), row.Epoch, start, blocks, results[i])
		if err != nil {
			return store.Round{}, nil, nil, fmt.Errorf("miner %d: %w", miner.MinerId, err)
		}
		if standing.Measured {
			advanced[miner.MinerId] = standing
		}
		scores[i] = standing.Score
		row.Miners = append(row.Miners, store.Measured{
			MinerID: miner.MinerId, UID: miner.Uid, Score: results[i].Score, Standing: standing.Score,
			Scored: results[i].Scored, Unanswered: results[i].Unanswered, Abstained: results[i].Abstained, Reason: r.reason(i),
		})
	}
	for i, weight := range benchmark.Weights(r.program.Spec(), scores) {
		row.Miners[i].Weight = uint32(weight)
		if weight > 0 {
			row.MinerIDs = append(row.MinerIDs, r.miners[i].MinerId)
			row.Weights = append(row.Weights, uint32(weight))
		}
	}
	if row.Direct {
		return row, log, advanced, nil
	}
	row.Salt = make([]byte, saltSize)
	if _, err := rand.Read(row.Salt); err != nil {
		return store.Round{}, nil, nil, fmt.Errorf("draw a salt: %w", err)
	}
	if row.Hash, err = rowHash(r.chainID, row); err != nil {
		return store.Round{}, nil, nil, err
	}
	return row, log, advanced, nil
}

// context is what the scores rest on beside the answers.
func (r *round) context(standings map[uint64]benchmark.Standing) evidence.Context {
	start, blocks := epochBlocks(r.epoch)
	c := evidence.Context{
		SpecDigest: r.program.Digest(), Beacon: [32]byte(r.epoch.Beacon), Secret: r.secret, StartHeight: start, Blocks: blocks, Validators: r.share,
	}
	for _, miner := range r.miners {
		before := standings[miner.MinerId]
		c.Miners = append(c.Miners, evidence.Miner{
			ID: miner.MinerId, Hotkey: miner.Hotkey, Model: miner.Capabilities.Model, Since: since(miner),
			Before: evidence.Standing{Measured: before.Measured, Score: before.Score, Epoch: before.Epoch, Height: before.Height},
		})
	}
	return c
}

// epochBlocks is where an epoch starts and how many blocks it is planned to have.
func epochBlocks(epoch Epoch) (start, blocks uint64) {
	return uint64(max(epoch.StartHeight, 0)), uint64(max(epoch.EndHeight-epoch.StartHeight+1, 1)) //nolint:gosec // not below 0
}

// rowHash is what the commit of a row binds.
func rowHash(chainID string, row store.Round) ([]byte, error) {
	_, address, err := bech32.DecodeAndConvert(row.Hotkey)
	if err != nil {
		return nil, fmt.Errorf("hotkey %q: %w", row.Hotkey, err)
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: chainID, Netuid: row.Netuid, Benchmark: row.Benchmark, BenchmarkVersion: row.Version, Epoch: row.Epoch, Hotkey: address,
		MinerIDs: row.MinerIDs, Weights: row.Weights, EvidenceRoot: row.Root, Items: row.Items, Salt: row.Salt,
	})
	return hash[:], err
}

// seal makes the row of a stopped round and puts evidence, row, salt and standings on disk, in this order: what is in the
// row's record is there. Only after it returns may anything be sent.
func (l *lane) seal(asking *round) (store.Round, error) {
	standings, err := l.store.Standings(l.netuid, l.hotkey, l.number)
	if err != nil {
		return store.Round{}, err
	}
	row, log, advanced, err := draftRow(asking, l.hotkey, standings)
	if err != nil {
		return store.Round{}, fmt.Errorf("make the row of epoch %d: %w", asking.epoch.Index, err)
	}
	blob, err := log.Encode()
	if err != nil {
		return store.Round{}, fmt.Errorf("encode the evidence of epoch %d: %w", asking.epoch.Index, err)
	}
	row.KeepEpochs = uint64(asking.program.Spec().EvidenceEpochs)
	digest, err := l.evidence.Put(evidence.Ref{Netuid: row.Netuid, Epoch: row.Epoch, Benchmark: row.Benchmark, KeepEpochs: row.KeepEpochs}, blob)
	if err != nil {
		return store.Round{}, err
	}
	row.Evidence, row.DryRun = hex.EncodeToString(digest[:]), l.dryRun
	if err := l.store.Seal(row, advanced); err != nil {
		return store.Round{}, err
	}
	row.Stage = store.StageSealed
	return row, nil
}
