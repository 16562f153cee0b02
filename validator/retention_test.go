package validator

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/evidence"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestRowsAndTheirEvidenceAreKeptAsLongAsTheVersionThatMadeThemSays(t *testing.T) {
	b := newBench(t) // keeps 3 epochs by itself
	long := parseSpec(t, testSpec)
	long.EvidenceEpochs = 5
	b.chain.publish(t, 0, 1, long)
	b.chain.publish(t, 0, 2, parseSpec(t, testSpec))
	b.chain.scored = func(epoch uint64) []subnettypes.EpochBenchmark {
		return []subnettypes.EpochBenchmark{{Version: min(uint32(epoch)+2, 4) / 2, ShareBp: 10_000}} // version 2 from epoch 2 on
	}
	startMiner(t, b.chain, honest)
	digests := map[uint64][32]byte{}
	for _, test := range []struct {
		epoch uint64
		kept  []uint64
	}{
		{3, []uint64{0, 1, 2}},
		{5, []uint64{0, 1, 2, 3, 4}},
		{6, []uint64{1, 3, 4, 5}},
		{7, []uint64{4, 5, 6}},
	} {
		for b.chain.height < int64(test.epoch)*10+1 {
			if b.tick(); b.chain.height%10 == 0 {
				row := b.row(uint64(b.chain.height)/10 - 1)
				digest, err := hex.DecodeString(row.Evidence)
				require.NoError(t, err)
				digests[row.Epoch] = [32]byte(digest)
			}
		}
		var rows, blobs []uint64
		for epoch := range test.epoch {
			row, ok, err := b.store.Round(b.key(epoch, 0))
			require.NoError(t, err)
			if ok {
				require.Equal(t, epoch < 2, row.KeepEpochs == 5)
				rows = append(rows, epoch)
			}
			if _, err := b.runner.evidence.Get(digests[epoch]); err == nil {
				blobs = append(blobs, epoch)
			} else {
				require.ErrorIs(t, err, evidence.ErrNotFound)
			}
			_, err = LoadEvidence(b.store, b.runner.evidence, b.key(epoch, 0))
			require.Equal(t, ok, err == nil, "a row that is kept leads to its evidence")
		}
		require.Equal(t, test.kept, rows, "in epoch %d", test.epoch)
		require.Equal(t, test.kept, blobs, "in epoch %d", test.epoch)
	}
}
