package replay

import (
	"fmt"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
)

// compareBefore holds secret and standings to the evidence of the epoch before. Standings that another version of the
// benchmark made, or comparisons by single scorers, which evidence does not hold, are left out.
func (r *replay) compareBefore() error {
	before := r.facts.Before
	if before == nil {
		return nil
	}
	r.report.Bound = true
	context := before.Context()
	if !store.FollowsSecret(r.log.Header().Epoch, context.Secret, r.context.Secret) {
		r.differ(Difference{What: "secret of the draw", Recorded: fmt.Sprintf("%x", r.context.Secret), Recomputed: "one that follows the epoch before"})
	}
	if context.SpecDigest != r.program.Digest() || r.program.ComparesParts() {
		return nil
	}
	after, err := standingsAfter(r.program, before)
	if err != nil {
		return err
	}
	for _, miner := range r.context.Miners {
		if wanted, there := after[miner.ID]; there {
			compare(r, Difference{Miner: &miner.ID, What: "standing before the epoch"}, standingOf(miner), wanted)
		}
	}
	return nil
}

// standingsAfter makes the standings again that an epoch led to, by the scores that its evidence records.
func standingsAfter(program *benchmark.Program, log *evidence.Log) (map[uint64]benchmark.Standing, error) {
	s, context := program.Spec(), log.Context()
	sheets := make([]benchmark.Sheet, len(context.Miners))
	place := make(map[uint64]int, len(context.Miners))
	for i, miner := range context.Miners {
		sheets[i] = benchmark.Sheet{MinerID: miner.ID, Since: miner.Since}
		place[miner.ID] = i
	}
	for i := range log.Len() {
		item := log.Entry(i).Item
		sheet := &sheets[place[item.MinerID]] // a log has no items of others
		sheet.Answers = append(sheet.Answers, benchmark.ItemResult{
			Item: item.Index / max(s.Sampling.Samples, 1), Outcome: benchmark.Outcome(item.Outcome), Score: item.Score,
		})
	}
	results, err := benchmark.Tally(s, sheets)
	if err != nil {
		return nil, err
	}
	after := make(map[uint64]benchmark.Standing, len(results))
	for i, miner := range context.Miners {
		standing, err := standingOf(miner).Advance(s, log.Header().Epoch, context.StartHeight, context.Blocks, results[i])
		if err != nil {
			continue // a replay of that epoch says so
		}
		after[miner.ID] = standing
	}
	return after, nil
}

// standingOf is the standing with which a miner came into an epoch.
func standingOf(miner evidence.Miner) benchmark.Standing {
	return benchmark.Standing{Measured: miner.Before.Measured, Score: miner.Before.Score, Epoch: miner.Before.Epoch, Height: miner.Before.Height}
}
