package safetensors

import (
	"errors"
	"fmt"
	"os"
)

// Open reads the header of a file. The numbers stay in the file until they are
// asked for, so a model costs no more memory than what is made of it. The caller
// closes the File.
func Open(path string) (*File, error) {
	// Opening something else, such as a named pipe, could wait for ever.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: not a regular file", path, ErrMalformed)
	}
	handle, err := os.Open(path) //nolint:gosec // the path is the caller's choice
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	info, err = handle.Stat()
	var file *File
	if err == nil {
		file, err = Read(handle, info.Size())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), handle.Close())
	}
	file.closer = handle
	return file, nil
}
