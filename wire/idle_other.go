//go:build !unix

package wire

// idleConns is how many connections a client keeps open that nobody uses now.
func idleConns() int { return leastIdleConns }
