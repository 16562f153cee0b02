//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/agora-network/agora/internal/basicsolver"
	"github.com/agora-network/agora/wire"
)

const path = "/v1/chat/completions"

// patience with a connection that sends nothing: a busy machine may leave a process waiting for a second.
const patience = time.Minute

// runMiners is the process of the miners: each has an address, a key and the signed server of its own, and solves what it
// is asked, which takes less than a microsecond. They share a replay store. It says where they listen, then its processor time whenever it is asked.
func runMiners(s settings) (err error) {
	folder, err := os.MkdirTemp("", "roundbench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	replay, err := wire.OpenBoltReplay(filepath.Join(folder, "replay.db"), wire.BoltReplayOptions{NoSync: true}) // a disk that is busy with others is not what is measured
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, replay.Close()) }()

	addresses := make([]string, s.miners)
	for i := range addresses {
		handler, err := newMiner(uint64(i)+1, replay)
		if err != nil {
			return err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once or never
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.NewTextHandler(os.Stderr, nil), slog.LevelWarn)}
		go func() { _ = server.Serve(listener) }() // until the end of the process
		addresses[i] = "http://" + listener.Addr().String()
	}
	if err := tell(addresses); err != nil {
		return err
	}
	return attend(func(struct{}) (any, error) {
		used, _ := processorTime()
		return used, nil
	})
}

// newMiner is a miner behind the server side of package wire, all of whose checks are made.
func newMiner(id uint64, replay wire.ReplayStore) (http.Handler, error) {
	caller := callerKey.Address()
	return wire.NewServer(wire.ServerConfig{
		ChainID: chainID, Netuid: netuid, Signer: minerKey(id), Replay: replay,
		Authorize: func(_ context.Context, request *wire.Request) error {
			if request.Sender != caller {
				return wire.NewProblem(wire.CodeNotPermitted, "%s is not the validator", request.Sender)
			}
			return nil
		},
		Observe: func(_ *wire.Request, problem *wire.Problem, cause error) {
			fmt.Fprintln(os.Stderr, "a miner refuses:", problem, cause)
		},
	}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			Messages []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&question); err != nil || len(question.Messages) != 1 {
			wire.WriteProblem(w, wire.NewProblem(wire.CodeBadRequest, "%v", err))
			return
		}
		answer, known := basicsolver.Solve(question.Messages[0].Content)
		if !known {
			wire.WriteProblem(w, wire.NewProblem(wire.CodeBadRequest, "%q is not a question of basics/1", question.Messages[0].Content))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(completion(answer)) // the caller has gone; there is nobody to tell
	}))
}

// completion is the body of an answer.
func completion(text string) []byte {
	return fmt.Appendf(nil, `{"id":"1","object":"chat.completion","created":1,"model":"solver","choices":[{"index":0,"message":{"role":"assistant",`+
		`"content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}`, text)
}
