package human

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const flagCount = "count"

func (p *program) dangerCommand() *cobra.Command {
	cmd := query(&cobra.Command{
		Use: "danger NETUID", Short: "Show the miners that the next registrations replace",
		Long: "Danger lists the miners of a subnet in the order in which registrations replace them once all slots are taken:\n" +
			"the one that earned least in the last epoch first, immune ones last.",
		Example: "  agorad subnet danger 1\n  agorad subnet danger 1 --count 50 --json",
		Args:    cobra.ExactArgs(1), RunE: p.answering(showDanger),
	})
	cmd.Flags().Uint32(flagCount, 10, "how many miners to list, at most 256")
	return cmd
}

type endangered struct {
	UID     uint32 `json:"uid"`
	MinerID uint64 `json:"miner_id,string"`
	Owner   string `json:"owner"`
	Hotkey  string `json:"hotkey"`
	// LastAmount is what the last epoch accrued, in uagora.
	LastAmount       uint64 `json:"last_amount,string"`
	RegisteredHeight int64  `json:"registered_height,string"`
	// ImmuneUntil is the height up to which it cannot be replaced; 0: it can be.
	ImmuneUntil int64 `json:"immune_until,string"`
}

type dangerZone struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	// FreeSlots are taken before anybody is replaced.
	FreeSlots uint32       `json:"free_slots"`
	Miners    []endangered `json:"miners"`
}

func showDanger(r *request) (view, error) {
	netuid, err := parseNetuid(r.args[0])
	if err != nil {
		return nil, err
	}
	count, _ := r.cmd.Flags().GetUint32(flagCount)
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	s, err := c.subnet(netuid)
	if err != nil {
		return nil, err
	}
	zone, err := c.subnets().DangerZone(c.ctx, &subnettypes.QueryDangerZoneRequest{Netuid: netuid, Count: count})
	if err != nil {
		return nil, err
	}
	answer := dangerZone{Netuid: netuid, Name: s.Name, FreeSlots: zone.FreeSlots, Miners: []endangered{}}
	for _, m := range zone.Miners {
		answer.Miners = append(answer.Miners, endangered{
			m.Uid, m.MinerId, m.Owner, m.Hotkey, m.LastEmission, m.RegisteredHeight, m.ImmuneUntil,
		})
	}
	return answer, nil
}

func (z dangerZone) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s; ", z.Netuid, clean(z.Name, 64))
	if z.FreeSlots > 0 {
		fmt.Fprintf(w, "%d free slots are taken before anybody is replaced\n\n", z.FreeSlots)
	} else {
		fmt.Fprint(w, "all slots are taken: the next registration replaces the first\n\n")
	}
	t := newTable(w, words, "UID", "ID", "OWNER", "HOTKEY", "LAST EPOCH", "REGISTERED", "")
	for _, m := range z.Miners {
		immune := ""
		if m.ImmuneUntil > 0 {
			immune = fmt.Sprintf("immune up to height %d", m.ImmuneUntil)
		}
		t.row(m.UID, m.MinerID, short(m.Owner), short(m.Hotkey), coins(m.LastAmount), m.RegisteredHeight, immune)
	}
	t.flush()
}
