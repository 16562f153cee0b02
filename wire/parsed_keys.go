package wire

import (
	"crypto/sha256"
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

const (
	// maxParsedKeys bounds the keys that are kept, about 200 bytes each.
	maxParsedKeys = 4096
	// maxTables bounds the keys whose multiples are kept, 69 MB in all: as many as a miner has validators, or a validator
	// miners on a subnet of 256.
	maxTables = 256
	// usesBeforeTable is how many signatures are checked under a key, at most, before its multiples are worth making, which
	// takes as long as checking twenty and saves five sixths of each. leastUses are checked of every key; how many more, up
	// to that, its last byte says, so that the tables of many keys that come in turn are not all made at once.
	usesBeforeTable = 48
	leastUses       = 16
)

// parsedKeys keeps what was worked out of keys before, as the same few senders ask again and again: the key itself, for
// which a square root is taken, and of those that come most the multiples. It is safe for concurrent use.
type parsedKeys struct {
	mu   sync.Mutex // guards the fields below
	keys map[[PubKeySize]byte]*parsedKey
	// tables are the keys that have multiples, which may have been dropped from keys.
	tables []*parsedKey
	// clock counts uses of all keys.
	clock uint64
}

// parsedKey is guarded by the lock of parsedKeys, but for key, address and what table points to, which do not change.
type parsedKey struct {
	key     *secp256k1.PublicKey
	address string
	table   *multiples // nil before it is worth making
	// uses since the key came, or lost its table; used is the clock at the last one. It gets a table when uses are due.
	uses, used, due uint64
}

var knownKeys parsedKeys

// verify checks a signature, neither number of which is zero, under a compressed key. The error is about the key.
func (k *parsedKeys) verify(compressed [PubKeySize]byte, digest [sha256.Size]byte, r, s *secp256k1.ModNScalar) (good bool, err error) {
	known, table, worthwhile, err := k.use(compressed)
	if err != nil {
		return false, err
	}
	if worthwhile {
		table = newMultiples(pointOf(known.key), keyWindow)
		k.keep(known, table)
	}
	if table != nil {
		return table.verify(digest, r, s), nil
	}
	return ecdsa.NewSignature(r, s).Verify(digest[:], known.key), nil
}

// address is [Address] of a key, which need not be known, nor be one.
func (k *parsedKeys) address(compressed [PubKeySize]byte) (string, error) {
	k.mu.Lock()
	known := k.keys[compressed]
	k.mu.Unlock()
	if known != nil {
		return known.address, nil
	}
	return Address(compressed[:])
}

// use finds or reads a key. worthwhile is true once, for the caller that is to make the table.
//
// A key gets none when all are taken by keys that have come since it came last: of many keys that come in turn those that
// have tables keep them, where otherwise each would lose its table before it came again.
func (k *parsedKeys) use(compressed [PubKeySize]byte) (known *parsedKey, table *multiples, worthwhile bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known = k.keys[compressed]
	if known == nil {
		key, err := secp256k1.ParsePubKey(compressed[:])
		if err != nil {
			return nil, nil, false, err
		}
		address, err := Address(compressed[:])
		if err != nil {
			return nil, nil, false, err
		}
		if k.keys == nil || len(k.keys) >= maxParsedKeys {
			k.keys = make(map[[PubKeySize]byte]*parsedKey)
		}
		known = &parsedKey{key: key, address: address, due: leastUses + 1 + uint64(compressed[PubKeySize-1])%(usesBeforeTable-leastUses)}
		k.keys[compressed] = known
	}
	k.clock++
	before := known.used
	known.uses++
	known.used = k.clock
	if known.table != nil || known.uses != known.due {
		return known, known.table, false, nil
	}
	if len(k.tables) == maxTables && k.tables[k.oldest()].used > before {
		known.uses = 0
		return known, nil, false, nil
	}
	return known, nil, true, nil
}

// keep gives a key its table, in the place of that which was not used for longest when there are too many.
func (k *parsedKeys) keep(known *parsedKey, table *multiples) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known.table = table
	if len(k.tables) < maxTables {
		k.tables = append(k.tables, known)
		return
	}
	oldest := k.oldest()
	k.tables[oldest].table, k.tables[oldest].uses = nil, 0
	k.tables[oldest] = known
}

// oldest is the place of the table that was not used for longest. There are tables, and the lock is held.
func (k *parsedKeys) oldest() int {
	oldest := 0
	for i, other := range k.tables {
		if other.used < k.tables[oldest].used {
			oldest = i
		}
	}
	return oldest
}
