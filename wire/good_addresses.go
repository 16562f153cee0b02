package wire

import (
	"strings"
	"sync"
)

// maxGoodAddresses bounds the addresses that are kept, some 100 bytes each.
const maxGoodAddresses = 4096

// addressSet keeps addresses that were found to be valid, as the same few come with every request. It is safe for
// concurrent use.
type addressSet struct {
	mu    sync.RWMutex
	texts map[string]struct{} // guarded by mu
}

var goodAddresses addressSet

func (a *addressSet) has(text string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, found := a.texts[text]
	return found
}

func (a *addressSet) add(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.texts == nil || len(a.texts) >= maxGoodAddresses {
		a.texts = make(map[string]struct{})
	}
	a.texts[strings.Clone(text)] = struct{}{} // not a part of some request's headers, which would stay with it
}
