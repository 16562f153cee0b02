package stat

import "fmt"

// MaxGames bounds the games between two players of a [Tournament].
const MaxGames = 1 << 30

// Tournament counts who beat whom. It belongs to one goroutine.
type Tournament struct {
	players int
	halves  []int64 // halves[i*players+j]: half games that i won against j
}

// NewTournament returns a tournament of so many players without a game. The errors wrap
// [ErrEmpty] and [ErrTooMany] (more than [MaxPlayers]).
func NewTournament(players int) (*Tournament, error) {
	if players < 0 {
		players = 0
	}
	if err := checkCount("players", players, MaxPlayers); err != nil {
		return nil, fmt.Errorf("tournament: %w", err)
	}
	return &Tournament{players: players, halves: make([]int64, players*players)}, nil
}

// Players is how many take part.
func (t *Tournament) Players() int { return t.players }

// Win adds games that the winner won. The errors wrap [ErrRange] for who does not take part or
// plays against itself and for a negative count, and [ErrTooMany] above [MaxGames].
func (t *Tournament) Win(winner, loser int, games int64) error {
	if err := t.check(winner, loser, games); err != nil {
		return fmt.Errorf("add wins: %w", err)
	}
	t.halves[winner*t.players+loser] += 2 * games
	return nil
}

// Tie adds games without a winner; each is half a win for both. Errors as for Win.
func (t *Tournament) Tie(a, b int, games int64) error {
	if err := t.check(a, b, games); err != nil {
		return fmt.Errorf("add ties: %w", err)
	}
	t.halves[a*t.players+b] += games
	t.halves[b*t.players+a] += games
	return nil
}

// Wins is how many games a won against b, in units; a tie is half a game. It is 0 for players
// who do not take part.
func (t *Tournament) Wins(a, b int) int64 {
	if a < 0 || b < 0 || a >= t.players || b >= t.players {
		return 0
	}
	return t.halves[a*t.players+b] * (One / 2)
}

func (t *Tournament) check(a, b int, games int64) error {
	if a < 0 || b < 0 || a >= t.players || b >= t.players || a == b {
		return fmt.Errorf("%w: player %d against player %d of %d", ErrRange, a, b, t.players)
	}
	if games < 0 {
		return fmt.Errorf("%w: %d games", ErrRange, games)
	}
	played := (t.halves[a*t.players+b] + t.halves[b*t.players+a]) / 2
	if games > MaxGames-played {
		return fmt.Errorf("%w: %d games and %d before, at most %d between two players", ErrTooMany, games, played, MaxGames)
	}
	return nil
}

// FromScores returns the tournament in which every item is a game between all players that were
// measured on it: the higher score wins, equal scores tie. scores[p][i] is what player p reached
// on item i, 0 to [One] or [Absent].
//
// The errors wrap [ErrEmpty], [ErrLength], [ErrTooMany] and [ErrRange].
func FromScores(scores [][]int64) (*Tournament, error) {
	if err := checkScores(scores); err != nil {
		return nil, fmt.Errorf("tournament: %w", err)
	}
	t, err := NewTournament(len(scores))
	if err != nil {
		return nil, err
	}
	for a := range scores {
		for b := range a {
			for i, left := range scores[a] {
				right := scores[b][i]
				if left == Absent || right == Absent {
					continue
				}
				balance := 1 + compare(left, right)
				t.halves[a*t.players+b] += balance
				t.halves[b*t.players+a] += 2 - balance
			}
		}
	}
	return t, nil
}

// connected reports whether every player reaches every other along games that were not lost
// (or, backwards, not won): without that the likelihood has no maximum.
func (t *Tournament) connected() bool {
	for _, backwards := range []bool{false, true} {
		seen := make([]bool, t.players)
		seen[0] = true
		queue := []int{0}
		for len(queue) > 0 {
			a := queue[0]
			queue = queue[1:]
			for b := range t.players {
				from, to := a, b
				if backwards {
					from, to = b, a
				}
				if !seen[b] && t.halves[from*t.players+to] > 0 {
					seen[b] = true
					queue = append(queue, b)
				}
			}
		}
		for _, reached := range seen {
			if !reached {
				return false
			}
		}
	}
	return true
}
