package store

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// RoundOfEvidence reads the row whose evidence has a content address; ok is false where there is none.
func (s *Store) RoundOfEvidence(digest [32]byte) (round Round, ok bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		key := tx.Bucket(bucketEvidence).Get(digest[:])
		if key == nil {
			return nil
		}
		value := tx.Bucket(bucketRounds).Get(key)
		if value == nil {
			return nil
		}
		ok = true
		return json.Unmarshal(value, &round)
	})
	if err != nil {
		return Round{}, false, fmt.Errorf("read the row of evidence %x: %w", digest, err)
	}
	return round, ok, nil
}

// noteEvidence makes a row found by its evidence, and kept as long as it declares.
func noteEvidence(tx *bolt.Tx, round Round) error {
	key := roundKey(round.Key)
	if round.KeepEpochs > 0 {
		if err := tx.Bucket(bucketKept).Put(key, binary.BigEndian.AppendUint64(nil, round.KeepEpochs)); err != nil {
			return err
		}
	}
	digest, err := hex.DecodeString(round.Evidence)
	if err != nil || len(digest) != 32 {
		return nil //nolint:nilerr // a row without evidence is found by its key only
	}
	return tx.Bucket(bucketEvidence).Put(digest, key)
}

// forgetEvidence undoes noteEvidence for a row that goes.
func forgetEvidence(tx *bolt.Tx, value []byte) error {
	var row struct {
		Evidence string `json:"evidence"`
	}
	if err := json.Unmarshal(value, &row); err != nil {
		return nil //nolint:nilerr // a damaged row goes all the same
	}
	digest, err := hex.DecodeString(row.Evidence)
	if err != nil || len(digest) != 32 {
		return nil //nolint:nilerr // as above
	}
	return tx.Bucket(bucketEvidence).Delete(digest)
}

// indexEvidence makes all rows found by their evidence.
func indexEvidence(tx *bolt.Tx) error {
	return tx.Bucket(bucketRounds).ForEach(func(_, value []byte) error {
		var round Round
		if err := json.Unmarshal(value, &round); err != nil {
			return err
		}
		return noteEvidence(tx, round)
	})
}
