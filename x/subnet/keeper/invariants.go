package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// Invariants names each rule that the state breaks, with its figures; an empty answer means that all
// hold. It reads the whole state: it is meant for tests, simulations, genesis and inspection.
func (k *Keeper) Invariants(ctx context.Context) ([]string, error) {
	subnets, err := values(ctx, k.Subnets)
	if err != nil {
		return nil, err
	}
	var broken []string
	for _, check := range []func(context.Context, []types.Subnet) ([]string, error){k.brokenMoney, k.brokenSchedule, k.brokenPlans, k.brokenBounds, k.brokenRemains} {
		found, err := check(ctx, subnets)
		if err != nil {
			return nil, err
		}
		broken = append(broken, found...)
	}
	for _, subnet := range subnets {
		found, err := k.brokenMiners(ctx, subnet)
		if err != nil {
			return nil, err
		}
		broken = append(broken, found...)
	}
	for _, check := range []func(context.Context) ([]string, error){k.brokenBonds, k.brokenShares, k.brokenRows} {
		found, err := check(ctx)
		if err != nil {
			return nil, err
		}
		broken = append(broken, found...)
	}
	return broken, nil
}

// brokenMoney: the module account holds exactly all deposits and all bonds.
func (k *Keeper) brokenMoney(ctx context.Context, subnets []types.Subnet) ([]string, error) {
	deposits, bonds := math.ZeroInt(), math.ZeroInt()
	for _, subnet := range subnets {
		deposits = deposits.Add(math.NewIntFromUint64(subnet.Deposit))
	}
	err := k.Bonds.Walk(ctx, nil, func(_ identityKey, value bondValue) (bool, error) {
		bond := bondOf(value)
		bonds = bonds.Add(math.NewIntFromUint64(bond.Locked)).Add(math.NewIntFromUint64(bond.Releasing))
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if balance := k.bank.GetBalance(ctx, types.ModuleAddress, types.Denom); !balance.Amount.Equal(deposits.Add(bonds)) {
		return []string{fmt.Sprintf("money: the module account holds %s, the subnets' deposits are %s and the miners' bonds %s", balance.Amount, deposits, bonds)}, nil
	}
	return nil, nil
}

// brokenBonds: only a miner with a slot has something locked, what was called back has a height, every bond has an owner and
// is not empty.
func (k *Keeper) brokenBonds(ctx context.Context) ([]string, error) {
	var broken []string
	err := k.Bonds.Walk(ctx, nil, func(key identityKey, value bondValue) (bool, error) {
		bond := bondOf(value)
		say := func(what string) {
			broken = append(broken, fmt.Sprintf("bonds: %s: miner %d of subnet %d, %+v", what, key.K2(), key.K1(), bond))
		}
		if bond == (Bond{}) || (bond.Releasing == 0) != (bond.ReleaseHeight == 0) {
			say("one is empty, or is called back without a height")
		}
		if _, err := k.Miners.Indexes.ByID.MatchExact(ctx, key); err != nil && bond.Locked > 0 {
			say("one is locked for a miner without a slot")
		}
		if _, err := k.MinerOwner(ctx, key.K1(), key.K2()); err != nil {
			say("one has no owner")
		}
		return false, nil
	})
	return broken, err
}

// brokenMiners: as many slots are taken as miner_count says, every index finds its miner, identities stay below
// next_miner_id and have an owner.
func (k *Keeper) brokenMiners(ctx context.Context, subnet types.Subnet) ([]string, error) {
	miners, err := k.minersOf(ctx, subnet.Netuid)
	if err != nil {
		return nil, err
	}
	var broken []string
	say := func(format string, args ...any) {
		broken = append(broken, fmt.Sprintf("miners of subnet %d: ", subnet.Netuid)+fmt.Sprintf(format, args...))
	}
	if uint32(len(miners)) != subnet.MinerCount || subnet.MinerCount > subnet.Params.MaxMiners {
		say("%d found, miner_count is %d of %d", len(miners), subnet.MinerCount, subnet.Params.MaxMiners)
	}
	for i, m := range miners {
		if i > 0 && m.Uid <= miners[i-1].Uid {
			say("slot %d follows slot %d", m.Uid, miners[i-1].Uid)
		}
		if m.MinerId == 0 || m.MinerId >= subnet.NextMinerId {
			say("identity %d, next_miner_id is %d", m.MinerId, subnet.NextMinerId)
		}
		hotkey, err := k.decode("hotkey", m.Hotkey)
		if err != nil {
			return nil, err
		}
		byHotkey, err := k.Miners.Indexes.ByHotkey.MatchExact(ctx, collections.Join(hotkey, subnet.Netuid))
		if err != nil || byHotkey.K2() != m.Uid {
			say("slot %d is not found by its hotkey", m.Uid)
		}
		byID, err := k.Miners.Indexes.ByID.MatchExact(ctx, collections.Join(subnet.Netuid, m.MinerId))
		if err != nil || byID.K2() != m.Uid {
			say("slot %d is not found by its identity", m.Uid)
		}
		owner, err := k.MinerOwners.Get(ctx, collections.Join(subnet.Netuid, m.MinerId))
		if shown, bad := k.addresses.BytesToString(owner); err != nil || bad != nil || shown != m.Owner {
			say("identity %d has no or another owner", m.MinerId)
		}
	}
	ids, err := k.MinerIDs(ctx, subnet.Netuid)
	if err != nil {
		return nil, err
	}
	if len(ids) != len(miners) {
		say("%d identities in the index, %d miners", len(ids), len(miners))
	}
	return broken, nil
}

// brokenShares: a validator gives away at most the whole of its power per netuid, a hotkey scores for
// one validator only, and none both scores and mines.
func (k *Keeper) brokenShares(ctx context.Context) ([]string, error) {
	var broken []string
	var validator sdk.ValAddress
	var netuid, total uint32
	err := k.Appointments.Walk(ctx, nil, func(key appointmentKey, a types.Appointment) (bool, error) {
		if !key.K1().Equals(validator) || key.K2() != netuid {
			validator, netuid, total = key.K1(), key.K2(), 0
		}
		if total += a.ShareBp; total > types.BasisPoints {
			broken = append(broken, fmt.Sprintf("shares: %s gives away %d basis points on netuid %d", a.Validator, total, a.Netuid))
		}
		holder, err := k.validatorOf(ctx, key.K3())
		if err != nil {
			return true, err
		}
		if !key.K1().Equals(holder) {
			broken = append(broken, fmt.Sprintf("shares: hotkey %s is not found by the index, or scores for two validators", a.Hotkey))
		}
		mines, err := k.minesAnywhere(ctx, key.K3())
		if err != nil {
			return true, err
		}
		if mines {
			broken = append(broken, fmt.Sprintf("shares: hotkey %s scores and mines", a.Hotkey))
		}
		return false, nil
	})
	return broken, err
}

// brokenRows: every row has a commit that was opened.
func (k *Keeper) brokenRows(ctx context.Context) ([]string, error) {
	var broken []string
	err := k.Rows.Walk(ctx, nil, func(key scoreKey, row types.ScoreRow) (bool, error) {
		commit, err := k.Commits.Get(ctx, key)
		if err != nil || !commit.Revealed {
			broken = append(broken, fmt.Sprintf("rows: %s has a row in epoch %d of subnet %d without an opened commit", row.Hotkey, row.Epoch, row.Netuid))
		}
		return false, nil
	})
	return broken, err
}
