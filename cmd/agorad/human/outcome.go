package human

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// benchmarkShare is a benchmark with its share of a subnet's emission.
type benchmarkShare struct {
	Benchmark uint32 `json:"benchmark"`
	ShareBp   uint32 `json:"share_bp"`
}

// earned is what an epoch gave a miner: shares of 10^9, and uagora.
type earned struct {
	incentive, consensus, amount uint64
}

// outcome is what an epoch came to, over its benchmarks.
type outcome struct {
	// epoch is nil before the first has closed.
	epoch      *uint64
	benchmarks []benchmarkShare
	miners     map[uint64]earned
	validators []validatorLine
}

// outcomeOf adds up the results of an epoch. Amounts are added; incentive, consensus, trust and dividends are the means of the
// benchmarks by their shares.
func outcomeOf(results []rewardstypes.EpochResult) outcome {
	sums := outcome{benchmarks: []benchmarkShare{}, miners: map[uint64]earned{}, validators: []validatorLine{}}
	var shares uint64
	for _, r := range results {
		shares += uint64(r.ShareBp)
	}
	seats := map[string]int{}
	for _, r := range results {
		sums.epoch = &r.Epoch
		sums.benchmarks = append(sums.benchmarks, benchmarkShare{r.Benchmark, r.ShareBp})
		part := func(share uint64) uint64 { return partOf(share, uint64(r.ShareBp), shares) }
		for i, id := range r.MinerIds {
			e := sums.miners[id]
			e.incentive = sum(e.incentive, part(at(r.Incentives, i)))
			e.consensus = sum(e.consensus, part(at(r.Consensus, i)))
			e.amount = sum(e.amount, at(r.Amounts, i))
			sums.miners[id] = e
		}
		for _, v := range r.Validators {
			seat, known := seats[v.Hotkey]
			if !known {
				seat = len(sums.validators)
				seats[v.Hotkey] = seat
				sums.validators = append(sums.validators, validatorLine{Validator: v.Validator, Hotkey: v.Hotkey, Power: v.Power})
			}
			line := &sums.validators[seat]
			line.Revealed = line.Revealed || v.Revealed
			line.Trust = sum(line.Trust, part(v.Trust))
			line.Dividends = sum(line.Dividends, part(v.Dividends))
			line.Amount = sum(line.Amount, v.Amount)
		}
	}
	slices.SortStableFunc(sums.validators, func(a, b validatorLine) int { return cmp.Compare(b.Power, a.Power) })
	return sums
}

// partOf is value x share / of; the whole value where there is only one share.
func partOf(value, share, of uint64) uint64 {
	if of == 0 || share >= of {
		return value
	}
	high, low := bits.Mul64(value, share)
	quotient, _ := bits.Div64(high, low, of) // high < of, since share < of
	return quotient
}

// resultOf picks the result of one benchmark.
func resultOf(results []rewardstypes.EpochResult, benchmark uint32, s subnettypes.Subnet) ([]rewardstypes.EpochResult, error) {
	if benchmark >= uint32(len(s.LatestVersions)) {
		return nil, notFound(fmt.Sprintf("agorad subnet show %d lists the benchmarks", s.Netuid), "subnet %d has no benchmark %d", s.Netuid, benchmark)
	}
	for _, r := range results {
		if r.Benchmark == benchmark {
			return []rewardstypes.EpochResult{r}, nil
		}
	}
	if len(results) == 0 {
		return nil, nil
	}
	return nil, notFound(fmt.Sprintf("agorad metagraph %d shows those that were", s.Netuid), "benchmark %d was not paid for in epoch %d", benchmark, results[0].Epoch)
}

// at reads a column; a node that sends a short one must not bring the command down.
func at(column []uint64, i int) uint64 {
	if i >= len(column) {
		return 0
	}
	return column[i]
}
