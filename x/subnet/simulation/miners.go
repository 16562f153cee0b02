package simulation

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/x/subnet/types"
)

// RegisterMiner registers a miner; on a full subnet it replaces the lowest.
func (o *Operations) RegisterMiner() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterMiner, simsx.SimDeliveryResultHandler) {
		subnet, ok := o.anySubnet(ctx, data.Rand(), reporter, isAny)
		if !ok {
			return nil, nil, nil
		}
		owner := payer(data, reporter, subnet.BurnPrice)
		hotkey := anyMiner(data, reporter)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgRegisterMiner{
			Owner: owner.AddressBech32, Netuid: subnet.Netuid, Hotkey: hotkey.AddressBech32, MaxPrice: subnet.BurnPrice,
		}
		switch {
		case isPaused(subnet):
			return []simsx.SimAccount{owner}, msg, refusedWith(types.ErrSubnetPaused)
		case subnet.ClosingEpoch > 0 && subnet.Epoch >= subnet.ClosingEpoch:
			return []simsx.SimAccount{owner}, msg, refusedWith(types.ErrSubnetClosing)
		}
		return []simsx.SimAccount{owner}, msg, mayFailWith(
			types.ErrHotkeyRegistered, types.ErrHotkeyOfValidator, types.ErrAllMinersImmune, types.ErrTooManyRegistrations)
	})
}

// Serve publishes where a miner serves.
func (o *Operations) Serve() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgServe, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		miner, ok := o.anySeat(ctx, r, reporter)
		if !ok {
			return nil, nil, nil
		}
		hotkey := data.GetAccount(reporter, miner.Hotkey)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgServe{
			Hotkey: hotkey.AddressBech32, Netuid: miner.Netuid,
			Endpoints: []string{fmt.Sprintf("https://m%d.example:8443", miner.MinerId)}, Protocols: []string{"openai"},
		}
		if percent(r, 10) {
			msg.Endpoints[0] += "?key=value"
			return []simsx.SimAccount{frugal(hotkey)}, msg, refusedWith(types.ErrEndpointInvalid)
		}
		return []simsx.SimAccount{frugal(hotkey)}, msg, nil
	})
}
