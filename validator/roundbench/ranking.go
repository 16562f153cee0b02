//go:build unix

package main

import (
	"crypto/sha256"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// rivals are two points apart, and one of them alone is right on so many items as for two models of the same kind.
var rivals = report.Rivals{Better: 72 * point, Worse: 70 * point, Disagree: 16 * point}

const point = stat.One / 100

// ranking is what telling the rivals apart costs, at an error of 1 %.
type ranking struct {
	// tuned is a sequential test made for this distance; tallied is the one that scores are made with, which is made for
	// five points.
	tuned, tallied report.Cost
	// fixed90 and fixed99 are the items of a test of fixed size with the same error and so many chances in a hundred to
	// find the difference.
	fixed90, fixed99 int
}

func measureRanking(runs int) (r ranking, err error) {
	plan := stat.SequentialPlan{Alpha: point, Gap: 2 * point, MaxItems: 40_000}
	if r.tuned, err = report.RankingCost(rivals, plan, runs, draws()); err != nil {
		return r, err
	}
	plan.Gap = 5 * point
	if r.tallied, err = report.RankingCost(rivals, plan, runs, draws()); err != nil {
		return r, err
	}
	if r.fixed90, err = report.FixedItems(rivals, plan.Alpha, 90*point); err != nil {
		return r, err
	}
	r.fixed99, err = report.FixedItems(rivals, plan.Alpha, 99*point)
	return r, err
}

func draws() *chance.Stream {
	stream := chance.NewStream(sha256.Sum256([]byte("roundbench/ranking")))
	return &stream
}
