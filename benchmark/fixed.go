package benchmark

// ScoreOne is the best score: 1 in units of 1e-9.
const ScoreOne int64 = 1_000_000_000

// bpScore is one basis point in units of a score.
const bpScore = ScoreOne / 10_000

// divideHalfEven returns n/d rounded to the nearest integer, halves to the even
// one so that no side is favoured in the long run. n ≥ 0 and 0 < d ≤ 2^62.
func divideHalfEven(n, d int64) int64 {
	quotient, rest := n/d, n%d
	if 2*rest > d || 2*rest == d && quotient%2 == 1 {
		quotient++
	}
	return quotient
}

// clampScore bounds a score to what a score can be.
func clampScore(score int64) int64 { return min(max(score, 0), ScoreOne) }
