package stat

import (
	"fmt"

	"github.com/agora-network/agora/internal/halflife"
)

// Fade moves an old value towards the next one by the share that time has taken from it:
//
//	next + (old - next) · 2^(-elapsed/halfLife)
//
// rounded half to even, both within [-2^62, 2^62]. elapsed and halfLife have the same
// unit, blocks. A faded value lies between the two, and fading twice over a and b
// blocks towards the same value is fading once over a+b, up to the rounding. With
// halfLife 0 only the next value remains once time has passed.
func Fade(old, next int64, elapsed, halfLife uint64) int64 {
	const whole = 1 << 62
	kept := halflife.Decay(whole, elapsed, halfLife)
	if old >= next {
		return next + int64(scale(uint64(old-next), kept, whole))
	}
	return next - int64(scale(uint64(next-old), kept, whole))
}

// Average is an exponential moving average that decays by the blocks that pass, not
// by the number of updates: a score from three days ago weighs the same whether a
// validator looked once or a hundred times since. The zero value is that of a
// newcomer.
type Average struct {
	// Raw is the average in units with the time before the first score counted as 0:
	// it rises to the score only as fast as the past fades.
	Raw int64
	// Weight is the share of the average that comes from scores and not from the time
	// before them, 0 to [One].
	Weight int64
	// Block of the last score.
	Block uint64
}

// Add returns the average after a score (0 to [One]) at a block. The past loses half
// of its share every halfLife blocks. The first score counts as if nominal blocks had
// passed since the one before it; afterwards the true distance counts.
//
// The error wraps [ErrRange] when the score is no score, halfLife or nominal is 0, or
// the block is not later than that of the last score.
func (a Average) Add(score int64, block, halfLife, nominal uint64) (Average, error) {
	if err := checkRange("score", score, 0, One); err != nil {
		return a, err
	}
	if halfLife == 0 || nominal == 0 {
		return a, fmt.Errorf("%w: the half life (%d) and the nominal distance (%d) must be at least 1 block", ErrRange, halfLife, nominal)
	}
	elapsed := nominal
	if a.Weight > 0 {
		if block <= a.Block {
			return a, fmt.Errorf("%w: block %d is not later than block %d, which the average holds", ErrRange, block, a.Block)
		}
		elapsed = block - a.Block
	}
	return Average{
		Raw:    Fade(a.Raw, score, elapsed, halfLife),
		Weight: max(Fade(a.Weight, One, elapsed, halfLife), 1),
		Block:  block,
	}, nil
}

// Value is the average of the scores alone, 0 to [One]: Raw freed of the time before the
// first score (D. Kingma, J. Ba, Adam, 2015, section 3). It is 0 for a newcomer.
func (a Average) Value() int64 {
	if a.Weight <= 0 || a.Raw <= 0 {
		return 0
	}
	return min(int64(scale(uint64(min(a.Raw, One)), uint64(One), uint64(a.Weight))), One)
}
