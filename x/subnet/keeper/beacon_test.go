package keeper_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/beacon"
	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

// Computed by an independent implementation from the description in the README.
func TestAChainWithoutKeysGivesTheGoldenVectors(t *testing.T) {
	for _, tc := range []struct {
		name, want        string
		previous          []byte
		height            int64
		appHash, proposer []byte
		round             int32
	}{
		{"the first block, without a beacon before it", goldenFirst, nil, 1, nil, bytes.Repeat([]byte{1}, 20), 0},
		{"a later block", goldenLater, bytes.Repeat([]byte{7}, 32), 1_000, bytes.Repeat([]byte{8}, 32), bytes.Repeat([]byte{9}, 20), 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, hex.EncodeToString(keeper.NextBeacon(tc.previous, "agora-1", tc.height, tc.appHash, tc.proposer, tc.round)))
		})
	}
}

func TestEverythingThatABlockAddsChangesTheBeacon(t *testing.T) {
	base := keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("c"), 0)
	require.NotEqual(t, base, keeper.NextBeacon([]byte("x"), "chain", 5, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "other", 5, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 6, []byte("b"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("x"), []byte("c"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("x"), 0))
	require.NotEqual(t, base, keeper.NextBeacon([]byte("a"), "chain", 5, []byte("b"), []byte("c"), 1))
	require.NotEqual(t, keeper.NextBeacon([]byte("ab"), "c", 5, nil, nil, 0), keeper.NextBeacon([]byte("a"), "bc", 5, nil, nil, 0), "fields cannot run into each other")
}

func TestEachBlockHasItsBeacon(t *testing.T) {
	f := emptyFixture(t)
	_, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.ErrorContains(t, err, "before the first block")

	f = newFixture(t)
	first, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(t, err)
	require.Equal(t, keeper.NextBeacon(nil, chainID, 1, []byte("app hash 1"), []byte("proposer"), 0), first.Beacon)
	f.ctx = f.ctx.WithCometInfo(cometInfo{round: 3})
	f.to(2)
	second, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 2, second.Height)
	require.Equal(t, keeper.NextBeacon(first.Beacon, chainID, 2, []byte("app hash 2"), []byte("proposer"), 3), second.Beacon)
}

// proverKey is the same key everywhere.
func proverKey(t testing.TB, name byte) *beacon.PrivateKey {
	key, err := beacon.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{name}, 32)))
	require.NoError(t, err)
	return key
}

// propose makes the next block one that a validator proposes with its proof.
func (f *fixture) propose(name string, key *beacon.PrivateKey) {
	f.t.Helper()
	at := f.ctx.BlockHeight() + 1
	f.proof = nil
	if key != nil {
		message, err := f.k.BeaconMessage(f.ctx, at)
		require.NoError(f.t, err)
		f.proof = key.Prove(message)
	}
	f.endBlock()
	f.ctx = f.ctx.WithBlockHeader(cmtproto.Header{ChainID: chainID, Height: at, ProposerAddress: addressOf(name)})
	f.begin()
}

func (f *fixture) beacon() *types.QueryBeaconResponse {
	f.t.Helper()
	res, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(f.t, err)
	return res
}

func TestAProposersProofMakesTheBeaconOnceItsKeyCounts(t *testing.T) {
	f := newFixture(t)
	f.staking.add("alice", 1_000)
	f.staking.add("bob", 1_000)
	alice := proverKey(t, 1)
	set, err := f.msgs.SetBeaconKey(f.ctx, &types.MsgSetBeaconKey{Operator: addr("alice"), Key: alice.Public()})
	require.NoError(t, err)
	require.Equal(t, f.ctx.BlockHeight()+keeper.BeaconKeyDelay, set.Height)
	require.Equal(t, []types.EventBeaconKeySet{{Validator: valoper("alice"), Key: alice.Public(), Height: set.Height}}, events[types.EventBeaconKeySet](f))

	f.propose("alice", alice)
	require.Empty(t, f.beacon().Proof, "a key that does not count yet proves nothing")
	for f.ctx.BlockHeight() < set.Height-1 {
		f.propose("bob", nil)
	}
	before := f.beacon()
	f.propose("alice", alice)
	got := f.beacon()
	require.Equal(t, before.Beacon, got.Previous)
	require.Equal(t, alice.Public(), got.Key)
	require.NoError(t, beacon.Verify(got.Key, beacon.Message(chainID, got.Height, got.Previous), got.Proof), "anyone can check the answer")
	require.Equal(t, beacon.Next(chainID, got.Height, got.Previous, got.Proof), got.Beacon)

	f.propose("bob", proverKey(t, 2))
	after := f.beacon()
	require.Empty(t, after.Proof, "whoever has no key adds nothing")
	require.Equal(t, beacon.Next(chainID, after.Height, got.Beacon, nil), after.Beacon)
}

func TestAChangedKeyCountsAfterTheDelayAndTheOldOneUntilThen(t *testing.T) {
	f := newFixture(t)
	f.staking.add("alice", 1_000)
	old, next := proverKey(t, 1), proverKey(t, 2)
	keyAt := func(height int64) []byte {
		key, err := f.k.BeaconKeyOf(f.ctx, sdk.ConsAddress(addressOf("alice")), height)
		require.NoError(t, err)
		return key
	}
	set := func(key []byte) int64 {
		res, err := f.msgs.SetBeaconKey(f.ctx, &types.MsgSetBeaconKey{Operator: addr("alice"), Key: key})
		require.NoError(t, err)
		return res.Height
	}
	first := set(old.Public())
	require.Empty(t, keyAt(first-1))
	require.Equal(t, old.Public(), keyAt(first))
	for f.ctx.BlockHeight() < first {
		f.propose("alice", nil)
	}
	second := set(next.Public())
	require.Equal(t, old.Public(), keyAt(second-1))
	require.Equal(t, next.Public(), keyAt(second))
	third := set(nil)
	require.Equal(t, second, third, "a change of mind in the same block replaces the change that waits")
	require.Equal(t, old.Public(), keyAt(third-1))
	require.Empty(t, keyAt(third))

	keys, err := f.queries.BeaconKeys(f.ctx, &types.QueryBeaconKeysRequest{})
	require.NoError(t, err)
	require.Equal(t, []types.BeaconKey{{Validator: valoper("alice"), Key: old.Public(), NextHeight: third}}, keys.Keys)
}

func TestSetBeaconKeyIsRefused(t *testing.T) {
	key := proverKey(t, 1).Public()
	for name, tc := range map[string]struct {
		msg  types.MsgSetBeaconKey
		want error
	}{
		"when the signer operates no validator": {types.MsgSetBeaconKey{Operator: addr("nobody"), Key: key}, types.ErrNotValidatorOperator},
		"when the key is short":                 {types.MsgSetBeaconKey{Operator: addr("alice"), Key: key[1:]}, types.ErrBeaconKeyInvalid},
		"when the key is no point":              {types.MsgSetBeaconKey{Operator: addr("alice"), Key: bytes.Repeat([]byte{0xff}, 96)}, types.ErrBeaconKeyInvalid},
		"when the key is the point at infinity": {types.MsgSetBeaconKey{Operator: addr("alice"), Key: append([]byte{0xc0}, make([]byte, 95)...)}, types.ErrBeaconKeyInvalid},
		"when there is no key to give up":       {types.MsgSetBeaconKey{Operator: addr("alice")}, types.ErrBeaconKeyUnchanged},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.staking.add("alice", 1_000)
			_, err := f.msgs.SetBeaconKey(f.ctx, &tc.msg)
			require.ErrorIs(t, err, tc.want)
			keys, err := f.queries.BeaconKeys(f.ctx, &types.QueryBeaconKeysRequest{})
			require.NoError(t, err)
			require.Empty(t, keys.Keys)
		})
	}
}

func TestBeaconKeysSurviveAGenesis(t *testing.T) {
	f := newFixture(t)
	f.staking.add("alice", 1_000)
	_, err := f.msgs.SetBeaconKey(f.ctx, &types.MsgSetBeaconKey{Operator: addr("alice"), Key: proverKey(t, 1).Public()})
	require.NoError(t, err)
	exported, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, exported.BeaconKeys, 1)
	other := emptyFixture(t)
	require.NoError(t, other.k.InitGenesis(other.ctx, *exported))
	again, err := other.k.ExportGenesis(other.ctx)
	require.NoError(t, err)
	require.Equal(t, exported.BeaconKeys, again.BeaconKeys)

	for name, change := range map[string]func(*types.BeaconKey){
		"a key that is short":          func(k *types.BeaconKey) { k.NextKey = k.NextKey[1:] },
		"a key that is no point":       func(k *types.BeaconKey) { k.NextKey = bytes.Repeat([]byte{0xff}, 96) },
		"a change without a height":    func(k *types.BeaconKey) { k.NextHeight = 0 },
		"an address that is malformed": func(k *types.BeaconKey) { k.Validator = "agoravaloper1x" },
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			bad := *exported
			bad.BeaconKeys = []types.BeaconKey{exported.BeaconKeys[0]}
			change(&bad.BeaconKeys[0])
			broken := emptyFixture(t)
			require.Error(t, broken.k.InitGenesis(broken.ctx, bad))
		})
	}
}
