package beacon

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/ecc/bls12381"
	"github.com/cloudflare/circl/sign/bls"
)

const (
	// Size of a beacon, in bytes.
	Size = sha256.Size
	// KeySize is the size of a public key, in bytes.
	KeySize = bls12381.G2SizeCompressed
	// ProofSize is the size of a proof, in bytes.
	ProofSize = bls12381.G1SizeCompressed

	domain      = "agora/beacon/2"
	proofDomain = "agora/beacon-proof/1"
)

var (
	// ErrKey is returned for bytes that are not a public key.
	ErrKey = errors.New("not a beacon key: 96 bytes, a point of BLS12-381's G2 in compressed form")
	// ErrProof is returned for a proof that the key did not make for the message.
	ErrProof = errors.New("the beacon proof does not verify")
)

// Message is what the proposer of a block proves. previous is the beacon of the block before, empty at the first.
func Message(chainID string, height int64, previous []byte) []byte {
	out := appendBytes(nil, []byte(proofDomain))
	out = appendBytes(out, []byte(chainID))
	out = binary.BigEndian.AppendUint64(out, uint64(height))
	return appendBytes(out, previous)
}

// Next is the beacon of a block, Size bytes. proof is the verified proof of its proposer; empty where the proposer has
// no key.
func Next(chainID string, height int64, previous, proof []byte) []byte {
	preimage := appendBytes(nil, []byte(domain))
	preimage = appendBytes(preimage, previous)
	preimage = appendBytes(preimage, []byte(chainID))
	preimage = binary.BigEndian.AppendUint64(preimage, uint64(height))
	sum := sha256.Sum256(appendBytes(preimage, proof))
	return sum[:]
}

// CheckKey tells whether bytes are a usable public key; it returns ErrKey.
func CheckKey(key []byte) error {
	_, err := publicKey(key)
	return err
}

// Verify checks that the key made the proof for the message; it returns ErrKey or ErrProof, and never panics.
func Verify(key, message, proof []byte) error {
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	// One point has one encoding: a second one would be a second beacon to choose from.
	var point bls12381.G1
	if len(proof) != ProofSize || point.SetBytes(proof) != nil || point.IsIdentity() || string(point.BytesCompressed()) != string(proof) {
		return fmt.Errorf("%w: it is not a point of BLS12-381's G1 in compressed form, %d bytes", ErrProof, ProofSize)
	}
	if !bls.Verify(public, message, proof) {
		return ErrProof
	}
	return nil
}

func publicKey(key []byte) (*bls.PublicKey[bls.KeyG2SigG1], error) {
	var public bls.PublicKey[bls.KeyG2SigG1]
	if len(key) != KeySize {
		return nil, fmt.Errorf("%w: got %d bytes", ErrKey, len(key))
	}
	if err := public.UnmarshalBinary(key); err != nil || !public.Validate() {
		return nil, ErrKey
	}
	if again, err := public.MarshalBinary(); err != nil || string(again) != string(key) {
		return nil, ErrKey
	}
	return &public, nil
}

func appendBytes(out, b []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
	return append(out, b...)
}
