//go:build !linux

package supervise

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// identity names a process by its start time as ps tells it. ok is false when
// there is no such process.
func identity(pid int) (id string, ok bool, err error) {
	out, err := exec.Command("ps", "-o", "state=,lstart=", "-p", strconv.Itoa(pid)).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read the start time of process %d: %w", pid, err)
	}
	state, start, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if state == "" || strings.HasPrefix(state, "Z") {
		return "", false, nil
	}
	return strings.TrimSpace(start), true, nil
}
