package miner

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/wire"
)

// discarded is a response that goes nowhere.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(int)             {}
func (d *discarded) Flush()                      {}

// eightTokens is an engine that answers at once.
type eightTokens struct{ *tinyEngine }

func (eightTokens) Generate(_ context.Context, r engine.Request, emit func(engine.Chunk) error) error {
	if r.Whole {
		if err := emit(engine.Chunk{Text: strings.Repeat("token ", 8)}); err != nil {
			return err
		}
	} else {
		for range 8 {
			if err := emit(engine.Chunk{Text: "token "}); err != nil {
				return err
			}
		}
	}
	return emit(engine.Chunk{Done: true, FinishReason: engine.FinishStop, Usage: engine.Usage{PromptTokens: 9, CompletionTokens: 8}})
}

// What the miner itself does for a question, from the parsed head to the last byte: signature, replay store, queue, JSON
// and receipt. Neither network nor model is in it.
func BenchmarkAQuestion(b *testing.B) {
	for name, body := range map[string]string{
		"whole":    `{"model":"default","messages":[{"role":"user","content":"347+582"}],"max_tokens":64,"temperature":0}`,
		"streamed": `{"model":"default","messages":[{"role":"user","content":"347+582"}],"max_tokens":64,"temperature":0,"stream":true}`,
	} {
		b.Run(name, func(b *testing.B) {
			w := benchMiner(b)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				r := w.signedRequest(b, body)
				response := &discarded{header: http.Header{}}
				b.StartTimer()
				w.miner.publicServer.Handler.ServeHTTP(response, r)
				require.NotEmpty(b, response.header.Get(wire.HeaderReceipt))
			}
		})
	}
}

func benchMiner(b *testing.B) *world {
	b.Helper()
	w := &world{engine: &tinyEngine{}, chain: newFakeChain(), signer: keyOf(b, 2), validator: keyOf(b, 1), config: testConfig(b)}
	var err error
	w.miner, err = Start(context.Background(), Options{Config: w.config, Signer: w.signer, Engine: eightTokens{w.engine}, Chain: w.chain, Log: discard()})
	require.NoError(b, err)
	b.Cleanup(func() {
		w.miner.Stop()
		require.NoError(b, w.miner.Wait())
	})
	w.chain.views <- View{Height: 1, Epoch: 5, Running: true, Permits: []Permit{{Hotkey: w.validator.Address(), Power: 1000}}}
	require.Eventually(b, func() bool { return w.miner.state.snapshot().view.Height == 1 }, 10*time.Second, time.Millisecond)
	return w
}

// signedRequest is a question of the validator as net/http hands it to the handler.
func (w *world) signedRequest(b *testing.B, body string) *http.Request {
	b.Helper()
	const path = "/v1/chat/completions"
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, path, io.NopCloser(strings.NewReader(body)))
	require.NoError(b, err)
	r.RequestURI, r.ContentLength = path, int64(len(body))
	nonce, err := wire.NewNonce(time.Now(), rand.Reader)
	require.NoError(b, err)
	signed := &wire.Request{
		ChainID: testChainID, Netuid: w.config.Netuid, Method: r.Method, Target: path, Body: wire.BodyDigest([]byte(body)), Nonce: nonce,
		Receiver: w.signer.Address(), Epoch: 5,
	}
	require.NoError(b, signed.Sign(w.validator))
	signed.SetHeaders(r.Header)
	return r
}
