//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is another process of this program. It is asked by a line of JSON on its input and answers by one on its output;
// it stops at the end of its input.
type child struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// maxLine is the longest line between processes: the addresses of all miners are in one.
const maxLine = 1 << 20

// startChild starts this program with other flags and takes its first line, unless first is nil.
func startChild(ctx context.Context, name string, first any, flags ...string) (c *child, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c = &child{name: name, command: exec.CommandContext(ctx, self, flags...)} //nolint:gosec // this program
	c.command.Stderr = os.Stderr
	if c.in, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, maxLine)
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	if first != nil {
		if err := c.read(first); err != nil {
			return nil, errors.Join(err, c.stop())
		}
	}
	return c, nil
}

// ask sends a question and reads the answer.
func (c *child) ask(question, answer any) error {
	line, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("the %s: %w", c.name, err)
	}
	return c.read(answer)
}

func (c *child) read(answer any) error {
	if !c.out.Scan() {
		return fmt.Errorf("the %s has gone: %w", c.name, errors.Join(c.out.Err(), io.ErrUnexpectedEOF))
	}
	return json.Unmarshal(c.out.Bytes(), answer)
}

func (c *child) stop() error { return errors.Join(c.in.Close(), c.command.Wait()) }

// attend answers the lines of the process that started this one until that ends.
func attend[Question any](answer func(question Question) (any, error)) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var question Question
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			return err
		}
		reply, err := answer(question)
		if err != nil {
			return err
		}
		if err := tell(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}

// tell sends one line to the process that started this one.
func tell(reply any) error { return json.NewEncoder(os.Stdout).Encode(reply) }

// processorTime is what this process has used: user and system, and the latter by itself.
func processorTime() (total, system time.Duration) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), time.Duration(usage.Stime.Nano())
}

// peakMemory is the most that this process had resident, in bytes.
func peakMemory() int64 {
	// Linux hands the maximum of getrusage on to a child, from before it was another program; this one it does not.
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.SplitSeq(string(status), "\n") {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
				if err == nil {
					return kilobytes << 10
				}
			}
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss) //nolint:unconvert // of another type elsewhere
	}
	return int64(usage.Maxrss) << 10 //nolint:unconvert // of another type elsewhere
}

// load is the system's load average over one, five and fifteen minutes, where it tells.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); err == nil && len(fields) >= 3 {
		return strings.Join(fields[:3], " ")
	}
	return "not known"
}

// profile begins a processor profile, unless the path is empty; stop ends it.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path) //nolint:gosec // where the operator wants it
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // of no further use
	}, nil
}
