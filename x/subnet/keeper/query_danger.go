package keeper

import (
	"context"

	"github.com/agora-network/agora/x/subnet/types"
)

const (
	// defaultDangerZone and maxDangerZone are how many miners a danger zone lists.
	defaultDangerZone = 10
	maxDangerZone     = 256
)

// DangerZone lists the miners that registrations of the next block replace, in their order; then those that are immune, by the
// end of their immunity.
func (q querier) DangerZone(ctx context.Context, request *types.QueryDangerZoneRequest) (*types.QueryDangerZoneResponse, error) {
	if request == nil {
		return nil, errNoRequest
	}
	count := int(min(request.Count, maxDangerZone))
	if count == 0 {
		count = defaultDangerZone
	}
	subnet, err := q.k.Subnet(ctx, request.Netuid)
	if err != nil {
		return answer[types.QueryDangerZoneResponse](nil, err)
	}
	queue, err := q.k.replacements(ctx, subnet, height(ctx)+1)
	if err != nil {
		return answer[types.QueryDangerZoneResponse](nil, err)
	}
	zone := &types.QueryDangerZoneResponse{FreeSlots: slots(subnet) - min(subnet.MinerCount, slots(subnet))}
	for len(zone.Miners) < count {
		miner := queue.next()
		if miner == nil {
			break
		}
		zone.Miners = append(zone.Miners, endangered(miner, 0))
	}
	for _, miner := range queue.immune[:min(count-len(zone.Miners), len(queue.immune))] {
		zone.Miners = append(zone.Miners, endangered(miner, immuneUntil(miner.RegisteredHeight, subnet.Params.ImmunityPeriod)))
	}
	return zone, nil
}

func endangered(miner *types.Miner, immune int64) types.EndangeredMiner {
	return types.EndangeredMiner{
		Uid: miner.Uid, MinerId: miner.MinerId, Hotkey: miner.Hotkey, Owner: miner.Owner,
		LastEmission: miner.LastEmission, RegisteredHeight: miner.RegisteredHeight, ImmuneUntil: immune,
	}
}
