package human

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	querytypes "github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distributiontypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func (p *program) walletCommand() *cobra.Command {
	overview := query(&cobra.Command{
		Use: "overview [ADDRESS | KEY]", Short: "Show all that an account has, earns and runs",
		Long: "Overview shows an account's balance, delegations, rewards, miners' pay, emission vote, miners and hotkeys.\n" +
			"Without an argument it shows the only key of the keyring.",
		Example: "  agorad wallet overview alice\n  agorad wallet overview agora1… --json",
		Args:    cobra.MaximumNArgs(1), RunE: p.answering(showWallet),
	})
	flags.AddKeyringFlags(overview.Flags())
	return group("wallet", "Look at an account", overview)
}

type delegationLine struct {
	Validator string `json:"validator"`
	Amount    uint64 `json:"amount,string"`
	// Rewards that can be withdrawn, in whole uagora.
	Rewards uint64 `json:"rewards,string"`
}

type accruedLine struct {
	Netuid uint32 `json:"netuid"`
	Amount uint64 `json:"amount,string"`
}

type voteLine struct {
	Netuid   uint32 `json:"netuid"`
	WeightBp uint32 `json:"weight_bp"`
}

type ownedMiner struct {
	Netuid uint32 `json:"netuid"`
	// UID is null when the miner lost its slot and only a bond is left.
	UID     *uint32 `json:"uid"`
	MinerID uint64  `json:"miner_id,string"`
	// Role of the account: owner, hotkey, or both.
	Role   string `json:"role"`
	Owner  string `json:"owner"`
	Hotkey string `json:"hotkey"`
	// LastAmount is what the last epoch accrued, in uagora.
	LastAmount uint64 `json:"last_amount,string"`
	Served     bool   `json:"served"`
	// Bond that is locked for the miner, and Releasing on its way back, in uagora.
	Bond      uint64 `json:"bond,string"`
	Releasing uint64 `json:"releasing,string"`
}

type appointed struct {
	Netuid  uint32 `json:"netuid"`
	Hotkey  string `json:"hotkey"`
	ShareBp uint32 `json:"share_bp"`
}

type wallet struct {
	Address     string           `json:"address"`
	Balance     uint64           `json:"balance,string"`
	Delegated   uint64           `json:"delegated,string"`
	Rewards     uint64           `json:"rewards,string"`
	Accrued     uint64           `json:"accrued,string"`
	Delegations []delegationLine `json:"delegations"`
	AccruedBy   []accruedLine    `json:"accrued_by_subnet"`
	// AutoClaimHeight is when accrued pay comes by itself; 0: only by a claim.
	AutoClaimHeight int64 `json:"auto_claim_height,string"`
	// Vote is the account's own emission vote; null: its stake follows its validators' votes.
	Vote    []voteLine   `json:"vote"`
	Miners  []ownedMiner `json:"miners"`
	Hotkeys []appointed  `json:"hotkeys"`
}

func showWallet(r *request) (view, error) {
	clientCtx, err := client.GetClientQueryContext(r.cmd)
	if err != nil {
		return nil, err
	}
	name := ""
	if len(r.args) == 1 {
		name = r.args[0]
	}
	address, err := r.resolve(clientCtx, name)
	if err != nil {
		return nil, err
	}
	c, err := r.pinned(clientCtx)
	if err != nil {
		return nil, err
	}
	wal := &wallet{
		Address: address.String(), Delegations: []delegationLine{}, AccruedBy: []accruedLine{}, Miners: []ownedMiner{}, Hotkeys: []appointed{},
	}
	for _, read := range []func(*chain, sdk.AccAddress) error{wal.money, wal.stake, wal.pay, wal.work} {
		if err := read(c, address); err != nil {
			return nil, err
		}
	}
	return wal, nil
}

// resolve finds the address behind an address, the name of a key, or the only key.
func (r *request) resolve(clientCtx client.Context, name string) (sdk.AccAddress, error) {
	if strings.HasPrefix(name, chaincfg.Bech32Prefix+"1") {
		address, err := sdk.AccAddressFromBech32(name)
		if err != nil {
			return nil, usage("copy it again: a letter is wrong or missing", "%q is not an address: %v", clean(name, 100), err)
		}
		return address, nil
	}
	if clientCtx.Keyring == nil {
		return nil, usage("give an address, or name the keyring with --keyring-backend", "there is no keyring to find a key in")
	}
	if err := r.asksNothing(clientCtx.Keyring); err != nil {
		return nil, err
	}
	if name != "" {
		record, err := clientCtx.Keyring.Key(name)
		if err != nil {
			return nil, notFound("list the keys: agorad keys list, or give an address", "the keyring has no key %q", clean(name, 64))
		}
		return record.GetAddress()
	}
	records, err := clientCtx.Keyring.List()
	if err != nil {
		return nil, err
	}
	switch len(records) {
	case 0:
		return nil, usage("give an address, or make a key: agorad keys add NAME", "the keyring is empty")
	case 1:
		return records[0].GetAddress()
	default:
		return nil, usage("name one: agorad keys list", "the keyring has %d keys", len(records))
	}
}

// asksNothing refuses a keyring that would ask for a passphrase, under --json.
func (r *request) asksNothing(ring keyring.Keyring) error {
	if backend := ring.Backend(); r.json && (backend == keyring.BackendFile || backend == keyring.BackendOS) {
		return usage("give an address, use another keyring (--keyring-backend test), or leave --json out",
			"the keyring %q may ask for a passphrase, and --json never asks", backend)
	}
	return nil
}

func (wal *wallet) money(c *chain, address sdk.AccAddress) error {
	balance, err := c.balance(address)
	wal.Balance = balance
	return err
}

func (c *chain) balance(address sdk.AccAddress) (uint64, error) {
	response, err := banktypes.NewQueryClient(c.Context).Balance(c.ctx, banktypes.NewQueryBalanceRequest(address, chaincfg.Denom))
	if err != nil {
		return 0, err
	}
	if response.Balance == nil {
		return 0, errors.New("the node answered without a balance: ask another node")
	}
	return amountOf(sdk.Coins{*response.Balance}), nil
}

func (wal *wallet) stake(c *chain, address sdk.AccAddress) error {
	rewards := map[string]uint64{}
	total, err := distributiontypes.NewQueryClient(c.Context).DelegationTotalRewards(c.ctx,
		&distributiontypes.QueryDelegationTotalRewardsRequest{DelegatorAddress: address.String()})
	if err != nil {
		return err
	}
	for _, reward := range total.Rewards {
		whole, _ := reward.Reward.TruncateDecimal()
		rewards[reward.ValidatorAddress] = amountOf(whole)
		wal.Rewards = sum(wal.Rewards, rewards[reward.ValidatorAddress])
	}
	staking := stakingtypes.NewQueryClient(c.Context)
	return eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := staking.DelegatorDelegations(c.ctx, &stakingtypes.QueryDelegatorDelegationsRequest{
			DelegatorAddr: address.String(), Pagination: page,
		})
		if err != nil {
			return nil, err
		}
		for _, d := range response.DelegationResponses {
			amount := amountOf(sdk.Coins{d.Balance})
			wal.Delegated = sum(wal.Delegated, amount)
			wal.Delegations = append(wal.Delegations, delegationLine{d.Delegation.ValidatorAddress, amount, rewards[d.Delegation.ValidatorAddress]})
		}
		return response.Pagination, nil
	})
}

func (wal *wallet) pay(c *chain, address sdk.AccAddress) error {
	response, err := c.rewards().Accrued(c.ctx, &rewardstypes.QueryAccruedRequest{Owner: address.String()})
	if err != nil {
		return err
	}
	wal.AutoClaimHeight = response.AutoClaimHeight
	for _, accrued := range response.Accrued {
		amount := amountOf(sdk.Coins{accrued.Amount})
		wal.Accrued = sum(wal.Accrued, amount)
		wal.AccruedBy = append(wal.AccruedBy, accruedLine{accrued.Netuid, amount})
	}
	vote, err := c.rewards().Vote(c.ctx, &rewardstypes.QueryVoteRequest{Voter: address.String()})
	if isRegistered(err, rewardstypes.ErrNoVote) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, weight := range vote.Vote.Weights {
		wal.Vote = append(wal.Vote, voteLine{weight.Netuid, weight.WeightBp})
	}
	return nil
}

// work finds the miners and the hotkeys.
func (wal *wallet) work(c *chain, address sdk.AccAddress) error {
	err := eachPage(func(page *querytypes.PageRequest) (*querytypes.PageResponse, error) {
		response, err := c.subnets().MinersOfOwner(c.ctx, &subnettypes.QueryMinersOfOwnerRequest{Owner: wal.Address, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, m := range response.Miners {
			if m.Hotkey != "" || m.Bond > 0 || m.Releasing > 0 {
				wal.Miners = append(wal.Miners, wal.miner(m))
			}
		}
		return response.Pagination, nil
	})
	if err != nil {
		return err
	}
	if err := wal.serving(c); err != nil {
		return err
	}
	response, err := c.subnets().Appointments(c.ctx, &subnettypes.QueryAppointmentsRequest{Validator: sdk.ValAddress(address).String()})
	if err != nil {
		return err
	}
	for _, a := range response.Appointments {
		wal.Hotkeys = append(wal.Hotkeys, appointed{a.Netuid, a.Hotkey, a.ShareBp})
	}
	return nil
}

// serving finds the miners of others that the account is the hotkey of: at most one on each subnet.
func (wal *wallet) serving(c *chain) error {
	subnets, err := c.allSubnets()
	if err != nil {
		return err
	}
	for _, s := range subnets {
		response, err := c.subnets().MinerByHotkey(c.ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: s.Netuid, Hotkey: wal.Address})
		if isRegistered(err, subnettypes.ErrMinerNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if response.Miner.Owner != wal.Address {
			wal.Miners = append(wal.Miners, wal.miner(response.Miner))
		}
	}
	slices.SortStableFunc(wal.Miners, func(a, b ownedMiner) int { return cmp.Compare(a.Netuid, b.Netuid) })
	return nil
}

// miner is a line of the overview, for a miner with which the account has to do.
func (wal *wallet) miner(m subnettypes.Miner) ownedMiner {
	var roles []string
	if m.Owner == wal.Address {
		roles = append(roles, "owner")
	}
	if m.Hotkey == wal.Address {
		roles = append(roles, "hotkey")
	}
	line := ownedMiner{
		Netuid: m.Netuid, MinerID: m.MinerId, Role: strings.Join(roles, " and "), Owner: m.Owner, Hotkey: m.Hotkey,
		LastAmount: m.LastEmission, Served: m.ServedHeight > 0 && len(m.Endpoints) > 0, Bond: m.Bond, Releasing: m.Releasing,
	}
	if m.Hotkey != "" {
		line.UID = &m.Uid
	}
	return line
}

func (wal *wallet) text(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", wal.Address)
	t := newTable(w, figures)
	t.row("balance", coins(wal.Balance), "AGORA")
	t.row("delegated", coins(wal.Delegated), "")
	t.row("rewards to withdraw", coins(wal.Rewards), "")
	t.row("miners' pay to claim", coins(wal.Accrued), "")
	t.flush()
	if len(wal.Delegations) > 0 {
		fmt.Fprintln(w)
		t = newTable(w, words, "VALIDATOR", "DELEGATED", "REWARDS")
		for _, d := range wal.Delegations {
			t.row(d.Validator, coins(d.Amount), coins(d.Rewards))
		}
		t.flush()
	}
	if len(wal.AccruedBy) > 0 {
		fmt.Fprintln(w)
		t = newTable(w, words, "SUBNET", "MINERS' PAY")
		for _, a := range wal.AccruedBy {
			t.row(a.Netuid, coins(a.Amount))
		}
		t.flush()
		if wal.AutoClaimHeight > 0 {
			fmt.Fprintf(w, "It is paid by itself from height %d on.\n", wal.AutoClaimHeight)
		}
	}
	fmt.Fprintln(w)
	if wal.Vote == nil {
		fmt.Fprintln(w, "emission vote: none of its own, its stake follows its validators")
	} else {
		var parts []string
		for _, v := range wal.Vote {
			parts = append(parts, fmt.Sprintf("subnet %d %d.%02d %%", v.Netuid, v.WeightBp/100, v.WeightBp%100))
		}
		fmt.Fprintln(w, "emission vote:", strings.Join(parts, ", "))
	}
	if len(wal.Miners) > 0 {
		fmt.Fprintln(w)
		t = newTable(w, words, "SUBNET", "UID", "ID", "ROLE", "HOTKEY", "LAST EPOCH", "BOND", "SERVES")
		for _, m := range wal.Miners {
			uid, hotkey, serves := "-", "-", "yes"
			if m.UID != nil {
				uid, hotkey = fmt.Sprint(*m.UID), short(m.Hotkey)
			}
			if !m.Served {
				serves = "no"
			}
			t.row(m.Netuid, uid, m.MinerID, m.Role, hotkey, coins(m.LastAmount), coins(sum(m.Bond, m.Releasing)), serves)
		}
		t.flush()
	}
	if len(wal.Hotkeys) > 0 {
		fmt.Fprintln(w)
		t = newTable(w, words, "APPOINTED HOTKEY", "SUBNET", "SHARE")
		for _, h := range wal.Hotkeys {
			netuid := fmt.Sprint(h.Netuid)
			if h.Netuid == 0 {
				netuid = "all others"
			}
			t.row(h.Hotkey, netuid, fmt.Sprintf("%d.%02d %%", h.ShareBp/100, h.ShareBp%100))
		}
		t.flush()
	}
}
