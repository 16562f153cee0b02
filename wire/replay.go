package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
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
)

// ReplayStore remembers which nonces were used.
type ReplayStore interface {
	// Record remembers the nonce of sender, durably before it returns nil. Of any number of calls with the same sender
	// and nonce, before and after a restart, at most one returns nil. now is the receiver's clock.
	Record(sender string, nonce Nonce, now time.Time) error
}

// BoltReplay is a [ReplayStore] in one file. It is bounded by time, as nonces that are no longer fresh are forgotten,
// and by count. Writes of concurrent requests share one disk flush.
type BoltReplay struct {
	db     *bolt.DB
	window time.Duration
	max    uint64
}

// BoltReplayOptions bounds a [BoltReplay].
type BoltReplayOptions struct {
	// Window is how long a nonce is remembered after the time it names. It must be at least the freshness of the server
	// that uses the store. Default: the default freshness and skew of [Server], doubled.
	Window time.Duration
	// MaxEntries is the largest number of nonces remembered. Default 262,144, about 25 MB.
	MaxEntries uint64
	// NoSync leaves flushing to the operating system: still safe when the process is killed, not when the power fails.
	NoSync bool
}

var (
	bucketNonces = []byte("nonces")
	bucketMeta   = []byte("meta")
	keyHorizon   = []byte("horizon") // milliseconds; nonces before it are refused
	keyCount     = []byte("count")   // entries in bucketNonces
)

// pruneLimit bounds how many expired nonces one call forgets, so that no single request pays for a long pause.
const pruneLimit = 256

// OpenBoltReplay opens or creates the store at path. Only one process can hold it.
func OpenBoltReplay(path string, options BoltReplayOptions) (*BoltReplay, error) {
	if options.Window == 0 {
		options.Window = 2 * (DefaultMaxAge + DefaultMaxSkew)
	}
	if options.MaxEntries == 0 {
		options.MaxEntries = 1 << 18
	}
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
	db.MaxBatchDelay = 2 * time.Millisecond
	err = db.Update(func(tx *bolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(bucketNonces); err != nil {
			return err
		}
		_, err := tx.CreateBucketIfNotExists(bucketMeta)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("replay store %s: prepare: %w", path, err), db.Close())
	}
	return &BoltReplay{db: db, window: options.Window, max: options.MaxEntries}, nil
}

// Close releases the file after running calls have finished.
func (s *BoltReplay) Close() error { return s.db.Close() }

// Record implements [ReplayStore].
func (s *BoltReplay) Record(sender string, nonce Nonce, now time.Time) error {
	key := replayKey(sender, nonce)
	var refusal error
	// A refusal is not returned from the transaction: that would undo the pruning and make the batch run each of its
	// calls again alone.
	err := s.db.Batch(func(tx *bolt.Tx) error {
		refusal = nil
		nonces, meta := tx.Bucket(bucketNonces), tx.Bucket(bucketMeta)
		horizon, count := readUint64(meta, keyHorizon), readUint64(meta, keyCount)

		if expiry := now.Add(-s.window).UnixMilli(); expiry > 0 && uint64(expiry) > horizon {
			horizon = uint64(expiry)
		}
		count, err := prune(nonces, horizon, count)
		if err != nil {
			return err
		}
		switch {
		case uint64(nonce.Millis) < horizon: //nolint:gosec // positive by construction
			refusal = ErrBeforeHorizon
		case nonces.Get(key) != nil:
			refusal = ErrReplayed
		case count >= s.max:
			refusal = ErrReplayStoreFull
		default:
			if err := nonces.Put(key, []byte{}); err != nil {
				return err
			}
			count++
		}
		if err := meta.Put(keyHorizon, binary.BigEndian.AppendUint64(nil, horizon)); err != nil {
			return err
		}
		return meta.Put(keyCount, binary.BigEndian.AppendUint64(nil, count))
	})
	if err != nil {
		return fmt.Errorf("replay store: %w", err)
	}
	return refusal
}

// Len is the number of nonces remembered.
func (s *BoltReplay) Len() (uint64, error) {
	var count uint64
	err := s.db.View(func(tx *bolt.Tx) error {
		count = readUint64(tx.Bucket(bucketMeta), keyCount)
		return nil
	})
	return count, err
}

// prune forgets up to pruneLimit nonces from before the horizon. The horizon is stored with them, so that a clock set
// back later cannot make a forgotten nonce acceptable again.
func prune(nonces *bolt.Bucket, horizon, count uint64) (uint64, error) {
	cursor := nonces.Cursor()
	for range pruneLimit {
		key, _ := cursor.First()
		if len(key) < 8 || binary.BigEndian.Uint64(key) >= horizon {
			return count, nil
		}
		if err := nonces.Delete(key); err != nil {
			return count, err
		}
		if count > 0 {
			count--
		}
	}
	return count, nil
}

// replayKey sorts by the time of the nonce, so that what has expired is at the front.
func replayKey(sender string, nonce Nonce) []byte {
	id := sha256.Sum256(preimage(nil).text(sender).bytes(nonce.Random[:]))
	key := binary.BigEndian.AppendUint64(nil, uint64(nonce.Millis)) //nolint:gosec // positive by construction
	return append(key, id[:]...)
}

func readUint64(bucket *bolt.Bucket, key []byte) uint64 {
	value := bucket.Get(key)
	if len(value) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}
