package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/agora-network/agora/benchmark"
)

// ErrLocked: another process has the file open.
var ErrLocked = errors.New("the state is in use by another process")

// ErrExists: the epoch has a row of the benchmark already, which may have been committed and is never replaced.
var ErrExists = errors.New("the epoch has a row of the benchmark already")

// lockTimeout is how long Open waits for another process to let go of the file.
const lockTimeout = 2 * time.Second

var (
	bucketRounds    = []byte("rounds")
	bucketStandings = []byte("standings")
	bucketMeta      = []byte("meta")
	// bucketKept has, by the key of a row that is to be kept for a declared number of epochs, that number.
	bucketKept = []byte("kept")
	// bucketEvidence has, by the content address of evidence, the key of its row.
	bucketEvidence = []byte("evidence")

	keyFormat  = []byte("format")
	keyChainID = []byte("chain_id")
)

// format is the version of the layout of the file. In format 1 a subnet had one benchmark; neither its rows nor what they
// rest on are understood by the chain any more.
const format = "2"

// Key names the row of one hotkey for one benchmark in one epoch of a subnet.
type Key struct {
	Netuid    uint32 `json:"netuid"`
	Epoch     uint64 `json:"epoch"`
	Benchmark uint32 `json:"benchmark"`
	Hotkey    string `json:"hotkey"`
}

// String names the row for people.
func (k Key) String() string {
	return fmt.Sprintf("epoch %d of subnet %d, benchmark %d", k.Epoch, k.Netuid, k.Benchmark)
}

// Stage is how far a row has come.
type Stage string

// The stages. A row only ever moves down this list; the last three are final.
const (
	// StageSealed: on disk; the chain has not shown the commit yet.
	StageSealed Stage = "sealed"
	// StageCommitted: the chain shows the hash.
	StageCommitted Stage = "committed"
	// StageRevealed: the chain shows the row.
	StageRevealed Stage = "revealed"
	// StageMissed: a window closed before the chain accepted it.
	StageMissed Stage = "missed"
	// StageRefused: the chain will never accept it.
	StageRefused Stage = "refused"
)

// Round is the row of one benchmark in one epoch and what became of it.
type Round struct {
	Key
	// Beacon of the epoch: a row of another history of the chain is recognised by it.
	Beacon  []byte `json:"beacon"`
	Version uint32 `json:"benchmark_version"`
	// MinerIDs ascending with their Weights, 1 to 65,535; both empty to abstain.
	MinerIDs []uint64 `json:"miner_ids"`
	Weights  []uint32 `json:"weights"`
	// Root of the evidence, 32 bytes, over Items items.
	Root  []byte `json:"evidence_root"`
	Items uint64 `json:"items"`
	// Evidence is the content address of the stored evidence, and KeepEpochs for how many epochs the benchmark wants it
	// kept; 0 leaves that to the validator.
	Evidence   string `json:"evidence"`
	KeepEpochs uint64 `json:"keep_epochs,omitempty"`
	// Salt of the commit. Secret until the row is revealed. Absent, like Hash, where Direct.
	Salt []byte `json:"salt,omitempty"`
	// Hash that is committed.
	Hash []byte `json:"hash,omitempty"`
	// Direct marks a row that is set in the open: it is sealed, then revealed.
	Direct bool `json:"direct,omitempty"`
	// Miners is what was measured, by ascending miner id.
	Miners []Measured `json:"miners"`

	Stage        Stage  `json:"stage"`
	CommitHeight int64  `json:"commit_height,omitempty"`
	RevealHeight int64  `json:"reveal_height,omitempty"`
	Reason       string `json:"reason,omitempty"`
	// DryRun marks a row that is never sent.
	DryRun bool `json:"dry_run,omitempty"`
}

// Measured is what one epoch gave for one miner.
type Measured struct {
	MinerID    uint64 `json:"miner_id"`
	UID        uint32 `json:"uid"`
	Score      int64  `json:"score"`
	Standing   int64  `json:"standing"`
	Weight     uint32 `json:"weight"`
	Scored     int    `json:"scored"`
	Unanswered int    `json:"unanswered"`
	Abstained  int    `json:"abstained"`
	// Reason most often given for a question that was not answered.
	Reason string `json:"reason,omitempty"`
}

// Store is an open file.
type Store struct {
	db *bolt.DB
}

// Open opens or creates the file at path for one chain. A file that belongs to another chain is refused.
func Open(path, chainID string) (*Store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s; stop the other validator first, or use another home", ErrLocked, path)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		indexed := tx.Bucket(bucketEvidence) != nil
		for _, name := range [][]byte{bucketRounds, bucketStandings, bucketMeta, bucketKept, bucketEvidence} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		for _, want := range []struct {
			key  []byte
			text string
			hint string
		}{
			{keyFormat, format, "it was written by another version of this program, which alone can read it; move the file away, and scores begin anew"},
			{keyChainID, chainID, "use another home for another chain"},
		} {
			switch found := meta.Get(want.key); {
			case found == nil:
				if err := meta.Put(want.key, []byte(want.text)); err != nil {
					return err
				}
			case string(found) != want.text:
				return fmt.Errorf("%s is %q there, wanted is %q: %s", want.key, found, want.text, want.hint)
			}
		}
		if err := makeSecret(meta); err != nil {
			return err
		}
		if indexed {
			return nil
		}
		return indexEvidence(tx) // of an earlier version of this program
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return &Store{db: db}, nil
}

// Close lets go of the file.
func (s *Store) Close() error { return s.db.Close() }

// Seal writes a new row together with the standings that it was made from. The error wraps [ErrExists] when the epoch
// has a row of the benchmark already.
func (s *Store) Seal(round Round, standings map[uint64]benchmark.Standing) error {
	round.Stage = StageSealed
	value, err := json.Marshal(round)
	if err != nil {
		return fmt.Errorf("seal %s: %w", round.Key, err)
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		rounds := tx.Bucket(bucketRounds)
		if rounds.Get(roundKey(round.Key)) != nil {
			return ErrExists
		}
		if err := rounds.Put(roundKey(round.Key), value); err != nil {
			return err
		}
		if err := noteEvidence(tx, round); err != nil {
			return err
		}
		bucket := tx.Bucket(bucketStandings)
		for miner, standing := range standings {
			if err := bucket.Put(standingKey(round.Netuid, round.Hotkey, round.Benchmark, miner), encodeStanding(standing)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal %s: %w", round.Key, err)
	}
	return nil
}

// Update changes a stored row; change gets what is stored.
func (s *Store) Update(key Key, change func(round *Round)) (Round, error) {
	var round Round
	err := s.db.Update(func(tx *bolt.Tx) error {
		rounds := tx.Bucket(bucketRounds)
		value := rounds.Get(roundKey(key))
		if value == nil {
			return errors.New("there is no such row")
		}
		if err := json.Unmarshal(value, &round); err != nil {
			return err
		}
		change(&round)
		value, err := json.Marshal(round)
		if err != nil {
			return err
		}
		return rounds.Put(roundKey(key), value)
	})
	if err != nil {
		return Round{}, fmt.Errorf("update %s: %w", key, err)
	}
	return round, nil
}

// Round reads a row; ok is false where there is none.
func (s *Store) Round(key Key) (round Round, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		value := tx.Bucket(bucketRounds).Get(roundKey(key))
		if value == nil {
			return nil
		}
		ok = true
		return json.Unmarshal(value, &round)
	})
	if err != nil {
		return Round{}, false, fmt.Errorf("read %s: %w", key, err)
	}
	return round, ok, nil
}

// Rounds reads the newest rows of a hotkey on a subnet, newest first and of one epoch the higher benchmark first, at most
// limit.
func (s *Store) Rounds(netuid uint32, hotkey string, limit int) ([]Round, error) {
	var rounds []Round
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachRound(tx, netuid, hotkey, func(_, value []byte) (bool, error) {
			var round Round
			if err := json.Unmarshal(value, &round); err != nil {
				return false, err
			}
			rounds = append(rounds, round)
			return len(rounds) < limit, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read rows of subnet %d: %w", netuid, err)
	}
	return rounds, nil
}

// RoundsOf reads the rows that a hotkey has in one epoch of a subnet, by ascending benchmark.
func (s *Store) RoundsOf(netuid uint32, hotkey string, epoch uint64) ([]Round, error) {
	var rounds []Round
	prefix := binary.BigEndian.AppendUint64(subnetPrefix(netuid, hotkey), epoch)
	err := s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(bucketRounds).Cursor()
		for key, value := cursor.Seek(prefix); hasPrefix(key, prefix); key, value = cursor.Next() {
			var round Round
			if err := json.Unmarshal(value, &round); err != nil {
				return err
			}
			rounds = append(rounds, round)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read epoch %d of subnet %d: %w", epoch, netuid, err)
	}
	return rounds, nil
}

// Standings reads the standing of every miner that a hotkey has measured on a benchmark of a subnet, by miner id.
func (s *Store) Standings(netuid uint32, hotkey string, number uint32) (map[uint64]benchmark.Standing, error) {
	standings := map[uint64]benchmark.Standing{}
	prefix := benchmarkPrefix(netuid, hotkey, number)
	err := s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(bucketStandings).Cursor()
		for key, value := cursor.Seek(prefix); hasPrefix(key, prefix); key, value = cursor.Next() {
			standing, err := decodeStanding(value)
			if err != nil || len(key) != len(prefix)+8 {
				return fmt.Errorf("standing %x is damaged: %w", key, err)
			}
			standings[binary.BigEndian.Uint64(key[len(prefix):])] = standing
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read standings of subnet %d, benchmark %d: %w", netuid, number, err)
	}
	return standings, nil
}

// Prune removes the rows that more epochs have followed than keep, or than the row's own KeepEpochs if that is more,
// current being the newest epoch; and standings that were last changed more than keep epochs ago.
func (s *Store) Prune(netuid uint32, hotkey string, current, keep uint64) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		return remove(tx, netuid, hotkey, func(epoch, declared uint64) bool { return epoch < current && current-epoch > max(keep, declared) })
	})
	if err != nil {
		return fmt.Errorf("prune subnet %d: %w", netuid, err)
	}
	return nil
}

// Forget removes everything that a hotkey remembers of a subnet: for when it turns out to belong to another history of
// the chain.
func (s *Store) Forget(netuid uint32, hotkey string) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		return remove(tx, netuid, hotkey, func(_, _ uint64) bool { return true })
	})
	if err != nil {
		return fmt.Errorf("forget subnet %d: %w", netuid, err)
	}
	return nil
}

// remove deletes the rows, and the standings, whose epoch is old. declared is for how many epochs a row is to be kept, 0
// where nothing is declared.
func remove(tx *bolt.Tx, netuid uint32, hotkey string, old func(epoch, declared uint64) bool) error {
	var doomed [][]byte
	rows, kept := tx.Bucket(bucketRounds), tx.Bucket(bucketKept)
	err := eachRound(tx, netuid, hotkey, func(key, _ []byte) (bool, error) {
		var declared uint64
		if value := kept.Get(key); len(value) == 8 {
			declared = binary.BigEndian.Uint64(value)
		}
		if old(binary.BigEndian.Uint64(key[len(key)-roundSuffix:]), declared) {
			doomed = append(doomed, append([]byte(nil), key...))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, key := range doomed {
		if err := forgetEvidence(tx, rows.Get(key)); err != nil {
			return err
		}
		if err := errors.Join(rows.Delete(key), kept.Delete(key)); err != nil {
			return err
		}
	}
	doomed = doomed[:0]
	standings := tx.Bucket(bucketStandings)
	prefix := subnetPrefix(netuid, hotkey)
	cursor := standings.Cursor()
	for key, value := cursor.Seek(prefix); hasPrefix(key, prefix); key, value = cursor.Next() {
		if standing, err := decodeStanding(value); err != nil || old(standing.Epoch, 0) {
			doomed = append(doomed, append([]byte(nil), key...))
		}
	}
	for _, key := range doomed {
		if err := standings.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// eachRound visits the rows of a hotkey on a subnet from the newest to the oldest, while visit returns true.
func eachRound(tx *bolt.Tx, netuid uint32, hotkey string, visit func(key, value []byte) (bool, error)) error {
	prefix := subnetPrefix(netuid, hotkey)
	cursor := tx.Bucket(bucketRounds).Cursor()
	end := append(append([]byte(nil), prefix...), bytes.Repeat([]byte{0xff}, roundSuffix)...)
	key, value := cursor.Seek(end)
	if key == nil {
		key, value = cursor.Last()
	} else if string(key) != string(end) {
		key, value = cursor.Prev()
	}
	for ; hasPrefix(key, prefix) && len(key) == len(prefix)+roundSuffix; key, value = cursor.Prev() {
		more, err := visit(key, value)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// roundSuffix is what follows a subnet's prefix in the key of a row: epoch and benchmark.
const roundSuffix = 8 + 4

// roundKey is netuid, hotkey, epoch and benchmark, so that a subnet's rows lie together in the order of their epochs.
func roundKey(key Key) []byte {
	epoch := binary.BigEndian.AppendUint64(subnetPrefix(key.Netuid, key.Hotkey), key.Epoch)
	return binary.BigEndian.AppendUint32(epoch, key.Benchmark)
}

func standingKey(netuid uint32, hotkey string, number uint32, miner uint64) []byte {
	return binary.BigEndian.AppendUint64(benchmarkPrefix(netuid, hotkey, number), miner)
}

func benchmarkPrefix(netuid uint32, hotkey string, number uint32) []byte {
	return binary.BigEndian.AppendUint32(subnetPrefix(netuid, hotkey), number)
}

func subnetPrefix(netuid uint32, hotkey string) []byte {
	prefix := binary.BigEndian.AppendUint32(nil, netuid)
	prefix = append(prefix, byte(len(hotkey))) // an address has at most 90 characters
	return append(prefix, hotkey...)
}

func hasPrefix(key, prefix []byte) bool {
	return len(key) >= len(prefix) && string(key[:len(prefix)]) == string(prefix)
}

// A standing is its score and its epoch, 8 bytes each; one that measures nothing is not stored.
// A standing is its score, its epoch and the height at which that began, in eight bytes each. Older versions of this
// program left the height out.
const standingBytes, oldStandingBytes = 24, 16

func encodeStanding(standing benchmark.Standing) []byte {
	value := binary.BigEndian.AppendUint64(make([]byte, 0, standingBytes), uint64(standing.Score)) //nolint:gosec // 0 to ScoreOne
	value = binary.BigEndian.AppendUint64(value, standing.Epoch)
	return binary.BigEndian.AppendUint64(value, standing.Height)
}

func decodeStanding(value []byte) (benchmark.Standing, error) {
	if len(value) != standingBytes && len(value) != oldStandingBytes {
		return benchmark.Standing{}, fmt.Errorf("%d bytes, want %d", len(value), standingBytes)
	}
	score := binary.BigEndian.Uint64(value)
	if score > uint64(benchmark.ScoreOne) {
		return benchmark.Standing{}, fmt.Errorf("score %d is above %d", score, uint64(benchmark.ScoreOne))
	}
	standing := benchmark.Standing{Score: int64(score), Epoch: binary.BigEndian.Uint64(value[8:]), Measured: true} //nolint:gosec // bounded just here
	if len(value) == standingBytes {
		standing.Height = binary.BigEndian.Uint64(value[16:])
	}
	return standing, nil
}
