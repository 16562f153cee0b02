package localnet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/agora-network/agora/localnet/control"
	"github.com/agora-network/agora/localnet/view"
)

var _ control.Supervisor = (*network)(nil)

// unknownProgram is the error for a name the network does not have.
type unknownProgram struct {
	name  string
	names []string
}

func (e unknownProgram) Error() string {
	return fmt.Sprintf("the network has no program %q; it has %s", e.name, strings.Join(e.names, ", "))
}

// NotFound marks the error for the control socket.
func (unknownProgram) NotFound() bool { return true }

// Snapshot implements control.Supervisor.
func (n *network) Snapshot() any {
	s := n.snap()
	return &s
}

// snap is a copy of the snapshot with the programs as they are now.
func (n *network) snap() view.Snapshot {
	n.mu.Lock()
	s := n.snapshot
	s.Nodes, s.Validators, s.Miners = slices.Clone(s.Nodes), slices.Clone(s.Validators), slices.Clone(s.Miners)
	n.mu.Unlock()
	if s.Phase == view.Up && s.Error == "" {
		s.Error = n.stall(s.BlockTime)
	}
	for i := range s.Nodes {
		s.Nodes[i].Program = n.program(s.Nodes[i].Name)
	}
	for i := range s.Validators {
		s.Validators[i].Program = n.program(s.Validators[i].Name)
	}
	for i := range s.Miners {
		s.Miners[i].Program = n.program(s.Miners[i].Name)
	}
	return s
}

func (n *network) program(name string) view.Program {
	status, started := n.supervisor.Lookup(name)
	if !started {
		return view.Program{Log: n.home.LogFile(name)}
	}
	return view.Program{State: status.State, PID: status.PID, Exit: status.Exit, Log: status.Log}
}

// known refuses names that are none of the network's.
func (n *network) known(name string) error {
	if names := n.plan.names(); !slices.Contains(names, name) {
		return unknownProgram{name, names}
	}
	return nil
}

// Stop implements control.Supervisor. It goes on when the caller hangs up: a
// grace that was promised is kept.
func (n *network) Stop(ctx context.Context, name string) error {
	if err := n.known(name); err != nil {
		return err
	}
	return n.supervisor.Stop(context.WithoutCancel(ctx), name)
}

// Start implements control.Supervisor.
func (n *network) Start(_ context.Context, name string) error {
	if err := n.known(name); err != nil {
		return err
	}
	if phase := n.phase(); phase != view.Up {
		return fmt.Errorf("the network is %s: wait until it is up", phase)
	}
	return n.supervisor.Start(n.programs[name])
}

// Kill implements control.Supervisor.
func (n *network) Kill(_ context.Context, name string) error {
	if err := n.known(name); err != nil {
		return err
	}
	return n.supervisor.Signal(name, syscall.SIGKILL)
}

// Down implements control.Supervisor.
func (n *network) Down() { n.quit() }

func (n *network) phase() view.Phase {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.snapshot.Phase
}
