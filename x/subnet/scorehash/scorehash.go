package scorehash

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// Domain separates these hashes from every other use of sha256 on the network.
	Domain = "agora/score-commit/2"
	// Size of a commit hash, in bytes.
	Size = sha256.Size
	// RootSize is the size of an evidence root, in bytes.
	RootSize = sha256.Size
	// MinSaltSize keeps a row from being guessed: it is the least entropy that a salt can carry, in bytes.
	MinSaltSize = 16
	// MaxSaltSize bounds a salt, in bytes.
	MaxSaltSize = 64
	// MaxWeight is the largest relative weight.
	MaxWeight = 65_535
)

// Errors by which Hash refuses a row that could not be revealed either.
var (
	// ErrEntries is returned when there are not as many weights as identities.
	ErrEntries = errors.New("as many weights as miner ids are needed")
	// ErrOrder is returned when identities are not strictly ascending.
	ErrOrder = errors.New("miner ids must be strictly ascending")
	// ErrWeight is returned for a weight outside 1..MaxWeight.
	ErrWeight = errors.New("a weight must be between 1 and 65535; leave a miner out to give it nothing")
	// ErrRoot is returned for an evidence root that is not RootSize bytes.
	ErrRoot = errors.New("the evidence root must be 32 bytes")
	// ErrSalt is returned for a salt outside MinSaltSize..MaxSaltSize bytes.
	ErrSalt = errors.New("the salt must be 16 to 64 random bytes")
)

// Row is everything that a commit binds. Two different rows have two different encodings.
type Row struct {
	// ChainID, Netuid, Benchmark, BenchmarkVersion and Epoch say where the row counts; nowhere else can it be opened.
	ChainID          string
	Netuid           uint32
	Benchmark        uint32
	BenchmarkVersion uint32
	// Epoch in which the scores were made and committed.
	Epoch uint64
	// Hotkey is the committing account's address in bytes, so that nobody can open a copied commit.
	Hotkey []byte
	// MinerIDs are strictly ascending; each has the weight at the same index.
	MinerIDs []uint64
	// Weights are relative, 1..MaxWeight.
	Weights []uint32
	// EvidenceRoot is the Merkle root over the scored items, RootSize bytes.
	EvidenceRoot []byte
	// Items is the number of leaves under EvidenceRoot.
	Items uint64
	// Salt is MinSaltSize to MaxSaltSize bytes, random, never used twice.
	Salt []byte
}

// Hash returns the sha256 of the row's encoding, or one of this package's errors when the chain
// would not accept the row.
func Hash(row Row) ([Size]byte, error) {
	preimage, err := Encode(row)
	if err != nil {
		return [Size]byte{}, err
	}
	return sha256.Sum256(preimage), nil
}

// Encode returns the bytes that are hashed: integers big-endian, byte strings and the list of
// entries preceded by their length as 4 bytes.
//
//	len|domain  len|chain id  netuid:4  benchmark:4  benchmark version:4  epoch:8  len|hotkey
//	count:4  count x (miner id:8  weight:2)  len|evidence root  items:8  len|salt
func Encode(row Row) ([]byte, error) {
	if err := row.check(); err != nil {
		return nil, err
	}
	size := 4*5 + len(Domain) + len(row.ChainID) + 4 + 4 + 4 + 8 + len(row.Hotkey) +
		4 + 10*len(row.MinerIDs) + len(row.EvidenceRoot) + 8 + len(row.Salt)
	out := make([]byte, 0, size)
	out = appendBytes(out, []byte(Domain))
	out = appendBytes(out, []byte(row.ChainID))
	out = binary.BigEndian.AppendUint32(out, row.Netuid)
	out = binary.BigEndian.AppendUint32(out, row.Benchmark)
	out = binary.BigEndian.AppendUint32(out, row.BenchmarkVersion)
	out = binary.BigEndian.AppendUint64(out, row.Epoch)
	out = appendBytes(out, row.Hotkey)
	out = binary.BigEndian.AppendUint32(out, uint32(len(row.MinerIDs)))
	for i, id := range row.MinerIDs {
		out = binary.BigEndian.AppendUint64(out, id)
		out = binary.BigEndian.AppendUint16(out, uint16(row.Weights[i]))
	}
	out = appendBytes(out, row.EvidenceRoot)
	out = binary.BigEndian.AppendUint64(out, row.Items)
	return appendBytes(out, row.Salt), nil
}

// check refuses what has no canonical encoding.
func (row Row) check() error {
	if len(row.MinerIDs) != len(row.Weights) {
		return fmt.Errorf("%w: %d ids and %d weights", ErrEntries, len(row.MinerIDs), len(row.Weights))
	}
	for i, id := range row.MinerIDs {
		if i > 0 && id <= row.MinerIDs[i-1] {
			return fmt.Errorf("%w: %d follows %d", ErrOrder, id, row.MinerIDs[i-1])
		}
		if row.Weights[i] == 0 || row.Weights[i] > MaxWeight {
			return fmt.Errorf("%w: miner %d has %d", ErrWeight, id, row.Weights[i])
		}
	}
	if len(row.EvidenceRoot) != RootSize {
		return fmt.Errorf("%w, not %d", ErrRoot, len(row.EvidenceRoot))
	}
	if len(row.Salt) < MinSaltSize || len(row.Salt) > MaxSaltSize {
		return fmt.Errorf("%w, not %d", ErrSalt, len(row.Salt))
	}
	return nil
}

func appendBytes(out, b []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
	return append(out, b...)
}
