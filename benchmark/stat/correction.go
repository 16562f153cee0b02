package stat

import (
	"cmp"
	"fmt"
	"slices"
)

// Holm adjusts the p-values (units, 0 to [One]) of several tests, so that each may be
// compared with the error allowed for all of them together: with adjusted p-values at most
// alpha counted as found, the chance that anything is found wrongly is at most alpha,
// however the tests depend on each other. Results are in the order of the input and at
// most One.
//
// The errors wrap [ErrEmpty], [ErrTooMany] and [ErrRange].
//
// Source: S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian
// Journal of Statistics 6 (1979).
func Holm(p []int64) ([]int64, error) {
	order, err := ascending(p)
	if err != nil {
		return nil, fmt.Errorf("correction of Holm: %w", err)
	}
	adjusted := make([]int64, len(p))
	var largest int64
	for rank, i := range order {
		largest = max(largest, min(p[i]*int64(len(p)-rank), One))
		adjusted[i] = largest
	}
	return adjusted, nil
}

// BenjaminiHochberg adjusts the p-values (units, 0 to [One]) of several independent tests:
// with adjusted p-values at most alpha counted as found, the expected share of what is found
// wrongly among what is found is at most alpha. Results are in the order of the input,
// rounded half to even. Errors as for [Holm].
//
// Source: Y. Benjamini, Y. Hochberg, Controlling the False Discovery Rate, Journal of the
// Royal Statistical Society B 57 (1995).
func BenjaminiHochberg(p []int64) ([]int64, error) {
	order, err := ascending(p)
	if err != nil {
		return nil, fmt.Errorf("correction of Benjamini and Hochberg: %w", err)
	}
	adjusted := make([]int64, len(p))
	smallest := One
	for rank := len(order); rank >= 1; rank-- {
		i := order[rank-1]
		smallest = min(smallest, int64(scale(uint64(p[i]), uint64(len(p)), uint64(rank))))
		adjusted[i] = smallest
	}
	return adjusted, nil
}

// ascending returns the indexes of the p-values from the smallest up.
func ascending(p []int64) ([]int, error) {
	if err := checkCount("p-values", len(p), MaxPairs); err != nil {
		return nil, err
	}
	order := make([]int, len(p))
	for i, value := range p {
		if err := checkRange("p-value", value, 0, One); err != nil {
			return nil, err
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return order, nil
}
