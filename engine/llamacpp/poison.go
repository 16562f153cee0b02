//nolint:gosec // calls C: every unsafe pointer is pinned or kept by its caller
package llamacpp

import (
	"fmt"
	"unsafe"
)

// poisonWords is the room given to a function that returns a structure; whatever it
// does not write keeps its poison.
const poisonWords = 128

// checkDefaults compares the structure that fill writes into memory with want. fill
// is called with two different poisons, which tells bytes that it writes from those
// it leaves: padding between and after fields, and everything behind the structure.
func checkDefaults[T modelParams | contextParams](what string, want T, fill func(*[poisonWords]uintptr)) error {
	size := int(unsafe.Sizeof(want))
	expected := unsafe.Slice((*byte)(unsafe.Pointer(&want)), size)
	written := map[int]byte{}
	var seen [2][poisonWords]uintptr
	var bytes [2][]byte
	for i, poison := range []byte{0xa5, 0x5a} {
		bytes[i] = unsafe.Slice((*byte)(unsafe.Pointer(&seen[i])), poisonWords*int(unsafe.Sizeof(uintptr(0))))
		for j := range bytes[i] {
			bytes[i][j] = poison
		}
		fill(&seen[i])
	}
	last := -1
	for j := range bytes[0] {
		if bytes[0][j] == bytes[1][j] {
			written[j], last = bytes[0][j], j
		}
	}
	if words := last/8 + 1; words != size/8 {
		return fmt.Errorf("%w: its %s have %d words, want %d", ErrWrongLibrary, what, words, size/8)
	}
	for j, b := range written {
		if b != expected[j] {
			return fmt.Errorf("%w: byte %d of its %s is %#x by default, want %#x", ErrWrongLibrary, j, what, b, expected[j])
		}
	}
	return nil
}
