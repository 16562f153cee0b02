package stat

import (
	"fmt"
)

// Verdict is what a [Sequential] test has found.
type Verdict int

// The verdicts.
const (
	// Open: the differences so far do not decide, and more may come.
	Open Verdict = iota
	// Above: the mean difference exceeds the margin.
	Above
	// Below: the mean difference is less than the margin.
	Below
	// Exhausted: the most items were used and nothing is decided.
	Exhausted
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case Open:
		return "open"
	case Above:
		return "above"
	case Below:
		return "below"
	case Exhausted:
		return "exhausted"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// SequentialPlan says what a sequential test must find out.
type SequentialPlan struct {
	// Alpha is the chance of a wrong verdict that is allowed, in units, 1 to One/2.
	Alpha int64
	// Margin is the mean difference that is tested, in units, within ±(One-1): 0 to tell
	// which of two is better, the margin of a champion to tell whether it is beaten.
	Margin int64
	// Gap is the distance from the margin, in units, 1 to One, at which the test should
	// need the fewest items. It affects how soon a verdict comes, never whether it is right.
	// Smaller true distances are found too, but late.
	Gap int64
	// MaxItems ends the test without a verdict; 1 to [MaxItems].
	MaxItems int
}

// Validate says what is wrong with the plan; the error wraps [ErrRange].
func (p SequentialPlan) Validate() error {
	for _, err := range []error{
		checkRange("alpha", p.Alpha, 1, One/2),
		checkRange("margin", p.Margin, 1-One, One-1),
		checkRange("gap", p.Gap, 1, One),
		checkRange("most items", int64(p.MaxItems), 1, MaxItems),
	} {
		if err != nil {
			return fmt.Errorf("plan of a sequential test: %w", err)
		}
	}
	return nil
}

// Sequential tests the mean of paired differences (the score of one player less that of
// another on the same item) as they come, and may be looked at after each of them: the
// chance that it ever gives a wrong verdict is at most alpha, for any distribution within
// ±[One] and however long it runs. With differences far from the margin it stops after a
// few items, where a test of fixed size would go on.
//
// How: two gamblers start with a capital of 1. One bets that the mean exceeds the margin,
// the other that it is less. Each spreads its capital over several bets; a bet of λ on a
// difference d multiplies its part by 1 ± λ·(d - margin). λ depends on earlier differences
// only, so if the mean is on the other side of the margin, the capital is a nonnegative
// supermartingale and, by Ville's inequality, ever reaches 2/alpha with a chance of at most
// alpha/2. Reaching it is the verdict. The bets are multiples of Gap over the running mean
// square of the differences, close to the ones that grow fastest when the distance is about
// Gap.
//
// It is plain arithmetic in a fixed order: the same differences in the same order give the
// same verdict, interval and p-value everywhere. A Sequential belongs to one goroutine.
//
// Source: I. Waudby-Smith, A. Ramdas, Estimating Means of Bounded Random Variables by
// Betting, JRSS B 86 (2024): section 4 and theorem 3 for validity with any predictable bets,
// appendix B for how to bet; J. Ville (1939).
type Sequential struct {
	plan        SequentialPlan
	differences []int64
	above       gambler
	below       gambler
	square      float64 // 1 + sum of squared differences
	best        float64 // largest capital of either gambler so far
	verdict     Verdict
}

// multiples of Gap over the mean square that the bets are, and how the capital is spread over them.
var (
	multiples = [5]float64{0.25, 0.5, 1, 2, 4}
	spread    = [5]float64{1. / 16, 3. / 16, 8. / 16, 3. / 16, 1. / 16}
)

// largestBet keeps every factor positive for all margins, so that capital falls as the
// margin rises and an interval can be found by bisection.
const largestBet = 0.499

// gambler is a capital that is spread over bets.
type gambler [5]float64

func (g *gambler) start() { *g = spread }

// bets returns the bets on the next difference.
func bets(gap, meanSquare float64) (out [5]float64) {
	for k, multiple := range multiples {
		out[k] = min(float64(multiple*gap)/meanSquare, largestBet)
	}
	return out
}

// play bets on an outcome that is within ±2 and returns the capital.
func (g *gambler) play(outcome float64, bets [5]float64) float64 {
	capital := 0.0
	for k, bet := range bets {
		g[k] = float64(g[k] * (1 + float64(bet*outcome)))
		capital += g[k]
	}
	return capital
}

// NewSequential starts a test. The error wraps [ErrRange].
func NewSequential(plan SequentialPlan) (*Sequential, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	s := &Sequential{plan: plan, square: 1, best: 1}
	s.above.start()
	s.below.start()
	return s, nil
}

// Add takes the difference on the next item, in units within ±[One], and returns the verdict.
// What comes after a verdict other than [Open] is not counted. The error wraps [ErrRange] and
// changes nothing.
func (s *Sequential) Add(difference int64) (Verdict, error) {
	if err := checkRange("difference", difference, -One, One); err != nil {
		return s.verdict, fmt.Errorf("sequential test, item %d: %w", len(s.differences), err)
	}
	if s.verdict != Open {
		return s.verdict, nil
	}
	s.differences = append(s.differences, difference)
	next := bets(FromUnits(s.plan.Gap), s.square/float64(len(s.differences)))
	outcome := FromUnits(difference - s.plan.Margin)
	above, below := s.above.play(outcome, next), s.below.play(-outcome, next)
	d := FromUnits(difference)
	s.square += float64(d * d)
	s.best = max(s.best, above, below)
	switch goal := s.goal(); {
	case above >= goal:
		s.verdict = Above
	case below >= goal:
		s.verdict = Below
	case len(s.differences) == s.plan.MaxItems:
		s.verdict = Exhausted
	}
	return s.verdict, nil
}

// goal is the capital that decides: 2/alpha.
func (s *Sequential) goal() float64 { return 2 * float64(One) / float64(s.plan.Alpha) }

// Verdict is what the differences so far have shown.
func (s *Sequential) Verdict() Verdict { return s.verdict }

// Items is how many differences were counted.
func (s *Sequential) Items() int { return len(s.differences) }

// PValue is the two-sided p-value for the claim that the mean difference is the margin, in
// units, 1 to [One]: 2 over the largest capital so far. It holds at any time of looking, so it
// may be corrected for several tests with [Holm].
func (s *Sequential) PValue() int64 { return min(max(ToUnits(2/s.best), 1), One) }

// Interval is a range of units.
type Interval struct{ Low, High int64 }

// Interval returns the mean differences that the gamblers could not rule out, in units: a range
// that holds the true mean at all times together with a chance of at least 1 - alpha. A verdict
// Above means that Low is at least the margin, Below that High is at most the margin. It takes
// about 60 passes over the differences.
func (s *Sequential) Interval() Interval {
	return Interval{
		Low:  s.bound(func(margin int64) bool { return s.replay(margin, false) }),
		High: -s.bound(func(margin int64) bool { return s.replay(-margin, true) }),
	}
}

// bound returns the largest value within ±One that is ruled out, or -One.
func (s *Sequential) bound(ruledOut func(int64) bool) int64 {
	low, high := -One, One // low counts as ruled out, what is above high is not
	for low < high {
		middle := high - (high-low)/2
		if ruledOut(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// replay reports whether a gambler against this margin has the capital that rules it out.
func (s *Sequential) replay(margin int64, below bool) bool {
	var g gambler
	g.start()
	gap, square, capital := FromUnits(s.plan.Gap), 1.0, 1.0
	for i, difference := range s.differences {
		outcome := FromUnits(difference - margin)
		if below {
			outcome = -outcome
		}
		capital = g.play(outcome, bets(gap, square/float64(i+1)))
		d := FromUnits(difference)
		square += float64(d * d)
	}
	return capital >= s.goal()
}
