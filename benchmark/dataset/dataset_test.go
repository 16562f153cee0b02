package dataset_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/question"
)

func TestEveryItemOfEverySetOpensAndIsTheOneThatWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := documents(rapid.IntRange(1, 150).Draw(t, "items"))
		for i := range items {
			items[i] = append(items[i], bytes.Repeat([]byte{'.'}, rapid.IntRange(0, 100).Draw(t, "longer"))...)
		}
		manifest, files := build(t, dataset.Documents, items, rapid.Int64Range(1, 20_000).Draw(t, "shard bytes"))
		require.NoError(t, manifest.Validate())
		source := sharded(t, manifest, files, rapid.Int64Range(1, 100_000).Draw(t, "cache"))
		for i, item := range items {
			opening, err := source.Open(context.Background(), uint64(i))
			require.NoError(t, err)
			require.Equal(t, item, opening.Item)
			require.NoError(t, dataset.Verify(manifest.Root, manifest.Items, opening))
			again, err := dataset.DecodeOpening(opening.Encode())
			require.NoError(t, err)
			require.Equal(t, opening.Encode(), again.Encode())
		}
	})
}

func TestAnyFlippedBitOfAnOpeningFails(t *testing.T) {
	manifest, files := build(t, dataset.Questions, questions(11), 1)
	encoded := openAt(t, sharded(t, manifest, files, 0), 6).Encode()
	for bit := range 8 * len(encoded) {
		changed := bytes.Clone(encoded)
		changed[bit/8] ^= 1 << (bit % 8)
		opening, err := dataset.DecodeOpening(changed)
		if err == nil {
			err = dataset.Verify(manifest.Root, manifest.Items, opening)
		}
		require.Error(t, err, "bit %d", bit)
	}
	opening, err := dataset.DecodeOpening(encoded)
	require.NoError(t, err)
	for bit := range 256 {
		root := manifest.Root
		root[bit/8] ^= 1 << (bit % 8)
		require.ErrorIs(t, dataset.Verify(root, manifest.Items, opening), dataset.ErrChanged)
	}
	require.ErrorIs(t, dataset.Verify(manifest.Root, 12, opening), dataset.ErrChanged, "the number of items is under the root")
	require.ErrorIs(t, dataset.Verify(manifest.Root, 6, opening), dataset.ErrIndex)
}

func TestAnyFlippedBitOfAShardFailsEvenIfItsDigestIsDeclared(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(6), perShard(2))
	content := files.files[manifest.Shards[1].SHA256]
	for bit := range 8 * len(content) {
		changed := bytes.Clone(content)
		changed[bit/8] ^= 1 << (bit % 8)
		files.files[manifest.Shards[1].SHA256] = changed
		_, err := sharded(t, manifest, files, 0).Open(t.Context(), 3)
		require.ErrorIs(t, err, dataset.ErrChanged)

		lying := manifest
		lying.Shards = append([]dataset.Shard{}, manifest.Shards...)
		lying.Shards[1].SHA256 = sha256.Sum256(changed)
		files.files[lying.Shards[1].SHA256] = changed
		_, err = sharded(t, lying, files, 0).Open(t.Context(), 3)
		require.True(t, errors.Is(err, dataset.ErrChanged) || errors.Is(err, dataset.ErrInvalid), "bit %d: %v", bit, err)
	}
}

func TestASourceSaysWhyAnItemCannotBeHad(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(6), perShard(2))
	second := manifest.Shards[1].SHA256
	content := files.files[second]
	other := files.files[manifest.Shards[0].SHA256]
	for name, c := range map[string]struct {
		file   []byte
		index  uint64
		err    error
		reason string
	}{
		"no such item":    {content, 6, dataset.ErrIndex, "item 6 of 6"},
		"shard vanished":  {nil, 3, dataset.ErrMissing, "item 3: data set item is missing: shard 1 (sha256 "},
		"shard cut off":   {content[:len(content)-1], 2, dataset.ErrSize, "shard 1: data set has another size: it has "},
		"shard longer":    {append(bytes.Clone(content), 0), 2, dataset.ErrSize, "bytes or more, declared are "},
		"another shard":   {other[:len(content)], 2, dataset.ErrChanged, "declared is "},
		"other items too": {content, 2, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if files.files[second] = c.file; c.file == nil {
				delete(files.files, second)
			}
			_, err := sharded(t, manifest, files, 0).Open(t.Context(), c.index)
			if c.err == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestShardsOfOtherSetsAndInOtherPlacesAreRefused(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(6), perShard(2))
	foreign, others := build(t, dataset.Documents, documents(7)[1:], perShard(2))
	for digest, file := range others.files {
		files.files[digest] = file
	}
	swapped := manifest
	swapped.Shards = []dataset.Shard{manifest.Shards[1], manifest.Shards[0], manifest.Shards[2]}
	_, err := sharded(t, swapped, files, 0).Open(t.Context(), 0)
	require.ErrorIs(t, err, dataset.ErrChanged)
	require.ErrorContains(t, err, "from 2 on, the set declares 2 from 0 on")
	mixed := manifest
	mixed.Shards = []dataset.Shard{foreign.Shards[0], manifest.Shards[1], manifest.Shards[2]}
	_, err = sharded(t, mixed, files, 0).Open(t.Context(), 0)
	require.ErrorIs(t, err, dataset.ErrChanged)
	require.ErrorContains(t, err, "does not lead to root")
	deeper := manifest
	deeper.Items, deeper.Shards = 4, manifest.Shards[:2]
	_, err = sharded(t, deeper, files, 0).Open(t.Context(), 0)
	require.ErrorIs(t, err, dataset.ErrChanged)
}

func TestShardsThatVanishAreMissedWhenTheyAreNeededAgain(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(6), perShard(2))
	roomForTwo := 2 * (manifest.Shards[0].Length + 2*68)
	source := sharded(t, manifest, files, roomForTwo)
	for _, index := range []uint64{0, 1, 2, 3, 0} {
		openAt(t, source, index)
	}
	require.EqualValues(t, 2, files.gets.Load(), "both shards are kept")
	openAt(t, source, 4) // in place of the one used longest ago, the second
	files.files = nil
	openAt(t, source, 1)
	openAt(t, source, 5)
	_, err := source.Open(t.Context(), 2)
	require.ErrorIs(t, err, dataset.ErrMissing)
	require.ErrorContains(t, err, "no file")
}

func TestAShardThatIsLargerThanTheCacheIsReadEachTime(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(4), 1<<20)
	source := sharded(t, manifest, files, 1)
	for index := range uint64(4) {
		openAt(t, source, index)
	}
	require.EqualValues(t, 4, files.gets.Load())
}

func TestTheNextFetcherIsAskedForWhatTheFirstHasNotOrHasOtherwise(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(4), 1<<20)
	digest := manifest.Shards[0].SHA256
	harmed := bytes.Clone(files.files[digest])
	harmed[40] ^= 1
	embedded := dataset.Folder{Files: fstest.MapFS{"blobs/" + hexed(digest): {Data: harmed}}}
	openAt(t, sharded(t, manifest, dataset.Fetchers{dataset.Folder{Files: fstest.MapFS{}}, embedded, files}, 0), 2)
	_, err := sharded(t, manifest, dataset.Fetchers{dataset.Folder{Files: fstest.MapFS{}}}, 0).Open(t.Context(), 2)
	require.ErrorIs(t, err, dataset.ErrMissing)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = sharded(t, manifest, dataset.Fetchers{dataset.Folder{Files: fstest.MapFS{}}, embedded}, 0).Open(t.Context(), 2)
	require.ErrorIs(t, err, dataset.ErrChanged)
}

// waiting is a fetcher that waits for its context.
type waiting struct{ asked chan struct{} }

func (w waiting) Get(ctx context.Context, _ [32]byte, _ int64) ([]byte, error) {
	w.asked <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestWhoGivesUpIsToldSoNotThatAnItemIsMissing(t *testing.T) {
	manifest, _ := build(t, dataset.Documents, documents(4), 1<<20)
	fetcher := waiting{asked: make(chan struct{}, 1)}
	source := sharded(t, manifest, fetcher, 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	go func() {
		<-fetcher.asked
		cancel(enough)
	}()
	_, err := source.Open(ctx, 0)
	require.ErrorIs(t, err, enough)
	require.NotErrorIs(t, err, dataset.ErrMissing)
}

func TestManyMayOpenAtOnceAndEachShardIsReadOnce(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(64), perShard(8))
	source := sharded(t, manifest, files, 0)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for index := range manifest.Items {
				opening, err := source.Open(t.Context(), index)
				if err == nil {
					err = dataset.Verify(manifest.Root, manifest.Items, opening)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, files.gets.Load(), int64(len(manifest.Shards)))
}

// owner answers openings, each place in turn.
type owner struct {
	places []func(index uint64) []byte
	asked  int
}

func (o *owner) GetOpening(_ context.Context, _ [32]byte, index uint64, limit int64, accept func([]byte) error) error {
	o.asked++
	err := errors.New("nobody opens it")
	for _, place := range o.places {
		answer := place(index)
		if int64(len(answer)) > limit {
			return errors.New("too long")
		}
		if err = accept(answer); err == nil {
			return nil
		}
	}
	return err
}

func TestASealedSetIsOpenedItemByItem(t *testing.T) {
	manifest, files := build(t, dataset.Questions, questions(20), 1<<20)
	shards := sharded(t, manifest, files, 0)
	honest := func(index uint64) []byte { return openAt(t, shards, index).Encode() }
	next := func(index uint64) []byte { return honest((index + 1) % 20) }
	html := func(uint64) []byte { return []byte("<html>") }
	changed := func(index uint64) []byte {
		opening := openAt(t, shards, index)
		opening.Item = questions(21)[20]
		return opening.Encode()
	}
	sealed := dataset.Set{Root: manifest.Root, Items: manifest.Items}

	source, err := dataset.NewOpenings(sealed, &owner{places: []func(uint64) []byte{html, next, changed, honest}}, 0)
	require.NoError(t, err)
	for index := range manifest.Items {
		q, err := dataset.Question(openAt(t, source, index).Item)
		require.NoError(t, err)
		require.NotEmpty(t, q.Prompt)
	}
	_, err = source.Open(t.Context(), 20)
	require.ErrorIs(t, err, dataset.ErrIndex)

	for name, c := range map[string]struct {
		place func(uint64) []byte
		err   error
	}{
		"nothing":      {nil, dataset.ErrMissing},
		"another item": {next, dataset.ErrChanged},
		"a changed":    {changed, dataset.ErrChanged},
		"no opening":   {html, dataset.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			asked := &owner{}
			if c.place != nil {
				asked.places = append(asked.places, c.place)
			}
			source, err := dataset.NewOpenings(sealed, asked, 0)
			require.NoError(t, err)
			_, err = source.Open(t.Context(), 3)
			require.ErrorIs(t, err, c.err)
		})
	}
	once := &owner{places: []func(uint64) []byte{honest}}
	source, err = dataset.NewOpenings(sealed, once, 0)
	require.NoError(t, err)
	openAt(t, source, 5)
	openAt(t, source, 5)
	require.Equal(t, 1, once.asked, "an opening is kept")
	_, err = dataset.NewSharded(sealed, files, 0)
	require.ErrorContains(t, err, "sealed")
	_, err = dataset.NewOpenings(dataset.Set{}, once, 0)
	require.ErrorIs(t, err, dataset.ErrInvalid)
}

func TestSetsWhoseShardsCannotBeTheWholeAreRefused(t *testing.T) {
	good, _ := build(t, dataset.Documents, documents(7), perShard(2))
	require.Len(t, good.Shards, 4)
	for name, c := range map[string]struct {
		change func(*dataset.Set)
		reason string
	}{
		"no items":             {func(s *dataset.Set) { s.Items = 0 }, "it has 0 items"},
		"too many items":       {func(s *dataset.Set) { s.Items = 1 << 32 }, "must have 1 to 4294967295"},
		"items in no shard":    {func(s *dataset.Set) { s.Items = 8 }, "1 of them are in no shard"},
		"more in shards":       {func(s *dataset.Set) { s.Items = 6 }, "shard 3 has 1 items, 0 are left"},
		"no length":            {func(s *dataset.Set) { s.Shards[2].Length = 0 }, "shard 2 has 0 bytes"},
		"too long":             {func(s *dataset.Set) { s.Shards[2].Length = 64<<20 + 1 }, "must have 1 to 67108864"},
		"no power of two":      {func(s *dataset.Set) { s.Items, s.Shards = 7, shards(3, 3, 1) }, "same power of two"},
		"different sizes":      {func(s *dataset.Set) { s.Items, s.Shards = 7, shards(2, 4, 1) }, "same power of two"},
		"the last larger":      {func(s *dataset.Set) { s.Items, s.Shards = 7, shards(2, 2, 3) }, "the last shard has 3 items, the others have 2"},
		"an empty shard":       {func(s *dataset.Set) { s.Items, s.Shards = 2, shards(2, 0) }, "shard 1 has 0 items"},
		"more than 256 shards": {func(s *dataset.Set) { s.Shards = make([]dataset.Shard, 257) }, "257 shards"},
	} {
		t.Run(name, func(t *testing.T) {
			set := good.Set
			set.Shards = append([]dataset.Shard{}, good.Shards...)
			c.change(&set)
			require.ErrorIs(t, set.Validate(), dataset.ErrInvalid)
			require.ErrorContains(t, set.Validate(), c.reason)
			_, err := dataset.NewSharded(set, nil, 0)
			require.ErrorIs(t, err, dataset.ErrInvalid)
		})
	}
	for _, sizes := range [][]uint64{{7}, {4, 3}, {4, 4}, {1, 1}, {8, 8, 1}} {
		set := dataset.Set{Shards: shards(sizes...)}
		for _, n := range sizes {
			set.Items += n
		}
		require.NoError(t, set.Validate(), sizes)
	}
}

func shards(sizes ...uint64) (shards []dataset.Shard) {
	for _, items := range sizes {
		shards = append(shards, dataset.Shard{Length: 100, Items: items})
	}
	return shards
}

func TestASetIsBuiltIntoAFolderWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "sets", "sums")
	input := filepath.Join(parent, "sums.jsonl")
	require.NoError(t, os.WriteFile(input, bytes.Join(questions(30), []byte("\n")), 0o600))
	options := dataset.Options{Kind: dataset.Questions, Seed: seed, ShardBytes: 500}

	stopped, cancel := context.WithCancel(t.Context())
	_, err := dataset.BuildFolder(stopped, folder, dataset.File(input, dataset.Questions), options, func(done uint64) {
		if done == 45 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(filepath.Dir(folder))
	require.NoError(t, err)
	require.Empty(t, left)

	var steps uint64
	manifest, err := dataset.BuildFolder(t.Context(), folder, dataset.File(input, dataset.Questions), options, func(done uint64) { steps = done })
	require.NoError(t, err)
	require.EqualValues(t, 60, steps)
	require.EqualValues(t, 30, manifest.Items)
	source, read, err := dataset.OpenFolder(os.DirFS(folder), 0)
	require.NoError(t, err)
	require.Equal(t, manifest, read)
	require.NoError(t, dataset.VerifyAll(t.Context(), read, source, func(done uint64) { steps = done }))
	require.EqualValues(t, 30, steps)
	again, _ := build(t, dataset.Questions, questions(30), 500)
	require.Equal(t, manifest, again, "the same seed and items give the same set")

	slashed, err := dataset.BuildFolder(t.Context(), folder+"-slashed"+string(filepath.Separator), dataset.File(input, dataset.Questions), options, nil)
	require.NoError(t, err, "a name may end as a folder's does in a shell")
	require.Equal(t, manifest, slashed)
	_, err = dataset.BuildFolder(t.Context(), folder, dataset.File(input, dataset.Questions), options, nil)
	require.ErrorIs(t, err, fs.ErrExist)
	_, err = dataset.BuildFolder(t.Context(), input, dataset.File(input, dataset.Questions), options, nil)
	require.Error(t, err, "a file is no folder")
	_, err = dataset.BuildFolder(t.Context(), folder+"2", dataset.File(input+"?", dataset.Questions), options, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)

	shard := filepath.Join(folder, "blobs", hexed(manifest.Shards[1].SHA256))
	require.NoError(t, os.Truncate(shard, 10))
	require.ErrorIs(t, dataset.VerifyAll(t.Context(), read, sharded(t, read, dataset.Folder{Files: os.DirFS(folder)}, 0), nil), dataset.ErrSize)
	require.NoError(t, os.Remove(shard))
	require.ErrorIs(t, dataset.VerifyAll(t.Context(), read, sharded(t, read, dataset.Folder{Files: os.DirFS(folder)}, 0), nil), dataset.ErrMissing)
	_, _, err = dataset.OpenFolder(os.DirFS(parent), 0)
	require.ErrorIs(t, err, dataset.ErrMissing)
	require.ErrorContains(t, err, "manifest.json")
}

func TestASetOfAnotherKindIsNoticed(t *testing.T) {
	manifest, files := build(t, dataset.Documents, documents(3), 1<<20)
	manifest.Kind = dataset.Questions
	require.ErrorIs(t, dataset.VerifyAll(t.Context(), manifest, sharded(t, manifest, files, 0), nil), dataset.ErrInvalid)
	lax := question.Question{Prompt: "a"}
	encoded, err := lax.Encode()
	require.NoError(t, err)
	_, err = dataset.Question(append([]byte{' '}, encoded...))
	require.ErrorContains(t, err, "not in its canonical form")
	require.ErrorIs(t, dataset.Kind("images").Validate(), dataset.ErrInvalid)
}

func TestAManifestHasOneText(t *testing.T) {
	manifest, _ := build(t, dataset.Documents, documents(3), perShard(2))
	text, err := manifest.Encode()
	require.NoError(t, err)
	again, err := dataset.DecodeManifest(text)
	require.NoError(t, err)
	require.Equal(t, manifest, again)
	for name, c := range map[string]struct{ text, reason string }{
		"nothing":            {"", "EOF"},
		"another format":     {strings.Replace(string(text), `"format": 1`, `"format": 2`, 1), "format 2, known is 1"},
		"an unknown field":   {strings.Replace(string(text), `"format": 1`, `"format": 1, "seed": 2`, 1), "unknown field"},
		"other white space":  {" " + string(text), "canonical"},
		"something after it": {string(text) + "{}", "canonical"},
		"another kind":       {strings.Replace(string(text), "documents", "images", 1), `items are "images"`},
		"a short root":       {strings.Replace(string(text), `"root": "`, `"root": "00`, 1), "66 characters"},
		"no hexadecimal":     {strings.Replace(string(text), `"root": "`+hexed(manifest.Root)[:2], `"root": "zz`, 1), "invalid byte"},
		"upper case":         {strings.Replace(string(text), hexed(manifest.Root), strings.ToUpper(hexed(manifest.Root)), 1), "canonical"},
		"too long":           {string(text) + strings.Repeat(" ", dataset.MaxManifestBytes), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dataset.DecodeManifest([]byte(c.text))
			require.ErrorIs(t, err, dataset.ErrInvalid)
			require.ErrorContains(t, err, c.reason)
		})
	}
	broken := fstest.MapFS{dataset.ManifestName: {Data: []byte("{")}}
	_, _, err = dataset.OpenFolder(broken, 0)
	require.ErrorIs(t, err, dataset.ErrInvalid)
}

func TestWhatASpecSaysOfASet(t *testing.T) {
	manifest, _ := build(t, dataset.Questions, questions(3), 1<<20)
	shown, err := manifest.SpecYAML([]string{"https://data.example/sums"}, false)
	require.NoError(t, err)
	require.Equal(t, `dataset:
  root: `+hexed(manifest.Root)+`
  items: 3
  shards:
    - sha256: `+hexed(manifest.Shards[0].SHA256)+`
      length: 229
      items: 3
  mirrors:
    - https://data.example/sums
`, shown)
	manifest.Kind = dataset.Documents
	sealed, err := manifest.SpecYAML(nil, true)
	require.NoError(t, err)
	require.Equal(t, "documents:\n  root: "+hexed(manifest.Root)+"\n  items: 3\n", sealed)
	manifest.Items = 0
	_, err = manifest.SpecYAML(nil, true)
	require.ErrorIs(t, err, dataset.ErrInvalid)
}

func TestASeedIsMadeOnceAndReadAgain(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seed")
	first, err := dataset.ReadSeed(name)
	require.NoError(t, err)
	require.NotZero(t, first)
	second, err := dataset.ReadSeed(name)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.NoError(t, os.WriteFile(name, []byte("secret"), 0o600))
	_, err = dataset.ReadSeed(name)
	require.ErrorIs(t, err, dataset.ErrInvalid)
}
