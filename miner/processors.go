package miner

import (
	"os"
	"runtime"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/miner/backend"
)

// serverShare is how many processors there are, at least, to each that a miner takes from the server behind it.
const serverShare = 4

// UseProcessors bounds how many processors the Go code of this process runs on at once: as many as are configured, or, for
// 0, what suits the engine. The variable GOMAXPROCS, which Go reads itself, goes before the latter. It returns the bound.
//
// A miner that passes questions on computes little, and often: each time that a question wakes it, Go wakes another
// thread for what there might be besides, on a processor that the server could use.
func UseProcessors(configured int, e engine.Engine) int {
	_, passesOn := e.(backend.Upstream)
	chosen := os.Getenv("GOMAXPROCS") != ""
	n := processors(configured, runtime.GOMAXPROCS(0), passesOn && !chosen)
	if n != runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
	return n
}

func processors(configured, available int, leaveMost bool) int {
	switch {
	case configured > 0:
		return configured
	case leaveMost:
		return max(1, available/serverShare)
	}
	return available
}
