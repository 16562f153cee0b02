package miner

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/wire"
)

const testChainID = "agora-test-1"

func keyOf(t testing.TB, seed byte) *wire.KeySigner {
	t.Helper()
	signer, err := wire.NewKeySigner(bytes.Repeat([]byte{seed}, wire.PrivateKeySize))
	require.NoError(t, err)
	return signer
}

// tinyEngine answers a question with itself, byte by byte in capitals, or as its fields say.
type tinyEngine struct {
	// gate, when set, is received from before each answer.
	gate chan struct{}
	// begun, when set, is sent to at the begin of each answer.
	begun chan struct{}
	fail  error
	// failAfter is how many bytes come before fail.
	failAfter int

	mu     sync.Mutex // guards the fields below
	asked  []engine.Request
	closed bool
}

func (e *tinyEngine) Info() engine.Info {
	return engine.Info{Driver: "tiny", Model: "tiny-1", Digest: strings.Repeat("ab", 32), MaxContext: 100}
}

func (e *tinyEngine) Generate(ctx context.Context, r engine.Request, emit func(engine.Chunk) error) error {
	e.mu.Lock()
	e.asked = append(e.asked, r)
	e.mu.Unlock()
	if e.begun != nil {
		e.begun <- struct{}{}
	}
	if e.gate != nil {
		select {
		case <-e.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	text := r.Prompt
	if len(r.Messages) > 0 {
		text = r.Messages[len(r.Messages)-1].Content
	}
	text = strings.ToUpper(text)
	for i, b := range []byte(text) {
		if e.fail != nil && i == e.failAfter {
			return e.fail
		}
		if err := emit(engine.Chunk{Text: string(rune(b))}); err != nil {
			return err
		}
	}
	return emit(engine.Chunk{Done: true, FinishReason: engine.FinishStop, Usage: engine.Usage{PromptTokens: len(text), CompletionTokens: len(text) + 1}})
}

func (e *tinyEngine) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

func (e *tinyEngine) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

func (e *tinyEngine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

func (e *tinyEngine) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// fakeChain delivers the views that a test gives it and takes records.
type fakeChain struct {
	views  chan View
	errs   chan error
	mu     sync.Mutex // guards the fields below
	served []Served
	refuse error
}

func newFakeChain() *fakeChain {
	return &fakeChain{views: make(chan View), errs: make(chan error)}
}

func (f *fakeChain) Follow(ctx context.Context, trouble func(error), fn func(View)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case view := <-f.views:
			trouble(nil)
			fn(view)
		case err := <-f.errs:
			trouble(err)
		}
	}
}

func (f *fakeChain) Serve(_ context.Context, record Served) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return f.refuse
	}
	f.served = append(f.served, record)
	return nil
}

func (f *fakeChain) records() []Served {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.served)
}

// world is a whole miner in this process with one permitted validator.
type world struct {
	miner     *Miner
	engine    *tinyEngine
	chain     *fakeChain
	signer    *wire.KeySigner
	validator *wire.KeySigner
	config    *config.Config
	// upstream, when set, is why the server behind the engine is away.
	upstream error
	log      *slog.Logger // default: discard
}

// remoteEngine is an engine whose server is away.
type remoteEngine struct {
	*tinyEngine
	away error
}

func (e remoteEngine) Ready(context.Context) error { return e.away }

func (e remoteEngine) Server(context.Context) (openai.Server, error) {
	return openai.Server{Dialect: openai.VLLM, Version: "0.11.0"}, nil
}

func testConfig(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Program.FromFlags(t.TempDir(), nil)
	require.NoError(t, err)
	c.Chain.ID = testChainID
	c.Listen, c.Admin = "127.0.0.1:0", "127.0.0.1:0"
	c.APIKeys = []string{"secret-key"}
	return c
}

func start(t *testing.T, change func(*world)) *world {
	t.Helper()
	w := &world{engine: &tinyEngine{}, chain: newFakeChain(), signer: keyOf(t, 2), validator: keyOf(t, 1), config: testConfig(t)}
	if change != nil {
		change(w)
	}
	if w.log == nil {
		w.log = discard()
	}
	var served engine.Engine = w.engine
	if w.upstream != nil {
		served = remoteEngine{w.engine, w.upstream}
	}
	var err error
	w.miner, err = Start(context.Background(), Options{
		Config: w.config, Signer: w.signer, Engine: served, Chain: w.chain, Log: w.log,
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		w.miner.Stop()
		require.NoError(t, w.miner.Wait())
		require.True(t, w.engine.closed)
	})
	return w
}

// block gives the miner a view in which the validator is permitted, unless there is no epoch, and waits until it has arrived.
func (w *world) block(t *testing.T, view View) {
	t.Helper()
	view.Running = !view.Paused && !view.Removed
	if view.Permits == nil && view.Running {
		view.Permits = []Permit{{Hotkey: w.validator.Address(), Power: 1000}}
	}
	w.chain.views <- view
	require.Eventually(t, func() bool { return w.miner.state.snapshot().view.Height == view.Height }, 10*time.Second, time.Millisecond)
}

func (w *world) client(t *testing.T, signer wire.Signer) *wire.Client {
	t.Helper()
	client, err := wire.NewClient(wire.ClientConfig{ChainID: testChainID, Signer: signer})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func (w *world) call(body string) wire.Call {
	return wire.Call{
		Endpoint: "http://" + w.miner.Addr(), Path: "/v1/chat/completions", Body: []byte(body), Netuid: w.config.Netuid,
		Epoch: 5, Receiver: w.signer.Address(),
	}
}

const hello = `{"model":"default","messages":[{"role":"user","content":"hello"}]}`

// plain sends an unsigned request and returns status, headers and body.
func (w *world) plain(t *testing.T, method, path, key, body string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.miner.Addr()+path, strings.NewReader(body))
	require.NoError(t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) (int, http.Header, string) {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // test
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(content)
}

func (w *world) admin(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.miner.AdminAddr()+path, nil)
	require.NoError(t, err)
	status, _, body := send(t, r)
	return status, body
}

var errBroken = errors.New("broken in /secret/place")

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
