package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/agora-network/agora/internal/flight"
)

// DefaultCacheBytes is how much memory a source may keep, 64 MiB.
const DefaultCacheBytes = 64 << 20

// maxLoads bounds the shards of one source that are being read at once.
const maxLoads = 4

// Source opens items of one set. What it returns has been verified against the root
// and must not be changed.
// An error wraps [ErrIndex], [ErrMissing], [ErrChanged], [ErrSize] or [ErrInvalid],
// or is the cause for which the context ended.
type Source interface {
	Open(ctx context.Context, index uint64) (Opening, error)
}

// Fetcher gets files by their digest.
type Fetcher interface {
	// Get returns the file with a sha256, which has size bytes. The caller checks both
	// again.
	Get(ctx context.Context, sha256 [32]byte, size int64) ([]byte, error)
}

// Fetchers asks one fetcher after the other, for example a folder that is embedded in
// the program before the network.
type Fetchers []Fetcher

// Get implements [Fetcher]: the first file that has its size and digest. The error
// joins those of all.
func (f Fetchers) Get(ctx context.Context, digest [32]byte, size int64) ([]byte, error) {
	var errs []error
	for _, fetcher := range f {
		data, err := fetcher.Get(ctx, digest, size)
		if err == nil {
			err = checkFile(data, digest, size)
		}
		if err == nil {
			return data, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// checkFile compares a file with what is declared of it. The error wraps [ErrSize] or
// [ErrChanged].
func checkFile(data []byte, digest [32]byte, size int64) error {
	if int64(len(data)) > size {
		return fmt.Errorf("%w: it has %d bytes or more, declared are %d", ErrSize, len(data), size)
	}
	if int64(len(data)) < size {
		return fmt.Errorf("%w: it has %d bytes, declared are %d", ErrSize, len(data), size)
	}
	if got := sha256.Sum256(data); got != digest {
		return fmt.Errorf("%w: it has sha256 %x, declared is %x", ErrChanged, got, digest)
	}
	return nil
}

// OpeningFetcher gets openings from whoever opens a sealed set.
type OpeningFetcher interface {
	// GetOpening offers what its places answer, at most limit bytes each, to accept
	// until that returns nil.
	GetOpening(ctx context.Context, root [32]byte, index uint64, limit int64, accept func([]byte) error) error
}

// Sharded opens items out of shards, of which it keeps those used last.
type Sharded struct {
	set     Set
	fetcher Fetcher
	cache   *cache[*shardFile]
	loading flight.Group[uint64, *shardFile]
	slots   chan struct{}
}

// NewSharded makes a source that keeps at most cacheBytes of shards in memory, 0 for
// [DefaultCacheBytes]. The error wraps [ErrInvalid] for a set that cannot be or that
// has no shards.
func NewSharded(set Set, fetcher Fetcher, cacheBytes int64) (*Sharded, error) {
	if err := set.Validate(); err != nil {
		return nil, err
	}
	if set.Sealed() {
		return nil, fmt.Errorf("%w: it is sealed, it has no shards to read", ErrInvalid)
	}
	return &Sharded{set: set, fetcher: fetcher, cache: newCache[*shardFile](orDefault(cacheBytes)), slots: make(chan struct{}, maxLoads)}, nil
}

func orDefault(cacheBytes int64) int64 {
	if cacheBytes <= 0 {
		return DefaultCacheBytes
	}
	return cacheBytes
}

// Open implements [Source].
func (s *Sharded) Open(ctx context.Context, index uint64) (Opening, error) {
	if index >= s.set.Items {
		return Opening{}, fmt.Errorf("%w: item %d of %d", ErrIndex, index, s.set.Items)
	}
	position := index / s.set.shardItems()
	shard, ok := s.cache.get(position)
	if !ok {
		var err error
		shard, err = s.loading.Do(ctx, position, func(ctx context.Context) (*shardFile, error) { return s.load(ctx, int(position)) })
		if err != nil {
			return Opening{}, fmt.Errorf("item %d: %w", index, err)
		}
	}
	return shard.opening(index), nil
}

// load gets a shard and verifies every item in it.
func (s *Sharded) load(ctx context.Context, position int) (*shardFile, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	declared := s.set.Shards[position]
	data, err := s.fetcher.Get(ctx, declared.SHA256, declared.Length)
	if err != nil {
		return nil, fetchError(ctx, fmt.Sprintf("shard %d (sha256 %x)", position, declared.SHA256), err)
	}
	if err := checkFile(data, declared.SHA256, declared.Length); err != nil {
		return nil, fmt.Errorf("shard %d: %w", position, err)
	}
	shard, err := decodeShard(data)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", position, err)
	}
	if err := shard.verify(&s.set, position); err != nil {
		return nil, err
	}
	s.cache.put(uint64(position), shard, shard.cost())
	return shard, nil
}

// fetchError says that something is missing, unless it was the caller who gave up or
// a fetcher that found out more.
func fetchError(ctx context.Context, what string, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrChanged), errors.Is(err, ErrSize), errors.Is(err, ErrInvalid), errors.Is(err, ErrIndex):
		return fmt.Errorf("%s: %w", what, err)
	default:
		return fmt.Errorf("%w: %s: %w", ErrMissing, what, err)
	}
}

// Openings opens items of a sealed set by asking for each, and keeps those used last.
type Openings struct {
	set     Set
	fetcher OpeningFetcher
	cache   *cache[Opening]
	loading flight.Group[uint64, Opening]
}

// NewOpenings makes a source that keeps at most cacheBytes of openings in memory, 0
// for [DefaultCacheBytes]. Shards of the set are not used. The error wraps
// [ErrInvalid].
func NewOpenings(set Set, fetcher OpeningFetcher, cacheBytes int64) (*Openings, error) {
	set.Shards = nil
	if err := set.Validate(); err != nil {
		return nil, err
	}
	return &Openings{set: set, fetcher: fetcher, cache: newCache[Opening](orDefault(cacheBytes))}, nil
}

// Open implements [Source].
func (s *Openings) Open(ctx context.Context, index uint64) (Opening, error) {
	if index >= s.set.Items {
		return Opening{}, fmt.Errorf("%w: item %d of %d", ErrIndex, index, s.set.Items)
	}
	if opening, ok := s.cache.get(index); ok {
		return opening, nil
	}
	return s.loading.Do(ctx, index, func(ctx context.Context) (Opening, error) { return s.load(ctx, index) })
}

func (s *Openings) load(ctx context.Context, index uint64) (Opening, error) {
	var opening Opening
	err := s.fetcher.GetOpening(ctx, s.set.Root, index, int64(MaxOpeningBytes), func(data []byte) (err error) {
		if opening, err = DecodeOpening(data); err != nil {
			return err
		}
		if opening.Index != index {
			return fmt.Errorf("%w: item %d was asked for, item %d came", ErrChanged, index, opening.Index)
		}
		return Verify(s.set.Root, s.set.Items, opening)
	})
	if err != nil {
		return Opening{}, fetchError(ctx, fmt.Sprintf("item %d of %x", index, s.set.Root), err)
	}
	s.cache.put(index, opening, int64(MaxOpeningBytes-MaxItemBytes+len(opening.Item)))
	return opening, nil
}
