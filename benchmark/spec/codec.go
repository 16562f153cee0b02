package spec

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// MaxBytes is the largest canonical encoding, and the largest YAML text, that is
// accepted: 64 KiB.
const MaxBytes = 64 << 10

// Encode validates a spec and returns its canonical bytes: protobuf with fields
// in ascending order, defaults left out, nothing unknown.
func Encode(s *Spec) ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	encoded, err := s.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if len(encoded) > MaxBytes {
		return nil, tooLarge(len(encoded))
	}
	return encoded, nil
}

// Decode reads canonical bytes and validates the spec in them. It refuses more
// than [MaxBytes] bytes, unknown fields, and every encoding other than the one
// [Encode] writes, so that one spec has one digest.
func Decode(canonical []byte) (*Spec, error) {
	if len(canonical) > MaxBytes {
		return nil, tooLarge(len(canonical))
	}
	s := new(Spec)
	if err := s.Unmarshal(canonical); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	// Validating first bounds what is encoded again.
	if err := s.Validate(); err != nil {
		return nil, err
	}
	again, err := s.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if !bytes.Equal(again, canonical) {
		return nil, fmt.Errorf("%w: the bytes hold unknown fields, fields out of order or values written at more than their least length; encode the spec with this program's own encoder", ErrEncoding)
	}
	return s, nil
}

// Digest returns the sha256 of the canonical bytes, the name of a benchmark
// version wherever it must not be mistaken for another.
func Digest(s *Spec) ([32]byte, error) {
	canonical, err := Encode(s)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(canonical), nil
}

func tooLarge(size int) error {
	return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, size, MaxBytes)
}
