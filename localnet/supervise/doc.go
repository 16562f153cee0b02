// Package supervise runs a handful of child programs and leaves none behind.
//
// Every child is the leader of its own process group, writes both its streams
// to one log file, and is remembered in a pid file together with the time it
// started. On Linux the kernel kills a child the moment its supervisor dies,
// even by SIGKILL; elsewhere, and for children of a supervisor that ran under
// another kernel, Reap finds them by their pid files at the next start and never
// touches a process that merely got the same number.
//
// A Supervisor may be used by several goroutines at once. A child that ends on
// its own is reported, not restarted: whoever watches should see it.
package supervise
