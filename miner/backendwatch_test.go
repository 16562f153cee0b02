package miner

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/gpu"
	"github.com/agora-network/agora/engine/openai"
)

func TestAnUpstreamThatIsAwayMakesTheMinerNotReadyAndSaysWhatToDo(t *testing.T) {
	w := start(t, func(w *world) { w.upstream = fmt.Errorf("%w: no answer from 127.0.0.1:8000", engine.ErrUnavailable) })
	require.Eventually(t, func() bool {
		_, r := w.readiness(t)
		return strings.Contains(r.check("backend").Detail, "127.0.0.1:8000")
	}, 10*time.Second, time.Millisecond)
	status, r := w.readiness(t)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.False(t, r.check("backend").OK)
	require.Contains(t, r.check("backend").Remedy, "start the server")
}

// probed is a server whose state a test sets.
type probed struct {
	*tinyEngine
	probes atomic.Int32
	away   atomic.Pointer[error]
}

func (p *probed) Ready(context.Context) error {
	p.probes.Add(1)
	if err := p.away.Load(); err != nil {
		return *err
	}
	return nil
}

func (p *probed) Server(context.Context) (openai.Server, error) {
	return openai.Server{Dialect: openai.VLLM, Version: "0.11.0"}, nil
}

func (p *probed) set(err error) { p.away.Store(&err) }

// watched runs a watch in a bubble of its own time, after its first probe.
func watched(t *testing.T, away error, test func(w *backendWatch, p *probed, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		p, log := &probed{tinyEngine: &tinyEngine{}}, &bytes.Buffer{}
		p.set(away)
		w := newBackendWatch(p, newMetrics(newQueue(1, 1, 1, time.Now), &state{}, time.Now), time.Minute, slog.New(slog.NewTextHandler(log, nil)), time.Now)
		require.False(t, w.check().OK, "not before a token was seen")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.run(ctx); close(ended) }()
		synctest.Wait()
		test(w, p, log)
		cancel()
		<-ended
	})
}

func (w *backendWatch) ask(t *testing.T, p *probed, fail error) {
	t.Helper()
	p.fail = fail
	err := w.Generate(t.Context(), engine.Request{Prompt: "hello"}, func(engine.Chunk) error { return nil })
	require.ErrorIs(t, err, fail)
}

func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a bubble of synctest, where it is free
	synctest.Wait()
}

func TestAServerIsAskedUntilItIsReadyAndSaidOnce(t *testing.T) {
	watched(t, fmt.Errorf("%w: connection refused", engine.ErrUnavailable), func(w *backendWatch, p *probed, log *bytes.Buffer) {
		pass(3*probeAgain + time.Second)
		require.EqualValues(t, 4, p.probes.Load())
		require.Equal(t, 1, strings.Count(log.String(), "the backend is not ready"))
		require.Contains(t, log.String(), "kind=unavailable")
		require.Contains(t, log.String(), `do="start the server`)
		p.set(nil)
		pass(probeAgain)
		require.Equal(t, Check{Name: "backend", OK: true, Detail: "vllm 0.11.0 answers"}, w.check())
		require.Contains(t, log.String(), "the backend is ready")
	})
}

func TestAFailedAnswerBringsTheProbeForwardWhichFindsThatTheModelChanged(t *testing.T) {
	watched(t, nil, func(w *backendWatch, p *probed, log *bytes.Buffer) {
		changed := fmt.Errorf("%w: model was \"a\" and is \"b\"", openai.ErrModelChanged)
		p.set(changed)
		for range 50 {
			w.ask(t, p, changed)
		}
		require.True(t, w.check().OK, "the probe decides")
		require.Contains(t, w.check().Detail, "the last answer that failed, 0s ago")
		pass(probeAgain)
		require.False(t, w.check().OK)
		require.Contains(t, w.check().Remedy, "restart the miner")
		require.LessOrEqual(t, p.probes.Load(), int32(2), "failures in a burst bring one probe")
		require.Equal(t, 1, strings.Count(log.String(), "the backend failed to answer"))
		require.Contains(t, page(w.failed), `agora_miner_backend_failures_total{kind="model_changed"} 50`)
	})
}

func TestEveryNamedFailureOfAnAnswerIsCountedByItsKind(t *testing.T) {
	for err, kind := range map[error]string{
		openai.ErrNotAnAPI: "not_an_api", openai.ErrStalled: "stalled", openai.ErrTooManyTokens: "too_many_tokens", engine.ErrBusy: "busy",
	} {
		watched(t, nil, func(w *backendWatch, p *probed, log *bytes.Buffer) {
			w.ask(t, p, err)
			require.Contains(t, page(w.failed), `agora_miner_backend_failures_total{kind="`+kind+`"} 1`)
			require.Contains(t, log.String(), "kind="+kind)
			require.NotEmpty(t, w.check().Remedy)
		})
	}
}

func TestWhatACallerDoesWrongSaysNothingOfTheServer(t *testing.T) {
	watched(t, nil, func(w *backendWatch, p *probed, _ *bytes.Buffer) {
		w.ask(t, p, engine.ErrContextTooLong)
		w.ask(t, p, engine.ErrBadRequest)
		require.Equal(t, "vllm 0.11.0 answers", w.check().Detail)
	})
}

func TestAnswersToQuestionsMakeProbesNeedless(t *testing.T) {
	watched(t, nil, func(w *backendWatch, p *probed, _ *bytes.Buffer) {
		for range 10 {
			w.ask(t, p, nil)
			pass(probeEvery)
		}
		require.EqualValues(t, 1, p.probes.Load())
		pass(2 * probeEvery)
		require.Greater(t, p.probes.Load(), int32(1), "a silent server is asked again")
	})
}

// fakeGPUs says what a test wants.
type fakeGPUs struct {
	status gpu.Status
	err    error
	closed bool
}

func (f *fakeGPUs) Read() (gpu.Status, error) { return f.status, f.err }

func (f *fakeGPUs) Close() error {
	f.closed = true
	return nil
}

func TestTheGPUsAreMetricsAndWhatIsUnknownIsLeftOut(t *testing.T) {
	c := &gpuCollector{log: discard(), gpus: &fakeGPUs{status: gpu.Status{Driver: "570.1", Devices: []gpu.Device{
		{Index: 0, Name: "NVIDIA H100", MemoryTotal: 80 << 30, MemoryUsed: 1 << 30, Utilization: 37, Temperature: 41, Power: 123_500},
		{Index: 1, Name: "old", MemoryTotal: gpu.Unknown, MemoryUsed: gpu.Unknown, Utilization: gpu.Unknown, Temperature: 50, Power: gpu.Unknown},
	}}}}
	require.Equal(t, `# HELP agora_miner_gpu_info 1 for each GPU of the machine, with its name and driver.
# TYPE agora_miner_gpu_info gauge
agora_miner_gpu_info{driver="570.1",gpu="0",name="NVIDIA H100"} 1
agora_miner_gpu_info{driver="570.1",gpu="1",name="old"} 1
# HELP agora_miner_gpu_memory_total_bytes Memory of the GPU.
# TYPE agora_miner_gpu_memory_total_bytes gauge
agora_miner_gpu_memory_total_bytes{gpu="0"} 8.589934592e+10
# HELP agora_miner_gpu_memory_used_bytes Memory of the GPU in use, by any program.
# TYPE agora_miner_gpu_memory_used_bytes gauge
agora_miner_gpu_memory_used_bytes{gpu="0"} 1.073741824e+09
# HELP agora_miner_gpu_power_watts What the GPU draws.
# TYPE agora_miner_gpu_power_watts gauge
agora_miner_gpu_power_watts{gpu="0"} 123.5
# HELP agora_miner_gpu_temperature_celsius Temperature of the GPU.
# TYPE agora_miner_gpu_temperature_celsius gauge
agora_miner_gpu_temperature_celsius{gpu="0"} 41
agora_miner_gpu_temperature_celsius{gpu="1"} 50
# HELP agora_miner_gpu_utilization_ratio Share of the last moments in which the GPU computed, 0 to 1.
# TYPE agora_miner_gpu_utilization_ratio gauge
agora_miner_gpu_utilization_ratio{gpu="0"} 0.37
`, page(c))
}

func TestThatThereIsNoGPUOrThatItCannotBeReadIsSaidOnce(t *testing.T) {
	for name, c := range map[string]struct {
		gpus fakeGPUs
		says string
	}{
		"no driver":        {fakeGPUs{status: gpu.Status{Absent: gpu.NoLibrary}}, "no NVIDIA driver library"},
		"a driver in pain": {fakeGPUs{err: fmt.Errorf("%w: lost", gpu.ErrNVML)}, "NVML: lost"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			collector := &gpuCollector{gpus: &c.gpus, log: slog.New(slog.NewTextHandler(&log, nil))}
			for range 3 {
				require.Empty(t, page(collector))
			}
			require.Equal(t, 1, strings.Count(log.String(), c.says))
		})
	}
}

// page is what /metrics says of a collector.
func page(c prometheus.Collector) string {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	return recorder.Body.String()
}
