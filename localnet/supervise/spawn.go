package supervise

import (
	"os/exec"
	"runtime"
)

// spawner starts every process from one thread that lives as long as the
// program does. The kernel's parent-death signal follows the *thread* that
// forked: a child started from a thread that the Go runtime later retires would
// be killed under a supervisor that is well.
type spawner struct {
	requests chan spawnRequest
}

type spawnRequest struct {
	cmd    *exec.Cmd
	result chan error
}

// theSpawner is one for the whole program: its thread is never given back, so
// there must not be one per Supervisor.
var theSpawner = newSpawner()

func newSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest)}
	go func() {
		runtime.LockOSThread()
		for request := range s.requests {
			request.result <- request.cmd.Start()
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.requests <- spawnRequest{cmd: cmd, result: result}
	return <-result
}
