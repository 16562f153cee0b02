package validator

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
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

func TestAValidatorThatIsToldToStopMakesNoRow(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(6)
	require.NotNil(t, b.runner.lanes[0].asking)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.runner.step(ctx, b.chain.next())
	_, made, err := b.store.Round(b.key(0, 0))
	require.NoError(t, err)
	require.False(t, made)
}

// cutOff answers as an asker does whose round closes while its question is under way.
type cutOff struct {
	waited   time.Duration
	answered int // questions that got an answer before
}

func (c cutOff) Ask(_ context.Context, question ask.Question) ask.Answer {
	if int(question.Task.Index) < c.answered {
		return ask.Answer{Completion: solve(question.Task.Question.Prompt)}
	}
	return ask.Answer{Reason: ask.ReasonStopped, Latency: c.waited}
}

func TestAMinerThatOutwaitsTheRoundKeepsNoStandingByIt(t *testing.T) {
	for name, test := range map[string]struct {
		asker                         cutOff
		scored, unanswered, abstained int
	}{
		"one that answered nothing is silent":               {cutOff{200 * time.Millisecond, 0}, 0, 5, 0},
		"one that had too little time is not measured":      {cutOff{199 * time.Millisecond, 0}, 0, 0, 5},
		"what one that answers still owes is held harmless": {cutOff{time.Second, 2}, 2, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			chain := newFakeChain(t, parseSpec(t, testSpec))
			asking := newRound(t.Context(), roundOptions{
				chainID: testChainID, epoch: Epoch{Epoch: chain.epochAt(1)}, version: 1,
				prepared: drawn(t, chain.epochAt(1), 0, subnettypes.Miner{MinerId: 1, Hotkey: "a"}), asker: test.asker,
				limits: limits{total: make(chan struct{}, 8)}, slots: newMinerSlots(4),
			})
			asking.advance(asking.schedule.askUntil)
			asking.group.Wait()
			asking.stop()
			score := benchmark.Aggregate(asking.program.Spec(), asking.sheet(0).Answers)
			require.Equal(t, test.scored, score.Scored)
			require.Equal(t, test.unanswered, score.Unanswered)
			require.Equal(t, test.abstained, score.Abstained)
		})
	}
}
