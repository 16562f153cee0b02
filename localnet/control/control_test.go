package control_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/control"
)

type unknownName struct{ error }

func (unknownName) NotFound() bool { return true }

// recorder notes what it was asked.
type recorder struct {
	asked []string
	down  chan struct{}
}

func (r *recorder) Snapshot() any { return map[string]int{"height": 7} }
func (r *recorder) Stop(_ context.Context, name string) error {
	r.asked = append(r.asked, "stop "+name)
	return nil
}

func (r *recorder) Start(_ context.Context, name string) error {
	return errors.New(name + " is running already")
}

func (r *recorder) Kill(_ context.Context, name string) error {
	return unknownName{errors.New("no program " + name)}
}
func (r *recorder) Down() { close(r.down) }

func serve(t *testing.T, home string) (*control.Client, *recorder) {
	t.Helper()
	listener, err := control.Listen(home)
	require.NoError(t, err)
	supervisor := &recorder{down: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- control.Serve(ctx, listener, supervisor) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	client, err := control.Dial(home)
	require.NoError(t, err)
	return client, supervisor
}

func TestACommandReachesTheSupervisor(t *testing.T) {
	for name, home := range map[string]string{
		"of a home with a short path":                      shortHome(t),
		"of a home whose path is too long for a socket":    filepath.Join(shortHome(t), strings.Repeat("long/", 40)),
		"although another one died and left its socket":    homeWithADeadSocket(t),
		"of a home whose path is just short enough to fit": filepath.Join(shortHome(t), strings.Repeat("x", 20)),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.MkdirAll(home, 0o700))
			client, supervisor := serve(t, home)
			var snapshot struct{ Height int }
			require.NoError(t, client.Status(t.Context(), &snapshot))
			require.Equal(t, 7, snapshot.Height)
			require.NoError(t, client.Stop(t.Context(), "miner-1"))
			require.Equal(t, []string{"stop miner-1"}, supervisor.asked)
			require.EqualError(t, client.Start(t.Context(), "miner-1"), "miner-1 is running already")
			require.EqualError(t, client.Kill(t.Context(), "no/such"), "no program no/such")
			require.NoError(t, client.Down(t.Context()))
			<-supervisor.down
		})
	}
}

func TestACommandLearnsThatNoSupervisorRuns(t *testing.T) {
	for name, home := range map[string]string{
		"because none ever did": shortHome(t),
		"because it died":       homeWithADeadSocket(t),
	} {
		t.Run(name, func(t *testing.T) {
			client, err := control.Dial(home)
			require.NoError(t, err)
			require.ErrorIs(t, client.Status(t.Context(), nil), control.ErrNotRunning)
		})
	}
}

func TestOnlyTheOwnerMayOpenTheSocket(t *testing.T) {
	home := shortHome(t)
	serve(t, home)
	path, err := control.SocketPath(home)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// shortHome is a folder whose path leaves room for a socket, unlike t.TempDir.
func shortHome(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agora")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func homeWithADeadSocket(t *testing.T) string {
	t.Helper()
	home := shortHome(t)
	path, err := control.SocketPath(home)
	require.NoError(t, err)
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, listener.Close())
	require.FileExists(t, path)
	return home
}
