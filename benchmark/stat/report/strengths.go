package report

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/agora-network/agora/benchmark/stat"
)

// StrengthErrors are the standard errors of strengths that stat.BradleyTerry found.
type StrengthErrors struct {
	covariance *mat.SymDense
}

// NewStrengthErrors computes the standard errors of the logarithms of strengths from the same
// tournament and prior as the strengths: the inverse of the Fisher information at the maximum. With
// prior 0 they are those of the distance from the mean of all logarithms.
//
// The errors wrap stat.ErrLength, ErrRange, and ErrUnbounded when the games do not connect all
// players, or when they are so one-sided that the information has no inverse.
//
// Source: A. Agresti, Categorical Data Analysis (2002), section 10.6; the mean is held at 0 by a
// term of rank one.
func NewStrengthErrors(t *stat.Tournament, strengths []stat.Strength, prior int64) (*StrengthErrors, error) {
	n := t.Players()
	if len(strengths) != n {
		return nil, fmt.Errorf("standard errors of strengths: %w: %d strengths of %d players", stat.ErrLength, len(strengths), n)
	}
	if err := checkRange("prior", prior, 0, 1_000*stat.One); err != nil {
		return nil, fmt.Errorf("standard errors of strengths: %w", err)
	}
	information := mat.NewSymDense(n, nil)
	add := func(i, j int, value float64) { information.SetSym(i, j, information.At(i, j)+value) }
	center := 0.0
	if prior == 0 {
		center = 1 / float64(n)
	}
	for i := range n {
		add(i, i, center+stat.FromUnits(prior)*spread(strengths[i].Log))
		for j := range i {
			games := stat.FromUnits(t.Wins(i, j)) + stat.FromUnits(t.Wins(j, i))
			weight := games * spread(strengths[i].Log-strengths[j].Log)
			add(i, i, weight)
			add(j, j, weight)
			add(i, j, center-weight)
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(information) {
		return nil, fmt.Errorf("standard errors of strengths: %w: the information has no inverse", stat.ErrUnbounded)
	}
	covariance := mat.NewSymDense(n, nil)
	if err := cholesky.InverseTo(covariance); err != nil {
		return nil, fmt.Errorf("standard errors of strengths: %w: %w", stat.ErrUnbounded, err)
	}
	if center > 0 {
		for i := range n {
			for j := range i + 1 {
				covariance.SetSym(i, j, covariance.At(i, j)-center)
			}
		}
	}
	return &StrengthErrors{covariance: covariance}, nil
}

// Of is the standard error of the logarithm of a player's strength, in units; 0 for a player who
// does not take part.
func (e *StrengthErrors) Of(player int) int64 {
	if player < 0 || player >= e.covariance.SymmetricDim() {
		return 0
	}
	return stat.ToUnits(math.Sqrt(max(e.covariance.At(player, player), 0)))
}

// Between is the standard error of the difference of two logarithms, in units; 0 for players who do
// not take part.
func (e *StrengthErrors) Between(a, b int) int64 {
	n := e.covariance.SymmetricDim()
	if a < 0 || b < 0 || a >= n || b >= n {
		return 0
	}
	return stat.ToUnits(math.Sqrt(max(e.covariance.At(a, a)+e.covariance.At(b, b)-2*e.covariance.At(a, b), 0)))
}

// spread is p(1-p), p being the chance to win with so much more strength, in units of a logarithm.
func spread(log int64) float64 {
	e := math.Exp(-math.Abs(stat.FromUnits(log)))
	return e / ((1 + e) * (1 + e))
}
