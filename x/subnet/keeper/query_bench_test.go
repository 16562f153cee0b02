package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agora-network/agora/x/subnet/types"
)

// payOf4096 gives a run that reads identities and last emissions of a subnet of 4,096 miners, all pages.
func payOf4096(t testing.TB) func() error {
	f := fullSubnet(t, 4_096)
	ids, emissions := make([]uint64, 4_096), make([]uint64, 4_096)
	for i := range ids {
		ids[i], emissions[i] = uint64(i)+1, uint64(i)*1_000
	}
	require.NoError(t, f.k.SetMinerEmissions(f.ctx, 1, ids, emissions))
	f.commit()
	return func() error {
		var next []byte
		for pages := 0; pages == 0 || next != nil; pages++ {
			response, err := f.queries.Metagraph(f.ctx, &types.QueryMetagraphRequest{
				Netuid: 1, Fields: []string{"miner_ids", "last_emissions"}, Pagination: &query.PageRequest{Key: next, Limit: 4_096},
			})
			if err != nil {
				return err
			}
			next = response.Pagination.NextKey
		}
		return nil
	}
}

// dangerOf4096 gives a run that finds the first of 4,096 miners to be replaced.
func dangerOf4096(t testing.TB) func() error {
	f := fullSubnet(t, 4_096)
	return func() error {
		_, err := f.queries.DangerZone(f.ctx, &types.QueryDangerZoneRequest{Netuid: 1, Count: 256})
		return err
	}
}

// rowsOf64 gives a run that lists 64 rows of 4,096 weights.
func rowsOf64(t testing.TB) func() error {
	f := fullSubnet(t, 1)
	row := types.ScoreRow{Netuid: 1, EvidenceRoot: make([]byte, 32)}
	for id := range uint64(4_096) {
		row.MinerIds, row.Weights = append(row.MinerIds, id+1), append(row.Weights, 65_535)
	}
	for i := range 64 {
		hotkey := addressOf(string(rune('A' + i)))
		row.Hotkey = hotkey.String()
		require.NoError(t, f.k.Rows.Set(f.ctx, collections.Join4(uint32(1), uint64(0), uint32(0), hotkey), row))
	}
	f.commit()
	return func() error {
		_, err := f.queries.Rows(f.ctx, &types.QueryRowsRequest{Netuid: 1})
		return err
	}
}

func BenchmarkMetagraph4096Fields(b *testing.B) { benchmark(b, payOf4096(b)) }

func BenchmarkDangerZone4096(b *testing.B) { benchmark(b, dangerOf4096(b)) }

func BenchmarkRows64Of4096(b *testing.B) { benchmark(b, rowsOf64(b)) }

// The bounds are a fifth above what was measured. A row costs as much with thousands of weights as without.
func TestListsAllocateNoMore(t *testing.T) {
	for _, tc := range []struct {
		name string
		most float64
		run  func(testing.TB) func() error
	}{
		{"two columns of a metagraph of 4,096 miners", 45_000, payOf4096},
		{"a danger zone among 4,096 miners", 45_000, dangerOf4096},
		{"64 rows of 4,096 weights", 600, rowsOf64},
	} {
		t.Run(tc.name, func(t *testing.T) {
			run := tc.run(t)
			var failed error
			allocated := testing.AllocsPerRun(5, func() {
				if err := run(); err != nil {
					failed = err
				}
			})
			require.NoError(t, failed)
			require.LessOrEqual(t, allocated, tc.most)
		})
	}
}
