package human

import (
	"fmt"
	"io"
	"strings"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// permitted is a hotkey that may score in the epoch under way.
type permitted struct {
	Validator string `json:"validator"`
	Hotkey    string `json:"hotkey"`
	Power     uint64 `json:"power,string"`
	// ActiveOn are the benchmarks on which the hotkey counts.
	ActiveOn []uint32 `json:"active_on"`
}

// measured is one of a subnet's benchmarks.
type measured struct {
	Benchmark uint32 `json:"benchmark"`
	// ShareBp of the emission, in basis points: of the epoch under way, or of one that would begin now.
	ShareBp uint32 `json:"share_bp"`
	// ScoredVersion counts in the epoch under way; 0: none does. LatestVersion is the newest that was proposed.
	ScoredVersion uint32 `json:"scored_version"`
	LatestVersion uint32 `json:"latest_version"`
	// FromEpoch and FromHeight are when the newest version counts, if it does not yet.
	FromEpoch  uint64 `json:"from_epoch,omitempty,string"`
	FromHeight int64  `json:"from_height,omitempty,string"`
}

// shareStep is how the benchmarks share the emission from a height on.
type shareStep struct {
	FromHeight int64    `json:"from_height,string"`
	SharesBp   []uint32 `json:"shares_bp"`
}

// deadlines are the heights of the epoch under way by which something is due.
type deadlines struct {
	RevealUntil int64 `json:"reveal_until,string"`
	CommitUntil int64 `json:"commit_until,string"`
	FrozenFrom  int64 `json:"frozen_from,string"`
	// NextEpochAt is when the next epoch begins at the earliest.
	NextEpochAt int64 `json:"next_epoch_at,string"`
}

// payout is what the last closed epoch paid, in uagora.
type payout struct {
	Epoch      uint64 `json:"epoch,string"`
	Height     int64  `json:"height,string"`
	Paid       uint64 `json:"paid,string"`
	Owner      uint64 `json:"owner,string"`
	Miners     uint64 `json:"miners,string"`
	Validators uint64 `json:"validators,string"`
	Burned     uint64 `json:"burned,string"`
	Carried    uint64 `json:"carried,string"`
}

type subnetDetail struct {
	subnetLine
	Description      string `json:"description"`
	Deposit          uint64 `json:"deposit,string"`
	RegisteredHeight int64  `json:"registered_height,string"`
	// ImmuneUntil is the height up to which the subnet cannot be pruned.
	ImmuneUntil       int64      `json:"immune_until,string"`
	StartedHeight     int64      `json:"started_height,string"`
	RegistrationPrice uint64     `json:"registration_price,string"`
	Benchmarks        []measured `json:"benchmarks"`
	// NextShares is the next step of the schedule; null: the shares stay as they are.
	NextShares *shareStep  `json:"next_shares"`
	Due        *deadlines  `json:"due"`
	Permits    []permitted `json:"permits"`
	LastEpoch  *payout     `json:"last_epoch"`

	height int64
}

func showSubnet(r *request) (view, error) {
	netuid, err := parseNetuid(r.args[0])
	if err != nil {
		return nil, err
	}
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	found, err := c.subnets().Subnet(c.ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	s := found.Subnet
	projections, err := c.projections(netuid)
	if err != nil {
		return nil, err
	}
	price, err := c.subnets().RegistrationPrice(c.ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	detail := &subnetDetail{
		subnetLine: c.line(s, found.VoteShare, projections[netuid]), Description: s.Description, Deposit: s.Deposit,
		RegisteredHeight: s.RegisteredHeight, ImmuneUntil: found.ImmuneUntil, StartedHeight: s.StartedHeight,
		RegistrationPrice: price.Price, Permits: []permitted{}, height: c.height,
	}
	if err := detail.now(c, s); err != nil {
		return nil, err
	}
	results, err := c.results(netuid)
	if err != nil {
		return nil, err
	}
	detail.LastEpoch = payoutOf(results)
	return detail, nil
}

// now reads the epoch under way: what is scored by whom, and what is due.
func (d *subnetDetail) now(c *chain, s subnettypes.Subnet) error {
	// A subnet that does not run would begin its epoch like this.
	epoch := subnettypes.Epoch{StartHeight: c.height}
	for number, share := range s.SharesAt(c.height) {
		epoch.Benchmarks = append(epoch.Benchmarks, subnettypes.EpochBenchmark{Benchmark: uint32(number), ShareBp: share})
	}
	if d.Status == statusActive {
		under, err := c.subnets().Epoch(c.ctx, &subnettypes.QueryEpochRequest{Netuid: s.Netuid})
		if err != nil {
			return err
		}
		due, err := c.subnets().NextEpoch(c.ctx, &subnettypes.QueryNextEpochRequest{Netuid: s.Netuid})
		if err != nil {
			return err
		}
		epoch = under.Epoch
		d.Due = &deadlines{due.RevealUntil, due.CommitUntil, due.FrozenFrom, due.NextHeight}
	}
	for _, p := range epoch.Permits {
		d.Permits = append(d.Permits, permitted{p.Validator, p.Hotkey, p.Power, append([]uint32{}, p.ActiveOn...)})
	}
	for _, step := range s.ShareSteps {
		if step.FromHeight > epoch.StartHeight && d.NextShares == nil {
			d.NextShares = &shareStep{step.FromHeight, step.SharesBp}
		}
	}
	return d.measure(c, s, epoch)
}

// measure lists the benchmarks, with when a version counts that does not yet.
func (d *subnetDetail) measure(c *chain, s subnettypes.Subnet, epoch subnettypes.Epoch) error {
	d.Benchmarks = []measured{}
	for i, latest := range s.LatestVersions {
		m := measured{Benchmark: uint32(i), LatestVersion: latest}
		for _, scored := range epoch.Benchmarks {
			if scored.Benchmark == m.Benchmark {
				m.ShareBp, m.ScoredVersion = scored.ShareBp, scored.Version
			}
		}
		if d.Status == statusActive && m.ScoredVersion != latest {
			newest, err := c.subnets().Benchmark(c.ctx, &subnettypes.QueryBenchmarkRequest{Netuid: s.Netuid, Benchmark: m.Benchmark, Version: latest})
			if err != nil {
				return err
			}
			m.FromEpoch, m.FromHeight = newest.Benchmark.ActivationEpoch, newest.Benchmark.ActivationHeight
		}
		d.Benchmarks = append(d.Benchmarks, m)
	}
	return nil
}

// payoutOf adds up what an epoch paid for all benchmarks; nil when there is none.
func payoutOf(results []rewardstypes.EpochResult) *payout {
	if len(results) == 0 {
		return nil
	}
	total := &payout{Epoch: results[0].Epoch, Height: results[0].Height}
	for _, r := range results {
		total.Paid = sum(total.Paid, r.Pending)
		total.Owner = sum(total.Owner, r.OwnerAmount)
		total.Miners = sum(total.Miners, r.MinerAmount)
		total.Validators = sum(total.Validators, r.ValidatorAmount)
		total.Burned = sum(total.Burned, r.Burned)
		total.Carried = sum(total.Carried, r.Carried)
	}
	return total
}

func (d *subnetDetail) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s (%s)\n", d.Netuid, clean(d.Name, 64), d.Status)
	if d.Description != "" {
		fmt.Fprintf(w, "%s\n", clean(d.Description, 512))
	}
	fmt.Fprintln(w)
	t := newTable(w, words)
	t.row("owner", d.Owner)
	t.row("deposit", coins(d.Deposit)+" AGORA, locked at height "+fmt.Sprint(d.RegisteredHeight))
	t.row("miners", fmt.Sprintf("%d of %d slots taken, registration burns %s AGORA now", d.Miners, d.Slots, coins(d.RegistrationPrice)))
	t.row("share of votes", percent(d.VoteShare)+d.immunity())
	t.row("share of emission", percent(d.Share))
	t.row("an epoch pays", coins(d.EpochEmission)+" AGORA; this one "+coins(d.EpochWillPay))
	t.row("epoch", d.epoch())
	if due := d.Due; due != nil {
		t.row("due", fmt.Sprintf("reveals until height %d, parameters until %d, commits until %d; the next epoch begins at %d",
			due.RevealUntil, due.FrozenFrom-1, due.CommitUntil, due.NextEpochAt))
	}
	if l := d.LastEpoch; l != nil {
		t.row("last payout", fmt.Sprintf("epoch %d: %s AGORA = owner %s + miners %s + validators %s + burned %s + carried %s",
			l.Epoch, coins(l.Paid), coins(l.Owner), coins(l.Miners), coins(l.Validators), coins(l.Burned), coins(l.Carried)))
	}
	if len(d.Benchmarks) == 0 {
		t.row("benchmark", "none: the owner proposes one")
	}
	t.flush()
	d.benchmarksText(w)
	if len(d.Permits) == 0 {
		return
	}
	fmt.Fprintln(w)
	t = newTable(w, words, "VALIDATOR", "HOTKEY", "POWER", "COUNTS")
	for _, p := range d.Permits {
		t.row(p.Validator, short(p.Hotkey), coins(p.Power), d.counts(p))
	}
	t.flush()
}

// immunity says until when the subnet cannot be pruned, while that lies ahead.
func (d *subnetDetail) immunity() string {
	if d.ImmuneUntil <= d.height {
		return ""
	}
	return fmt.Sprintf(", cannot be pruned up to height %d", d.ImmuneUntil)
}

func (d *subnetDetail) benchmarksText(w io.Writer) {
	if len(d.Benchmarks) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := newTable(w, words, "BENCHMARK", "SHARE", "VERSION", "")
	for _, m := range d.Benchmarks {
		t.row(m.Benchmark, basisPoints(m.ShareBp), m.version(d.Status), m.waiting())
	}
	t.flush()
	if next := d.NextShares; next != nil {
		shares := make([]string, len(next.SharesBp))
		for i, share := range next.SharesBp {
			shares[i] = basisPoints(share)
		}
		fmt.Fprintf(w, "Epochs that begin at height %d or later share by %s.\n", next.FromHeight, strings.Join(shares, ", "))
	}
}

// version that counts, or would when the subnet starts.
func (m measured) version(status string) string {
	switch {
	case status != statusActive:
		return fmt.Sprint(m.LatestVersion)
	case m.ScoredVersion == 0:
		return "-"
	}
	return fmt.Sprint(m.ScoredVersion)
}

// waiting says what keeps the newest version from counting.
func (m measured) waiting() string {
	switch {
	case m.ShareBp == 0:
		return "not scored: it has no share"
	case m.FromEpoch == 0 && m.FromHeight == 0:
		return ""
	case m.FromHeight == 0:
		return fmt.Sprintf("version %d from epoch %d on", m.LatestVersion, m.FromEpoch)
	}
	return fmt.Sprintf("version %d from epoch %d and height %d on", m.LatestVersion, m.FromEpoch, m.FromHeight)
}

// counts says on which of the scored benchmarks a hotkey counts.
func (d *subnetDetail) counts(p permitted) string {
	scored := 0
	for _, m := range d.Benchmarks {
		if m.ScoredVersion > 0 {
			scored++
		}
	}
	switch {
	case len(p.ActiveOn) == 0:
		return "not yet"
	case len(p.ActiveOn) >= scored:
		return "yes"
	}
	numbers := make([]string, len(p.ActiveOn))
	for i, number := range p.ActiveOn {
		numbers[i] = fmt.Sprint(number)
	}
	return "on " + strings.Join(numbers, ", ")
}
