//go:build !(linux && amd64) || static

package llamacpp

import (
	"fmt"
	"runtime"
)

// library is never opened here.
type library struct {
	freeModel, freeContext                 func(uintptr)
	vocabulary, memory                     func(uintptr) uintptr
	contextLength, trained, vocabularySize func(uintptr) int32
	parameters                             func(uintptr) uint64
	clear                                  func(uintptr, bool)
	logits                                 func(uintptr, int32) *float32
	tokenize                               func(vocabulary uintptr, text *byte, length int32, tokens *int32, most int32, special, parse bool) int32
	piece                                  func(vocabulary uintptr, token int32, buffer *byte, length, strip int32, special bool) int32
	ends                                   func(vocabulary uintptr, token int32) bool
	template                               func(model uintptr, name *byte) *byte
	applyTemplate                          func(template *byte, messages *chatMessage, count uintptr, assistant bool, buffer *byte, length int32) int32
}

func openLibrary(string, bool) (*library, error) {
	return nil, fmt.Errorf("%w: it is supported on linux/amd64, this is %s/%s", ErrNoLibrary, runtime.GOOS, runtime.GOARCH)
}

func (*library) load(string, modelParams) uintptr                   { return 0 }
func (*library) open(uintptr, contextParams) uintptr                { return 0 }
func (*library) decode(uintptr, []int32, int, func(int) bool) int32 { return -1 }
