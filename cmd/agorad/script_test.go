package main

import (
	"fmt"
	"net"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"agorad": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AGORA_KEYRING_BACKEND", "test")
			for name, scheme := range map[string]string{"RPC": "tcp://", "P2P": "tcp://", "GRPC": ""} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, scheme+address)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"await-height": func(ts *testscript.TestScript, neg bool, args []string) { awaitHeight(t, ts, neg, args) },
		},
	})
}

// freeAddress is an address of this machine at which nobody listens.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// awaitHeight waits until the node at $RPC has a block: await-height 2.
func awaitHeight(t *testing.T, ts *testscript.TestScript, neg bool, args []string) {
	var height int64
	if _, err := fmt.Sscan(args[0], &height); neg || len(args) != 1 || err != nil {
		ts.Fatalf("usage: await-height HEIGHT")
	}
	client, err := rpchttp.New(ts.Getenv("RPC"), "/websocket")
	ts.Check(err)
	require.Eventually(t, func() bool {
		status, err := client.Status(t.Context())
		return err == nil && status.SyncInfo.LatestBlockHeight >= height
	}, time.Minute, 100*time.Millisecond, "the node has no block %d", height)
}
