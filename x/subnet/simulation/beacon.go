package simulation

import (
	"bytes"
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/internal/beacon"
	"github.com/agora-network/agora/x/subnet/types"
)

// SetBeaconKey registers a key of a validator for beacons, changes it or gives it up. The simulated blocks carry no proofs, as
// those of validators that would withhold them.
func (o *Operations) SetBeaconKey() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetBeaconKey, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		operator, _, ok := o.anyOperator(ctx, data, reporter)
		if !ok {
			return nil, nil, nil
		}
		msg := &types.MsgSetBeaconKey{Operator: operator.AddressBech32}
		if !percent(r, 20) {
			key, err := beacon.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{byte(r.Intn(256))}, 32)))
			if err != nil {
				reporter.Fail(err, "make a beacon key")
				return nil, nil, nil
			}
			msg.Key = key.Public()
		}
		if len(msg.Key) > 0 && percent(r, 5) {
			msg.Key[1] ^= 1
			return []simsx.SimAccount{operator}, msg, refusedWith(types.ErrBeaconKeyInvalid)
		}
		return []simsx.SimAccount{operator}, msg, mayFailWith(types.ErrBeaconKeyUnchanged)
	})
}
