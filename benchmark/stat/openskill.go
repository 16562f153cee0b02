package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/agora-network/agora/internal/portable"
)

// Rating is a skill and how uncertain it is: a normal distribution.
type Rating struct {
	// Mu is the mean in units, within ±10^6·[One].
	Mu int64
	// Sigma is the standard deviation in units, 1 to 10^4·[One].
	Sigma int64
}

// Ordinal is Mu - 3·Sigma in units: the skill is higher with a chance of 99.9 %.
func (r Rating) Ordinal() int64 { return r.Mu - 3*r.Sigma }

// OpenSkill holds the constants of the model. All are units.
type OpenSkill struct {
	// Mu and Sigma are the rating of a newcomer.
	Mu, Sigma int64
	// Beta is the spread of what a player of known skill shows in one match, 1 to 10^4·One.
	Beta int64
	// Kappa is the least share of its variance that a rating keeps in a match, 1 to One.
	Kappa int64
	// Tau is added to every uncertainty before a match, so that it never goes to 0 and old
	// results fade; 0 to 10^4·One.
	Tau int64
}

// DefaultOpenSkill returns the constants in general use: mu 25, sigma 25/3, beta 25/6, kappa
// 1e-4 and tau 25/300.
func DefaultOpenSkill() OpenSkill {
	return OpenSkill{Mu: 25 * One, Sigma: 8_333_333_333, Beta: 4_166_666_667, Kappa: One / 10_000, Tau: 83_333_333}
}

// Newcomer is the rating of a player who has played no match.
func (o OpenSkill) Newcomer() Rating { return Rating{Mu: o.Mu, Sigma: o.Sigma} }

// Validate says what is wrong with the constants; the error wraps [ErrRange].
func (o OpenSkill) Validate() error {
	if err := o.Newcomer().validate(); err != nil {
		return err
	}
	if err := checkRange("beta", o.Beta, 1, maxSpread); err != nil {
		return err
	}
	if err := checkRange("kappa", o.Kappa, 1, One); err != nil {
		return err
	}
	return checkRange("tau", o.Tau, 0, maxSpread)
}

const (
	maxSkill  = 1_000_000 * One
	maxSpread = 10_000 * One
)

func (r Rating) validate() error {
	if err := checkRange("mu", r.Mu, -maxSkill, maxSkill); err != nil {
		return err
	}
	return checkRange("sigma", r.Sigma, 1, maxSpread)
}

// Match returns the ratings after a match of everybody against everybody: a higher score is a
// better place, equal scores share a place. Each rating is rounded to units, so a state kept as
// integers continues exactly. The order of the players has no effect.
//
// The errors wrap [ErrEmpty], [ErrLength], [ErrTooMany] (more than [MaxPlayers]) and [ErrRange].
//
// Source: R. Weng, C.-J. Lin, A Bayesian Approximation Method for Online Ranking, JMLR 12 (2011),
// algorithm 4 (Plackett-Luce), for teams of one, with gamma = sigma/c; V. Joshy, OpenSkill (2024)
// for the constants and tau.
func (o OpenSkill) Match(ratings []Rating, scores []int64) ([]Rating, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("match: %w", err)
	}
	if err := checkCount("players", len(ratings), MaxPlayers); err != nil {
		return nil, fmt.Errorf("match: %w", err)
	}
	if len(scores) != len(ratings) {
		return nil, fmt.Errorf("match: %w: %d scores for %d players", ErrLength, len(scores), len(ratings))
	}
	for p, rating := range ratings {
		if err := rating.validate(); err != nil {
			return nil, fmt.Errorf("match: player %d: %w", p, err)
		}
	}
	// Sums run from the best down, in an order that only the values decide.
	order := make([]int, len(ratings))
	for p := range order {
		order[p] = p
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(ratings[b].Mu, ratings[a].Mu), cmp.Compare(ratings[b].Sigma, ratings[a].Sigma))
	})
	field := o.field(ratings, order)
	places := field.places(scores, order)
	after := make([]Rating, len(ratings))
	for rank, p := range order {
		omega, delta := 0.0, 0.0
		for _, place := range places {
			if place.first > rank { // places below that of p
				break
			}
			chance := field.weight[rank] / place.sum
			omega -= chance
			delta += float64(chance * (1 - chance))
			if rank < place.first+place.players {
				omega += 1 / float64(place.players)
			}
		}
		variance := field.variance[rank]
		mu := field.mu[rank] + float64(float64(variance/field.c)*omega)
		gamma := math.Sqrt(variance) / field.c
		shrink := max(1-float64(float64(gamma*variance/float64(field.c*field.c))*delta), FromUnits(o.Kappa))
		after[p] = Rating{
			Mu:    min(max(ToUnits(mu), -maxSkill), maxSkill),
			Sigma: min(max(ToUnits(math.Sqrt(float64(variance*shrink))), 1), maxSpread),
		}
	}
	return after, nil
}

// field is a match in the order of its sums.
type field struct {
	c                    float64 // spread of the whole match
	mu, variance, weight []float64
}

func (o OpenSkill) field(ratings []Rating, order []int) field {
	n := len(order)
	f := field{mu: make([]float64, n), variance: make([]float64, n), weight: make([]float64, n)}
	tau, beta := FromUnits(o.Tau), FromUnits(o.Beta)
	total, best := 0.0, math.Inf(-1)
	for rank, p := range order {
		sigma := FromUnits(ratings[p].Sigma)
		f.mu[rank] = FromUnits(ratings[p].Mu)
		f.variance[rank] = float64(sigma*sigma) + float64(tau*tau)
		total += f.variance[rank] + float64(beta*beta)
		best = max(best, f.mu[rank])
	}
	f.c = math.Sqrt(total)
	for rank := range f.weight {
		// Only ratios matter, so the best gets 1 and nothing overflows.
		f.weight[rank] = portable.Exp((f.mu[rank] - best) / f.c)
	}
	return f
}

// place is one place of a match: the players from first on who share it.
type place struct {
	first, players int
	sum            float64 // weights of all who came here or later
}

func (f field) places(scores []int64, order []int) []place {
	var places []place
	for rank, p := range order {
		if rank == 0 || scores[p] != scores[order[rank-1]] {
			places = append(places, place{first: rank})
		}
		places[len(places)-1].players++
	}
	sum, rank := 0.0, len(order)
	for k := len(places) - 1; k >= 0; k-- {
		for rank > places[k].first {
			rank--
			sum += f.weight[rank]
		}
		places[k].sum = sum
	}
	return places
}

// Chance is that of a beating b in a match of the two, in units: 1/(1 + e^((mu_b - mu_a)/c)) with
// c² = sigma_a² + sigma_b² + 2·beta². The error wraps [ErrRange].
func (o OpenSkill) Chance(a, b Rating) (int64, error) {
	for _, err := range []error{o.Validate(), a.validate(), b.validate()} {
		if err != nil {
			return 0, fmt.Errorf("chance: %w", err)
		}
	}
	left, right, beta := FromUnits(a.Sigma), FromUnits(b.Sigma), FromUnits(o.Beta)
	c := math.Sqrt(float64(left*left) + float64(right*right) + float64(2*float64(beta*beta)))
	return ToUnits(logistic(FromUnits(a.Mu-b.Mu) / c)), nil
}
