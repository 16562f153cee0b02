package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/cosmos/btcutil/bech32"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"golang.org/x/crypto/ripemd160" //nolint:staticcheck // the address format of the chain is defined with it
)

const (
	// AddressPrefix is the human-readable part of every account address.
	AddressPrefix = "agora"
	// PubKeySize is the length of a compressed secp256k1 public key in bytes.
	PubKeySize = 33
	// SignatureSize is the length of a signature, R || S, in bytes.
	SignatureSize = 64
	// PrivateKeySize is the length of a private key in bytes.
	PrivateKeySize = 32

	addressBytes      = 20
	maxAddressTextLen = 90 // the limit of the bech32 standard
)

// Signer signs preimages with one secp256k1 key. Keyring-backed implementations live with the daemons; [KeySigner]
// holds the key in memory. Implementations must be safe for concurrent use.
type Signer interface {
	// Address is the bech32 account address of PubKey.
	Address() string
	// PubKey is the compressed public key, 33 bytes. The caller must not change it.
	PubKey() []byte
	// Sign returns the 64-byte low-S signature R || S over sha256(preimage), what a Cosmos SDK secp256k1 key returns
	// for the same bytes.
	Sign(preimage []byte) ([]byte, error)
}

// KeySigner is a [Signer] over a private key held in memory.
type KeySigner struct {
	key     *secp256k1.PrivateKey
	pubKey  []byte
	address string
}

// NewKeySigner makes a signer of a 32-byte private key. It fails when the key has another length, is zero, or is not
// below the order of the curve.
func NewKeySigner(privateKey []byte) (*KeySigner, error) {
	if len(privateKey) != PrivateKeySize {
		return nil, fmt.Errorf("private key: want %d bytes, got %d", PrivateKeySize, len(privateKey))
	}
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetByteSlice(privateKey); overflow || scalar.IsZero() {
		return nil, errors.New("private key: not between 1 and the order of secp256k1; generate a new one")
	}
	key := secp256k1.NewPrivateKey(&scalar)
	pubKey := key.PubKey().SerializeCompressed()
	address, err := Address(pubKey)
	if err != nil {
		return nil, err
	}
	return &KeySigner{key: key, pubKey: pubKey, address: address}, nil
}

// GenerateKey returns a new random private key of 32 bytes.
func GenerateKey() ([]byte, error) {
	key, err := secp256k1.GeneratePrivateKeyFromRand(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a private key: %w", err)
	}
	return key.Serialize(), nil
}

// Address implements [Signer].
func (s *KeySigner) Address() string { return s.address }

// PubKey implements [Signer].
func (s *KeySigner) PubKey() []byte { return s.pubKey }

// Sign implements [Signer]. The nonce of the signature is derived from key and message (RFC 6979), so equal input gives
// equal output. The error is always nil.
func (s *KeySigner) Sign(preimage []byte) ([]byte, error) {
	return sign(&s.key.Key, sha256.Sum256(preimage)), nil
}

// Address returns the bech32 account address of a compressed public key:
// bech32("agora", ripemd160(sha256(pubKey))). It fails when pubKey is not 33 bytes.
func Address(pubKey []byte) (string, error) {
	if len(pubKey) != PubKeySize {
		return "", fmt.Errorf("public key: want %d bytes in compressed form, got %d", PubKeySize, len(pubKey))
	}
	inner := sha256.Sum256(pubKey)
	outer := ripemd160.New()
	outer.Write(inner[:])
	address, err := bech32.EncodeFromBase256(AddressPrefix, outer.Sum(nil))
	if err != nil {
		return "", fmt.Errorf("encode address: %w", err)
	}
	return address, nil
}

// ValidateAddress reports whether text is the canonical (lower-case) bech32 form of a 20-byte account address of this
// network, and if not, why.
func ValidateAddress(text string) error {
	if goodAddresses.has(text) {
		return nil
	}
	if len(text) > maxAddressTextLen {
		return fmt.Errorf("address: %d characters, at most %d are allowed", len(text), maxAddressTextLen)
	}
	prefix, data, err := bech32.DecodeToBase256(text)
	if err != nil {
		return fmt.Errorf("address %q: %w", text, err)
	}
	if prefix != AddressPrefix {
		return fmt.Errorf("address %q: want the prefix %q, got %q", text, AddressPrefix, prefix)
	}
	if len(data) != addressBytes {
		return fmt.Errorf("address %q: want %d bytes, got %d", text, addressBytes, len(data))
	}
	canonical, err := bech32.EncodeFromBase256(AddressPrefix, data)
	if err != nil || canonical != text {
		return fmt.Errorf("address %q: not in canonical lower-case form", text)
	}
	goodAddresses.add(text)
	return nil
}

// ErrSignature is wrapped by every failure to verify a signature.
var ErrSignature = errors.New("signature does not verify")

// Verify checks a 64-byte signature over sha256(preimage) under a compressed public key. Only the canonical encoding
// is accepted: R and S below the order, S in the lower half, neither zero; so a third party cannot turn one valid
// signature into another.
func Verify(pubKey, preimage, signature []byte) error {
	return verifyDigest(pubKey, sha256.Sum256(preimage), signature)
}

func verifyDigest(pubKey []byte, digest Digest, signature []byte) error {
	if len(pubKey) != PubKeySize {
		return fmt.Errorf("%w: public key of %d bytes, want %d", ErrSignature, len(pubKey), PubKeySize)
	}
	if len(signature) != SignatureSize {
		return fmt.Errorf("%w: %d bytes, want %d", ErrSignature, len(signature), SignatureSize)
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) {
		return fmt.Errorf("%w: not below the order of the curve", ErrSignature)
	}
	if r.IsZero() || s.IsZero() || s.IsOverHalfOrder() {
		return fmt.Errorf("%w: not in canonical low-S form", ErrSignature)
	}
	good, err := knownKeys.verify([PubKeySize]byte(pubKey), digest, &r, &s)
	if err != nil {
		return fmt.Errorf("%w: public key: %w", ErrSignature, err)
	}
	if !good {
		return ErrSignature
	}
	return nil
}
