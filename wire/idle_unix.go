//go:build unix

package wire

import "syscall"

// idleConns is how many connections a client keeps open that nobody uses now: half of the files that this process may have
// open, since a question that finds none left cannot be asked.
func idleConns() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return leastIdleConns
	}
	return int(min(max(uint64(limit.Cur)/2, leastIdleConns), mostIdleConns)) //nolint:gosec,unconvert // bounded just here; signed on some systems
}
