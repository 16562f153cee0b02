package types

import (
	"fmt"

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
		name := fmt.Sprintf("bonds of %s on netuid %d", b.Hotkey, b.Netuid)
		if bonds[name] {
			return errorsmod.Wrapf(ErrGenesisInvalid, "%s are there twice", name)
		}
		bonds[name] = true
		if err := validateColumn(b.MinerIds, b.Bonds); err != nil {
			return errorsmod.Wrap(err, name)
		}
	}
	results := make(map[uint32]bool, len(g.Results))
	for _, r := range g.Results {
		if results[r.Netuid] {
			return errorsmod.Wrapf(ErrGenesisInvalid, "result of netuid %d is there twice", r.Netuid)
		}
		results[r.Netuid] = true
		if err := r.Validate(); err != nil {
			return errorsmod.Wrapf(err, "result of netuid %d", r.Netuid)
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

func (t Tally) validate() error {
	for i, s := range t.Subnets {
		if i > 0 && s.Netuid <= t.Subnets[i-1].Netuid {
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d follows %d", s.Netuid, t.Subnets[i-1].Netuid)
		}
		if s.Power > t.TotalPower {
			return errorsmod.Wrapf(ErrGenesisInvalid, "tally: netuid %d has %d of %d", s.Netuid, s.Power, t.TotalPower)
		}
	}
	return nil
}

// validateColumn checks one number per miner: identities ascend, no number is 0.
func validateColumn(ids, values []uint64) error {
	if len(ids) != len(values) {
		return errorsmod.Wrapf(ErrGenesisInvalid, "%d miners have %d numbers", len(ids), len(values))
	}
	last := uint64(0)
	for i, id := range ids {
		if id <= last {
			return errorsmod.Wrapf(ErrGenesisInvalid, "miner %d follows %d", id, last)
		}
		if values[i] == 0 {
			return errorsmod.Wrapf(ErrGenesisInvalid, "miner %d has 0: leave it out", id)
		}
		last = id
	}
	return nil
}

// Validate checks that an epoch paid, burned and carried exactly what was pending, that its parts add
// up to its totals, and that its columns have one length. It returns ErrGenesisInvalid.
func (r EpochResult) Validate() error {
	n := len(r.MinerIds)
	if len(r.Incentives) != n || len(r.Consensus) != n || len(r.Amounts) != n {
		return errorsmod.Wrapf(ErrGenesisInvalid, "%d miners, but %d incentives, %d consensus and %d amounts", n, len(r.Incentives), len(r.Consensus), len(r.Amounts))
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
