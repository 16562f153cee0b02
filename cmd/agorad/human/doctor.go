package human

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// oldestBlock is how old the newest block of a node may be.
	oldestBlock = time.Minute
	// newestBlock is how far the time of a block may be ahead of this machine's clock.
	newestBlock = 5 * time.Second
)

// States of a check.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateProblem = "problem"
)

func (p *program) doctorCommand() *cobra.Command {
	cmd := query(&cobra.Command{
		Use: "doctor", Short: "Check node, clock, keys and fees, and say what to do",
		Long: "Doctor checks what transactions need: a node that answers, is on the right chain and up to date, a clock that\n" +
			"agrees with it, a keyring, a sufficient gas price and a balance. It exits with 1 when it finds a problem, with 4\n" +
			"when the node does not answer.",
		Example: "  agorad doctor --from alice\n  agorad doctor --json",
		Args:    cobra.NoArgs, RunE: p.answering(checkUp),
	})
	flags.AddKeyringFlags(cmd.Flags())
	cmd.Flags().String(flags.FlagFrom, "", "key or address to check; default: the only key")
	cmd.Flags().String(flags.FlagChainID, "", "chain that the node should be on")
	cmd.Flags().String(flags.FlagGasPrices, "", "gas price that transactions would offer")
	return cmd
}

type check struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Detail string `json:"detail"`
	// Remediation says what to do; empty when all is well.
	Remediation string `json:"remediation"`
}

type health struct {
	Checks []check `json:"checks"`
}

func (h *health) fine(name, format string, args ...any) {
	h.Checks = append(h.Checks, check{name, stateOK, fmt.Sprintf(format, args...), ""})
}

func (h *health) warn(name, remediation, format string, args ...any) {
	h.Checks = append(h.Checks, check{name, stateWarning, fmt.Sprintf(format, args...), remediation})
}

func (h *health) problem(name, remediation, format string, args ...any) {
	h.Checks = append(h.Checks, check{name, stateProblem, fmt.Sprintf(format, args...), remediation})
}

func checkUp(r *request) (view, error) {
	clientCtx, err := client.GetClientQueryContext(r.cmd)
	if err != nil {
		return nil, err
	}
	clientCtx = clientCtx.WithCmdContext(r.ctx)
	h := &health{}
	reachable := h.node(r, clientCtx)
	address := h.keys(r, clientCtx)
	if reachable {
		h.fees(r, clientCtx)
		if address != nil {
			h.balance(r, clientCtx, address)
		}
	}
	problems := 0
	for _, c := range h.Checks {
		if c.State == stateProblem {
			problems++
		}
	}
	if problems == 0 {
		return h, nil
	}
	f := &Failure{
		Exit: ExitFailure, Code: "problems", Data: h,
		Message: fmt.Sprintf("%d of %d checks found a problem", problems, len(h.Checks)), Remediation: "follow the advice at each",
	}
	if !reachable {
		f.Exit, f.Code = ExitUnreachable, "node_unreachable"
	}
	return nil, f
}

// node checks that a node answers, for the right chain, with fresh blocks.
func (h *health) node(r *request, clientCtx client.Context) bool {
	status, err := statusOfNode(r, clientCtx)
	if err != nil {
		var f *Failure
		errors.As(err, &f)
		h.problem("node", f.Remediation, "%s", f.Message)
		return false
	}
	network, sync := status.NodeInfo.Network, status.SyncInfo
	r.meta = &meta{Height: sync.LatestBlockHeight, Time: sync.LatestBlockTime}
	h.fine("node", "%s answers, height %d", clientCtx.NodeURI, sync.LatestBlockHeight)
	switch {
	case clientCtx.ChainID == "":
		h.warn("chain id", "agorad config set client chain-id "+clean(network, 50)+", or --chain-id", "none is configured, the node is on %s", clean(network, 50))
	case clientCtx.ChainID != network:
		h.problem("chain id", "name a node of your chain with --node, or the chain with --chain-id", "the node is on %s, not on %s", clean(network, 50), clientCtx.ChainID)
	default:
		h.fine("chain id", "%s", network)
	}
	if sync.CatchingUp {
		h.problem("sync", "wait, or name another node with --node", "the node is catching up and knows only old state")
	} else {
		h.fine("sync", "the node is up to date")
	}
	switch age := r.Now().Sub(sync.LatestBlockTime); {
	case age > oldestBlock:
		h.problem("clock", "set this machine's clock by NTP; if it is right, the chain or the node stands still: try another --node",
			"by this machine's clock the newest block is %s old", age.Round(time.Second))
	case age < -newestBlock:
		h.problem("clock", "set this machine's clock by NTP", "by this machine's clock the newest block comes from the future: %s", (-age).Round(time.Second))
	default:
		h.fine("clock", "the newest block is %s old", max(age, 0).Round(time.Second))
	}
	return true
}

func statusOfNode(r *request, clientCtx client.Context) (*coretypes.ResultStatus, error) {
	node, err := clientCtx.GetNode()
	if err != nil {
		return nil, unreachable(clientCtx.NodeURI, err)
	}
	status, err := node.Status(r.ctx)
	if err != nil {
		return nil, unreachable(clientCtx.NodeURI, err)
	}
	return status, nil
}

// keys checks the keyring and returns the address to look at, if there is one.
func (h *health) keys(r *request, clientCtx client.Context) sdk.AccAddress {
	from, _ := r.cmd.Flags().GetString(flags.FlagFrom)
	address, err := r.resolve(clientCtx, from)
	if err == nil {
		h.fine("key", "%s", address)
		return address
	}
	f := failureOf(err)
	if from == "" { // questions need no key
		h.warn("key", f.Remediation+"; --from names the key to check", "%s", f.Message)
	} else {
		h.problem("key", f.Remediation, "%s", f.Message)
	}
	return nil
}

// fees compares the configured gas price with the least one that the node takes.
func (h *health) fees(r *request, clientCtx client.Context) {
	const name = "fees"
	config, err := nodeservice.NewServiceClient(clientCtx).Config(r.ctx, &nodeservice.ConfigRequest{})
	if err != nil {
		h.warn(name, "ask its operator for the least gas price", "the node does not say what gas price it takes: %s", plain(err))
		return
	}
	least, err := sdk.ParseDecCoins(config.MinimumGasPrice)
	if err != nil {
		h.warn(name, "ask its operator for the least gas price", "the node's gas price %q is malformed", clean(config.MinimumGasPrice, 60))
		return
	}
	if least.IsZero() {
		h.fine(name, "the node takes transactions without a fee")
		return
	}
	wanted := shortPrice(least)
	advice := "AGORA_GAS_PRICES=" + wanted + ", or --gas-prices " + wanted
	offered, _ := r.cmd.Flags().GetString(flags.FlagGasPrices)
	if offered == "" {
		h.warn(name, advice, "the node wants a gas price of %s, none is configured", wanted)
		return
	}
	price, err := sdk.ParseDecCoins(offered)
	switch {
	case err != nil:
		h.problem(name, advice, "the configured gas price %q is malformed", clean(offered, 60))
	case !enough(price, least):
		h.problem(name, advice, "the node wants a gas price of %s, %s is configured", wanted, shortPrice(price))
	default:
		h.fine(name, "the gas price %s is enough, the node wants %s", shortPrice(price), wanted)
	}
}

// shortPrice writes a price without the zeros at the end of its decimals.
func shortPrice(price sdk.DecCoins) string {
	parts := make([]string, len(price))
	for i, coin := range price {
		parts[i] = strings.TrimRight(strings.TrimRight(coin.Amount.String(), "0"), ".") + coin.Denom
	}
	return strings.Join(parts, ",")
}

// enough tells whether an offer meets the least price in one of its denominations.
func enough(offered, least sdk.DecCoins) bool {
	for _, coin := range least {
		if offered.AmountOf(coin.Denom).GTE(coin.Amount) {
			return true
		}
	}
	return false
}

func (h *health) balance(r *request, clientCtx client.Context, address sdk.AccAddress) {
	const name = "balance"
	c := &chain{request: r, Context: clientCtx}
	switch balance, err := c.balance(address); {
	case err != nil:
		h.problem(name, "try another node with --node", "cannot be read: %s", plain(err))
	case balance == 0:
		h.problem(name, "have coins sent to "+address.String()+", or let somebody pay the fees: agorad tx feegrant grant", "%s has no coins and cannot pay fees", address)
	default:
		h.fine(name, "%s AGORA", coins(balance))
	}
}

func (h *health) text(w io.Writer) {
	t := newTable(w, words)
	for _, c := range h.Checks {
		t.row(c.State, c.Name, c.Detail)
		if c.Remediation != "" {
			t.row("", "", "-> "+c.Remediation)
		}
	}
	t.flush()
}
