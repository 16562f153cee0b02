//go:build !linux

package supervise

import "syscall"

// processAttributes puts the child into a group of its own, out of reach of the
// terminal's Ctrl-C. There is no parent-death signal here: Reap does that work.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
