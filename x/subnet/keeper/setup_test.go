package keeper_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/comet"
	"cosmossdk.io/math"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet"
	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/scorehash"
	"github.com/agora-network/agora/x/subnet/types"
)

const chainID = "agora-test"

var (
	accounts   = address.NewBech32Codec("agora")
	validators = address.NewBech32Codec("agoravaloper")
)

// TB is what a test and a property check have in common.
type TB interface {
	require.TestingT
	Helper()
}

// fixture is a keeper with a store of its own, and mocks of x/bank and x/staking.
type fixture struct {
	t       TB
	ctx     sdk.Context
	k       *keeper.Keeper
	msgs    types.MsgServer
	queries types.QueryServer
	bank    *bankMock
	staking *stakingMock
	gov     string
	// proof is what the proposer of the next block proves.
	proof []byte
	// commit writes the store to disk, so that it is read as a node reads it.
	commit func()
}

// newFixture begins a chain at height 1 with default parameters.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := emptyFixture(t)
	require.NoError(t, f.k.InitGenesis(f.ctx, *types.DefaultGenesis()))
	f.begin()
	return f
}

// emptyFixture has no state at all.
func emptyFixture(t testing.TB) *fixture {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	base := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient_test"))
	encoding := moduletestutil.MakeTestEncodingConfig(subnet.AppModule{})
	f := &fixture{
		t:       t,
		ctx:     base.Ctx.WithBlockHeader(cmtproto.Header{ChainID: chainID, Height: 1, AppHash: []byte("app hash 1"), ProposerAddress: []byte("proposer")}).WithChainID(chainID),
		bank:    &bankMock{balances: map[string]uint64{}},
		staking: &stakingMock{},
		gov:     addr("gov"),
		commit:  func() { base.CMS.Commit() },
	}
	f.k = keeper.NewKeeper(encoding.Codec, runtime.NewKVStoreService(key), accounts, validators, f.bank, f.staking, f.gov)
	f.msgs = keeper.NewMsgServer(f.k)
	f.queries = keeper.NewQuerier(f.k)
	return f
}

// addressOf and addr make an address from a name.
func addressOf(name string) sdk.AccAddress {
	digest := sha256.Sum256([]byte(name))
	return digest[:20]
}

func addr(name string) string {
	text, err := accounts.BytesToString(addressOf(name))
	if err != nil {
		panic(err)
	}
	return text
}

func valoper(name string) string {
	text, err := validators.BytesToString(addressOf(name))
	if err != nil {
		panic(err)
	}
	return text
}

// rich gives an account far more than anything costs.
func (f *fixture) rich(names ...string) {
	for _, name := range names {
		f.bank.balances[string(addressOf(name))] = 1 << 60
	}
}

// to goes to a height, beginning each block on the way and closing epochs that are due, as the
// module that pays does.
func (f *fixture) to(height int64) {
	f.t.Helper()
	for f.ctx.BlockHeight() < height {
		f.endBlock()
		f.beginBlock()
	}
}

// begin does what comes before the transactions of a block.
func (f *fixture) begin() {
	f.t.Helper()
	require.NoError(f.t, f.k.UpdateBeacon(f.ctx, f.proof))
	require.NoError(f.t, f.k.BeginBlocker(f.ctx))
}

func (f *fixture) endBlock() {
	f.t.Helper()
	due, err := f.k.DueSubnets(f.ctx)
	require.NoError(f.t, err)
	for _, netuid := range due {
		require.NoError(f.t, f.k.AdvanceEpoch(f.ctx, netuid))
	}
}

func (f *fixture) beginBlock() {
	f.t.Helper()
	header := f.ctx.BlockHeader()
	header.Height++
	header.AppHash = fmt.Appendf(nil, "app hash %d", header.Height)
	f.ctx = f.ctx.WithBlockHeader(header).WithEventManager(sdk.NewEventManager())
	f.begin()
}

// do runs a handler as a transaction: what a failed one wrote is dropped.
func do[M, R any](f *fixture, handler func(context.Context, *M) (*R, error), msg *M) (*R, error) {
	cached, write := f.ctx.CacheContext()
	balances := f.bank.copy()
	response, err := handler(cached, msg)
	if err != nil {
		f.bank.balances = balances
		return response, err
	}
	write()
	return response, nil
}

// must runs a handler that succeeds.
func must[M, R any](f *fixture, handler func(context.Context, *M) (*R, error), msg *M) *R {
	f.t.Helper()
	response, err := do(f, handler, msg)
	require.NoError(f.t, err)
	return response
}

// benchmarkSpec is the canonical encoding of a valid spec that differs by name.
func benchmarkSpec(name string) []byte {
	bz, err := spec.Encode(&spec.Spec{
		Format:      1,
		Name:        name,
		Description: "digits",
		Kind:        spec.KIND_INFERENCE,
		Source:      spec.Source{Source: &spec.Source_Builtin{Builtin: &spec.BuiltinSource{Generator: "basics/1", Families: []string{"add"}}}},
		Sampling:    spec.Sampling{ItemsPerMiner: 8, Domain: spec.SAMPLING_DOMAIN_MINER},
		Request:     spec.Request{Endpoint: spec.ENDPOINT_CHAT_COMPLETIONS, MaxTokens: 32, DeadlineMs: 5_000},
		Scorers: []spec.Scorer{{
			WeightBp: 10_000, Extraction: spec.EXTRACTION_AFTER_LAST_EQUALS,
			Scorer: &spec.Scorer_Exact{Exact: &spec.ExactScorer{}},
		}},
		Aggregation:  spec.Aggregation{Items: spec.ITEM_AGGREGATION_MEAN, EmaAlphaBp: 5_000, Absence: spec.ABSENCE_RESET},
		Weights:      spec.Weights{BaselineBp: 100, Map: &spec.Weights_Power{Power: &spec.PowerMap{Exponent: 1}}},
		Verification: spec.VERIFICATION_RECEIPTS,
	})
	if err != nil {
		panic(err)
	}
	return bz
}

func proposal(owner string, netuid uint32, name string) *types.MsgProposeBenchmark {
	bz := benchmarkSpec(name)
	digest := sha256.Sum256(bz)
	return &types.MsgProposeBenchmark{Owner: addr(owner), Netuid: netuid, Spec: bz, Digest: digest[:]}
}

// quick are parameters with which things happen within few blocks.
func quick() *types.SubnetParams {
	return &types.SubnetParams{Tempo: 10, RevealWindow: 5, MaxMiners: 4, MaxValidators: 3, ImmunityPeriod: 20, MinBurn: 1_000, MaxBurn: 1_000_000, BurnHalfLife: 10}
}

// market is a fixture with subnet 1 of "owner", a benchmark, miners a, b, c (hotkeys "a hot"…) and
// validators v1, v2 with hotkeys "v1 hot", "v2 hot"; it is not started.
func market(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.rich("owner", "a", "b", "c", "d")
	must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "sums", Params: quick()})
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "first"))
	for _, miner := range []string{"a", "b", "c"} {
		f.register(miner)
	}
	f.staking.add("v1", 300_000_000)
	f.staking.add("v2", 200_000_000)
	f.appoint("v1", 0, "v1 hot", 10_000)
	f.appoint("v2", 0, "v2 hot", 10_000)
	return f
}

// started is a market in the first block of epoch 0.
func started(t *testing.T) *fixture {
	t.Helper()
	f := market(t)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	return f
}

func (f *fixture) register(miner string) *types.MsgRegisterMinerResponse {
	f.t.Helper()
	return must(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr(miner), Netuid: 1, Hotkey: addr(miner + " hot")})
}

func (f *fixture) appoint(validator string, netuid uint32, hotkey string, share uint32) {
	f.t.Helper()
	must(f, f.msgs.AppointHotkey, &types.MsgAppointHotkey{Operator: addr(validator), Netuid: netuid, Hotkey: addr(hotkey), ShareBp: share})
}

func (f *fixture) subnet(netuid uint32) types.Subnet {
	f.t.Helper()
	s, err := f.k.Subnet(f.ctx, netuid)
	require.NoError(f.t, err)
	return s
}

func (f *fixture) epoch() types.Epoch {
	f.t.Helper()
	epoch, err := f.k.CurrentEpoch(f.ctx, 1)
	require.NoError(f.t, err)
	return epoch
}

// row is the reveal of a hotkey's weights for miners 1, 2, … in an epoch.
func row(hotkey string, epoch uint64, weights ...uint32) *types.MsgRevealScores {
	msg := &types.MsgRevealScores{
		Hotkey: addr(hotkey), Netuid: 1, Epoch: epoch, BenchmarkVersion: 1,
		EvidenceRoot: make([]byte, 32), Items: 8, Salt: []byte("a salt of sixteen bytes or more"),
	}
	for i, weight := range weights {
		if weight > 0 {
			msg.MinerIds = append(msg.MinerIds, uint64(i+1))
			msg.Weights = append(msg.Weights, weight)
		}
	}
	return msg
}

// commitOf is the commit that a reveal opens, by a hotkey given by name.
func commitOf(t TB, hotkey string, reveal *types.MsgRevealScores) *types.MsgCommitScores {
	t.Helper()
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: chainID, Netuid: reveal.Netuid, Benchmark: reveal.Benchmark, BenchmarkVersion: reveal.BenchmarkVersion, Epoch: reveal.Epoch, Hotkey: addressOf(hotkey),
		MinerIDs: reveal.MinerIds, Weights: reveal.Weights, EvidenceRoot: reveal.EvidenceRoot, Items: reveal.Items, Salt: reveal.Salt,
	})
	require.NoError(t, err)
	return &types.MsgCommitScores{Hotkey: addr(hotkey), Netuid: reveal.Netuid, Epoch: reveal.Epoch, Benchmark: reveal.Benchmark, BenchmarkVersion: reveal.BenchmarkVersion, Hash: hash[:]}
}

// whole is what an epoch of a subnet with one benchmark scores.
func whole(version uint32) []types.EpochBenchmark {
	return []types.EpochBenchmark{{Version: version, ShareBp: types.BasisPoints}}
}

// events returns the typed events of one kind emitted in this block.
func events[E any](f *fixture) (found []E) {
	f.t.Helper()
	for _, raw := range f.ctx.EventManager().ABCIEvents() {
		typed, err := sdk.ParseTypedEvent(raw)
		if err != nil {
			continue
		}
		if event, ok := typed.(any).(*E); ok {
			found = append(found, *event)
		}
	}
	return found
}

// sound requires that all invariants hold.
func (f *fixture) sound() {
	f.t.Helper()
	broken, err := f.k.Invariants(f.ctx)
	require.NoError(f.t, err)
	require.Empty(f.t, broken)
}

// bankMock is x/bank for one denom.
type bankMock struct {
	balances map[string]uint64
	burned   uint64
	// frozen takes no payment.
	frozen sdk.AccAddress
}

func (b *bankMock) copy() map[string]uint64 {
	balances := make(map[string]uint64, len(b.balances))
	for account, balance := range b.balances {
		balances[account] = balance
	}
	return balances
}

func (b *bankMock) SendCoinsFromAccountToModule(_ context.Context, from sdk.AccAddress, _ string, amount sdk.Coins) error {
	n := amount.AmountOf(types.Denom).Uint64()
	if b.balances[string(from)] < n {
		return sdkerrors.ErrInsufficientFunds
	}
	b.balances[string(from)] -= n
	b.balances[string(types.ModuleAddress)] += n
	return nil
}

func (b *bankMock) BurnCoins(_ context.Context, _ string, amount sdk.Coins) error {
	n := amount.AmountOf(types.Denom).Uint64()
	b.balances[string(types.ModuleAddress)] -= n
	b.burned += n
	return nil
}

func (b *bankMock) GetBalance(_ context.Context, account sdk.AccAddress, denom string) sdk.Coin {
	return sdk.NewCoin(denom, math.NewIntFromUint64(b.balances[string(account)]))
}

// stakingMock is x/staking as far as validators go.
type stakingMock struct {
	validators []stakingtypes.Validator
	err        error
	panics     bool
}

func (s *stakingMock) add(name string, tokens int64) {
	s.validators = append(s.validators, stakingtypes.Validator{
		OperatorAddress: valoper(name), Status: stakingtypes.Bonded, Tokens: math.NewInt(tokens),
	})
}

// change edits a validator.
func (s *stakingMock) change(name string, edit func(*stakingtypes.Validator)) {
	i := slices.IndexFunc(s.validators, func(v stakingtypes.Validator) bool { return v.OperatorAddress == valoper(name) })
	edit(&s.validators[i])
}

func (s *stakingMock) Validator(_ context.Context, operator sdk.ValAddress) (stakingtypes.ValidatorI, error) {
	text, err := validators.BytesToString(operator)
	if err != nil {
		return nil, err
	}
	for _, v := range s.validators {
		if v.OperatorAddress == text {
			return v, nil
		}
	}
	return nil, stakingtypes.ErrNoValidatorFound
}

// ValidatorByConsAddr knows a validator by its operator's bytes.
func (s *stakingMock) ValidatorByConsAddr(ctx context.Context, consensus sdk.ConsAddress) (stakingtypes.ValidatorI, error) {
	return s.Validator(ctx, sdk.ValAddress(consensus))
}

func (s *stakingMock) IterateBondedValidatorsByPower(_ context.Context, fn func(int64, stakingtypes.ValidatorI) bool) error {
	if s.panics {
		panic("staking has a fault")
	}
	if s.err != nil {
		return s.err
	}
	for i, v := range s.validators {
		if fn(int64(i), v) {
			return nil
		}
	}
	return nil
}

// cometInfo is what CometBFT says of a block.
type cometInfo struct{ round int32 }

func (c cometInfo) GetEvidence() comet.EvidenceList { return nil }
func (c cometInfo) GetValidatorsHash() []byte       { return nil }
func (c cometInfo) GetProposerAddress() []byte      { return nil }
func (c cometInfo) GetLastCommit() comet.CommitInfo { return c }
func (c cometInfo) Round() int32                    { return c.round }
func (c cometInfo) Votes() comet.VoteInfos          { return nil }
