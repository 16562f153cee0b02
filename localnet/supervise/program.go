package supervise

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// DefaultGrace is how long a program may take to end after SIGTERM when it names no time of its own.
const DefaultGrace = 10 * time.Second

// Program is what a child runs.
type Program struct {
	// Name identifies the child: a-z, 0-9 and '-', also the name of its pid file.
	Name string
	// Path is the executable.
	Path string
	// Args follow the executable's name.
	Args []string
	// Env is added to the supervisor's own environment, of which variables that begin with WithoutEnv, where that is not
	// empty, are left out.
	Env        []string
	WithoutEnv string
	// Dir is the working directory; empty is the supervisor's.
	Dir string
	// Log is the file both output streams are appended to.
	Log string
	// Grace is how long the program may take to end after SIGTERM before it is
	// killed; 0 is DefaultGrace.
	Grace time.Duration
}

// EnvironmentWithout is the environment of this process without the variables that begin with prefix; an empty prefix
// leaves nothing out.
func EnvironmentWithout(prefix string) []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return prefix != "" && strings.HasPrefix(variable, prefix)
	})
}

var programName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (p Program) validate() error {
	switch {
	case !programName.MatchString(p.Name):
		return fmt.Errorf("program name %q: use a-z, 0-9 and '-'", p.Name)
	case p.Path == "":
		return fmt.Errorf("program %s has no executable", p.Name)
	case p.Log == "":
		return fmt.Errorf("program %s has no log file", p.Name)
	}
	return nil
}

// State is where a child stands.
type State string

const (
	// Running: the process exists.
	Running State = "running"
	// Stopping: it was asked to end and has not yet.
	Stopping State = "stopping"
	// Stopped: it was asked to end and did.
	Stopped State = "stopped"
	// Crashed: it ended without being asked.
	Crashed State = "crashed"
)

// Status is what is known of a child.
type Status struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// PID of the process; 0 when there is none.
	PID int `json:"pid,omitempty"`
	// Since is when the state began.
	Since time.Time `json:"since"`
	// Starts counts how often the child was started.
	Starts int `json:"starts"`
	// Exit says how the last process ended, in words; empty while the first runs.
	Exit string `json:"exit,omitempty"`
	// Log is the file that holds the output.
	Log string `json:"log"`
}

var (
	// ErrUnknown is returned for a name that was never started.
	ErrUnknown = errors.New("no such program")
	// ErrRunning is returned when a program that runs is started.
	ErrRunning = errors.New("already running")
	// ErrClosed is returned once the supervisor was closed.
	ErrClosed = errors.New("the supervisor is closed")
)
