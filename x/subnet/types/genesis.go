package types

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/agora-network/agora/x/subnet/scorehash"
)

// DefaultGenesis is a chain without subnets.
func DefaultGenesis() *GenesisState {
	params := DefaultParams()
	return &GenesisState{Params: params, NextNetuid: 1, DepositPrice: params.SubnetDepositMin}
}

// Validate checks that the state is complete and consistent in itself: every range, no duplicates,
// nothing that refers to what is not there, counters that fit what they count.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.NextNetuid == 0 {
		return errors.New("next_netuid is 0: netuids begin at 1")
	}
	if g.DepositHeight < 0 {
		return fmt.Errorf("deposit_height is %d", g.DepositHeight)
	}
	if n := len(g.Beacon); n != 0 && n != BeaconSize {
		return fmt.Errorf("beacon has %d bytes, it is %d or empty", n, BeaconSize)
	}
	subnets, err := g.validateSubnets()
	if err != nil {
		return err
	}
	return cmp.Or(
		g.validateVoteShares(),
		g.validateBeaconKeys(),
		g.validateParamChanges(subnets),
		g.validateBenchmarks(subnets),
		g.validateBounds(subnets),
		g.validateMiners(subnets),
		g.validateAppointments(subnets),
		g.validateScores(subnets),
		g.validateRefusals(subnets),
	)
}

// set remembers what was seen, to find duplicates. It is never ranged over.
type set[K comparable] map[K]struct{}

// add returns false when the key was there.
func (s set[K]) add(key K) bool {
	_, seen := s[key]
	s[key] = struct{}{}
	return !seen
}

func (s set[K]) has(key K) bool {
	_, seen := s[key]
	return seen
}

func (g GenesisState) validateSubnets() (map[uint32]Subnet, error) {
	subnets := make(map[uint32]Subnet, len(g.Subnets))
	var deposits uint64
	for _, s := range g.Subnets {
		if _, seen := subnets[s.Netuid]; seen {
			return nil, fmt.Errorf("subnet %d is there twice", s.Netuid)
		}
		if err := s.validate(g.NextNetuid); err != nil {
			return nil, fmt.Errorf("subnet %d: %w", s.Netuid, err)
		}
		if s.Deposit > math.MaxUint64-deposits {
			return nil, errors.New("the deposits do not fit 64 bits")
		}
		deposits += s.Deposit
		subnets[s.Netuid] = s
	}
	return subnets, nil
}

func (s Subnet) validate(nextNetuid uint32) error {
	switch {
	case s.Netuid == 0 || s.Netuid >= nextNetuid:
		return fmt.Errorf("netuid is not between 1 and next_netuid, %d", nextNetuid)
	case s.Owner == "":
		return errors.New("it has no owner")
	case s.Status != SUBNET_STATUS_INACTIVE && s.Status != SUBNET_STATUS_ACTIVE:
		return fmt.Errorf("its status is %d", s.Status)
	case s.NextMinerId == 0:
		return errors.New("next_miner_id is 0: identities begin at 1")
	case s.MinerCount > s.Params.MaxMiners:
		return fmt.Errorf("it has %d miners in %d slots", s.MinerCount, s.Params.MaxMiners)
	case s.PausedHeight < 0:
		return fmt.Errorf("paused_height is %d", s.PausedHeight)
	case s.Status == SUBNET_STATUS_ACTIVE && s.EpochStartHeight < 1:
		return errors.New("it is active without an epoch")
	}
	if err := s.Params.Validate(); err != nil {
		return err
	}
	return s.validatePlans()
}

// validateVoteShares does not ask for the subnets: one may have been removed since the votes were counted.
func (g GenesisState) validateVoteShares() error {
	var last uint32
	for _, share := range g.VoteShares {
		switch {
		case share.Netuid <= last:
			return fmt.Errorf("vote share of subnet %d follows that of subnet %d", share.Netuid, last)
		case share.Netuid >= g.NextNetuid:
			return fmt.Errorf("vote share of subnet %d: next_netuid is %d", share.Netuid, g.NextNetuid)
		case share.Share > WholeShare:
			return fmt.Errorf("vote share of subnet %d is %d, the whole is %d", share.Netuid, share.Share, uint64(WholeShare))
		}
		last = share.Netuid
	}
	return nil
}

func (g GenesisState) validateBenchmarks(subnets map[uint32]Subnet) error {
	type key struct{ netuid, benchmark, version uint32 }
	seen := set[key]{}
	counts := map[uint32]uint32{}
	for _, b := range g.Benchmarks {
		what := func(wrong error) error {
			return fmt.Errorf("version %d of benchmark %d of subnet %d: %w", b.Version, b.Benchmark, b.Netuid, wrong)
		}
		s, ok := subnets[b.Netuid]
		switch {
		case !ok:
			return what(errors.New("no such subnet"))
		case int(b.Benchmark) >= len(s.LatestVersions):
			return what(fmt.Errorf("the subnet has %d benchmarks", len(s.LatestVersions)))
		case b.Version == 0 || b.Version > s.LatestVersions[b.Benchmark]:
			return what(fmt.Errorf("versions are 1 to %d", s.LatestVersions[b.Benchmark]))
		case b.ActivationHeight < 0:
			return what(fmt.Errorf("activation_height is %d", b.ActivationHeight))
		case !seen.add(key{b.Netuid, b.Benchmark, b.Version}):
			return what(errors.New("it is there twice"))
		}
		counts[b.Netuid]++
		if err := (&MsgProposeBenchmark{Spec: b.Spec, Digest: b.Digest, Blobs: b.Blobs, Benchmark: b.Benchmark}).ValidateBasic(); err != nil {
			return what(err)
		}
	}
	for _, s := range g.Subnets {
		// Versions that were withdrawn are missing.
		if s.Status == SUBNET_STATUS_ACTIVE && counts[s.Netuid] == 0 {
			return fmt.Errorf("subnet %d is active without a benchmark", s.Netuid)
		}
	}
	return nil
}

func (g GenesisState) validateMiners(subnets map[uint32]Subnet) error {
	type identity struct {
		netuid uint32
		id     uint64
	}
	owners := make(map[identity]string, len(g.MinerOwners))
	for _, o := range g.MinerOwners {
		key := identity{o.Netuid, o.MinerId}
		s, ok := subnets[o.Netuid]
		switch _, seen := owners[key]; {
		case o.Netuid == 0 || o.Netuid >= g.NextNetuid:
			return fmt.Errorf("owner of miner %d: no subnet %d was ever registered", o.MinerId, o.Netuid)
		// Owners outlive a subnet that was removed.
		case o.MinerId == 0 || (ok && o.MinerId >= s.NextMinerId):
			return fmt.Errorf("owner of miner %d on subnet %d: next_miner_id is %d", o.MinerId, o.Netuid, s.NextMinerId)
		case seen:
			return fmt.Errorf("owner of miner %d on subnet %d is there twice", o.MinerId, o.Netuid)
		case o.Owner == "":
			return fmt.Errorf("miner %d on subnet %d has no owner", o.MinerId, o.Netuid)
		}
		owners[key] = o.Owner
	}
	type slot struct{ netuid, uid uint32 }
	type hotkey struct {
		netuid uint32
		hotkey string
	}
	slots, hotkeys, identities := set[slot]{}, set[hotkey]{}, set[identity]{}
	counts := map[uint32]uint32{}
	for _, m := range g.Miners {
		_, ok := subnets[m.Netuid]
		switch {
		case m.HasSlot() && !ok:
			return fmt.Errorf("miner %d: no subnet %d", m.MinerId, m.Netuid)
		case !identities.add(identity{m.Netuid, m.MinerId}):
			return fmt.Errorf("miner %d is on subnet %d twice", m.MinerId, m.Netuid)
		case owners[identity{m.Netuid, m.MinerId}] != m.Owner:
			return fmt.Errorf("miner %d on subnet %d belongs to %s, miner_owners says %q", m.MinerId, m.Netuid, m.Owner, owners[identity{m.Netuid, m.MinerId}])
		}
		if err := m.validateBond(); err != nil {
			return fmt.Errorf("miner %d on subnet %d: %w", m.MinerId, m.Netuid, err)
		}
		if !m.HasSlot() {
			continue
		}
		switch {
		case m.Uid >= maxRowEntries:
			return fmt.Errorf("miner %d on subnet %d has slot %d, slots are 0 to %d", m.MinerId, m.Netuid, m.Uid, maxRowEntries-1)
		case !slots.add(slot{m.Netuid, m.Uid}):
			return fmt.Errorf("slot %d of subnet %d is taken twice", m.Uid, m.Netuid)
		case !hotkeys.add(hotkey{m.Netuid, m.Hotkey}):
			return fmt.Errorf("hotkey %s is on subnet %d twice", m.Hotkey, m.Netuid)
		}
		counts[m.Netuid]++
		if err := (&MsgServe{Endpoints: m.Endpoints, TlsPin: m.TlsPin, Protocols: m.Protocols, Capabilities: m.Capabilities}).ValidateBasic(); err != nil {
			return fmt.Errorf("miner %d on subnet %d: %w", m.MinerId, m.Netuid, err)
		}
		if m.Model != nil {
			if err := m.Model.validate(); err != nil {
				return fmt.Errorf("miner %d on subnet %d: %w", m.MinerId, m.Netuid, err)
			}
		}
	}
	for _, s := range g.Subnets {
		if counts[s.Netuid] != s.MinerCount {
			return fmt.Errorf("subnet %d has %d miners, miner_count says %d", s.Netuid, counts[s.Netuid], s.MinerCount)
		}
	}
	return nil
}

func (g GenesisState) validateAppointments(subnets map[uint32]Subnet) error {
	type place struct {
		validator string
		netuid    uint32
	}
	type key struct {
		place
		hotkey string
	}
	mining := set[string]{}
	for _, m := range g.Miners {
		mining.add(m.Hotkey)
	}
	seen := set[key]{}
	holders := map[string]string{}
	shares, counts := map[place]uint32{}, map[place]int{}
	for _, a := range g.Appointments {
		where := place{a.Validator, a.Netuid}
		_, ok := subnets[a.Netuid]
		holder, held := holders[a.Hotkey]
		switch {
		case a.Netuid != 0 && !ok:
			return fmt.Errorf("appointment of %s: no subnet %d", a.Hotkey, a.Netuid)
		case a.ShareBp == 0 || a.ShareBp > BasisPoints:
			return fmt.Errorf("appointment of %s: share_bp is %d", a.Hotkey, a.ShareBp)
		case !seen.add(key{where, a.Hotkey}):
			return fmt.Errorf("appointment of %s by %s on netuid %d is there twice", a.Hotkey, a.Validator, a.Netuid)
		case held && holder != a.Validator:
			return fmt.Errorf("hotkey %s scores for %s and for %s", a.Hotkey, holder, a.Validator)
		case mining.has(a.Hotkey):
			return fmt.Errorf("hotkey %s scores and mines", a.Hotkey)
		}
		holders[a.Hotkey] = a.Validator
		shares[where] += a.ShareBp
		counts[where]++
		if shares[where] > BasisPoints || counts[where] > MaxHotkeysPerValidator {
			return fmt.Errorf("hotkeys of %s on netuid %d: %d with %d basis points", a.Validator, a.Netuid, counts[where], shares[where])
		}
	}
	return nil
}

func (g GenesisState) validateScores(subnets map[uint32]Subnet) error {
	type epochKey struct {
		netuid uint32
		epoch  uint64
	}
	type scoreKey struct {
		epochKey
		benchmark uint32
		hotkey    string
	}
	type recordKey struct {
		netuid    uint32
		hotkey    string
		benchmark uint32
	}
	// past tells whether an epoch has begun on its subnet.
	past := func(netuid uint32, epoch uint64) bool {
		s, ok := subnets[netuid]
		return ok && s.Status == SUBNET_STATUS_ACTIVE && epoch <= s.Epoch
	}
	epochs := set[epochKey]{}
	for _, e := range g.Epochs {
		if !past(e.Netuid, e.Index) || len(e.Beacon) != BeaconSize {
			return fmt.Errorf("epoch %d of subnet %d has not begun or has a beacon of %d bytes", e.Index, e.Netuid, len(e.Beacon))
		}
		if !epochs.add(epochKey{e.Netuid, e.Index}) {
			return fmt.Errorf("epoch %d of subnet %d is there twice", e.Index, e.Netuid)
		}
		if err := e.validateBenchmarks(); err != nil {
			return fmt.Errorf("epoch %d of subnet %d: %w", e.Index, e.Netuid, err)
		}
	}
	records := set[recordKey]{}
	for _, r := range g.Records {
		if _, ok := subnets[r.Netuid]; !ok || r.Benchmark >= MaxBenchmarks || !records.add(recordKey{r.Netuid, r.Hotkey, r.Benchmark}) {
			return fmt.Errorf("record of %s on benchmark %d of subnet %d: no such subnet or benchmark, or it is there twice", r.Hotkey, r.Benchmark, r.Netuid)
		}
	}
	for _, e := range g.Epochs {
		for _, p := range e.Permits {
			for _, b := range e.Benchmarks {
				if !records.has(recordKey{e.Netuid, p.Hotkey, b.Benchmark}) {
					return fmt.Errorf("permit of %s in epoch %d of subnet %d has no record on benchmark %d", p.Hotkey, e.Index, e.Netuid, b.Benchmark)
				}
			}
		}
	}
	opened := map[scoreKey]bool{}
	for _, c := range g.Commits {
		key := scoreKey{epochKey{c.Netuid, c.Epoch}, c.Benchmark, c.Hotkey}
		// Scores that were set in the open have no hash.
		hashed := len(c.Hash) == scorehash.Size || (len(c.Hash) == 0 && c.Revealed)
		if _, seen := opened[key]; seen || !past(c.Netuid, c.Epoch) || !hashed || !records.has(recordKey{c.Netuid, c.Hotkey, c.Benchmark}) {
			return fmt.Errorf("commit of %s in epoch %d of subnet %d: it is there twice, before its time, without a record or with a hash of %d bytes", c.Hotkey, c.Epoch, c.Netuid, len(c.Hash))
		}
		opened[key] = c.Revealed
	}
	rows := set[scoreKey]{}
	for _, r := range g.Rows {
		key := scoreKey{epochKey{r.Netuid, r.Epoch}, r.Benchmark, r.Hotkey}
		if !opened[key] || !rows.add(key) {
			return fmt.Errorf("row of %s in epoch %d of subnet %d: it is there twice or its commit was not opened", r.Hotkey, r.Epoch, r.Netuid)
		}
		if err := checkRow(r.MinerIds, r.Weights, r.EvidenceRoot, r.Items); err != nil {
			return fmt.Errorf("row of %s in epoch %d of subnet %d: %w", r.Hotkey, r.Epoch, r.Netuid, err)
		}
	}
	return nil
}
