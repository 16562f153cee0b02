package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// process is the program in a process of its own.
type process struct {
	command *exec.Cmd
	mu      sync.Mutex
	output  bytes.Buffer
}

func (p *process) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(data)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

func launch(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{}
	// The test binary is the program when it is called by the program's name, see TestMain.
	p.command = &exec.Cmd{Path: self, Args: append([]string{"validator"}, args...), Stdout: p, Stderr: p}
	require.NoError(t, p.command.Start())
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	return p
}

// run runs a command line in this process.
func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(context.WithoutCancel(t.Context()), args, strings.NewReader(words+"\n"), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// until makes blocks until something is so.
func until(t *testing.T, node *chaintest.Node, p *process, what func() bool) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("output of the process:\n%s", p.text())
		}
	})
	require.Eventually(t, func() bool {
		if what() {
			return true
		}
		node.Advance(1)
		return false
	}, 60*time.Second, 100*time.Millisecond)
}

func TestAProcessThatIsKilledBetweenCommitAndRevealRevealsWhenItIsStartedAgain(t *testing.T) {
	hotkey := hotkeyOfWords(t)
	node := chaintest.NewNode(t, testChainID)
	node.SetTime(time.Now(), 100*time.Millisecond)
	node.Instant(true)
	node.AddAccount(hotkey, 1, 0)
	subnet := node.AddSubnet(1, 20, specNamed(t, benchmarks.Default), specNamed(t, "arithmetic"))
	subnet.Permits = []subnettypes.Permit{{Hotkey: hotkey, Power: 1}}
	subnet.Miners = []subnettypes.Miner{{Netuid: 1, MinerId: 1, Hotkey: hotkey, Endpoints: []string{"http://127.0.0.1:1"}}}

	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	admin := free.Addr().String()
	require.NoError(t, free.Close())
	free, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	public := free.Addr().String()
	require.NoError(t, free.Close())
	home := t.TempDir()
	code, _, errOut := run(t, "init", "--home", home, "--chain-id", testChainID, "--chain-endpoints", node.URL(), "--admin-listen", admin, "--evidence-listen", public, "--max-clock-skew", "1h", "--asks-public-only=false")
	require.Zero(t, code, errOut)
	code, _, errOut = run(t, "keys", "add", "hotkey", "--recover", "--home", home)
	require.Zero(t, code, errOut)

	first := launch(t, "start", "--home", home)
	until(t, node, first, func() bool {
		_, first := subnet.Committed(0, 0, hotkey)
		_, second := subnet.Committed(0, 1, hotkey)
		return first && second
	})
	require.NoError(t, first.command.Process.Kill())
	_ = first.command.Wait() // it was killed

	second := launch(t, "start", "--home", home, "--log-format", "json")
	until(t, node, second, func() bool {
		first, _ := subnet.Committed(0, 0, hotkey)
		second, _ := subnet.Committed(0, 1, hotkey)
		return first.Revealed && second.Revealed
	})

	t.Run("status says so and its exit code is 0", func(t *testing.T) {
		var out string
		until(t, node, second, func() bool {
			code, out, _ = run(t, "status", "--home", home, "--json")
			return code == 0
		})
		var status validator.Status
		require.NoError(t, json.Unmarshal([]byte(out), &status))
		require.True(t, status.Ready)
		require.Equal(t, hotkey, status.Hotkey)
		_, out, _ = run(t, "status", "--home", home)
		require.Contains(t, out, "unreachable")
	})
	t.Run("its evidence is shown and agrees with the chain", func(t *testing.T) {
		code, out, errOut := run(t, "evidence", "show", "1", "0", "--home", home)
		require.Zero(t, code, errOut)
		require.Equal(t, 16, strings.Count(out, "unanswered"))
		code, out, errOut = run(t, "evidence", "show", "1", "0", "--benchmark", "1", "--home", home)
		require.Zero(t, code, errOut)
		require.Contains(t, out, "benchmark 1 version 1")
		require.Equal(t, 32, strings.Count(out, "unanswered"))
		code, out, errOut = run(t, "replay", "1", "0", "--benchmark", "1", "--home", home)
		require.Zero(t, code, out+errOut)
		code, out, errOut = run(t, "replay", "1", "0", "--home", home)
		require.Zero(t, code, out+errOut)
		require.Contains(t, out, "root and weights were compared with the chain's")
		require.Contains(t, out, "everything agrees")
	})
	t.Run("anybody runs the epoch again from what it serves", func(t *testing.T) {
		elsewhere := t.TempDir()
		code, _, errOut := run(t, "init", "--home", elsewhere, "--chain-id", testChainID, "--chain-endpoints", node.URL())
		require.Zero(t, code, errOut)
		var out string
		// It is served once the validator itself has read its rows back.
		until(t, node, second, func() bool {
			code, out, errOut = run(t, "replay", "1", "0", "--benchmark", "1", "--home", elsewhere, "--from", "http://"+public)
			return code == 0
		})
		require.Zero(t, code, out+errOut)
		require.Contains(t, out, "32 items")
		require.Contains(t, out, "root and weights were compared with the chain's")
		var listed validator.EvidenceIndex
		until(t, node, second, func() bool {
			index, err := fetch(t.Context(), "http://"+public+"/evidence?netuid=1&epoch=0&benchmark=0", maxIndexBytes)
			return err == nil && json.Unmarshal(index, &listed) == nil && len(listed.Evidence) > 0
		})
		require.Len(t, listed.Evidence, 1)
		code, out, errOut = run(t, "replay", "1", "0", "--home", elsewhere, "--evidence", "http://"+public+"/evidence/"+listed.Evidence[0].Digest)
		require.Zero(t, code, out+errOut)
		require.Contains(t, out, "everything agrees")
		code, _, errOut = run(t, "replay", "1", "999", "--home", elsewhere, "--from", "http://"+public)
		require.Equal(t, daemon.ExitFailed, code)
		require.Contains(t, errOut, "has no evidence of epoch 999")
	})
	t.Run("a second process with the same home is refused", func(t *testing.T) {
		code, _, errOut := run(t, "start", "--home", home)
		require.Equal(t, daemon.ExitFailed, code)
		require.Contains(t, errOut, "in use by another process")
	})
	t.Run("it stops when it is told to", func(t *testing.T) {
		require.NoError(t, second.command.Process.Signal(os.Interrupt))
		require.NoError(t, second.command.Wait(), second.text())
		require.Contains(t, second.text(), `"msg":"validator stops"`)
	})
	t.Run("the evidence can still be read", func(t *testing.T) {
		code, out, errOut := run(t, "evidence", "show", "1", "0", "--home", home, "--miner", "1", "--json")
		require.Zero(t, code, errOut)
		require.Contains(t, out, `"outcome": "unanswered"`)
		code, _, _ = run(t, "status", "--home", home)
		require.Equal(t, daemon.ExitFailed, code)
	})
}

func TestExitCodesAreStable(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
	}{
		"help":                    {[]string{"--help"}, 0},
		"version":                 {[]string{"version"}, 0},
		"an unknown flag":         {[]string{"start", "--nonsense"}, daemon.ExitUsage},
		"an unknown command":      {[]string{"nonsense"}, daemon.ExitUsage},
		"a wrong argument":        {[]string{"evidence", "show", "x", "1"}, daemon.ExitUsage},
		"a missing configuration": {[]string{"start", "--home", t.TempDir()}, daemon.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errOut := run(t, test.args...)
			require.Equal(t, test.code, code, errOut)
		})
	}
	t.Run("a check that found something", func(t *testing.T) {
		home := t.TempDir()
		code, _, errOut := run(t, "init", "--home", home, "--chain-id", testChainID, "--chain-endpoints", "http://127.0.0.1:1")
		require.Zero(t, code, errOut)
		code, out, _ := run(t, "doctor", "--home", home)
		require.Equal(t, daemon.ExitUnwell, code, out)
	})
}
