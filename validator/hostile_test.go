package validator

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/validator/store"
)

func TestAnEndpointThatIsBehindCostsNoRowThatIsStillToBeRevealed(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(20)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
	present := genesis.Add(time.Minute)
	b.now = func() time.Time { return present }
	b.chain.change(func() { b.chain.height = 4 })
	b.restart()
	b.tick()
	require.Contains(t, b.runner.snapshot().Note, "the endpoint is behind")

	b.now = func() time.Time { return genesis.Add(time.Duration(b.chain.height) * time.Second) }
	b.chain.change(func() { b.chain.height = 20 })
	b.tick()
	require.Equal(t, store.StageRevealed, b.row(1).Stage)
}
