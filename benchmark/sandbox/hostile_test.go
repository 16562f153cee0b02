package sandbox

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// recursive is a module with a function f(n) of the given body, number 2, that the
// scorer calls with n.
func recursive(n int32, body ...[]byte) []byte {
	b := withMemory().allocator()
	b.function(exportScore, "ii", "I", nil, i32(n), call(2), i64(1))
	b.function("", "i", "", nil, body...)
	return b.bytes()
}

// wasi is a module whose scorer calls one function of WASI with the arguments, ignores
// what it returns unless then uses it, and goes on.
func wasi(name, params, results string, body func(index uint32) [][]byte) []byte {
	b := withMemory()
	index := b.imported(wasiModule, name, params, results)
	b.allocator()
	b.function(exportScore, "ii", "I", []localGroup{{1, typeI64}, {1, typeI32}}, body(index)...)
	return b.bytes()
}

func minus(local uint32, by int32) []byte { return slices.Concat(get(local), i32(by), op(opI32Sub)) }

func forever(body ...[]byte) []byte {
	return slices.Concat(op(opLoop, voidBlock), slices.Concat(body...), op(opBr, 0, opEnd))
}

// hostileCall is a scorer that fails, or wastes what it can.
type hostileCall struct {
	name string
	code []byte
	want error
	text string
}

func hostileCalls() []hostileCall {
	indirect := withMemory().allocator()
	indirect.tables = []tableType{{typeFuncref, bounds{min: 1}}}
	indirect.elements = [][]byte{slices.Concat([]byte{0}, i32(0), op(opEnd), []byte{1, 1})}
	indirect.function(exportScore, "ii", "I", nil, get(0), get(1), i32(0), op(opCallIndirect, byte(indirect.typeOf("ii", "I")), 0))

	return []hostileCall{
		{"an endless loop", scorerOf(forever(), i64(1)), ErrWork, ""},
		{"recursion without loops that takes two to the sixtieth calls", recursive(60,
			get(0), op(opIf, voidBlock), minus(0, 1), call(2), minus(0, 1), call(2), op(opEnd)), ErrWork, ""},
		{"recursion without an end", recursive(1, get(0), call(2)), ErrDepth, ""},
		{"recursion through a table", indirect.bytes(), ErrDepth, ""},
		{"a scorer that enters itself", func() []byte {
			b := withMemory().allocator()
			b.function(exportScore, "ii", "I", nil, get(0), get(1), call(1))
			return b.bytes()
		}(), ErrDepth, ""},
		{"an allocator that enters the scorer", func() []byte {
			b := withMemory()
			b.function(exportAlloc, "i", "i", nil, get(0), get(0), call(1), op(0xa7))
			b.function(exportScore, "ii", "I", nil, get(0), call(0), op(opI64ExtendU))
			return b.bytes()
		}(), ErrDepth, ""},
		{"a memory bomb", scorerOf(op(opLoop, voidBlock), i32(1), op(opMemoryGrow, 0), i32(-1), op(0x47, opBrIf, 0, opEnd, opUnreachable)), ErrMemory, "unreachable"},
		{"a request for 4 GiB", scorerOf(i32(65535), op(opMemoryGrow, 0), i32(-1), op(0x46, opIf, voidBlock, opUnreachable, opEnd), i64(1)), ErrWork, ""},
		{"asking for memory for ever", scorerOf(forever(i32(1), op(opMemoryGrow, 0, opDrop)), i64(1)), ErrWork, ""},
		{"filling the memory for ever", scorerOf(forever(i32(0), i32(1), i32(PageBytes), op(opRange, byte(rangeMemoryFill), 0)), i64(1)), ErrWork, ""},
		{"copying the memory for ever", scorerOf(forever(i32(0), i32(0), i32(PageBytes), op(opRange, byte(rangeMemoryCopy), 0, 0)), i64(1)), ErrWork, ""},
		{"a trap", scorerOf(op(opUnreachable)), ErrTrap, "unreachable"},
		{"a division by zero", scorerOf(i64(1), i64(0), op(0x7f)), ErrTrap, "divide by zero"},
		{"reading beyond its memory", scorerOf(i32(-8), op(0x29, 3, 0)), ErrTrap, "out of bounds"},
		{"a score above one", scorerOf(i64(ScoreOne + 1)), ErrOutput, "1000000001"},
		{"a number below every code", scorerOf(i64(-maxAbstainCode - 1)), ErrOutput, "-1000000001"},
		{"an allocator that points beyond its memory", func() []byte {
			b := withMemory()
			b.function(exportAlloc, "i", "i", nil, i32(-1))
			b.function(exportScore, "ii", "I", nil, i64(1))
			return b.bytes()
		}(), ErrOutput, "4294967295"},
		{"ending its process", wasi("proc_exit", "i", "", func(f uint32) [][]byte { return [][]byte{i32(0), call(f), i64(1)} }), ErrTrap, "ended its process with code 0"},
		{"asking for random bytes for ever", wasi("random_get", "ii", "i", func(f uint32) [][]byte {
			return [][]byte{forever(i32(0), i32(maxRandomBytes), call(f), op(opDrop)), i64(1)}
		}), ErrWork, ""},
		{"waiting for the clock for ever", wasi("clock_time_get", "iIi", "i", func(f uint32) [][]byte {
			return [][]byte{forever(i32(0), i64(0), i32(0), call(f), op(opDrop)), i64(1)}
		}), ErrWork, ""},
		{"a panic with a message", func() []byte {
			b := withMemory()
			write := b.imported(wasiModule, "fd_write", "iiii", "i")
			b.allocator()
			b.data = []segment{{slices.Concat([]byte{0}, i32(0), op(opEnd)), []byte("\x08\x00\x00\x00\x05\x00\x00\x00alas!")}}
			b.function(exportScore, "ii", "I", nil, i32(2), i32(0), i32(1), i32(64), call(write), op(opDrop, opUnreachable))
			return b.bytes()
		}(), ErrTrap, `it wrote "alas!"`},
	}
}

func TestAHostileCallEndsInACleanErrorAtTheSamePointOnBothEngines(t *testing.T) {
	for _, c := range hostileCalls() {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				i := instance(t, compile(t, r, c.code, small))
				_, err := i.Score(context.Background(), &Input{Prompt: "p", Answer: "a"})
				require.ErrorIs(t, err, c.want)
				require.ErrorContains(t, err, c.text)
				require.LessOrEqual(t, i.memory.Size(), small.MemoryPages*PageBytes)
				_, err = i.Score(context.Background(), &Input{})
				require.ErrorIs(t, err, ErrDead)
			})
		})
	}
}

func TestWhatWASIGivesIsTheSameEveryTime(t *testing.T) {
	load := op(0x29, 3, 0) // i64.load
	cases := map[string]struct {
		code []byte
		want int64
	}{
		"random bytes are 0, 1, 2, ...": {wasi("random_get", "ii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(8), i32(3), call(f), op(opDrop), i32(8), load}
		}), 0x020100},
		"the clock counts its readings": {wasi("clock_time_get", "iIi", "i", func(f uint32) [][]byte {
			return [][]byte{i32(0), i64(0), i32(8), call(f), op(opDrop), i32(8), load, i64(clockStart), op(opI64Sub)}
		}), clockStep},
		"there are no arguments": {wasi("args_sizes_get", "ii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(8), i32(12), call(f), op(opDrop), i32(8), load}
		}), 0},
		"a file is unknown": {wasi("fd_read", "iiii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(3), i32(0), i32(0), i32(0), call(f), op(opI64ExtendU)}
		}), wasiBadFile},
		"a write beyond the memory is invalid": {wasi("fd_write", "iiii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(1), i32(-8), i32(1), i32(0), call(f), op(opI64ExtendU)}
		}), wasiInvalid},
		"a write of a billion pieces is invalid": {wasi("fd_write", "iiii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(1), i32(0), i32(1 << 30), i32(0), call(f), op(opI64ExtendU)}
		}), wasiInvalid},
		"a standard stream is a device for characters": {wasi("fd_fdstat_get", "ii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(2), i32(8), call(f), op(opDrop), i32(8), load}
		}), 2},
		"waiting is not there": {wasi("poll_oneoff", "iiii", "i", func(f uint32) [][]byte {
			return [][]byte{i32(0), i32(0), i32(0), i32(0), call(f), op(opI64ExtendU)}
		}), wasiNotImplemented},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				m := compile(t, r, c.code, small)
				for range 2 {
					score, err := instance(t, m).Score(context.Background(), &Input{})
					require.NoError(t, err)
					require.Equal(t, c.want, score)
				}
			})
		})
	}
}

func TestANaNHasTheSameBitsOnEveryMachine(t *testing.T) {
	reinterpret := slices.Concat(op(0xbd), i64(48), op(opI64ShrU)) // the upper 16 bits of a double
	cases := map[string][]byte{
		"zero divided by zero":       slices.Concat(f64bits(0), f64bits(0), op(0xa3)),
		"the root of minus one":      slices.Concat(f64bits(0xbff0000000000000), op(0x9f)),
		"a NaN with a payload added": slices.Concat(f64bits(0xfff8000000001234), f64bits(0), op(0xa0)),
		"a NaN of single precision":  slices.Concat(op(opF32Const, 0x12, 0x34, 0xc0, 0xff), op(opF64Promote)),
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				score, err := instance(t, compile(t, r, scorerOf(body, reinterpret), small)).Score(context.Background(), &Input{})
				require.NoError(t, err)
				require.EqualValues(t, 0x7ff8, score)
			})
		})
	}
}

func TestAModuleThatNeverStartsEndsInTheSameErrors(t *testing.T) {
	start := func(body ...[]byte) []byte {
		b := withMemory().allocator()
		b.function(exportScore, "ii", "I", nil, i64(1))
		f := b.function("", "", "", nil, body...)
		b.start = &f
		return b.bytes()
	}
	initialize := func(body ...[]byte) []byte {
		b := withMemory().allocator()
		b.function(exportScore, "ii", "I", nil, i64(1))
		b.function(exportInitialize, "", "", nil, body...)
		return b.bytes()
	}
	cases := map[string]struct {
		code []byte
		want error
	}{
		"a start function that loops":          {neverStarting(), ErrWork},
		"a start function that traps":          {start(op(opUnreachable)), ErrTrap},
		"a start function that starts itself":  {start(call(2)), ErrDepth},
		"an initializer that loops":            {initialize(forever()), ErrWork},
		"an initializer that enters itself":    {initialize(call(2)), ErrDepth},
		"a start function that enters scoring": {start(i32(0), i32(0), call(1), op(opDrop)), nil},
		"data beyond the memory": {func() []byte {
			b := withMemory().allocator()
			b.function(exportScore, "ii", "I", nil, i64(1))
			b.data = []segment{{slices.Concat([]byte{0}, i32(PageBytes), op(opEnd)), []byte("x")}}
			return b.bytes()
		}(), ErrTrap},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				i, err := compile(t, r, c.code, small).Instance(context.Background())
				require.ErrorIs(t, err, c.want)
				if c.want == nil {
					i.Close()
				}
			})
		})
	}
}

func TestAGeneratorsOutputIsBounded(t *testing.T) {
	output := func(at, length int64) []byte {
		b := withMemory().allocator()
		b.data = []segment{{slices.Concat([]byte{0}, i32(8), op(opEnd)), []byte(`{"prompt":"1+1","expected":"2"}`)}}
		b.function(exportGenerate, "ii", "I", nil, i64(at<<32|length))
		return b.bytes()
	}
	cases := map[string]struct {
		code []byte
		want error
		text string
	}{
		"a question":                     {output(8, 31), nil, ""},
		"more than a question may have":  {output(8, MaxOutputBytes+1), ErrOutput, "at most 262144"},
		"4 GiB":                          {output(0, 1<<32-1), ErrOutput, "at most"},
		"a place beyond the memory":      {output(1<<31-1, 31), ErrOutput, "beyond its memory"},
		"a place that reaches beyond it": {output(PageBytes-8, 31), ErrOutput, "beyond its memory"},
		"what is no question":            {output(9, 30), ErrOutput, "not a JSON object"},
		"nothing":                        {output(8, 0), ErrOutput, "not a JSON object"},
		"an abstention":                  {output(0, -5), ErrAbstain, "code 5"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				m := compile(t, r, c.code, small)
				require.True(t, m.Generates())
				require.False(t, m.Scores())
				i := instance(t, m)
				q, err := i.Generate(context.Background(), [32]byte{})
				require.ErrorIs(t, err, c.want)
				if c.want == nil {
					require.Equal(t, "1+1", q.Prompt)
				} else {
					require.ErrorContains(t, err, c.text)
				}
				_, err = i.Score(context.Background(), &Input{})
				require.ErrorIs(t, err, ErrModule)
			})
		})
	}
}

// endingContext ends after it was asked so many times.
type endingContext struct {
	context.Context
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestACallEndsWithItsContextAndWithItsTime(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		m := compile(t, r, scorerOf(forever(), i64(1)), Limits{Time: time.Millisecond, Work: MaxWork})
		_, err := instance(t, m).Score(context.Background(), &Input{})
		require.ErrorIs(t, err, ErrTime)

		m = compile(t, r, scorerOf(forever(), i64(1)), Limits{Time: MaxTime, Work: MaxWork})
		ctx := &endingContext{Context: context.Background()}
		ctx.left.Store(3)
		i := instance(t, m)
		_, err = i.Score(ctx, &Input{})
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, ErrTime)
		_, err = m.Instance(ctx)
		require.ErrorIs(t, err, context.Canceled)
		_, err = r.Compile(ctx, scorerOf(i64(1)), small)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// neverStarting is a module whose start function loops.
func neverStarting() []byte {
	b := withMemory().allocator()
	b.function(exportScore, "ii", "I", nil, i64(1))
	start := b.function("", "", "", nil, forever())
	b.start = &start
	return b.bytes()
}

func TestManyGoroutinesMayUseOneModule(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		m := compile(t, r, rust(t), Limits{})
		want, err := instance(t, m).Score(context.Background(), &typical)
		require.NoError(t, err)
		var group errgroup.Group
		for range 8 {
			group.Go(func() error {
				for range 5 {
					b := m.Batch()
					score, err := b.Score(context.Background(), &typical)
					b.Close()
					if err != nil || score != want {
						return fmt.Errorf("%d instead of %d: %w", score, want, err)
					}
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
	})
}

func TestAThousandHostileCallsLeaveNothingBehind(t *testing.T) {
	r := open(t, Options{})
	limits := Limits{MemoryPages: 64, Work: 300_000}
	codes := [][]byte{neverStarting()}
	for _, c := range hostileCalls() {
		codes = append(codes, c.code)
	}
	var batches []*Batch
	for _, code := range codes {
		batches = append(batches, compile(t, r, code, limits).Batch())
	}
	round := func(times int) (goroutines int, heap uint64) {
		for range times {
			for _, b := range batches {
				_, err := b.Score(context.Background(), &Input{Prompt: "p"})
				require.Error(t, err)
				require.NotErrorIs(t, err, ErrDead)
			}
		}
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return runtime.NumGoroutine(), stats.HeapAlloc
	}
	goroutines, heap := round(5)
	more, grown := round(1000/len(batches) + 1)
	require.LessOrEqual(t, more, goroutines)
	require.Less(t, grown, heap+8<<20)
}
