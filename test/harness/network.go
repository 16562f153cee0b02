package harness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/view"
)

const (
	// Patience bounds every wait, for a machine that is many times slower than any we know.
	Patience = 4 * time.Minute
	// Glance is how often a wait looks.
	Glance = 100 * time.Millisecond
)

// Network is a network under test.
type Network struct {
	// T is the test that uses the network now; its parts may take turns.
	T testing.TB
	// Bin is the folder of the programs, Home that of the network.
	Bin, Home string

	client *control.Client
}

// NewNetwork is a network that is not up yet. Its end is part of the test's clean-up;
// where the test failed, the end of every log is shown first.
func NewNetwork(t testing.TB, bin string) *Network {
	t.Helper()
	home := filepath.Join(t.TempDir(), "net")
	client, err := control.Dial(home)
	require.NoError(t, err)
	n := &Network{T: t, Bin: bin, Home: home, client: client}
	t.Cleanup(func() {
		if t.Failed() {
			n.showLogs()
		}
		out, err := n.Command("localnet", "down", "--home", n.Home)
		require.NoError(t, err, out)
	})
	return n
}

func (n *Network) showLogs() {
	if snapshot, err := n.TryStatus(); err == nil {
		n.T.Log("the network at the end:\n" + strings.Join(view.Table(snapshot), "\n"))
	}
	logs, err := filepath.Glob(filepath.Join(n.Home, "logs", "*.log"))
	require.NoError(n.T, err)
	for _, log := range logs {
		n.showLog(log)
	}
}

// showLog shows the end of a program's log.
func (n *Network) showLog(path string) {
	content, err := os.ReadFile(path)
	require.NoError(n.T, err)
	n.T.Logf("end of %s:\n%s", filepath.Base(path), content[max(0, len(content)-3000):])
}

// Command runs agorad and returns what it printed.
func (n *Network) Command(arguments ...string) (string, error) {
	cmd := exec.Command(filepath.Join(n.Bin, "agorad"), arguments...)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("agorad %s: %w\n%s%s", strings.Join(arguments, " "), err, out.String(), errors.String())
	}
	return out.String(), nil
}

// Localnet runs a command of "agorad localnet" that must succeed.
func (n *Network) Localnet(arguments ...string) string {
	n.T.Helper()
	out, err := n.Command(append([]string{"localnet", "--home", n.Home}, arguments...)...)
	require.NoError(n.T, err)
	return out
}

// Up starts or resumes the network in the background.
func (n *Network) Up(arguments ...string) {
	n.T.Helper()
	n.T.Log(n.Localnet(append([]string{"up", "--detach", "--bin-dir", n.Bin}, arguments...)...))
}

// TryStatus asks the network's supervisor how everything is.
func (n *Network) TryStatus() (*view.Snapshot, error) {
	snapshot := &view.Snapshot{}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return snapshot, n.client.Status(ctx, snapshot)
}

// Status is what TryStatus says where the supervisor must answer.
func (n *Network) Status() *view.Snapshot {
	n.T.Helper()
	snapshot, err := n.TryStatus()
	require.NoError(n.T, err)
	return snapshot
}
