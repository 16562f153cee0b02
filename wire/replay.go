package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrReplayed: the sender used this nonce before.
	ErrReplayed = errors.New("nonce was used before")
	// ErrBeforeHorizon: the nonce is older than what the store still remembers, so it cannot be told from a replay.
	ErrBeforeHorizon = errors.New("nonce is older than the replay store remembers")
	// ErrReplayStoreFull: the store holds its largest number of nonces, all of which are still fresh. Forgetting one
	// would let it be replayed, so the request is refused instead.
	ErrReplayStoreFull = errors.New("replay store is full")
	// ErrTooFarAhead: the nonce names a time later than the store takes, see [BoltReplayOptions.Ahead].
	ErrTooFarAhead = errors.New("nonce is further in the future than the replay store takes")
)

// ReplayStore remembers which nonces were used.
type ReplayStore interface {
	// Record uses up the nonce of sender. Of any number of calls with the same sender and nonce, before and after a
	// restart or a crash, at most one returns nil. now is the receiver's clock.
	Record(sender string, nonce Nonce, now time.Time) error
}

// BoltReplay is a [ReplayStore] with one file. It is bounded by time, as nonces that are no longer fresh are forgotten,
// and by count.
//
// Nonces are kept in memory. On disk is a mark, a time: no nonce is taken that names a time from the mark on before a
// later mark has been flushed. After a crash everything before the mark is refused, used or not, so that no flush of the
// disk has to be waited for between a question and its answer, and still none is answered twice. The mark is moved in
// the background while questions come; only the first after a pause waits for it. [BoltReplay.Close] writes the nonces
// themselves, so that an orderly restart refuses just those that were used.
type BoltReplay struct {
	db            *bolt.DB
	window, ahead time.Duration
	max           uint64

	flushing   sync.Mutex // held while a mark is written; taken before mu
	background sync.WaitGroup

	mu sync.Mutex // guards the fields below
	// used holds the nonces by the second that they name, so that forgetting is dropping whole seconds.
	used  map[int64]map[replayKey]struct{}
	count uint64
	// horizon, in milliseconds: nonces before it are refused. It never goes back, so that a clock set back cannot make a
	// forgotten nonce acceptable again.
	horizon int64
	// mark, in milliseconds, is on disk.
	mark    int64
	marking bool // a mark is being written in the background
	closed  bool
}

// BoltReplayOptions bounds a [BoltReplay].
type BoltReplayOptions struct {
	// Window is how long a nonce is remembered after the time it names. It must be at least the freshness of the server
	// that uses the store. Default: the default freshness and skew of [Server], doubled.
	Window time.Duration
	// Ahead is how far the mark on disk is ahead of the clock when it is written, hence for how long after a crash
	// requests are refused. Nonces that name a later time are not taken, so it must be more than the skew that the
	// server allows. Default: the default skew of [Server], doubled.
	Ahead time.Duration
	// MaxEntries is the largest number of nonces remembered. Default 262,144, about 25 MB.
	MaxEntries uint64
	// NoSync leaves flushing to the operating system: still safe when the process is killed, not when the power fails.
	NoSync bool
}

var (
	bucketNonces = []byte("nonces") // those of an orderly stop
	bucketMeta   = []byte("meta")
	keyHorizon   = []byte("horizon") // milliseconds; nonces before it are refused
	keyMark      = []byte("mark")    // milliseconds; 0 after an orderly stop, else nonces before it are refused
)

// OpenBoltReplay opens or creates the store at path. Only one process can hold it.
func OpenBoltReplay(path string, options BoltReplayOptions) (*BoltReplay, error) {
	setDefault(&options.Window, 2*(DefaultMaxAge+DefaultMaxSkew))
	setDefault(&options.Ahead, 2*DefaultMaxSkew)
	setDefault(&options.MaxEntries, 1<<18)
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: time.Second, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoSync: options.NoSync,
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("replay store %s: another process holds it; stop that process or use another home", path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("replay store %s: %w; it is damaged: wait %s, so that no recorded request is fresh, and delete it",
			path, err, options.Window)
	case err != nil:
		return nil, fmt.Errorf("replay store %s: %w", path, err)
	}
	s := &BoltReplay{
		db: db, window: options.Window, ahead: options.Ahead, max: options.MaxEntries,
		used: make(map[int64]map[replayKey]struct{}),
	}
	if err := db.Update(s.load); err != nil {
		return nil, errors.Join(fmt.Errorf("replay store %s: prepare: %w", path, err), db.Close())
	}
	return s, nil
}

// load reads what an earlier process left.
func (s *BoltReplay) load(tx *bolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	nonces, err := tx.CreateBucketIfNotExists(bucketNonces)
	if err != nil {
		return err
	}
	s.mark = readMillis(meta, keyMark)
	s.horizon = max(readMillis(meta, keyHorizon), s.mark)
	return nonces.ForEach(func(key, _ []byte) error {
		if len(key) == len(replayKey{}) && replayKey(key).millis() >= s.horizon {
			s.put(replayKey(key))
		}
		return nil
	})
}

// Close writes the nonces, so that the next process refuses these and no others, and releases the file.
func (s *BoltReplay) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.background.Wait()
	s.flushing.Lock() // a call that waited for its mark is over
	defer s.flushing.Unlock()
	err := s.db.Update(s.save)
	if err != nil {
		err = fmt.Errorf("replay store: write the nonces: %w", err)
	}
	return errors.Join(err, s.db.Close())
}

func (s *BoltReplay) save(tx *bolt.Tx) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tx.DeleteBucket(bucketNonces); err != nil {
		return err
	}
	nonces, err := tx.CreateBucket(bucketNonces)
	if err != nil {
		return err
	}
	for _, keys := range s.used {
		for key := range keys {
			if err := nonces.Put(key[:], []byte{}); err != nil {
				return err
			}
		}
	}
	meta := tx.Bucket(bucketMeta)
	if err := writeMillis(meta, keyHorizon, s.horizon); err != nil {
		return err
	}
	return writeMillis(meta, keyMark, 0)
}

// Record implements [ReplayStore].
func (s *BoltReplay) Record(sender string, nonce Nonce, now time.Time) error {
	if nonce.Millis >= now.Add(s.ahead).UnixMilli() {
		return ErrTooFarAhead
	}
	if err := s.flushMark(nonce.Millis, now); err != nil {
		return err
	}
	key := newReplayKey(sender, nonce)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errReplayClosed
	}
	s.forget(now.Add(-s.window).UnixMilli())
	_, found := s.used[key.second()][key]
	switch {
	case nonce.Millis < s.horizon:
		return ErrBeforeHorizon
	case found:
		return ErrReplayed
	case s.count >= s.max:
		return ErrReplayStoreFull
	}
	s.put(key)
	s.renewMark(now)
	return nil
}

var errReplayClosed = fmt.Errorf("replay store: %w", bolterrors.ErrDatabaseNotOpen)

// flushMark returns when the mark on disk is later than millis. Calls that wait for that together share one flush.
func (s *BoltReplay) flushMark(millis int64, now time.Time) error {
	if s.marked(millis) {
		return nil
	}
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.marked(millis) {
		return nil
	}
	mark := now.Add(s.ahead).UnixMilli()
	err := s.db.Update(func(tx *bolt.Tx) error { return writeMillis(tx.Bucket(bucketMeta), keyMark, mark) })
	if err != nil {
		return fmt.Errorf("replay store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark = mark
	return nil
}

func (s *BoltReplay) marked(millis int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return millis < s.mark
}

// renewMark moves the mark in the background once a quarter of its lead is used up. The lock is held.
func (s *BoltReplay) renewMark(now time.Time) {
	wanted := now.Add(s.ahead - s.ahead/4).UnixMilli()
	if s.marking || wanted < s.mark {
		return
	}
	s.marking = true
	s.background.Go(func() {
		_ = s.flushMark(wanted, now) // a call that comes to need it tries again and reports the failure
		s.mu.Lock()
		defer s.mu.Unlock()
		s.marking = false
	})
}

// Len is the number of nonces remembered.
func (s *BoltReplay) Len() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func (s *BoltReplay) put(key replayKey) {
	second := key.second()
	if s.used[second] == nil {
		s.used[second] = make(map[replayKey]struct{})
	}
	s.used[second][key] = struct{}{}
	s.count++
}

// forget drops the seconds that are wholly before the horizon, of which there are no more than the window is long. The
// lock is held.
func (s *BoltReplay) forget(horizon int64) {
	if horizon <= s.horizon {
		return
	}
	before, after := s.horizon/millisPerSecond, horizon/millisPerSecond
	s.horizon = horizon
	if before == after {
		return
	}
	for second, keys := range s.used {
		if second < after {
			s.count -= uint64(len(keys))
			delete(s.used, second)
		}
	}
}

const millisPerSecond = 1000

// replayKey is the time of a nonce and a digest of its sender and random bytes.
type replayKey [8 + sha256.Size]byte

func newReplayKey(sender string, nonce Nonce) (key replayKey) {
	id := sha256.Sum256(preimage(nil).text(sender).bytes(nonce.Random[:]))
	binary.BigEndian.PutUint64(key[:8], uint64(nonce.Millis)) //nolint:gosec // positive by construction
	copy(key[8:], id[:])
	return key
}

func (k replayKey) millis() int64 {
	return int64(binary.BigEndian.Uint64(k[:8])) //nolint:gosec // written from a positive number; a damaged one is refused or forgotten
}

func (k replayKey) second() int64 { return k.millis() / millisPerSecond }

func readMillis(bucket *bolt.Bucket, key []byte) int64 {
	value := bucket.Get(key)
	if len(value) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(value)) //nolint:gosec // written from a positive number
}

func writeMillis(bucket *bolt.Bucket, key []byte, millis int64) error {
	return bucket.Put(key, binary.BigEndian.AppendUint64(nil, uint64(max(millis, 0)))) //nolint:gosec // not negative
}
