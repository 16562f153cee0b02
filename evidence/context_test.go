package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/evidence"
)

// minersDrawn is how many miners every drawn context has: those of ids below it.
const minersDrawn = 6

// world is the context of the sample.
func world() evidence.Context {
	return evidence.Context{
		SpecDigest:  sha256.Sum256([]byte("spec")),
		Beacon:      sha256.Sum256([]byte("beacon")),
		Secret:      sha256.Sum256([]byte("secret")),
		StartHeight: 1080,
		Blocks:      360,
		Validators:  []string{"agora1hotkey", "agora1other"},
		Miners: []evidence.Miner{
			{ID: 10, Hotkey: "agora1ten", Model: "tiny", Since: 7, Before: evidence.Standing{Measured: true, Score: 750_000_000, Epoch: 2, Height: 720}},
			{ID: 11, Hotkey: "agora1eleven", Since: 1079},
			{ID: 12, Hotkey: "agora1twelve", Before: evidence.Standing{Measured: true}},
		},
	}
}

func drawnMiner(t *rapid.T, id uint64) evidence.Miner {
	miner := evidence.Miner{
		ID:     id,
		Hotkey: rapid.StringN(1, 30, evidence.MaxNameBytes).Draw(t, "hotkey of the miner"),
		Model:  rapid.StringN(0, 30, evidence.MaxModelBytes).Draw(t, "model"),
		Since:  rapid.Uint64().Draw(t, "since"),
	}
	if rapid.Bool().Draw(t, "measured") {
		miner.Before = evidence.Standing{
			Measured: true,
			Score:    rapid.Int64Range(0, evidence.MaxScore).Draw(t, "standing"),
			Epoch:    rapid.Uint64().Draw(t, "epoch of the standing"),
			Height:   rapid.Uint64().Draw(t, "height of the standing"),
		}
	}
	return miner
}

func drawnContext(t *rapid.T) evidence.Context {
	start := rapid.Uint64Range(0, math.MaxUint64-1).Draw(t, "start")
	context := evidence.Context{
		SpecDigest:  [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "spec")),
		Beacon:      [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "beacon")),
		Secret:      [32]byte(rapid.OneOf(rapid.Just(make([]byte, 32)), rapid.SliceOfN(rapid.Byte(), 32, 32)).Draw(t, "secret")),
		StartHeight: start,
		Blocks:      rapid.Uint64Range(1, math.MaxUint64-start).Draw(t, "blocks"),
	}
	hotkeys := rapid.SliceOfNDistinct(rapid.StringN(1, 30, evidence.MaxNameBytes), 0, 4, rapid.ID[string]).Draw(t, "validators")
	slices.Sort(hotkeys)
	context.Validators = append(context.Validators, hotkeys...) // nil when there are none
	for id := range uint64(minersDrawn) {
		context.Miners = append(context.Miners, drawnMiner(t, id))
	}
	for _, id := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.Uint64Min(minersDrawn), 0, 3, rapid.ID[uint64]).Draw(t, "more miners"))) {
		context.Miners = append(context.Miners, drawnMiner(t, id))
	}
	return context
}

// changedContext changes one thing in a drawn context such that it stays valid and
// keeps the first miners.
func changedContext(t *rapid.T, context evidence.Context) evidence.Context {
	context.Validators, context.Miners = slices.Clone(context.Validators), slices.Clone(context.Miners)
	miner := &context.Miners[rapid.IntRange(0, len(context.Miners)-1).Draw(t, "changed miner")]
	changes := []func(){
		func() { context.SpecDigest[0] ^= 1 },
		func() { context.Beacon[31] ^= 1 },
		func() { context.Secret[rapid.IntRange(0, 31).Draw(t, "changed byte of the secret")] ^= 1 },
		func() {
			if context.StartHeight == 0 {
				context.StartHeight, context.Blocks = 1, 1
				return
			}
			context.StartHeight--
		},
		func() {
			if context.Blocks > 1 {
				context.Blocks--
			} else {
				context.StartHeight, context.Blocks = 0, 2
			}
		},
		func() {
			if len(context.Validators) > 0 {
				context.Validators = context.Validators[1:]
			} else {
				context.Validators = []string{"agora1more"}
			}
		},
		func() { miner.Hotkey += "x" },
		func() {
			if miner.Model = "x" + miner.Model; len(miner.Model) > evidence.MaxModelBytes {
				miner.Model = ""
			}
		},
		func() { miner.Since++ },
		func() {
			if miner.Before.Measured {
				miner.Before = evidence.Standing{}
			} else {
				miner.Before = evidence.Standing{Measured: true}
			}
		},
		func() {
			miner.Before = evidence.Standing{Measured: true, Score: evidence.MaxScore - miner.Before.Score, Epoch: miner.Before.Epoch + 1, Height: miner.Before.Height}
		},
		func() {
			miner.Before = evidence.Standing{Measured: true, Score: miner.Before.Score, Epoch: miner.Before.Epoch, Height: miner.Before.Height + 1}
		},
		func() {
			if len(context.Miners) > minersDrawn {
				context.Miners = context.Miners[:len(context.Miners)-1]
			} else {
				context.Miners = append(context.Miners, evidence.Miner{ID: math.MaxUint64, Hotkey: "x"})
			}
		},
	}
	changes[rapid.IntRange(0, len(changes)-1).Draw(t, "changed field")]()
	return context
}

func TestAContextSurvivesItsEncodingAndHasOneDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		context := drawnContext(t)
		encoded, err := context.Encode()
		require.NoError(t, err)
		require.LessOrEqual(t, len(encoded), evidence.MaxContextBytes)
		again, err := evidence.DecodeContext(encoded)
		require.NoError(t, err)
		require.Equal(t, context, again)
		digest, err := context.Digest()
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(encoded), digest)

		for _, miner := range context.Miners {
			found, ok := again.Miner(miner.ID)
			require.True(t, ok)
			require.Equal(t, miner, found)
		}
		changed := changedContext(t, context)
		different, err := changed.Digest()
		require.NoError(t, err)
		require.NotEqual(t, digest, different)
	})
	context := world()
	_, found := context.Miner(13)
	require.False(t, found)
}

func TestTheSecretOfTheDrawIsUnderTheRoot(t *testing.T) {
	root := func(context evidence.Context) [32]byte {
		log, err := evidence.NewLog(header(), context, sample(3))
		require.NoError(t, err)
		return log.Root()
	}
	context := world()
	want := root(context)
	plain, swapped, mirrored := context, context, context
	plain.Secret = [32]byte{}
	swapped.Beacon, swapped.Secret = context.Secret, context.Beacon
	slices.Reverse(mirrored.Secret[:])
	for name, other := range map[string]evidence.Context{
		"no secret":                         plain,
		"secret and beacon change places":   swapped,
		"the bytes of the secret backwards": mirrored,
	} {
		require.NotEqual(t, want, root(other), name)
	}

	encoded, err := context.Encode()
	require.NoError(t, err)
	require.Equal(t, context.Secret[:], encoded[atSecret:atSecret+32])
	clear(encoded[atSecret : atSecret+32])
	again, err := evidence.DecodeContext(encoded)
	require.NoError(t, err)
	require.Equal(t, plain, again, "zeros stand for no secret")
}

func TestBytesWithoutThePlaceOfTheSecretAreNoContext(t *testing.T) {
	encoded, err := hex.DecodeString(goldenContext)
	require.NoError(t, err)
	for name, without := range map[string][]byte{
		"under the format of today":       slices.Delete(bytes.Clone(encoded), atSecret, atSecret+32),
		"under the format that had none":  append([]byte{2}, slices.Delete(bytes.Clone(encoded), atSecret, atSecret+32)[1:]...),
		"cut where the secret begins":     encoded[:atSecret],
		"cut in the middle of the secret": encoded[:atSecret+16],
	} {
		_, err = evidence.DecodeContext(without)
		require.ErrorIs(t, err, evidence.ErrEncoding, name)
	}
}

func TestNoBitOfAContextCanBeChangedUnseen(t *testing.T) {
	context := world()
	encoded, err := context.Encode()
	require.NoError(t, err)
	for i := range encoded {
		for bit := range 8 {
			changed := bytes.Clone(encoded)
			changed[i] ^= 1 << bit
			again, err := evidence.DecodeContext(changed)
			if err != nil {
				continue
			}
			// What decodes at all has no second encoding, so its digest is another.
			back, err := again.Encode()
			require.NoError(t, err)
			require.Equal(t, changed, back, "bit %d of byte %d", bit, i)
		}
		_, err = evidence.DecodeContext(encoded[:i])
		require.Error(t, err, "cut at byte %d", i)
	}
	_, err = evidence.DecodeContext(append(encoded, 0))
	require.ErrorIs(t, err, evidence.ErrEncoding)
}

func TestTheLargestContextFitsItsBound(t *testing.T) {
	context := evidence.Context{StartHeight: math.MaxUint64 - 1, Blocks: 1}
	name := func(i int) string { return fmt.Sprintf("%0*d", evidence.MaxNameBytes, i) }
	for i := range evidence.MaxValidators {
		context.Validators = append(context.Validators, name(i))
	}
	for i := range evidence.MaxMiners {
		context.Miners = append(context.Miners, evidence.Miner{ID: uint64(i), Hotkey: name(i), Model: name(i), Before: evidence.Standing{Measured: true}})
	}
	encoded, err := context.Encode()
	require.NoError(t, err)
	require.Len(t, encoded, evidence.MaxContextBytes)
	log, err := evidence.NewLog(header(), context, nil)
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	again, err := evidence.DecodeLog(blob)
	require.NoError(t, err)
	require.Equal(t, log.Root(), again.Root())
}

func TestAContextThatBreaksARuleIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*evidence.Context)
		reason string
	}{
		"an epoch without blocks":             {func(c *evidence.Context) { c.Blocks = 0 }, "has no blocks"},
		"an epoch that never ends":            {func(c *evidence.Context) { c.StartHeight = math.MaxUint64 }, "has no end"},
		"a validator without a name":          {func(c *evidence.Context) { c.Validators[0] = "" }, "hotkey of a validator has 0 bytes"},
		"a validator with a long name":        {func(c *evidence.Context) { c.Validators[0] = strings.Repeat("a", 129) }, "hotkey of a validator has 129 bytes"},
		"a validator twice":                   {func(c *evidence.Context) { c.Validators[1] = c.Validators[0] }, "twice or out of order"},
		"validators out of order":             {func(c *evidence.Context) { slices.Reverse(c.Validators) }, "twice or out of order"},
		"too many validators":                 {func(c *evidence.Context) { c.Validators = make([]string, 1025) }, "1025 validators"},
		"too many miners":                     {func(c *evidence.Context) { c.Miners = make([]evidence.Miner, 1<<16+1) }, "65537 miners"},
		"a miner without a hotkey":            {func(c *evidence.Context) { c.Miners[2].Hotkey = "" }, "hotkey of a miner has 0 bytes"},
		"a miner with a long hotkey":          {func(c *evidence.Context) { c.Miners[2].Hotkey = strings.Repeat("a", 129) }, "hotkey of a miner has 129 bytes"},
		"a miner whose model has a long name": {func(c *evidence.Context) { c.Miners[2].Model = strings.Repeat("a", 129) }, "model of miner 12 has a name of 129 bytes"},
		"a miner twice":                       {func(c *evidence.Context) { c.Miners[1].ID = 10 }, "miner 10 appears twice"},
		"miners out of order":                 {func(c *evidence.Context) { slices.Reverse(c.Miners) }, "twice or out of order"},
		"a standing below zero":               {func(c *evidence.Context) { c.Miners[0].Before.Score = -1 }, "miner 10: evidence is invalid: standing -1"},
		"a standing above one":                {func(c *evidence.Context) { c.Miners[0].Before.Score = evidence.MaxScore + 1 }, "standing 1000000001"},
		"a score that nobody measured":        {func(c *evidence.Context) { c.Miners[1].Before.Score = 1 }, "never measured"},
		"an epoch in which nothing was":       {func(c *evidence.Context) { c.Miners[1].Before.Epoch = 1 }, "never measured"},
		"a height at which nothing was yet":   {func(c *evidence.Context) { c.Miners[1].Before.Height = 1 }, "never measured"},
	} {
		t.Run(name, func(t *testing.T) {
			context := world()
			c.change(&context)
			err := context.Validate()
			require.ErrorIs(t, err, evidence.ErrInvalid)
			require.ErrorContains(t, err, c.reason)
			_, err = context.Encode()
			require.ErrorIs(t, err, evidence.ErrInvalid)
			_, err = context.Digest()
			require.ErrorIs(t, err, evidence.ErrInvalid)
			_, err = evidence.NewLog(header(), context, nil)
			require.ErrorIs(t, err, evidence.ErrInvalid)
		})
	}
}

// Places in the golden context.
const (
	atSecret     = 1 + 32 + 32
	atValidators = atSecret + 32 + 8 + 8
	atMiners     = atValidators + 4 + 4 + len("agora1hotkey") + 4 + len("agora1other")
	atMark       = atMiners + 4 + 8 + 4 + len("agora1ten") + 4 + len("tiny") + 8
)

func TestBytesThatAreNoContextAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		at     int
		bytes  []byte
		want   error
		reason string
	}{
		"another format":                      {0, []byte{1}, evidence.ErrEncoding, "format 1, known is 3"},
		"more validators than may be":         {atValidators, []byte{0, 0, 4, 1}, evidence.ErrEncoding, "1025 validators, at most 1024"},
		"more validators than there is room":  {atValidators, []byte{0, 0, 0, 200}, evidence.ErrEncoding, "200 validators do not fit"},
		"a validator of kilobytes":            {atValidators + 4, []byte{0, 0, 8, 0}, evidence.ErrEncoding, "hotkey of a validator has 2048 bytes"},
		"a validator of no bytes":             {atValidators, []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, evidence.ErrEncoding, "bytes follow the end"},
		"more miners than may be":             {atMiners, []byte{0, 1, 0, 1}, evidence.ErrEncoding, "65537 miners, at most 65536"},
		"more miners than there is room":      {atMiners, []byte{0, 0, 1, 0}, evidence.ErrEncoding, "256 miners do not fit"},
		"one miner fewer than there are":      {atMiners, []byte{0, 0, 0, 2}, evidence.ErrEncoding, "bytes follow the end"},
		"one miner more than there are":       {atMiners, []byte{0, 0, 0, 4}, evidence.ErrEncoding, "needs 8 bytes, 0 are left"},
		"a mark that is neither yes nor no":   {atMark, []byte{2}, evidence.ErrEncoding, "mark of a standing is 2"},
		"a standing that is below zero":       {atMark + 1, []byte{0xff}, evidence.ErrInvalid, "must be 0 to 1000000000"},
		"a miner that comes before the first": {atMiners + 4, []byte{1}, evidence.ErrInvalid, "out of order"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := hex.DecodeString(goldenContext)
			require.NoError(t, err)
			copy(data[c.at:], c.bytes)
			_, err = evidence.DecodeContext(data)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestALogWhoseContextIsNotTheOneOfItsHeaderIsRefused(t *testing.T) {
	log, err := evidence.NewLog(header(), world(), sample(2))
	require.NoError(t, err)
	blob, err := log.Encode()
	require.NoError(t, err)
	context := world()
	encoded, err := context.Encode()
	require.NoError(t, err)
	at := bytes.Index(blob, encoded)
	require.Positive(t, at)

	context.Miners[0].Before.Score++
	better, err := context.Encode()
	require.NoError(t, err)
	copy(blob[at:], better)
	_, err = evidence.DecodeLog(blob)
	require.ErrorIs(t, err, evidence.ErrInvalid)
	require.ErrorContains(t, err, "the header names")

	// One that the header does name must still be canonical.
	broken := bytes.Clone(encoded)
	broken[0] = 9
	copy(blob[at:], broken)
	digest := sha256.Sum256(broken)
	copy(blob[at-4-len(digest):], digest[:])
	_, err = evidence.DecodeLog(blob)
	require.ErrorIs(t, err, evidence.ErrEncoding)
	require.ErrorContains(t, err, "format 9")
}

func FuzzDecodeContext(f *testing.F) {
	encoded, err := hex.DecodeString(goldenContext)
	require.NoError(f, err)
	f.Add(bytes.Clone(encoded))
	f.Add(bytes.Clone(encoded[:atValidators]))
	f.Add(slices.Delete(bytes.Clone(encoded), atSecret, atSecret+32))
	clear(encoded[atSecret : atSecret+32])
	f.Add(encoded)
	empty := evidence.Context{Blocks: 1}
	encoded, err = empty.Encode()
	require.NoError(f, err)
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, data []byte) {
		context, err := evidence.DecodeContext(data)
		if err != nil {
			return
		}
		again, err := context.Encode()
		require.NoError(t, err)
		require.Equal(t, data, again)
		digest, err := context.Digest()
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(data), digest)
	})
}
