package simulation

import (
	"bytes"
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/x/subnet/types"
)

// modelBytes is the size of a simulated model.
const modelBytes = 1_000_000

// anyMinerOf draws a miner that holds a slot, and most of the time its owner.
func (o *Operations) anyMinerOf(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) (owner simsx.SimAccount, miner types.Miner, stranger bool) {
	miner, ok := o.anySeat(ctx, data.Rand(), reporter)
	if !ok {
		return owner, miner, false
	}
	owner = data.GetAccount(reporter, miner.Owner)
	if percent(data.Rand(), 3) {
		owner = data.AnyAccount(reporter)
	}
	if reporter.IsSkipped() {
		return owner, miner, false
	}
	return frugal(owner), miner, owner.AddressBech32 != miner.Owner
}

// anySeat draws a miner that holds a slot.
func (o *Operations) anySeat(ctx context.Context, r *simsx.XRand, reporter simsx.SimulationReporter) (types.Miner, bool) {
	var miners []types.Miner
	iter, err := o.keeper.Miners.Iterate(ctx, nil)
	if err == nil {
		miners, err = iter.Values()
	}
	switch {
	case err != nil:
		reporter.Fail(err, "list the miners")
	case len(miners) == 0:
		reporter.Skip("no miner")
	default:
		return simsx.OneOf(r, miners), true
	}
	return types.Miner{}, false
}

// DeregisterMiner gives a slot up.
func (o *Operations) DeregisterMiner() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgDeregisterMiner, simsx.SimDeliveryResultHandler) {
		owner, miner, stranger := o.anyMinerOf(ctx, data, reporter)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgDeregisterMiner{Owner: owner.AddressBech32, Netuid: miner.Netuid, MinerId: miner.MinerId},
			ofAStranger(stranger, nil)
	})
}

// RotateHotkey gives a miner another hotkey.
func (o *Operations) RotateHotkey() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRotateHotkey, simsx.SimDeliveryResultHandler) {
		owner, miner, stranger := o.anyMinerOf(ctx, data, reporter)
		hotkey := anyMiner(data, reporter)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgRotateHotkey{Owner: owner.AddressBech32, Netuid: miner.Netuid, MinerId: miner.MinerId, Hotkey: hotkey.AddressBech32}
		return []simsx.SimAccount{owner}, msg,
			ofAStranger(stranger, mayFailWith(types.ErrHotkeyTooSoon, types.ErrHotkeyRegistered, types.ErrHotkeyOfValidator))
	})
}

// CommitModel commits to a model.
func (o *Operations) CommitModel() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCommitModel, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		miner, ok := o.anySeat(ctx, r, reporter)
		if !ok {
			return nil, nil, nil
		}
		hotkey := data.GetAccount(reporter, miner.Hotkey)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgCommitModel{
			Hotkey: hotkey.AddressBech32, Netuid: miner.Netuid, Digest: bytes.Repeat([]byte{byte(r.Intn(256))}, 32),
			Format: "safetensors", Size_: modelBytes, Urls: []string{"https://models.example/m.safetensors"},
		}
		if percent(r, 10) {
			msg.Urls = nil
			return []simsx.SimAccount{frugal(hotkey)}, msg, refusedWith(types.ErrModelInvalid)
		}
		return []simsx.SimAccount{frugal(hotkey)}, msg, mayFailWith(types.ErrModelTooSoon)
	})
}

// BondMiner lets an owner vouch for a miner with what it can spare.
func (o *Operations) BondMiner() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgBondMiner, simsx.SimDeliveryResultHandler) {
		owner, miner, stranger := o.anyMinerOf(ctx, data, reporter)
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgBondMiner{Owner: owner.AddressBech32, Netuid: miner.Netuid, MinerId: miner.MinerId, Amount: uint64(between(data.Rand(), 1, 100_000))}
		return []simsx.SimAccount{owner}, msg, ofAStranger(stranger, mayFailWith(types.ErrInsufficientFunds))
	})
}

// UnbondMiner calls a bond back, or collects it, also of miners and subnets that are gone.
func (o *Operations) UnbondMiner() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUnbondMiner, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		iter, err := o.keeper.Bonds.Iterate(ctx, nil)
		if err != nil {
			reporter.Fail(err, "list the bonds")
			return nil, nil, nil
		}
		keys, err := iter.Keys()
		if err != nil {
			reporter.Fail(err, "list the bonds")
			return nil, nil, nil
		}
		if len(keys) == 0 {
			reporter.Skip("no bond")
			return nil, nil, nil
		}
		key := simsx.OneOf(r, keys)
		bond, err := o.keeper.Bond(ctx, key.K1(), key.K2())
		if err != nil {
			reporter.Fail(err, "read a bond")
			return nil, nil, nil
		}
		address, err := o.keeper.MinerOwner(ctx, key.K1(), key.K2())
		if err != nil {
			reporter.Fail(err, "read the owner of a bond")
			return nil, nil, nil
		}
		owner := data.GetAccount(reporter, address.String())
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgUnbondMiner{Owner: owner.AddressBech32, Netuid: key.K1(), MinerId: key.K2()}
		switch {
		case bond.Releasing > 0 && height(ctx) >= bond.ReleaseHeight:
			return []simsx.SimAccount{frugal(owner)}, msg, nil
		case bond.Releasing > 0:
			return []simsx.SimAccount{frugal(owner)}, msg, mayFailWith(types.ErrNothingReleased)
		case percent(r, 10):
			msg.Amount = bond.Locked + 1
			return []simsx.SimAccount{frugal(owner)}, msg, refusedWith(types.ErrBondTooSmall)
		default:
			msg.Amount = uint64(between(r, 1, int(bond.Locked)))
			return []simsx.SimAccount{frugal(owner)}, msg, nil
		}
	})
}

// ofAStranger is the outcome of what only an owner may do.
func ofAStranger(stranger bool, otherwise simsx.SimDeliveryResultHandler) simsx.SimDeliveryResultHandler {
	if stranger {
		return refusedWith(types.ErrNotMinerOwner)
	}
	return otherwise
}
