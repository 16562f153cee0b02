package human

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const flagBlocks = "blocks"

func (p *program) priceCommand() *cobra.Command {
	cmd := query(&cobra.Command{
		Use: "price [NETUID]", Short: "Show what registering costs, now and later",
		Long: "Price shows the deposit that a new subnet locks, and with NETUID what a miner's registration burns now and\n" +
			"after a while without other registrations. Each registration raises the price.",
		Example: "  agorad subnet price 1\n  agorad subnet price 1 --blocks 100,1000",
		Args:    cobra.MaximumNArgs(1), RunE: p.answering(showPrice),
	})
	cmd.Flags().UintSlice(flagBlocks, nil, "how many blocks ahead to look; default: half-lives of the price")
	return cmd
}

type pricePoint struct {
	Height uint64 `json:"height,string"`
	Blocks uint64 `json:"blocks,string"`
	// Price in uagora.
	Price uint64 `json:"price,string"`
}

type priceAnswer struct {
	Netuid uint32 `json:"netuid,omitempty"`
	Name   string `json:"name,omitempty"`
	// Deposit that registers a subnet, in uagora.
	Deposit uint64 `json:"deposit,string"`
	// Prices of a miner's registration; the first is that of now. After is the price after one registration.
	Prices   []pricePoint `json:"prices,omitempty"`
	HalfLife uint64       `json:"half_life,string,omitempty"`
	Floor    uint64       `json:"floor,string,omitempty"`
	After    uint64       `json:"after_registration,string,omitempty"`
}

func showPrice(r *request) (view, error) {
	ahead, err := r.cmd.Flags().GetUintSlice(flagBlocks)
	if err != nil {
		return nil, usage("write it as --blocks 100,1000", "%v", err)
	}
	var netuid uint32
	if len(r.args) == 1 {
		if netuid, err = parseNetuid(r.args[0]); err != nil {
			return nil, err
		}
	}
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	deposit, err := c.subnets().SubnetDeposit(c.ctx, &subnettypes.QuerySubnetDepositRequest{})
	if err != nil {
		return nil, err
	}
	answer := priceAnswer{Netuid: netuid, Deposit: deposit.Deposit}
	if netuid == 0 {
		return answer, nil
	}
	s, err := c.subnet(netuid)
	if err != nil {
		return nil, err
	}
	half := s.Params.BurnHalfLife
	blocks := []uint64{0, half / 2, half, 2 * half, 4 * half}
	if len(ahead) > 0 {
		blocks = []uint64{0}
		for _, n := range ahead {
			blocks = append(blocks, uint64(n))
		}
	}
	for _, n := range blocks {
		price, err := c.subnets().RegistrationPrice(c.ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: netuid, Blocks: n})
		if err != nil {
			return nil, err
		}
		answer.Prices = append(answer.Prices, pricePoint{Height: sum(uint64(c.height), n), Blocks: n, Price: price.Projected})
	}
	answer.Name, answer.HalfLife, answer.Floor = s.Name, half, s.Params.MinBurn
	answer.After = min(product(answer.Prices[0].Price, uint64(s.Params.BurnIncreaseBp))/10_000, s.Params.MaxBurn)
	return answer, nil
}

func (a priceAnswer) text(w io.Writer) {
	fmt.Fprintf(w, "A new subnet locks a deposit of %s AGORA now: agorad subnet create NAME --from KEY\n", coins(a.Deposit))
	if a.Netuid == 0 {
		return
	}
	fmt.Fprintf(w, "A miner's registration on subnet %d, %s, burns %s AGORA now: agorad subnet register %d --hotkey KEY --from KEY\n\n",
		a.Netuid, clean(a.Name, 64), coins(a.Prices[0].Price), a.Netuid)
	t := newTable(w, words, "BLOCKS AHEAD", "HEIGHT", "AGORA")
	for _, p := range a.Prices {
		t.row(grouped(p.Blocks), p.Height, coins(p.Price))
	}
	t.flush()
	fmt.Fprintf(w, "\nIf nobody registers. It halves every %s blocks, down to %s; one registration now raises it to %s.\n",
		grouped(a.HalfLife), coins(a.Floor), coins(a.After))
}
