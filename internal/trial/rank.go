package trial

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

// ErrNoRank is wrapped by the errors for a score that cannot be set among others.
var ErrNoRank = errors.New("no rank can be given")

// Rival is a miner on a chain. Its standing is known to validators only; what the chain
// shows is the weight that they agree on.
type Rival struct {
	UID     uint32 `json:"uid"`
	MinerID uint64 `json:"miner_id"`
	Model   string `json:"model,omitempty"`
	// Weight is the consensus of the validators on it, in any unit.
	Weight uint64 `json:"weight"`
	// AheadBelow is the standing of the best miner below which the backend, at its mean,
	// is ahead of this one: ScoreOne and more is always, 0 and less never. [Rank] sets it.
	AheadBelow int64 `json:"ahead_below"`
}

// Ranking is where a score would stand among the miners of a chain in time.
//
// The map of a spec turns standings into weights, and is turned round here. That gives
// standings up to one unknown, the standing of the best miner: a score cannot be set
// among others by weights alone. So there is a scenario for each of several standings
// of the best, and the interval over all of them.
type Ranking struct {
	Backend string `json:"backend"`
	// Miners in the ranking, this one included.
	Miners int `json:"miners"`
	// First and Last rank, from 1, over the interval of the score and all standings that
	// the best may have.
	First int `json:"first"`
	Last  int `json:"last"`
	// ShareLow and ShareHigh are the same of the share of what the benchmark pays miners.
	ShareLow  int64      `json:"share_low"`
	ShareHigh int64      `json:"share_high"`
	Scenarios []Scenario `json:"scenarios"`
	Rivals    []Rival    `json:"rivals"`
}

// Scenario is what follows when the best of the rivals has a standing.
type Scenario struct {
	Best int64 `json:"best"`
	// Rank of the mean score, First and Last at the ends of its interval; Share alike.
	Rank      int   `json:"rank"`
	First     int   `json:"first"`
	Last      int   `json:"last"`
	Share     int64 `json:"share"`
	ShareLow  int64 `json:"share_low"`
	ShareHigh int64 `json:"share_high"`
}

// Rank sets the score of a result among rivals. best is the standing of the best of
// them when it is known, else 0. The error wraps [ErrNoRank] where the benchmark
// compares miners with each other, so that a score at a desk means nothing among others,
// or where best is impossible.
func Rank(s *spec.Spec, result *Result, rivals []Rival, best int64) (*Ranking, error) {
	if s.Aggregation.Items != spec.ITEM_AGGREGATION_MEAN {
		return nil, fmt.Errorf("%w: a score of this benchmark is a comparison with the other miners (%s), whose answers are not here", ErrNoRank, aggregationName(s))
	}
	if result.Mean.Questions == 0 {
		return nil, fmt.Errorf("%w: no question counted", ErrNoRank)
	}
	f := newRankedField(s, rivals)
	ranking := &Ranking{Backend: result.Name, Miners: len(rivals) + 1, First: len(rivals) + 1, Last: 1, ShareLow: benchmark.ScoreOne, Rivals: f.rivals}
	bests := f.bests(result.Mean.Mean)
	if best != 0 {
		if best <= f.least || best > benchmark.ScoreOne {
			return nil, fmt.Errorf("%w: with these weights the best stands above %s and at most at 1, not at %s", ErrNoRank, Score(f.least), Score(best))
		}
		bests = []int64{best}
	}
	for _, best := range bests {
		c := f.scenario(best, result.Mean)
		ranking.Scenarios = append(ranking.Scenarios, c)
	}
	// Over the whole range of the best: the ends are worst and best for the newcomer.
	ends := []int64{bests[0], bests[0]}
	if best == 0 && f.top > 0 {
		ends = []int64{benchmark.ScoreOne, f.least + 1}
	}
	for _, end := range ends {
		c := f.scenario(end, result.Mean)
		ranking.First, ranking.Last = min(ranking.First, c.First), max(ranking.Last, c.Last)
		ranking.ShareLow, ranking.ShareHigh = min(ranking.ShareLow, c.ShareLow), max(ranking.ShareHigh, c.ShareHigh)
	}
	for i := range f.rivals {
		f.rivals[i].AheadBelow = f.aheadBelow(f.rivals[i].Weight, result.Mean.Mean)
	}
	return ranking, nil
}

// rankedField are the rivals by falling weight.
type rankedField struct {
	spec     *spec.Spec
	rivals   []Rival
	top      uint64 // the highest weight
	baseline int64
	// least is what the best stands above.
	least int64
}

func newRankedField(s *spec.Spec, rivals []Rival) *rankedField {
	f := &rankedField{spec: s, rivals: slices.Clone(rivals), baseline: int64(s.Weights.BaselineBp) * (benchmark.ScoreOne / spec.OneBp)}
	slices.SortFunc(f.rivals, func(a, b Rival) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.UID, b.UID)) })
	f.least = f.baseline
	if len(f.rivals) == 0 {
		return f
	}
	f.top = f.rivals[0].Weight
	for _, rival := range f.rivals {
		// Everybody with a weight is above the baseline, and so, by more, is the best.
		if rival.Weight > 0 {
			f.least = max(f.least, f.baseline-f.behind(rival.Weight))
		}
	}
	f.least = min(f.least, benchmark.ScoreOne-1)
	return f
}

// temperature of a softmax map in units of a score; 0 for a power map.
func (f *rankedField) temperature() float64 {
	if softmax := f.spec.Weights.GetSoftmax(); softmax != nil {
		return float64(softmax.TemperatureBp) * float64(benchmark.ScoreOne/spec.OneBp)
	}
	return 0
}

// behind is how far, at most 0, a weight stands from the best under a softmax map; 0
// under a power map, which does not tell.
func (f *rankedField) behind(weight uint64) int64 {
	return int64(math.RoundToEven(f.temperature() * math.Log(f.ratio(weight))))
}

func (f *rankedField) ratio(weight uint64) float64 { return float64(weight) / float64(f.top) }

// root is the share of the way from baseline to best under a power map.
func (f *rankedField) root(ratio float64) float64 {
	return math.Pow(ratio, 1/float64(max(f.spec.Weights.GetPower().GetExponent(), 1)))
}

// standing of a weight when the best has one. Of no weight it is the highest with which a
// miner may have none.
func (f *rankedField) standing(weight uint64, best int64) int64 {
	ratio := f.ratio(weight)
	if weight == 0 {
		if f.spec.Weights.TopK > 0 && f.weighted() >= int(f.spec.Weights.TopK) { // behind the last who has one
			return max(f.standing(f.rivals[f.weighted()-1].Weight, best)-1, 0)
		}
		ratio = 0.5 / benchmark.MaxWeight // rounds to nothing
	}
	if f.temperature() > 0 {
		return max(best+int64(math.RoundToEven(f.temperature()*math.Log(ratio))), f.baseline)
	}
	return f.baseline + int64(math.RoundToEven(f.root(ratio)*float64(best-f.baseline)))
}

// weighted is how many have a weight.
func (f *rankedField) weighted() int {
	at, _ := slices.BinarySearchFunc(f.rivals, uint64(0), func(rival Rival, zero uint64) int { return cmp.Compare(zero, rival.Weight) })
	return at
}

// bests are the standings of the best that are shown: perfect, as good as the score, and
// between.
func (f *rankedField) bests(mean int64) []int64 {
	if f.top == 0 { // nobody has a weight: there is no best
		return []int64{f.baseline}
	}
	candidates := []int64{benchmark.ScoreOne, (benchmark.ScoreOne + mean) / 2, mean, (f.least + mean) / 2}
	slices.SortFunc(candidates, func(a, b int64) int { return cmp.Compare(b, a) })
	candidates = slices.DeleteFunc(slices.Compact(candidates), func(best int64) bool { return best <= f.least })
	return candidates
}

// scenario of a standing of the best.
func (f *rankedField) scenario(best int64, score Estimate) Scenario {
	c := Scenario{Best: best}
	c.Rank, c.Share = f.place(best, score.Mean, true)
	c.First, c.ShareHigh = f.place(best, score.High, false)
	c.Last, c.ShareLow = f.place(best, score.Low, true)
	return c
}

// place is the rank and share of a standing. Rivals without a weight are as high as they
// may be, or nowhere.
func (f *rankedField) place(best, own int64, high bool) (rank int, share int64) {
	rank = 1
	standings := []int64{own}
	for _, rival := range f.rivals {
		var standing int64
		switch {
		case rival.Weight > 0:
			standing = f.standing(rival.Weight, best)
		case high && f.top > 0:
			standing = f.standing(0, best)
		case high:
			standing = f.baseline
		}
		if standing > own {
			rank++
		}
		standings = append(standings, standing)
	}
	row := benchmark.Weights(f.spec, standings)
	if row == nil {
		return rank, 0
	}
	var total int64
	for _, weight := range row {
		total += int64(weight)
	}
	return rank, divide(int64(row[0])*benchmark.ScoreOne, total)
}

// aheadBelow is the standing of the best below which a standing is ahead of a weight.
func (f *rankedField) aheadBelow(weight uint64, own int64) int64 {
	switch {
	case own <= f.baseline:
		return 0
	case weight == 0:
		return benchmark.ScoreOne
	case f.temperature() > 0:
		return own - f.behind(weight)
	}
	below := float64(f.baseline) + float64(own-f.baseline)/f.root(f.ratio(weight))
	return int64(math.RoundToEven(min(below, 2*float64(benchmark.ScoreOne))))
}
