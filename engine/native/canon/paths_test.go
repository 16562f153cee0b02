package canon

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// eachPath runs a test with the kernels of every path of this machine.
func eachPath(t *testing.T, run func(t *testing.T, k *Kernels)) {
	t.Helper()
	for _, path := range Paths() {
		t.Run(string(path), func(t *testing.T) {
			k, err := For(path)
			require.NoError(t, err)
			require.Equal(t, path, k.Path())
			run(t, k)
		})
	}
}

// numbers draws ordinary numbers, and now and then special ones: zeros of both
// signs, subnormals, the largest, infinities, not a number.
func numbers(special bool) *rapid.Generator[float32] {
	ordinary := rapid.Float32Range(-10, 10)
	if !special {
		return ordinary
	}
	rare := rapid.SampledFrom([]float32{
		0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, -3e-39, 1e-38, 1e-20, -1e-20, 1e20, math.MaxFloat32, -math.MaxFloat32,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), -86.9, -87.1, 88.1, 1,
	})
	return rapid.Custom(func(t *rapid.T) float32 {
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			return rare.Draw(t, "rare")
		}
		return ordinary.Draw(t, "ordinary")
	})
}

func draw(t *rapid.T, name string, special bool, n int) []float32 {
	return rapid.SliceOfN(numbers(special), n, n).Draw(t, name)
}

// requireSameBits treats all that is not a number as one.
func requireSameBits(t require.TestingT, want, got []float32, what string) {
	require.Len(t, got, len(want))
	for i := range want {
		if math.IsNaN(float64(want[i])) && math.IsNaN(float64(got[i])) {
			continue
		}
		require.Equal(t, math.Float32bits(want[i]), math.Float32bits(got[i]), "%s, element %d: %v and %v", what, i, want[i], got[i])
	}
}

// plainDot is the definition of one output of a matrix product.
func plainDot(a, b []float32) float32 {
	var total, block float32
	for i, value := range a {
		block += float32(value * b[i])
		if i%32 == 31 || i == len(a)-1 {
			total += block
			block = 0
		}
	}
	return total
}

func TestEveryPathMultipliesAsOneBlockAfterTheOther(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		rapid.Check(t, func(t *rapid.T) {
			special := rapid.Bool().Draw(t, "special")
			rows := rapid.IntRange(1, 15).Draw(t, "rows")
			inputs := rapid.IntRange(1, 70).Draw(t, "inputs")
			outputs := rapid.IntRange(1, 150).Draw(t, "outputs")
			in, weight := draw(t, "in", special, rows*inputs), make([]float32, outputs*inputs)
			some := draw(t, "weight", special, 64)
			for i := range weight {
				weight[i] = some[(i*i+i/7)%len(some)]
			}
			width := Padded(outputs)
			out := make([]float32, rows*width)
			k.MultiplyPanels(out, width, in, inputs, rows, Pack(nil, outputs, inputs, weight), 0, width/Lanes, new(Scratch))
			for r := range rows {
				want := make([]float32, outputs)
				for o := range outputs {
					want[o] = plainDot(in[r*inputs:(r+1)*inputs], weight[o*inputs:(o+1)*inputs])
				}
				requireSameBits(t, want, out[r*width:][:outputs], "row")
			}
		})
	})
}

func TestLongSumsKeepTheirOrderAcrossBlocks(t *testing.T) {
	const rows, inputs, outputs = 7, 2*stepBlock + 37, 40
	in, weight := make([]float32, rows*inputs), make([]float32, outputs*inputs)
	fill(in, 1)
	fill(weight, 2)
	eachPath(t, func(t *testing.T, k *Kernels) {
		width := Padded(outputs)
		out := make([]float32, rows*width)
		k.MultiplyPanels(out, width, in, inputs, rows, Pack(nil, outputs, inputs, weight), 0, width/Lanes, new(Scratch))
		for r := range rows {
			for o := range outputs {
				want := plainDot(in[r*inputs:(r+1)*inputs], weight[o*inputs:(o+1)*inputs])
				require.Equal(t, math.Float32bits(want), math.Float32bits(out[r*width+o]))
			}
		}
	})
}

// fill writes numbers from a fixed recurrence, -1 to 1.
func fill(x []float32, seed uint32) {
	state := seed
	for i := range x {
		state = state*1664525 + 1013904223
		x[i] = float32(int32(state)>>8) / (1 << 23)
	}
}

func TestAProductOfInt8HasTheBitsOfTheSameMatrixInFloat32(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.IntRange(1, 9).Draw(t, "rows")
			inputs := 32 * rapid.IntRange(1, 10).Draw(t, "blocks")
			outputs := rapid.IntRange(1, 100).Draw(t, "outputs")
			values := make([]int8, outputs*inputs)
			scales := make([]float32, outputs*inputs/32)
			fill(scales, rapid.Uint32().Draw(t, "scales"))
			state := rapid.Uint32().Draw(t, "values")
			wide := make([]float32, len(values))
			for i := range values {
				state = state*1664525 + 1013904223
				values[i] = int8(state >> 24)
				wide[i] = float32(float32(values[i]) * scales[i/32])
			}
			in := draw(t, "in", false, rows*inputs)
			width := Padded(outputs)
			want, got := make([]float32, rows*width), make([]float32, rows*width)
			generic.MultiplyPanels(want, width, in, inputs, rows, Pack(nil, outputs, inputs, wide), 0, width/Lanes, nil)
			packed := PackInt8(nil, outputs, inputs, scales, values)
			// In two halves, as two threads would.
			half := rapid.IntRange(0, width/Lanes).Draw(t, "half")
			k.MultiplyPanels(got, width, in, inputs, rows, packed, 0, half, new(Scratch))
			k.MultiplyPanels(got, width, in, inputs, rows, packed, half, width/Lanes, new(Scratch))
			requireSameBits(t, want, got, "product")
			row := make([]float32, inputs)
			packed.Row(outputs-1, row)
			requireSameBits(t, wide[(outputs-1)*inputs:], row, "row")
			Pack(nil, outputs, inputs, wide).Row(outputs-1, row)
			requireSameBits(t, wide[(outputs-1)*inputs:], row, "row")
		})
	})
}

func TestAProductOverStridesAddsToWhatIsThere(t *testing.T) {
	// As attention uses it: rows of in apart, values of a cache behind each other.
	eachPath(t, func(t *testing.T, k *Kernels) {
		rapid.Check(t, func(t *rapid.T) {
			rows, steps := rapid.IntRange(1, 8).Draw(t, "rows"), rapid.IntRange(0, 70).Draw(t, "steps")
			count := rapid.IntRange(1, 5).Draw(t, "count")
			p := Product{
				Rows: rows, Steps: steps, Count: count, InRow: steps + 3, OutRow: count*Lanes + 5,
				Step: count * Lanes, Panel: Lanes, Add: rapid.Bool().Draw(t, "add"),
			}
			p.In, p.Panels = draw(t, "in", true, rows*p.InRow), make([]float32, max(1, steps)*p.Step)
			fill(p.Panels, 5)
			start := draw(t, "out", false, rows*p.OutRow)
			want, got := append([]float32(nil), start...), append([]float32(nil), start...)
			for r := range rows {
				for o := range count * Lanes {
					column := make([]float32, steps)
					for s := range column {
						column[s] = p.Panels[s*p.Step+o]
					}
					if !p.Add {
						want[r*p.OutRow+o] = 0
					}
					for s := 0; s < steps; s += 32 {
						end := min(s+32, steps)
						want[r*p.OutRow+o] += plainDot(p.In[r*p.InRow+s:r*p.InRow+end], column[s:end])
					}
				}
			}
			p.Out = got
			k.Multiply(p)
			requireSameBits(t, want, got, "out")
		})
	})
}

func TestEveryPathComputesVectorsAlike(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(1, 70).Draw(t, "n")
			x, y := draw(t, "x", true, n), draw(t, "y", true, n)
			cos, sin := draw(t, "cos", false, n), draw(t, "sin", false, n)
			factor := numbers(true).Draw(t, "factor")
			both := func(name string, run func(k *Kernels, x, y []float32) []float32) {
				want := run(&generic, append([]float32(nil), x...), append([]float32(nil), y...))
				got := run(k, append([]float32(nil), x...), append([]float32(nil), y...))
				requireSameBits(t, want, got, name)
			}
			both("max", func(k *Kernels, x, _ []float32) []float32 { return []float32{k.Max(x)} })
			both("sum", func(k *Kernels, x, _ []float32) []float32 { return []float32{k.Sum(x)} })
			both("squares", func(k *Kernels, x, _ []float32) []float32 { return []float32{k.SumSquares(x, factor)} })
			both("exps", func(k *Kernels, x, _ []float32) []float32 {
				largest, sum := k.Exps(x)
				return append(x, largest, sum)
			})
			both("add", func(k *Kernels, x, y []float32) []float32 { k.Add(x, y); return x })
			both("scale", func(k *Kernels, x, _ []float32) []float32 { k.Scale(x, factor); return x })
			both("divide", func(k *Kernels, x, _ []float32) []float32 { k.Divide(x, factor); return x })
			both("rms norm", func(k *Kernels, x, y []float32) []float32 {
				out := make([]float32, n)
				k.RMSNorm(out, x, y, 1e-5)
				return out
			})
			both("layer norm", func(k *Kernels, x, y []float32) []float32 {
				out := make([]float32, n)
				k.LayerNorm(out, x, y, cos, 1e-5)
				return out
			})
			both("swiglu", func(k *Kernels, x, y []float32) []float32 { k.SwiGLU(x, y); return x })
			both("gelu", func(k *Kernels, x, _ []float32) []float32 { k.GELU(x); return x })
			both("rotate", func(k *Kernels, x, y []float32) []float32 { k.Rotate(x, y, cos, sin); return append(x, y...) })
		})
	})
}

func TestReductionsAreSixteenLanesAndATree(t *testing.T) {
	x := make([]float32, 83)
	fill(x, 9)
	var lanes [16]float32
	for i, value := range x {
		lanes[i%16] += value
	}
	pair := func(i, j float32) float32 { return i + j }
	var eight [8]float32
	for i := range eight {
		eight[i] = pair(lanes[i], lanes[i+8])
	}
	want := pair(pair(pair(eight[0], eight[4]), pair(eight[2], eight[6])), pair(pair(eight[1], eight[5]), pair(eight[3], eight[7])))
	eachPath(t, func(t *testing.T, k *Kernels) { require.Equal(t, want, k.Sum(x)) })
}

func TestWhatIsNotANumberIsNotLost(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachPath(t, func(t *testing.T, k *Kernels) {
		for place := range 40 {
			for _, bad := range []float32{nan, inf} {
				x := make([]float32, 40)
				x[place] = bad
				_, sum := k.Exps(x)
				require.True(t, math.IsNaN(float64(sum)))
			}
		}
		x := make([]float32, 40)
		for i := range x {
			x[i] = -inf
		}
		require.Equal(t, -inf, k.Max(x))
		require.Equal(t, -inf, k.Max(nil))
		_, sum := k.Exps(x)
		require.True(t, math.IsNaN(float64(sum)))
	})
}

func TestSoftmaxSumsToOneAndNormsHaveUnitDeviation(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		x := []float32{1, 2, 3, -4, 0.5}
		ones, zeros, normed := []float32{1, 1, 1, 1, 1}, make([]float32, 5), make([]float32, 5)
		k.RMSNorm(normed, x, ones, 1e-9)
		require.InDelta(t, 5, k.SumSquares(normed, 0), 1e-5)
		k.LayerNorm(normed, append([]float32(nil), x...), ones, zeros, 1e-9)
		require.InDelta(t, 0, k.Sum(normed), 1e-5)
		require.InDelta(t, 5, k.SumSquares(normed, 0), 1e-5)
		largest, sum := k.Exps(x)
		require.Equal(t, float32(3), largest)
		require.Greater(t, sum, float32(1))
		k.Divide(x, sum)
		require.InDelta(t, 1, k.Sum(x), 1e-6)
	})
}

// The bits of every function over a fixed grid. This hash must be the same for
// every path and every GOARCH; a change of it changes every committed loss.
func TestTheBitsOfEveryFunctionAreTheGoldenOnes(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		hash := sha256.New()
		put := func(values ...any) {
			for _, value := range values {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, value))
			}
		}
		grid := make([]float32, 0, 2048)
		for i := -1024; i < 1024; i++ {
			x := float64(i) / 13
			grid = append(grid, float32(x))
			sin, cos := SinCos(float64(x * 31))
			put(Exp32(float32(x)), GELU32(float32(x)), Exp64(x), Log64(float64(i+1025)/7), sin, cos)
		}
		product := make([]float32, 3*32)
		k.MultiplyPanels(product, 32, grid, 300, 3, Pack(nil, 27, 73, grid[:27*73]), 0, 2, new(Scratch))
		put(product, k.Sum(grid), k.SumSquares(grid, 0.25))
		k.Rotate(grid[:300], grid[300:600], grid[900:1200], grid[1200:])
		k.SwiGLU(grid[:1000], grid[500:1500])
		k.GELU(grid[1000:1500])
		k.RMSNorm(grid, grid, append([]float32(nil), grid...), 1e-5)
		k.LayerNorm(grid, append([]float32(nil), grid...), grid[:2048], append([]float32(nil), grid...), 1e-5)
		largest, sum := k.Exps(grid)
		k.Divide(grid, sum)
		put(grid, largest, sum)
		require.Equal(t, "d3cfea3701ee8363f6fafa26382f1309932c314e7d0adca986c817c978841e63", hex.EncodeToString(hash.Sum(nil)))
	})
}

func TestAPathThatIsNotHereIsNamed(t *testing.T) {
	_, err := For("sse9")
	require.ErrorContains(t, err, "generic")
	require.Contains(t, Paths(), Best().Path())
}

func TestSizesThatDoNotFitPanicBeforeAnyKernelRuns(t *testing.T) {
	eachPath(t, func(t *testing.T, k *Kernels) {
		good := Product{Out: make([]float32, 32), OutRow: 32, In: make([]float32, 4), InRow: 4, Rows: 1, Steps: 4, Panels: make([]float32, 128), Step: 16, Panel: 64, Count: 2}
		k.Multiply(good)
		for name, spoil := range map[string]func(*Product){
			"out":    func(p *Product) { p.Out = p.Out[:31] },
			"in":     func(p *Product) { p.In = p.In[:3] },
			"panels": func(p *Product) { p.Panels = p.Panels[:127] },
			"rows":   func(p *Product) { p.Rows = -1 },
		} {
			p := good
			spoil(&p)
			require.Panics(t, func() { k.Multiply(p) }, name)
		}
	})
}

func BenchmarkMultiply(b *testing.B) {
	for _, path := range Paths() {
		for _, rows := range []int{1, 2, 4, 16, 96} {
			b.Run(string(path)+"/rows="+string(rune('0'+rows/10))+string(rune('0'+rows%10)), func(b *testing.B) {
				k, err := For(path)
				require.NoError(b, err)
				const width, outputs = 256, 704
				in, weight, out := make([]float32, rows*width), make([]float32, outputs*width), make([]float32, rows*outputs)
				fill(in, 1)
				fill(weight, 2)
				m, scratch := Pack(nil, outputs, width, weight), new(Scratch)
				for b.Loop() {
					k.MultiplyPanels(out, outputs, in, width, rows, m, 0, outputs/Lanes, scratch)
				}
				b.ReportMetric(2*float64(rows)*width*outputs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
			})
		}
	}
}
