package stat

import (
	"fmt"
)

// Dominance says when one list of scores is better than another in every respect that
// counts. Both are units, 0 to [One].
type Dominance struct {
	// Margin by which at least one score must exceed the other's.
	Margin int64
	// Tolerance by which every other score may fall short; at most Margin, so that two
	// players never dominate each other.
	Tolerance int64
}

// Validate says what is wrong with the numbers; the error wraps [ErrRange].
func (d Dominance) Validate() error {
	if err := checkRange("margin", d.Margin, 0, One); err != nil {
		return err
	}
	return checkRange("tolerance", d.Tolerance, 0, d.Margin)
}

// Dominates reports whether a dominates b: in no score is it worse by more than the
// tolerance, in at least one it is better by more than the margin. Lists of different
// lengths do not compare: neither dominates.
//
// Source: epsilon-dominance, M. Laumanns et al., Combining Convergence and Diversity in
// Evolutionary Multiobjective Optimization (2002), in the form with a margin that
// king-of-the-hill subnets use.
func (d Dominance) Dominates(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	better := false
	for k := range a {
		switch difference := a[k] - b[k]; {
		case difference < -d.Tolerance:
			return false
		case difference > d.Margin:
			better = true
		}
	}
	return better
}

// Undominated returns for each player the share of the others, in units, that do not
// dominate it; alone, a player has [One]. scores[p] holds a score per dimension, 0 to
// One. The order of the players has no effect.
//
// The errors wrap [ErrEmpty], [ErrLength], [ErrTooMany] and [ErrRange].
func (d Dominance) Undominated(scores [][]int64) ([]int64, error) {
	if err := d.check(scores); err != nil {
		return nil, fmt.Errorf("share of players that do not dominate: %w", err)
	}
	shares := make([]int64, len(scores))
	for p := range scores {
		others, free := uint64(0), uint64(0)
		for q := range scores {
			if p == q {
				continue
			}
			others++
			if !d.Dominates(scores[q], scores[p]) {
				free++
			}
		}
		shares[p] = One
		if others > 0 {
			shares[p] = int64(scale(free, uint64(One), others))
		}
	}
	return shares, nil
}

// Fronts returns for each player the number of its front: 0 for those whom nobody
// dominates, 1 for those whom only front 0 dominates, and so on. With a tolerance above
// 0 dominance is not transitive, so players may dominate each other in a circle; when
// nobody who is left is free, all who are left form the last front.
//
// Source: fast non-dominated sorting, K. Deb et al., A Fast and Elitist Multiobjective
// Genetic Algorithm: NSGA-II (2002), section III.A. Errors as for Undominated.
func (d Dominance) Fronts(scores [][]int64) ([]int, error) {
	if err := d.check(scores); err != nil {
		return nil, fmt.Errorf("fronts: %w", err)
	}
	dominators := make([]int, len(scores)) // among those without a front
	var current []int
	for p := range scores {
		for q := range scores {
			if d.Dominates(scores[q], scores[p]) {
				dominators[p]++
			}
		}
		if dominators[p] == 0 {
			current = append(current, p)
		}
	}
	fronts := make([]int, len(scores))
	for p := range fronts {
		fronts[p] = -1
	}
	front := 0
	for ; len(current) > 0; front++ {
		for _, p := range current {
			fronts[p] = front
		}
		var next []int
		for _, p := range current {
			for q := range scores {
				if fronts[q] < 0 && d.Dominates(scores[p], scores[q]) {
					if dominators[q]--; dominators[q] == 0 {
						next = append(next, q)
					}
				}
			}
		}
		current = next
	}
	for p := range fronts {
		if fronts[p] < 0 {
			fronts[p] = front
		}
	}
	return fronts, nil
}

func (d Dominance) check(scores [][]int64) error {
	if err := d.Validate(); err != nil {
		return err
	}
	if err := checkScores(scores); err != nil {
		return err
	}
	for p, row := range scores {
		for k, score := range row {
			if score == Absent {
				return fmt.Errorf("%w: player %d has no score in dimension %d", ErrRange, p, k)
			}
		}
	}
	return nil
}
