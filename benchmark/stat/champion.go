package stat

import "fmt"

// Nobody in the place of a champion says that there is none.
const Nobody = -1

// Champion returns who takes all: the champion keeps its place unless the best of the
// others beats it by more than the margin. scores and margin are units, 0 to [One]. With
// Nobody for a champion the best wins. Among equals the one with the lower index wins, so
// callers list players by age.
//
// The errors wrap [ErrEmpty], [ErrTooMany] and [ErrRange].
//
// Source: the score to beat of king-of-the-hill subnets, which keeps noise and copies
// from changing the winner.
func Champion(scores []int64, champion int, margin int64) (int, error) {
	if err := checkCount("players", len(scores), MaxPlayers); err != nil {
		return Nobody, fmt.Errorf("champion: %w", err)
	}
	if champion < Nobody || champion >= len(scores) {
		return Nobody, fmt.Errorf("champion: %w: the champion is player %d of %d", ErrRange, champion, len(scores))
	}
	if err := checkRange("margin", margin, 0, One); err != nil {
		return Nobody, fmt.Errorf("champion: %w", err)
	}
	best := 0
	for p, score := range scores {
		if err := checkRange("score", score, 0, One); err != nil {
			return Nobody, fmt.Errorf("champion: %w", err)
		}
		if score > scores[best] {
			best = p
		}
	}
	if champion != Nobody && scores[best] <= scores[champion]+margin {
		return champion, nil
	}
	return best, nil
}
