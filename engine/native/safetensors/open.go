package safetensors

import (
	"errors"
	"fmt"

	"github.com/agora-network/agora/engine/native/internal/regular"
)

// Open reads the header of a file. The numbers stay in the file until they are
// asked for, so a model costs no more memory than what is made of it. The caller
// closes the File.
func Open(path string) (*File, error) {
	handle, size, err := regular.Open(path)
	switch {
	case errors.Is(err, regular.ErrNotRegular):
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case err != nil:
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	file, err := Read(handle, size)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), handle.Close())
	}
	file.closer = handle
	return file, nil
}
