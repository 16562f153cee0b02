package keeper_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

func pair(netuid uint32, id uint64) collections.Pair[uint32, uint64] {
	return collections.Join(netuid, id)
}

func pageOf(limit uint64, key []byte) *query.PageRequest {
	return &query.PageRequest{Limit: limit, Key: key}
}

// model is a commitment by a hotkey of subnet 1.
func model(hotkey string) *types.MsgCommitModel {
	return &types.MsgCommitModel{
		Hotkey: addr(hotkey), Netuid: 1, Digest: bytes.Repeat([]byte{7}, 32), Format: "safetensors", Size_: 1_000, Urls: []string{"https://models.example/m.safetensors?v=1"},
	}
}

func TestAModelIsCommittedAtItsHeight(t *testing.T) {
	f := market(t)
	f.to(5)
	msg := model("b hot")
	must(f, f.msgs.CommitModel, msg)
	require.Equal(t, []types.EventModelCommitted{{Netuid: 1, MinerId: 2, Digest: msg.Digest, Size_: 1_000}}, events[types.EventModelCommitted](f))
	require.Equal(t, &types.ModelCommitment{Digest: msg.Digest, Format: "safetensors", Size_: 1_000, Urls: msg.Urls, Height: 5}, f.miner(1).Model)
	f.to(6)
	must(f, f.msgs.CommitModel, model("a hot"))
	require.EqualValues(t, 6, f.miner(0).Model.Height, "another may commit the same: the lower height has priority")
	second := imported(t, f)
	require.Equal(t, f.miner(1), second.miner(1))
	f.sound()
}

func TestAModelIsCommittedAgainOnlyAfterTheInterval(t *testing.T) {
	f := market(t)
	f.tune(func(p *types.SubnetParams) { p.ModelInterval = 10 })
	must(f, f.msgs.CommitModel, model("a hot"))
	f.to(10)
	_, err := do(f, f.msgs.CommitModel, model("a hot"))
	require.ErrorIs(t, err, types.ErrModelTooSoon)
	f.to(11)
	must(f, f.msgs.CommitModel, model("a hot"))
	require.EqualValues(t, 11, f.miner(0).Model.Height, "each commitment has a height of its own")
}

func TestCommitModelIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgCommitModel)
	}{
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgCommitModel) { m.Hotkey = "" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgCommitModel) { m.Netuid = 9 }},
		{"when the hotkey does not mine", types.ErrMinerNotFound, func(_ *fixture, m *types.MsgCommitModel) { m.Hotkey = addr("a") }},
		{"when the digest is short", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Digest = m.Digest[:31] }},
		{"when the format is empty", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Format = "" }},
		{"when the format is too long", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Format = string(bytes.Repeat([]byte{'x'}, 33)) }},
		{"when the size is 0", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Size_ = 0 }},
		{"when no url serves it", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Urls = nil }},
		{"when too many urls serve it", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Urls = make([]string, 9) }},
		{"when a url is malformed", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Urls = append(m.Urls, "ftp://m.example") }},
		{"when a url names a user", types.ErrModelInvalid, func(_ *fixture, m *types.MsgCommitModel) { m.Urls = append(m.Urls, "https://me@m.example") }},
		{"when it is larger than the subnet takes", types.ErrModelTooLarge, func(f *fixture, _ *types.MsgCommitModel) {
			f.tune(func(p *types.SubnetParams) { p.MaxModelBytes = 999 })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := market(t)
			msg := model("a hot")
			tc.change(f, msg)
			_, err := do(f, f.msgs.CommitModel, msg)
			require.ErrorIs(t, err, tc.want)
			require.Nil(t, f.miner(0).Model)
		})
	}
}
