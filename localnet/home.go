package localnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Home is the directory that holds a network.
type Home string

// DefaultHome is ~/.agora/localnet.
func DefaultHome() (Home, error) {
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home directory of the user: %w; name one with --home", err)
	}
	return Home(filepath.Join(user, ".agora", "localnet")), nil
}

// command is how to run a command for this home, as a shell takes it.
func (h Home) command(name string) string {
	text := "agorad localnet " + name
	if usual, err := DefaultHome(); err == nil && usual == h {
		return text
	}
	if path := string(h); strings.ContainsAny(path, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return text + " --home '" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return text + " --home " + string(h)
}

func (h Home) path(parts ...string) string {
	return filepath.Join(append([]string{string(h)}, parts...)...)
}

// StateFile is where the plan is kept.
func (h Home) StateFile() string { return h.path("localnet.json") }

// RunDir holds the pid files.
func (h Home) RunDir() string { return h.path("run") }

// LogFile is the log of a program of the network, or of the supervisor.
func (h Home) LogFile(name string) string { return h.path("logs", name+".log") }

// ClientHome is a home for "agorad --home" that holds the keys of all accounts
// and knows the chain id and a node.
func (h Home) ClientHome() string { return h.path("client") }

// NodeHome is the home of a consensus node.
func (h Home) NodeHome(name string) string { return h.path("nodes", name) }

// MinerHome is the home of a miner.
func (h Home) MinerHome(name string) string { return h.path("miners", name) }

// ValidatorHome is the home of a validator.
func (h Home) ValidatorHome(name string) string { return h.path("validators", name) }

func (h Home) lockFile() string { return h.path("lock") }

func (h Home) ledgerFile() string { return h.path("earned.json") }

// contents are the entries a network makes in its home; reset removes no others.
func (h Home) contents() []string {
	return []string{"nodes", "validators", "miners", "client", "logs", "run", "earned.json", "control.sock", "localnet.json", "lock"}
}

// supervisorName is the supervisor's among the names of programs.
const supervisorName = "localnet"

// create makes the directories every network needs.
func (h Home) create() error {
	for _, dir := range []string{h.path(), h.RunDir(), h.path("logs")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return h.unwritable(err)
		}
	}
	probe, err := os.CreateTemp(h.path(), ".writable-*")
	if err != nil {
		return h.unwritable(err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return h.unwritable(err)
	}
	return nil
}

func (h Home) unwritable(err error) error {
	return fmt.Errorf("cannot write to the home of the network: %w; choose another with --home", err)
}

// errLocked says that a supervisor runs in the home.
var errLocked = errors.New("another agorad localnet is starting or stopping the network of this home; wait a moment, then look with: agorad localnet status")

// lock takes the home for one supervisor, until the process ends or the file is
// closed. It fails with errLocked while another holds it.
func (h Home) lock() (*os.File, error) {
	file, err := os.OpenFile(h.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, h.unwritable(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", h.lockFile(), err)
	}
	return file, nil
}

// errNoNetwork says that no network was ever made in the home.
var errNoNetwork = errors.New("there is no network")

// loadPlan reads the state file; it fails with errNoNetwork where there is none.
func (h Home) loadPlan() (*Plan, error) {
	content, err := os.ReadFile(h.StateFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s; make one with: %s", errNoNetwork, h, h.command("up"))
	}
	if err != nil {
		return nil, fmt.Errorf("read the state of the network: %w", err)
	}
	var plan Plan
	if err := json.Unmarshal(content, &plan); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w); start over with: %s", h.StateFile(), err, h.command("reset"))
	}
	if plan.Format != planFormat {
		return nil, fmt.Errorf("%s is of format %d and this program writes %d; start over with: %s", h.StateFile(), plan.Format, planFormat, h.command("reset"))
	}
	s := plan.Settings
	if s.Validate() != nil || len(plan.Nodes) != s.Nodes || len(plan.Validators) != s.Validators || len(plan.Miners) != s.Miners {
		return nil, fmt.Errorf("%s is damaged (it does not describe the network of its settings); start over with: %s", h.StateFile(), h.command("reset"))
	}
	return &plan, nil
}

// savePlan replaces the state file at once.
func (h Home) savePlan(plan *Plan) error {
	return writeJSON(h.StateFile(), plan)
}

// writeJSON replaces a file so that a reader sees the old content or the new.
func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	if err := os.WriteFile(path+".tmp", append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
