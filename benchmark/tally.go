package benchmark

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmark/stat"
)

// Sheet is what one miner reached in one epoch.
type Sheet struct {
	MinerID uint64
	// Since is the block at which the miner was registered: of two equals the earlier is
	// ahead where the spec says so.
	Since uint64
	// Answers in any order.
	Answers []ItemResult
}

// Tally folds the answers of all miners of an epoch into one score for each, in the
// order of the sheets, which has no effect otherwise. By the spec's aggregation it is
//
//	mean               the mean over the miner's own questions ([Aggregate])
//	win-rate           the share of comparisons won against the others, ties half
//	bradley-terry      the chance to beat a miner of average strength
//	open-skill         the chance to beat a newcomer, each question a match of all
//	pareto             the share of the others that are not better in every scorer
//	winner-takes-all   1e9 for one, who must be beaten by a margin; 0 for the rest
//
// Who answered nothing has 0 and is compared with nobody. Whose mean is 0 has 0, however
// the others did: nobody is paid for being no worse than those who got nothing right. A
// question on which a miner abstained is left out of its comparisons. The work is bounded
// by the square of the number of sheets times that of the questions.
func Tally(s *spec.Spec, sheets []Sheet) ([]EpochScore, error) {
	scores := make([]EpochScore, len(sheets))
	for i := range sheets {
		scores[i] = Aggregate(s, sheets[i].Answers)
	}
	if s.Aggregation.Items == spec.ITEM_AGGREGATION_MEAN {
		return scores, nil
	}
	field := newField(s, sheets, scores)
	if len(field.places) == 0 {
		return scores, nil
	}
	compared, err := field.compare(s)
	if err != nil {
		return nil, fmt.Errorf("compare the miners: %w", err)
	}
	for i, place := range field.places {
		if field.means[i] > 0 {
			scores[place].Score = clampScore(compared[i])
		}
	}
	return scores, nil
}

// field is those who are compared, by age.
type field struct {
	places []int     // in the list of sheets
	since  []uint64  // blocks
	means  []int64   // mean scores
	scores [][]int64 // by player and question; stat.Absent where there is none
	axes   [][]int64 // mean score by player and scorer
}

func newField(s *spec.Spec, sheets []Sheet, scores []EpochScore) field {
	var f field
	for i := range sheets {
		if scores[i].Scored > 0 {
			f.places = append(f.places, i)
		}
	}
	// By age, so that nothing depends on the order of the sheets.
	slices.SortFunc(f.places, func(a, b int) int {
		return cmp.Or(cmp.Compare(sheets[a].Since, sheets[b].Since), cmp.Compare(sheets[a].MinerID, sheets[b].MinerID))
	})
	columns, width := columnsOf(s, sheets)
	for _, place := range f.places {
		row, axes := make([]int64, width), make([]int64, len(s.Scorers))
		for i := range row {
			row[i] = stat.Absent
		}
		var counted int64
		for _, item := range questions(s, Paid(s, sheets[place].Answers)) {
			if item.Outcome == OutcomeAbstained || item.Item >= uint32(len(columns)) {
				continue
			}
			counted++
			column := columns[item.Item]
			row[column] = 0
			if item.Outcome == OutcomeScored {
				row[column] = item.Score
			}
			for i := range min(len(axes), len(item.Parts)) {
				axes[i] += clampScore(item.Parts[i])
			}
		}
		for i := range axes {
			axes[i] = divideHalfEven(axes[i], max(counted, 1))
		}
		f.since = append(f.since, sheets[place].Since)
		f.means = append(f.means, scores[place].Score)
		f.scores = append(f.scores, row)
		f.axes = append(f.axes, axes)
		scores[place].Score = 0 // until it has been compared
	}
	return f
}

// columnsOf numbers the questions that this validator asked anybody: with many miners it
// asks only a share of them, and comparing what nobody was asked is most of the work.
func columnsOf(s *spec.Spec, sheets []Sheet) (columns []int, width int) {
	columns = make([]int, s.Sampling.ItemsPerMiner)
	for i := range sheets {
		for j := range sheets[i].Answers {
			if item := sheets[i].Answers[j].Item; item < uint32(len(columns)) {
				columns[item] = 1
			}
		}
	}
	for item, asked := range columns {
		columns[item] = width
		width += asked
	}
	return columns, max(width, 1)
}

// compare returns the score of each player.
func (f field) compare(s *spec.Spec) ([]int64, error) {
	epsilon := int64(s.Aggregation.EpsilonBp) * bpScore
	switch s.Aggregation.Items {
	case spec.ITEM_AGGREGATION_WIN_RATE:
		if s.Aggregation.Significance != nil {
			return f.significantWins(s.Aggregation.Significance, epsilon)
		}
		if len(f.places) == 1 {
			return []int64{ScoreOne}, nil // there is nobody to lose to
		}
		return stat.WinRates(f.scores, f.since, epsilon)
	case spec.ITEM_AGGREGATION_BRADLEY_TERRY:
		return f.bradleyTerry()
	case spec.ITEM_AGGREGATION_OPEN_SKILL:
		return f.openSkill()
	case spec.ITEM_AGGREGATION_PARETO:
		return stat.Dominance{Margin: epsilon, Tolerance: epsilon}.Undominated(f.axes)
	default:
		return f.winnerTakesAll(s)
	}
}

// tiePrior is the game that everybody is held to have tied with an average miner, which
// keeps the strength of the undefeated finite.
const tiePrior = stat.One

func (f field) bradleyTerry() ([]int64, error) {
	games, err := stat.FromScores(f.scores)
	if err != nil {
		return nil, err
	}
	strengths, err := stat.BradleyTerry(games, tiePrior)
	if err != nil {
		return nil, err
	}
	chances := make([]int64, len(strengths))
	for i, strength := range strengths {
		chances[i] = strength.Chance
	}
	return chances, nil
}

// openSkill plays one match for each question, among those who were measured on it.
func (f field) openSkill() ([]int64, error) {
	model := stat.DefaultOpenSkill()
	ratings := make([]stat.Rating, len(f.places))
	for i := range ratings {
		ratings[i] = model.Newcomer()
	}
	for item := range f.scores[0] {
		var players []int
		var before []stat.Rating
		var reached []int64
		for i := range f.scores {
			if score := f.scores[i][item]; score != stat.Absent {
				players, before, reached = append(players, i), append(before, ratings[i]), append(reached, score)
			}
		}
		if len(players) < 2 {
			continue
		}
		after, err := model.Match(before, reached)
		if err != nil {
			return nil, err
		}
		for i, player := range players {
			ratings[player] = after[i]
		}
	}
	chances := make([]int64, len(ratings))
	for i, rating := range ratings {
		var err error
		if chances[i], err = model.Chance(rating, model.Newcomer()); err != nil {
			return nil, err
		}
	}
	return chances, nil
}

// winnerTakesAll lets the oldest miner be the champion of the epoch, and every later one
// in turn a challenger, who must beat the champion by the margin and, where the spec asks
// for it, significantly.
func (f field) winnerTakesAll(s *spec.Spec) ([]int64, error) {
	margin := int64(s.Aggregation.MarginBp) * bpScore
	beaten := func(champion, challenger int) (bool, error) {
		return f.means[challenger]-f.means[champion] > margin, nil
	}
	if s.Aggregation.Significance != nil {
		// All that may be compared share the error that is allowed, whoever turns out to
		// be champion: the chance of a wrong winner does not grow with the challengers.
		alpha := units(s.Aggregation.Significance.AlphaPpm) / int64(max(len(f.places)-1, 1))
		beaten = func(champion, challenger int) (bool, error) {
			if f.means[challenger]-f.means[champion] <= margin {
				return false, nil
			}
			p, err := f.pValue(s.Aggregation.Significance.Test, challenger, champion, margin)
			return p <= alpha, err
		}
	}
	// Who got nothing right is no champion whom others would have to beat by a margin.
	champion := max(slices.IndexFunc(f.means, func(mean int64) bool { return mean > 0 }), 0)
	for challenger := champion + 1; challenger < len(f.places); challenger++ {
		won, err := beaten(champion, challenger)
		if err != nil {
			return nil, err
		}
		if won {
			champion = challenger
		}
	}
	scores := make([]int64, len(f.places))
	scores[champion] = ScoreOne
	return scores, nil
}

// significantWins is the win rate over opponents instead of questions: whoever is
// significantly ahead of another, all comparisons of the epoch considered, has won; what
// is open is half a win for both.
func (f field) significantWins(significance *spec.Significance, epsilon int64) ([]int64, error) {
	n := len(f.places)
	if n < 2 {
		return []int64{ScoreOne}, nil
	}
	type pair struct{ ahead, behind int }
	var pairs []pair
	var p []int64
	for a := range n {
		for b := range a { // b is earlier
			pairing, margin := pair{a, b}, epsilon
			if f.means[a] <= f.means[b] {
				pairing, margin = pair{b, a}, 0
			}
			value, err := f.pValue(significance.Test, pairing.ahead, pairing.behind, margin)
			if err != nil {
				return nil, err
			}
			pairs, p = append(pairs, pairing), append(p, value)
		}
	}
	adjusted, err := stat.Holm(p)
	if err != nil {
		return nil, err
	}
	halves := make([]int64, n)
	for i, pairing := range pairs {
		if adjusted[i] <= units(significance.AlphaPpm) {
			halves[pairing.ahead] += 2
		} else {
			halves[pairing.ahead]++
			halves[pairing.behind]++
		}
	}
	rates := make([]int64, n)
	for i := range rates {
		rates[i] = divideHalfEven(halves[i]*ScoreOne, 2*int64(n-1))
	}
	return rates, nil
}

// units turns millionths into units of 1e-9.
func units(ppm uint32) int64 { return int64(ppm) * 1000 }

// likelyLead is the difference at which the sequential test is at its best, five points.
const likelyLead = ScoreOne / 20

// pValue is how likely it is that a is ahead of b by more than a margin only by luck, on
// the questions on which both were measured. Both tests are two-sided, so that it does
// not matter that who is ahead was seen before.
func (f field) pValue(test spec.SignificanceTest, a, b int, margin int64) (int64, error) {
	var differences []int64
	var total int64
	wins, losses := 0, 0
	for item, left := range f.scores[a] {
		right := f.scores[b][item]
		if left == stat.Absent || right == stat.Absent {
			continue
		}
		difference := left - right
		differences = append(differences, difference)
		total += difference - margin
		switch {
		case difference > margin:
			wins++
		case difference < margin:
			losses++
		}
	}
	if test == spec.SIGNIFICANCE_TEST_SIGN {
		if wins <= losses {
			return stat.One, nil
		}
		return stat.SignTest(wins, losses)
	}
	if total <= 0 {
		return stat.One, nil
	}
	// The least alpha keeps it from stopping: all questions have been asked, and the
	// p-value has to bear the correction for many comparisons.
	sequential, err := stat.NewSequential(stat.SequentialPlan{Alpha: 1, Margin: margin, Gap: likelyLead, MaxItems: len(differences)})
	if err != nil {
		return 0, err
	}
	for _, difference := range differences {
		if _, err := sequential.Add(difference); err != nil {
			return 0, err
		}
	}
	return sequential.PValue(), nil
}
