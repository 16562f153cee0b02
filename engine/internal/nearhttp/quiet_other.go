//go:build !unix

package nearhttp

import "net"

// quiet would need a look at the connection that does not wait; without it none is used twice.
func quiet(net.Conn) bool { return false }
