package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/miner/onchain"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	feeDenom = "uagora"
	// maxBlockAge is how old the newest block may be before either the clock is ahead or the chain stands still.
	maxBlockAge = 30 * time.Second
)

// reporter takes what a check found: detail when err is nil, else the error with its remedy.
type reporter func(name, detail, remedy string, err error)

// examineChain runs the checks that ask the chain. hotkey is empty when there is none.
func examineChain(ctx context.Context, c *config.Config, client *chainclient.Client, hotkey string, now func() time.Time, report reporter) {
	block, err := client.Latest(ctx)
	if err != nil {
		report("chain", "", "", err)
		return
	}
	age := now().Sub(block.Time).Round(time.Millisecond)
	report("clock", fmt.Sprintf("%s after the newest block", age), "set the clock by NTP; when it is right, ask why the chain stands still", clockTrouble(age))
	if hotkey == "" {
		return
	}
	record, detail, remedy, err := registration(ctx, c, client, hotkey)
	report("registered", detail, remedy, err)
	detail, remedy, err = fees(ctx, c, client, hotkey, record)
	report("fees", detail, remedy, err)
}

// clockTrouble judges how long ago the newest block was by this machine's clock. A block is never ahead of the network's
// time, so that a clock before it is slow, and one that is slow by more than the wire allows refuses questions as sent
// in the future. A block may be behind for other reasons than a fast clock.
func clockTrouble(age time.Duration) error {
	switch {
	case age < -wire.DefaultMaxSkew:
		return fmt.Errorf("this machine's clock is %s behind the newest block; questions signed more than %s ahead of it are refused", -age, wire.DefaultMaxSkew)
	case age > maxBlockAge:
		return fmt.Errorf("the newest block is %s old by this machine's clock; questions older than %s are refused", age, wire.DefaultMaxAge)
	}
	return nil
}

// registration finds the miner's record, which is nil when there is none.
func registration(ctx context.Context, c *config.Config, client *chainclient.Client, hotkey string) (record *subnettypes.Miner, detail, remedy string, err error) {
	subnet, err := client.Subnet(0).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: c.Netuid})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		return nil, "", "correct netuid (`agorad q subnet subnets` lists them)", fmt.Errorf("there is no subnet %d on chain %s", c.Netuid, c.Chain.ID)
	case err != nil:
		return nil, "", "", fmt.Errorf("read subnet %d: %w", c.Netuid, err)
	}
	response, err := client.Subnet(0).MinerByHotkey(ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: c.Netuid, Hotkey: hotkey})
	if errors.Is(err, chainclient.ErrNotFound) {
		remedy := "miner register --home " + c.Home
		if price, err := onchain.PriceOf(ctx, client, c.Netuid); err == nil {
			remedy += fmt.Sprintf("   (it burns %s now)", agora(fmt.Sprint(price)))
		}
		return nil, "", remedy, fmt.Errorf("the hotkey is not registered on subnet %d, so no validator asks it", c.Netuid)
	}
	if err != nil {
		return nil, "", "", fmt.Errorf("read the miner of %s: %w", hotkey, err)
	}
	m := response.Miner
	detail = fmt.Sprintf("uid %d, miner id %d on subnet %d", m.Uid, m.MinerId, c.Netuid)
	switch {
	case len(m.Endpoints) == 0:
		detail += ", no endpoint yet: `miner serve` publishes it"
	default:
		detail += ", asked at " + strings.Join(m.Endpoints, ", ")
	}
	if c.Advertise != "" && len(m.Endpoints) > 0 && !slices.Contains(m.Endpoints, c.Advertise) {
		detail += "; `miner serve` will publish " + c.Advertise
	}
	if subnet.Subnet.PausedHeight != 0 {
		detail += "; the subnet is paused, nothing is asked until it goes on"
	}
	return &m, detail, "", nil
}

// fees says who pays for publishing the endpoint, as the daemon finds out: the granter that is configured, the owner
// where it granted an allowance, the hotkey itself, or anybody else that grants it fees.
func fees(ctx context.Context, c *config.Config, client *chainclient.Client, hotkey string, record *subnettypes.Miner) (detail, remedy string, err error) {
	remedy = "miner register --home " + c.Home + " grants an allowance of the owner, also to a miner that is registered already"
	granter := c.Chain.FeeGranter
	if granter == "" && record != nil && record.Owner != hotkey {
		granter = record.Owner
	}
	if granter != "" {
		granted, err := client.HasFeeGrant(ctx, granter, hotkey)
		switch {
		case err != nil:
			return "", "", err
		case granted:
			return "granted by " + granter, "", nil
		case c.Chain.FeeGranter != "":
			return "", fmt.Sprintf("correct chain.fee_granter, or have its owner run: agorad tx feegrant grant %s %s --from %s", granter, hotkey, granter),
				fmt.Errorf("%s, which chain.fee_granter names, grants the hotkey no fees", granter)
		}
	}
	if granter, err = client.FeePayer(ctx, hotkey, feeDenom); err != nil {
		return "", "", err
	}
	if granter != "" {
		return "granted by " + granter, "", nil
	}
	balance, err := client.Balance(ctx, hotkey, feeDenom)
	switch {
	case err != nil:
		return "", "", err
	case balance.Sign() == 0:
		return "", remedy, errors.New("the hotkey holds nothing and nobody grants it fees, so the endpoint cannot be published")
	}
	return fmt.Sprintf("%s of the hotkey's own", agora(balance.String())), "", nil
}
