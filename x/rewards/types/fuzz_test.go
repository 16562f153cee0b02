package types_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/types"
)

// A genesis file is written by people.
func FuzzAGenesisIsRefusedWithoutAPanic(f *testing.F) {
	full := types.DefaultGenesis()
	full.Bonds = []types.Bonds{{Netuid: 1, Hotkey: "hotkey", MinerIds: []uint64{1, 2}, Bonds: []uint64{1, 1 << 48}}}
	full.Results = []types.EpochResult{{Netuid: 1, ShareBp: 10_000, Pending: 3, Burned: 3}}
	full.Ledgers = []types.MinerLedger{{Netuid: 1, MinerIds: []uint64{1}, Amounts: []uint64{7}}}
	for _, state := range []*types.GenesisState{{}, types.DefaultGenesis(), full} {
		raw, err := proto.Marshal(state)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var state types.GenesisState
		if proto.Unmarshal(raw, &state) == nil {
			_ = state.Validate() // whatever it says, it says it
		}
	})
}
