package simulation

import (
	"context"
	"slices"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/x/subnet/types"
)

// UpdateSubnetParams changes parameters of a subnet, as its owner may or may not.
func (o *Operations) UpdateSubnetParams() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateSubnetParams, simsx.SimDeliveryResultHandler) {
		signer, subnet := o.ownersSubnet(ctx, data, reporter, isAny)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		r := data.Rand()
		msg := randomChange(r, func(s types.ParamSpec[types.SubnetParams]) bool { return s.Who == types.Owner })
		msg.Signer, msg.Netuid = signer.AddressBech32, subnet.Netuid
		signers := []simsx.SimAccount{signer}
		switch {
		case percent(r, 3):
			msg.Fields = append(msg.Fields, "no_parameter")
			return signers, msg, refusedWith(types.ErrFieldsInvalid)
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case percent(r, 5):
			msg.Fields = []string{"kappa"}
			return signers, msg, refusedWith(types.ErrParamOfGovernance, types.ErrParamsUnchanged)
		}
		return signers, msg, mayFailWith(
			types.ErrParamChangedRecently, types.ErrParamsUnchanged, types.ErrParamsFrozen, types.ErrSubnetParamsInvalid, types.ErrSlotsTaken)
	})
}

// GovernSubnetParams is a proposal that changes any parameters of a subnet.
func (o *Operations) GovernSubnetParams() simsx.SimMsgFactoryX {
	return simsx.SimMsgFactoryFn[*types.MsgUpdateSubnetParams](func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateSubnetParams) {
		subnet, ok := o.anySubnet(ctx, data.Rand(), reporter, isAny)
		if !ok {
			return nil, nil
		}
		msg := randomChange(data.Rand(), func(types.ParamSpec[types.SubnetParams]) bool { return true })
		msg.Signer, msg.Netuid = data.ModuleAccountAddress(reporter, "gov"), subnet.Netuid
		return nil, msg
	})
}

// randomChange names one to three parameters that the filter accepts, with values that a subnet might have. The tempo and the
// window that has to fit into it go together.
func randomChange(r *simsx.XRand, accept func(types.ParamSpec[types.SubnetParams]) bool) *types.MsgUpdateSubnetParams {
	var names []string
	for _, spec := range types.SubnetParamSpecs {
		if accept(spec) {
			names = append(names, spec.Name)
		}
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	fields := names[:between(r, 1, 3)]
	if slices.Contains(fields, "tempo") != slices.Contains(fields, "reveal_window") {
		fields = append(slices.DeleteFunc(fields, func(name string) bool { return name == "tempo" || name == "reveal_window" }), "tempo", "reveal_window")
	}
	return &types.MsgUpdateSubnetParams{Fields: fields, Params: RandomSubnetParams(r)}
}
