package human

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const (
	flagSort  = "sort"
	flagLimit = "limit"
	flagPage  = "page"
	flagFull  = "full"

	flagBenchmark = "benchmark"
)

func (p *program) metagraphCommand() *cobra.Command {
	cmd := query(&cobra.Command{
		Use: "metagraph NETUID", Short: "Show a subnet's miners and validators as the last epoch left them",
		Long: "Metagraph shows what the last epoch made of a subnet's miners and validators. Of a subnet with several benchmarks it\n" +
			"shows the sums, each benchmark by its share of the emission; --benchmark shows one of them alone.",
		Example: "  agorad metagraph 1\n  agorad metagraph 1 --sort uid --page 2\n  agorad metagraph 1 --benchmark 0\n  agorad metagraph 1 --limit 0 --json",
		Args:    cobra.ExactArgs(1), RunE: p.answering(showMetagraph),
	})
	cmd.Flags().String(flagSort, "incentive", "order of the miners: "+strings.Join(orderNames(), ", "))
	cmd.Flags().Uint(flagLimit, 50, "miners on a page; 0: all")
	cmd.Flags().Uint(flagPage, 1, "page to show")
	cmd.Flags().Bool(flagFull, false, "do not shorten addresses and endpoints")
	cmd.Flags().Uint32(flagBenchmark, 0, "figures of this benchmark alone; default: of all together")
	return cmd
}

type minerLine struct {
	UID     uint32 `json:"uid"`
	MinerID uint64 `json:"miner_id,string"`
	Owner   string `json:"owner"`
	Hotkey  string `json:"hotkey"`
	// Incentive and Consensus are shares of 10^9, Amount is uagora: of the last closed epoch, and of the benchmarks shown.
	Incentive uint64   `json:"incentive,string"`
	Consensus uint64   `json:"consensus,string"`
	Amount    uint64   `json:"amount,string"`
	Endpoints []string `json:"endpoints"`
	Model     string   `json:"model"`
	// ServedHeight is when the endpoints were published; 0: never.
	ServedHeight     int64 `json:"served_height,string"`
	RegisteredHeight int64 `json:"registered_height,string"`
}

type validatorLine struct {
	Validator string `json:"validator"`
	Hotkey    string `json:"hotkey"`
	Power     uint64 `json:"power,string"`
	Revealed  bool   `json:"revealed"`
	// Trust and Dividends are shares of 10^9, Amount is uagora.
	Trust     uint64 `json:"trust,string"`
	Dividends uint64 `json:"dividends,string"`
	Amount    uint64 `json:"amount,string"`
}

type metagraph struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	// LastEpoch is the closed epoch that the figures are of; null before the first has closed.
	LastEpoch *uint64 `json:"last_epoch"`
	// Benchmarks that the figures are of, with their shares of the emission.
	Benchmarks []benchmarkShare `json:"benchmarks"`
	// Total counts the miners; Miners are those of the page.
	Total      int             `json:"total"`
	Page       uint            `json:"page"`
	Pages      uint            `json:"pages"`
	Miners     []minerLine     `json:"miners"`
	Validators []validatorLine `json:"validators"`

	height int64
	full   bool
}

// orders are the ways to sort miners; equals follow by uid.
var orders = []struct {
	name    string
	compare func(a, b minerLine) int
}{
	{"incentive", func(a, b minerLine) int { return cmp.Compare(b.Incentive, a.Incentive) }},
	{"amount", func(a, b minerLine) int { return cmp.Compare(b.Amount, a.Amount) }},
	{"uid", func(minerLine, minerLine) int { return 0 }},
	{"id", func(a, b minerLine) int { return cmp.Compare(a.MinerID, b.MinerID) }},
	{"owner", func(a, b minerLine) int { return cmp.Compare(a.Owner, b.Owner) }},
	{"served", func(a, b minerLine) int { return cmp.Compare(b.ServedHeight, a.ServedHeight) }},
}

func orderNames() []string {
	names := make([]string, len(orders))
	for i, o := range orders {
		names[i] = o.name
	}
	return names
}

func showMetagraph(r *request) (view, error) {
	netuid, err := parseNetuid(r.args[0])
	if err != nil {
		return nil, err
	}
	f := r.cmd.Flags()
	wish, _ := f.GetString(flagSort)
	order := slices.IndexFunc(orders, func(o struct {
		name    string
		compare func(a, b minerLine) int
	},
	) bool {
		return o.name == wish
	})
	if order < 0 {
		return nil, usage("choose "+strings.Join(orderNames(), ", "), "miners are not sorted by %q", clean(wish, 40))
	}
	limit, _ := f.GetUint(flagLimit)
	page, _ := f.GetUint(flagPage)
	full, _ := f.GetBool(flagFull)
	c, err := r.chain()
	if err != nil {
		return nil, err
	}
	var only *uint32
	if f.Changed(flagBenchmark) {
		number, _ := f.GetUint32(flagBenchmark)
		only = &number
	}
	m, err := c.metagraph(netuid, only)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(m.Miners, func(a, b minerLine) int {
		return cmp.Or(orders[order].compare(a, b), cmp.Compare(a.UID, b.UID))
	})
	m.full = full
	return m.page(limit, page)
}

// metagraph joins the registered miners with the outcome of the last epoch, of all benchmarks or of one.
func (c *chain) metagraph(netuid uint32, only *uint32) (*metagraph, error) {
	s, err := c.subnet(netuid)
	if err != nil {
		return nil, err
	}
	registered, err := c.miners(netuid)
	if err != nil {
		return nil, err
	}
	results, err := c.results(netuid)
	if err != nil {
		return nil, err
	}
	if only != nil {
		if results, err = resultOf(results, *only, s); err != nil {
			return nil, err
		}
	}
	scored := outcomeOf(results)
	m := &metagraph{
		Netuid: netuid, Name: s.Name, LastEpoch: scored.epoch, Benchmarks: scored.benchmarks, Total: len(registered),
		Miners: []minerLine{}, Validators: scored.validators, height: c.height,
	}
	for _, miner := range registered {
		line := minerLine{
			UID: miner.Uid, MinerID: miner.MinerId, Owner: miner.Owner, Hotkey: miner.Hotkey, Endpoints: miner.Endpoints,
			Model: miner.Capabilities.Model, ServedHeight: miner.ServedHeight, RegisteredHeight: miner.RegisteredHeight,
		}
		if line.Endpoints == nil {
			line.Endpoints = []string{}
		}
		earned := scored.miners[miner.MinerId]
		line.Incentive, line.Consensus, line.Amount = earned.incentive, earned.consensus, earned.amount
		m.Miners = append(m.Miners, line)
	}
	return m, nil
}

// page leaves the miners of one page.
func (m *metagraph) page(limit, page uint) (view, error) {
	total := uint(len(m.Miners))
	if limit == 0 || limit > total {
		limit = max(total, 1)
	}
	m.Page, m.Pages = page, max((total+limit-1)/limit, 1)
	if page < 1 || page > m.Pages {
		return nil, usage(fmt.Sprintf("ask for page 1 to %d", m.Pages), "there is no page %d", page)
	}
	m.Miners = m.Miners[(page-1)*limit : min(page*limit, total)]
	return m, nil
}

// ofBenchmarks says of which benchmarks the figures are, where there are several.
func (m *metagraph) ofBenchmarks() string {
	if len(m.Benchmarks) == 1 && m.Benchmarks[0] == (benchmarkShare{0, 10_000}) {
		return ""
	}
	parts := make([]string, len(m.Benchmarks))
	for i, b := range m.Benchmarks {
		parts[i] = fmt.Sprintf("%d (%s)", b.Benchmark, basisPoints(b.ShareBp))
	}
	return ", benchmark " + strings.Join(parts, " + ")
}

func (m *metagraph) text(w io.Writer) {
	fmt.Fprintf(w, "subnet %d, %s; ", m.Netuid, clean(m.Name, 64))
	if m.LastEpoch == nil {
		fmt.Fprintln(w, "no epoch has closed yet")
	} else {
		fmt.Fprintf(w, "figures of epoch %d%s\n", *m.LastEpoch, m.ofBenchmarks())
	}
	address, endpointWidth := short, 32
	if m.full {
		address, endpointWidth = func(s string) string { return clean(s, 128) }, 256
	}
	fmt.Fprintln(w)
	t := newTable(w, words, "UID", "ID", "OWNER", "HOTKEY", "INCENTIVE", "CONSENSUS", "AGORA", "SERVED", "ENDPOINT")
	for _, miner := range m.Miners {
		endpoint, served := "-", "-"
		if len(miner.Endpoints) > 0 {
			endpoint = clean(miner.Endpoints[0], endpointWidth)
		}
		if miner.ServedHeight > 0 {
			served = fmt.Sprintf("%d ago", max(m.height-miner.ServedHeight, 0))
		}
		t.row(miner.UID, miner.MinerID, address(miner.Owner), address(miner.Hotkey), ratio(miner.Incentive), ratio(miner.Consensus),
			coins(miner.Amount), served, endpoint)
	}
	t.flush()
	if m.Pages > 1 {
		fmt.Fprintf(w, "page %d of %d, %d miners: --page and --limit show others\n", m.Page, m.Pages, m.Total)
	}
	if len(m.Validators) == 0 {
		return
	}
	fmt.Fprintln(w)
	t = newTable(w, words, "VALIDATOR", "HOTKEY", "POWER", "TRUST", "DIVIDENDS", "AGORA", "REVEALED")
	for _, v := range m.Validators {
		revealed := "yes"
		if !v.Revealed {
			revealed = "no"
		}
		t.row(address(v.Validator), address(v.Hotkey), coins(v.Power), ratio(v.Trust), ratio(v.Dividends), coins(v.Amount), revealed)
	}
	t.flush()
}
