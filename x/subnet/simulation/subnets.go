package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/x/subnet/types"
)

// RegisterSubnet registers a subnet; where there is no room, another has to go, or it is refused.
func (o *Operations) RegisterSubnet() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterSubnet, simsx.SimDeliveryResultHandler) {
		deposit, err := o.keeper.DepositNow(ctx)
		if err != nil {
			reporter.Fail(err, "read the deposit")
			return nil, nil, nil
		}
		owner := payer(data, reporter, deposit)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		r := data.Rand()
		params := RandomSubnetParams(r)
		msg := &types.MsgRegisterSubnet{Owner: owner.AddressBech32, Name: r.StringN(8), MaxDeposit: deposit, Params: &params}
		if percent(r, 3) {
			params.RevealWindow = params.Tempo
			return []simsx.SimAccount{owner}, msg, mayFailWith(types.ErrSubnetParamsInvalid, types.ErrSubnetLimit)
		}
		if percent(r, 3) {
			msg.MaxDeposit = deposit - 1
			return []simsx.SimAccount{owner}, msg, mayFailWith(types.ErrDepositTooHigh, types.ErrSubnetLimit)
		}
		return []simsx.SimAccount{owner}, msg, mayFailWith(types.ErrSubnetLimit)
	})
}

// ownersSubnet draws a subnet and, most of the time, its owner.
func (o *Operations) ownersSubnet(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, accept func(types.Subnet) bool) (simsx.SimAccount, types.Subnet) {
	subnet, ok := o.anySubnet(ctx, data.Rand(), reporter, accept)
	if !ok {
		return simsx.SimAccount{}, subnet
	}
	signer := data.GetAccount(reporter, subnet.Owner)
	if percent(data.Rand(), 3) {
		signer = data.AnyAccount(reporter)
	}
	if reporter.IsSkipped() {
		return simsx.SimAccount{}, subnet
	}
	return frugal(signer), subnet
}

// StartSubnet starts a subnet, or tries to when it has no benchmark yet.
func (o *Operations) StartSubnet() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgStartSubnet, simsx.SimDeliveryResultHandler) {
		waits := func(s types.Subnet) bool { return s.Status == types.SUBNET_STATUS_INACTIVE || percent(data.Rand(), 2) }
		signer, subnet := o.ownersSubnet(ctx, data, reporter, waits)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgStartSubnet{Owner: signer.AddressBech32, Netuid: subnet.Netuid}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return []simsx.SimAccount{signer}, msg, refusedWith(types.ErrNotOwner)
		case isPaused(subnet):
			return []simsx.SimAccount{signer}, msg, refusedWith(types.ErrSubnetPaused)
		case subnet.Status != types.SUBNET_STATUS_INACTIVE:
			return []simsx.SimAccount{signer}, msg, refusedWith(types.ErrSubnetStarted)
		case len(subnet.LatestVersions) == 0:
			return []simsx.SimAccount{signer}, msg, refusedWith(types.ErrNoBenchmark)
		}
		// What was proposed may wait for its height, or have been withdrawn, or have no share.
		return []simsx.SimAccount{signer}, msg, mayFailWith(types.ErrNoBenchmark)
	})
}

// UpdateParams is a proposal for random parameters.
func (o *Operations) UpdateParams() simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*types.MsgUpdateParams](func(_ context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{Authority: data.ModuleAccountAddress(reporter, "gov"), Params: RandomParams(data.Rand())}
	})
}

// PauseSubnet is a proposal to pause a subnet.
func (o *Operations) PauseSubnet() simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*types.MsgPauseSubnet](func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgPauseSubnet) {
		subnet, ok := o.anySubnet(ctx, data.Rand(), reporter, isNotPaused)
		if !ok {
			return nil, nil
		}
		return nil, &types.MsgPauseSubnet{
			Authority: data.ModuleAccountAddress(reporter, "gov"), Netuid: subnet.Netuid, Reason: data.Rand().StringN(20),
		}
	})
}

// ResumeSubnet is a proposal to let a paused subnet go on.
func (o *Operations) ResumeSubnet() simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*types.MsgResumeSubnet](func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgResumeSubnet) {
		subnet, ok := o.anySubnet(ctx, data.Rand(), reporter, isPaused)
		if !ok {
			return nil, nil
		}
		return nil, &types.MsgResumeSubnet{Authority: data.ModuleAccountAddress(reporter, "gov"), Netuid: subnet.Netuid}
	})
}
