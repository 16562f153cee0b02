package sandbox

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// small limits keep hostile modules cheap.
var small = Limits{MemoryPages: 64, Time: 10 * time.Second, Work: 20_000_000}

func open(t testing.TB, options Options) *Runtime {
	t.Helper()
	r, err := Open(options)
	require.NoError(t, err)
	return r
}

func compile(t testing.TB, r *Runtime, code []byte, limits Limits) *Module {
	t.Helper()
	m, err := r.Compile(context.Background(), code, limits)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

func instance(t testing.TB, m *Module) *Instance {
	t.Helper()
	i, err := m.Instance(context.Background())
	require.NoError(t, err)
	t.Cleanup(i.Close)
	return i
}

// both runs a test with the compiler and with the interpreter.
func both(t *testing.T, test func(t *testing.T, r *Runtime)) {
	t.Helper()
	for name, options := range map[string]Options{"compiled": {}, "interpreted": {Interpreter: true}} {
		t.Run(name, func(t *testing.T) { test(t, open(t, options)) })
	}
}

func TestAScorerReturnsItsScore(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		for result, want := range map[int64]int64{0: 0, 1: 1, ScoreOne: ScoreOne} {
			i := instance(t, compile(t, r, scorerOf(i64(result)), Limits{}))
			score, err := i.Score(context.Background(), &Input{Prompt: "p"})
			require.NoError(t, err)
			require.Equal(t, want, score)
		}
	})
}

func TestAnEndlessLoopEndsByItsWork(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		i := instance(t, compile(t, r, scorerOf(op(opLoop, voidBlock, opBr, 0, opEnd), i64(1)), small))
		_, err := i.Score(context.Background(), &Input{})
		require.ErrorIs(t, err, ErrWork)
		_, err = i.Score(context.Background(), &Input{})
		require.ErrorIs(t, err, ErrDead)
		require.ErrorIs(t, err, ErrWork)
	})
}

// Validators must agree on where a call ends: whoever changes a number here makes a new
// version of the ABI.
func TestThePricesOfWorkAreFixed(t *testing.T) {
	loop := func(body ...[]byte) []byte { // 100 turns
		return slices.Concat(i32(100), op(0x21, 3, opLoop, voidBlock), slices.Concat(body...),
			minus(3, 1), op(opLocalTee, 3, opBrIf, 0, opEnd))
	}
	long := repeated(200, op(1)) // more than a loop pays for at its head
	cases := []struct {
		name string
		code []byte
		work uint64
	}{
		{"a constant", scorerOf(i64(1)), 20},
		{"three instructions more", scorerOf(op(1, 1, 1), i64(1)), 23},
		{"a call", scorerOf(i32(1), call(0), op(opDrop), i64(1)), 40},
		{"a small loop with a branch not taken", scorerOf(loop(i32(0), op(opIf, voidBlock), repeated(20, op(1)), op(opEnd)), i64(1)), 2923},
		{"a large loop with a branch not taken", scorerOf(loop(i32(0), op(opIf, voidBlock), long, op(opEnd)), i64(1)), 823},
		{"a large loop with a branch taken", scorerOf(loop(i32(1), op(opIf, voidBlock), long, op(opEnd)), i64(1)), 20923},
		{"filling a page", scorerOf(i32(0), i32(0), i32(PageBytes), op(opRange, byte(rangeMemoryFill), 0), i64(1)), 8216},
		{"growing by a page", scorerOf(i32(1), op(opMemoryGrow, 0, opDrop), i64(1)), 8215},
		{"arithmetic that may make a NaN", scorerOf(f64bits(0), f64bits(0), op(0xa3, opDrop), i64(1)), 26},
		{"a call of the host", wasi("sched_yield", "", "i", func(f uint32) [][]byte { return [][]byte{call(f), op(opDrop), i64(1)} }), 285},
		{"the example in Rust", rust(t), 409849},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, r *Runtime) {
				i := instance(t, compile(t, r, c.code, Limits{}))
				_, err := i.Score(context.Background(), &typical)
				require.NoError(t, err)
				require.Equal(t, c.work, i.Work())
			})
		})
	}
}

func TestACallMayUseItsWorkToTheLastUnit(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		for work, want := range map[uint64]error{409849: nil, 409848: ErrWork} {
			_, err := instance(t, compile(t, r, rust(t), Limits{Work: work})).Score(context.Background(), &typical)
			require.ErrorIs(t, err, want)
		}
		turns := slices.Concat(i32(1_000_000), op(0x21, 3, opLoop, voidBlock), minus(3, 1), op(opLocalTee, 3, opBrIf, 0, opEnd), i64(1))
		i := instance(t, compile(t, r, scorerOf(turns), Limits{})) // several grants of the meter
		_, err := i.Score(context.Background(), &Input{})
		require.NoError(t, err)
		for work, want := range map[uint64]error{i.Work(): nil, i.Work() - 1: ErrWork} {
			_, err := instance(t, compile(t, r, scorerOf(turns), Limits{Work: work})).Score(context.Background(), &Input{})
			require.ErrorIs(t, err, want)
		}
	})
}
