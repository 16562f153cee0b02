package supervise_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/supervise"
)

// childMode makes the test binary play a child program instead of running tests.
const childMode = "AGORA_SUPERVISE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childMode) {
	case "":
		os.Exit(m.Run())
	case "polite":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		fmt.Println("polite is up")
		<-terminated
		fmt.Println("polite ends")
		os.Exit(0)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("stubborn is up")
		forever()
	case "crash":
		fmt.Println("cannot go on")
		os.Exit(3)
	case "supervisor":
		// Two children and a pipe on which the test learns that they run.
		s := supervise.New(os.Args[1], nil)
		for _, mode := range []string{"polite", "stubborn"} {
			if err := s.Start(fake(os.Args[1], mode, mode)); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
		if err := json.NewEncoder(os.Stdout).Encode(s.Status()); err != nil {
			os.Exit(1)
		}
		// Make the runtime retire threads, as a busy program does: the children
		// must outlive those.
		for range 20 {
			done := make(chan struct{})
			go func() {
				runtime.LockOSThread() // the thread ends with the goroutine
				close(done)
			}()
			<-done
		}
		fmt.Println("threads retired")
		forever()
	}
}

// forever waits for a signal that nobody sends.
func forever() {
	never := make(chan os.Signal, 1)
	signal.Notify(never, syscall.SIGUSR2)
	<-never
}

// fake is a program played by the test binary.
func fake(dir, name, mode string) supervise.Program {
	return supervise.Program{
		Name: name, Path: os.Args[0], Env: []string{childMode + "=" + mode},
		Log: filepath.Join(dir, name+".log"), Grace: 30 * time.Second,
	}
}

const patience, glance = 30 * time.Second, 5 * time.Millisecond

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, glance, what)
}

func logHolds(program supervise.Program, text string) func() bool {
	return func() bool {
		content, err := os.ReadFile(program.Log)
		return err == nil && strings.Contains(string(content), text)
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && runtime.GOOS != "linux"
	}
	return !strings.Contains(string(stat[strings.LastIndexByte(string(stat), ')'):]), ") Z ")
}

func TestAProgramThatIsStoppedEndsPolitelyAndCanBeStartedAgain(t *testing.T) {
	dir := t.TempDir()
	s := supervise.New(dir, nil)
	program := fake(dir, "worker", "polite")
	require.NoError(t, s.Start(program))
	eventually(t, "the child runs", logHolds(program, "polite is up"))
	require.ErrorIs(t, s.Start(program), supervise.ErrRunning)

	require.NoError(t, s.Stop(context.Background(), "worker"))
	status, known := s.Lookup("worker")
	require.True(t, known)
	require.Equal(t, supervise.Stopped, status.State)
	require.Equal(t, "ended with exit code 0", status.Exit)
	require.True(t, logHolds(program, "polite ends")())
	require.NoFileExists(t, filepath.Join(dir, "worker.pid"))
	require.NoError(t, s.Stop(context.Background(), "worker"), "stopping twice is no error")

	require.NoError(t, s.Start(program))
	status, _ = s.Lookup("worker")
	require.Equal(t, supervise.Running, status.State)
	require.Equal(t, 2, status.Starts)
	s.Close(context.Background())
	require.False(t, alive(status.PID))
	require.ErrorIs(t, s.Start(program), supervise.ErrClosed)
}

func TestAProgramThatIgnoresTheTermSignalIsKilled(t *testing.T) {
	t.Run("when its grace is over", func(t *testing.T) {
		dir := t.TempDir()
		s := supervise.New(dir, nil)
		program := fake(dir, "worker", "stubborn")
		program.Grace = time.Millisecond
		require.NoError(t, s.Start(program))
		eventually(t, "the child runs", logHolds(program, "stubborn is up"))
		require.NoError(t, s.Stop(context.Background(), "worker"))
		status, _ := s.Lookup("worker")
		require.Equal(t, supervise.Stopped, status.State)
		require.Contains(t, status.Exit, "killed by signal 9")
	})
	t.Run("when the caller has no patience left", func(t *testing.T) {
		dir := t.TempDir()
		s := supervise.New(dir, nil)
		program := fake(dir, "worker", "stubborn")
		require.NoError(t, s.Start(program))
		eventually(t, "the child runs", logHolds(program, "stubborn is up"))
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Close(ctx)
		status, _ := s.Lookup("worker")
		require.Equal(t, supervise.Stopped, status.State)
	})
}

func TestACrashIsReportedWithItsExitCodeAndTheProgramCanBeStartedAgain(t *testing.T) {
	dir := t.TempDir()
	changes := make(chan supervise.Status, 16)
	s := supervise.New(dir, func(status supervise.Status) { changes <- status })
	program := fake(dir, "worker", "crash")
	require.NoError(t, s.Start(program))
	for {
		var status supervise.Status
		select {
		case status = <-changes:
		case <-time.After(patience):
			t.Fatal("the crash was not reported")
		}
		if status.State == supervise.Crashed {
			require.Equal(t, "ended with exit code 3", status.Exit)
			break
		}
	}
	require.True(t, logHolds(program, "cannot go on")())
	require.NoError(t, s.Start(fake(dir, "worker", "polite")))
	s.Close(context.Background())
}

func TestAProgramThatCannotBeStartedSaysWhy(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		program supervise.Program
		want    string
	}{
		"because the executable is missing": {
			supervise.Program{Name: "a", Path: filepath.Join(dir, "nowhere"), Log: filepath.Join(dir, "a.log")}, "no such file",
		},
		"because its log cannot be written": {
			supervise.Program{Name: "a", Path: os.Args[0], Log: filepath.Join(dir, "no", "such", "folder")}, "open its log",
		},
		"because its name is not a name": {
			supervise.Program{Name: "../a", Path: os.Args[0], Log: filepath.Join(dir, "a.log")}, "program name",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := supervise.New(dir, nil)
			require.ErrorContains(t, s.Start(test.program), test.want)
			require.Empty(t, s.Status())
		})
	}
	require.ErrorIs(t, supervise.New(dir, nil).Stop(context.Background(), "ghost"), supervise.ErrUnknown)
}

// startSupervisor runs a supervisor with two children in a process of its own.
func startSupervisor(t *testing.T, dir string) (*exec.Cmd, []supervise.Status) {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childMode+"=supervisor")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	reader := bufio.NewReader(out)
	line, err := reader.ReadBytes('\n')
	require.NoError(t, err)
	var children []supervise.Status
	require.NoError(t, json.Unmarshal(line, &children), "%s", line)
	require.Len(t, children, 2)
	line, err = reader.ReadBytes('\n')
	require.NoError(t, err)
	require.Equal(t, "threads retired\n", string(line))
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return cmd, children
}

func TestNoChildOutlivesASupervisorThatWasKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells children of their parent's death")
	}
	dir := t.TempDir()
	cmd, children := startSupervisor(t, dir)
	for _, child := range children {
		require.True(t, alive(child.PID), "%s outlives the threads that came and went", child.Name)
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
	for _, child := range children {
		eventually(t, child.Name+" is gone", func() bool { return !alive(child.PID) })
	}
	ended, err := supervise.Reap(context.Background(), dir, 0)
	require.NoError(t, err)
	require.Empty(t, ended, "nothing was left to reap")
	require.NoFileExists(t, filepath.Join(dir, "polite.pid"))
}

func TestReapEndsOnlyTheProcessesThatThePidFilesMean(t *testing.T) {
	dir := t.TempDir()
	start := func(mode string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childMode+"="+mode)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		_, err = bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		return cmd
	}
	orphan, stubborn, stranger := start("polite"), start("stubborn"), start("stubborn")
	require.NoError(t, supervise.WritePID(dir, "orphan", orphan.Process.Pid))
	require.NoError(t, supervise.WritePID(dir, "stubborn", stubborn.Process.Pid))
	// The stranger got the number of a process of ours that ended long ago.
	stale := fmt.Sprintf(`{"pid":%d,"identity":"another boot:1"}`, stranger.Process.Pid)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stale.pid"), []byte(stale), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "torn.pid"), []byte(`{"pid":`), 0o600))

	ended, err := supervise.Reap(context.Background(), dir, 50*time.Millisecond)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"orphan", "stubborn"}, ended)
	require.False(t, alive(orphan.Process.Pid))
	require.False(t, alive(stubborn.Process.Pid))
	require.True(t, alive(stranger.Process.Pid))
	left, err := filepath.Glob(filepath.Join(dir, "*.pid"))
	require.NoError(t, err)
	require.Empty(t, left)
}
