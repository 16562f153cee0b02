package paced_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/test/paced"
	"github.com/agora-network/agora/test/script"
)

func TestBlocksComeWhenTheyAreAskedForAndNotBefore(t *testing.T) {
	node, err := paced.Start(t, paced.Options{
		Dir: t.TempDir(), Accounts: []string{"alice"},
		State: json.RawMessage(`{"subnet": {"params": {"max_subnets": 3}}, "rewards": {"params": {"tally_half_life": "7"}}}`),
	})
	require.NoError(t, err)
	ctx, err := node.Context()
	require.NoError(t, err)
	params, err := node.App.SubnetKeeper.Params.Get(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, params.MaxSubnets)
	require.EqualValues(t, 1_000_000_000, params.SubnetDepositMin, "what the patch does not name stays")

	rpc := script.Node{URL: node.URL}
	for _, height := range []int64{1, 40, 41} {
		require.NoError(t, node.Reach(height))
		for range 20 { // a chain that paces itself would be further
			now, err := rpc.Height()
			require.NoError(t, err)
			require.Equal(t, height, now)
		}
	}
}
