package sandbox

import (
	"fmt"
	"time"

	"github.com/agora-network/agora/benchmark/question"
)

// What the sandbox takes in and gives out, for every module.
const (
	// MaxModuleBytes bounds a module, 16 MiB.
	MaxModuleBytes = 16 << 20
	// MaxInputBytes bounds the input of one call, 8 MiB.
	MaxInputBytes = 8 << 20
	// MaxOutputBytes bounds the output of a generator.
	MaxOutputBytes = question.MaxBytes
	// PageBytes is the unit of a module's memory, 64 KiB.
	PageBytes = 64 << 10
)

// Ranges of [Limits].
const (
	// MaxMemoryPages is the most memory that a module may be given, 256 MiB.
	MaxMemoryPages = 4096
	// MaxTime is the longest time that a call may be given.
	MaxTime = time.Minute
	// MaxWork is the most work that a call may be given.
	MaxWork = 1 << 40
)

// What a module gets when nothing is asked for.
const (
	// DefaultMemoryPages is 64 MiB.
	DefaultMemoryPages = 1024
	// DefaultTime of one call.
	DefaultTime = 4 * time.Second
	// WorkPerMillisecond of the time limit is the work that a call gets by default: a
	// unit for each nanosecond. A processor does three units and more in that time, so
	// that a call ends by its work, which is the same everywhere, and hardly ever by the
	// clock.
	WorkPerMillisecond = 1_000_000
)

// Limits bound one module. A zero field means its default.
type Limits struct {
	// MemoryPages of 64 KiB that the module may have, 1 to [MaxMemoryPages].
	MemoryPages uint32
	// Time of one call by the clock, 1 ms to [MaxTime]: a net for slow machines.
	Time time.Duration
	// Work of one call in units of roughly one WebAssembly instruction, 1 to
	// [MaxWork]; by default [WorkPerMillisecond] for each millisecond of Time.
	Work uint64
}

// filled puts defaults where nothing was asked for, and refuses what is out of range.
func (l Limits) filled() (Limits, error) {
	if l.MemoryPages == 0 {
		l.MemoryPages = DefaultMemoryPages
	}
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	switch {
	case l.MemoryPages > MaxMemoryPages:
		return l, fmt.Errorf("%w: %d pages of memory, at most %d may be given", ErrLimits, l.MemoryPages, MaxMemoryPages)
	case l.Time < time.Millisecond || l.Time > MaxTime:
		return l, fmt.Errorf("%w: %s for a call, 1ms to %s may be given", ErrLimits, l.Time, MaxTime)
	case l.Work > MaxWork:
		return l, fmt.Errorf("%w: %d units of work, at most %d may be given", ErrLimits, l.Work, uint64(MaxWork))
	}
	if l.Work == 0 {
		l.Work = uint64(l.Time.Milliseconds()) * WorkPerMillisecond
	}
	return l, nil
}
