package supervise

import "syscall"

// processAttributes puts the child into a group of its own, out of reach of the
// terminal's Ctrl-C, and has the kernel kill it when its supervisor dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
