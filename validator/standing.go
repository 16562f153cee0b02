package validator

import (
	"fmt"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// standing is what the list of subnets says of one: whether there is anything to score, and where its epochs stand.
type standing struct {
	// phase is PhasePaused or PhaseRemoved where there is nothing to score, else empty. note says why.
	phase Phase
	note  string
	// epoch under way, or to begin at start.
	epoch uint64
	start int64
}

// standingOf is the standing of a subnet that is there.
func standingOf(subnet subnettypes.Subnet) standing {
	s := standing{epoch: subnet.Epoch, start: subnet.EpochStartHeight}
	if subnet.PausedHeight != 0 {
		s.phase = PhasePaused
		s.note = fmt.Sprintf("governance paused the subnet at height %d; the validator goes on by itself once it is resumed", subnet.PausedHeight)
	}
	return s
}

// removed is the standing of a subnet that is no longer listed.
var removed = standing{
	phase: PhaseRemoved,
	note:  "the subnet was removed from the chain to make room for another; nothing is left to score here",
}

// tell hands the runner what the list of subnets says. It may be called beside step.
func (r *runner) tell(s standing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.standing = s
}

// halted reports whether there is nothing to score. It says so once, and says when the subnet goes on.
func (r *runner) halted() bool {
	r.mu.Lock()
	now := r.standing
	r.mu.Unlock()
	before := r.halt
	r.halt = now.phase
	switch {
	case now.phase == before:
	case now.phase == "":
		r.logger.Info("the subnet goes on")
	default:
		r.stopWork()
		r.known = false // the epoch that was under way will not go on
		r.mu.Lock()
		r.lanes = nil
		r.status.stand(now)
		r.mu.Unlock()
		r.logger.Warn("nothing to score on this subnet", "why", now.note)
	}
	return now.phase != ""
}

// outdated reports whether the list shows a later epoch under way at a height than the one that is known: a pause came and
// went between two looks.
func (r *runner) outdated(height int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.standing.epoch > r.epoch.Index && r.standing.start <= height
}
