package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// keySecret holds the root from which the secrets of all epochs are made.
var keySecret = []byte("secret")

const (
	secretBytes = 32
	// chainEpochs is the length of a chain of secrets. After so many epochs another begins, unconnected.
	chainEpochs = 1 << 18

	tagSecretChain = "agora/secret-chain/1"
	tagSecretStep  = "agora/secret-step/1"
)

// makeSecret draws the root once in the life of a file.
func makeSecret(meta *bolt.Bucket) error {
	if meta.Get(keySecret) != nil {
		return nil
	}
	root := make([]byte, secretBytes)
	if _, err := rand.Read(root); err != nil {
		return fmt.Errorf("draw a secret: %w", err)
	}
	return meta.Put(keySecret, root)
}

// Secret returns what is mixed into the draw of a benchmark's questions in an epoch. It is one of a chain that is walked
// backwards: the secret of an epoch hashes to that of the epoch before ([FollowsSecret]), whose evidence was committed
// before the beacon of this epoch was known, so nobody can choose it to suit a miner; and no number of opened secrets
// tells the next one. It takes up to 30 ms of processor time.
func (s *Store) Secret(netuid, number uint32, epoch uint64) (secret [secretBytes]byte, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		root := tx.Bucket(bucketMeta).Get(keySecret)
		if len(root) != secretBytes {
			return errors.New("the state holds no secret: it is damaged")
		}
		in := append([]byte(tagSecretChain), root...)
		in = binary.BigEndian.AppendUint32(in, netuid)
		in = binary.BigEndian.AppendUint32(in, number)
		in = binary.BigEndian.AppendUint64(in, epoch/chainEpochs)
		secret = sha256.Sum256(in)
		return nil
	})
	if err != nil {
		return secret, err
	}
	for range chainEpochs - 1 - epoch%chainEpochs {
		secret = secretBefore(secret)
	}
	return secret, nil
}

// secretBefore is the secret of the epoch before that of another.
func secretBefore(secret [secretBytes]byte) [secretBytes]byte {
	var in [len(tagSecretStep) + secretBytes]byte
	copy(in[:], tagSecretStep)
	copy(in[len(tagSecretStep):], secret[:])
	return sha256.Sum256(in[:])
}

// FollowsSecret tells whether the secret of an epoch is the one that must follow that of the epoch before. Where a chain
// begins any may follow.
func FollowsSecret(epoch uint64, before, secret [secretBytes]byte) bool {
	return epoch%chainEpochs == 0 || secretBefore(secret) == before
}
