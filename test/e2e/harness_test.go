package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/view"
	"github.com/agora-network/agora/test/harness"
)

const (
	patience = harness.Patience
	glance   = harness.Glance
	netuid   = 1
)

// network is a network under test, with what these tests ask of it.
type network struct{ *harness.Network }

// until looks at the network after every block until a condition holds.
func (n *network) until(what string, holds func(*view.Snapshot) bool) *view.Snapshot {
	n.T.Helper()
	var last *view.Snapshot
	require.Eventually(n.T, func() bool {
		snapshot, err := n.TryStatus()
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
	n.T.Helper()
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

// part is a miner's share of what one benchmark paid miners.
func part(s *view.Snapshot, name string, benchmark int) float64 {
	if parts := miner(s, name).Benchmarks; benchmark < len(parts) {
		return parts[benchmark].Incentive
	}
	return 0
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
	n.T.Helper()
	s := n.Status()
	client, err := chainclient.New(chainclient.Config{ChainID: s.ChainID, Endpoints: []string{s.Nodes[0].RPC, s.Nodes[1].RPC, s.Nodes[2].RPC}})
	require.NoError(n.T, err)
	return client
}

// owner of the subnet, and who sends for it.
func (n *network) owner() (sender *chainclient.Sender, address string) {
	n.T.Helper()
	keys, err := chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendTest, Dir: n.Status().ClientHome})
	require.NoError(n.T, err)
	owner, err := keys.Key("owner")
	require.NoError(n.T, err)
	price, err := chainclient.ParsePrice("0.001uagora")
	require.NoError(n.T, err)
	sender, err = n.chain().NewSender(owner, chainclient.SenderConfig{GasPrice: price})
	require.NoError(n.T, err)
	return sender, owner.Address()
}

// ask runs a query of agorad with the network's own client home and decodes its JSON.
func (n *network) ask(into any, arguments ...string) {
	n.T.Helper()
	home := n.Status().ClientHome
	out, err := n.Command(append(append([]string{"query"}, arguments...), "--home", home, "--output", "json")...)
	require.NoError(n.T, err)
	require.NoError(n.T, json.Unmarshal([]byte(out), into), out)
}

// send runs a transaction of agorad and waits until it is in a block.
func (n *network) send(arguments ...string) {
	n.T.Helper()
	home := n.Status().ClientHome
	out, err := n.Command(append(append([]string{"tx"}, arguments...),
		"--home", home, "--keyring-backend", "test", "--gas", "auto", "--gas-adjustment", "2", "--gas-prices", "0.001uagora", "--yes", "--output", "json")...)
	require.NoError(n.T, err)
	var sent struct {
		Hash string `json:"txhash"`
		Code int    `json:"code"`
		Log  string `json:"raw_log"`
	}
	require.NoError(n.T, json.Unmarshal([]byte(out), &sent), out)
	require.Zero(n.T, sent.Code, sent.Log)
	require.Eventually(n.T, func() bool {
		var found struct {
			Code int    `json:"code"`
			Log  string `json:"raw_log"`
		}
		out, err := n.Command("query", "tx", sent.Hash, "--home", home, "--output", "json")
		if err != nil || json.Unmarshal([]byte(out), &found) != nil {
			return false
		}
		require.Zero(n.T, found.Code, found.Log)
		return true
	}, patience, glance, "transaction %s is in a block", sent.Hash)
}

// balance of an account in uagora, as a user reads it.
func (n *network) balance(address string) int64 {
	n.T.Helper()
	var answer struct {
		Balances []struct{ Denom, Amount string }
	}
	n.ask(&answer, "bank", "balances", address)
	for _, coin := range answer.Balances {
		if coin.Denom == "uagora" {
			amount, err := strconv.ParseInt(coin.Amount, 10, 64)
			require.NoError(n.T, err)
			return amount
		}
	}
	return 0
}

// pids of all programs of the network and its supervisor.
func (n *network) pids() []int {
	n.T.Helper()
	pids := []int{n.supervisor()}
	for _, program := range n.Status().Programs() {
		if program.PID != 0 {
			pids = append(pids, program.PID)
		}
	}
	return pids
}

func (n *network) supervisor() int {
	n.T.Helper()
	content, err := os.ReadFile(filepath.Join(n.Home, "run", "localnet.pid"))
	require.NoError(n.T, err)
	var record struct {
		PID int `json:"pid"`
	}
	require.NoError(n.T, json.Unmarshal(content, &record))
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
