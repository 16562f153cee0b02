package validator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/basicsolver"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// behaviour is what a fake miner does with a question; prompt is the question's text.
type behaviour func(w http.ResponseWriter, r *http.Request, prompt string)

// fakeMiner is a miner behind the real server side of package wire.
type fakeMiner struct {
	behave   atomic.Pointer[behaviour]
	asked    atomic.Int64
	endpoint string
	hotkey   string
}

func (m *fakeMiner) become(b behaviour) { m.behave.Store(&b) }

func newSigner(t *testing.T) *wire.KeySigner {
	t.Helper()
	key, err := wire.GenerateKey()
	require.NoError(t, err)
	signer, err := wire.NewKeySigner(key)
	require.NoError(t, err)
	return signer
}

// startMiner starts a miner and registers it with the next identity.
func startMiner(t *testing.T, chain *fakeChain, b behaviour) *fakeMiner {
	t.Helper()
	netuid := chain.netuids[0] // requests for another subnet are refused by the server

	signer := newSigner(t)
	m := &fakeMiner{hotkey: signer.Address()}
	m.become(b)
	replay, err := wire.OpenBoltReplay(filepath.Join(t.TempDir(), "replay.db"), wire.BoltReplayOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = replay.Close() })
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			Messages []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&question); err != nil || len(question.Messages) != 1 {
			wire.WriteProblem(w, wire.NewProblem(wire.CodeBadRequest, "%v", err))
			return
		}
		m.asked.Add(1)
		(*m.behave.Load())(w, r, question.Messages[0].Content)
	})
	signed, err := wire.NewServer(wire.ServerConfig{
		ChainID: testChainID, Netuid: netuid, Signer: signer, Replay: replay,
		Authorize: allowAll, MaxBuffered: 1 << 16,
	}, handler)
	require.NoError(t, err)
	server := httptest.NewServer(signed)
	t.Cleanup(server.Close)
	m.endpoint = server.URL
	chain.change(func() {
		next := uint64(len(chain.miners)) + 1
		chain.miners = append(chain.miners, subnettypes.Miner{
			Netuid: testNetuid, Uid: uint32(next - 1), MinerId: next, Hotkey: m.hotkey, Endpoints: []string{m.endpoint},
		})
	})
	return m
}

func writeCompletion(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": text}}}})
}

func honest(w http.ResponseWriter, _ *http.Request, prompt string) { writeCompletion(w, solve(prompt)) }

func guessing(w http.ResponseWriter, _ *http.Request, _ string) { writeCompletion(w, "I do not know") }

func refusing(code wire.Code) behaviour {
	return func(w http.ResponseWriter, _ *http.Request, _ string) {
		wire.WriteProblem(w, wire.NewProblem(code, "go away"))
	}
}

func garbage(w http.ResponseWriter, _ *http.Request, _ string) {
	_, _ = io.WriteString(w, "\xff\x00{{{")
}

func otherJSON(w http.ResponseWriter, _ *http.Request, _ string) {
	_, _ = io.WriteString(w, `{"choices":[{"message":null}]}`)
}

func hanging(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() }

func hundredMegabytes(w http.ResponseWriter, _ *http.Request, _ string) {
	block := make([]byte, 1<<20)
	for range 100 {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// unsigned starts a server that answers well but signs nothing, or signs with a key that is not the miner's.
func startImpostor(t *testing.T, chain *fakeChain, signer *wire.KeySigner) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			Messages []struct{ Content string }
		}
		request, err := wire.ParseRequest(r.Method, r.RequestURI, r.Header)
		if err != nil || json.NewDecoder(r.Body).Decode(&question) != nil {
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		recorder := httptest.NewRecorder()
		writeCompletion(recorder, solve(question.Messages[0].Content))
		body := recorder.Body.Bytes()
		if signer != nil {
			receipt, err := wire.NewReceipt(signer, request.Digest(), http.StatusOK, wire.BodyDigest(body))
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set(wire.HeaderReceipt, receipt.String())
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	chain.change(func() {
		next := uint64(len(chain.miners)) + 1
		chain.miners = append(chain.miners, subnettypes.Miner{
			Netuid: testNetuid, Uid: uint32(next - 1), MinerId: next, Hotkey: newSigner(t).Address(), Endpoints: []string{server.URL},
		})
	})
}

// solve answers the questions of basics/1.
func solve(prompt string) string {
	answer, known := basicsolver.Solve(prompt)
	if !known {
		return fmt.Sprintf("what is %q?", prompt)
	}
	return answer
}
