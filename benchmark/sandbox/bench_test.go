package sandbox

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

const rustExample = "../../sdk/rust/examples/overlap.wasm"

// typical is an item of the size that the documented times are for: about 380 bytes.
var typical = Input{
	Prompt:    "Explain in two sentences why the sky is blue during the day and red in the evening.",
	Expected:  "Air scatters short blue waves of sunlight far more than long red ones, so blue light reaches us from every direction. In the evening the light comes a long way through the air, and mostly red is left.",
	Answer:    "Sunlight is scattered by the air; short blue waves are scattered much more than long red ones, so the sky looks blue. In the evening the light travels a longer way and mostly red remains.",
	LatencyMS: 840, Tokens: 41,
}

func rust(t testing.TB) []byte {
	t.Helper()
	code, err := os.ReadFile(rustExample)
	require.NoError(t, err)
	return code
}

func benchmarkCall(b *testing.B, ctx context.Context, options Options) {
	i := instance(b, compile(b, open(b, options), rust(b), Limits{}))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Score(ctx, &typical); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(i.Work()), "work/op")
}

// benchmarkBare calls the module as it was built, outside the sandbox: without any limit,
// or with wazero's own check of contexts.
func benchmarkBare(b *testing.B, config wazero.RuntimeConfig) {
	ctx, cancel := context.WithTimeout(context.Background(), MaxTime)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, config)
	defer r.Close(ctx)
	guest, err := r.Instantiate(ctx, rust(b))
	require.NoError(b, err)
	alloc, score := guest.ExportedFunction(exportAlloc), guest.ExportedFunction(exportScore)
	var input []byte
	var stack [2]uint64
	b.ReportAllocs()
	for b.Loop() {
		input, err = AppendInput(input[:0], &typical)
		stack[0] = uint64(len(input))
		if err != nil || alloc.CallWithStack(ctx, stack[:1]) != nil || !guest.Memory().Write(uint32(stack[0]), input) {
			b.Fatal(err)
		}
		if stack[1] = uint64(len(input)); score.CallWithStack(ctx, stack[:]) != nil {
			b.Fatal("the call failed")
		}
	}
}

// BenchmarkRustScorerCall is one item on a running instance. In the sandbox the limits
// of work, depth, time and memory hold in every call; with a context, that can end as
// well. Two more show what the same module costs outside the sandbox.
func BenchmarkRustScorerCall(b *testing.B) {
	b.Run("limits", func(b *testing.B) { benchmarkCall(b, context.Background(), Options{}) })
	b.Run("limits and context", func(b *testing.B) {
		ctx, cancel := context.WithTimeout(context.Background(), MaxTime)
		defer cancel()
		benchmarkCall(b, ctx, Options{})
	})
	b.Run("no limits, outside the sandbox", func(b *testing.B) { benchmarkBare(b, wazero.NewRuntimeConfig()) })
	b.Run("wazero's check, outside the sandbox", func(b *testing.B) {
		benchmarkBare(b, wazero.NewRuntimeConfig().WithCloseOnContextDone(true))
	})
	b.Run("interpreter", func(b *testing.B) { benchmarkCall(b, context.Background(), Options{Interpreter: true}) })
}

func BenchmarkRustScorerInstance(b *testing.B) {
	m := compile(b, open(b, Options{}), rust(b), Limits{})
	b.ReportAllocs()
	for b.Loop() {
		i, err := m.Instance(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		i.Close()
	}
}

func benchmarkCompile(b *testing.B, options func() Options) {
	code := rust(b)
	b.ReportAllocs()
	for b.Loop() {
		m, err := open(b, options()).Compile(context.Background(), code, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}

func BenchmarkRustScorerCompile(b *testing.B) {
	b.Run("cold", func(b *testing.B) { benchmarkCompile(b, func() Options { return Options{} }) })
	b.Run("cached", func(b *testing.B) {
		dir := b.TempDir()
		benchmarkCompile(b, func() Options { return Options{CacheDir: dir} })
	})
}
