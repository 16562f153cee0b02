package measure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrUnsupported is returned where the system has no /proc.
var ErrUnsupported = errors.New("memory and processor time are only measured on Linux")

// clockTick is the unit in which /proc counts processor time: 1/100 s on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// Usage is what a process has taken.
type Usage struct {
	// Resident memory in bytes; pages that several processes share count in each.
	Resident int64
	// Proportional memory in bytes; shared pages are divided among those that share them. 0 where the kernel does not tell.
	Proportional int64
	// CPU is the processor time of all its threads since it started.
	CPU time.Duration
}

// Process measures one process.
func Process(pid int) (Usage, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return Usage{}, ErrUnsupported
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("measure process %d: %w", pid, err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("measure process %d: %w", pid, err)
	}
	var usage Usage
	if usage.Resident, err = kilobytes(status, "VmRSS"); err != nil {
		return Usage{}, fmt.Errorf("measure process %d: %w", pid, err)
	}
	if usage.CPU, err = processorTime(stat); err != nil {
		return Usage{}, fmt.Errorf("measure process %d: %w", pid, err)
	}
	if rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)); err == nil {
		usage.Proportional, _ = kilobytes(rollup, "Pss") // 0 where it is not told
	}
	return usage, nil
}

// kilobytes finds a line such as "VmRSS:  123 kB" and returns bytes.
func kilobytes(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		value, found := strings.CutPrefix(string(line), name+":")
		if !found {
			continue
		}
		fields := strings.Fields(value)
		if len(fields) != 2 || fields[1] != "kB" {
			return 0, fmt.Errorf("unexpected line %q", line)
		}
		n, err := strconv.ParseInt(fields[0], 10, 53)
		if err != nil {
			return 0, fmt.Errorf("unexpected line %q", line)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("no %s", name)
}

// processorTime adds user and system time of a /proc/PID/stat line: the 14th
// and 15th field, counted behind the command's name, which may hold anything.
func processorTime(stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, fmt.Errorf("unexpected stat %q", stat)
	}
	fields := strings.Fields(string(stat[end+1:]))
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, fmt.Errorf("unexpected stat %q", stat)
	}
	var ticks int64
	for _, field := range []int{user, system} {
		n, err := strconv.ParseInt(fields[field], 10, 48)
		if err != nil {
			return 0, fmt.Errorf("unexpected stat %q", stat)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
