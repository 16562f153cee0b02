package validator

import (
	"fmt"
	"slices"
	"strings"

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
	// PhaseCommit: the row is on disk and its hash, or the row itself where it is set in the open, is being sent.
	PhaseCommit Phase = "commit"
	// PhaseWait: the chain shows the commit, or the row; nothing is left to do in this epoch.
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
	Epoch       uint64 `json:"epoch"`
	StartHeight int64  `json:"start_height"`
	EndHeight   int64  `json:"end_height"`
	// Direct is whether rows are set in the open, in place of commit and reveal.
	Direct bool `json:"direct"`
	// Phase of the benchmark that is least far, or why none is scored.
	Phase Phase `json:"phase"`
	// Permit is whether the hotkey may score in this epoch; Power its scoring power in uagora.
	Permit bool   `json:"permit"`
	Power  uint64 `json:"power"`
	// Benchmarks of this epoch, and those that have a row of the epoch before, by ascending number.
	Benchmarks []BenchmarkStatus `json:"benchmarks"`
	// Note says what is in the way, if anything.
	Note string `json:"note,omitempty"`
}

// BenchmarkStatus is what a validator says of itself on one benchmark of a subnet.
type BenchmarkStatus struct {
	Benchmark uint32 `json:"benchmark"`
	// Version that is scored in this epoch; 0 when none is.
	Version uint32 `json:"version"`
	// ShareBP of the subnet's emission, in basis points.
	ShareBP uint32 `json:"share_bp"`
	Phase   Phase  `json:"phase"`
	// New is whether the benchmark was not scored in the epoch before.
	New bool `json:"new,omitempty"`
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

func (s *SubnetStatus) begin(epoch Epoch, permit *subnettypes.Permit) {
	*s = SubnetStatus{
		Netuid: s.Netuid, Epoch: epoch.Index, StartHeight: epoch.StartHeight, EndHeight: epoch.EndHeight, Direct: epoch.Direct,
	}
	if permit != nil {
		s.Permit, s.Power = true, permit.Power
	}
}

// stand forgets the epoch: there is nothing to score.
func (s *SubnetStatus) stand(why standing) {
	*s = SubnetStatus{Netuid: s.Netuid, Phase: why.phase, Note: why.note}
}

// progress orders the phases of a benchmark from what needs attention to what does not.
var progress = []Phase{PhaseAsk, PhaseCommit, PhaseMissed, PhaseWait, PhaseIdle}

// conclude sums up the benchmarks where nothing was said of the subnet as a whole.
func (s *SubnetStatus) conclude() {
	if s.Phase == "" {
		s.Phase = PhaseIdle
		for _, b := range s.Benchmarks {
			if slices.Index(progress, b.Phase) < slices.Index(progress, s.Phase) {
				s.Phase = b.Phase
			}
		}
		if len(s.Benchmarks) == 0 && s.Note == "" {
			s.Note = "the subnet has no benchmark"
		}
	}
	for _, b := range s.Benchmarks {
		if s.Note == "" && b.Note != "" {
			s.Note = fmt.Sprintf("benchmark %d: %s", b.Benchmark, b.Note)
		}
	}
}

// delivered takes over what became of one of the two rows of an epoch's lane.
func (s *BenchmarkStatus) delivered(row store.Round, current bool) {
	if !current {
		s.Previous = summarize(row)
		return
	}
	if s.Row = summarize(row); s.Row.shown() {
		s.Phase = PhaseWait
	}
}

// shown reports whether the chain has shown the commit of a row, or the row.
func (r *RowStatus) shown() bool {
	return r != nil && (r.Stage == store.StageCommitted || r.Stage == store.StageRevealed)
}

// unready says which of the last commits that were due have not been read back, and why; empty when all have.
func (s SubnetStatus) unready() string {
	var reasons []string
	for _, b := range s.Benchmarks {
		if why := b.unready(); s.Permit && why != "" {
			reasons = append(reasons, fmt.Sprintf("subnet %d, benchmark %d, epoch %d (%s): %s", s.Netuid, b.Benchmark, s.Epoch, b.Phase, why))
		}
	}
	return strings.Join(reasons, "; ")
}

func (s BenchmarkStatus) unready() string {
	because := ""
	if s.Note != "" {
		because = ": " + s.Note
	}
	switch {
	case s.Version == 0, s.Row.shown():
		return ""
	case s.Row != nil && (s.Row.Stage == store.StageRefused || s.Row.Stage == store.StageMissed):
		return "the commit failed: " + s.Row.Reason
	case s.Phase == PhaseMissed:
		return "no commit in this epoch" + because
	case s.Previous == nil && s.New:
		return "" // none was due before
	case s.Previous == nil:
		return "no commit has been read back yet" + because
	case !s.Previous.shown():
		return fmt.Sprintf("the commit of epoch %d was not read back: %s", s.Previous.Epoch, s.Previous.Reason)
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

// setPhase and setNote say something of the subnet as a whole, those of a lane of one benchmark.
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

func (l *lane) setPhase(phase Phase, note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Phase, l.status.Note = phase, note
}

func (l *lane) setNote(note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Note = note
}

func (l *lane) setProgress(settled, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Asked, l.status.Questions = settled, count
}

// snapshot of the status.
func (r *runner) snapshot() SubnetStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	status := r.status
	status.Benchmarks = make([]BenchmarkStatus, 0, len(r.lanes))
	for _, l := range r.lanes {
		status.Benchmarks = append(status.Benchmarks, l.status)
	}
	status.conclude()
	return status
}
