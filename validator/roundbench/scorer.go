//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agora-network/agora/benchmark/sandbox"
)

// typicalItem has about 380 bytes, the size that the documented times are for.
var typicalItem = sandbox.Input{
	Prompt:    "Explain in two sentences why the sky is blue during the day and red in the evening.",
	Expected:  "Air scatters short blue waves of sunlight far more than long red ones, so blue light reaches us from every direction. In the evening the light comes a long way through the air, and mostly red is left.",
	Answer:    "Sunlight is scattered by the air; short blue waves are scattered much more than long red ones, so the sky looks blue. In the evening the light travels a longer way and mostly red remains.",
	LatencyMS: 840, Tokens: 41,
}

// callTimes is what a call of the Rust example takes.
type callTimes struct {
	// plain is wazero alone; nothing bounds the call. closable is wazero with its own way to bound time: it looks after
	// every loop and call whether the context has ended.
	plain, closable time.Duration
	// sandbox is what a validator runs: the meter in the module, the bounds of memory and depth, and the clock as a net.
	sandbox time.Duration
}

func measureCalls(ctx context.Context, path string) (t callTimes, err error) {
	code, err := os.ReadFile(path) //nolint:gosec // the operator's
	if err != nil {
		return t, fmt.Errorf("%w; run it from the root of the repository, or name a scorer with -module", err)
	}
	if t.plain, err = plainCall(ctx, code, wazero.NewRuntimeConfigCompiler()); err != nil {
		return t, err
	}
	limited, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	if t.closable, err = plainCall(limited, code, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true)); err != nil {
		return t, err
	}
	runtime, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		return t, err
	}
	module, err := runtime.Compile(ctx, code, sandbox.Limits{})
	if err != nil {
		return t, err
	}
	defer module.Close()
	batch := module.Batch()
	defer batch.Close()
	t.sandbox, err = processorTimeOf(func() error {
		_, err := batch.Score(limited, &typicalItem)
		return err
	})
	return t, err
}

// plainCall does what the sandbox does for an item, without the sandbox.
func plainCall(ctx context.Context, code []byte, config wazero.RuntimeConfig) (took time.Duration, err error) {
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	defer func() { err = errors.Join(err, runtime.Close(ctx)) }()
	guest, err := runtime.Instantiate(ctx, code)
	if err != nil {
		return 0, err
	}
	alloc, score := guest.ExportedFunction("agora_alloc"), guest.ExportedFunction("agora_score")
	if alloc == nil || score == nil {
		return 0, errors.New("the module is no scorer")
	}
	var input []byte
	var stack [2]uint64
	return processorTimeOf(func() (err error) {
		if input, err = sandbox.AppendInput(input[:0], &typicalItem); err != nil {
			return err
		}
		return callPlainly(ctx, guest.Memory(), alloc, score, input, stack[:])
	})
}

func callPlainly(ctx context.Context, memory api.Memory, alloc, score api.Function, input []byte, stack []uint64) error {
	length := uint64(len(input))
	stack[0] = length
	if err := alloc.CallWithStack(ctx, stack[:1]); err != nil {
		return err
	}
	if !memory.Write(api.DecodeU32(stack[0]), input) {
		return errors.New("the module gave a place beyond its memory")
	}
	stack[1] = length
	if err := score.CallWithStack(ctx, stack); err != nil {
		return err
	}
	if result := int64(stack[0]); result < 0 { //nolint:gosec // what the function returns is signed
		return fmt.Errorf("the module abstained: %d", result)
	}
	return nil
}
