package miner

import (
	"bytes"
	"context"
	"slices"
)

// Chain is all that the daemon needs of the chain.
type Chain interface {
	// Follow calls fn with what the chain says after each new block, newest last, until ctx ends. An unreachable chain
	// is waited for; trouble hears of it, and hears nil when the chain is reached again.
	Follow(ctx context.Context, trouble func(error), fn func(View)) error
	// Serve publishes the miner's record and returns once it is in a block.
	Serve(ctx context.Context, record Served) error
}

// View is what the chain says of the subnet and of this miner after one block.
type View struct {
	Height int64
	// Running is false while the subnet has not been started, is paused or was removed: there is no epoch and nobody holds
	// a permit.
	Running bool
	// Paused is whether governance has paused the subnet; Removed whether the chain has no such subnet any more.
	Paused, Removed bool
	// Epoch under way.
	Epoch uint64
	// Permits of this epoch.
	Permits []Permit
	// Miner is this miner's record, nil when the hotkey is not registered on the subnet.
	Miner *Record
}

// Permit is the right of a validator's hotkey to ask in this epoch.
type Permit struct {
	Hotkey string
	// Power is the scoring power in uagora.
	Power uint64
}

// Record is this miner on the chain.
type Record struct {
	UID    uint32
	ID     uint64
	Owner  string
	Served Served
}

// Served is the part of the record that the miner publishes itself.
type Served struct {
	// Endpoints are base URLs, at most 4.
	Endpoints []string
	// Protocols that the miner speaks.
	Protocols []string
	// Model is the model's id as served by /v1/models.
	Model string
	// ModelDigest is the sha256 of the model's weights, 32 bytes or empty.
	ModelDigest []byte
	// Context is the longest prompt plus answer, in tokens; 0 when not known.
	Context uint32
}

// Equal reports whether both say the same.
func (s Served) Equal(other Served) bool {
	return slices.Equal(s.Endpoints, other.Endpoints) && slices.Equal(s.Protocols, other.Protocols) &&
		s.Model == other.Model && bytes.Equal(s.ModelDigest, other.ModelDigest) && s.Context == other.Context
}
