package llamacpp

import (
	"fmt"

	"github.com/agora-network/agora/engine"
)

// Release is the llama.cpp release tag that this driver is written for.
const Release = "b10361"

// Errors of Open.
var (
	// ErrNoLibrary: there is no such library, or none for this machine.
	ErrNoLibrary = fmt.Errorf("%w: llama.cpp's shared library cannot be used", engine.ErrUnsupported)
	// ErrWrongLibrary: a library of another release, or not llama.cpp at all.
	ErrWrongLibrary = fmt.Errorf("%w: the shared library is not llama.cpp %s", engine.ErrUnsupported, Release)
	// ErrModel: llama.cpp does not load the model file.
	ErrModel = fmt.Errorf("%w: llama.cpp does not load the model", engine.ErrUnsupported)
)
