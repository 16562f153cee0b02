package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// sliceWork is how much work is granted at once: the clock and the context are looked
// at in between, every millisecond or so.
const sliceWork = 1 << 20

// callState is what the host knows of one call.
type callState struct {
	left     int64 // work that is not granted yet
	deadline time.Time
	// refused says that the module asked for memory and got none.
	refused bool
	// readings of the clock so far; they never go back in an instance.
	readings uint64
	// wrote is the end of what the module wrote to its outputs: the reason of a panic.
	wrote []byte
}

// callContext carries the state of a call to the functions of the host without an
// allocation for each call.
type callContext struct {
	context.Context
	state callState
}

type stateKey struct{}

// Value finds the state; everything else is the caller's.
func (c *callContext) Value(key any) any {
	if _, ok := key.(stateKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func stateOf(ctx context.Context) *callContext {
	if c, ok := ctx.(*callContext); ok {
		return c
	}
	return ctx.Value(stateKey{}).(*callContext) // every call is made with one
}

// exitError is how a module ends its own process.
type exitError uint32

func (e exitError) Error() string { return fmt.Sprintf("it ended its process with code %d", uint32(e)) }

// contextError is the caller's context that ended during a call.
type contextError struct{ error }

func (e contextError) Unwrap() error { return e.error }

// grantWork answers the meter: a module that has used what it was granted gets more,
// unless the call has had all of it.
func grantWork(ctx context.Context, _ api.Module, stack []uint64) {
	c := stateOf(ctx)
	fuel := int64(stack[0])
	if fuel == tooDeep {
		panic(ErrDepth)
	}
	for fuel < 0 {
		grant := min(c.state.left, sliceWork+max(0, -fuel))
		if grant <= 0 {
			panic(ErrWork)
		}
		c.state.left -= grant
		fuel += grant
	}
	if err := c.Err(); err != nil {
		panic(contextError{err})
	}
	if time.Now().After(c.state.deadline) {
		panic(ErrTime)
	}
	stack[0] = uint64(fuel)
}

// growMemory is what memory.grow became: the same, and the refusal is remembered.
func growMemory(ctx context.Context, mod api.Module, stack []uint64) {
	memory := mod.Memory()
	if memory == nil {
		stack[0] = uint64(^uint32(0))
		return
	}
	before, ok := memory.Grow(uint32(stack[0]))
	if !ok {
		stateOf(ctx).state.refused = true
		before = ^uint32(0)
	}
	stack[0] = uint64(before)
}

// pay makes a call of the host cost its share.
func (c *callContext) pay(bytes uint32) {
	if c.state.left -= costHost + int64(bytes>>3); c.state.left < 0 {
		panic(ErrWork)
	}
}

// Error numbers of WASI.
const (
	wasiSuccess        = 0
	wasiBadFile        = 8
	wasiInvalid        = 28
	wasiNotImplemented = 52
)

// Bounds of the stubs.
const (
	maxVectors     = 1024    // pieces of one fd_write
	maxRandomBytes = 1 << 16 // of one random_get
	maxWrote       = 512     // bytes of output that an error quotes
	clockStart     = 1_577_836_800_000_000_000
	clockStep      = 1_000_000 // nanoseconds for each reading
)

// stub is one function of WASI as the sandbox has it: it returns the error number.
type stub func(c *callContext, memory api.Memory, args []uint64) uint64

// wasiStubs are what [wasiFunctions] do; those that are missing say that there is no
// such file.
var wasiStubs = map[string]stub{
	"args_get":          nothing,
	"args_sizes_get":    noneOfThem,
	"environ_get":       nothing,
	"environ_sizes_get": noneOfThem,
	"clock_time_get":    readClock,
	"fd_write":          discard,
	"fd_fdstat_get":     describeFile,
	"poll_oneoff":       func(*callContext, api.Memory, []uint64) uint64 { return wasiNotImplemented },
	"proc_exit":         func(_ *callContext, _ api.Memory, args []uint64) uint64 { panic(exitError(args[0])) },
	"random_get":        sameBytes,
	"sched_yield":       nothing,
}

func nothing(*callContext, api.Memory, []uint64) uint64 { return wasiSuccess }

// noneOfThem says that there are no arguments, and no variables.
func noneOfThem(_ *callContext, memory api.Memory, args []uint64) uint64 {
	if !memory.WriteUint32Le(uint32(args[0]), 0) || !memory.WriteUint32Le(uint32(args[1]), 0) {
		return wasiInvalid
	}
	return wasiSuccess
}

// readClock counts how often it was asked: a program that waits for time to pass goes
// on, and no program learns the time.
func readClock(c *callContext, memory api.Memory, args []uint64) uint64 {
	c.state.readings++
	if !memory.WriteUint64Le(uint32(args[2]), clockStart+c.state.readings*clockStep) {
		return wasiInvalid
	}
	return wasiSuccess
}

// sameBytes are the random bytes of every module: 0, 1, 2, ...
func sameBytes(c *callContext, memory api.Memory, args []uint64) uint64 {
	n := uint32(args[1])
	if n > maxRandomBytes {
		return wasiInvalid
	}
	c.pay(n)
	out, ok := memory.Read(uint32(args[0]), n)
	if !ok {
		return wasiInvalid
	}
	for i := range out {
		out[i] = byte(i)
	}
	return wasiSuccess
}

// describeFile knows the standard streams, which are devices for characters.
func describeFile(_ *callContext, memory api.Memory, args []uint64) uint64 {
	if uint32(args[0]) > 2 {
		return wasiBadFile
	}
	if !memory.Write(uint32(args[1]), append([]byte{2}, make([]byte, 23)...)) {
		return wasiInvalid
	}
	return wasiSuccess
}

// discard takes what is written to the standard streams and keeps the end of it for
// the text of an error.
func discard(c *callContext, memory api.Memory, args []uint64) uint64 {
	file, vectors, count, written := uint32(args[0]), uint32(args[1]), uint32(args[2]), uint32(args[3])
	if file > 2 {
		return wasiBadFile
	}
	if count > maxVectors {
		return wasiInvalid
	}
	c.pay(count * 8)
	table, ok := memory.Read(vectors, count*8)
	if !ok {
		return wasiInvalid
	}
	total := uint32(0)
	for ; len(table) > 0; table = table[8:] {
		length := binary.LittleEndian.Uint32(table[4:])
		text, ok := memory.Read(binary.LittleEndian.Uint32(table), length)
		if !ok {
			return wasiInvalid
		}
		total += length
		c.keep(text)
	}
	if !memory.WriteUint32Le(written, total) {
		return wasiInvalid
	}
	return wasiSuccess
}

// keep remembers the last bytes that were written.
func (c *callContext) keep(text []byte) {
	text = text[max(0, len(text)-maxWrote):]
	drop := max(0, len(c.state.wrote)+len(text)-maxWrote)
	c.state.wrote = append(c.state.wrote[:0], c.state.wrote[min(drop, len(c.state.wrote)):]...)
	c.state.wrote = append(c.state.wrote, text...)
}

// addHost puts the functions that modules import into a runtime.
func addHost(ctx context.Context, runtime wazero.Runtime) error {
	builder := runtime.NewHostModuleBuilder(hostModule)
	builder.NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(grantWork), []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI64}).
		Export(hostMeter)
	builder.NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(growMemory), []api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).
		Export(hostGrow)
	if _, err := builder.Instantiate(ctx); err != nil {
		return err
	}
	builder = runtime.NewHostModuleBuilder(wasiModule)
	for name, letters := range wasiFunctions {
		params, results, _ := strings.Cut(letters, ":")
		builder.NewFunctionBuilder().
			WithGoModuleFunction(wasiFunction(wasiStubs[name]), valueTypes(params), valueTypes(results)).
			Export(name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}

func wasiFunction(do stub) api.GoModuleFunc {
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		c := stateOf(ctx)
		c.pay(0)
		result := uint64(wasiBadFile)
		if do != nil {
			result = do(c, mod.Memory(), stack)
		}
		if len(stack) > 0 {
			stack[0] = result
		}
	}
}

func valueTypes(letters string) []api.ValueType {
	types := make([]api.ValueType, len(letters))
	for i, letter := range letters {
		types[i] = api.ValueTypeI32
		if letter == 'I' {
			types[i] = api.ValueTypeI64
		}
	}
	return types
}

// reason turns what wazero says of a failed call into one of the errors of this
// package.
func (c *callContext) reason(err error) error {
	var (
		exit  exitError
		ended contextError
	)
	for _, known := range []error{ErrWork, ErrDepth, ErrTime} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errors.As(err, &ended) {
		return fmt.Errorf("call was given up: %w", ended.error)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if errors.As(err, &exit) {
		text = exit.Error()
	}
	kind := ErrTrap
	switch {
	case c.state.refused:
		kind = ErrMemory
	case strings.Contains(text, "stack overflow"):
		kind = ErrDepth
	}
	if len(c.state.wrote) > 0 {
		return fmt.Errorf("%w: %s; it wrote %q", kind, text, c.state.wrote)
	}
	return fmt.Errorf("%w: %s", kind, text)
}
