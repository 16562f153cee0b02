package simulation

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/x/subnet/types"
)

// UpdateSubnetIdentity says something else of a subnet.
func (o *Operations) UpdateSubnetIdentity() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateSubnetIdentity, simsx.SimDeliveryResultHandler) {
		signer, subnet := o.ownersSubnet(ctx, data, reporter, isAny)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		r := data.Rand()
		msg := &types.MsgUpdateSubnetIdentity{
			Owner: signer.AddressBech32, Netuid: subnet.Netuid, Name: r.StringN(8), Description: r.StringN(40),
			Details: types.SubnetDetails{
				Url: fmt.Sprintf("https://s%d.example", subnet.Netuid), Contact: r.StringN(10),
				Hardware: types.HardwareRequirements{Gpus: uint32(between(r, 0, 8))},
			},
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case percent(r, 5):
			msg.Name = ""
			return signers, msg, refusedWith(types.ErrTextInvalid)
		case percent(r, 5):
			msg.Details.Url = "no link"
			return signers, msg, refusedWith(types.ErrLinkInvalid)
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		}
		return signers, msg, nil
	})
}

// OfferSubnet offers a subnet to any account, or takes an offer back.
func (o *Operations) OfferSubnet() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgOfferSubnet, simsx.SimDeliveryResultHandler) {
		signer, subnet := o.ownersSubnet(ctx, data, reporter, isAny)
		heir := data.AnyAccount(reporter)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgOfferSubnet{Owner: signer.AddressBech32, Netuid: subnet.Netuid}
		if !percent(data.Rand(), 15) {
			msg.NewOwner = heir.AddressBech32
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case msg.NewOwner == subnet.Owner || msg.NewOwner == subnet.OfferedTo:
			return signers, msg, refusedWith(types.ErrOfferInvalid)
		}
		return signers, msg, nil
	})
}

// AcceptSubnet takes over a subnet that is offered, or tries to.
func (o *Operations) AcceptSubnet() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAcceptSubnet, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		subnet, ok := o.anySubnet(ctx, r, reporter, func(s types.Subnet) bool { return s.OfferedTo != "" })
		if !ok {
			return nil, nil, nil
		}
		heir := data.GetAccount(reporter, subnet.OfferedTo)
		if percent(r, 5) {
			heir = data.AnyAccount(reporter)
		}
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgAcceptSubnet{NewOwner: heir.AddressBech32, Netuid: subnet.Netuid}
		if heir.AddressBech32 != subnet.OfferedTo {
			return []simsx.SimAccount{frugal(heir)}, msg, refusedWith(types.ErrNotOffered)
		}
		return []simsx.SimAccount{frugal(heir)}, msg, nil
	})
}

// CloseSubnet ends a subnet, or takes that back.
func (o *Operations) CloseSubnet() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCloseSubnet, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		accept := isAny
		// Most owners that close think better of it: a network without subnets proves nothing.
		if closing, err := o.subnets(ctx, isClosing); err == nil && len(closing) > 0 && percent(r, 80) {
			accept = isClosing
		}
		signer, subnet := o.ownersSubnet(ctx, data, reporter, accept)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgCloseSubnet{Owner: signer.AddressBech32, Netuid: subnet.Netuid, Reopen: isClosing(subnet)}
		if percent(r, 5) {
			msg.Reopen = !msg.Reopen
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case msg.Reopen && !isClosing(subnet):
			return signers, msg, refusedWith(types.ErrSubnetNotClosing)
		case !msg.Reopen && isClosing(subnet):
			return signers, msg, refusedWith(types.ErrSubnetClosing)
		}
		return signers, msg, nil
	})
}

func isClosing(s types.Subnet) bool { return s.ClosingEpoch != 0 }
