package keeper_test

import (
	"context"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdkstore "github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

// operations is what the keeper asked of its store.
type operations struct {
	// reads are Get and Has, writes are Set and Delete.
	reads, writes int
	// written are the bytes of keys and values that were set.
	written int
	// steps are the entries that iterators stood on.
	steps int
}

// meteredService counts what goes through it.
type meteredService struct {
	store.KVStoreService
	count *operations
}

func (s meteredService) OpenKVStore(ctx context.Context) store.KVStore {
	return meteredStore{KVStore: s.KVStoreService.OpenKVStore(ctx), count: s.count}
}

type meteredStore struct {
	store.KVStore
	count *operations
}

func (s meteredStore) Get(key []byte) ([]byte, error) {
	s.count.reads++
	return s.KVStore.Get(key)
}

func (s meteredStore) Has(key []byte) (bool, error) {
	s.count.reads++
	return s.KVStore.Has(key)
}

func (s meteredStore) Set(key, value []byte) error {
	s.count.writes++
	s.count.written += len(key) + len(value)
	return s.KVStore.Set(key, value)
}

func (s meteredStore) Delete(key []byte) error {
	s.count.writes++
	return s.KVStore.Delete(key)
}

func (s meteredStore) Iterator(start, end []byte) (store.Iterator, error) {
	return s.metered(s.KVStore.Iterator(start, end))
}

func (s meteredStore) ReverseIterator(start, end []byte) (store.Iterator, error) {
	return s.metered(s.KVStore.ReverseIterator(start, end))
}

func (s meteredStore) metered(iter store.Iterator, err error) (store.Iterator, error) {
	if err != nil {
		return nil, err
	}
	if iter.Valid() {
		s.count.steps++
	}
	return meteredIterator{Iterator: iter, count: s.count}, nil
}

type meteredIterator struct {
	store.Iterator
	count *operations
}

func (i meteredIterator) Next() {
	i.Iterator.Next()
	if i.Valid() {
		i.count.steps++
	}
}

// metered is a fixture on a kind of store, with its operations counted, and how it is committed.
func metered(t testing.TB, kind storetypes.StoreType) (f *fixture, count *operations, commit func()) {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(types.StoreKey, "coins")
	db := dbm.NewMemDB()
	cms := sdkstore.NewCommitMultiStore(db, log.NewNopLogger())
	for _, name := range []string{types.StoreKey, "coins"} {
		cms.MountStoreWithDB(keys[name], kind, nil)
	}
	require.NoError(t, cms.LoadLatestVersion())
	f = newFixture(t) // for all but the store and what lies in it
	f.ctx = sdk.NewContext(cms, cmtproto.Header{}, false, log.NewNopLogger()).WithBlockHeight(1)
	f.bank = newFakeBank(keys["coins"])
	f.distribution = &fakeDistribution{bank: f.bank}
	count = &operations{}
	f.keeper = keeper.NewKeeper(moduletestutil.MakeTestEncodingConfig().Codec, meteredService{runtime.NewKVStoreService(keys[types.StoreKey]), count},
		accounts, operators, fakeAccounts{}, f.bank, f.staking, f.distribution, f.subnets, authority)
	f.staking.hooks = f.keeper.Hooks()
	f.msgs, f.queries = keeper.NewMsgServer(f.keeper), keeper.NewQueryServer(f.keeper)
	require.NoError(t, f.keeper.InitGenesis(f.ctx, *types.DefaultGenesis()))
	return f, count, func() { cms.Commit() }
}
