package wire_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/agora-network/agora/wire"
)

// A miner that answers one validator, and the validator keeping the receipt.
func Example() {
	dir, err := os.MkdirTemp("", "wire")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	replay, err := wire.OpenBoltReplay(filepath.Join(dir, "replay.db"), wire.BoltReplayOptions{})
	if err != nil {
		panic(err)
	}
	defer replay.Close() //nolint:errcheck // about to be removed

	validator, _ := wire.NewKeySigner(bytes.Repeat([]byte{1}, wire.PrivateKeySize))
	miner, _ := wire.NewKeySigner(bytes.Repeat([]byte{2}, wire.PrivateKeySize))

	handler, err := wire.NewServer(wire.ServerConfig{
		ChainID: "agora-1", Netuid: 1, Signer: miner, Replay: replay,
		Authorize: func(_ context.Context, r *wire.Request) error {
			if r.Sender != validator.Address() {
				return wire.NewProblem(wire.CodeNotPermitted, "%s holds no permit", r.Sender)
			}
			return nil
		},
	}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "929") }))
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	client, err := wire.NewClient(wire.ClientConfig{ChainID: "agora-1", Signer: validator})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	answer, err := client.Do(context.Background(), wire.Call{
		Endpoint: server.URL, Path: "/v1/completions", Body: []byte("347+582"), Netuid: 1, Receiver: miner.Address(),
	})
	if err != nil {
		panic(err)
	}
	// Later, with nothing but what was stored, anybody can check who answered what to which question.
	receipt, _ := wire.ParseReceipt(answer.Receipt.String())
	fmt.Println(string(answer.Body), receipt.Verify(miner.Address(), answer.Request.Digest(), wire.BodyDigest([]byte("929"))))
	// Output: 929 <nil>
}
