package keeper_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"
	"cosmossdk.io/math"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

var (
	accounts  = addresscodec.NewBech32Codec("agora")
	operators = addresscodec.NewBech32Codec("agoravaloper")
	authority = accountText(account("authority"))
)

// account is an address made from a name.
func account(name string) sdk.AccAddress { return address.Hash("test", []byte(name))[:20] }

func accountText(a sdk.AccAddress) string {
	text, err := accounts.BytesToString(a)
	if err != nil {
		panic(err)
	}
	return text
}

func operatorText(a sdk.AccAddress) string {
	text, err := operators.BytesToString(a)
	if err != nil {
		panic(err)
	}
	return text
}

// fixture is the keeper with everything it asks replaced. Coins live in a store of their own, so
// that they are rolled back with the branch that moved them.
type fixture struct {
	ctx          sdk.Context
	keeper       *keeper.Keeper
	msgs         types.MsgServer
	queries      types.QueryServer
	bank         *fakeBank
	staking      *fakeStaking
	distribution *fakeDistribution
	subnets      *fakeSubnets
	// writes counts the values that the keeper set or removed, reads those that it asked for one by one,
	// walks the ranges that it walked.
	writes, reads, walks *int
}

// countingService counts what is written and read through it.
type countingService struct {
	store.KVStoreService
	writes, reads, walks *int
}

func (s countingService) OpenKVStore(ctx context.Context) store.KVStore {
	return countingStore{KVStore: s.KVStoreService.OpenKVStore(ctx), writes: s.writes, reads: s.reads, walks: s.walks}
}

type countingStore struct {
	store.KVStore
	writes, reads, walks *int
}

func (s countingStore) Get(key []byte) ([]byte, error) {
	*s.reads++
	return s.KVStore.Get(key)
}

func (s countingStore) Has(key []byte) (bool, error) {
	*s.reads++
	return s.KVStore.Has(key)
}

func (s countingStore) Iterator(start, end []byte) (store.Iterator, error) {
	*s.walks++
	return s.KVStore.Iterator(start, end)
}

func (s countingStore) Set(key, value []byte) error {
	*s.writes++
	return s.KVStore.Set(key, value)
}

func (s countingStore) Delete(key []byte) error {
	*s.writes++
	return s.KVStore.Delete(key)
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	staking := &fakeStaking{}
	keys := storetypes.NewKVStoreKeys(types.StoreKey, "coins")
	f := newFixtureOn(t, testutil.DefaultContextWithKeys(keys, nil, nil), runtime.NewKVStoreService(keys[types.StoreKey]), keys["coins"], staking)
	f.staking, staking.hooks = staking, f.keeper.Hooks()
	return f
}

// newFixtureOn is a fixture on a store and a staking module of the test's own; it leaves staking nil.
func newFixtureOn(t testing.TB, ctx sdk.Context, service store.KVStoreService, coins *storetypes.KVStoreKey, staking keeper.StakingKeeper) *fixture {
	t.Helper()
	f := &fixture{ctx: ctx.WithBlockHeight(1), bank: newFakeBank(coins), subnets: &fakeSubnets{}, writes: new(int), reads: new(int), walks: new(int)}
	f.distribution = &fakeDistribution{bank: f.bank}
	f.keeper = keeper.NewKeeper(moduletestutil.MakeTestEncodingConfig().Codec, countingService{service, f.writes, f.reads, f.walks}, accounts, operators,
		fakeAccounts{}, f.bank, staking, f.distribution, f.subnets, authority)
	f.msgs, f.queries = keeper.NewMsgServer(f.keeper), keeper.NewQueryServer(f.keeper)
	require.NoError(t, f.keeper.InitGenesis(f.ctx, *types.DefaultGenesis()))
	return f
}

// nextBlock runs the end-blocker and goes to the next height; it checks the invariants.
func (f *fixture) nextBlock(t require.TestingT) {
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	require.NoError(t, f.keeper.EndBlock(f.ctx))
	f.requireSound(t)
	f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
}

// removeSubnet removes a subnet as x/subnet does.
func (f *fixture) removeSubnet(t require.TestingT, netuid uint32) {
	n, err := f.subnets.find(netuid)
	require.NoError(t, err)
	f.subnets.list = slices.DeleteFunc(f.subnets.list, func(x *fakeSubnet) bool { return x == n })
	f.subnets.removed = append(f.subnets.removed, n)
	require.NoError(t, f.keeper.SubnetHooks().AfterSubnetRemoved(f.ctx, netuid))
}

// events counts the events of the last block.
func (f *fixture) events(name string) int {
	n := 0
	for _, e := range f.ctx.EventManager().Events() {
		if e.Type == name {
			n++
		}
	}
	return n
}

// reasons are those of the events of one kind in the last block.
func (f *fixture) reasons(name string) []string {
	var out []string
	for _, e := range f.ctx.EventManager().Events() {
		if reason, found := e.GetAttribute("reason"); e.Type == name && found {
			out = append(out, reason.Value)
		}
	}
	return out
}

func (f *fixture) requireSound(t require.TestingT) {
	broken, err := f.keeper.BrokenInvariants(f.ctx)
	require.NoError(t, err)
	require.Empty(t, broken)
}

func (f *fixture) params(t require.TestingT, change func(*types.Params)) {
	p, err := f.keeper.Params.Get(f.ctx)
	require.NoError(t, err)
	change(&p)
	_, err = f.msgs.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
	require.NoError(t, err)
}

func (f *fixture) vote(voter sdk.AccAddress, weights ...types.VoteWeight) error {
	_, err := f.msgs.VoteEmissions(f.ctx, &types.MsgVoteEmissions{Voter: accountText(voter), Weights: weights})
	return err
}

// setPending puts coins into a subnet's pending emission as the schedule would.
func (f *fixture) setPending(t require.TestingT, netuid uint32, amount uint64) {
	require.NoError(t, f.bank.MintCoins(f.ctx, types.ModuleName, uagora(amount)))
	old, err := f.keeper.Pending.Get(f.ctx, netuid)
	if err != nil {
		require.ErrorIs(t, err, collections.ErrNotFound)
	}
	require.NoError(t, f.keeper.Pending.Set(f.ctx, netuid, old+amount))
}

// owe makes a subnet's ledger, with no less in it than before, and mints the coins to pay it.
func (f *fixture) owe(t require.TestingT, netuid uint32, ids, amounts []uint64) {
	var sum uint64
	for _, a := range amounts {
		sum += a
	}
	for _, old := range f.owed(t, netuid) {
		sum -= old
	}
	require.NoError(t, f.bank.MintCoins(f.ctx, types.ModuleName, uagora(sum)))
	data, err := packed.List{IDs: ids, Values: amounts}.Encode()
	require.NoError(t, err)
	require.NoError(t, f.keeper.Ledgers.Set(f.ctx, netuid, data))
}

// owed is what a subnet's ledger holds.
func (f *fixture) owed(t require.TestingT, netuid uint32) map[uint64]uint64 {
	out := map[uint64]uint64{}
	data, err := f.keeper.Ledgers.Get(f.ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return out
	}
	require.NoError(t, err)
	list, err := packed.Decode(data)
	require.NoError(t, err)
	for i, id := range list.IDs {
		out[id] = list.Values[i]
	}
	return out
}

// balance is what an account was paid.
func (f *fixture) balance(a sdk.AccAddress) uint64 { return f.bank.amount(f.ctx, a) }

func (f *fixture) pending(t require.TestingT, netuid uint32) uint64 {
	res, err := f.queries.Pending(f.ctx, &types.QueryPendingRequest{Netuid: netuid})
	require.NoError(t, err)
	return res.Amount.Amount.Uint64()
}

// result is that of a subnet with one benchmark.
func (f *fixture) result(t require.TestingT, netuid uint32) types.EpochResult {
	results := f.results(t, netuid)
	require.Len(t, results, 1)
	return results[0]
}

func (f *fixture) results(t require.TestingT, netuid uint32) []types.EpochResult {
	res, err := f.queries.EpochResult(f.ctx, &types.QueryEpochResultRequest{Netuid: netuid})
	require.NoError(t, err)
	return res.Results
}

func (f *fixture) accrued(t require.TestingT, owner sdk.AccAddress) map[uint32]uint64 {
	res, err := f.queries.Accrued(f.ctx, &types.QueryAccruedRequest{Owner: accountText(owner)})
	require.NoError(t, err)
	out := map[uint32]uint64{}
	for _, a := range res.Accrued {
		out[a.Netuid] = a.Amount.Amount.Uint64()
	}
	return out
}

func uagora(amount uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(types.Denom, math.NewIntFromUint64(amount)))
}

// fakeAccounts knows one account, that of the module gov.
type fakeAccounts struct{}

func (fakeAccounts) GetAccount(_ context.Context, addr sdk.AccAddress) sdk.AccountI {
	if addr.Equals(authtypes.NewModuleAddress("gov")) {
		return authtypes.NewEmptyModuleAccount("gov")
	}
	return nil
}

func (fakeAccounts) GetModuleAddress(module string) sdk.AccAddress {
	return authtypes.NewModuleAddress(module)
}

// fakeBank holds one denomination.
type fakeBank struct {
	balances collections.Map[[]byte, uint64]
	// refuse is an account that cannot be sent coins, panicOn one that brings the bank down.
	refuse, panicOn sdk.AccAddress
	// sends counts payments to accounts.
	sends int
}

var errRefused = errors.New("the account is not allowed to receive funds")

func newFakeBank(key *storetypes.KVStoreKey) *fakeBank {
	sb := collections.NewSchemaBuilder(runtime.NewKVStoreService(key))
	return &fakeBank{balances: collections.NewMap(sb, collections.NewPrefix(0), "balances", collections.BytesKey, collections.Uint64Value)}
}

// total is the key under which the supply is kept.
var total = []byte("total")

func (b *fakeBank) amount(ctx context.Context, key []byte) uint64 {
	v, err := b.balances.Get(ctx, key)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		panic(err)
	}
	return v
}

func (b *fakeBank) change(ctx context.Context, key []byte, coins sdk.Coins, add bool) error {
	old, amount := b.amount(ctx, key), coins.AmountOf(types.Denom).Uint64()
	if add {
		return b.balances.Set(ctx, key, old+amount)
	}
	if amount > old {
		return errors.New("insufficient funds")
	}
	return b.balances.Set(ctx, key, old-amount)
}

func (b *fakeBank) GetSupply(ctx context.Context, denom string) sdk.Coin {
	return sdk.NewCoin(denom, math.NewIntFromUint64(b.amount(ctx, total)))
}

func (b *fakeBank) GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin {
	return sdk.NewCoin(denom, math.NewIntFromUint64(b.amount(ctx, addr)))
}

func (b *fakeBank) MintCoins(ctx context.Context, module string, amount sdk.Coins) error {
	return errors.Join(b.change(ctx, total, amount, true), b.change(ctx, authtypes.NewModuleAddress(module), amount, true))
}

func (b *fakeBank) BurnCoins(ctx context.Context, module string, amount sdk.Coins) error {
	return errors.Join(b.change(ctx, total, amount, false), b.change(ctx, authtypes.NewModuleAddress(module), amount, false))
}

func (b *fakeBank) SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error {
	if err := b.change(ctx, authtypes.NewModuleAddress(module), amount, false); err != nil {
		return err
	}
	b.sends++
	if b.panicOn != nil && to.Equals(b.panicOn) {
		panic("out of order")
	}
	if to.Equals(b.refuse) {
		return errRefused // after the first half moved: the branch must undo it
	}
	return b.change(ctx, to, amount, true)
}

func (b *fakeBank) SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error {
	return errors.Join(b.change(ctx, authtypes.NewModuleAddress(from), amount, false), b.change(ctx, authtypes.NewModuleAddress(to), amount, true))
}

// fakeDistribution remembers what each validator was allocated.
type fakeDistribution struct {
	bank *fakeBank
	err  error
	// allocations counts what was handed over.
	allocations int
}

func (d *fakeDistribution) AllocateTokensToValidator(ctx context.Context, val stakingtypes.ValidatorI, tokens sdk.DecCoins) error {
	if d.err != nil {
		return d.err
	}
	d.allocations++
	amount := tokens.AmountOf(types.Denom).TruncateInt().Uint64()
	return d.bank.change(ctx, []byte(val.GetOperator()), uagora(amount), true)
}

func (d *fakeDistribution) allocated(ctx context.Context, operator sdk.AccAddress) uint64 {
	return d.bank.amount(ctx, []byte(operatorText(operator)))
}
