package localnet

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agora-network/agora/chainclient"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// launch brings the subnet to life by the transactions that people would send on
// any chain. Every step first asks the chain whether it was done before, so a
// start that was interrupted anywhere goes on from there.
func (n *network) launch(ctx context.Context) error {
	keys, err := chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendTest, Dir: n.home.ClientHome()})
	if err != nil {
		return err
	}
	l := &launcher{network: n, keys: keys}
	// The daemons wait for their registrations themselves.
	if err := n.startPrograms(append(n.plan.minerNames(), n.plan.validatorNames()...)...); err != nil {
		return err
	}
	if err := n.step("register subnet 1 with what it measures, appoint the validators' hotkeys", func() error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return l.registerSubnet(ctx) })
		for i := range n.plan.Nodes {
			group.Go(func() error { return l.appointHotkeys(ctx, i) })
		}
		return group.Wait()
	}); err != nil {
		return err
	}
	if err := n.step("register the miners, vote the emission", func() error {
		group, ctx := errgroup.WithContext(ctx)
		for _, miner := range n.plan.Miners {
			group.Go(func() error { return l.registerMiner(ctx, miner) })
		}
		for _, node := range n.plan.Nodes {
			group.Go(func() error { return l.voteEmissions(ctx, node) })
		}
		return group.Wait()
	}); err != nil {
		return err
	}
	if err := n.step("wait until the miners serve", func() error {
		if err := n.awaitServing(ctx); err != nil {
			return err
		}
		return n.awaitDaemons(ctx)
	}); err != nil {
		return err
	}
	return n.step("start the subnet", func() error {
		if err := l.startSubnet(ctx); err != nil {
			return err
		}
		return n.reach(stageLaunched)
	})
}

// launcher signs for the people of the network.
type launcher struct {
	*network
	keys *chainclient.Keyring
}

// send signs messages with a key and returns when they are in a block. With no
// messages it does nothing.
func (l *launcher) send(ctx context.Context, keyName string, messages ...sdk.Msg) error {
	if len(messages) == 0 {
		return nil
	}
	key, err := l.keys.Key(keyName)
	if err != nil {
		return err
	}
	price, err := chainclient.ParsePrice(minGasPrices)
	if err != nil {
		return err
	}
	// Others change the same state in the same block, so what a transaction takes
	// there may be well above what it took when it was simulated.
	sender, err := l.client.NewSender(key, chainclient.SenderConfig{GasPrice: price, GasAdjustmentPercent: 300})
	if err != nil {
		return err
	}
	if _, err := sender.Send(ctx, messages...); err != nil {
		return fmt.Errorf("transaction of %s: %w", keyName, err)
	}
	return nil
}

func (l *launcher) address(keyName string) (string, error) {
	key, err := l.keys.Key(keyName)
	if err != nil {
		return "", err
	}
	return key.Address(), nil
}

// appointHotkeys gives the validators that score for a node's operator their
// share of its power, and pays their fees.
func (l *launcher) appointHotkeys(ctx context.Context, node int) error {
	operator := l.plan.Nodes[node]
	response, err := l.client.Subnet(0).Appointments(ctx, &subnettypes.QueryAppointmentsRequest{Validator: operator.ValidatorAddress})
	if err != nil {
		return err
	}
	appointed := make(map[string]uint32)
	for _, appointment := range response.Appointments {
		appointed[appointment.Hotkey] = appointment.ShareBp
	}
	var messages []sdk.Msg
	for _, validator := range l.plan.Validators {
		if validator.Node != node {
			continue
		}
		if appointed[validator.Hotkey] != validator.ShareBP {
			messages = append(messages, &subnettypes.MsgAppointHotkey{
				Operator: operator.OperatorAddress, Hotkey: validator.Hotkey, ShareBp: validator.ShareBP,
			})
		}
		grant, err := l.feeGrant(ctx, operator.OperatorAddress, validator.Hotkey,
			&subnettypes.MsgCommitScores{}, &subnettypes.MsgRevealScores{}, &subnettypes.MsgSetScores{})
		if err != nil {
			return err
		}
		messages = append(messages, grant...)
	}
	return l.send(ctx, operator.Operator, messages...)
}

// feeGrant is the message by which granter pays the fees of grantee for these
// messages only; none where it does already.
func (l *launcher) feeGrant(ctx context.Context, granter, grantee string, allowed ...sdk.Msg) ([]sdk.Msg, error) {
	granted, err := l.client.HasFeeGrant(ctx, granter, grantee)
	if err != nil || granted {
		return nil, err
	}
	urls := make([]string, 0, len(allowed))
	for _, message := range allowed {
		urls = append(urls, sdk.MsgTypeURL(message))
	}
	allowance, err := feegrant.NewAllowedMsgAllowance(&feegrant.BasicAllowance{}, urls)
	if err != nil {
		return nil, err
	}
	from, err := sdk.AccAddressFromBech32(granter)
	if err != nil {
		return nil, err
	}
	to, err := sdk.AccAddressFromBech32(grantee)
	if err != nil {
		return nil, err
	}
	message, err := feegrant.NewMsgGrantAllowance(allowance, from, to)
	if err != nil {
		return nil, err
	}
	return []sdk.Msg{message}, nil
}

// registerMiner burns the price of a slot and pays the hotkey's fees.
func (l *launcher) registerMiner(ctx context.Context, miner MinerPlan) error {
	messages, err := l.feeGrant(ctx, miner.OwnerAddress, miner.Hotkey, &subnettypes.MsgServe{})
	if err != nil {
		return err
	}
	_, err = l.client.Subnet(0).MinerByHotkey(ctx, &subnettypes.QueryMinerByHotkeyRequest{Netuid: netuid, Hotkey: miner.Hotkey})
	switch {
	case errors.Is(err, chainclient.ErrNotFound):
		messages = append(messages, &subnettypes.MsgRegisterMiner{Owner: miner.OwnerAddress, Netuid: netuid, Hotkey: miner.Hotkey})
	case err != nil:
		return err
	}
	return l.send(ctx, miner.Owner, messages...)
}

// voteEmissions gives all emission to the one subnet.
func (l *launcher) voteEmissions(ctx context.Context, node NodePlan) error {
	return l.send(ctx, node.Operator, &rewardstypes.MsgVoteEmissions{
		Voter: node.OperatorAddress, Weights: []rewardstypes.VoteWeight{{Netuid: netuid, WeightBp: fullShare}},
	})
}

// awaitServing waits until every miner has published its endpoint on the chain.
func (n *network) awaitServing(ctx context.Context) error {
	return n.await(ctx, "wait for the miners to publish their endpoints", func(ctx context.Context) error {
		miners, err := n.client.Miners(ctx, 0, netuid)
		if err != nil {
			return err
		}
		serving := make(map[string]bool)
		for _, miner := range miners {
			serving[miner.Hotkey] = miner.ServedHeight > 0
		}
		for _, miner := range n.plan.Miners {
			if !serving[miner.Hotkey] {
				return fmt.Errorf("%s has not", miner.Name)
			}
		}
		return nil
	})
}

// startSubnet begins the first epoch.
func (l *launcher) startSubnet(ctx context.Context) error {
	response, err := l.client.Subnet(0).Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	if err != nil {
		return err
	}
	if response.Subnet.Status == subnettypes.SUBNET_STATUS_ACTIVE {
		return nil
	}
	owner, err := l.address(ownerKey)
	if err != nil {
		return err
	}
	return l.send(ctx, ownerKey, &subnettypes.MsgStartSubnet{Owner: owner, Netuid: netuid})
}
