package measure

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAProcessThatWorksTakesMemoryAndTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		_, err := Process(os.Getpid())
		require.ErrorIs(t, err, ErrUnsupported)
		return
	}
	before, err := Process(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, before.Resident, int64(1<<20))
	sum := 0
	require.Eventually(t, func() bool {
		for i := range 10_000_000 {
			sum += i
		}
		after, err := Process(os.Getpid())
		return err == nil && after.CPU > before.CPU
	}, 30*time.Second, time.Millisecond)
	_, err = Process(1 << 30)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestProcessorTimeIsReadBehindACommandOfAnyName(t *testing.T) {
	got, err := processorTime([]byte("12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 23 0 0 20"))
	require.NoError(t, err)
	require.Equal(t, 1230*time.Millisecond, got)
	for name, stat := range map[string]string{
		"no command": "12 S 1", "too short": "12 (a) S 1 2", "no number": "12 (a) S 1 2 3 4 5 6 7 8 9 10 x 23 0",
	} {
		_, err := processorTime([]byte(stat))
		require.ErrorContains(t, err, "unexpected stat", name)
	}
}

func TestMemoryIsReadFromItsLine(t *testing.T) {
	got, err := kilobytes([]byte("Name:\tx\nVmRSS:\t  2048 kB\n"), "VmRSS")
	require.NoError(t, err)
	require.Equal(t, int64(2<<20), got)
	for _, text := range []string{"", "VmRSS: kB\n", "VmRSS: 1 MB\n", "VmRSS: x kB\n"} {
		_, err := kilobytes([]byte(text), "VmRSS")
		require.Error(t, err, text)
	}
}
