package benchmark

import (
	"errors"
	"fmt"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmark/stat"
)

// ErrEpoch is wrapped by the error for an epoch that is not later than the last.
var ErrEpoch = errors.New("epoch is already in the standing")

// Standing is a miner's running score. The zero value is that of a newcomer.
type Standing struct {
	Score    int64  // exponential moving average, 0 to ScoreOne
	Epoch    uint64 // last epoch that went into it; 0 until Measured
	Height   uint64 // block at which that epoch began; 0 until Measured
	Measured bool   // whether any epoch went into it
}

// Advance returns the standing after an epoch that began at a height.
//
// An epoch in which questions counted but none was answered resets the score to 0
// at once, so whoever leaves stops earning and whoever returns starts again. An
// epoch in which no question counted changes nothing. Otherwise the score moves
// towards that of the epoch. With the share α of the newest epoch it moves by
// 1-(1-α)^n, n being the epochs since the last one measured; with a half-life of h
// blocks by 1-2^(-b/h), b being the blocks since then: after a pause of the validator
// the old score has faded as if it had been measured all along. A newcomer starts from
// 0, with n = 1 or the blocks of one epoch.
//
// The error wraps [ErrEpoch] when the standing already holds this epoch or a later
// one; the spec must be valid and blocks, those of one epoch, above 0.
func (st Standing) Advance(s *spec.Spec, epoch, height, blocks uint64, result EpochScore) (Standing, error) {
	if st.Measured && (epoch <= st.Epoch || height <= st.Height) {
		return st, fmt.Errorf("advance a standing to epoch %d at height %d: %w (it is at epoch %d, height %d)", epoch, height, ErrEpoch, st.Epoch, st.Height)
	}
	if result.Scored+result.Unanswered == 0 {
		return st, nil
	}
	next := Standing{Epoch: epoch, Height: height, Measured: true}
	if result.Scored == 0 {
		return next, nil
	}
	if halfLife := uint64(s.Aggregation.EmaHalfLifeBlocks); halfLife > 0 {
		elapsed := blocks
		switch {
		case st.Measured && st.Height > 0:
			elapsed = height - st.Height
		case st.Measured: // noted before heights were
			elapsed = (epoch - st.Epoch) * blocks
		}
		next.Score = stat.Fade(clampScore(st.Score), clampScore(result.Score), elapsed, halfLife)
		return next, nil
	}
	elapsed := uint64(1)
	if st.Measured {
		elapsed = epoch - st.Epoch
	}
	kept := power(ScoreOne-int64(s.Aggregation.EmaAlphaBp)*bpScore, elapsed)
	// Both products together are at most 1e18.
	next.Score = divideHalfEven(kept*clampScore(st.Score)+(ScoreOne-kept)*clampScore(result.Score), ScoreOne)
	return next, nil
}

// power returns base^exponent for a base in units of 1e-9 between 0 and 1, each
// multiplication rounded half to even.
func power(base int64, exponent uint64) int64 {
	result := ScoreOne
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = divideHalfEven(result*base, ScoreOne)
		}
		base = divideHalfEven(base*base, ScoreOne)
	}
	return result
}
