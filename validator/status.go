package validator

import (
	"fmt"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Phase is what a subnet's runner is doing.
type Phase string

// The phases of an epoch, and the reasons to sit one out.
const (
	// PhaseIdle: no epoch is under way, or nothing is measured in it.
	PhaseIdle Phase = "idle"
	// PhaseNoPermit: the hotkey may not score in this epoch.
	PhaseNoPermit Phase = "no_permit"
	// PhaseAsk: miners are asked.
	PhaseAsk Phase = "ask"
	// PhaseCommit: the row is on disk and its hash is being sent.
	PhaseCommit Phase = "commit"
	// PhaseWait: the chain shows the commit; nothing is left to do in this epoch.
	PhaseWait Phase = "wait"
	// PhaseMissed: no row in this epoch.
	PhaseMissed Phase = "missed"
	// PhasePaused: governance has paused the subnet; nothing is scored until it goes on.
	PhasePaused Phase = "paused"
	// PhaseRemoved: the chain has no such subnet any more.
	PhaseRemoved Phase = "removed"
)

// SubnetStatus is what a validator says of itself on one subnet.
type SubnetStatus struct {
	Netuid uint32 `json:"netuid"`
	// Epoch under way, StartHeight to EndHeight as planned.
	Epoch            uint64 `json:"epoch"`
	StartHeight      int64  `json:"start_height"`
	EndHeight        int64  `json:"end_height"`
	BenchmarkVersion uint32 `json:"benchmark_version"`
	Phase            Phase  `json:"phase"`
	// Permit is whether the hotkey may score in this epoch; Power its scoring power in uagora.
	Permit bool   `json:"permit"`
	Power  uint64 `json:"power"`
	// Asked of Questions have an outcome.
	Asked     int `json:"asked"`
	Questions int `json:"questions"`
	// Row of this epoch, and Previous of the one before; absent where there is none.
	Row      *RowStatus `json:"row,omitempty"`
	Previous *RowStatus `json:"previous,omitempty"`
	// Note says what is in the way, if anything.
	Note string `json:"note,omitempty"`
}

// RowStatus is what became of a row.
type RowStatus struct {
	Epoch        uint64           `json:"epoch"`
	Stage        store.Stage      `json:"stage"`
	CommitHeight int64            `json:"commit_height,omitempty"`
	RevealHeight int64            `json:"reveal_height,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	Items        uint64           `json:"items"`
	Miners       []store.Measured `json:"miners"`
}

func summarize(row store.Round) *RowStatus {
	return &RowStatus{
		Epoch: row.Epoch, Stage: row.Stage, CommitHeight: row.CommitHeight, RevealHeight: row.RevealHeight,
		Reason: row.Reason, Items: row.Items, Miners: row.Miners,
	}
}

func (s *SubnetStatus) begin(epoch Epoch, permit *subnettypes.Permit, current, previous *store.Round) {
	*s = SubnetStatus{
		Netuid: s.Netuid, Epoch: epoch.Index, StartHeight: epoch.StartHeight, EndHeight: epoch.EndHeight,
		BenchmarkVersion: epoch.BenchmarkVersion, Phase: PhaseIdle,
	}
	if permit != nil {
		s.Permit, s.Power = true, permit.Power
	}
	if current != nil {
		s.Row = summarize(*current)
	}
	if previous != nil {
		s.Previous = summarize(*previous)
	}
}

// stand forgets the epoch: there is nothing to score.
func (s *SubnetStatus) stand(why standing) {
	*s = SubnetStatus{Netuid: s.Netuid, Phase: why.phase, Note: why.note}
}

// delivered takes over what became of one of the two rows.
func (s *SubnetStatus) delivered(row store.Round) {
	switch {
	case row.Epoch == s.Epoch:
		s.Row = summarize(row)
		if row.Stage == store.StageCommitted {
			s.Phase = PhaseWait
		}
	case row.Epoch+1 == s.Epoch:
		s.Previous = summarize(row)
	}
}

// shown reports whether the chain has shown the commit of a row.
func (r *RowStatus) shown() bool {
	return r != nil && (r.Stage == store.StageCommitted || r.Stage == store.StageRevealed)
}

// unready says why the last commit that was due has not been read back; empty when it has.
func (s SubnetStatus) unready() string {
	where := fmt.Sprintf("subnet %d, epoch %d (%s)", s.Netuid, s.Epoch, s.Phase)
	because := ""
	if s.Note != "" {
		because = ": " + s.Note
	}
	switch {
	case !s.Permit:
		return ""
	case s.Row.shown():
		return ""
	case s.Row != nil && (s.Row.Stage == store.StageRefused || s.Row.Stage == store.StageMissed):
		return fmt.Sprintf("%s: the commit failed: %s", where, s.Row.Reason)
	case s.Phase == PhaseMissed:
		return where + ": no commit in this epoch" + because
	case s.Previous == nil:
		return where + ": no commit has been read back yet" + because
	case !s.Previous.shown():
		return fmt.Sprintf("%s: the commit of epoch %d was not read back: %s", where, s.Previous.Epoch, s.Previous.Reason)
	default:
		return ""
	}
}

// overdue says that the epoch shown is long over and its successor was never read; empty when it was.
func (s SubnetStatus) overdue(height int64) string {
	if length := s.EndHeight - s.StartHeight + 1; s.EndHeight == 0 || height <= s.EndHeight+length {
		return ""
	}
	return fmt.Sprintf("subnet %d: epoch %d was to end at height %d, and no later one could be read up to height %d: %s", s.Netuid, s.Epoch, s.EndHeight, height, s.Note)
}

func (r *runner) setPhase(phase Phase, note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Phase, r.status.Note = phase, note
}

func (r *runner) setNote(note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Note = note
}

func (r *runner) setProgress(settled, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Asked, r.status.Questions = settled, count
}

// snapshot of the status.
func (r *runner) snapshot() SubnetStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}
