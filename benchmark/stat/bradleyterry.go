package stat

import (
	"fmt"
	"math"
	"slices"

	"github.com/agora-network/agora/internal/portable"
)

const (
	// maxRounds bounds the rounds of BradleyTerry over all players.
	maxRounds = 2_000
	// settled is the relative change at which a round ends the search: far below a unit.
	settled = 1e-13
	// strongest bounds every strength, and 1/strongest: about e^300.
	strongest = 1e130
)

// Strength is how strong a player is in the model of Bradley and Terry.
type Strength struct {
	// Log is the natural logarithm of the strength, in units: player i beats player j with
	// the chance 1/(1 + e^(Log_j - Log_i)). 0 is a player of average strength.
	Log int64
	// Chance is that of beating a player of average strength, in units.
	Chance int64
}

// BradleyTerry returns the most likely strength of every player.
//
// prior says how many games (units, 0 to 1000·[One]) each player is held to have played against
// one more player of average strength, half of them won; 2·One, one won and one lost, is customary.
// It keeps the strength of whoever wins, or loses, every game finite and draws those with few games
// towards the average. With prior 0 the plain maximum of the likelihood is found, the mean of the
// logarithms being 0; it exists only if nobody can be split off who never lost to the rest, else the
// error wraps [ErrUnbounded].
//
// The search goes over the players in order, at most 2,000 times, and ends when a whole round
// changes no strength by more than 1e-13 of itself: after some 15 rounds where results overlap. Where
// hundreds of players never upset the order, strengths keep growing until the last round. They stay
// within e^±300.
// It is plain arithmetic in a fixed order: the same games give the same integers everywhere. In
// another order of the players, the integers differ by the rounding at most: a unit or so.
//
// Source: R. Bradley, M. Terry, Rank Analysis of Incomplete Block Designs, Biometrika 39 (1952);
// E. Zermelo (1929); the iteration, which climbs like the MM algorithm of D. Hunter (2004) but in
// fewer rounds, and the prior are those of M. Newman, Efficient Computation of Rankings from
// Pairwise Comparisons, JMLR 24 (2023), equations 12 and 26.
func BradleyTerry(t *Tournament, prior int64) ([]Strength, error) {
	if err := checkRange("prior", prior, 0, 1_000*One); err != nil {
		return nil, fmt.Errorf("Bradley-Terry: %w", err)
	}
	if prior == 0 && !t.connected() {
		return nil, fmt.Errorf("Bradley-Terry: %w: some players never lost to the others; set a prior", ErrUnbounded)
	}
	n := t.players
	pi := make([]float64, n)
	for i := range pi {
		pi[i] = 1
	}
	ghost := FromUnits(prior) / 2
	for range maxRounds {
		change := 0.0
		for i := range pi {
			// The ghost's strength is 1.
			won, lost := ghost/(pi[i]+1), ghost/(pi[i]+1)
			for j, other := range pi {
				wins, losses := t.halves[i*n+j], t.halves[j*n+i]
				if wins == 0 && losses == 0 {
					continue
				}
				together := pi[i] + other
				won += float64(float64(wins)/2*other) / together
				lost += float64(losses) / 2 / together
			}
			if won == 0 || lost == 0 {
				continue // without a prior: a player alone
			}
			next := bounded(won / lost)
			change = max(change, math.Abs(next-pi[i])/pi[i])
			pi[i] = next
		}
		if prior > 0 {
			// All strengths together move slowly when games among the players are many and
			// those against the ghost are few, so their scale is found at once.
			factor := ghostScale(pi)
			change = max(change, math.Abs(factor-1))
			for i := range pi {
				pi[i] = bounded(float64(pi[i] * factor))
			}
		}
		if change < settled {
			break
		}
	}
	logs := make([]float64, n)
	mean := 0.0
	for i := range pi {
		logs[i] = portable.Log(pi[i])
		mean += logs[i]
	}
	mean /= float64(n)
	out := make([]Strength, n)
	for i, log := range logs {
		if prior == 0 {
			log -= mean
		}
		out[i] = Strength{Log: ToUnits(log), Chance: ToUnits(logistic(log))}
	}
	return out, nil
}

func bounded(strength float64) float64 { return min(max(strength, 1/strongest), strongest) }

// ghostScale returns the factor for all strengths at which the ghost, of strength 1, is expected to
// lose as many games as it wins: the sum of 1/(1 + factor·strength) is half the number of players.
// It is found by halving between the factors at which the weakest and the strongest are average.
func ghostScale(pi []float64) float64 {
	low, high := 1/slices.Max(pi), 1/slices.Min(pi)
	for range 80 {
		middle := math.Sqrt(float64(low * high))
		if middle <= low || middle >= high {
			break
		}
		sum := 0.0
		for _, strength := range pi {
			sum += 1 / (1 + float64(middle*strength))
		}
		if sum > float64(len(pi))/2 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Sqrt(float64(low * high))
}

// logistic is 1/(1+e^-x).
func logistic(x float64) float64 { return 1 / (1 + portable.Exp(-x)) }
