package stat

import (
	"fmt"
)

// Absent in the place of a score says that a player was not measured on an item.
const Absent int64 = -1

// LinearDecay is the lead that an earlier player keeps over later ones: it falls from
// start to end in a straight line over so many blocks and stays there, rounded half to
// even. With over 0 it is end at once. Both are units, 0 to [One]; beyond, the nearest
// bound counts.
//
// Source: LinearDecay of the pre-training subnet's epsilon functions, where it keeps
// copies of a published model from winning by chance.
func LinearDecay(start, end int64, elapsed, over uint64) int64 {
	start, end = min(max(start, 0), One), min(max(end, 0), One)
	if elapsed >= over {
		return end
	}
	if end <= start {
		return start - int64(scale(uint64(start-end), elapsed, over))
	}
	return start + int64(scale(uint64(end-start), elapsed, over))
}

// WinRates returns the share of comparisons that each player wins, in units.
//
// scores[p][i] is what player p reached on item i, 0 to [One], or [Absent]; every player
// has a score or Absent for every item. since[p] is when p handed in what is measured:
// its block. On each item on which both were measured, the earlier of two players wins
// when its score plus epsilon is the larger, the later when its own is; a tie is half
// a win for both. Between players of the same block there is no epsilon. So a copy,
// which ties everywhere, loses everything to its original. A player without any
// comparison has the rate 0.
//
// The order of players and items has no effect. The errors wrap [ErrEmpty],
// [ErrLength], [ErrTooMany] and [ErrRange].
//
// Source: iswin and compute_wins of the pre-training subnet, with scores in the place of
// losses and a lead that is added in the place of one that is multiplied.
func WinRates(scores [][]int64, since []uint64, epsilon int64) ([]int64, error) {
	if err := checkScores(scores); err != nil {
		return nil, fmt.Errorf("win rates: %w", err)
	}
	if len(since) != len(scores) {
		return nil, fmt.Errorf("win rates: %w: %d blocks for %d players", ErrLength, len(since), len(scores))
	}
	if err := checkRange("epsilon", epsilon, 0, One); err != nil {
		return nil, fmt.Errorf("win rates: %w", err)
	}
	halves, games := make([]int64, len(scores)), make([]int64, len(scores))
	for a := range scores {
		for b := range a {
			var lead int64 // of a over b
			switch {
			case since[a] < since[b]:
				lead = epsilon
			case since[a] > since[b]:
				lead = -epsilon
			}
			for i, left := range scores[a] {
				right := scores[b][i]
				if left == Absent || right == Absent {
					continue
				}
				games[a]++
				games[b]++
				switch difference := left + lead - right; {
				case difference > 0:
					halves[a] += 2
				case difference < 0:
					halves[b] += 2
				default:
					halves[a]++
					halves[b]++
				}
			}
		}
	}
	rates := make([]int64, len(scores))
	for p := range rates {
		if games[p] > 0 {
			rates[p] = int64(scale(uint64(halves[p]), uint64(One), uint64(2*games[p])))
		}
	}
	return rates, nil
}

// checkScores refuses a table of scores that is empty, too large, ragged or holds what
// is no score.
func checkScores(scores [][]int64) error {
	if err := checkCount("players", len(scores), MaxPlayers); err != nil {
		return err
	}
	if err := checkCount("items", len(scores[0]), MaxItems); err != nil {
		return err
	}
	players, items := uint64(len(scores)), uint64(len(scores[0]))
	if players*players*items > MaxComparisons {
		return fmt.Errorf("%w: %d players on %d items, players·players·items at most %d", ErrTooMany, players, items, MaxComparisons)
	}
	for p, row := range scores {
		if len(row) != len(scores[0]) {
			return fmt.Errorf("%w: player %d has %d scores, player 0 has %d", ErrLength, p, len(row), len(scores[0]))
		}
		for i, score := range row {
			if score != Absent && (score < 0 || score > One) {
				return fmt.Errorf("%w: player %d has %d on item %d, must be 0 to %d", ErrRange, p, score, i, One)
			}
		}
	}
	return nil
}
