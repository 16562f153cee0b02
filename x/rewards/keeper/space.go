package keeper

import (
	"math"
	"slices"
	"sync"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/yuma"
)

// space is the memory that closing an epoch takes besides what it stores. Nothing in it outlives the
// epoch: it is kept only so that thousands of cells per validator are not asked for again each time.
type space struct {
	arithmetic yuma.Workspace
	// weights and bonds are those of all rows, one behind the other.
	weights []uint16
	bonds   []uint64
}

// spaces keeps one space between epochs. Blocks are executed one after the other, but nothing here
// depends on that: whoever finds none makes one.
type spaces struct {
	mu   sync.Mutex
	kept *space
}

func (s *spaces) take() *space {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept
	if s.kept = nil; kept == nil {
		kept = new(space)
	}
	return kept
}

func (s *spaces) give(back *space) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = back
}

// takeWeights takes in one validator's row, without miners that are gone. It tells whether the row is
// well formed; one that is not leaves nothing.
func (s *space) takeWeights(miners *packed.Index, ids []uint64, weights []uint32) (yuma.Weights, bool) {
	if len(ids) != len(weights) {
		return yuma.Weights{}, false
	}
	at := len(s.weights)
	s.weights = slices.Grow(s.weights, len(ids))
	var all uint32 // has a bit above the 16th where any weight has
	columns := miners.Columns()
	if slices.Equal(ids, miners.IDs()) {
		values := s.weights[at : at+len(weights)]
		for i, w := range weights {
			values[i] = uint16(w)
			all |= w
		}
		s.weights = s.weights[:at+len(values)]
	} else {
		if !ascending(ids) {
			return yuma.Weights{}, false
		}
		columns = make([]uint32, 0, min(len(ids), len(columns)))
		eachColumn(ids, miners.IDs(), func(entry int, column uint32) {
			columns, s.weights = append(columns, column), append(s.weights, uint16(weights[entry]))
		})
		for _, w := range weights {
			all |= w
		}
	}
	if all > math.MaxUint16 {
		s.weights = s.weights[:at]
		return yuma.Weights{}, false
	}
	return yuma.Weights{Columns: columns, Values: s.weights[at:len(s.weights):len(s.weights)]}, true
}

// takeBonds takes in one validator's bonds as they are stored, without miners that are gone.
func (s *space) takeBonds(miners *packed.Index, data []byte) (yuma.Bonds, error) {
	at := len(s.bonds)
	columns, bonds, err := miners.Decode(data, s.bonds)
	s.bonds = bonds
	return yuma.Bonds{Columns: columns, Values: bonds[at:len(bonds):len(bonds)]}, err
}
