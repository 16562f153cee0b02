package validator

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// longHotkey is as long as an address of any kind can be.
var longHotkey = "agora1" + strings.Repeat("q", 84)

// longModel is as long as the name of a model can be.
var longModel = strings.Repeat("m", subnettypes.MaxModelBytes)

func TestWhatMinersPublishFitsTheEvidence(t *testing.T) {
	require.LessOrEqual(t, wire.MaxBasePath, evidence.MaxBaseBytes)
	require.LessOrEqual(t, subnettypes.MaxModelBytes, evidence.MaxModelBytes)
}

// fullItem is an item in which everything is as long as it gets.
func fullItem(t *testing.T, body []byte) evidence.Entry {
	t.Helper()
	receipt, err := wire.NewReceipt(newSigner(t), wire.Digest{1}, 200, wire.BodyDigest(body))
	require.NoError(t, err)
	return evidence.Entry{Output: body, Item: evidence.Item{
		Output: sha256.Sum256(body), Receipt: []byte(receipt.String()), Reason: strings.Repeat("x", evidence.MaxReasonBytes),
		Request: evidence.Request{Millis: 1, Base: "/" + strings.Repeat("x", evidence.MaxBaseBytes-1)},
	}}
}

func TestEntriesAndPeopleTakeNoMoreOfTheEvidenceThanIsSetAsideForThem(t *testing.T) {
	header := evidence.Header{ChainID: strings.Repeat("c", 50), Hotkey: longHotkey}
	size := func(context evidence.Context, entries ...evidence.Entry) int {
		context.Blocks = 1
		log, err := evidence.NewLog(header, context, entries)
		require.NoError(t, err)
		blob, err := log.Encode()
		require.NoError(t, err)
		return len(blob)
	}
	bare := size(evidence.Context{})
	require.LessOrEqual(t, bare, 2*peopleBytes)
	validator := size(evidence.Context{Validators: []string{longHotkey}})
	require.LessOrEqual(t, validator-bare, peopleBytes)
	miner := evidence.Context{Miners: []evidence.Miner{{Hotkey: longHotkey, Model: longModel, Before: evidence.Standing{Measured: true}}}}
	require.LessOrEqual(t, size(miner)-bare, peopleBytes)
	body := []byte("{}")
	require.LessOrEqual(t, size(miner, fullItem(t, body))-size(miner)-len(body), entryBytes)
}

func TestAsManyItemsAsThereMayBeFitTheEvidenceWithTheirAnswers(t *testing.T) {
	for _, miners := range []int{256, 4096} {
		room := roomForOutputs(evidence.MaxItems, miners, 256)
		require.Greater(t, room, 64<<20, "answers of %d bytes of every item are kept", 64<<20/evidence.MaxItems)
	}
	require.Greater(t, roomForOutputs(256*8, 256, 64), maxKeptOutputs, "an ordinary epoch keeps all it may")
}

func TestAnEpochOf256MinersAnd1024ItemsIsSealedWhateverTheyAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 256 MiB")
	}
	const miners, items, body = 256, 1024, 1 << 10
	full := fullItem(t, []byte(strings.Repeat("a", body)))
	options := roundOptions{limits: limits{kept: maxKeptOutputs}, slots: newMinerSlots(1)}
	options.epoch.StartHeight, options.epoch.EndHeight = 1, 360
	for id := range uint64(miners) {
		options.miners = append(options.miners, subnettypes.Miner{MinerId: id, Hotkey: longHotkey, Capabilities: subnettypes.Capabilities{Model: longModel}})
		options.tasks = append(options.tasks, make([]benchmark.Task, items))
	}
	for range 256 {
		options.share = append(options.share, longHotkey)
	}
	program, err := benchmark.Open(t.Context(), parseSpec(t, testSpec), benchmark.Env{})
	require.NoError(t, err)
	options.program = program
	r := newRound(t.Context(), options)
	require.Equal(t, evidence.MaxItems, r.count())
	request := &wire.Request{Target: full.Item.Request.Base + ask.Path(benchmark.Task{}), Nonce: wire.Nonce{Millis: 1}}
	for _, at := range r.order {
		r.settle(at, true, ask.Answer{Reason: ask.ReasonNotAnAnswer, Body: full.Output, Output: full.Item.Output, Receipt: string(full.Item.Receipt), Request: request})
	}
	require.Less(t, r.limits.kept, maxKeptOutputs)
	require.Greater(t, r.kept, r.limits.kept-2*body)
	context := evidence.Context{Blocks: 360}
	for _, miner := range r.miners {
		context.Miners = append(context.Miners, evidence.Miner{ID: miner.MinerId, Hotkey: miner.Hotkey, Model: miner.Capabilities.Model, Before: evidence.Standing{Measured: true}})
	}
	entries := r.entries()
	for i := range entries {
		entries[i].Item.Index = uint32(i % items)
	}
	log, err := evidence.NewLog(evidence.Header{ChainID: testChainID, Hotkey: longHotkey}, context, entries)
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	require.LessOrEqual(t, len(blob), evidence.MaxLogBytes)
	_, err = evidence.DecodeLog(blob)
	require.NoError(t, err)
}
