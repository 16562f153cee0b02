package wire

import (
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// maxParsedKeys bounds the keys that are kept, about 200 bytes each.
const maxParsedKeys = 4096

// parsedKeys keeps the keys that were read before: a square root for each, a tenth of checking a signature, and the same
// few senders ask again and again. It is safe for concurrent use.
type parsedKeys struct {
	mu   sync.Mutex
	keys map[[PubKeySize]byte]*secp256k1.PublicKey
}

var knownKeys parsedKeys

// parse reads a compressed key. The result is shared and must not be changed.
func (k *parsedKeys) parse(compressed [PubKeySize]byte) (*secp256k1.PublicKey, error) {
	k.mu.Lock()
	key := k.keys[compressed]
	k.mu.Unlock()
	if key != nil {
		return key, nil
	}
	key, err := secp256k1.ParsePubKey(compressed[:])
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil || len(k.keys) >= maxParsedKeys {
		k.keys = make(map[[PubKeySize]byte]*secp256k1.PublicKey)
	}
	k.keys[compressed] = key
	return key, nil
}
