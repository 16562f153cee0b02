package keeper_test

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

func TestANodeSeesWhatEpochsCostAndPaid(t *testing.T) {
	registry := prometheus.NewRegistry()
	t.Cleanup(keeper.MeasureWith(registry))

	f, n := market(t) // subnet 1, 10,000 pending
	n.reveal("hot-a", 1, 3, 2, 1)
	n.reveal("hot-b", 1, 3)
	n.benchmarks = shared(7_500, 2_500)
	n.revealOn(1, "hot-b", 2, 1)
	f.params(t, func(p *types.Params) { p.MaxEpochsPerBlock = 3 }) // benchmarks: two, and one
	for netuid := uint32(2); netuid <= 3; netuid++ {
		f.subnets.add(netuid).due = true
	}
	f.subnets.list[1].rowsErr = errors.New("lost")
	f.nextBlock(t)

	families, err := registry.Gather()
	require.NoError(t, err)
	shown := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetName() + "=" + label.GetValue()
			}
			if h := m.GetHistogram(); h != nil {
				shown[name] = float64(h.GetSampleCount())
			} else {
				shown[name] = m.GetCounter().GetValue()
			}
		}
	}
	require.Equal(t, map[string]float64{
		"agora_rewards_epoch_seconds netuid=1":                 1,
		"agora_rewards_epoch_seconds netuid=2":                 1, // failed, and took time all the same
		"agora_rewards_epochs_total outcome=closed":            1,
		"agora_rewards_epochs_total outcome=failed":            1,
		"agora_rewards_epochs_total outcome=deferred":          1,
		"agora_rewards_rows_total benchmark=0 netuid=1":        2,
		"agora_rewards_rows_total benchmark=1 netuid=1":        1,
		"agora_rewards_cells_total benchmark=0 netuid=1":       3,
		"agora_rewards_cells_total benchmark=1 netuid=1":       1,
		"agora_rewards_paid_uagora_total benchmark=0 netuid=1": 7_500,
		"agora_rewards_paid_uagora_total benchmark=1 netuid=1": 2_500,
	}, shown)
}
