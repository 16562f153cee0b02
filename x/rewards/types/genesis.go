package types

import (
	"cmp"
	"fmt"
	"slices"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis is a chain that has paid nobody yet.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the state against itself: ranges, duplicates, orders and sums. It returns
// ErrParamsInvalid, an error of a vote, or ErrGenesisInvalid, naming the entry.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	voters := make(map[string]bool, len(g.Votes))
	for _, v := range g.Votes {
		if voters[v.Voter] {
			return errorsmod.Wrapf(ErrGenesisInvalid, "%s votes twice", v.Voter)
		}
		voters[v.Voter] = true
		// The absolute bound: a vote that was cast stands when governance lowers the parameter.
		if err := v.validate(maxVoteTargets); err != nil {
			return errorsmod.Wrapf(err, "vote of %s", v.Voter)
		}
	}
	if err := g.Tally.validate(); err != nil {
		return err
	}
	pending := make(map[uint32]bool, len(g.Pending))
	for _, p := range g.Pending {
		if pending[p.Netuid] || p.Amount == 0 {
			return errorsmod.Wrapf(ErrGenesisInvalid, "pending emission of netuid %d is 0 or named twice", p.Netuid)
		}
		pending[p.Netuid] = true
	}
	ledgers := make(map[uint32]bool, len(g.Ledgers))
	for _, l := range g.Ledgers {
		if ledgers[l.Netuid] {
			return errorsmod.Wrapf(ErrGenesisInvalid, "ledger of netuid %d is there twice", l.Netuid)
		}
		ledgers[l.Netuid] = true
		if err := validateColumn(l.MinerIds, l.Amounts); err != nil {
			return errorsmod.Wrapf(err, "ledger of netuid %d", l.Netuid)
		}
	}
	bonds := make(map[string]bool, len(g.Bonds))
	for _, b := range g.Bonds {
		name := fmt.Sprintf("bonds of %s on benchmark %d of netuid %d", b.Hotkey, b.Benchmark, b.Netuid)
		if bonds[name] {
			return errorsmod.Wrapf(ErrGenesisInvalid, "%s are there twice", name)
		}
		bonds[name] = true
		if err := validateColumn(b.MinerIds, b.Bonds); err != nil {
			return errorsmod.Wrap(err, name)
		}
		for i, bond := range b.Bonds {
			if bond > BondOne {
				return errorsmod.Wrapf(ErrGenesisInvalid, "%s: miner %d has %d, at most %d", name, b.MinerIds[i], bond, uint64(BondOne))
			}
		}
	}
	if err := g.AutoClaim.validate(g.Params); err != nil {
		return err
	}
	return g.validateResults()
}

// validateResults checks the results subnet by subnet; they may stand in any order.
func (g GenesisState) validateResults() error {
	var netuids []uint32
	of := make(map[uint32][]EpochResult) // netuid -> its results; never ranged over
	for _, r := range g.Results {
		if len(of[r.Netuid]) == 0 {
			netuids = append(netuids, r.Netuid)
		}
		of[r.Netuid] = append(of[r.Netuid], r)
	}
	for _, netuid := range netuids {
		results := of[netuid]
		slices.SortStableFunc(results, func(a, b EpochResult) int { return cmp.Compare(a.Benchmark, b.Benchmark) })
		if err := ValidateResults(results); err != nil {
			return err
		}
	}
	return nil
}

// validate checks a standing vote: as sent in a message, but never empty, and by ascending netuid.
func (v EmissionVote) validate(maxTargets uint32) error {
	normal, err := NormalizeWeights(v.Weights, maxTargets)
	if err != nil {
		return err
	}
	if len(normal) == 0 {
		return errorsmod.Wrap(ErrGenesisInvalid, "no weights")
	}
	for i := range normal {
		if normal[i] != v.Weights[i] {
			return errorsmod.Wrap(ErrGenesisInvalid, "weights must ascend by netuid")
		}
	}
	return nil
}

// validate checks a tally: by ascending netuid, neither powers nor shares above the whole, and nothing
// before the first count.
func (t Tally) validate() error {
	if t.Height < 0 || t.Height == 0 && (t.TotalPower > 0 || len(t.Subnets) > 0) {
		return errorsmod.Wrapf(ErrGenesisInvalid, "tally: counted at height %d", t.Height)
	}
	var last uint32
	powers, shares := t.TotalPower, uint64(TallyUnit) // what is left of them
	for _, s := range t.Subnets {
		switch {
		case s.Netuid <= last:
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d follows %d", s.Netuid, last)
		case s.Power == 0 && s.Share == 0:
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d has neither power nor a share: leave it out", s.Netuid)
		case s.Power > powers:
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d has a power of %d, %d of %d are left", s.Netuid, s.Power, powers, t.TotalPower)
		case s.Share > shares:
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d has a share of %d, %d are left", s.Netuid, s.Share, shares)
		}
		last, powers, shares = s.Netuid, powers-s.Power, shares-s.Share
	}
	return nil
}

// validate checks where automatic claims stand: a cursor belongs to a round, and a round to an interval.
func (a AutoClaim) validate(p Params) error {
	switch {
	case a.NextHeight < 0:
		return errorsmod.Wrapf(ErrGenesisInvalid, "automatic claims: next_height is %d", a.NextHeight)
	case p.AutoClaimInterval == 0 && a != AutoClaim{}:
		return errorsmod.Wrap(ErrGenesisInvalid, "automatic claims: there are rounds, but auto_claim_interval is 0")
	case !a.Running && (a.Netuid != 0 || a.MinerId != 0):
		return errorsmod.Wrapf(ErrGenesisInvalid, "automatic claims: no round is under way, yet it stands at miner %d of netuid %d", a.MinerId, a.Netuid)
	}
	return nil
}

// validateColumn checks one number per miner: identities ascend, no number is 0.
func validateColumn(ids, values []uint64) error {
	if len(ids) != len(values) {
		return errorsmod.Wrapf(ErrGenesisInvalid, "%d miners have %d numbers", len(ids), len(values))
	}
	if !ascending(ids) {
		return errorsmod.Wrap(ErrGenesisInvalid, "miners must ascend by identity, from 1")
	}
	for i, id := range ids {
		if values[i] == 0 {
			return errorsmod.Wrapf(ErrGenesisInvalid, "miner %d has 0: leave it out", id)
		}
	}
	return nil
}

// ascending tells whether identities are above 0 and strictly ascending.
func ascending(ids []uint64) bool {
	last := uint64(0)
	for _, id := range ids {
		if id <= last {
			return false
		}
		last = id
	}
	return true
}

// ValidateResults checks the results of one subnet's last epoch, by ascending benchmark: each in itself, and that they are
// of one epoch and the same miners, with shares that add up to the whole. It returns ErrGenesisInvalid, naming the benchmark.
// None at all is valid: the subnet has closed no epoch.
func ValidateResults(results []EpochResult) error {
	var shares uint64
	for i, r := range results {
		if err := r.Validate(); err != nil {
			return errorsmod.Wrapf(err, "result of benchmark %d of netuid %d", r.Benchmark, r.Netuid)
		}
		shares += uint64(r.ShareBp)
		if i == 0 {
			continue
		}
		first, before := results[0], results[i-1]
		if r.Benchmark <= before.Benchmark {
			return errorsmod.Wrapf(ErrGenesisInvalid, "netuid %d: the result of benchmark %d follows that of %d", r.Netuid, r.Benchmark, before.Benchmark)
		}
		if r.Netuid != first.Netuid || r.Epoch != first.Epoch || r.Height != first.Height || !slices.Equal(r.MinerIds, first.MinerIds) {
			return errorsmod.Wrapf(ErrGenesisInvalid, "netuid %d: the results of benchmarks %d and %d differ in epoch, height or miners", r.Netuid, first.Benchmark, r.Benchmark)
		}
	}
	if len(results) > 0 && shares != BasisPoints {
		return errorsmod.Wrapf(ErrGenesisInvalid, "netuid %d: the benchmarks' shares add up to %d, not %d", results[0].Netuid, shares, BasisPoints)
	}
	return nil
}

// Validate checks that an epoch paid, burned and carried exactly what was pending, that its parts add
// up to its totals, that its columns have one length and no share exceeds the whole. It returns
// ErrGenesisInvalid.
func (r EpochResult) Validate() error {
	n := len(r.MinerIds)
	if len(r.Incentives) != n || len(r.Consensus) != n || len(r.Amounts) != n {
		return errorsmod.Wrapf(ErrGenesisInvalid, "%d miners, but %d incentives, %d consensus and %d amounts", n, len(r.Incentives), len(r.Consensus), len(r.Amounts))
	}
	if r.Height < 0 {
		return errorsmod.Wrapf(ErrGenesisInvalid, "closed at height %d", r.Height)
	}
	if !ascending(r.MinerIds) {
		return errorsmod.Wrap(ErrGenesisInvalid, "miners must ascend by identity, from 1")
	}
	for i := range r.MinerIds {
		if r.Incentives[i] > ShareUnit || r.Consensus[i] > ShareUnit {
			return errorsmod.Wrapf(ErrGenesisInvalid, "miner %d has an incentive of %d and a consensus of %d, at most %d",
				r.MinerIds[i], r.Incentives[i], r.Consensus[i], ShareUnit)
		}
	}
	if sum, ok := add(r.OwnerAmount, r.MinerAmount, r.ValidatorAmount, r.Burned, r.Carried); !ok || sum != r.Pending {
		return errorsmod.Wrapf(ErrGenesisInvalid, "pending %d is not owner %d + miners %d + validators %d + burned %d + carried %d",
			r.Pending, r.OwnerAmount, r.MinerAmount, r.ValidatorAmount, r.Burned, r.Carried)
	}
	if sum, ok := add(r.Amounts...); !ok || sum != r.MinerAmount {
		return errorsmod.Wrapf(ErrGenesisInvalid, "the miners' amounts do not add up to %d", r.MinerAmount)
	}
	amounts := make([]uint64, len(r.Validators))
	for i, v := range r.Validators {
		if v.Trust > ShareUnit || v.Dividends > ShareUnit {
			return errorsmod.Wrapf(ErrGenesisInvalid, "hotkey %s has a trust of %d and dividends of %d, at most %d", v.Hotkey, v.Trust, v.Dividends, ShareUnit)
		}
		amounts[i] = v.Amount
	}
	if sum, ok := add(amounts...); !ok || sum != r.ValidatorAmount {
		return errorsmod.Wrapf(ErrGenesisInvalid, "the validators' amounts do not add up to %d", r.ValidatorAmount)
	}
	return nil
}

// add sums up; it reports false where the sum exceeds 64 bits.
func add(values ...uint64) (uint64, bool) {
	var sum uint64
	for _, v := range values {
		if sum+v < sum {
			return 0, false
		}
		sum += v
	}
	return sum, true
}
