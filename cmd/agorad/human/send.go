package human

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	flagMaxDeposit  = "max-deposit"
	flagMaxPrice    = "max-price"
	flagHotkey      = "hotkey"
	flagDescription = "description"
)

func (p *program) createCommand() *cobra.Command {
	cmd := spends(&cobra.Command{
		Use: "create NAME", Short: "Create a subnet: lock a deposit and own it",
		Long: "Create registers a subnet with the default parameters. The deposit stays locked while the subnet exists.\n" +
			"agorad tx subnet register-subnet takes other parameters.",
		Example: "  agorad subnet create sums --from alice --dry-run\n  agorad subnet create sums --from alice --yes --json",
		Args:    cobra.ExactArgs(1), RunE: p.answering(createSubnet),
	})
	cmd.Flags().String(flagDescription, "", "one line that says what the subnet measures")
	cmd.Flags().String(flagMaxDeposit, "", "most that may be locked, such as 1000AGORA; default: the deposit now")
	return cmd
}

func (p *program) registerCommand() *cobra.Command {
	cmd := spends(&cobra.Command{
		Use: "register NETUID", Short: "Register a miner: burn the price and take a slot",
		Long: "Register burns the registration price and takes a slot for a hotkey. The owner, --from, is paid; the hotkey works.\n" +
			"Without --max-price it burns at most what one registration just before would make of the price.",
		Example: "  agorad subnet register 1 --hotkey rig --from alice --dry-run\n  agorad subnet register 1 --hotkey rig --from alice --max-price 2AGORA",
		Args:    cobra.ExactArgs(1), RunE: p.answering(registerMiner),
	})
	cmd.Flags().String(flagHotkey, "", "key or address that will serve and sign for the miner")
	cmd.Flags().String(flagMaxPrice, "", "most that may be burned, such as 2AGORA")
	return cmd
}

// spends gives a command the flags of a transaction.
func spends(cmd *cobra.Command) *cobra.Command {
	flags.AddTxFlagsToCmd(cmd)
	f := cmd.Flags()
	f.Lookup(flags.FlagDryRun).Usage = "show what would be paid, and send nothing"
	f.Lookup(flags.FlagSkipConfirmation).Usage = "send without asking; needed with --json"
	for _, advanced := range []string{
		flags.FlagOutput, flags.FlagBroadcastMode, flags.FlagGenerateOnly, flags.FlagOffline, flags.FlagAux, flags.FlagTip, flags.FlagSignMode,
		flags.FlagTimeoutHeight, flags.FlagUnordered, flags.TimeoutDuration, flags.FlagAccountNumber, flags.FlagSequence,
	} {
		f.Lookup(advanced).Hidden = true // agorad tx is for those
	}
	return withJSON(cmd)
}

// bill says what a transaction costs its signer, in uagora.
type bill struct {
	From   string `json:"from"`
	Action string `json:"action"`
	// Locked is a deposit, Burned a price; the most of it is AtMost.
	Locked uint64 `json:"locked,string"`
	Burned uint64 `json:"burned,string"`
	AtMost uint64 `json:"at_most,string"`
	Fee    uint64 `json:"fee,string"`
	Gas    uint64 `json:"gas,string"`
	// Total is the deposit or price of now, and the fee.
	Total   uint64 `json:"total,string"`
	Balance uint64 `json:"balance,string"`
	DryRun  bool   `json:"dry_run"`
	// Effect is what a dry run found that the transaction would do; null: it was not tried, or is refused.
	Effect *effect `json:"effect"`
}

func (b *bill) text(w io.Writer) {
	fmt.Fprintf(w, "%s, from %s\n\n", b.Action, b.From)
	t := newTable(w, figures)
	if b.Locked > 0 {
		t.row("deposit, locked", coins(b.Locked), "AGORA")
	}
	if b.Burned > 0 {
		t.row("price, burned", coins(b.Burned), "AGORA")
	}
	t.row("fee", coins(b.Fee), "AGORA")
	t.row("total", coins(b.Total), "AGORA")
	t.row("balance", coins(b.Balance), "AGORA")
	t.flush()
	fmt.Fprintf(w, "\nIt is refused if deposit or price has risen above %s AGORA.\n", coins(b.AtMost))
	if b.Effect != nil {
		b.Effect.text(w)
	}
	if b.DryRun {
		fmt.Fprintln(w, "Nothing was sent. Leave --dry-run out to send it.")
	}
}

// receipt is what became of a transaction.
type receipt struct {
	Hash   string `json:"hash"`
	Height int64  `json:"height,string"`
	// Netuid of the new subnet, or of the miner's; UID and MinerID of the new miner.
	Netuid  uint32  `json:"netuid"`
	UID     *uint32 `json:"uid,omitempty"`
	MinerID uint64  `json:"miner_id,string,omitempty"`
	// Locked and Burned in uagora, as the chain took them.
	Locked uint64 `json:"locked,string"`
	Burned uint64 `json:"burned,string"`
	next   string
}

func (p *receipt) text(w io.Writer) {
	if p.UID == nil {
		fmt.Fprintf(w, "subnet %d is yours, %s AGORA are locked; height %d, transaction %s\n", p.Netuid, coins(p.Locked), p.Height, p.Hash)
	} else {
		fmt.Fprintf(w, "miner %d has slot %d on subnet %d, %s AGORA were burned; height %d, transaction %s\n",
			p.MinerID, *p.UID, p.Netuid, coins(p.Burned), p.Height, p.Hash)
	}
	fmt.Fprintln(w, "next:", p.next)
}

func createSubnet(r *request) (view, error) {
	return r.spend(func(c *chain, from sdk.AccAddress) (*purchase, error) {
		response, err := c.subnets().SubnetDeposit(c.ctx, &subnettypes.QuerySubnetDepositRequest{})
		if err != nil {
			return nil, err
		}
		most, err := r.most(flagMaxDeposit, response.Deposit)
		if err != nil {
			return nil, err
		}
		description, _ := r.cmd.Flags().GetString(flagDescription)
		return &purchase{
			bill: bill{Action: fmt.Sprintf("create subnet %q", clean(r.args[0], 64)), Locked: response.Deposit, AtMost: most},
			msg:  &subnettypes.MsgRegisterSubnet{Owner: from.String(), Name: r.args[0], Description: description, MaxDeposit: most},
			read: func(data []byte, paid *receipt) error {
				var made subnettypes.MsgRegisterSubnetResponse
				if err := made.Unmarshal(data); err != nil {
					return err
				}
				paid.Netuid, paid.Locked = made.Netuid, made.Deposit
				paid.next = fmt.Sprintf("agorad tx subnet propose-benchmark %d spec.yaml, then agorad tx subnet start-subnet %d", made.Netuid, made.Netuid)
				return nil
			},
		}, nil
	})
}

func registerMiner(r *request) (view, error) {
	netuid, err := parseNetuid(r.args[0])
	if err != nil {
		return nil, err
	}
	return r.spend(func(c *chain, from sdk.AccAddress) (*purchase, error) {
		name, _ := r.cmd.Flags().GetString(flagHotkey)
		if name == "" {
			return nil, usage("name it with --hotkey; make one with agorad keys add, or miner keys add hotkey", "a miner needs a hotkey")
		}
		hotkey, err := r.resolve(c.Context, name)
		if err != nil {
			return nil, err
		}
		s, err := c.subnet(netuid)
		if err != nil {
			return nil, err
		}
		price, err := c.subnets().RegistrationPrice(c.ctx, &subnettypes.QueryRegistrationPriceRequest{Netuid: netuid})
		if err != nil {
			return nil, err
		}
		// One more registration in between is common and not worth a second try.
		afterOne := sum(product(price.Price, uint64(s.Params.BurnIncreaseBp))/10_000, 1)
		most, err := r.most(flagMaxPrice, afterOne)
		if err != nil {
			return nil, err
		}
		return &purchase{
			bill: bill{Action: fmt.Sprintf("register %s as a miner on subnet %d, %s", hotkey, netuid, clean(s.Name, 64)), Burned: price.Price, AtMost: most},
			msg:  &subnettypes.MsgRegisterMiner{Owner: from.String(), Netuid: netuid, Hotkey: hotkey.String(), MaxPrice: most},
			read: func(data []byte, paid *receipt) error {
				var made subnettypes.MsgRegisterMinerResponse
				if err := made.Unmarshal(data); err != nil {
					return err
				}
				paid.Netuid, paid.UID, paid.MinerID, paid.Burned = netuid, &made.Uid, made.MinerId, made.Burned
				paid.next = "miner serve, or agorad tx subnet serve with the hotkey"
				return nil
			},
		}, nil
	})
}

// most is the limit given by a flag, or a default.
func (r *request) most(flag string, otherwise uint64) (uint64, error) {
	given, _ := r.cmd.Flags().GetString(flag)
	if given == "" {
		return otherwise, nil
	}
	limit, err := parseCoins(given)
	if err == nil && limit == 0 {
		err = usage("leave --"+flag+" out to accept what is asked now", "--%s is 0", flag)
	}
	return limit, err
}

// purchase is a message, what it costs, and how to read the chain's response.
type purchase struct {
	bill
	msg  sdk.Msg
	read func(response []byte, into *receipt) error
}

// spend prices a purchase, and sends it unless that was not wanted.
func (r *request) spend(prepare func(c *chain, from sdk.AccAddress) (*purchase, error)) (view, error) {
	f := r.cmd.Flags()
	dry, _ := f.GetBool(flags.FlagDryRun)
	if err := f.Set(flags.FlagDryRun, "false"); err != nil { // the SDK's own dry run would know no keys
		return nil, err
	}
	clientCtx, err := client.GetClientTxContext(r.cmd)
	if err != nil {
		return nil, keyFailure(err)
	}
	if clientCtx.FromAddress.Empty() {
		return nil, usage("name the key with --from", "nobody is named who pays")
	}
	if err := r.asksNothing(clientCtx.Keyring); err != nil {
		return nil, err
	}
	if r.json && !dry && !clientCtx.SkipConfirm {
		return nil, usage("add --yes to send, or --dry-run to see what would be paid", "--json never asks, and this spends coins")
	}
	c, err := r.pinned(clientCtx)
	if err != nil {
		return nil, err
	}
	bought, err := prepare(c, clientCtx.FromAddress)
	if err != nil {
		return nil, err
	}
	bought.DryRun = dry
	factory, err := r.price(c, clientCtx.WithCmdContext(r.ctx), bought)
	if err != nil {
		return nil, err
	}
	if dry {
		return &bought.bill, nil
	}
	if !clientCtx.SkipConfirm && !r.agreed(&bought.bill) {
		return nil, &Failure{Exit: ExitFailure, Code: "declined", Message: "nothing was sent", Remediation: "answer y, or add --yes"}
	}
	return r.send(clientCtx.WithCmdContext(r.ctx), factory, bought)
}

func keyFailure(err error) error {
	if strings.Contains(err.Error(), "key not found") {
		return notFound("list the keys: agorad keys list", "the keyring has no such key: %v", err)
	}
	return err
}

// price simulates the message, and completes the bill with fee and balance.
func (r *request) price(c *chain, clientCtx client.Context, bought *purchase) (tx.Factory, error) {
	if err := r.checkFees(); err != nil {
		return tx.Factory{}, err
	}
	factory, err := tx.NewFactoryCLI(clientCtx, r.cmd.Flags())
	if err != nil {
		return factory, usage(r.cmd.CommandPath()+" --help lists the flags", "%v", err)
	}
	if bought.Balance, err = c.balance(clientCtx.FromAddress); err != nil {
		return factory, err
	}
	bought.From = clientCtx.FromAddress.String()
	if factory, err = factory.Prepare(clientCtx); err != nil {
		return factory, &Failure{
			Exit: ExitRefused, Code: "no_account", Message: fmt.Sprintf("the account %s cannot sign: %s", bought.From, plain(err)),
			Remediation: "have coins sent to it first", cause: err,
		}
	}
	wish, _ := r.cmd.Flags().GetString(flags.FlagGas)
	estimate := wish == "" || wish == flags.GasFlagAuto
	if estimate || bought.DryRun {
		simulated, gas, err := tx.CalculateGas(clientCtx, factory, bought.msg)
		if err != nil {
			return factory, bought.refused(err)
		}
		if estimate {
			factory = factory.WithGas(gas)
		}
		if bought.Effect, err = effectOf(simulated.Result, bought); err != nil {
			return factory, err
		}
	}
	unsigned, err := factory.BuildUnsignedTx(bought.msg)
	if err != nil {
		return factory, usage("check --fees, --gas-prices and --chain-id", "%v", err)
	}
	bought.Fee, bought.Gas = amountOf(unsigned.GetTx().GetFee()), factory.Gas()
	bought.Total = sum(sum(bought.Locked, bought.Burned), bought.Fee)
	return factory, nil
}

// checkFees refuses what would make the SDK panic.
func (r *request) checkFees() error {
	price, _ := r.cmd.Flags().GetString(flags.FlagGasPrices)
	if _, err := sdk.ParseDecCoins(price); err != nil {
		return usage("write it as 0.001uagora", "the gas price %q is malformed", clean(price, 60))
	}
	fees, _ := r.cmd.Flags().GetString(flags.FlagFees)
	if _, err := sdk.ParseCoinsNormalized(fees); err != nil {
		return usage("write it as 500uagora", "the fee %q is malformed", clean(fees, 60))
	}
	return nil
}

func (r *request) agreed(b *bill) bool {
	out := r.cmd.ErrOrStderr()
	b.text(out)
	fmt.Fprint(out, "\nSend it? [y/N] ")
	answer, err := bufio.NewReader(r.cmd.InOrStdin()).ReadString('\n')
	if err != nil && answer == "" {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// send signs, broadcasts, and waits for the block.
func (r *request) send(clientCtx client.Context, factory tx.Factory, bought *purchase) (view, error) {
	builder, err := factory.BuildUnsignedTx(bought.msg)
	if err != nil {
		return nil, err
	}
	if err := tx.Sign(r.ctx, factory, clientCtx.FromName, builder, true); err != nil {
		return nil, err
	}
	raw, err := clientCtx.TxConfig.TxEncoder()(builder.GetTx())
	if err != nil {
		return nil, err
	}
	accepted, err := clientCtx.BroadcastTxSync(raw)
	if err != nil {
		return nil, err
	}
	if accepted.Code != 0 {
		return nil, refused(errorsmod.ABCIError(accepted.Codespace, accepted.Code, accepted.RawLog))
	}
	hash, err := hex.DecodeString(accepted.TxHash)
	if err != nil {
		return nil, err
	}
	result, err := r.Await(r.cmd.Context(), clientCtx.WithCmdContext(r.cmd.Context()), hash)
	if err != nil {
		return nil, &Failure{
			Exit: ExitFailure, Code: "uncertain", Message: fmt.Sprintf("transaction %s was sent, but its outcome is not known: %v", accepted.TxHash, err),
			Remediation: "ask before sending again: agorad query tx " + accepted.TxHash, cause: err,
		}
	}
	if result.TxResult.Code != 0 {
		return nil, refused(errorsmod.ABCIError(result.TxResult.Codespace, result.TxResult.Code, result.TxResult.Log))
	}
	paid := &receipt{Hash: accepted.TxHash, Height: result.Height}
	return paid, readResponse(result.TxResult.Data, paid, bought)
}

func readResponse(data []byte, paid *receipt, bought *purchase) error {
	var responses sdk.TxMsgData
	if err := proto.Unmarshal(data, &responses); err != nil {
		return fmt.Errorf("transaction %s succeeded, its response cannot be decoded: %w", paid.Hash, err)
	}
	if len(responses.MsgResponses) != 1 {
		return errors.New("transaction " + paid.Hash + " succeeded, its response is missing")
	}
	return bought.read(responses.MsgResponses[0].Value, paid)
}
