//go:build unix

package nearhttp

import (
	"errors"
	"net"
	"syscall"
)

// quiet reports whether an idle connection is open and nothing came on it: not its end, nor an answer that nobody asked
// for, as servers send one that they are about to close.
func quiet(c net.Conn) bool {
	system, ok := c.(syscall.Conn)
	if !ok {
		return true // not of the system: its first use will tell
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return false
	}
	nothing := false
	err = raw.Read(func(fd uintptr) (done bool) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK) //nolint:gosec // a descriptor
		nothing = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && nothing
}
