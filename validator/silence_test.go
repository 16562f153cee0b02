package validator

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/validator/ask"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// outwaited is a miner that is silent until the validator gives up, for so long.
type outwaited struct {
	begun chan struct{}
	waits time.Duration
}

func (o outwaited) Ask(ctx context.Context, _ ask.Question) ask.Answer {
	select {
	case o.begun <- struct{}{}:
		<-ctx.Done()
	case <-ctx.Done():
	}
	return ask.Answer{Reason: ask.ReasonStopped, Latency: o.waits}
}

func TestOnlyWhatASilentMinerWasAskedCountsAgainstIt(t *testing.T) {
	for name, c := range map[string]struct {
		waits            time.Duration
		unanswered, lost int
	}{
		"it had half of the deadline": {200 * time.Millisecond, 2, 3},
		"it had less":                 {199 * time.Millisecond, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			epoch := subnettypes.Epoch{StartHeight: 1, EndHeight: 100, Beacon: make([]byte, 32)}
			miner := outwaited{begun: make(chan struct{}), waits: c.waits}
			r := newRound(t.Context(), roundOptions{
				chainID: testChainID, epoch: Epoch{Epoch: epoch}, prepared: drawn(t, epoch, 0, subnettypes.Miner{MinerId: 1}),
				slots: newMinerSlots(2), limits: limits{total: make(chan struct{}, 64), perMiner: 2, kept: 1 << 20}, asker: miner,
			})
			r.advance(100)
			<-miner.begun
			<-miner.begun
			r.stop()
			score := benchmark.Aggregate(r.program.Spec(), r.sheet(0).Answers)
			require.Equal(t, benchmark.EpochScore{Unanswered: c.unanswered, Abstained: c.lost}, score)
		})
	}
}
