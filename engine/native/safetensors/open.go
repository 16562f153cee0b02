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
	handle, err := os.Open(path) //nolint:gosec // the path is the caller's choice
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	info, err := handle.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: not a regular file", ErrMalformed)
	}
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
