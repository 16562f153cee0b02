package canon

import (
	"syscall"
	"unsafe"
)

// adviseLargePages asks for large pages where whole ones fit. It is advice: when
// the system does not follow, nothing else changes.
func adviseLargePages(memory []float32) {
	const page, hugePageAdvice = 2 << 20, 14 // MADV_HUGEPAGE
	if 4*len(memory) < 2*page {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&memory[0])), 4*len(memory)) //nolint:gosec // only to name the range
	first := int(-uintptr(unsafe.Pointer(&bytes[0])) & (page - 1))            //nolint:gosec // only to align
	last := first + (len(bytes)-first)&^(page-1)
	_ = syscall.Madvise(bytes[first:last], hugePageAdvice)
}
