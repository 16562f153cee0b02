package onchain

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/miner"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Config says which miner this is and how it pays.
type Config struct {
	Netuid uint32
	// GasPrice per unit of gas.
	GasPrice chainclient.Price
	// FeeGranter pays the fees of the hotkey. Empty: the miner's owner where it granted an allowance, else the hotkey.
	FeeGranter string
}

// Chain is the miner's chain. It follows with one goroutine and may be asked to publish by another.
type Chain struct {
	client *chainclient.Client
	key    *chainclient.Key
	config Config

	mu sync.Mutex // guards the fields below
	// started is set once the subnet was seen to have been started, and stays so.
	started bool
	permits []miner.Permit
	owner   string
}

var _ miner.Chain = (*Chain)(nil)

// New makes the miner's chain. It contacts nobody.
func New(client *chainclient.Client, key *chainclient.Key, config Config) *Chain {
	return &Chain{client: client, key: key, config: config}
}

// Follow implements miner.Chain. Blocks that were overtaken are left out: only what holds now counts.
func (c *Chain) Follow(ctx context.Context, trouble func(error), fn func(miner.View)) error {
	// A block may be there while its state cannot be read, so following and reading report together.
	report := func(err error) {
		if err != nil {
			trouble(err)
		}
	}
	return c.client.Follow(ctx, chainclient.FollowOptions{OnTrouble: report}, func(ctx context.Context, block chainclient.FollowedBlock) error {
		if !block.Newest {
			return nil
		}
		view, err := c.view(ctx, block.Height)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		trouble(err)
		if err == nil {
			fn(view)
		}
		return nil
	})
}

// view reads all that the miner must know at one height.
func (c *Chain) view(ctx context.Context, height int64) (miner.View, error) {
	view := miner.View{Height: height}
	running, err := c.running(ctx, height)
	if err != nil {
		return miner.View{}, err
	}
	if running {
		if err := c.readEpoch(ctx, &view); err != nil {
			return miner.View{}, err
		}
	}
	if view.Miner, err = c.record(ctx, height); err != nil {
		return miner.View{}, err
	}
	return view, nil
}

// readEpoch reads the epoch under way of a subnet that was started, or why it has none.
func (c *Chain) readEpoch(ctx context.Context, view *miner.View) error {
	response, err := c.client.Subnet(view.Height).Epoch(ctx, &subnettypes.QueryEpochRequest{Netuid: c.config.Netuid})
	if err == nil {
		view.Running, view.Epoch, view.Permits = true, response.Epoch.Index, c.currentPermits(response.Epoch)
		return nil
	}
	err = fmt.Errorf("read the epoch of subnet %d: %w", c.config.Netuid, err)
	if _, refused := errors.AsType[*chainclient.QueryError](err); !refused || errors.Is(err, chainclient.ErrHeight) {
		return err
	}
	// The refusal of a query does not say why in a form that programs can read; the subnet does.
	subnet, ask := c.client.Subnet(view.Height).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: c.config.Netuid})
	switch {
	case errors.Is(ask, chainclient.ErrNotFound):
		view.Removed = true
	case ask != nil:
		return fmt.Errorf("read subnet %d: %w", c.config.Netuid, ask)
	case subnet.Subnet.PausedHeight != 0:
		view.Paused, view.Epoch = true, subnet.Subnet.Epoch
	default:
		return err
	}
	return nil
}

// running tells whether the subnet was started, paused since or not.
func (c *Chain) running(ctx context.Context, height int64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started {
		return true, nil
	}
	response, err := c.client.Subnet(height).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: c.config.Netuid})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		return false, fmt.Errorf("there is no subnet %d on chain %s; correct netuid (`agorad q subnet subnets` lists them)", c.config.Netuid, c.client.ChainID())
	case err != nil:
		return false, fmt.Errorf("read subnet %d: %w", c.config.Netuid, err)
	}
	c.started = response.Subnet.Status == subnettypes.SUBNET_STATUS_ACTIVE
	return c.started, nil
}

// currentPermits are those of the epoch. In the block between two epochs the next one is announced without its permits;
// those of the last one hold until it begins.
func (c *Chain) currentPermits(epoch subnettypes.Epoch) []miner.Permit {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(epoch.Beacon) == 0 {
		return c.permits
	}
	c.permits = make([]miner.Permit, 0, len(epoch.Permits))
	for _, permit := range epoch.Permits {
		c.permits = append(c.permits, miner.Permit{Hotkey: permit.Hotkey, Power: permit.Power})
	}
	return c.permits
}

// record is this miner's, nil when it is not registered.
func (c *Chain) record(ctx context.Context, height int64) (*miner.Record, error) {
	response, err := c.client.Subnet(height).MinerByHotkey(ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: c.config.Netuid, Hotkey: c.key.Address()})
	if errors.Is(err, chainclient.ErrNotFound) {
		return nil, nil //nolint:nilnil // absent is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("read the miner of %s: %w", c.key.Address(), err)
	}
	m := response.Miner
	c.mu.Lock()
	c.owner = m.Owner
	c.mu.Unlock()
	return &miner.Record{UID: m.Uid, ID: m.MinerId, Owner: m.Owner, Served: miner.Served{
		Endpoints: m.Endpoints, Protocols: m.Protocols, Model: m.Capabilities.Model,
		ModelDigest: m.Capabilities.ModelDigest, Context: m.Capabilities.Context,
	}}, nil
}

// Serve implements miner.Chain.
func (c *Chain) Serve(ctx context.Context, record miner.Served) error {
	granter, err := c.feeGranter(ctx)
	if err != nil {
		return err
	}
	sender, err := c.client.NewSender(c.key, chainclient.SenderConfig{GasPrice: c.config.GasPrice, FeeGranter: granter})
	if err != nil {
		return err
	}
	_, err = sender.Send(ctx, &subnettypes.MsgServe{
		Hotkey: c.key.Address(), Netuid: c.config.Netuid, Endpoints: record.Endpoints, Protocols: record.Protocols,
		Capabilities: subnettypes.Capabilities{Model: record.Model, ModelDigest: record.ModelDigest, Context: record.Context},
	})
	if errors.Is(err, chainclient.ErrNoAccount) || errors.Is(err, chainclient.ErrBalance) {
		return fmt.Errorf("%w (the hotkey %s needs a fee allowance of its owner: `miner register` grants one, also to a miner that is registered already)", err, c.key.Address())
	}
	return err
}

func (c *Chain) feeGranter(ctx context.Context) (string, error) {
	if c.config.FeeGranter != "" {
		return c.config.FeeGranter, nil
	}
	c.mu.Lock()
	owner := c.owner
	c.mu.Unlock()
	if owner == "" || owner == c.key.Address() {
		return "", nil
	}
	granted, err := c.client.HasFeeGrant(ctx, owner, c.key.Address())
	if err != nil || !granted {
		return "", err
	}
	return owner, nil
}

// Accrued is what an owner may claim on one subnet.
type Accrued struct {
	Netuid uint32 `json:"netuid"`
	// Amount in uagora.
	Amount string `json:"amount"`
}

// AccruedOf reads what an owner may claim.
func AccruedOf(ctx context.Context, client *chainclient.Client, owner string) ([]Accrued, error) {
	response, err := client.Rewards(0).Accrued(ctx, &rewardstypes.QueryAccruedRequest{Owner: owner})
	if err != nil {
		return nil, fmt.Errorf("read what %s accrued: %w", owner, err)
	}
	accrued := make([]Accrued, 0, len(response.Accrued))
	for _, one := range response.Accrued {
		accrued = append(accrued, Accrued{Netuid: one.Netuid, Amount: one.Amount.Amount.String()})
	}
	return accrued, nil
}
