package validator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// A daemon as the program runs it, on a fake chain, with its pages.
type running struct {
	t      *testing.T
	chain  *fakeChain
	daemon *Daemon
	url    string
	stop   func()
	late   atomic.Int64 // nanoseconds by which the clock is ahead of the newest block
}

func startDaemon(t *testing.T, netuids ...uint32) *running {
	t.Helper()
	r := &running{t: t, chain: newFakeChain(t, parseSpec(t, testSpec))}
	r.chain.netuids = []uint32{testNetuid, 4, 7}[:max(len(netuids), 1)]
	signer := newSigner(t)
	r.chain.permits = []subnettypes.Permit{{Hotkey: signer.Address(), Power: 7}}
	dir := t.TempDir()
	state, err := store.Open(filepath.Join(dir, "state.db"), testChainID)
	require.NoError(t, err)
	blobs, err := evidence.OpenStore(filepath.Join(dir, "evidence"), 3)
	require.NoError(t, err)
	asker, err := ask.New(ask.Config{ChainID: testChainID, Signer: signer, MaxAnswer: 64 << 10, MaxPerMiner: 4})
	require.NoError(t, err)
	registry := prometheus.NewRegistry()
	r.daemon, err = New(Options{
		ChainID: testChainID, Hotkey: signer.Address(), Chain: r.chain, Asker: asker, Store: state, Evidence: blobs, Registry: registry,
		Netuids: netuids,
		Now: func() time.Time {
			var now time.Time
			r.chain.change(func() { now = r.chain.block().Time })
			return now.Add(time.Duration(r.late.Load()))
		},
	})
	require.NoError(t, err)
	pages := httptest.NewServer(r.daemon.Handler(registry))
	r.url = pages.URL
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.daemon.Run(ctx) }()
	require.Eventually(t, func() bool {
		followers := 0
		r.chain.change(func() { followers = len(r.chain.followers) })
		return followers == 1
	}, 30*time.Second, time.Millisecond)
	r.stop = func() {
		cancel()
		require.NoError(t, <-done)
		pages.Close()
		require.NoError(t, state.Close())
	}
	return r
}

func (r *running) get(path string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	require.NoError(r.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(r.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, string(body)
}

// until makes blocks until something is so.
func (r *running) until(what func() bool) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		if what() {
			return true
		}
		height := r.chain.next().Height
		require.Eventually(r.t, func() bool { return r.daemon.Status().Height >= height || r.chain.reachable() != nil }, 30*time.Second, time.Millisecond)
		return what()
	}, 60*time.Second, 20*time.Millisecond)
}

func TestADaemonIsReadyOnceItsCommitIsReadBackAndSaysWhyNotBefore(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	startMiner(t, r.chain, honest)
	code, body := r.get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "no block has been seen yet")
	code, _ = r.get("/healthz")
	require.Equal(t, http.StatusOK, code, "it is healthy all the same")

	r.until(func() bool { return len(r.daemon.Status().Subnets) == 1 && r.daemon.Status().Subnets[0].Permit })
	code, body = r.get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "no commit has been read back yet")

	r.until(func() bool { return r.daemon.Status().Ready })
	code, body = r.get("/readyz")
	require.Equal(t, http.StatusOK, code, body)
	_, body = r.get("/metrics")
	for _, line := range []string{
		`agora_validator_questions_total{benchmark="0",netuid="1",outcome="answered"}`, `agora_validator_miner_weight{benchmark="0",miner_id="1",netuid="1"} 65535`,
		`agora_validator_deliveries_total{benchmark="0",netuid="1",result="committed",what="commit"}`, "agora_validator_ready 1",
		"agora_validator_block_height", `agora_validator_committed_epoch{benchmark="0",netuid="1"}`, `agora_validator_answer_seconds_bucket{benchmark="0",netuid="1",le="0.05"}`,
	} {
		require.Contains(t, body, line)
	}

	away := errors.New("no chain endpoint can be used")
	r.chain.change(func() { r.chain.away = away })
	r.until(func() bool { return !r.daemon.Status().Ready })
	_, body = r.get("/readyz")
	require.Contains(t, body, away.Error())
	r.chain.change(func() { r.chain.away = nil })
	r.until(func() bool { return r.daemon.Status().Ready })
}

func TestADaemonIsNotReadyWhileTheChainStandsStill(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	startMiner(t, r.chain, honest)
	r.until(func() bool { return r.daemon.Status().Ready })
	r.late.Store(int64(2 * time.Minute))
	_, body := r.get("/readyz")
	require.Contains(t, body, "no new block for 2m0s")
	r.late.Store(0)
	_, body = r.get("/readyz")
	require.Equal(t, "ready\n", body)
}

func TestADaemonIsNotReadyWhenItCannotReadTheEpochsThatFollow(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	startMiner(t, r.chain, honest)
	r.until(func() bool { return r.daemon.Status().Ready })
	r.chain.change(func() { r.chain.blind = errors.New("the query is refused") })
	r.until(func() bool { return !r.daemon.Status().Ready })
	_, body := r.get("/readyz")
	require.Contains(t, body, "no later one could be read")
	require.Contains(t, body, "the query is refused")
}

func TestSubnetsAreScoredSideBySideAndOnlyTheWantedOnes(t *testing.T) {
	r := startDaemon(t, 1, 7, 50)
	defer r.stop()
	startMiner(t, r.chain, honest)
	r.until(func() bool { return r.daemon.Status().Ready })
	subnets := r.daemon.Status().Subnets
	require.Len(t, subnets, 2, "subnet 4 is not wanted, subnet 50 does not run")
	require.Equal(t, uint32(1), subnets[0].Netuid)
	require.Equal(t, uint32(7), subnets[1].Netuid)
	for _, subnet := range subnets {
		require.True(t, subnet.Benchmarks[0].Row.shown() || subnet.Benchmarks[0].Previous.shown())
	}
	require.Equal(t, uint32(65535), subnets[0].Benchmarks[0].Row.Miners[0].Weight)
	require.Zero(t, subnets[1].Benchmarks[0].Row.Miners[0].Weight, "the miner serves the first subnet only and refuses questions of the other")
	require.Equal(t, "refused", subnets[1].Benchmarks[0].Row.Miners[0].Reason)
}

func TestADaemonWithoutPermitSaysWhoGivesIt(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	r.chain.permits = nil
	r.until(func() bool { return len(r.daemon.Status().Subnets) == 1 })
	_, body := r.get("/readyz")
	require.Contains(t, body, "operator appoints it")
}

func TestTheEvidenceOfAnEpochIsServedToTheOperator(t *testing.T) {
	r := startDaemon(t)
	defer r.stop()
	startMiner(t, r.chain, honest)
	r.until(func() bool { return r.daemon.Status().Ready })
	subnet := r.daemon.Status().Subnets[0].Benchmarks[0]
	row := subnet.Row // of the epoch under way, or of the one before when a slow machine was late
	if !row.shown() {
		row = subnet.Previous
	}
	require.True(t, row.shown())
	code, body := r.get(fmt.Sprint("/evidence/1/", row.Epoch))
	require.Equal(t, http.StatusOK, code)
	log, err := evidence.DecodeLog([]byte(body))
	require.NoError(t, err)
	require.Equal(t, 5, log.Len())
	code, _ = r.get("/evidence/1/77")
	require.Equal(t, http.StatusNotFound, code)
	code, _ = r.get(fmt.Sprint("/evidence/1/", row.Epoch, "?benchmark=1"))
	require.Equal(t, http.StatusNotFound, code, "of another benchmark")
	code, _ = r.get(fmt.Sprint("/evidence/1/", row.Epoch, "?benchmark=x"))
	require.Equal(t, http.StatusBadRequest, code)
	code, _ = r.get("/evidence/x/0")
	require.Equal(t, http.StatusBadRequest, code)
}

func TestStoppingWhileMinersHangIsPrompt(t *testing.T) {
	r := startDaemon(t)
	startMiner(t, r.chain, hanging)
	r.until(func() bool {
		return len(r.daemon.Status().Subnets) == 1 && r.daemon.Status().Subnets[0].Phase == PhaseAsk
	})
	r.chain.next()
	r.stop()
}

func TestADaemonNeedsAllItsParts(t *testing.T) {
	_, err := New(Options{})
	require.ErrorContains(t, err, "chain id and hotkey")
	_, err = New(Options{ChainID: testChainID, Hotkey: "agora1"})
	require.ErrorContains(t, err, "asker, store and evidence")
}
