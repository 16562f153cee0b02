package localnet

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheTailOfALogIsItsLastLines(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		lines   int
		want    string
	}{
		"of a log with more lines":            {"a\nb\nc\n", 2, "b\nc\n"},
		"of a log with fewer lines":           {"a\nb\n", 5, "a\nb\n"},
		"of a log whose last line is unended": {"a\nb\nc", 2, "b\nc"},
		"of an empty log":                     {"", 3, ""},
		"of no lines":                         {"a\nb\n", 0, ""},
		"with empty lines":                    {"a\n\n\n", 2, "\n\n"},
		"of a log beyond what is searched":    {strings.Repeat("x", 2*tailChunk) + "\nend\n", 1, "end\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			require.NoError(t, os.WriteFile(path, []byte(test.content), 0o600))
			require.Equal(t, test.want, tail(path, test.lines))
		})
	}
	require.Empty(t, tail(filepath.Join(t.TempDir(), "absent"), 3))
}

// lockedBuffer is written by one goroutine while another reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAFollowedLogShowsWhatIsAddedAlsoAfterItWasEmptiedOrReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte("one\ntwo\n"), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	var out lockedBuffer
	done := make(chan error, 1)
	go func() { done <- copyLog(ctx, &out, path, 1, true) }()
	shows := func(want string) {
		require.Eventually(t, func() bool { return out.String() == want }, testPatience, testGlance, want)
	}
	shows("two\n")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString("three\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	shows("two\nthree\n")
	require.NoError(t, os.WriteFile(path, []byte("new\n"), 0o600))
	shows("two\nthree\nnew\n")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, []byte("another file\n"), 0o600))
	shows("two\nthree\nnew\nanother file\n")
	cancel()
	require.NoError(t, <-done)
}
