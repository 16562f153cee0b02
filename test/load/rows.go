package main

import (
	"crypto/rand"
	mathrand "math/rand/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// scoredItems is how many items a row says it was made of.
const scoredItems = 64

// row is one validator hotkey's weights for all miners of a subnet.
type row struct {
	key     *hotkey
	netuid  uint32
	epoch   uint64
	ids     []uint64
	weights []uint32
	salt    []byte
}

// rows lists the first rows that the hotkeys can make in an epoch: of all hotkeys for one subnet after the other. The
// weights are drawn from the seed, the salts are not.
func (w world) rows(epoch uint64, count int) []*row {
	ids := make([]uint64, w.miners)
	for i := range ids {
		ids[i] = uint64(i) + 1
	}
	rng := mathrand.New(mathrand.NewPCG(w.seed, epoch))
	rows := make([]*row, 0, count)
	for i := range count {
		r := &row{
			key: w.hotkeys[i%len(w.hotkeys)], netuid: 1 + uint32(i/len(w.hotkeys)),
			epoch: epoch, ids: ids, weights: make([]uint32, w.miners), salt: make([]byte, 32),
		}
		for j := range r.weights {
			r.weights[j] = 1 + rng.Uint32N(scorehash.MaxWeight)
		}
		_, _ = rand.Read(r.salt) // never fails
		rows = append(rows, r)
	}
	return rows
}

// commit is the message that binds the row.
func (r *row) commit() (sdk.Msg, error) {
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: chainID, Netuid: r.netuid, BenchmarkVersion: firstVersion, Epoch: r.epoch, Hotkey: r.key.address,
		MinerIDs: r.ids, Weights: r.weights, EvidenceRoot: make([]byte, scorehash.RootSize), Items: scoredItems, Salt: r.salt,
	})
	return &subnettypes.MsgCommitScores{
		Hotkey: r.key.address.String(), Netuid: r.netuid, Epoch: r.epoch, BenchmarkVersion: firstVersion, Hash: hash[:],
	}, err
}

// reveal is the message that opens it.
func (r *row) reveal() (sdk.Msg, error) {
	return &subnettypes.MsgRevealScores{
		Hotkey: r.key.address.String(), Netuid: r.netuid, Epoch: r.epoch, BenchmarkVersion: firstVersion,
		MinerIds: r.ids, Weights: r.weights, EvidenceRoot: make([]byte, scorehash.RootSize), Items: scoredItems, Salt: r.salt,
	}, nil
}
