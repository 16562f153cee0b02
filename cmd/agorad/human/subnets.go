package human

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func (p *program) subnetCommand() *cobra.Command {
	return group("subnet", "Look at subnets, create one, take a miner's slot on one",
		query(&cobra.Command{
			Use: "list", Short: "List the subnets: who owns them, how full they are, what they earn",
			Example: "  agorad subnet list\n  agorad subnet list --json",
			Args:    cobra.NoArgs, RunE: p.answering(listSubnets),
		}),
		query(&cobra.Command{
			Use: "show NETUID", Short: "Show a subnet: epoch, benchmark, validators, last payout",
			Example: "  agorad subnet show 1", Args: cobra.ExactArgs(1), RunE: p.answering(showSubnet),
		}),
		p.priceCommand(),
		query(&cobra.Command{
			Use: "params NETUID", Short: "Show a subnet's parameters with default, range and meaning",
			Example: "  agorad subnet params 1", Args: cobra.ExactArgs(1), RunE: p.answering(showParams),
		}),
		p.createCommand(),
		p.registerCommand(),
	)
}

// subnetLine is what every answer says of a subnet.
type subnetLine struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	Owner  string `json:"owner"`
	// Status is inactive, active or paused.
	Status string `json:"status"`
	Miners uint32 `json:"miners"`
	Slots  uint32 `json:"slots"`
	// Share of the emission, of 10^18.
	Share uint64 `json:"share,string"`
	// EpochEmission is what an epoch pays at the present share, in uagora; EpochWillPay what this one will.
	EpochEmission uint64 `json:"epoch_emission,string"`
	EpochWillPay  uint64 `json:"epoch_will_pay,string"`
	Epoch         uint64 `json:"epoch,string"`
	Tempo         uint64 `json:"tempo,string"`
	// BlocksLeft until the epoch may close; -1 while no epoch runs.
	BlocksLeft int64 `json:"blocks_left,string"`
}

func (c *chain) line(s subnettypes.Subnet, projection rewardstypes.ProjectedEmission) subnetLine {
	line := subnetLine{
		Netuid: s.Netuid, Name: s.Name, Owner: s.Owner, Status: statusOf(s), Miners: s.MinerCount, Slots: s.Params.MaxMiners,
		Share: projection.Share, EpochEmission: product(projection.PerBlock, s.Params.Tempo), EpochWillPay: projection.AtEpochEnd,
		Epoch: s.Epoch, Tempo: s.Params.Tempo, BlocksLeft: -1,
	}
	if line.Status == statusActive {
		line.BlocksLeft = max(s.EpochStartHeight+int64(s.Params.Tempo)-1-c.height, 0)
	}
	return line
}

const statusActive = "active"

func statusOf(s subnettypes.Subnet) string {
	switch {
	case s.PausedHeight != 0:
		return "paused"
	case s.Status == subnettypes.SUBNET_STATUS_ACTIVE:
		return statusActive
	default:
		return "inactive"
	}
}

// epoch is the epoch under way and how much of it is left, or a dash.
func (l subnetLine) epoch() string {
	if l.BlocksLeft < 0 {
		return "-"
	}
	return fmt.Sprintf("%d, %d of %d left", l.Epoch, l.BlocksLeft, l.Tempo)
}

type subnetList struct {
	Subnets []subnetLine `json:"subnets"`
}

func listSubnets(r *request) (view, error) {
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	all, err := c.allSubnets()
	if err != nil {
		return nil, err
	}
	projections, err := c.projections(0)
	if err != nil {
		return nil, err
	}
	list := subnetList{Subnets: []subnetLine{}}
	for _, s := range all {
		list.Subnets = append(list.Subnets, c.line(s, projections[s.Netuid]))
	}
	return list, nil
}

func (l subnetList) text(w io.Writer) {
	if len(l.Subnets) == 0 {
		fmt.Fprintln(w, "There is no subnet yet. Create one: agorad subnet create NAME --from KEY")
		return
	}
	t := newTable(w, words, "NETUID", "NAME", "OWNER", "STATUS", "MINERS", "SHARE", "AGORA PER EPOCH", "EPOCH, BLOCKS LEFT")
	for _, s := range l.Subnets {
		t.row(s.Netuid, clean(s.Name, 24), short(s.Owner), s.Status, fmt.Sprintf("%d/%d", s.Miners, s.Slots),
			percent(s.Share), coins(s.EpochEmission), s.epoch())
	}
	t.flush()
}

// permitted is a hotkey that may score in the epoch under way.
type permitted struct {
	Validator string `json:"validator"`
	Hotkey    string `json:"hotkey"`
	Power     uint64 `json:"power,string"`
	Active    bool   `json:"active"`
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
	Description       string      `json:"description"`
	Deposit           uint64      `json:"deposit,string"`
	RegisteredHeight  int64       `json:"registered_height,string"`
	StartedHeight     int64       `json:"started_height,string"`
	LatestBenchmark   uint32      `json:"latest_benchmark"`
	ScoredBenchmark   uint32      `json:"scored_benchmark"`
	RegistrationPrice uint64      `json:"registration_price,string"`
	RevealUntil       int64       `json:"reveal_until,string"`
	Permits           []permitted `json:"permits"`
	LastEpoch         *payout     `json:"last_epoch"`
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
	s, err := c.subnet(netuid)
	if err != nil {
		return nil, err
	}
	projections, err := c.projections(netuid)
	if err != nil {
		return nil, err
	}
	price, err := c.subnets().RegistrationPrice(c.ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	detail := subnetDetail{
		subnetLine: c.line(s, projections[netuid]), Description: s.Description, Deposit: s.Deposit,
		RegisteredHeight: s.RegisteredHeight, StartedHeight: s.StartedHeight, LatestBenchmark: s.LatestBenchmark,
		RegistrationPrice: price.Price, Permits: []permitted{},
	}
	if detail.Status == statusActive {
		epoch, err := c.subnets().Epoch(c.ctx, &subnettypes.QueryEpochRequest{Netuid: netuid})
		if err != nil {
			return nil, err
		}
		detail.ScoredBenchmark, detail.RevealUntil = epoch.Epoch.BenchmarkVersion, epoch.RevealUntil
		for _, p := range epoch.Epoch.Permits {
			detail.Permits = append(detail.Permits, permitted{p.Validator, p.Hotkey, p.Power, p.Active})
		}
	}
	result, err := c.result(netuid)
	if err != nil {
		return nil, err
	}
	if result != nil {
		detail.LastEpoch = &payout{
			Epoch: result.Epoch, Height: result.Height, Paid: result.Pending, Owner: result.OwnerAmount, Miners: result.MinerAmount,
			Validators: result.ValidatorAmount, Burned: result.Burned, Carried: result.Carried,
		}
	}
	return detail, nil
}

func (d subnetDetail) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s (%s)\n", d.Netuid, clean(d.Name, 64), d.Status)
	if d.Description != "" {
		fmt.Fprintf(w, "%s\n", clean(d.Description, 512))
	}
	fmt.Fprintln(w)
	t := newTable(w, words)
	t.row("owner", d.Owner)
	t.row("deposit", coins(d.Deposit)+" AGORA, locked at height "+fmt.Sprint(d.RegisteredHeight))
	t.row("miners", fmt.Sprintf("%d of %d slots taken, registration burns %s AGORA now", d.Miners, d.Slots, coins(d.RegistrationPrice)))
	t.row("share of emission", percent(d.Share))
	t.row("an epoch pays", coins(d.EpochEmission)+" AGORA; this one "+coins(d.EpochWillPay))
	t.row("epoch", d.epoch())
	switch {
	case d.LatestBenchmark == 0:
		t.row("benchmark", "none: the owner proposes one")
	case d.ScoredBenchmark == 0 || d.ScoredBenchmark == d.LatestBenchmark:
		t.row("benchmark", fmt.Sprintf("version %d", d.LatestBenchmark))
	default:
		t.row("benchmark", fmt.Sprintf("version %d is scored, version %d waits for its epoch", d.ScoredBenchmark, d.LatestBenchmark))
	}
	if d.Status == statusActive {
		t.row("reveals until", fmt.Sprintf("height %d", d.RevealUntil))
	}
	if l := d.LastEpoch; l != nil {
		t.row("last payout", fmt.Sprintf("epoch %d: %s AGORA = owner %s + miners %s + validators %s + burned %s + carried %s",
			l.Epoch, coins(l.Paid), coins(l.Owner), coins(l.Miners), coins(l.Validators), coins(l.Burned), coins(l.Carried)))
	}
	t.flush()
	if len(d.Permits) == 0 {
		return
	}
	fmt.Fprintln(w)
	t = newTable(w, words, "VALIDATOR", "HOTKEY", "POWER", "COUNTS")
	for _, p := range d.Permits {
		counts := "yes"
		if !p.Active {
			counts = "not yet"
		}
		t.row(p.Validator, short(p.Hotkey), coins(p.Power), counts)
	}
	t.flush()
}
