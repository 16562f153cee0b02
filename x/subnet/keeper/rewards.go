package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// The methods in this file, with DueSubnets, Subnet, CurrentEpoch and AdvanceEpoch, are what the
// module that pays asks for and writes back.

// ActiveNetuids lists the subnets that run, by ascending netuid.
func (k *Keeper) ActiveNetuids(ctx context.Context) ([]uint32, error) {
	netuids, err := k.runningUntil(ctx, new(collections.Range[collections.Pair[int64, uint32]]).
		StartInclusive(collections.Join(int64(1), uint32(0))))
	slices.Sort(netuids)
	return netuids, err
}

// HasSubnet tells whether a subnet exists, whatever its status.
func (k *Keeper) HasSubnet(ctx context.Context, netuid uint32) (bool, error) {
	return k.Subnets.Has(ctx, netuid)
}

// ClosingBenchmarks returns the benchmarks that are paid when the epoch under way closes: those of the epoch before, in which
// the rows were made that count now. Their shares add up to 10,000 basis points.
func (k *Keeper) ClosingBenchmarks(ctx context.Context, netuid uint32) ([]types.EpochBenchmark, error) {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil {
		return nil, err
	}
	before := subnet.Epoch
	if before > 0 {
		before--
	}
	// The first epoch, and one after an epoch that could not begin, pay by their own: nobody has rows in them.
	for _, index := range []uint64{before, subnet.Epoch} {
		epoch, err := k.Epochs.Get(ctx, collections.Join(netuid, index))
		switch {
		case err == nil:
			return epoch.Benchmarks, nil
		case !errors.Is(err, collections.ErrNotFound):
			return nil, err
		}
	}
	return nil, errorsmod.Wrapf(types.ErrEpochNotBegun, "netuid %d, epoch %d", netuid, subnet.Epoch)
}

// ClosingRows returns the rows on a benchmark that count when the epoch under way closes, by ascending hotkey bytes. Rows may
// share their list of identities: it must not be changed.
func (k *Keeper) ClosingRows(ctx context.Context, netuid, benchmark uint32) ([]types.ScoreRow, error) {
	subnet, err := k.Subnet(ctx, netuid)
	if err != nil || subnet.Epoch == 0 {
		return nil, err
	}
	ids, err := k.MinerIDs(ctx, netuid)
	if err != nil {
		return nil, err
	}
	// Nearly every row is about all registered miners: their identities are read once.
	registered, err := packed.NewIndex(ids)
	if err != nil {
		return nil, err
	}
	var rows []types.ScoreRow
	err = k.storedRows.Walk(ctx, collections.NewSuperPrefixedQuadRange3[uint32, uint64, uint32, sdk.AccAddress](netuid, subnet.Epoch-1, benchmark),
		func(_ scoreKey, stored []byte) (bool, error) {
			row, err := k.rowCodec.decode(stored, registered.Decode32)
			rows = append(rows, row)
			return err != nil, err
		})
	return rows, err
}

// MinerIDs lists the identities of the miners registered now, ascending.
func (k *Keeper) MinerIDs(ctx context.Context, netuid uint32) ([]uint64, error) {
	return k.Miners.Indexes.Registered.IDs(ctx, netuid)
}

// MinersOfOwner lists the identities an account owns on a subnet, ascending, those included whose slot was given away.
func (k *Keeper) MinersOfOwner(ctx context.Context, netuid uint32, owner sdk.AccAddress) ([]uint64, error) {
	iter, err := k.MinerOwners.Indexes.ByOwner.MatchExact(ctx, collections.Join(owner, netuid))
	if err != nil {
		return nil, err
	}
	keys, err := iter.PrimaryKeys()
	if err != nil {
		return nil, err
	}
	ids := make([]uint64, len(keys))
	for i, key := range keys {
		ids[i] = key.K2()
	}
	return ids, nil
}

// MinerOwner returns the account that owns a miner identity, also of one whose slot was given away or
// whose subnet was removed. It fails with ErrMinerNotFound.
func (k *Keeper) MinerOwner(ctx context.Context, netuid uint32, minerID uint64) (sdk.AccAddress, error) {
	owner, err := k.MinerOwners.Get(ctx, collections.Join(netuid, minerID))
	return owner, orNotFound(err, types.ErrMinerNotFound, "miner_id %d on netuid %d", minerID, netuid)
}

// SetMinerEmissions stores what an epoch accrued to each miner, in uagora: one amount for exactly each
// identity of MinerIDs, ascending. The amounts decide who is replaced when the subnet is full.
func (k *Keeper) SetMinerEmissions(ctx context.Context, netuid uint32, minerIDs, amounts []uint64) error {
	if _, err := k.Subnet(ctx, netuid); err != nil {
		return err
	}
	registered, err := k.MinerIDs(ctx, netuid)
	if err != nil {
		return err
	}
	if !slices.Equal(registered, minerIDs) || len(amounts) != len(minerIDs) {
		return errorsmod.Wrapf(types.ErrEmissionsMismatch, "netuid %d has %d miners, got %d identities and %d amounts",
			netuid, len(registered), len(minerIDs), len(amounts))
	}
	raw, err := packed.List{IDs: minerIDs, Values: amounts}.Encode()
	if err != nil {
		return err
	}
	return k.Emissions.Set(ctx, netuid, raw)
}
