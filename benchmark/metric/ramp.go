package metric

import "fmt"

// maxSpeed bounds tokens, milliseconds and tokens per second, so that no product of two
// overflows.
const maxSpeed = 1 << 31 / 2

// LatencyScore maps milliseconds to a score: full and less give [One], zero and more
// give 0, evenly in between. 0 <= ms and 0 <= full < zero; the error wraps [ErrInput].
func LatencyScore(ms, full, zero int64) (int64, error) {
	if ms < 0 {
		return 0, fmt.Errorf("%w: %d ms are below 0", ErrInput, ms)
	}
	return falling(ms, full, zero)
}

// ThroughputScore maps a speed to a score: full tokens per second and more give [One],
// zero and less give 0, evenly in between. The speed is tokens in ms milliseconds and
// is not rounded before it is mapped; 0 ms count as 1. 0 <= zero < full, and all values
// are 0 to 2^30; the error wraps [ErrInput].
func ThroughputScore(tokens, ms, zero, full int64) (int64, error) {
	for _, value := range []int64{tokens, ms, zero, full} {
		if value < 0 || value > maxSpeed {
			return 0, fmt.Errorf("%w: %d is not 0 to %d", ErrInput, value, int64(maxSpeed))
		}
	}
	if zero >= full {
		return 0, fmt.Errorf("%w: the speed that scores 0 is %d and must be below that which scores 1, %d", ErrInput, zero, full)
	}
	ms = max(ms, 1)
	above := 1000*tokens - zero*ms
	return share(min(max(above, 0), (full-zero)*ms), (full-zero)*ms), nil
}

// falling is [One] up to full, 0 from zero on, and even in between.
func falling(value, full, zero int64) (int64, error) {
	if full < 0 || full >= zero {
		return 0, fmt.Errorf("%w: the value that scores 1 is %d and must be 0 or more and below that which scores 0, %d", ErrInput, full, zero)
	}
	return share(zero-min(max(value, full), zero), zero-full), nil
}
