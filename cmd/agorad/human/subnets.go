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
			Use: "show NETUID", Short: "Show a subnet: epoch and what is due in it, benchmarks, validators, last payout",
			Example: "  agorad subnet show 1", Args: cobra.ExactArgs(1), RunE: p.answering(showSubnet),
		}),
		p.priceCommand(),
		p.dangerCommand(),
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
	// VoteShare is the smoothed part of all bonded stake that votes for it, of 10^18.
	VoteShare uint64 `json:"vote_share,string"`
	// EpochEmission is what an epoch pays at the present share, in uagora; EpochWillPay what this one will.
	EpochEmission uint64 `json:"epoch_emission,string"`
	EpochWillPay  uint64 `json:"epoch_will_pay,string"`
	Epoch         uint64 `json:"epoch,string"`
	Tempo         uint64 `json:"tempo,string"`
	// BlocksLeft until the epoch may close; -1 while no epoch runs.
	BlocksLeft int64 `json:"blocks_left,string"`
}

func (c *chain) line(s subnettypes.Subnet, votes uint64, projection rewardstypes.ProjectedEmission) subnetLine {
	line := subnetLine{
		Netuid: s.Netuid, Name: s.Name, Owner: s.Owner, Status: statusOf(s), Miners: s.MinerCount, Slots: s.Params.MaxMiners,
		Share: projection.Share, VoteShare: votes, EpochEmission: product(projection.PerBlock, s.Params.Tempo), EpochWillPay: projection.AtEpochEnd,
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
		list.Subnets = append(list.Subnets, c.line(s.Subnet, s.votes, projections[s.Netuid]))
	}
	return list, nil
}

func (l subnetList) text(w io.Writer) {
	if len(l.Subnets) == 0 {
		fmt.Fprintln(w, "There is no subnet yet. Create one: agorad subnet create NAME --from KEY")
		return
	}
	t := newTable(w, words, "NETUID", "NAME", "OWNER", "STATUS", "MINERS", "VOTES", "SHARE", "AGORA PER EPOCH", "EPOCH, BLOCKS LEFT")
	for _, s := range l.Subnets {
		t.row(s.Netuid, clean(s.Name, 24), short(s.Owner), s.Status, fmt.Sprintf("%d/%d", s.Miners, s.Slots),
			percent(s.VoteShare), percent(s.Share), coins(s.EpochEmission), s.epoch())
	}
	t.flush()
}
