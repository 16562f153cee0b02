package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const pidSuffix = ".pid"

// pidRecord is the content of a pid file.
type pidRecord struct {
	PID int `json:"pid"`
	// Identity tells this process from a later one with the same number.
	Identity string `json:"identity"`
}

// WritePID remembers a running process in dir under a name.
func WritePID(dir, name string, pid int) error {
	id, ok, err := identity(pid)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("process %d of %s has ended already", pid, name)
	}
	content, err := json.Marshal(pidRecord{PID: pid, Identity: id})
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name+pidSuffix)
	if err := os.WriteFile(path+".tmp", content, 0o600); err != nil {
		return fmt.Errorf("write the pid file of %s: %w", name, err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("write the pid file of %s: %w", name, err)
	}
	return nil
}

// RemovePID forgets a process; one that is not remembered is no error.
func RemovePID(dir, name string) error {
	if err := os.Remove(filepath.Join(dir, name+pidSuffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the pid file of %s: %w", name, err)
	}
	return nil
}

// AlivePID returns the number of the process remembered in dir under a name, or
// 0 when it has ended, was never there, or its file cannot be understood.
func AlivePID(dir, name string) (int, error) {
	content, err := os.ReadFile(filepath.Join(dir, name+pidSuffix))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the pid file of %s: %w", name, err)
	}
	record, ok := parsePID(content)
	if !ok {
		return 0, nil
	}
	id, ok, err := identity(record.PID)
	if err != nil || !ok || id != record.Identity {
		return 0, err
	}
	return record.PID, nil
}

// parsePID reads a pid file; one that a machine wrote half before it died names nobody.
func parsePID(content []byte) (pidRecord, bool) {
	var record pidRecord
	err := json.Unmarshal(content, &record)
	return record, err == nil && record.PID > 1
}

// Reap ends every process that the pid files of dir remember and that still
// runs, politely for the grace time and then hard, removes the files, and
// returns the names of those it ended.
func Reap(ctx context.Context, dir string, grace time.Duration) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for processes left behind: %w", err)
	}
	type orphan struct {
		name string
		pid  int
	}
	var orphans []orphan
	var ended []string
	for _, entry := range entries {
		name, isPID := strings.CutSuffix(entry.Name(), pidSuffix)
		if !isPID {
			continue
		}
		pid, err := AlivePID(dir, name)
		if err != nil {
			return nil, err
		}
		if pid == 0 {
			if err := RemovePID(dir, name); err != nil {
				return nil, err
			}
			continue
		}
		orphans = append(orphans, orphan{name, pid})
		ended = append(ended, name)
		signalGroup(pid, syscall.SIGTERM)
	}
	deadline := time.Now().Add(grace)
	for _, o := range orphans {
		for killed := false; ; {
			pid, err := AlivePID(dir, o.name)
			if err != nil {
				return ended, err
			}
			if pid == 0 {
				break
			}
			if !killed && (time.Now().After(deadline) || ctx.Err() != nil) {
				signalGroup(pid, syscall.SIGKILL)
				killed = true
			}
			time.Sleep(reapPoll)
		}
		if err := RemovePID(dir, o.name); err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// reapPoll is how often Reap looks: the processes are nobody's children here, so
// nothing tells when they end.
const reapPoll = 20 * time.Millisecond

// signalGroup signals a child's whole group, or the process alone where it leads
// none. A process that has ended is no error.
func signalGroup(pid int, signal syscall.Signal) {
	if syscall.Kill(-pid, signal) != nil {
		_ = syscall.Kill(pid, signal)
	}
}
