// Package regular opens files of which nothing else is wanted than their bytes.
package regular

import (
	"errors"
	"os"
)

// ErrNotRegular is returned for folders, pipes, devices and the like.
var ErrNotRegular = errors.New("not a regular file")

// Open opens a regular file and returns its size in bytes. Anything else is refused before it is opened: opening a named pipe
// could wait for ever.
func Open(path string) (file *os.File, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &os.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if file, err = os.Open(path); err != nil { //nolint:gosec // the path is the caller's choice
		return nil, 0, err
	}
	if info, err = file.Stat(); err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}
