//go:build amd64 && !purego

package canon

import (
	"slices"

	"golang.org/x/sys/cpu"
)

// tileTable holds kernels by rows and panels.
type tileTable map[[2]int]func(c, a, b *float32, steps, aRow, bStep, bPanel, cRow, add uintptr)

func fastPaths() []Path {
	var paths []Path
	if cpu.X86.HasAVX2 {
		paths = append(paths, AVX2)
		if cpu.X86.HasAVX512F {
			paths = append(paths, AVX512)
		}
	}
	return paths
}

var (
	kernelsAVX2   = newFast(AVX2, tiles_avx2)
	kernelsAVX512 = newFast(AVX512, tiles_avx512)
)

func fastKernels(path Path) *Kernels {
	if path == AVX512 {
		return kernelsAVX512
	}
	return kernelsAVX2
}

func newFast(path Path, table tileTable) *Kernels {
	var tiles [maxTileRows + 1][5]func(c, a, b *float32, steps, aRow, bStep, bPanel, cRow, add uintptr)
	k := &Kernels{path: path}
	for size, kernel := range table {
		rows, panels := size[0], size[1]
		tiles[rows][panels] = kernel
		k.maxRows = max(k.maxRows, rows)
		k.panels[rows] = append(k.panels[rows], panels)
	}
	for _, sizes := range k.panels {
		slices.Sort(sizes)
		slices.Reverse(sizes)
	}
	k.tile = func(t *tileArguments) {
		add := uintptr(0)
		if t.add {
			add = 1
		}
		tiles[t.rows][t.panels](&t.c[0], &t.a[0], &t.b[0], uintptr(t.steps),
			4*uintptr(t.aRow), 4*uintptr(t.bStep), 4*uintptr(t.bPanel), 4*uintptr(t.cRow), add)
	}
	k.vector = vectorsAVX2
	k.int8Row = int8RowAVX2
	if path == AVX512 {
		k.int8Row = int8RowAVX512
	}
	return k
}

// int8Kernel computes some panels of an int8 matrix for one row.
type int8Kernel func(c, a *float32, values *int8, scales *float32, blocks, valuePanel, scalePanel uintptr)

func int8RowAVX2(out, in []float32, m *Panels, from, to int) {
	int8Row(out, in, m, from, to, 2, int8row_avx2_2, int8row_avx2_1)
}

func int8RowAVX512(out, in []float32, m *Panels, from, to int) {
	int8Row(out, in, m, from, to, 4, int8row_avx512_4, int8row_avx512_1)
}

// int8Row uses many for as many panels as it takes at once, then single.
func int8Row(out, in []float32, m *Panels, from, to, together int, many, single int8Kernel) {
	blocks := m.inputs / blockLen
	for panel := from; panel < to; {
		kernel, count := single, 1
		if to-panel >= together {
			kernel, count = many, together
		}
		values := m.values[panel*m.inputs*Lanes : (panel+count)*m.inputs*Lanes]
		scales := m.scales[panel*blocks*Lanes : (panel+count)*blocks*Lanes]
		c := out[(panel-from)*Lanes : (panel-from+count)*Lanes]
		kernel(&c[0], &in[0], &values[0], &scales[0], uintptr(blocks), uintptr(m.inputs*Lanes), uintptr(4*blocks*Lanes))
		panel += count
	}
}

// The vector functions do nothing with no elements; then there is no first one
// whose address could be taken.
var vectorsAVX2 = vectorKernels{
	max: func(lanes *[Lanes]float32, x []float32) {
		if len(x) > 0 {
			max_avx2(&lanes[0], &x[0], uintptr(len(x)))
		}
	},
	sum: func(lanes *[Lanes]float32, x []float32) {
		if len(x) > 0 {
			sum_avx2(&lanes[0], &x[0], uintptr(len(x)))
		}
	},
	squares: func(lanes *[Lanes]float32, x []float32, minus float32) {
		if len(x) > 0 {
			squares_avx2(&lanes[0], &x[0], uintptr(len(x)), minus)
		}
	},
	exps: func(lanes *[Lanes]float32, x []float32, minus float32) {
		if len(x) > 0 {
			exps_avx2(&lanes[0], &x[0], uintptr(len(x)), minus)
		}
	},
	add: func(to, from []float32) {
		if len(to) > 0 {
			add_avx2(&to[0], &from[:len(to)][0], uintptr(len(to)))
		}
	},
	scale: func(x []float32, factor float32) {
		if len(x) > 0 {
			scale_avx2(&x[0], uintptr(len(x)), factor)
		}
	},
	divide: func(x []float32, by float32) {
		if len(x) > 0 {
			divide_avx2(&x[0], uintptr(len(x)), by)
		}
	},
	norm: func(out, x, weight []float32, factor float32) {
		if len(x) > 0 {
			norm_avx2(&out[:len(x)][0], &x[0], &weight[:len(x)][0], uintptr(len(x)), factor)
		}
	},
	swiglu: func(gate, up []float32) {
		if len(gate) > 0 {
			swiglu_avx2(&gate[0], &up[:len(gate)][0], uintptr(len(gate)))
		}
	},
	gelu: func(x []float32) {
		if len(x) > 0 {
			gelu_avx2(&x[0], uintptr(len(x)))
		}
	},
	rotate: func(low, high, cos, sin []float32) {
		if n := len(low); n > 0 {
			rotate_avx2(&low[0], &high[:n][0], &cos[:n][0], &sin[:n][0], uintptr(n))
		}
	},
	widen: func(to []float32, values []int8, scales []float32) {
		if blocks := len(to) / (blockLen * Lanes); blocks > 0 {
			widen_avx2(&to[0], &values[:len(to)][0], &scales[:blocks*Lanes][0], uintptr(blocks))
		}
	},
}
