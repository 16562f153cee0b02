package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/codec"
	"cosmossdk.io/collections/indexes"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdkcodec "github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// Names for the composite keys, so that signatures stay readable.
type (
	// minerKey is (netuid, uid).
	minerKey = collections.Pair[uint32, uint32]
	// identityKey is (netuid, miner_id).
	identityKey = collections.Pair[uint32, uint64]
	// epochKey is (netuid, epoch).
	epochKey = collections.Pair[uint32, uint64]
	// versionKey is (netuid, benchmark, version).
	versionKey = collections.Triple[uint32, uint32, uint32]
	// boundsKey is (netuid, benchmark).
	boundsKey = collections.Pair[uint32, uint32]
	// scoreKey is (netuid, epoch, benchmark, hotkey).
	scoreKey = collections.Quad[uint32, uint64, uint32, sdk.AccAddress]
	// recordKey is (netuid, hotkey, benchmark).
	recordKey = collections.Triple[uint32, sdk.AccAddress, uint32]
	// paramKey is (netuid, name of a parameter).
	paramKey = collections.Pair[uint32, string]
	// appointmentKey is (validator, netuid, hotkey).
	appointmentKey = collections.Triple[sdk.ValAddress, uint32, sdk.AccAddress]
)

// Keeper holds the state of all subnets. It is made once, by NewKeeper.
type Keeper struct {
	addresses  address.Codec
	validators address.Codec
	bank       BankKeeper
	staking    StakingKeeper
	authority  string
	hooks      types.SubnetHooks

	// Schema lists all collections.
	Schema collections.Schema
	// Params holds the module's parameters.
	Params collections.Item[types.Params]
	// NextNetuid is what the next subnet gets.
	NextNetuid collections.Item[uint32]
	// DepositPrice is the subnet deposit when it was last changed, in uagora; DepositHeight is when.
	DepositPrice  collections.Item[uint64]
	DepositHeight collections.Item[int64]
	// Beacon is the beacon of the last block, with what proves it.
	Beacon collections.Item[types.Beacon]
	// BeaconKeys: validator -> the key with which it proves its part of the beacons.
	BeaconKeys collections.Map[sdk.ValAddress, types.BeaconKey]
	// Subnets: netuid.
	Subnets *collections.IndexedMap[uint32, types.Subnet, subnetIndexes]
	// Benchmarks: netuid | benchmark | version.
	Benchmarks collections.Map[versionKey, types.BenchmarkVersion]
	// BenchmarkBounds: netuid | benchmark -> which of its numbers may be tuned; never without any.
	BenchmarkBounds collections.Map[boundsKey, types.BenchmarkBounds]
	// Miners: netuid | uid. last_emission is kept apart, in Emissions.
	Miners *collections.IndexedMap[minerKey, types.Miner, minerIndexes]
	// MinerOwners: netuid | miner_id -> owner; never removed, so that pay stays claimable.
	MinerOwners *collections.IndexedMap[identityKey, sdk.AccAddress, ownerIndexes]
	// Emissions: netuid -> what the last epoch accrued to each miner, one packed packed.List.
	Emissions collections.Map[uint32, []byte]
	// Bonds: netuid | miner_id -> what vouches for a miner; of one that lost its slot, until it is paid out.
	Bonds collections.Map[identityKey, bondValue]
	// Registrations: netuid -> (height, miner registrations in that block).
	Registrations collections.Map[uint32, collections.Pair[int64, uint32]]
	// Appointments: validator | netuid | hotkey.
	Appointments *collections.IndexedMap[appointmentKey, types.Appointment, appointmentIndexes]
	// Epochs: netuid | index.
	Epochs collections.Map[epochKey, types.Epoch]
	// Commits: netuid | epoch | benchmark | hotkey.
	Commits collections.Map[scoreKey, types.ScoreCommit]
	// Rows: netuid | epoch | benchmark | hotkey.
	Rows collections.Map[scoreKey, types.ScoreRow]
	// storedRows are the same rows as they are stored, for who reads many at once with rowCodec.
	storedRows collections.Map[scoreKey, []byte]
	rowCodec   rowCodec
	// Records: netuid | hotkey | benchmark.
	Records collections.Map[recordKey, types.ScoringRecord]
	// Refusals: netuid | hotkey -> its commits and reveals that were refused, by code.
	Refusals collections.Map[refusalKey, types.RefusalRecord]
	// VoteShares: what x/rewards last counted for each subnet, one packed.List of netuid -> share of 10^18.
	VoteShares collections.Item[[]byte]
	// ParamChanges: netuid | parameter -> who changed it last, and when.
	ParamChanges collections.Map[paramKey, types.ParamChange]
	// Removed: netuid of a removed subnet of which something is still to be forgotten.
	Removed collections.KeySet[uint32]
}

// subnetIndexes find the subnets whose epoch begins or ends at a height; subnets that do not run are at height 0.
type subnetIndexes struct {
	// ByStart: epoch_start_height | netuid.
	ByStart *indexes.Multi[int64, uint32, types.Subnet]
	// ByEnd: last block of the epoch as scheduled | netuid.
	ByEnd *indexes.Multi[int64, uint32, types.Subnet]
}

// IndexesList implements collections.Indexes.
func (i subnetIndexes) IndexesList() []collections.Index[uint32, types.Subnet] {
	return []collections.Index[uint32, types.Subnet]{i.ByStart, i.ByEnd}
}

// minerIndexes find a miner by what identifies it.
type minerIndexes struct {
	// ByHotkey: hotkey | netuid -> netuid | uid.
	ByHotkey *indexes.Unique[collections.Pair[sdk.AccAddress, uint32], minerKey, types.Miner]
	// ByID: netuid | miner_id -> netuid | uid.
	ByID *indexes.Unique[identityKey, minerKey, types.Miner]
	// Registered: netuid -> all its miner_ids, packed into one value.
	Registered registeredIndex
}

// IndexesList implements collections.Indexes.
func (i minerIndexes) IndexesList() []collections.Index[minerKey, types.Miner] {
	return []collections.Index[minerKey, types.Miner]{i.ByHotkey, i.ByID, i.Registered}
}

// ownerIndexes find the identities of an owner, those included whose slot was given away.
type ownerIndexes struct {
	// ByOwner: owner | netuid | netuid | miner_id.
	ByOwner *indexes.Multi[collections.Pair[sdk.AccAddress, uint32], identityKey, sdk.AccAddress]
}

// IndexesList implements collections.Indexes.
func (i ownerIndexes) IndexesList() []collections.Index[identityKey, sdk.AccAddress] {
	return []collections.Index[identityKey, sdk.AccAddress]{i.ByOwner}
}

// appointmentIndexes find whom a hotkey scores for, and who scores on a subnet.
type appointmentIndexes struct {
	// ByHotkey: hotkey | validator | netuid | hotkey.
	ByHotkey *indexes.Multi[sdk.AccAddress, appointmentKey, types.Appointment]
	// ByNetuid: netuid | validator | netuid | hotkey.
	ByNetuid *indexes.Multi[uint32, appointmentKey, types.Appointment]
}

// IndexesList implements collections.Indexes.
func (i appointmentIndexes) IndexesList() []collections.Index[appointmentKey, types.Appointment] {
	return []collections.Index[appointmentKey, types.Appointment]{i.ByHotkey, i.ByNetuid}
}

// NewKeeper wires the keeper to its store and to the modules it asks. authority may update the
// parameters. The app must give the module an account with the burner permission.
func NewKeeper(
	cdc sdkcodec.BinaryCodec,
	storeService store.KVStoreService,
	addresses address.Codec,
	validators address.Codec,
	bank BankKeeper,
	staking StakingKeeper,
	authority string,
) *Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	minerKeyCodec := collections.PairKeyCodec(collections.Uint32Key, collections.Uint32Key)
	identityKeyCodec := collections.PairKeyCodec(collections.Uint32Key, collections.Uint64Key)
	scoreKeyCodec := collections.QuadKeyCodec(collections.Uint32Key, collections.Uint64Key, collections.Uint32Key, sdk.AccAddressKey)
	appointmentKeyCodec := collections.TripleKeyCodec(sdk.ValAddressKey, collections.Uint32Key, sdk.AccAddressKey)
	k := &Keeper{
		addresses:     addresses,
		validators:    validators,
		bank:          bank,
		staking:       staking,
		authority:     authority,
		Params:        collections.NewItem(sb, types.ParamsKey, "params", sdkcodec.CollValue[types.Params](cdc)),
		NextNetuid:    collections.NewItem(sb, types.NextNetuidKey, "next_netuid", collections.Uint32Value),
		DepositPrice:  collections.NewItem(sb, types.DepositPriceKey, "deposit_price", collections.Uint64Value),
		DepositHeight: collections.NewItem(sb, types.DepositHeightKey, "deposit_height", collections.Int64Value),
		Beacon:        collections.NewItem(sb, types.LastBeaconKey, "beacon", sdkcodec.CollValue[types.Beacon](cdc)),
		BeaconKeys:    collections.NewMap(sb, types.BeaconKeysKey, "beacon_keys", sdk.ValAddressKey, sdkcodec.CollValue[types.BeaconKey](cdc)),
		Subnets: collections.NewIndexedMap(sb, types.SubnetsKey, "subnets", collections.Uint32Key, sdkcodec.CollValue[types.Subnet](cdc), subnetIndexes{
			ByStart: indexes.NewMulti(sb, types.SubnetsByStartKey, "subnets_by_start", collections.Int64Key, collections.Uint32Key, epochStart),
			ByEnd:   indexes.NewMulti(sb, types.SubnetsByEndKey, "subnets_by_end", collections.Int64Key, collections.Uint32Key, epochEnd),
		}),
		Benchmarks: collections.NewMap(sb, types.BenchmarksKey, "benchmarks",
			collections.TripleKeyCodec(collections.Uint32Key, collections.Uint32Key, collections.Uint32Key), sdkcodec.CollValue[types.BenchmarkVersion](cdc)),
		BenchmarkBounds: collections.NewMap(sb, types.BoundsKey, "benchmark_bounds", minerKeyCodec, sdkcodec.CollValue[types.BenchmarkBounds](cdc)),
		Miners: collections.NewIndexedMap(sb, types.MinersKey, "miners", minerKeyCodec, sdkcodec.CollValue[types.Miner](cdc), minerIndexes{
			ByHotkey: indexes.NewUnique(sb, types.MinersByHotkeyKey, "miners_by_hotkey",
				collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint32Key), minerKeyCodec,
				func(_ minerKey, m types.Miner) (collections.Pair[sdk.AccAddress, uint32], error) {
					hotkey, err := addresses.StringToBytes(m.Hotkey)
					return collections.Join(sdk.AccAddress(hotkey), m.Netuid), err
				}),
			ByID: indexes.NewUnique(sb, types.MinersByIDKey, "miners_by_id", identityKeyCodec, minerKeyCodec,
				func(_ minerKey, m types.Miner) (identityKey, error) {
					return collections.Join(m.Netuid, m.MinerId), nil
				}),
			Registered: registeredIndex{collections.NewMap(sb, types.RegisteredKey, "registered", collections.Uint32Key, collections.BytesValue)},
		}),
		MinerOwners: collections.NewIndexedMap(sb, types.MinerOwnersKey, "miner_owners", identityKeyCodec, codec.KeyToValueCodec(sdk.AccAddressKey), ownerIndexes{
			ByOwner: indexes.NewMulti(sb, types.MinersByOwnerKey, "miners_by_owner",
				collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint32Key), identityKeyCodec,
				func(identity identityKey, owner sdk.AccAddress) (collections.Pair[sdk.AccAddress, uint32], error) {
					return collections.Join(owner, identity.K1()), nil
				}),
		}),
		Emissions: collections.NewMap(sb, types.EmissionsKey, "emissions", collections.Uint32Key, collections.BytesValue),
		Bonds:     collections.NewMap(sb, types.BondsKey, "bonds", identityKeyCodec, newBondCodec()),
		Registrations: collections.NewMap(sb, types.RegistrationsKey, "registrations", collections.Uint32Key,
			codec.KeyToValueCodec(collections.PairKeyCodec(collections.Int64Key, collections.Uint32Key))),
		Appointments: collections.NewIndexedMap(sb, types.AppointmentsKey, "appointments", appointmentKeyCodec, sdkcodec.CollValue[types.Appointment](cdc), appointmentIndexes{
			ByHotkey: indexes.NewMulti(sb, types.ByHotkeyKey, "appointments_by_hotkey", sdk.AccAddressKey, appointmentKeyCodec,
				func(key appointmentKey, _ types.Appointment) (sdk.AccAddress, error) { return key.K3(), nil }),
			ByNetuid: indexes.NewMulti(sb, types.ByNetuidKey, "appointments_by_netuid", collections.Uint32Key, appointmentKeyCodec,
				func(key appointmentKey, _ types.Appointment) (uint32, error) { return key.K2(), nil }),
		}),
		Epochs:  collections.NewMap(sb, types.EpochsKey, "epochs", identityKeyCodec, sdkcodec.CollValue[types.Epoch](cdc)),
		Commits: collections.NewMap(sb, types.CommitsKey, "commits", scoreKeyCodec, sdkcodec.CollValue[types.ScoreCommit](cdc)),
		Rows:    collections.NewMap(sb, types.RowsKey, "rows", scoreKeyCodec, newRowCodec(cdc)),
		// A view, not state of its own: it stays out of the schema.
		storedRows: collections.NewMap(collections.NewSchemaBuilder(storeService), types.RowsKey, "stored_rows", scoreKeyCodec, collections.BytesValue),
		rowCodec:   newRowCodec(cdc),
		Records: collections.NewMap(sb, types.RecordsKey, "records",
			collections.TripleKeyCodec(collections.Uint32Key, sdk.AccAddressKey, collections.Uint32Key), sdkcodec.CollValue[types.ScoringRecord](cdc)),
		Refusals: collections.NewMap(sb, types.RefusalsKey, "refusals",
			collections.PairKeyCodec(collections.Uint32Key, sdk.AccAddressKey), sdkcodec.CollValue[types.RefusalRecord](cdc)),
		VoteShares: collections.NewItem(sb, types.VoteSharesKey, "vote_shares", collections.BytesValue),
		ParamChanges: collections.NewMap(sb, types.ParamChangesKey, "param_changes",
			collections.PairKeyCodec(collections.Uint32Key, collections.StringKey), sdkcodec.CollValue[types.ParamChange](cdc)),
		Removed: collections.NewKeySet(sb, types.RemovedKey, "removed", collections.Uint32Key),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// SetHooks names the module that is told when a subnet is removed. It is called at most once, before
// the first block.
func (k *Keeper) SetHooks(hooks types.SubnetHooks) {
	if k.hooks != nil {
		panic("the hooks of x/subnet are set already")
	}
	k.hooks = hooks
}

// runs tells whether a subnet has epochs at present: it was started and is not paused.
func runs(subnet types.Subnet) bool {
	return subnet.Status == types.SUBNET_STATUS_ACTIVE && subnet.PausedHeight == 0
}

// epochStart is the height at which the epoch under way of a running subnet begins, else 0.
func epochStart(_ uint32, subnet types.Subnet) (int64, error) {
	if !runs(subnet) {
		return 0, nil
	}
	return subnet.EpochStartHeight, nil
}

// epochEnd is the height of the last block of the epoch under way of a running subnet, else 0.
func epochEnd(_ uint32, subnet types.Subnet) (int64, error) {
	if !runs(subnet) {
		return 0, nil
	}
	return lastHeight(subnet), nil
}

// lastHeight is the height of the last block of a running subnet's epoch as scheduled.
func lastHeight(subnet types.Subnet) int64 {
	return subnet.EpochStartHeight + int64(subnet.Params.Tempo) - 1
}

// Subnet returns a subnet, or ErrSubnetNotFound.
func (k *Keeper) Subnet(ctx context.Context, netuid uint32) (types.Subnet, error) {
	subnet, err := k.Subnets.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Subnet{}, errorsmod.Wrapf(types.ErrSubnetNotFound, "netuid %d", netuid)
	}
	return subnet, err
}

// decode turns a bech32 address into bytes; field names it in the error. Bech32 has a second spelling,
// in upper case: it is refused, so that an address in the state always compares as text.
func (k *Keeper) decode(field, bech32 string) (sdk.AccAddress, error) {
	addr, err := k.addresses.StringToBytes(bech32)
	if err != nil {
		return nil, sdkerrors.ErrInvalidAddress.Wrapf("%s: %s", field, err)
	}
	canonical, err := k.addresses.BytesToString(addr)
	if err != nil {
		return nil, sdkerrors.ErrInvalidAddress.Wrapf("%s: %s", field, err)
	}
	if canonical != bech32 {
		return nil, sdkerrors.ErrInvalidAddress.Wrapf("%s: write it in lower case, %s", field, canonical)
	}
	return addr, nil
}

// take moves uagora from an account into the module account.
func (k *Keeper) take(ctx context.Context, from sdk.AccAddress, amount uint64, what string) error {
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, coins(amount)); err != nil {
		if errors.Is(err, sdkerrors.ErrInsufficientFunds) {
			return errorsmod.Wrapf(types.ErrInsufficientFunds, "the %s is %d%s: %s", what, amount, types.Denom, err)
		}
		return err
	}
	return nil
}

func coins(amount uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(types.Denom, math.NewIntFromUint64(amount)))
}

// height is the height of the block that is being executed.
func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }
