package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

// localnetName is the attended program that supervises the network.
const localnetName = "localnet"

// stopGrace is how long a network may take to end, all its programs together.
const stopGrace = 30 * time.Second

// Attended programs are children of the test: they end with it, however it ends
// (on Linux the kernel sees to that), while those of Network.Up are in the background.
type Attended struct {
	network    *Network
	supervisor *supervise.Supervisor
	dir        string
}

// Attend prepares to run programs for a network. They are stopped when the test ends, the network last.
func (n *Network) Attend() *Attended {
	n.T.Helper()
	dir := filepath.Join(n.T.TempDir(), "attended")
	require.NoError(n.T, os.Mkdir(dir, 0o700))
	a := &Attended{network: n, supervisor: supervise.New(dir, nil), dir: dir}
	n.T.Cleanup(func() {
		var others []string
		for _, program := range a.supervisor.Status() {
			if program.Name != localnetName {
				others = append(others, program.Name)
			}
		}
		a.supervisor.Close(context.Background(), others, []string{localnetName})
		if n.T.Failed() {
			for _, program := range a.supervisor.Status() {
				n.showLog(program.Log)
			}
		}
	})
	return a
}

// Run starts a program, of the network's folder of programs where path is a bare name.
func (a *Attended) Run(name, path string, arguments ...string) error {
	if filepath.Base(path) == path {
		path = filepath.Join(a.network.Bin, path)
	}
	return a.supervisor.Start(supervise.Program{
		Name: name, Path: path, Args: arguments, Log: filepath.Join(a.dir, name+".log"), Grace: stopGrace, WithoutEnv: "AGORA_",
	})
}

// Up starts the network and returns when it is up, or says why it is not.
func (a *Attended) Up(arguments ...string) error {
	arguments = append([]string{"localnet", "up", "--home", a.network.Home, "--bin-dir", a.network.Bin}, arguments...)
	if err := a.Run(localnetName, "agorad", arguments...); err != nil {
		return err
	}
	return Until(func() (bool, error) {
		if program, _ := a.supervisor.Lookup(localnetName); program.State != supervise.Running {
			return false, fmt.Errorf("the network %s", program.Exit)
		}
		snapshot, err := a.network.TryStatus()
		return err == nil && snapshot.Phase == view.Up, nil
	})
}

// Until calls holds again and again until it says true or fails; it gives up when Patience is over.
func Until(holds func() (bool, error)) error {
	deadline := time.Now().Add(Patience)
	ticker := time.NewTicker(Glance)
	defer ticker.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not after %s", Patience)
		}
		<-ticker.C
	}
}
