package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/blob"
)

var (
	content = bytes.Repeat([]byte("0123456789abcdef"), 512) // 8 KiB
	digest  = sha256.Sum256(content)
	silent  = slog.New(slog.DiscardHandler)
)

// mirror is a server that answers everything by a function, and counts.
type mirror struct {
	*httptest.Server
	asked atomic.Int64
}

func newMirror(t *testing.T, answer http.HandlerFunc) *mirror {
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(m.Close)
	return m
}

func sends(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

func newFetcher(t *testing.T, change func(*blob.FetcherConfig)) *blob.Fetcher {
	t.Helper()
	config := blob.FetcherConfig{AllowPrivate: true, Log: silent}
	if change != nil {
		change(&config)
	}
	fetcher := blob.NewFetcher(config)
	t.Cleanup(fetcher.Close)
	return fetcher
}

func TestABlobIsFetchedOnceAndThenOnDisk(t *testing.T) {
	dir := t.TempDir()
	honest := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != fmt.Sprintf("/data/blobs/%x", digest) {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	})
	for range 2 {
		fetcher := newFetcher(t, func(c *blob.FetcherConfig) { c.Store = openStore(t, dir, 1<<20) })
		for range 2 {
			got, err := fetcher.From([]string{honest.URL + "/data/"}).Get(t.Context(), digest, int64(len(content)))
			require.NoError(t, err)
			require.Equal(t, content, got)
		}
	}
	require.EqualValues(t, 1, honest.asked.Load())
	store := openStore(t, dir, 1<<20)
	_, err := newFetcher(t, func(c *blob.FetcherConfig) { c.Store = store }).Get(t.Context(), digest, 10, nil)
	require.ErrorIs(t, err, blob.ErrTooLarge, "a stored blob that is larger than wanted")

	require.NoError(t, os.WriteFile(blobFile(dir, digest), []byte("harmed"), 0o600))
	got, err := newFetcher(t, func(c *blob.FetcherConfig) { c.Store = store }).Get(t.Context(), digest, 1<<20, []string{honest.URL + "/data"})
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.EqualValues(t, 2, honest.asked.Load(), "a harmed file is fetched again")
	require.True(t, has(store, digest))
}

func TestEveryWayAMirrorFailsIsNamedAndTheNextIsAsked(t *testing.T) {
	other := bytes.Clone(content)
	other[5]++
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		err    error
		reason string
	}{
		"not found":      {http.NotFound, blob.ErrNotFound, "it answers 404"},
		"gone":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, blob.ErrNotFound, "it answers 410"},
		"a lying digest": {sends(other), blob.ErrDigest, "it sent 8192 bytes of"},
		"cut off":        {sends(content[:100]), blob.ErrDigest, "it sent 100 bytes of"},
		"HTML":           {sends([]byte("<html><body>log in")), blob.ErrDigest, `of "text/html; charset=utf-8"`},
		"an error":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", http.StatusBadGateway) }, blob.ErrStatus, `it answers 502 "out of order"`},
		"part of it":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, blob.ErrStatus, "206"},
		"huge, announced": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "8193")
			_, _ = w.Write(make([]byte, 8193))
		}, blob.ErrTooLarge, "announces 8193 bytes, at most 8192"},
		"huge, endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(content); err != nil {
					return
				}
			}
		}, blob.ErrTooLarge, "sends more than 8192 bytes"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "8192")
			_, _ = w.Write(content[:10])
		}, nil, "the answer broke off after 10 bytes"},
		"a redirect to ftp": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "ftp://a/b", http.StatusFound) }, blob.ErrAddress, `"ftp://a/b" does not begin with https://`},
		"a redirect to http of others": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://8.8.8.8/b", http.StatusFound)
		}, blob.ErrAddress, "not an address of one's own network"},
		"redirects in a circle": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusMovedPermanently)
		}, blob.ErrAddress, "more than 3 redirects"},
		"a small bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b\x08"))
		}, blob.ErrDigest, "it sent 3 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := newMirror(t, c.answer)
			fetcher := newFetcher(t, nil)
			_, err := fetcher.Get(t.Context(), digest, 8192, []string{bad.URL})
			failure, ok := errors.AsType[*blob.FetchError](err)
			require.True(t, ok)
			require.Len(t, failure.Mirrors, 1)
			require.Equal(t, bad.URL, failure.Mirrors[0].Mirror)
			require.ErrorContains(t, err, bad.URL)
			require.ErrorContains(t, err, c.reason)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
			}
			honest := newMirror(t, sends(content))
			got, err := fetcher.Get(t.Context(), digest, 8192, []string{gone.URL, bad.URL, honest.URL})
			require.NoError(t, err)
			require.Equal(t, content, got)
		})
	}
}

func TestAMirrorThatDripsIsGivenUp(t *testing.T) {
	drip := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(content[:8000]) // fast first, so that speed at the start does not pay for a stall
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mute := newMirror(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	honest := newMirror(t, sends(content))
	fetcher := newFetcher(t, func(c *blob.FetcherConfig) { c.Grace, c.MinRate = 50*time.Millisecond, 1000 })
	_, err := fetcher.Get(t.Context(), digest, 8192, []string{drip.URL, mute.URL})
	failure, ok := errors.AsType[*blob.FetchError](err)
	require.True(t, ok)
	require.ErrorIs(t, failure.Mirrors[0], blob.ErrSlow)
	require.ErrorIs(t, failure.Mirrors[1], blob.ErrSlow)
	require.ErrorContains(t, failure.Mirrors[1], "0 bytes in 50ms, at least 50 are asked for")

	got, err := fetcher.Get(t.Context(), digest, 8192, []string{drip.URL, mute.URL, honest.URL})
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.EqualValues(t, 1, drip.asked.Load(), "a mirror that failed lately is asked last")
}

func TestAMirrorThatFailedIsTriedAgainInItsTurn(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	first := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		sends(content)(w, r)
	})
	second := newMirror(t, sends(content))
	now := time.Unix(1_700_000_000, 0)
	fetcher := newFetcher(t, func(c *blob.FetcherConfig) { c.Now = func() time.Time { return now } })
	get := func() {
		_, err := fetcher.Get(t.Context(), digest, 8192, []string{first.URL, second.URL})
		require.NoError(t, err)
	}
	get()
	broken.Store(false)
	get()
	require.EqualValues(t, 1, first.asked.Load())
	now = now.Add(time.Minute)
	get()
	require.EqualValues(t, 2, first.asked.Load())
	require.EqualValues(t, 2, second.asked.Load())
}

func TestCallersShareOneFetchAndWhoLeavesDoesNotEndIt(t *testing.T) {
	release := make(chan struct{})
	asked := make(chan struct{}, 10) // a caller that comes when the first has left already asks anew
	slow := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
		sends(content)(w, r)
	})
	fetcher := newFetcher(t, nil)
	get := func(ctx context.Context) error {
		got, err := fetcher.Get(ctx, digest, 8192, []string{slow.URL})
		if err == nil && !bytes.Equal(content, got) {
			err = errors.New("other content")
		}
		return err
	}
	leaving, leave := context.WithCancelCause(t.Context())
	bored := errors.New("bored")
	left := make(chan error, 1)
	go func() { left <- get(leaving) }()
	<-asked
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := get(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	leave(bored)
	require.ErrorIs(t, <-left, bored)
	close(release)
	all.Wait()
	require.LessOrEqual(t, slow.asked.Load(), int64(6))
}

func TestAFullStoreDoesNotStopAFetch(t *testing.T) {
	honest := newMirror(t, sends(content))
	store := openStore(t, t.TempDir(), 10)
	got, err := newFetcher(t, func(c *blob.FetcherConfig) { c.Store = store }).Get(t.Context(), digest, 8192, []string{honest.URL})
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.False(t, has(store, digest))
}

func TestAddressesThatAreNotAskedAreNamed(t *testing.T) {
	public := newFetcher(t, func(c *blob.FetcherConfig) { c.AllowPrivate = false })
	private := newFetcher(t, nil)
	for _, c := range []struct {
		fetcher *blob.Fetcher
		mirror  string
		reason  string
	}{
		{private, "ipfs://bafy", "name a gateway"},
		{private, "/local", "does not begin with https://"},
		{private, "://", "missing protocol scheme"},
		{private, "https://", "names no host"},
		{private, "https://user:secret@a.example", "carries a user"},
		{private, "https://a.example?x=1", "a query"},
		{private, "https://a.example/" + string(bytes.Repeat([]byte("a"), 3000)), "longer than"},
		{private, "http://8.8.8.8", "not an address of one's own network"},
		{public, "http://mirror.example", "is not https"},
		{public, "http://127.0.0.1:1", "is not https"},
		{public, "https://127.0.0.1:1", "not a public address"},
		{public, "https://169.254.169.254", "not a public address"},
		{public, "https://[::1]:1", "not a public address"},
	} {
		_, err := c.fetcher.Get(t.Context(), digest, 8192, []string{c.mirror})
		require.ErrorIs(t, err, blob.ErrAddress, c.mirror)
		require.ErrorContains(t, err, c.reason)
		require.NotContains(t, err.Error(), "no mirror is named")
	}
	_, err := public.Get(t.Context(), digest, 8192, nil)
	require.ErrorContains(t, err, "no mirror is named for it")
	require.NoError(t, blob.ValidateMirror("https://a.example/data", false))
	require.NoError(t, blob.ValidateMirror("http://127.0.0.1:80", true))
	require.ErrorIs(t, blob.ValidateMirror("http://127.0.0.1:80", false), blob.ErrAddress)
}

func TestNoMoreIsFetchedAtOnceThanAllowedAndWaitingEndsWithTheContext(t *testing.T) {
	release := make(chan struct{})
	asked := make(chan struct{}, 2)
	slow := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
		sends(content)(w, r)
	})
	fetcher := newFetcher(t, func(c *blob.FetcherConfig) { c.MaxFetches = 1 })
	done := make(chan error, 1)
	go func() {
		_, err := fetcher.Get(t.Context(), digest, 8192, []string{slow.URL})
		done <- err
	}()
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := fetcher.Get(ctx, [32]byte{1}, 8192, []string{slow.URL})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualValues(t, 1, slow.asked.Load())
	close(release)
	require.NoError(t, <-done)
}

func TestAFetcherMayBeAllowedLargerBlobs(t *testing.T) {
	at := newMirror(t, sends(content))
	for name, test := range map[string]struct {
		most int64
		want error
	}{"as large as they are": {int64(len(content)), nil}, "smaller ones only": {int64(len(content)) - 1, blob.ErrTooLarge}} {
		t.Run(name, func(t *testing.T) {
			store, err := blob.OpenStore(t.TempDir(), blob.StoreOptions{MaxBlobBytes: test.most})
			require.NoError(t, err)
			fetcher := newFetcher(t, func(c *blob.FetcherConfig) { c.MaxBlobBytes, c.Store = test.most, store })
			_, err = fetcher.Get(t.Context(), digest, 1<<30, []string{at.URL})
			require.ErrorIs(t, err, test.want)
			_, err = store.Put(content)
			require.ErrorIs(t, err, test.want)
		})
	}
}
