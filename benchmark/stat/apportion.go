package stat

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/agora-network/agora/internal/portable"
)

// Apportion divides a total in proportion to the parts, in whole numbers that add up to
// the total exactly. Every share is its exact value rounded down or up: first down, then
// those with the largest remainders get one more; among equal remainders the larger part
// is first, then the lower index. When all parts are 0, so are all shares.
//
// The parts must add up to less than 2^63. The errors wrap [ErrEmpty], [ErrTooMany] and
// [ErrRange].
//
// Source: the largest remainder method of Hamilton; M. Balinski, H. Young, Fair
// Representation (1982).
func Apportion(parts []uint64, total uint64) ([]uint64, error) {
	if err := checkCount("parts", len(parts), MaxItems); err != nil {
		return nil, fmt.Errorf("apportion: %w", err)
	}
	var sum uint64
	for i, part := range parts {
		next, carry := bits.Add64(sum, part, 0)
		if carry != 0 || next >= 1<<63 {
			return nil, fmt.Errorf("apportion: %w: the parts up to the one at %d add up to 2^63 or more", ErrRange, i)
		}
		sum = next
	}
	shares := make([]uint64, len(parts))
	if sum == 0 {
		return shares, nil
	}
	remainders := make([]uint64, len(parts))
	order := make([]int, len(parts))
	left := total
	for i, part := range parts {
		high, low := bits.Mul64(part, total)
		shares[i], remainders[i] = bits.Div64(high, low, sum)
		left -= shares[i]
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(remainders[b], remainders[a]), cmp.Compare(parts[b], parts[a]), cmp.Compare(a, b))
	})
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares, nil
}

// Softmax divides a total in proportion to e^(score/temperature), in whole numbers that
// add up to the total exactly. Scores are units within ±10^9·[One]; the temperature is in
// units and at least 1. A higher score never gets less. Equal scores get the same, but for
// one that the rounding may give to the earlier.
//
// The errors wrap [ErrEmpty], [ErrTooMany] and [ErrRange].
func Softmax(scores []int64, temperature int64, total uint64) ([]uint64, error) {
	if err := checkCount("scores", len(scores), MaxItems); err != nil {
		return nil, fmt.Errorf("softmax: %w", err)
	}
	if err := checkRange("temperature", temperature, 1, One*One); err != nil {
		return nil, fmt.Errorf("softmax: %w", err)
	}
	order := make([]int, len(scores))
	for i, score := range scores {
		if err := checkRange("score", score, -One*One, One*One); err != nil {
			return nil, fmt.Errorf("softmax: %w", err)
		}
		order[i] = i
	}
	// From the best down, so that the rounding of an exponential, and the lower index among
	// equal parts, never favour a lower score.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	const largest = uint64(1) << 42 // leaves room for 2^20 parts below 2^63
	parts, part := make([]uint64, len(scores)), largest
	for rank, i := range order {
		distance := float64(scores[order[0]]-scores[i]) / float64(temperature)
		part = min(part, uint64(float64(portable.Exp(-distance)*float64(largest))))
		parts[rank] = part
	}
	ranked, err := Apportion(parts, total)
	if err != nil {
		return nil, fmt.Errorf("softmax: %w", err)
	}
	shares := make([]uint64, len(scores))
	for rank, i := range order {
		shares[i] = ranked[rank]
	}
	return shares, nil
}
