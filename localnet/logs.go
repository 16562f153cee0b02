package localnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// tailChunk is how much of the end of a log is searched for its last lines.
const tailChunk = 1 << 20

// tail returns the last lines of a file, or "" where it cannot be read.
func tail(path string, lines int) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	content, _, err := lastLines(file, lines)
	if err != nil {
		return ""
	}
	return string(content)
}

// lastLines reads the last lines of a file and tells where it ends.
func lastLines(file *os.File, lines int) (content []byte, end int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	from := max(info.Size()-tailChunk, 0)
	content = make([]byte, info.Size()-from)
	read, err := file.ReadAt(content, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	content = content[:read]
	end = from + int64(read)
	start := len(content)
	for ; lines > 0 && start > 0; lines-- {
		// The byte before start ends the line before.
		start = bytes.LastIndexByte(content[:start-1], '\n') + 1
	}
	return content[start:], end, nil
}

// followPoll is how often a followed log is looked at.
const followPoll = 200 * time.Millisecond

// copyLog writes the last lines of a log and, where follow is set, everything
// that is added until ctx ends. A log that was emptied or replaced is read from its
// start.
func copyLog(ctx context.Context, out io.Writer, path string, lines int, follow bool) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	content, position, err := lastLines(file, lines)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	if _, err := out.Write(content); err != nil || !follow {
		return err
	}
	ticker := time.NewTicker(followPoll)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true // after one more look
		case <-ticker.C:
		}
		info, err := file.Stat()
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		// The log of a network that was reset and made again is another file.
		if now, err := os.Stat(path); err == nil && !os.SameFile(now, info) {
			if replaced, err := os.Open(path); err == nil {
				_ = file.Close() // it was only read
				file, info, position = replaced, now, 0
			}
		}
		if info.Size() < position {
			position = 0
		}
		if _, err := file.Seek(position, io.SeekStart); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		copied, err := io.Copy(out, file)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		position += copied
	}
	return nil
}
