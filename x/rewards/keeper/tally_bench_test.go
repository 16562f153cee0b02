package keeper_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/store"
	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// Validators and subnets of a crowd.
const (
	crowdValidators = 50
	crowdSubnets    = 16
)

// crowd is a fixture in which that many accounts vote by themselves, each for two subnets with its
// stake at one validator, the same validators and subnets however many they are. Half of the
// validators vote for those who do not.
func crowd(t testing.TB, voters int) *fixture {
	t.Helper()
	keys := storetypes.NewKVStoreKeys("coins")
	staking := &manyDelegators{validators: map[string]int{}, delegators: make(map[string]int, voters)}
	f := newFixtureOn(t, testutil.DefaultContextWithKeys(keys, nil, nil), memory{}, keys["coins"], staking)
	f.params(t, func(p *types.Params) { p.InitialBlockEmission = 0 })
	for netuid := range uint32(crowdSubnets) {
		f.subnets.add(netuid + 1)
	}
	for i := range crowdValidators {
		operator := account(fmt.Sprint("operator ", i))
		staking.validators[string(operator)] = i
		staking.list = append(staking.list, stakingtypes.Validator{
			OperatorAddress: operatorText(operator), Status: stakingtypes.Bonded,
			Tokens: math.NewInt(1 << 50), DelegatorShares: math.LegacyNewDec(1 << 50),
		})
		if i%2 == 0 {
			require.NoError(t, f.vote(operator, on(uint32(i%crowdSubnets)+1, 10_000)))
		}
	}
	for i := range voters {
		voter := make(sdk.AccAddress, 20)
		binary.BigEndian.PutUint64(voter, uint64(i)*0x9E3779B97F4A7C15) // spread over the keys, like real addresses
		staking.delegators[string(voter)] = i % crowdValidators
		first := uint32(i % crowdSubnets)
		weights := []types.VoteWeight{on(first+1, 4_000), on((first+1)%crowdSubnets+1, 6_000)}
		f.ctx = f.ctx.WithEventManager(sdk.NewEventManager()) // a million events are not kept
		require.NoError(t, f.vote(voter, weights...))
	}
	return f
}

// count counts the votes in a block of its own.
func (f *fixture) count(t require.TestingT) {
	f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1).WithEventManager(sdk.NewEventManager())
	require.NoError(t, f.keeper.TallyDue.Set(f.ctx, 0))
	require.NoError(t, f.keeper.EndBlock(f.ctx))
}

func TestATallyReadsAsMuchForFewVotersAsForMany(t *testing.T) {
	reads, writes := map[int]int{}, map[int]int{}
	for _, voters := range []int{1_000, 20_000} {
		f := crowd(t, voters)
		f.count(t)
		tally, err := f.keeper.Tally.Get(f.ctx)
		require.NoError(t, err)
		require.Len(t, tally.Subnets, crowdSubnets)
		*f.reads, *f.writes, *f.walks = 0, 0, 0
		f.count(t)
		reads[voters], writes[voters] = *f.reads, *f.writes
		require.Zero(t, *f.walks, "no voter is visited")
		require.Zero(t, f.events("agora.rewards.v1.EventTallyFailed"))
	}
	require.Equal(t, reads[1_000], reads[20_000])
	require.Equal(t, writes[1_000], writes[20_000])
	// Per validator its sums and its vote; besides, parameters, the last tally and the heights of a block's steps.
	require.LessOrEqual(t, reads[1_000], 2*crowdValidators+8)
	require.LessOrEqual(t, writes[1_000], 3)
}

// BenchmarkTally counts the votes of few and of many. The last run counts in turns and reports how
// many times longer the many take, by the lower quartiles: what else the machine does is not meant.
// Making a million votes takes a minute or two.
func BenchmarkTally(b *testing.B) {
	few, many := crowd(b, 1_000), crowd(b, 1_000_000)
	for _, c := range []struct {
		voters int
		f      *fixture
	}{{1_000, few}, {1_000_000, many}} {
		b.Run(fmt.Sprintf("%d voters", c.voters), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.f.count(b)
			}
		})
	}
	b.Run("in turns", func(b *testing.B) {
		var times [2][]time.Duration
		for b.Loop() {
			for i, f := range []*fixture{few, many} {
				start := time.Now()
				f.count(b)
				times[i] = append(times[i], time.Since(start))
			}
		}
		for i := range times {
			slices.Sort(times[i])
		}
		at := len(times[0]) / 4
		b.ReportMetric(float64(times[1][at])/float64(times[0][at]), "many/few")
	})
}

// manyDelegators is a staking module of any size: each delegator has 1,000 shares at one validator,
// found by a map.
type manyDelegators struct {
	list       []stakingtypes.Validator
	validators map[string]int // operator -> index in list
	delegators map[string]int // delegator -> index in list
}

func (s *manyDelegators) delegation(delegator sdk.AccAddress) (stakingtypes.Delegation, bool) {
	at, found := s.delegators[string(delegator)]
	if !found {
		return stakingtypes.Delegation{}, false
	}
	return stakingtypes.Delegation{ValidatorAddress: s.list[at].OperatorAddress, Shares: math.LegacyNewDec(1_000)}, true
}

func (s *manyDelegators) Validator(_ context.Context, addr sdk.ValAddress) (stakingtypes.ValidatorI, error) {
	if at, found := s.validators[string(addr)]; found {
		return s.list[at], nil
	}
	return nil, stakingtypes.ErrNoValidatorFound
}

func (s *manyDelegators) IterateBondedValidatorsByPower(_ context.Context, fn func(int64, stakingtypes.ValidatorI) bool) error {
	for i, v := range s.list {
		if fn(int64(i), v) {
			break
		}
	}
	return nil
}

func (s *manyDelegators) IterateDelegations(_ context.Context, delegator sdk.AccAddress, fn func(int64, stakingtypes.DelegationI) bool) error {
	if d, found := s.delegation(delegator); found {
		fn(0, d)
	}
	return nil
}

func (s *manyDelegators) Delegation(_ context.Context, delegator sdk.AccAddress, _ sdk.ValAddress) (stakingtypes.DelegationI, error) {
	if d, found := s.delegation(delegator); found {
		return d, nil
	}
	return nil, stakingtypes.ErrNoDelegation
}

func (s *manyDelegators) GetDelegatorBonded(_ context.Context, delegator sdk.AccAddress) (math.Int, error) {
	if _, found := s.delegation(delegator); found {
		return math.NewInt(1_000), nil
	}
	return math.ZeroInt(), nil
}

// memory is a store without versions and order: a million votes are written in a minute, and what is
// read takes the same time whatever lies beside it.
type memory map[string][]byte

func (m memory) OpenKVStore(context.Context) store.KVStore { return memoryStore(m) }

type memoryStore map[string][]byte

func (m memoryStore) Get(key []byte) ([]byte, error) { return m[string(key)], nil }

func (m memoryStore) Has(key []byte) (bool, error) {
	_, found := m[string(key)]
	return found, nil
}

func (m memoryStore) Set(key, value []byte) error {
	m[string(key)] = slices.Clone(value)
	return nil
}

func (m memoryStore) Delete(key []byte) error {
	delete(m, string(key))
	return nil
}

// sorted is a copy with an order.
func (m memoryStore) sorted() (*dbm.MemDB, error) {
	db := dbm.NewMemDB()
	for key, value := range m {
		if err := db.Set([]byte(key), value); err != nil {
			return nil, err
		}
	}
	return db, nil
}

func (m memoryStore) Iterator(start, end []byte) (store.Iterator, error) {
	db, err := m.sorted()
	if err != nil {
		return nil, err
	}
	return db.Iterator(start, end)
}

func (m memoryStore) ReverseIterator(start, end []byte) (store.Iterator, error) {
	db, err := m.sorted()
	if err != nil {
		return nil, err
	}
	return db.ReverseIterator(start, end)
}
