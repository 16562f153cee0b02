package app_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/internal/beacon"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func beaconKey(t testing.TB, name byte) *beacon.PrivateKey {
	key, err := beacon.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{name}, 32)))
	require.NoError(t, err)
	return key
}

// provers is a chain whose first operator registered a beacon key in the genesis.
func provers(t *testing.T, key *beacon.PrivateKey) *apptest.Chain {
	t.Helper()
	operator := apptest.NewAccount("operator-1")
	return apptest.New(t, apptest.Options{Validators: 2, Genesis: func(cdc apptest.Codec, state map[string]json.RawMessage) {
		var subnet subnettypes.GenesisState
		cdc.MustUnmarshalJSON(state[subnettypes.ModuleName], &subnet)
		subnet.BeaconKeys = []subnettypes.BeaconKey{{Validator: operator.ValAddress().String(), Key: key.Public()}}
		state[subnettypes.ModuleName] = cdc.MustMarshalJSON(&subnet)
	}})
}

func proposerAddress(operator apptest.Account) []byte {
	return ed25519.GenPrivKeyFromSecret([]byte("consensus of " + operator.Name)).PubKey().Address()
}

// prepare lets the node propose the next block as an operator's validator.
func prepare(t *testing.T, c *apptest.Chain, operator apptest.Account, txs ...[]byte) [][]byte {
	t.Helper()
	res, err := c.App.PrepareProposal(&abci.RequestPrepareProposal{
		Height: c.Height + 1, Time: c.Time.Add(time.Second), MaxTxBytes: 1 << 20, Txs: txs, ProposerAddress: proposerAddress(operator),
	})
	require.NoError(t, err)
	return res.Txs
}

func accepted(t *testing.T, c *apptest.Chain, operator apptest.Account, txs ...[]byte) bool {
	t.Helper()
	res, err := c.App.ProcessProposal(&abci.RequestProcessProposal{
		Height: c.Height + 1, Time: c.Time.Add(time.Second), Txs: txs, ProposerAddress: proposerAddress(operator), Hash: make([]byte, 32),
	})
	require.NoError(t, err)
	return res.IsAccepted()
}

func TestAProposerProvesItsPartOfTheBeacon(t *testing.T) {
	key := beaconKey(t, 1)
	c := provers(t, key)
	c.App.SetBeaconKey(key)
	alice, bob := c.Operators[0], c.Operators[1]

	block := prepare(t, c, alice)
	require.Len(t, block, 1, "the proof stands where transactions do")
	require.True(t, accepted(t, c, alice, block...))

	res, err := c.App.FinalizeBlock(&abci.RequestFinalizeBlock{
		Height: c.Height + 1, Time: c.Time.Add(time.Second), Txs: block, ProposerAddress: proposerAddress(alice), Hash: make([]byte, 32),
	})
	require.NoError(t, err)
	require.Equal(t, abci.CodeTypeOK, res.TxResults[0].Code, "the proof is not a failed transaction")
	_, err = c.App.Commit()
	require.NoError(t, err)
	c.Height++

	var got subnettypes.QueryBeaconResponse
	require.NoError(t, c.Query("/agora.subnet.v1.Query/Beacon", &subnettypes.QueryBeaconRequest{}, &got))
	require.Equal(t, c.Height, got.Height)
	require.NoError(t, beacon.Verify(key.Public(), beacon.Message(apptest.ChainID, got.Height, got.Previous), got.Proof))
	require.Equal(t, beacon.Next(apptest.ChainID, got.Height, got.Previous, got.Proof), got.Beacon)

	t.Run("a validator without a key proposes as before", func(t *testing.T) {
		require.Empty(t, prepare(t, c, bob))
		require.True(t, accepted(t, c, bob))
	})
}

func TestAProposalWithoutTheRightBeaconProofIsRefused(t *testing.T) {
	key := beaconKey(t, 1)
	c := provers(t, key)
	c.App.SetBeaconKey(key)
	alice, bob := c.Operators[0], c.Operators[1]
	good := prepare(t, c, alice)[0]
	other := bytes.Clone(good)
	copy(other[len(other)-beacon.ProofSize:], key.Prove(beacon.Message(apptest.ChainID, c.Height+2, nil)))

	require.False(t, accepted(t, c, alice), "leaving the proof out would be a second beacon to choose from")
	require.False(t, accepted(t, c, alice, other), "a proof of another message")
	require.False(t, accepted(t, c, alice, good[:len(good)-1]), "a proof cut short")
	require.False(t, accepted(t, c, alice, good, good), "a proof twice")
	require.False(t, accepted(t, c, bob, good), "a proof of somebody else")
	require.True(t, accepted(t, c, alice, good))

	t.Run("as is that of a node that lost its key", func(t *testing.T) {
		c.App.SetBeaconKey(beaconKey(t, 2))
		require.False(t, accepted(t, c, alice, prepare(t, c, alice)...))
	})
	t.Run("and nobody can send a proof as a transaction", func(t *testing.T) {
		res, err := c.App.CheckTx(&abci.RequestCheckTx{Tx: good, Type: abci.CheckTxType_New})
		require.NoError(t, err)
		require.NotEqual(t, abci.CodeTypeOK, res.Code)
	})
}
