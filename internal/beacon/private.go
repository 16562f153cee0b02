package beacon

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/cloudflare/circl/sign/bls"
)

// ErrPrivateKey is returned for bytes that are not a private key.
var ErrPrivateKey = errors.New("not a private beacon key")

// seedSize is how much chance a key is made of, in bytes.
const seedSize = 32

// PrivateKey proves messages. Keep it where only the node can read it: who has it knows, one block ahead of the others, what its
// owner's proposals add to the beacon.
type PrivateKey struct {
	key    *bls.PrivateKey[bls.KeyG2SigG1]
	public []byte
}

// GenerateKey makes a key out of 32 bytes of random.
func GenerateKey(random io.Reader) (*PrivateKey, error) {
	seed := make([]byte, seedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("read chance for a beacon key: %w", err)
	}
	key, err := bls.KeyGen[bls.KeyG2SigG1](seed, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a beacon key: %w", err)
	}
	return newPrivateKey(key)
}

func newPrivateKey(key *bls.PrivateKey[bls.KeyG2SigG1]) (*PrivateKey, error) {
	public, err := key.PublicKey().MarshalBinary()
	if err != nil {
		return nil, err
	}
	return &PrivateKey{key: key, public: public}, nil
}

// Public is the public key, KeySize bytes.
func (k *PrivateKey) Public() []byte { return bytes.Clone(k.public) }

// Prove makes the proof of a message, ProofSize bytes, the same one every time.
func (k *PrivateKey) Prove(message []byte) []byte { return bls.Sign(k.key, message) }

// MarshalBinary is the secret itself, for storing it.
func (k *PrivateKey) MarshalBinary() ([]byte, error) { return k.key.MarshalBinary() }

// ParsePrivateKey reads what MarshalBinary wrote; it returns ErrPrivateKey for anything else.
func ParsePrivateKey(secret []byte) (*PrivateKey, error) {
	var key bls.PrivateKey[bls.KeyG2SigG1]
	if err := key.UnmarshalBinary(secret); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPrivateKey, err)
	}
	return newPrivateKey(&key)
}
