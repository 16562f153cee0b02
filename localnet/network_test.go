package localnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/supervise"
	"github.com/agora-network/agora/localnet/view"
)

const testPatience, testGlance = 60 * time.Second, 20 * time.Millisecond

// fakeHome is the home of a network that was launched earlier, and the folder of its fake programs.
func fakeHome(t *testing.T) (home Home, bin string) {
	t.Helper()
	dir := t.TempDir()
	home, bin = Home(filepath.Join(dir, "net")), filepath.Join(dir, "bin")
	require.NoError(t, home.create())
	require.NoError(t, os.Mkdir(bin, 0o700))
	for _, name := range []string{"agorad", "miner", "validator"} {
		require.NoError(t, os.Symlink(os.Args[0], filepath.Join(bin, name)))
	}
	plan := newPlan(Settings{Nodes: 2, Validators: 2, Miners: 2, BlockTime: time.Second, Tempo: 10, Benchmarks: 1})
	plan.Stage = stageLaunched
	require.NoError(t, home.savePlan(plan))
	for _, name := range plan.nodeNames() {
		require.NoError(t, os.MkdirAll(filepath.Join(home.NodeHome(name), "config"), 0o700))
	}
	for _, name := range plan.minerNames() {
		require.NoError(t, os.MkdirAll(home.MinerHome(name), 0o700))
	}
	t.Cleanup(func() {
		_, err := down(context.Background(), home)
		require.NoError(t, err)
	})
	return home, bin
}

// localnetCommand runs "agorad localnet" in a process of its own and returns what it said.
func localnetCommand(t *testing.T, home Home, arguments ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"localnet", "--home", string(home)}, arguments...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func mustRun(t *testing.T, home Home, arguments ...string) string {
	t.Helper()
	out, err := localnetCommand(t, home, arguments...)
	require.NoError(t, err, "%v: %s", arguments, out)
	return out
}

func statusOf(t *testing.T, home Home) *view.Snapshot {
	t.Helper()
	snapshot := &view.Snapshot{}
	require.NoError(t, json.Unmarshal([]byte(mustRun(t, home, "status", "--json")), snapshot))
	return snapshot
}

func pids(snapshot *view.Snapshot) []int {
	var all []int
	for _, program := range snapshot.Programs() {
		all = append(all, program.PID)
	}
	return all
}

func gone(pid int) bool {
	err := syscall.Kill(pid, 0)
	if err != nil {
		return errors.Is(err, syscall.ESRCH)
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestANetworkRunsInTheBackgroundAndEveryCommandReachesIt(t *testing.T) {
	home, bin := fakeHome(t)
	require.Equal(t, view.Down, statusOf(t, home).Phase)
	require.Contains(t, mustRun(t, home, "status"), "is down")
	require.Contains(t, mustRun(t, home, "down"), "down already")

	out := mustRun(t, home, "up", "--detach", "--bin-dir", bin)
	require.Contains(t, out, "up in the background")
	require.Contains(t, out, "start the nodes", "progress is passed on")
	first := statusOf(t, home)
	require.Equal(t, view.Up, first.Phase)
	require.Len(t, first.Programs(), 6)
	for name, program := range first.Programs() {
		require.Equal(t, supervise.Running, program.State, name)
	}
	require.Contains(t, mustRun(t, home, "status"), "node-2")

	t.Run("up again changes nothing", func(t *testing.T) {
		require.Contains(t, mustRun(t, home, "up", "--detach", "--bin-dir", bin), "runs already")
		require.ElementsMatch(t, pids(first), pids(statusOf(t, home)))
	})
	t.Run("up with other settings is refused", func(t *testing.T) {
		out, err := localnetCommand(t, home, "up", "--detach", "--bin-dir", bin, "--nodes", "4")
		require.Error(t, err)
		require.Contains(t, out, "was made with --nodes 2, not 4")
	})
	t.Run("a program is stopped and started", func(t *testing.T) {
		require.Equal(t, "miner-1 stopped\n", mustRun(t, home, "stop", "miner-1"))
		require.Equal(t, supervise.Stopped, statusOf(t, home).Programs()["miner-1"].State)
		require.Contains(t, mustRun(t, home, "logs", "miner-1"), "good-bye")
		require.Equal(t, "miner-1 started\n", mustRun(t, home, "start", "miner-1"))
		require.Equal(t, supervise.Running, statusOf(t, home).Programs()["miner-1"].State)
		out, err := localnetCommand(t, home, "start", "miner-1")
		require.Error(t, err)
		require.Contains(t, out, "already running")
	})
	t.Run("a crash is shown and the others run on", func(t *testing.T) {
		mustRun(t, home, "kill", "validator-1")
		require.Eventually(t, func() bool {
			return statusOf(t, home).Programs()["validator-1"].State == supervise.Crashed
		}, testPatience, testGlance)
		require.Contains(t, mustRun(t, home, "status"), "crashed: killed by signal 9")
		require.Contains(t, mustRun(t, home, "logs", "localnet"), "validator-1 killed by signal 9")
		require.Equal(t, supervise.Running, statusOf(t, home).Programs()["validator-2"].State)
		mustRun(t, home, "start", "validator-1")
	})
	t.Run("an unknown name is answered with the names there are", func(t *testing.T) {
		for _, arguments := range [][]string{{"stop", "miner-9"}, {"start", "miner-9"}, {"kill", "miner-9"}, {"logs", "miner-9"}} {
			out, err := localnetCommand(t, home, arguments...)
			require.Error(t, err)
			require.Contains(t, out, "miner-1, miner-2", arguments)
		}
	})

	before := statusOf(t, home)
	require.Contains(t, mustRun(t, home, "down"), "has stopped")
	for _, pid := range pids(before) {
		require.True(t, gone(pid))
	}
	require.Contains(t, mustRun(t, home, "up", "--detach", "--bin-dir", bin), "up in the background", "it goes on from the files")
	require.Contains(t, mustRun(t, home, "reset"), "removed")
	require.NoDirExists(t, string(home))
	require.Contains(t, mustRun(t, home, "reset"), "there is no network")
}

func TestNothingIsLeftOfANetworkWhoseSupervisorWasKilledAndItComesUpAgain(t *testing.T) {
	home, bin := fakeHome(t)
	mustRun(t, home, "up", "--detach", "--bin-dir", bin)
	snapshot := statusOf(t, home)
	supervisor, err := supervisorPID(home)
	require.NoError(t, err)
	require.NotZero(t, supervisor)
	require.NoError(t, syscall.Kill(supervisor, syscall.SIGKILL))
	if runtime.GOOS == "linux" {
		for _, pid := range pids(snapshot) {
			require.Eventually(t, func() bool { return gone(pid) }, testPatience, testGlance)
		}
	}
	require.Equal(t, view.Down, statusOf(t, home).Phase)
	mustRun(t, home, "up", "--detach", "--bin-dir", bin)
	require.Equal(t, view.Up, statusOf(t, home).Phase)
}

func TestInTheForegroundTheFirstSignalStopsEverythingInGoodOrder(t *testing.T) {
	for name, signal := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			home, bin := fakeHome(t)
			cmd := exec.Command(os.Args[0], "localnet", "up", "--home", string(home), "--bin-dir", bin)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			require.NoError(t, cmd.Start())
			require.NoError(t, awaitUp(t.Context(), home, nil))
			snapshot := statusOf(t, home)
			require.NoError(t, cmd.Process.Signal(signal))
			require.NoError(t, cmd.Wait(), out.String())
			require.Contains(t, out.String(), "the state is kept")
			for _, pid := range pids(snapshot) {
				require.True(t, gone(pid))
			}
			left, err := filepath.Glob(filepath.Join(home.RunDir(), "*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestAStartThatFailsSaysWhyAndLeavesNothingRunning(t *testing.T) {
	for name, test := range map[string]struct {
		arrange func(t *testing.T, home Home, bin string) (Home, []string)
		want    []string
	}{
		"when a node ends at once": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.WriteFile(filepath.Join(home.NodeHome("node-2"), brokenFile), nil, 0o600))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"node-2 ended with exit code 7", "this program is broken"},
		},
		"when a miner ends at once": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.WriteFile(filepath.Join(home.MinerHome("miner-1"), brokenFile), nil, 0o600))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"miner-1 ended with exit code 7", "this program is broken"},
		},
		"when programs are missing": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.Remove(filepath.Join(bin, "miner")))
				require.NoError(t, os.Remove(filepath.Join(bin, "validator")))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"no program miner in", "no program validator in", "make build", "--bin-dir"},
		},
		"when the home cannot be written": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				file := filepath.Join(t.TempDir(), "file")
				require.NoError(t, os.WriteFile(file, nil, 0o600))
				return Home(filepath.Join(file, "net")), []string{"--bin-dir", bin}
			},
			[]string{"cannot write to the home", "--home"},
		},
		"when the state file is damaged": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.WriteFile(home.StateFile(), []byte("{"), 0o600))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"is damaged", "agorad localnet reset"},
		},
		"when the state file lacks a part": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.WriteFile(home.StateFile(), []byte(`{"format": 2}`), 0o600))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"is damaged", "agorad localnet reset"},
		},
		"when an earlier version made the network": {
			func(t *testing.T, home Home, bin string) (Home, []string) {
				require.NoError(t, os.WriteFile(home.StateFile(), []byte(`{"format": 1}`), 0o600))
				return home, []string{"--bin-dir", bin}
			},
			[]string{"is of format 1 and this program writes 2", "agorad localnet reset"},
		},
		"when the network was made otherwise": {
			func(_ *testing.T, home Home, bin string) (Home, []string) {
				return home, []string{"--bin-dir", bin, "--tempo", "20", "--miners", "2"}
			},
			[]string{"was made with --tempo 10, not 20", "reset"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			home, bin := fakeHome(t)
			home, arguments := test.arrange(t, home, bin)
			for _, mode := range [][]string{{"up"}, {"up", "--detach"}} {
				out, err := localnetCommand(t, home, append(mode, arguments...)...)
				require.Error(t, err, mode)
				for _, want := range test.want {
					require.Contains(t, out, want, mode)
				}
				left, err := filepath.Glob(filepath.Join(home.RunDir(), "*"))
				require.NoError(t, err)
				require.Empty(t, left)
			}
		})
	}
}

func TestAPortThatAnotherProgramTookIsReplaced(t *testing.T) {
	home, bin := fakeHome(t)
	listener, err := net.Listen("tcp", loopback+":0")
	require.NoError(t, err)
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port
	plan, err := home.loadPlan()
	require.NoError(t, err)
	plan.Nodes[0].Ports.RPC = taken
	require.NoError(t, home.savePlan(plan))

	out := mustRun(t, home, "up", "--detach", "--bin-dir", bin)
	require.Contains(t, out, "is taken by another program")
	require.NotContains(t, statusOf(t, home).Nodes[0].RPC, strconv.Itoa(taken))
}

func TestSettingsInTheEnvironmentOfTheUserAreNotThoseOfTheNetwork(t *testing.T) {
	home, bin := fakeHome(t)
	t.Setenv("AGORA_CHAIN_ID", "agora-1")
	mustRun(t, home, "up", "--detach", "--bin-dir", bin)
	require.Equal(t, view.Up, statusOf(t, home).Phase)
}

func TestTwoNetworksRunSideBySide(t *testing.T) {
	one, bin := fakeHome(t)
	two, _ := fakeHome(t)
	mustRun(t, one, "up", "--detach", "--bin-dir", bin)
	mustRun(t, two, "up", "--detach", "--bin-dir", bin)
	mustRun(t, one, "down")
	require.Equal(t, view.Up, statusOf(t, two).Phase)
}

func TestCommandsOfANetworkThatIsDownSayHowToStartIt(t *testing.T) {
	home, _ := fakeHome(t)
	for _, arguments := range [][]string{{"stop", "miner-1"}, {"start", "miner-1"}, {"kill", "miner-1"}, {"logs", "miner-1"}} {
		out, err := localnetCommand(t, home, arguments...)
		require.Error(t, err)
		require.Contains(t, out, "agorad localnet up", arguments)
	}
	out, err := localnetCommand(t, Home(t.TempDir()), "logs", "miner-1")
	require.Error(t, err)
	require.Contains(t, out, "there is no network")
}

func TestAHintNamesTheHomeItIsFor(t *testing.T) {
	usual, err := DefaultHome()
	require.NoError(t, err)
	require.Equal(t, "agorad localnet up", usual.command("up"))
	require.Equal(t, "agorad localnet up --home /tmp/second", Home("/tmp/second").command("up"))
	require.Equal(t, `agorad localnet up --home '/tmp/it'\''s here'`, Home("/tmp/it's here").command("up"))
	home, _ := fakeHome(t)
	require.Contains(t, mustRun(t, home, "status"), home.command("up"))
}

func TestResetRemovesASocketOutsideTheHome(t *testing.T) {
	home := Home(filepath.Join(t.TempDir(), strings.Repeat("a", 120)))
	require.NoError(t, home.create())
	require.NoError(t, home.savePlan(newPlan(DefaultSettings())))
	socket, err := control.SocketPath(string(home))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(socket, nil, 0o600)) // as a supervisor that was killed leaves it
	mustRun(t, home, "reset")
	require.NoFileExists(t, socket)
}

func TestResetLeavesFilesOfOthersAlone(t *testing.T) {
	home, _ := fakeHome(t)
	own := filepath.Join(string(home), "my-notes.txt")
	require.NoError(t, os.WriteFile(own, []byte("mine"), 0o600))
	mustRun(t, home, "reset")
	entries, err := os.ReadDir(string(home))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.FileExists(t, own)
}
