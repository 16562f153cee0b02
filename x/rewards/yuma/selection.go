package yuma

import "math/bits"

const (
	// few candidates are compared each with each; more are told apart by value first.
	few = 8
	// bucketBits is how many leading bits of the candidates' range one round looks at, at most: about
	// as many buckets as candidates.
	bucketBits = 7
	buckets    = 1 << bucketBits
)

// vote is one validator's normalised weight for a miner, and the power behind it.
type vote struct{ weight, power uint64 }

// selection finds the weight that decides consensus. It holds scratch memory only.
type selection struct {
	kept    []vote
	buckets [buckets]bucket
	next    [MaxValidators]uint16 // by candidate: the one after it in its bucket, counted from 1
	walked  int                   // votes looked at since the workspace began: the cost, independent of the clock
}

// bucket is some candidates of about the same weight.
type bucket struct {
	power uint64
	first uint64 // candidate, counted from 1
}

// prepare makes room for so many candidates.
func (s *selection) prepare(candidates int) {
	s.kept = resize(s.kept, candidates)
}

// consensus is the largest weight w such that the powers of the votes with a weight of at least w
// add up to need or more; 0 when all of them together do not. The sum of all powers must fit 64
// bits. The votes are not changed.
//
// A round shares the candidates out between buckets of equal width over the range of their weights
// and keeps the bucket in which the answer lies. The range becomes at least 64 times narrower each
// time (16 times where there are fewer than 32 candidates): however the weights were chosen, sixteen
// rounds are the most, and eleven from 64 candidates on.
func (s *selection) consensus(votes []vote, need uint64) uint64 {
	for len(votes) > few {
		low, high := span(votes)
		leading := min(bucketBits, bits.Len(uint(len(votes))))
		shift := uint(max(0, bits.Len64(high-low)-leading)) & 63
		clear(s.buckets[:1<<leading])
		s.share(votes, low, shift)
		s.walked += len(votes)
		at := (high - low) >> shift
		for ; s.buckets[at%buckets].power < need; at-- {
			need -= s.buckets[at%buckets].power
			if at == 0 {
				return 0
			}
		}
		if shift == 0 {
			return low + at
		}
		votes = s.keep(votes, s.buckets[at%buckets].first)
	}
	s.walked += len(votes) * len(votes)
	return byDefinition(votes, need)
}

// span is the smallest and the largest weight.
func span(votes []vote) (low, high uint64) {
	low = votes[0].weight
	for _, v := range votes {
		low, high = min(low, v.weight), max(high, v.weight)
	}
	return low, high
}

// share fills the buckets, which must be empty: from the last candidate to the first, so that a
// bucket lists its own in ascending order.
func (s *selection) share(votes []vote, low uint64, shift uint) {
	for k := len(votes) - 1; k >= 0; k-- {
		v := &votes[k]
		b := &s.buckets[(v.weight-low)>>(shift&63)%buckets]
		b.power += v.power
		s.next[k%MaxValidators] = uint16(b.first)
		b.first = uint64(k) + 1
	}
}

// keep returns the candidates of the bucket that begins with first, in their order: what is written
// never lies behind what is still to be read, so the candidates may be those of the round before.
func (s *selection) keep(votes []vote, first uint64) []vote {
	n := 0
	for k := first; k > 0; k = uint64(s.next[k-1]) {
		s.kept[n] = votes[k-1]
		n++
	}
	return s.kept[:n]
}

// byDefinition is the definition itself, candidate by candidate. For a few of them it is the fastest, as
// it has no branch that depends on their order.
func byDefinition(votes []vote, need uint64) uint64 {
	var best uint64
	for _, candidate := range votes {
		var agreeing uint64
		for _, v := range votes {
			_, below := bits.Sub64(v.weight, candidate.weight, 0)
			agreeing += v.power & (below - 1)
		}
		if agreeing >= need {
			best = max(best, candidate.weight)
		}
	}
	return best
}
