package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdkcodec "github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

var rowCodec = keeper.NewRowCodec(sdkcodec.NewProtoCodec(codectypes.NewInterfaceRegistry()))

func TestARowComesBackFromTheStoreAsItWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := types.ScoreRow{
			Netuid: rapid.Uint32().Draw(t, "netuid"), Epoch: rapid.Uint64().Draw(t, "epoch"),
			Hotkey: rapid.String().Draw(t, "hotkey"), Validator: valoper("a"), BenchmarkVersion: 3,
			EvidenceRoot: make([]byte, 32), Items: rapid.Uint64().Draw(t, "items"), Height: 7,
		}
		last := uint64(0)
		for range rapid.IntRange(0, 30).Draw(t, "entries") {
			last += rapid.Uint64Range(1, 1<<20).Draw(t, "step")
			row.MinerIds = append(row.MinerIds, last)
			row.Weights = append(row.Weights, rapid.Uint32().Draw(t, "weight"))
		}
		data, err := rowCodec.Encode(row)
		require.NoError(t, err)
		back, err := rowCodec.Decode(data)
		require.NoError(t, err)
		require.Equal(t, row, back)
	})
}

func TestARowOfThousandsOfMinersTakesThreeBytesEach(t *testing.T) {
	var row types.ScoreRow
	for j := range 4_096 {
		row.MinerIds, row.Weights = append(row.MinerIds, uint64(j+1)), append(row.Weights, uint32(65_535-j))
	}
	data, err := rowCodec.Encode(row)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 3*4_096+8)
}

func TestARowThatIsNoListIsNotStored(t *testing.T) {
	for name, row := range map[string]types.ScoreRow{
		"more weights than identities": {MinerIds: []uint64{1}, Weights: []uint32{1, 2}},
		"identities that fall":         {MinerIds: []uint64{2, 1}, Weights: []uint32{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rowCodec.Encode(row)
			require.ErrorContains(t, err, "malformed packed list")
		})
	}
}

func FuzzARowThatIsReadIsWrittenAsItWas(f *testing.F) {
	for _, row := range []types.ScoreRow{{}, {Hotkey: "a", MinerIds: []uint64{1, 9}, Weights: []uint32{1, 65_535}}} {
		data, err := rowCodec.Encode(row)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte{200})
	f.Fuzz(func(t *testing.T, data []byte) {
		row, err := rowCodec.Decode(data)
		if err != nil {
			return
		}
		again, err := rowCodec.Encode(row)
		require.NoError(t, err)
		back, err := rowCodec.Decode(again)
		require.NoError(t, err)
		require.Equal(t, row, back)
	})
}
