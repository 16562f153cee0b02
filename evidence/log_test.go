package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/evidence"
)

func header() evidence.Header {
	return evidence.Header{ChainID: "agora-test-1", Netuid: 1, Benchmark: 6, Version: 2, Epoch: 3, Hotkey: "agora1hotkey"}
}

// sample makes n entries of two miners, each with an output and a receipt.
func sample(n int) []evidence.Entry {
	entries := make([]evidence.Entry, n)
	for i := range entries {
		output := []byte{'o', byte(i)}
		entries[i] = evidence.Entry{
			Item: evidence.Item{
				MinerID:   uint64(10 + i%2),
				Index:     uint32(i / 2),
				Seed:      sha256.Sum256([]byte{'s', byte(i)}),
				Input:     sha256.Sum256([]byte{'i', byte(i)}),
				Output:    sha256.Sum256(output),
				Outcome:   evidence.OutcomeScored,
				Score:     int64(i) * 1000,
				LatencyMs: uint32(i),
				Receipt:   []byte{'r', byte(i)},
			},
			Output: output,
		}
	}
	return entries
}

func drawnHeader(t *rapid.T) evidence.Header {
	return evidence.Header{
		ChainID:   rapid.StringN(1, 30, 100).Draw(t, "chain id"),
		Netuid:    rapid.Uint32().Draw(t, "netuid"),
		Benchmark: rapid.Uint32().Draw(t, "benchmark"),
		Version:   rapid.Uint32().Draw(t, "version"),
		Epoch:     rapid.Uint64().Draw(t, "epoch"),
		Hotkey:    rapid.StringN(1, 30, 100).Draw(t, "hotkey"),
	}
}

func drawnItem(t *rapid.T) evidence.Item {
	digest := func(label string) [32]byte {
		return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	}
	item := evidence.Item{
		MinerID:   rapid.Uint64Range(0, 5).Draw(t, "miner"),
		Index:     rapid.Uint32Range(0, 9).Draw(t, "index"),
		Seed:      digest("seed"),
		Input:     digest("input"),
		Output:    digest("output"),
		Outcome:   evidence.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
		LatencyMs: rapid.Uint32().Draw(t, "latency"),
		Receipt:   rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, "receipt"),
	}
	if item.Outcome == evidence.OutcomeScored {
		item.Score = rapid.Int64Range(0, evidence.MaxScore).Draw(t, "score")
	}
	return item
}

func drawnEntries(t *rapid.T, most int) []evidence.Entry {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) evidence.Entry {
		entry := evidence.Entry{Item: drawnItem(t)}
		if rapid.Bool().Draw(t, "kept") {
			entry.Output = rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "output")
			entry.Item.Output = sha256.Sum256(entry.Output)
		}
		return entry
	}), 0, most, func(e evidence.Entry) [2]uint64 { return [2]uint64{e.Item.MinerID, uint64(e.Item.Index)} }).Draw(t, "entries")
}

func TestEveryItemOfALogIsProvedAndNothingElseIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, entries := drawnHeader(t), drawnEntries(t, 40)
		log, err := evidence.NewLog(head, entries)
		require.NoError(t, err)
		root := log.Root()
		for position := range log.Len() {
			item := log.Entry(position).Item
			proof, err := log.Proof(position)
			require.NoError(t, err)
			require.NoError(t, evidence.VerifyProof(root, head, item, proof))

			again, err := evidence.DecodeProof(proof.Encode())
			require.NoError(t, err)
			require.Equal(t, proof, again)

			forged := item
			forged.LatencyMs++
			require.ErrorIs(t, evidence.VerifyProof(root, head, forged, proof), evidence.ErrProof)
			other := head
			other.Hotkey += "x"
			require.ErrorIs(t, evidence.VerifyProof(root, other, item, proof), evidence.ErrProof)
			elsewhere := head
			elsewhere.Benchmark++
			require.ErrorIs(t, evidence.VerifyProof(root, elsewhere, item, proof), evidence.ErrProof, "an item of another benchmark")
			moved := proof
			moved.Index ^= 1
			require.ErrorIs(t, evidence.VerifyProof(root, head, item, moved), evidence.ErrProof)
			longer := proof
			longer.Path = append(slices.Clone(proof.Path), [32]byte{})
			require.ErrorIs(t, evidence.VerifyProof(root, head, item, longer), evidence.ErrProof)
			if len(proof.Path) > 0 {
				shorter := proof
				shorter.Path = proof.Path[:len(proof.Path)-1]
				require.ErrorIs(t, evidence.VerifyProof(root, head, item, shorter), evidence.ErrProof)
			}
		}
	})
}

func TestTheRootBindsEveryItemAndTheHeaderButNotTheOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, entries := drawnHeader(t), drawnEntries(t, 12)
		root := func(head evidence.Header, entries []evidence.Entry) [32]byte {
			log, err := evidence.NewLog(head, entries)
			require.NoError(t, err)
			return log.Root()
		}
		want := root(head, entries)
		require.Equal(t, want, root(head, rapid.Permutation(entries).Draw(t, "shuffled")))

		other := head
		switch rapid.IntRange(0, 5).Draw(t, "changed") {
		case 0:
			other.ChainID += "x"
		case 1:
			other.Netuid++
		case 2:
			other.Version++
		case 5:
			other.Benchmark++
		case 3:
			other.Epoch++
		case 4:
			other.Hotkey += "x"
		}
		require.NotEqual(t, want, root(other, entries))
		if len(entries) > 0 {
			i := rapid.IntRange(0, len(entries)-1).Draw(t, "i")
			require.NotEqual(t, want, root(head, slices.Delete(slices.Clone(entries), i, i+1)))
			changed := slices.Clone(entries)
			changed[i].Item.Seed[0] ^= 1
			require.NotEqual(t, want, root(head, changed))
		}
	})
}

func TestABlobGivesTheSameLogAndRootBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, err := evidence.NewLog(drawnHeader(t), drawnEntries(t, 20))
		require.NoError(t, err)
		blob, err := log.Encode()
		require.NoError(t, err)
		again, err := evidence.DecodeLog(blob)
		require.NoError(t, err)
		require.Equal(t, log.Header(), again.Header())
		require.Equal(t, log.Root(), again.Root())
		for i := range log.Len() {
			require.Equal(t, log.Entry(i), again.Entry(i))
			at, found := again.Find(log.Entry(i).Item.MinerID, log.Entry(i).Item.Index)
			require.True(t, found)
			require.Equal(t, i, at)
		}
		_, found := again.Find(99, 0)
		require.False(t, found)

		encoded, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, blob, encoded)
	})
}

func TestNoByteOfABlobCanBeChangedUnseen(t *testing.T) {
	log, err := evidence.NewLog(header(), sample(3))
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	for i := range blob {
		changed := bytes.Clone(blob)
		changed[i] ^= 0x01
		again, err := evidence.DecodeLog(changed)
		if err == nil {
			require.NotEqual(t, log.Root(), again.Root(), "byte %d", i)
		}
		_, err = evidence.DecodeLog(blob[:i])
		require.Error(t, err, "cut at byte %d", i)
	}
	_, err = evidence.DecodeLog(append(blob, 0))
	require.ErrorIs(t, err, evidence.ErrEncoding)
}

// Roots are on the chain for good; encodings may be read years later.
func TestEncodingsAndRootsAreFixed(t *testing.T) {
	item := sample(4)[3].Item
	encoded, err := item.Encode()
	require.NoError(t, err)
	require.Equal(t, goldenItem, hex.EncodeToString(encoded))
	for n, want := range goldenRoots {
		log, err := evidence.NewLog(header(), sample(n))
		require.NoError(t, err)
		root := log.Root()
		require.Equal(t, want, hex.EncodeToString(root[:]), "%d items", n)
	}
}

func TestWhatBreaksARuleIsRefused(t *testing.T) {
	change := func(f func(*evidence.Entry)) []evidence.Entry {
		entries := sample(2)
		f(&entries[0])
		return entries
	}
	for name, entries := range map[string][]evidence.Entry{
		"an unknown outcome":                change(func(e *evidence.Entry) { e.Item.Outcome = 3 }),
		"a negative score":                  change(func(e *evidence.Entry) { e.Item.Score = -1 }),
		"a score above one":                 change(func(e *evidence.Entry) { e.Item.Score = evidence.MaxScore + 1 }),
		"a score without an answer":         change(func(e *evidence.Entry) { e.Item.Outcome, e.Item.Score = evidence.OutcomeUnanswered, 1 }),
		"a receipt of megabytes":            change(func(e *evidence.Entry) { e.Item.Receipt = make([]byte, evidence.MaxReceiptBytes+1) }),
		"an output that is not the one":     change(func(e *evidence.Entry) { e.Output = []byte("other") }),
		"an output of megabytes":            change(func(e *evidence.Entry) { e.Output = make([]byte, evidence.MaxOutputBytes+1) }),
		"the same question twice":           append(sample(2), sample(1)...),
		"more items than a tree may hold":   make([]evidence.Entry, evidence.MaxItems+1),
		"outputs that no blob has room for": nil,
	} {
		t.Run(name, func(t *testing.T) {
			if entries == nil {
				big := make([]byte, evidence.MaxOutputBytes)
				for i := range evidence.MaxLogBytes / len(big) {
					item := evidence.Item{Index: uint32(i), Output: sha256.Sum256(big)}
					entries = append(entries, evidence.Entry{Item: item, Output: big})
				}
				log, err := evidence.NewLog(header(), entries)
				require.NoError(t, err)
				_, err = log.Encode()
				require.ErrorIs(t, err, evidence.ErrInvalid)
				return
			}
			_, err := evidence.NewLog(header(), entries)
			require.ErrorIs(t, err, evidence.ErrInvalid)
		})
	}
	for _, head := range []evidence.Header{{}, {ChainID: "x"}, {Hotkey: "x"}, {ChainID: string(make([]byte, 129)), Hotkey: "x"}} {
		_, err := evidence.NewLog(head, nil)
		require.ErrorIs(t, err, evidence.ErrInvalid)
		require.ErrorIs(t, evidence.VerifyProof([32]byte{}, head, evidence.Item{}, evidence.Proof{Count: 1}), evidence.ErrInvalid)
	}
	bad := evidence.Item{Outcome: 9}
	_, err := bad.Encode()
	require.ErrorIs(t, err, evidence.ErrInvalid)
	require.ErrorIs(t, evidence.VerifyProof([32]byte{}, header(), bad, evidence.Proof{Count: 1}), evidence.ErrInvalid)
	require.ErrorIs(t, evidence.VerifyProof([32]byte{}, header(), evidence.Item{}, evidence.Proof{}), evidence.ErrProof)

	log, err := evidence.NewLog(header(), sample(2))
	require.NoError(t, err)
	for _, position := range []int{-1, 2} {
		_, err = log.Proof(position)
		require.ErrorIs(t, err, evidence.ErrInvalid)
	}
}

func TestASmallBlobThatPromisesManyItemsCostsNothing(t *testing.T) {
	log, err := evidence.NewLog(header(), nil)
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	copy(blob[len(blob)-4:], []byte{0xff, 0xff, 0xff, 0xff})
	_, err = evidence.DecodeLog(blob)
	require.ErrorContains(t, err, "4294967295 items do not fit")
}

// The benchmark package has a test of the same numbers; neither room imports the other.
func TestOutcomesHaveTheNumbersOfTheBenchmark(t *testing.T) {
	require.EqualValues(t, 0, evidence.OutcomeAbstained)
	require.EqualValues(t, 1, evidence.OutcomeScored)
	require.EqualValues(t, 2, evidence.OutcomeUnanswered)
	require.EqualValues(t, 1_000_000_000, evidence.MaxScore)
}

func FuzzDecodeItem(f *testing.F) {
	encoded, err := hex.DecodeString(goldenItem)
	require.NoError(f, err)
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, data []byte) {
		item, err := evidence.DecodeItem(data)
		if err != nil {
			return
		}
		again, err := item.Encode()
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

func FuzzDecodeLog(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		log, err := evidence.NewLog(header(), sample(n))
		require.NoError(f, err)
		blob, err := log.Encode()
		require.NoError(f, err)
		f.Add(blob)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := evidence.DecodeLog(data)
		if err != nil {
			return
		}
		again, err := log.Encode()
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

func FuzzDecodeProof(f *testing.F) {
	f.Add(evidence.Proof{Index: 1, Count: 3, Path: [][32]byte{{1}, {2}}}.Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		proof, err := evidence.DecodeProof(data)
		if err != nil {
			return
		}
		require.Equal(t, data, proof.Encode())
		require.Error(t, evidence.VerifyProof([32]byte{}, header(), evidence.Item{}, proof))
	})
}

func BenchmarkNewLogOf4096Items(b *testing.B) {
	entries := make([]evidence.Entry, 4096)
	for i := range entries {
		entries[i].Item = evidence.Item{MinerID: uint64(i), Receipt: make([]byte, 200)}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.NewLog(header(), entries); err != nil {
			b.Fatal(err)
		}
	}
}
