package sandbox

import (
	"context"
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
