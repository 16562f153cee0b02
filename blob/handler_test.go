package blob_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/blob"
)

// aSet builds a set of n documents into a store, in shards of four.
func aSet(t *testing.T, store *blob.Store, n int) dataset.Manifest {
	t.Helper()
	manifest, err := dataset.Build(func(yield func(dataset.Item, error) bool) {
		for i := range n {
			if !yield(dataset.Item{Bytes: fmt.Appendf(nil, "document %d", i)}, nil) {
				return
			}
		}
	}, dataset.Options{Kind: dataset.Documents, Seed: [32]byte{1}, ShardBytes: 284 + 4*48}, func(_ dataset.Shard, content []byte) error {
		_, err := store.Put(content)
		return err
	})
	require.NoError(t, err)
	require.Len(t, manifest.Shards, (n+3)/4)
	return manifest
}

// local is a fetcher of what a store has.
func local(t *testing.T, store *blob.Store) *blob.Mirrors {
	return newFetcher(t, func(c *blob.FetcherConfig) { c.Store = store }).From(nil)
}

func served(t *testing.T, change func(*blob.HandlerConfig)) (*httptest.Server, *blob.Store, dataset.Manifest) {
	t.Helper()
	store := openStore(t, t.TempDir(), 1<<20)
	manifest := aSet(t, store, 10)
	source, err := dataset.NewSharded(manifest.Set, local(t, store), 0)
	require.NoError(t, err)
	config := blob.HandlerConfig{Store: store, Source: func(root [32]byte) dataset.Source {
		if root != manifest.Root {
			return nil
		}
		return source
	}}
	if change != nil {
		change(&config)
	}
	server := httptest.NewServer(blob.NewHandler(config))
	t.Cleanup(server.Close)
	return server, store, manifest
}

func TestADaemonIsAMirrorForAnother(t *testing.T) {
	server, _, manifest := served(t, nil)
	mirrors := newFetcher(t, func(c *blob.FetcherConfig) { c.Store = openStore(t, t.TempDir(), 1<<20) }).From([]string{server.URL})
	shards, err := dataset.NewSharded(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	openings, err := dataset.NewOpenings(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	for _, source := range []dataset.Source{shards, openings} {
		require.NoError(t, dataset.VerifyAll(t.Context(), manifest, source, nil))
	}
	server.Close()
	fresh, err := dataset.NewOpenings(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	_, err = fresh.Open(t.Context(), 3)
	require.ErrorIs(t, err, dataset.ErrMissing, "the owner is gone")
	again, err := dataset.NewSharded(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	require.NoError(t, dataset.VerifyAll(t.Context(), manifest, again, nil), "what was fetched is on disk")
}

func TestWhatIsAtHandIsNotAskedOfMirrors(t *testing.T) {
	store := openStore(t, t.TempDir(), 1<<20)
	manifest := aSet(t, store, 10)
	first := manifest.Shards[0].SHA256
	files := fstest.MapFS{}
	for _, shard := range manifest.Shards {
		content, err := store.Get(shard.SHA256)
		require.NoError(t, err)
		files[fmt.Sprintf("blobs/%x", shard.SHA256)] = &fstest.MapFile{Data: content}
	}
	atHand, err := dataset.NewSharded(manifest.Set, dataset.Folder{Files: files}, 0)
	require.NoError(t, err)
	never := newMirror(t, http.NotFound)
	mirrors := newFetcher(t, func(c *blob.FetcherConfig) {
		c.Files = dataset.Folder{Files: files}
		c.Source = func(root [32]byte) dataset.Source {
			if root != manifest.Root {
				return nil
			}
			return atHand
		}
	}).From([]string{never.URL})
	shards, err := dataset.NewSharded(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	openings, err := dataset.NewOpenings(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	for _, source := range []dataset.Source{shards, openings} {
		require.NoError(t, dataset.VerifyAll(t.Context(), manifest, source, nil))
	}
	require.Zero(t, never.asked.Load())

	foreign := manifest.Set
	foreign.Root[0] ^= 1
	openings, err = dataset.NewOpenings(foreign, mirrors, 0)
	require.NoError(t, err)
	_, err = openings.Open(t.Context(), 3)
	require.ErrorIs(t, err, dataset.ErrMissing)
	require.EqualValues(t, 1, never.asked.Load(), "another set is asked of the mirror")

	files[fmt.Sprintf("blobs/%x", first)].Data = []byte("harmed")
	_, err = mirrors.Get(t.Context(), first, manifest.Shards[0].Length)
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.EqualValues(t, 2, never.asked.Load(), "what is harmed at hand is asked of the mirror")
	atHand, err = dataset.NewSharded(manifest.Set, dataset.Folder{Files: files}, 0)
	require.NoError(t, err)
	openings, err = dataset.NewOpenings(manifest.Set, mirrors, 0)
	require.NoError(t, err)
	_, err = openings.Open(t.Context(), 3)
	require.ErrorIs(t, err, dataset.ErrSize)
}

func TestAMirrorThatHarmsOpeningsIsPassedOver(t *testing.T) {
	server, _, manifest := served(t, nil)
	harmful := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		response, err := http.Get(server.URL + r.URL.Path) //nolint:noctx // ends with the test
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		opening, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(bytes.Replace(opening, []byte("document"), []byte("d0cument"), 1))
	})
	fetcher := newFetcher(t, nil)
	open := func(mirrors ...string) error {
		source, err := dataset.NewOpenings(manifest.Set, fetcher.From(mirrors), 0)
		require.NoError(t, err)
		_, err = source.Open(t.Context(), 7)
		return err
	}
	require.NoError(t, open(harmful.URL, server.URL))
	err := open(harmful.URL)
	require.ErrorIs(t, err, dataset.ErrChanged)
	require.ErrorContains(t, err, harmful.URL)
	require.EqualValues(t, 2, harmful.asked.Load())
}

func TestWhatIsServedNeverChangesAndSaysSo(t *testing.T) {
	server, store, manifest := served(t, nil)
	name := fmt.Sprintf("/blobs/%x", manifest.Shards[0].SHA256)
	item := fmt.Sprintf("/items/%x/3", manifest.Root)
	want, err := store.Get(manifest.Shards[0].SHA256)
	require.NoError(t, err)

	for _, path := range []string{name, item} {
		response, body := ask(t, http.MethodGet, server.URL+path, "")
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, "public, max-age=31536000, immutable", response.Header.Get("Cache-Control"))
		require.Equal(t, "application/octet-stream", response.Header.Get("Content-Type"))
		require.EqualValues(t, len(body), response.ContentLength)
		if path == name {
			require.Equal(t, want, body)
		}
		head, nothing := ask(t, http.MethodHead, server.URL+path, "")
		require.Equal(t, http.StatusOK, head.StatusCode)
		require.Equal(t, response.ContentLength, head.ContentLength)
		require.Empty(t, nothing)
		known, nothing := ask(t, http.MethodGet, server.URL+path, response.Header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, known.StatusCode)
		require.Empty(t, nothing)
	}
}

func ask(t *testing.T, method, address, tag string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, body
}

func TestWhatCannotBeServedIsRefusedWithItsStatus(t *testing.T) {
	withheld := errors.New("no epoch has drawn it")
	dir := t.TempDir()
	server, _, manifest := served(t, func(c *blob.HandlerConfig) {
		c.Allow = func(_ *http.Request, _ [32]byte, index uint64) error {
			if index == 5 {
				return withheld
			}
			return nil
		}
		c.Store = openStore(t, dir, 1000)
		harmed := put(t, c.Store, "harmed")
		require.NoError(t, os.WriteFile(blobFile(dir, harmed), []byte("h"), 0o600))
		c.Store = openStore(t, dir, 1000)
	})
	harmed := fmt.Sprintf("/blobs/%x", sha256.Sum256([]byte("harmed")))
	for path, status := range map[string]int{
		"/blobs/" + strings.Repeat("00", 32):                  404,
		"/blobs/" + strings.Repeat("0G", 32):                  400,
		"/blobs/..%2f..%2fsecret":                             400,
		"/blobs/":                                             404,
		harmed:                                                500,
		fmt.Sprintf("/items/%x/3", manifest.Root):             200,
		fmt.Sprintf("/items/%x/5", manifest.Root):             403,
		fmt.Sprintf("/items/%x/10", manifest.Root):            404,
		fmt.Sprintf("/items/%x/03", manifest.Root):            400,
		fmt.Sprintf("/items/%x/-1", manifest.Root):            400,
		fmt.Sprintf("/items/%x/3", [32]byte{}):                404,
		fmt.Sprintf("/items/%x/3", manifest.Root[1:]):         400,
		fmt.Sprintf("/items/%x/3/more", manifest.Root):        404,
		fmt.Sprintf("/items/%x/%d", manifest.Root, 1_000_000): 404,
	} {
		response, body := ask(t, http.MethodGet, server.URL+path, "")
		require.Equal(t, status, response.StatusCode, "%s: %s", path, body)
	}
	_, body := ask(t, http.MethodGet, fmt.Sprintf("%s/items/%x/5", server.URL, manifest.Root), "")
	require.Contains(t, string(body), "no epoch has drawn it")
	response, _ := ask(t, http.MethodPost, server.URL+harmed, "")
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	response, _ = ask(t, http.MethodHead, server.URL+"/blobs/"+strings.Repeat("00", 32), "")
	require.Equal(t, http.StatusNotFound, response.StatusCode)

	nothing := httptest.NewServer(blob.NewHandler(blob.HandlerConfig{}))
	defer nothing.Close()
	for _, path := range []string{harmed, fmt.Sprintf("/items/%x/3", manifest.Root)} {
		response, _ := ask(t, http.MethodGet, nothing.URL+path, "")
		require.Equal(t, http.StatusNotFound, response.StatusCode)
	}
}

func TestNoMoreIsServedAtOnceThanAllowed(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	server, _, manifest := served(t, func(c *blob.HandlerConfig) {
		c.MaxServed = 1
		c.Allow = func(*http.Request, [32]byte, uint64) error {
			close(started)
			<-release
			return nil
		}
	})
	done := make(chan int, 1)
	go func() {
		status := 0
		response, err := http.Get(fmt.Sprintf("%s/items/%x/3", server.URL, manifest.Root))
		if err == nil {
			status = response.StatusCode
			response.Body.Close()
		}
		done <- status
	}()
	<-started
	response, _ := ask(t, http.MethodGet, fmt.Sprintf("%s/blobs/%x", server.URL, manifest.Shards[0].SHA256), "")
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.Equal(t, "5", response.Header.Get("Retry-After"))
	close(release)
	require.Equal(t, http.StatusOK, <-done)
}
