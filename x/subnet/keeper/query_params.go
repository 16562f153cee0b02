package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/types"
)

// SubnetParams returns a subnet's parameters with all that the registry says of them, and who changed them last.
func (q querier) SubnetParams(ctx context.Context, request *types.QuerySubnetParamsRequest) (*types.QuerySubnetParamsResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	return answer(q.k.describeParams(ctx, request.Netuid))
}

func (k *Keeper) describeParams(ctx context.Context, netuid uint32) (*types.QuerySubnetParamsResponse, error) {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return nil, err
	}
	module, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	next := subnet.Params
	if subnet.NextParams != nil {
		next = *subnet.NextParams
	}
	response := &types.QuerySubnetParamsResponse{FrozenFrom: frozenFrom(subnet, module.ParamsFreeze)}
	for _, spec := range types.SubnetParamSpecs {
		change, err := k.ParamChanges.Get(ctx, collections.Join(netuid, spec.Name))
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, err
		}
		response.Params = append(response.Params, types.ParamInfo{
			Name:          spec.Name,
			Value:         spec.Get(&subnet.Params),
			NextValue:     spec.Get(&next),
			DefaultValue:  spec.Get(&module.DefaultSubnetParams),
			Min:           spec.Min,
			Max:           spec.Max,
			Unit:          spec.Unit,
			Meaning:       spec.Meaning,
			SideEffects:   spec.SideEffects,
			Who:           string(spec.Who),
			MinInterval:   spec.MinInterval,
			ChangedHeight: change.Height,
			ChangedBy:     change.By,
		})
	}
	return response, nil
}
