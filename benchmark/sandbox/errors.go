package sandbox

import (
	"errors"
	"fmt"
)

// What can go wrong. Errors of [Runtime.Compile] wrap ErrModule, ErrImport or
// ErrLimits; errors of calls wrap one of the others. None of them is a score.
var (
	// ErrModule means that the bytes are no module of the ABI, or exceed what the
	// sandbox compiles.
	ErrModule = errors.New("module is refused")
	// ErrImport means that the module wants what the sandbox does not give.
	ErrImport = errors.New("import is refused")
	// ErrLimits means that the limits asked for are out of range.
	ErrLimits = errors.New("limits are out of range")
	// ErrInput means that the input is larger than [MaxInputBytes].
	ErrInput = errors.New("input is too large")
	// ErrTrap means that the module failed: it divided by zero, read beyond its memory,
	// panicked or ended its own process.
	ErrTrap = errors.New("module trapped")
	// ErrMemory means that it failed after it was refused more memory.
	ErrMemory = errors.New("module ran out of memory")
	// ErrWork means that a call used up its instructions, on every machine alike.
	ErrWork = errors.New("module ran out of work")
	// ErrDepth means that calls were nested too deeply, on every machine alike.
	ErrDepth = errors.New("module nested its calls too deeply")
	// ErrTime means that a call took longer than its time limit on this machine.
	ErrTime = errors.New("module ran out of time")
	// ErrOutput means that the module returned what the ABI does not allow.
	ErrOutput = errors.New("output is refused")
	// ErrDead means that an earlier call ended the instance: make a new one.
	ErrDead = errors.New("instance has ended")
	// ErrAbstain means that the module chose to give no score; see [AbstainError].
	ErrAbstain = errors.New("module abstains")
	// ErrGolden means that the module does not give the results that it promises.
	ErrGolden = errors.New("golden result differs")
)

// AbstainError is the reason that a module gave for having no result. It wraps
// [ErrAbstain]; the instance goes on.
type AbstainError struct {
	// Code is the module's own number for the reason, 1 to 1e9.
	Code int64
}

func (e *AbstainError) Error() string {
	return fmt.Sprintf("%v with code %d", ErrAbstain, e.Code)
}

// Unwrap makes errors.Is(err, ErrAbstain) true.
func (e *AbstainError) Unwrap() error { return ErrAbstain }
