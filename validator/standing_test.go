package validator

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// listen collects what a runner logs from info on.
func (b *bench) listen() *bytes.Buffer {
	var log bytes.Buffer
	b.runner.logger = slog.New(slog.NewTextHandler(&log, nil))
	return &log
}

// look lets the runner know what the list of subnets shows, as the daemon does every few blocks.
func (b *bench) look() {
	b.t.Helper()
	subnets, err := b.chain.Subnets(b.t.Context(), 0)
	require.NoError(b.t, err)
	for _, subnet := range subnets {
		if subnet.Netuid == testNetuid {
			b.runner.tell(standingOf(subnet))
			return
		}
	}
	b.runner.tell(removed)
}

func TestAPausedSubnetIsSaidOnceLeftAloneAndTakenUpAgainByItself(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(9) // the commit of epoch 0 is on the chain
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	log := b.listen()
	b.chain.change(b.chain.pause)
	b.look()
	queries := b.chain.asked
	for range 30 {
		b.tick()
	}
	status := b.runner.snapshot()
	require.Equal(t, PhasePaused, status.Phase)
	require.Contains(t, status.Note, "governance paused the subnet at height 9")
	require.False(t, status.Permit)
	require.Empty(t, status.unready())
	require.Empty(t, status.overdue(b.chain.height))
	require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	require.Contains(t, log.String(), "nothing to score")
	require.Equal(t, queries, b.chain.asked, "the chain is not asked for epochs either")
	require.Equal(t, 1, b.chain.count("commit"))
	require.Zero(t, b.chain.count("reveal"))

	b.chain.change(b.chain.resume)
	b.look()
	b.tick()
	require.Contains(t, log.String(), "the subnet goes on")
	require.Equal(t, uint64(1), b.runner.snapshot().Epoch)
	b.until(b.chain.height + 9)
	require.Equal(t, store.StageRevealed, b.row(0).Stage, "the commit of the epoch before is opened")
	require.Equal(t, store.StageCommitted, b.row(1).Stage, "and the epoch is scored")
}

func TestAPauseInTheMiddleOfTheAskingStopsIt(t *testing.T) {
	b := newBench(t)
	miner := startMiner(t, b.chain, honest)
	b.until(2)
	b.chain.change(b.chain.pause)
	b.look()
	b.tick()
	asked := miner.asked.Load()
	for range 20 {
		b.tick()
	}
	require.Equal(t, asked, miner.asked.Load())
	require.Zero(t, b.chain.count("commit"))
	b.chain.change(b.chain.resume)
	b.look()
	b.until(b.chain.height + 10)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
}

func TestARefusalOfAPausedSubnetEndsTheTryingAndIsNoError(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(3)
	log := b.listen()
	b.chain.change(b.chain.pause) // and the list of subnets is not looked at
	for range 30 {
		b.tick()
	}
	require.Equal(t, 1, b.chain.count("commit"), "one commit is refused, no other is sent")
	require.Equal(t, PhasePaused, b.runner.snapshot().Phase)
	require.NotContains(t, log.String(), "level=ERROR")
}

func TestAPauseThatCameAndWentBetweenTwoLooksIsNoticed(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(5)
	b.chain.change(b.chain.pause)
	b.chain.change(b.chain.resume)
	b.look()
	b.tick()
	require.Equal(t, uint64(1), b.runner.snapshot().Epoch)
	b.until(b.chain.height + 9)
	require.Equal(t, store.StageCommitted, b.row(1).Stage)
}

func TestADaemonSaysThatItsSubnetIsPausedOrRemovedAndGoesOn(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	startMiner(t, r.chain, honest)
	r.until(func() bool { return r.daemon.Status().Ready })
	phase := func() Phase { return r.daemon.Status().Subnets[0].Phase }

	r.chain.change(r.chain.pause)
	r.until(func() bool { return phase() == PhasePaused })
	code, body := r.get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "governance paused the subnet")
	_, body = r.get("/status")
	require.Contains(t, body, `"paused"`)
	r.chain.change(r.chain.resume)
	r.until(func() bool { return r.daemon.Status().Ready })

	r.chain.change(func() { r.chain.netuids = nil })
	r.until(func() bool { return phase() == PhaseRemoved })
	_, body = r.get("/readyz")
	require.Contains(t, body, "the subnet was removed from the chain")
}

func TestASubnetThatIsPausedWhenTheDaemonStartsIsShown(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	r.chain.change(r.chain.pause)
	r.until(func() bool {
		return len(r.daemon.Status().Subnets) == 1 && r.daemon.Status().Subnets[0].Phase == PhasePaused
	})
	require.NotContains(t, strings.Join(r.daemon.Status().Reasons, " "), "permit", "an appointment would not help")
}

func TestTheStandingOfASubnetNamesThePause(t *testing.T) {
	require.Empty(t, standingOf(subnettypes.Subnet{Netuid: 1}).phase)
	require.Contains(t, standingOf(subnettypes.Subnet{Netuid: 1, PausedHeight: 77}).note, "height 77")
}
