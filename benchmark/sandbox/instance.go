package sandbox

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agora-network/agora/benchmark/question"
)

// Instance is a module with a memory of its own, for one batch of calls. One goroutine
// at a time may use it.
type Instance struct {
	module *Module
	guest  api.Module
	memory api.Memory
	fuel   api.MutableGlobal
	call   callContext
	ended  error // why it is dead

	alloc, score, generate api.Function

	stack [2]uint64
	used  uint64
	input []byte
}

// Instance makes a fresh instance: memory as the module begins with, nothing
// remembered. Starting the module is bounded like a call and fails with the same
// errors. The caller closes the instance.
func (m *Module) Instance(ctx context.Context) (*Instance, error) {
	i := &Instance{module: m}
	if err := i.begin(ctx); err != nil {
		return nil, err
	}
	i.call.state.left = int64(m.limits.Work) // it starts without fuel and asks for it
	guest, err := m.runtime.InstantiateModule(&i.call, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("starting the module: %w", i.call.reason(err))
	}
	i.guest, i.memory = guest, guest.ExportedMemory(exportMemory)
	i.fuel, _ = guest.ExportedGlobal(fuelGlobal).(api.MutableGlobal)
	i.alloc = guest.ExportedFunction(exportAlloc)
	i.score = guest.ExportedFunction(exportScore)
	i.generate = guest.ExportedFunction(exportGenerate)
	if m.initializes {
		if err := i.run(guest.ExportedFunction(exportInitialize), nil); err != nil {
			i.Close()
			return nil, fmt.Errorf("starting the module: %w", err)
		}
	}
	i.call.Context = context.Background()
	return i, nil
}

// Close frees the instance; it may be called twice.
func (i *Instance) Close() {
	if i.ended == nil {
		i.end(ErrDead)
	}
}

// end kills the instance.
func (i *Instance) end(reason error) {
	i.ended = reason
	_ = i.guest.Close(context.Background()) // it frees memory; there is nobody to tell
}

// Work is what the last call that came back used, in the units of [Limits.Work]: the
// same on every machine.
func (i *Instance) Work() uint64 { return i.used }

// begin gives a call its time.
func (i *Instance) begin(ctx context.Context) error {
	if i.ended != nil {
		return fmt.Errorf("%w: %w", ErrDead, i.ended)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("call was not made: %w", err)
	}
	i.call.Context = ctx
	i.call.state.deadline = time.Now().Add(i.module.limits.Time)
	i.call.state.refused = false
	i.call.state.wrote = i.call.state.wrote[:0]
	return nil
}

// grant gives a call its work.
func (i *Instance) grant() {
	first := min(i.module.limits.Work, sliceWork)
	i.call.state.left = int64(i.module.limits.Work - first)
	i.fuel.Set(first)
}

// run calls a function of the module; a failure ends the instance.
func (i *Instance) run(f api.Function, stack []uint64) error {
	if err := f.CallWithStack(&i.call, stack); err != nil {
		reason := i.call.reason(err)
		i.end(reason)
		return reason
	}
	return nil
}

// enter writes the input into the module and calls one of its functions.
func (i *Instance) enter(ctx context.Context, f api.Function) (int64, error) {
	if err := i.begin(ctx); err != nil {
		return 0, err
	}
	i.grant()
	i.stack[0] = uint64(len(i.input))
	if err := i.run(i.alloc, i.stack[:1]); err != nil {
		return 0, err
	}
	at := uint32(i.stack[0])
	if !i.memory.Write(at, i.input) {
		return 0, i.refuse("%s gave %d for %d bytes, beyond its memory of %d", exportAlloc, at, len(i.input), i.memory.Size())
	}
	i.stack[0], i.stack[1] = uint64(at), uint64(len(i.input))
	if err := i.run(f, i.stack[:2]); err != nil {
		return 0, err
	}
	i.call.Context = context.Background() // the caller's is not kept
	i.used = i.module.limits.Work - uint64(i.call.state.left) - i.fuel.Get()
	result := int64(i.stack[0])
	if result >= 0 {
		return result, nil
	}
	if result < -maxAbstainCode {
		return 0, i.refuse("it returned %d; the least is %d", result, -maxAbstainCode)
	}
	return 0, &AbstainError{Code: -result}
}

// refuse ends the instance for what it returned.
func (i *Instance) refuse(format string, args ...any) error {
	err := fmt.Errorf("%w: %s", ErrOutput, fmt.Sprintf(format, args...))
	i.end(err)
	return err
}

// Score runs the scorer on one item: 0 to [ScoreOne]. The error wraps one of this
// package's errors, or the context's; none means a score of zero. After
// [ErrAbstain] and [ErrInput] the instance goes on, after any other it is dead.
func (i *Instance) Score(ctx context.Context, in *Input) (int64, error) {
	if i.score == nil {
		return 0, fmt.Errorf("%w: it has no scorer", ErrModule)
	}
	var err error
	if i.input, err = AppendInput(i.input[:0], in); err != nil {
		return 0, err
	}
	score, err := i.enter(ctx, i.score)
	if err != nil {
		return 0, err
	}
	if score > ScoreOne {
		return 0, i.refuse("a score of %d, the best is %d", score, int64(ScoreOne))
	}
	return score, nil
}

// Generate runs the generator on one seed. Errors are those of [Instance.Score]; a
// question that breaks a rule is [ErrOutput].
func (i *Instance) Generate(ctx context.Context, seed [32]byte) (question.Question, error) {
	if i.generate == nil {
		return question.Question{}, fmt.Errorf("%w: it has no generator", ErrModule)
	}
	i.input = append(binary.LittleEndian.AppendUint32(i.input[:0], abiVersion), seed[:]...)
	place, err := i.enter(ctx, i.generate)
	if err != nil {
		return question.Question{}, err
	}
	at, length := uint32(place>>32), uint32(place)
	if length > MaxOutputBytes {
		return question.Question{}, i.refuse("%d bytes, at most %d are allowed", length, MaxOutputBytes)
	}
	text, ok := i.memory.Read(at, length)
	if !ok {
		return question.Question{}, i.refuse("%d bytes at %d lie beyond its memory of %d", length, at, i.memory.Size())
	}
	q, err := question.Decode(text)
	if err != nil {
		return question.Question{}, i.refuse("%v", err)
	}
	return q, nil
}
