package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Supervisor runs programs.
type Supervisor struct {
	runDir   string
	onChange func(Status)
	now      func() time.Time

	// mu guards everything below and every field of the children.
	mu       sync.Mutex
	children map[string]*child
	order    []string
	closed   bool
}

type child struct {
	program Program
	status  Status
	// ended is closed when the process was waited for; nil before the first start.
	ended chan struct{}
}

// New makes a supervisor that keeps its pid files in runDir, which must exist.
// onChange, where not nil, is told of every change of a child's state, one call
// at a time per child and never while the supervisor is locked.
func New(runDir string, onChange func(Status)) *Supervisor {
	if onChange == nil {
		onChange = func(Status) {}
	}
	return &Supervisor{runDir: runDir, onChange: onChange, now: time.Now, children: map[string]*child{}}
}

// Start runs a program, or one of the same name again after it ended. It fails
// with ErrRunning while the name runs and with ErrClosed after Close.
func (s *Supervisor) Start(p Program) error {
	if err := p.validate(); err != nil {
		return err
	}
	status, err := s.start(p)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	s.onChange(status)
	return nil
}

func (s *Supervisor) start(p Program) (Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Status{}, ErrClosed
	}
	c, known := s.children[p.Name]
	if known && c.running() {
		return Status{}, ErrRunning
	}
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return Status{}, fmt.Errorf("open its log: %w", err)
	}
	defer log.Close() // the child holds its own copy
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(EnvironmentWithout(p.WithoutEnv), p.Env...)
	cmd.Dir = p.Dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = processAttributes()
	if err := theSpawner.start(cmd); err != nil {
		return Status{}, err
	}
	if err := WritePID(s.runDir, p.Name, cmd.Process.Pid); err != nil && s.stillAlive(cmd.Process.Pid) {
		signalGroup(cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		return Status{}, err
	}
	if !known {
		c = &child{}
		s.children[p.Name] = c
		s.order = append(s.order, p.Name)
	}
	c.program = p
	c.ended = make(chan struct{})
	c.status = Status{
		Name: p.Name, State: Running, PID: cmd.Process.Pid, Since: s.now(),
		Starts: c.status.Starts + 1, Exit: c.status.Exit, Log: p.Log,
	}
	go s.wait(c, cmd, c.ended)
	return c.status, nil
}

// stillAlive tells a program that ended within microseconds, whose end wait will
// report, from a pid file that could not be written.
func (s *Supervisor) stillAlive(pid int) bool {
	_, ok, err := identity(pid)
	return ok || err != nil
}

func (c *child) running() bool {
	return c.status.State == Running || c.status.State == Stopping
}

// wait reports the end of a process.
func (s *Supervisor) wait(c *child, cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	s.mu.Lock()
	if c.status.State == Stopping {
		c.status.State = Stopped
	} else {
		c.status.State = Crashed
	}
	c.status.Exit = describeExit(cmd.ProcessState, err)
	c.status.PID = 0
	c.status.Since = s.now()
	// A file that stays names a process that is gone; Reap clears it.
	_ = RemovePID(s.runDir, c.program.Name)
	status := c.status
	s.mu.Unlock()
	close(ended)
	s.onChange(status)
}

func describeExit(state *os.ProcessState, err error) string {
	if state == nil {
		return err.Error()
	}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return fmt.Sprintf("killed by signal %d (%s)", ws.Signal(), ws.Signal())
	}
	return fmt.Sprintf("ended with exit code %d", state.ExitCode())
}

// Stop ends a program: SIGTERM, and SIGKILL when its grace is over or the
// context is done first. It returns when the process is gone; one that does not
// run is no error.
func (s *Supervisor) Stop(ctx context.Context, name string) error {
	s.mu.Lock()
	c, known := s.children[name]
	if !known {
		s.mu.Unlock()
		return fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if !c.running() {
		s.mu.Unlock()
		return nil
	}
	ended, grace := c.ended, c.program.Grace
	first := c.status.State == Running
	c.status.State = Stopping
	// The process was not waited for yet, so the number is still its own.
	signalGroup(c.status.PID, syscall.SIGTERM)
	status := c.status
	s.mu.Unlock()
	if first {
		s.onChange(status)
	}
	if grace == 0 {
		grace = DefaultGrace
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	s.kill(name, ended)
	<-ended
	return nil
}

// kill ends the process behind an ended channel hard, if it is still that one.
func (s *Supervisor) kill(name string, ended chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.children[name]
	if c.ended == ended && c.running() {
		signalGroup(c.status.PID, syscall.SIGKILL)
	}
}

// Signal sends a signal to a running program, as a test of its crash safety does.
func (s *Supervisor) Signal(name string, signal syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.children[name]
	if !known {
		return fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if !c.running() {
		return fmt.Errorf("%s does not run", name)
	}
	signalGroup(c.status.PID, signal)
	return nil
}

// Close refuses further starts and stops everything that runs: the stages one
// after another, the programs of a stage at once, and at last whatever no stage
// named. When the context ends, what is left is killed.
func (s *Supervisor) Close(ctx context.Context, stages ...[]string) {
	s.mu.Lock()
	s.closed = true
	var rest []string
	for _, name := range s.order {
		if !slices.ContainsFunc(stages, func(stage []string) bool { return slices.Contains(stage, name) }) {
			rest = append(rest, name)
		}
	}
	s.mu.Unlock()
	for _, stage := range append(slices.Clone(stages), rest) {
		var group sync.WaitGroup
		for _, name := range stage {
			group.Go(func() {
				if err := s.Stop(ctx, name); err != nil && !errors.Is(err, ErrUnknown) {
					panic(err) // Stop fails only for unknown names
				}
			})
		}
		group.Wait()
	}
}

// Status returns what is known of every program, in the order of their first start.
func (s *Supervisor) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Status, 0, len(s.order))
	for _, name := range s.order {
		all = append(all, s.children[name].status)
	}
	return all
}

// Lookup returns what is known of one program.
func (s *Supervisor) Lookup(name string) (Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.children[name]
	if !known {
		return Status{}, false
	}
	return c.status, true
}
