package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"
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
				Question:  sha256.Sum256([]byte{'q', byte(i)}),
				Input:     sha256.Sum256([]byte{'i', byte(i)}),
				Output:    sha256.Sum256(output),
				Outcome:   evidence.OutcomeScored,
				Score:     int64(i) * 1000,
				LatencyMs: uint32(i),
				Tokens:    uint32(100 + i),
				Request:   evidence.Request{Millis: int64(1_800_000_000_000 + i), Nonce: [16]byte{'n', byte(i)}},
				Receipt:   []byte{'r', byte(i)},
			},
			Output: output,
		}
		if i%2 == 1 {
			entries[i].Item.Reason = "scorer_fault"
			entries[i].Item.Request.Base = "/base"
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
		MinerID:   rapid.Uint64Range(0, minersDrawn-1).Draw(t, "miner"),
		Index:     rapid.Uint32Range(0, 9).Draw(t, "index"),
		Seed:      digest("seed"),
		Question:  digest("question"),
		Input:     digest("input"),
		Output:    digest("output"),
		Outcome:   evidence.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
		LatencyMs: rapid.Uint32().Draw(t, "latency"),
		Tokens:    rapid.Uint32().Draw(t, "tokens"),
		Receipt:   rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, "receipt"),
		Reason:    rapid.StringMatching("[a-z0-9_]{0,32}").Draw(t, "reason"),
	}
	if rapid.Bool().Draw(t, "signed") {
		item.Request = evidence.Request{
			Millis: rapid.Int64Range(1, math.MaxInt64-1).Draw(t, "milliseconds"),
			Nonce:  [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "nonce")),
			Base:   rapid.OneOf(rapid.Just(""), rapid.StringMatching("/[ -~]{0,63}")).Draw(t, "base"),
		}
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
		log, err := evidence.NewLog(head, drawnContext(t), entries)
		require.NoError(t, err)
		root := log.Root()
		head = log.Header()
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
			explained := head
			explained.Context[31] ^= 1
			require.ErrorIs(t, evidence.VerifyProof(root, explained, item, proof), evidence.ErrProof, "an item under another context")
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

func TestTheRootBindsItemsContextAndHeaderButNotTheOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, context, entries := drawnHeader(t), drawnContext(t), drawnEntries(t, 12)
		root := func(head evidence.Header, context evidence.Context, entries []evidence.Entry) [32]byte {
			log, err := evidence.NewLog(head, context, entries)
			require.NoError(t, err)
			return log.Root()
		}
		want := root(head, context, entries)
		require.Equal(t, want, root(head, context, rapid.Permutation(entries).Draw(t, "shuffled")))

		other := head
		changes := []func(){
			func() { other.ChainID += "x" },
			func() { other.Netuid++ },
			func() { other.Benchmark++ },
			func() { other.Version++ },
			func() { other.Epoch++ },
			func() { other.Hotkey += "x" },
		}
		changes[rapid.IntRange(0, len(changes)-1).Draw(t, "changed")]()
		require.NotEqual(t, want, root(other, context, entries))
		require.NotEqual(t, want, root(head, changedContext(t, context), entries))
		if len(entries) > 0 {
			i := rapid.IntRange(0, len(entries)-1).Draw(t, "i")
			require.NotEqual(t, want, root(head, context, slices.Delete(slices.Clone(entries), i, i+1)))
			changed := slices.Clone(entries)
			changed[i] = evidence.Entry{Item: changedItem(t, entries[i].Item)}
			require.NotEqual(t, want, root(head, context, changed))
		}
	})
}

// changedItem changes one field of an item such that it stays valid.
func changedItem(t *rapid.T, item evidence.Item) evidence.Item {
	changes := []func(){
		func() { item.Index += 100 },
		func() { item.Seed[0] ^= 1 },
		func() { item.Question[31] ^= 1 },
		func() { item.Input[0] ^= 1 },
		func() { item.Output[0] ^= 1 },
		func() { item.Outcome, item.Score = (item.Outcome+1)%3, 0 },
		func() { item.Outcome, item.Score = evidence.OutcomeScored, (item.Score+1)%evidence.MaxScore },
		func() { item.LatencyMs++ },
		func() { item.Tokens++ },
		func() {
			if item.Request.Millis == 0 {
				item.Request.Millis = 1
			} else {
				item.Request = evidence.Request{}
			}
		},
		func() { item.Request.Millis++ },
		func() {
			item.Request.Millis, item.Request.Nonce[15] = max(item.Request.Millis, 1), item.Request.Nonce[15]^1
		},
		func() {
			if item.Request.Base == "" {
				item.Request.Millis, item.Request.Base = max(item.Request.Millis, 1), "/"
			} else {
				item.Request.Base = ""
			}
		},
		func() { item.Receipt = append(bytes.Clone(item.Receipt), 0) },
		func() {
			if item.Reason == "" {
				item.Reason = "x"
			} else {
				item.Reason = item.Reason[1:]
			}
		},
	}
	changes[rapid.IntRange(0, len(changes)-1).Draw(t, "field")]()
	return item
}

func TestABlobGivesTheSameLogAndRootBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, err := evidence.NewLog(drawnHeader(t), drawnContext(t), drawnEntries(t, 20))
		require.NoError(t, err)
		blob, err := log.Encode()
		require.NoError(t, err)
		again, err := evidence.DecodeLog(blob)
		require.NoError(t, err)
		require.Equal(t, log.Header(), again.Header())
		require.Equal(t, log.Context(), again.Context())
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

		same, err := evidence.NewLog(log.Header(), log.Context(), nil)
		require.NoError(t, err, "a header that names its context already")
		require.Equal(t, log.Header(), same.Header())
	})
}

func TestNoByteOfABlobCanBeChangedUnseen(t *testing.T) {
	log, err := evidence.NewLog(header(), world(), sample(3))
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	for i := range blob {
		for bit := range 8 {
			changed := bytes.Clone(blob)
			changed[i] ^= 1 << bit
			again, err := evidence.DecodeLog(changed)
			if err == nil {
				require.NotEqual(t, log.Root(), again.Root(), "bit %d of byte %d", bit, i)
			}
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
		log, err := evidence.NewLog(header(), world(), sample(n))
		require.NoError(t, err)
		root := log.Root()
		require.Equal(t, want, hex.EncodeToString(root[:]), "%d items", n)
	}

	context := world()
	encoded, err = context.Encode()
	require.NoError(t, err)
	require.Equal(t, goldenContext, hex.EncodeToString(encoded))
	entries := sample(3)
	entries[0].Output, entries[2].Output = nil, nil
	log, err := evidence.NewLog(header(), context, entries)
	require.NoError(t, err)
	digest := log.Header().Context
	require.Equal(t, goldenContextDigest, hex.EncodeToString(digest[:]))
	blob, err := log.Encode()
	require.NoError(t, err)
	sum := sha256.Sum256(blob)
	require.Equal(t, goldenBlob, hex.EncodeToString(sum[:]))
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
		"a reason of a sentence":            change(func(e *evidence.Entry) { e.Item.Reason = strings.Repeat("a", evidence.MaxReasonBytes+1) }),
		"a reason with a capital":           change(func(e *evidence.Entry) { e.Item.Reason = "Timeout" }),
		"a reason with a hyphen":            change(func(e *evidence.Entry) { e.Item.Reason = "no-data" }),
		"a reason with an accent":           change(func(e *evidence.Entry) { e.Item.Reason = "d\u00e9passe" }),
		"a nonce of no request":             change(func(e *evidence.Entry) { e.Item.Request = evidence.Request{Nonce: [16]byte{1}} }),
		"a path of no request":              change(func(e *evidence.Entry) { e.Item.Request = evidence.Request{Base: "/a"} }),
		"a request before all clocks":       change(func(e *evidence.Entry) { e.Item.Request.Millis = -1 }),
		"a path without a slash":            change(func(e *evidence.Entry) { e.Item.Request.Base = "a" }),
		"a path of kilobytes":               change(func(e *evidence.Entry) { e.Item.Request.Base = "/" + strings.Repeat("a", evidence.MaxBaseBytes) }),
		"a miner after all of the context":  change(func(e *evidence.Entry) { e.Item.MinerID = 13 }),
		"a miner before all of the context": change(func(e *evidence.Entry) { e.Item.MinerID = 9 }),
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
					item := evidence.Item{MinerID: 10, Index: uint32(i), Output: sha256.Sum256(big)}
					entries = append(entries, evidence.Entry{Item: item, Output: big})
				}
				log, err := evidence.NewLog(header(), world(), entries)
				require.NoError(t, err)
				_, err = log.Encode()
				require.ErrorIs(t, err, evidence.ErrInvalid)
				return
			}
			_, err := evidence.NewLog(header(), world(), entries)
			require.ErrorIs(t, err, evidence.ErrInvalid)
		})
	}
	for _, head := range []evidence.Header{{}, {ChainID: "x"}, {Hotkey: "x"}, {ChainID: string(make([]byte, 129)), Hotkey: "x"}} {
		_, err := evidence.NewLog(head, world(), nil)
		require.ErrorIs(t, err, evidence.ErrInvalid)
		require.ErrorIs(t, evidence.VerifyProof([32]byte{}, head, evidence.Item{}, evidence.Proof{Count: 1}), evidence.ErrInvalid)
	}
	bad := evidence.Item{Outcome: 9}
	_, err := bad.Encode()
	require.ErrorIs(t, err, evidence.ErrInvalid)
	require.ErrorIs(t, evidence.VerifyProof([32]byte{}, header(), bad, evidence.Proof{Count: 1}), evidence.ErrInvalid)
	require.ErrorIs(t, evidence.VerifyProof([32]byte{}, header(), evidence.Item{}, evidence.Proof{}), evidence.ErrProof)

	log, err := evidence.NewLog(header(), world(), sample(2))
	require.NoError(t, err)
	named := header()
	named.Context[0] = 1
	_, err = evidence.NewLog(named, world(), nil)
	require.ErrorIs(t, err, evidence.ErrInvalid, "a header that names another context")
	for _, position := range []int{-1, 2} {
		_, err = log.Proof(position)
		require.ErrorIs(t, err, evidence.ErrInvalid)
	}
}

func TestASmallBlobThatPromisesManyItemsCostsNothing(t *testing.T) {
	log, err := evidence.NewLog(header(), world(), nil)
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	for promised, reason := range map[uint32]string{
		math.MaxUint32:    "4294967295 items, at most 262144 are allowed",
		evidence.MaxItems: "262144 items do not fit the 0 bytes that follow",
	} {
		binary.BigEndian.PutUint32(blob[len(blob)-4:], promised)
		_, err = evidence.DecodeLog(blob)
		require.ErrorIs(t, err, evidence.ErrEncoding)
		require.ErrorContains(t, err, reason)
	}
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
		log, err := evidence.NewLog(header(), world(), sample(n))
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
	context := evidence.Context{Blocks: 1, Miners: make([]evidence.Miner, len(entries))}
	for i := range entries {
		context.Miners[i] = evidence.Miner{ID: uint64(i), Hotkey: "agora1miner"}
		entries[i].Item = evidence.Item{MinerID: uint64(i), Receipt: make([]byte, 200)}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.NewLog(header(), context, entries); err != nil {
			b.Fatal(err)
		}
	}
}
