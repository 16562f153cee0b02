package dataset_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/dataset"
)

func nothing(dataset.Shard, []byte) error { return nil }

func TestLinesBecomeItemsInTheirCanonicalForm(t *testing.T) {
	for _, c := range []struct {
		kind  dataset.Kind
		text  string
		items []string
	}{
		{dataset.Questions, "{ \"expected\" : \"2\", \"prompt\":\"1+1\" }\r\n\n{\"prompt\":\"<é>\"}", []string{`{"prompt":"1+1","expected":"2"}`, `{"prompt":"<é>"}`}},
		{dataset.Documents, "\"one\\ntwo\"\n {\"text\" : \"three\"} \n\n\n", []string{"one\ntwo", "three"}},
		{dataset.Documents, "", nil},
	} {
		var items []string
		for item, err := range dataset.Lines(strings.NewReader(c.text), c.kind) {
			require.NoError(t, err)
			items = append(items, string(item.Bytes))
		}
		require.Equal(t, c.items, items)
	}
}

func TestALineThatIsNoItemIsNamedByItsNumber(t *testing.T) {
	for name, c := range map[string]struct {
		kind         dataset.Kind
		text, reason string
	}{
		"no question":         {dataset.Questions, "{\"prompt\":\"a\"}\n\n{\"promt\":\"b\"}\n", `line 3: data set is invalid: question is invalid: json: unknown field "promt"`},
		"no JSON":             {dataset.Documents, "\"a\"\nb\n", "line 2: "},
		"more in a document":  {dataset.Documents, `{"text":"a","id":1}`, "with nothing else"},
		"text twice":          {dataset.Documents, `{"text":"a","text":"b"}`, "with nothing else"},
		"a number":            {dataset.Documents, `1`, "is a JSON string"},
		"a list":              {dataset.Documents, `["a"]`, "is a JSON string"},
		"a number as text":    {dataset.Documents, `{"text":1}`, "is a JSON string"},
		"two documents":       {dataset.Documents, `"a" "b"`, "is a JSON string"},
		"an empty document":   {dataset.Documents, `""`, "a document is empty"},
		"bytes":               {dataset.Documents, "\"\xff\"", "not UTF-8"},
		"a byte order mark":   {dataset.Questions, "\xef\xbb\xbf{\"prompt\":\"a\"}", "byte order mark"},
		"a huge document":     {dataset.Documents, `"` + strings.Repeat("a", 1<<20+1) + `"`, "at most 1048576 are allowed"},
		"a line without end":  {dataset.Documents, `"` + strings.Repeat("a", 7<<20), "the line is longer than"},
		"an endless question": {dataset.Questions, `{"prompt":"` + strings.Repeat("a", 300<<10) + `"}`, "at most 262144 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, err := range dataset.Lines(strings.NewReader(c.text), c.kind) {
				last = err
			}
			require.ErrorIs(t, last, dataset.ErrInvalid)
			require.ErrorContains(t, last, "line ")
			require.ErrorContains(t, last, c.reason)
		})
	}
}

func TestDuplicatesAreReportedWithTheirPlaces(t *testing.T) {
	text := "{\"prompt\":\"a\",\"expected\":\"1\"}\n{\"prompt\":\"b\"}\n\n{\"prompt\":\"a\",\"expected\":\"2\"}\n{\"prompt\":\"b\"}\n"
	lines := func(yield func(dataset.Item, error) bool) {
		dataset.Lines(strings.NewReader(text), dataset.Questions)(yield)
	}
	_, err := dataset.Build(lines, dataset.Options{Kind: dataset.Questions}, nothing)
	require.ErrorIs(t, err, dataset.ErrDuplicate)
	require.EqualError(t, err, "data set has an item twice: line 4 asks the same as line 1, line 5 asks the same as line 2")
	duplicates, ok := errors.AsType[*dataset.DuplicateError](err)
	require.True(t, ok)
	require.Equal(t, dataset.Place{Index: 2, Line: 4}, duplicates.Pairs[0].Place)

	same := make([][]byte, 30)
	for i := range same {
		same[i] = []byte("same")
	}
	_, err = dataset.Build(sequence(same), dataset.Options{Kind: dataset.Documents}, nothing)
	require.ErrorContains(t, err, "item 1 has the text of item 0, item 2")
	require.ErrorContains(t, err, "perhaps more")
}

func TestWhatCannotBeASetIsRefused(t *testing.T) {
	failed := errors.New("failed")
	failing := func(yield func(dataset.Item, error) bool) { yield(dataset.Item{}, failed) }
	calls := 0
	changing := func(yield func(dataset.Item, error) bool) {
		calls++
		yield(dataset.Item{Bytes: fmt.Appendf(nil, "%d", calls)}, nil)
	}
	once := func() iter.Seq2[dataset.Item, error] {
		lines := strings.NewReader("\"a\"\n\"b\"")
		return dataset.Lines(lines, dataset.Documents)
	}()
	grow := 0
	growing := func(yield func(dataset.Item, error) bool) {
		grow++
		for _, item := range documents(grow) {
			if !yield(dataset.Item{Bytes: item}, nil) {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		items  iter.Seq2[dataset.Item, error]
		kind   dataset.Kind
		err    error
		reason string
	}{
		"an unknown kind":      {sequence(documents(1)), "images", dataset.ErrInvalid, "images"},
		"no items":             {sequence(nil), dataset.Documents, dataset.ErrInvalid, "there are no items"},
		"items that fail":      {failing, dataset.Documents, failed, "failed"},
		"no questions":         {sequence(documents(1)), dataset.Questions, dataset.ErrInvalid, "item 0: "},
		"other items later":    {changing, dataset.Documents, dataset.ErrInvalid, "others when they were read again"},
		"fewer items later":    {once, dataset.Documents, dataset.ErrInvalid, "others when they were read again"},
		"more items later":     {growing, dataset.Documents, dataset.ErrInvalid, "others when they were read again"},
		"a document too large": {sequence([][]byte{make([]byte, 1<<20+1)}), dataset.Documents, dataset.ErrInvalid, "1048577 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dataset.Build(c.items, dataset.Options{Kind: c.kind}, nothing)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.reason)
		})
	}
	full := errors.New("disk is full")
	_, err := dataset.Build(sequence(documents(1)), dataset.Options{Kind: dataset.Documents}, func(dataset.Shard, []byte) error { return full })
	require.ErrorIs(t, err, full)
}

func TestShardsStayWithinTheirSizeAndNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "items")
		target := rapid.Int64Range(1, 50_000).Draw(t, "target")
		manifest, files := build(t, dataset.Documents, documents(n), target)
		require.NoError(t, manifest.Validate())
		require.Len(t, files.files, len(manifest.Shards))
		for _, shard := range manifest.Shards {
			atMost := int64(2) // items that 256 shards need to hold together, or one
			for atMost < int64(n)/128 {
				atMost *= 2
			}
			require.LessOrEqual(t, shard.Length, max(target, 284+49*atMost))
			require.Len(t, files.files[shard.SHA256], int(shard.Length))
		}
	})
}

func TestASaltIsOfItsItemPlaceAndSeed(t *testing.T) {
	salts := map[[32]byte]bool{}
	for _, secret := range [][32]byte{{}, {1}} {
		for _, items := range [][][]byte{documents(3), documents(4)[1:]} {
			files := &blobs{files: map[[32]byte][]byte{}}
			manifest, err := dataset.Build(sequence(items), dataset.Options{Kind: dataset.Documents, Seed: secret}, func(shard dataset.Shard, content []byte) error {
				files.files[shard.SHA256] = append([]byte{}, content...)
				return nil
			})
			require.NoError(t, err)
			for index := range manifest.Items {
				salts[openAt(t, sharded(t, manifest, files, 0), index).Salt] = true
			}
		}
	}
	require.Len(t, salts, 12)
}
