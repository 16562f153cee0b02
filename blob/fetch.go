package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/internal/flight"
)

// Defaults of [FetcherConfig].
const (
	// DefaultMinRate is 16 KiB in a second.
	DefaultMinRate = 16 << 10
	// DefaultGrace is 15 seconds.
	DefaultGrace = 15 * time.Second
	// DefaultMaxFetches is 4.
	DefaultMaxFetches = 4
)

// demotion is how long a mirror that failed is asked after the others.
const demotion = time.Minute

// maxDemoted bounds how many mirrors are remembered for having failed.
const maxDemoted = 1024

// FetcherConfig says where blobs are kept and what mirrors may be.
type FetcherConfig struct {
	// Store keeps what was fetched. Without one everything is fetched each time.
	Store *Store
	// Files, if not nil, are at hand and asked first: data sets that are embedded in the
	// program or lie in a folder, see dataset.Folder. They are not copied into the store.
	Files dataset.Fetcher
	// Source, if not nil, has data sets at hand whose items are opened without asking a
	// mirror; nil for a root that it does not have. So an owner measures with a sealed set.
	Source func(root [32]byte) dataset.Source
	// AllowPrivate lets mirrors be in one's own network and on one's own machine, and
	// speak http there. Everywhere else they must speak https.
	AllowPrivate bool
	// MinRate and Grace bound a slow mirror: it is given up when during a span of Grace
	// it has sent less than MinRate bytes a second and not all. A file that is smaller must
	// come within Grace.
	MinRate int64
	Grace   time.Duration
	// MaxBlobBytes bounds a blob, whatever is asked for. Default [MaxBytes].
	MaxBlobBytes int64
	// MaxFetches bounds how much is fetched at once; others wait.
	MaxFetches int
	// Log is told of mirrors that lie and of a store that is full. Default slog.Default.
	Log *slog.Logger
	// Now is the clock by which a mirror that failed is tried again. Default time.Now.
	Now func() time.Time
}

// Fetcher gets blobs from the store or from mirrors.
type Fetcher struct {
	config  FetcherConfig
	client  *client
	slots   chan struct{}
	flights flight.Group[string, []byte]

	mu     sync.Mutex // guards failed
	failed map[string]time.Time
}

// NewFetcher makes a fetcher.
func NewFetcher(config FetcherConfig) *Fetcher {
	if config.MinRate <= 0 {
		config.MinRate = DefaultMinRate
	}
	if config.Grace <= 0 {
		config.Grace = DefaultGrace
	}
	if config.MaxBlobBytes <= 0 {
		config.MaxBlobBytes = MaxBytes
	}
	if config.MaxFetches <= 0 {
		config.MaxFetches = DefaultMaxFetches
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Fetcher{
		config: config,
		client: newClient(config.AllowPrivate, config.MinRate, config.Grace),
		slots:  make(chan struct{}, config.MaxFetches),
		failed: map[string]time.Time{},
	}
}

// Close drops idle connections.
func (f *Fetcher) Close() { f.client.http.CloseIdleConnections() }

// Get returns the blob with a sha256 and of at most limit bytes, from the store or
// from the first mirror that gives it. Callers who ask for the same at the same time
// share one fetch. The blob must not be changed.
//
// The error is a [*FetchError], wraps [ErrTooLarge] for a stored blob that is larger
// than the limit, or is the cause for which the context ended.
func (f *Fetcher) Get(ctx context.Context, digest [32]byte, limit int64, mirrors []string) ([]byte, error) {
	limit = min(limit, f.config.MaxBlobBytes)
	key := fmt.Sprintf("%x %d %s", digest, limit, strings.Join(mirrors, " "))
	return f.flights.Do(ctx, key, func(ctx context.Context) ([]byte, error) { return f.get(ctx, digest, limit, mirrors) })
}

func (f *Fetcher) get(ctx context.Context, digest [32]byte, limit int64, mirrors []string) ([]byte, error) {
	if blob, ok := f.atHand(ctx, digest, limit); ok {
		return blob, nil
	}
	if blob, ok, err := f.stored(digest, limit); ok || err != nil {
		return blob, err
	}
	var blob []byte
	err := f.each(ctx, "blobs/"+hex.EncodeToString(digest[:]), limit, mirrors, func(answer *answer) error {
		if answer.sha256 != digest {
			return fmt.Errorf("%w: it sent %d bytes of %s with sha256 %x", ErrDigest, len(answer.body), answer.contentType, answer.sha256)
		}
		blob = answer.body
		return nil
	})
	if err != nil {
		return nil, err
	}
	if f.config.Store != nil {
		// What was fetched is good whether it can be kept or not.
		if _, err := f.config.Store.Put(blob); err != nil {
			f.config.Log.Warn("a blob cannot be kept and will be fetched again", "sha256", hex.EncodeToString(digest[:]), "error", err)
		}
	}
	return blob, nil
}

// atHand looks into the files at hand. What cannot be used there is looked for further.
func (f *Fetcher) atHand(ctx context.Context, digest [32]byte, limit int64) (blob []byte, ok bool) {
	if f.config.Files == nil {
		return nil, false
	}
	blob, err := f.config.Files.Get(ctx, digest, limit)
	return blob, err == nil && int64(len(blob)) <= limit && sha256.Sum256(blob) == digest
}

// stored looks into the store. What is harmed there is fetched again.
func (f *Fetcher) stored(digest [32]byte, limit int64) (blob []byte, ok bool, err error) {
	if f.config.Store == nil {
		return nil, false, nil
	}
	blob, err = f.config.Store.Get(digest)
	switch {
	case err == nil && int64(len(blob)) > limit:
		return nil, false, fmt.Errorf("%w: %x has %d bytes, at most %d are wanted", ErrTooLarge, digest, len(blob), limit)
	case err == nil:
		return blob, true, nil
	case errors.Is(err, ErrNotFound):
	default:
		f.config.Log.Warn("a blob on disk cannot be used and is fetched again", "sha256", hex.EncodeToString(digest[:]), "error", err)
	}
	return nil, false, nil
}

// each asks mirrors until accept is content with an answer.
func (f *Fetcher) each(ctx context.Context, what string, limit int64, mirrors []string, accept func(*answer) error) error {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	failure := &FetchError{What: what}
	for _, mirror := range f.inOrder(mirrors) {
		answer, err := f.client.get(ctx, mirror, what, limit)
		if err == nil {
			err = accept(answer)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !errors.Is(err, ErrNotFound) {
			f.demote(mirror)
		}
		if errors.Is(err, ErrDigest) {
			f.config.Log.Warn("a mirror sends something else than it was asked for", "mirror", mirror, "what", what, "reason", err)
		}
		failure.Mirrors = append(failure.Mirrors, &MirrorError{Mirror: mirror, Reason: err})
	}
	return failure
}

// inOrder returns the mirrors in their order, those that failed lately last.
func (f *Fetcher) inOrder(mirrors []string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.config.Now()
	lately := func(mirror string) int {
		if at, ok := f.failed[mirror]; ok && now.Sub(at) < demotion {
			return 1
		}
		return 0
	}
	ordered := slices.Clone(mirrors)
	slices.SortStableFunc(ordered, func(a, b string) int { return lately(a) - lately(b) })
	return ordered
}

func (f *Fetcher) demote(mirror string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.failed) >= maxDemoted {
		clear(f.failed)
	}
	f.failed[mirror] = f.config.Now()
}

// Mirrors is a fetcher with the mirrors of one data set or module. It is a
// dataset.Fetcher and a dataset.OpeningFetcher.
type Mirrors struct {
	fetcher   *Fetcher
	addresses []string
}

// From names the mirrors that are asked.
func (f *Fetcher) From(mirrors []string) *Mirrors {
	return &Mirrors{fetcher: f, addresses: slices.Clone(mirrors)}
}

// Get is [Fetcher.Get] for a blob of a declared size.
func (m *Mirrors) Get(ctx context.Context, sha256 [sha256.Size]byte, size int64) ([]byte, error) {
	return m.fetcher.Get(ctx, sha256, size, m.addresses)
}

// GetOpening asks for the opening of an item and offers what mirrors answer, at most
// limit bytes each, to accept until that returns nil. Openings are not stored. The
// error is that of [Fetcher.Get]; what accept returned is the reason of a mirror. Of a
// set at hand the error is that of its source or of accept.
func (m *Mirrors) GetOpening(ctx context.Context, root [sha256.Size]byte, index uint64, limit int64, accept func([]byte) error) error {
	if m.fetcher.config.Source != nil {
		if source := m.fetcher.config.Source(root); source != nil {
			opening, err := source.Open(ctx, index)
			if err != nil {
				return err
			}
			return accept(opening.Encode())
		}
	}
	what := fmt.Sprintf("items/%x/%d", root, index)
	return m.fetcher.each(ctx, what, min(limit, MaxBytes), m.addresses, func(answer *answer) error { return accept(answer.body) })
}
