package miner

import (
	"sync"
	"time"
)

// state is what the parts of the daemon know of the world. It is replaced block by block and read by every request.
type state struct {
	mu sync.RWMutex // guards all fields below

	view     View
	power    map[string]uint64 // by hotkey, of view.Permits
	seenAt   time.Time         // when view came; zero before the first
	trouble  error             // why the chain cannot be reached; nil when it can
	draining bool
	// published is whether the record on the chain says what it should; publishTrouble why not, when that was tried.
	published      bool
	publishTrouble error
}

// setView returns what was there before.
func (s *state) setView(view View, now time.Time) View {
	power := make(map[string]uint64, len(view.Permits))
	for _, permit := range view.Permits {
		power[permit.Hotkey] += permit.Power
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.view
	s.view, s.power, s.seenAt = view, power, now
	return before
}

// setTrouble returns what was there before.
func (s *state) setTrouble(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.trouble
	s.trouble = err
	return before
}

func (s *state) setPublished(published bool, trouble error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published, s.publishTrouble = published, trouble
}

func (s *state) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

// permit looks a hotkey up. known is false before the first block was read.
func (s *state) permit(hotkey string) (power uint64, permitted, known bool, view View) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	power, permitted = s.power[hotkey]
	return power, permitted, !s.seenAt.IsZero(), s.view
}

// snapshot is a copy for the operator's pages.
type snapshot struct {
	view           View
	seenAt         time.Time
	trouble        error
	draining       bool
	published      bool
	publishTrouble error
}

func (s *state) snapshot() snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return snapshot{s.view, s.seenAt, s.trouble, s.draining, s.published, s.publishTrouble}
}
