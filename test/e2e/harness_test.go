package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/view"
)

const (
	// patience bounds every wait, for a machine that is many times slower than any we know.
	patience = 4 * time.Minute
	glance   = 100 * time.Millisecond
	netuid   = 1
)

// binariesEnv names a folder with built programs, to save building them while working on the tests.
const binariesEnv = "AGORA_E2E_BIN"

// buildPrograms builds the three programs with the flags of the Makefile, whose
// compiled packages Go then reuses.
func buildPrograms(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(binariesEnv); dir != "" {
		return dir
	}
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-p", "2", "-buildvcs=false", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator),
		"./cmd/agorad", "./cmd/miner", "./cmd/validator")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

// network is a network under test.
type network struct {
	t      *testing.T
	bin    string
	home   string
	client *control.Client
}

// newNetwork is a network that is not up yet. Its end is part of the test's clean-up;
// where the test failed, the end of every log is shown first.
func newNetwork(t *testing.T, bin string) *network {
	t.Helper()
	home := filepath.Join(t.TempDir(), "net")
	client, err := control.Dial(home)
	require.NoError(t, err)
	n := &network{t: t, bin: bin, home: home, client: client}
	t.Cleanup(func() {
		if t.Failed() {
			n.showLogs()
		}
		out, err := n.command("localnet", "down", "--home", n.home)
		require.NoError(t, err, out)
	})
	return n
}

func (n *network) showLogs() {
	if snapshot, err := n.tryStatus(); err == nil {
		n.t.Log("the network at the end:\n" + strings.Join(view.Table(snapshot), "\n"))
	}
	logs, err := filepath.Glob(filepath.Join(n.home, "logs", "*.log"))
	require.NoError(n.t, err)
	for _, log := range logs {
		content, err := os.ReadFile(log)
		require.NoError(n.t, err)
		n.t.Logf("end of %s:\n%s", filepath.Base(log), content[max(0, len(content)-3000):])
	}
}

// command runs agorad and returns what it printed.
func (n *network) command(arguments ...string) (string, error) {
	cmd := exec.Command(filepath.Join(n.bin, "agorad"), arguments...)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("agorad %s: %w\n%s%s", strings.Join(arguments, " "), err, out.String(), errors.String())
	}
	return out.String(), nil
}

// localnet runs a command of "agorad localnet" that must succeed.
func (n *network) localnet(arguments ...string) string {
	n.t.Helper()
	out, err := n.command(append([]string{"localnet", "--home", n.home}, arguments...)...)
	require.NoError(n.t, err)
	return out
}

// up starts or resumes the network in the background.
func (n *network) up(arguments ...string) {
	n.t.Helper()
	n.t.Log(n.localnet(append([]string{"up", "--detach", "--bin-dir", n.bin}, arguments...)...))
}

func (n *network) tryStatus() (*view.Snapshot, error) {
	snapshot := &view.Snapshot{}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return snapshot, n.client.Status(ctx, snapshot)
}

func (n *network) status() *view.Snapshot {
	n.t.Helper()
	snapshot, err := n.tryStatus()
	require.NoError(n.t, err)
	return snapshot
}

// until looks at the network after every block until a condition holds.
func (n *network) until(what string, holds func(*view.Snapshot) bool) *view.Snapshot {
	n.t.Helper()
	var last *view.Snapshot
	require.Eventually(n.t, func() bool {
		snapshot, err := n.tryStatus()
		if err != nil {
			return false
		}
		last = snapshot
		return holds(snapshot)
	}, patience, glance, what)
	return last
}

// closed waits until an epoch was closed and paid, and returns what was seen then.
func (n *network) closed(epoch uint64) *view.Snapshot {
	n.t.Helper()
	return n.until(fmt.Sprintf("epoch %d closes", epoch), func(s *view.Snapshot) bool { return s.Epoch.Closed > epoch })
}

func miner(s *view.Snapshot, name string) view.Miner {
	for _, m := range s.Miners {
		if m.Name == name {
			return m
		}
	}
	panic("no miner " + name)
}

func validator(s *view.Snapshot, name string) view.Validator {
	for _, v := range s.Validators {
		if v.Name == name {
			return v
		}
	}
	panic("no validator " + name)
}

func node(s *view.Snapshot, name string) view.Node {
	for _, n := range s.Nodes {
		if n.Name == name {
			return n
		}
	}
	panic("no node " + name)
}

// chain is a client of the network's first three nodes.
func (n *network) chain() *chainclient.Client {
	n.t.Helper()
	s := n.status()
	client, err := chainclient.New(chainclient.Config{ChainID: s.ChainID, Endpoints: []string{s.Nodes[0].RPC, s.Nodes[1].RPC, s.Nodes[2].RPC}})
	require.NoError(n.t, err)
	return client
}

// ask runs a query of agorad with the network's own client home and decodes its JSON.
func (n *network) ask(into any, arguments ...string) {
	n.t.Helper()
	home := n.status().ClientHome
	out, err := n.command(append(append([]string{"query"}, arguments...), "--home", home, "--output", "json")...)
	require.NoError(n.t, err)
	require.NoError(n.t, json.Unmarshal([]byte(out), into), out)
}

// send runs a transaction of agorad and waits until it is in a block.
func (n *network) send(arguments ...string) {
	n.t.Helper()
	home := n.status().ClientHome
	out, err := n.command(append(append([]string{"tx"}, arguments...),
		"--home", home, "--keyring-backend", "test", "--gas", "auto", "--gas-adjustment", "2", "--gas-prices", "0.001uagora", "--yes", "--output", "json")...)
	require.NoError(n.t, err)
	var sent struct {
		Hash string `json:"txhash"`
		Code int    `json:"code"`
		Log  string `json:"raw_log"`
	}
	require.NoError(n.t, json.Unmarshal([]byte(out), &sent), out)
	require.Zero(n.t, sent.Code, sent.Log)
	require.Eventually(n.t, func() bool {
		var found struct {
			Code int    `json:"code"`
			Log  string `json:"raw_log"`
		}
		out, err := n.command("query", "tx", sent.Hash, "--home", home, "--output", "json")
		if err != nil || json.Unmarshal([]byte(out), &found) != nil {
			return false
		}
		require.Zero(n.t, found.Code, found.Log)
		return true
	}, patience, glance, "transaction %s is in a block", sent.Hash)
}

// balance of an account in uagora, as a user reads it.
func (n *network) balance(address string) int64 {
	n.t.Helper()
	var answer struct {
		Balances []struct{ Denom, Amount string }
	}
	n.ask(&answer, "bank", "balances", address)
	for _, coin := range answer.Balances {
		if coin.Denom == "uagora" {
			amount, err := strconv.ParseInt(coin.Amount, 10, 64)
			require.NoError(n.t, err)
			return amount
		}
	}
	return 0
}

// pids of all programs of the network and its supervisor.
func (n *network) pids() []int {
	n.t.Helper()
	pids := []int{n.supervisor()}
	for _, program := range n.status().Programs() {
		if program.PID != 0 {
			pids = append(pids, program.PID)
		}
	}
	return pids
}

func (n *network) supervisor() int {
	n.t.Helper()
	content, err := os.ReadFile(filepath.Join(n.home, "run", "localnet.pid"))
	require.NoError(n.t, err)
	var record struct {
		PID int `json:"pid"`
	}
	require.NoError(n.t, json.Unmarshal(content, &record))
	return record.PID
}

// gone tells whether a process has ended; its remains may still wait for their parent.
func gone(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
