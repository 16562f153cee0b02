package keeper_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

func TestANodeSeesWhatEpochsCostAndPaid(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	t.Cleanup(keeper.MeasureWith(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")))

	f, n := market(t) // subnet 1, 10,000 pending
	n.reveal("hot-a", 1, 3, 2, 1)
	n.reveal("hot-b", 1, 3)
	f.params(t, func(p *types.Params) { p.MaxEpochsPerBlock = 2 })
	for netuid := uint32(2); netuid <= 3; netuid++ {
		f.subnets.add(netuid).due = true
	}
	f.subnets.list[1].rowsErr = errors.New("lost")
	f.nextBlock(t)

	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	sums := map[string]int64{}
	var timed uint64
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					sums[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] += p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					timed += p.Count
				}
			}
		}
	}
	require.Equal(t, uint64(2), timed, "each subnet that had its turn is timed, deferred ones are not")
	require.Equal(t, map[string]int64{
		"agora.rewards.epochs outcome=closed":   1,
		"agora.rewards.epochs outcome=failed":   1,
		"agora.rewards.epochs outcome=deferred": 1,
		"agora.rewards.rows netuid=1":           2,
		"agora.rewards.cells netuid=1":          3,
		"agora.rewards.paid netuid=1":           10_000,
	}, sums)
}
