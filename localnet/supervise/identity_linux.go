package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// identity names a process for ever: the boot it runs under and the tick it
// started at. A number that was given to another process has another identity.
// ok is false when there is no such process, or only its remains.
func identity(pid int) (id string, ok bool, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		// The process may end between opening and reading its file.
		if strings.Contains(err.Error(), "no such process") {
			return "", false, nil
		}
		return "", false, fmt.Errorf("read the start time of process %d: %w", pid, err)
	}
	// The second field is the command in parentheses and may hold anything, so
	// count from the last ')': state is the first field after it and the start
	// time the twentieth.
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return "", false, fmt.Errorf("read the start time of process %d: unexpected stat %q", pid, stat)
	}
	fields := strings.Fields(string(stat[end+1:]))
	const stateField, startField = 0, 19
	if len(fields) <= startField {
		return "", false, fmt.Errorf("read the start time of process %d: unexpected stat %q", pid, stat)
	}
	if fields[stateField] == "Z" || fields[stateField] == "X" {
		return "", false, nil
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", false, fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(boot)) + ":" + fields[startField], true, nil
}
