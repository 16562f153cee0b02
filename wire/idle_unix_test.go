//go:build unix

package wire

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIdleConnectionsLeaveFilesForQuestions(t *testing.T) {
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	kept := idleConns()
	require.GreaterOrEqual(t, kept, leastIdleConns)
	require.LessOrEqual(t, kept, mostIdleConns)
	if limit.Cur >= 2*leastIdleConns {
		require.LessOrEqual(t, uint64(kept), limit.Cur/2)
	}
}
