package main

import "fmt"

// shape is a tile: so many rows of a by so many panels of 16 outputs.
type shape struct{ rows, panels int }

// Tiles512 and tiles256 are the tiles that are written for each instruction set.
// What does not fit the largest is covered by several.
var (
	tiles512 = product([]int{1, 2, 3, 4, 5, 6}, []int{1, 2, 4})
	tiles256 = []shape{{1, 1}, {1, 2}, {1, 4}, {2, 1}, {2, 2}, {3, 1}, {3, 2}, {4, 1}, {5, 1}, {6, 1}}
)

func product(rows, panels []int) []shape {
	var shapes []shape
	for _, r := range rows {
		for _, p := range panels {
			shapes = append(shapes, shape{r, p})
		}
	}
	return shapes
}

// set is an instruction set as the tiles see it.
type set struct {
	name     string
	register string
	width    int // numbers in a vector
}

var (
	avx512 = set{"avx512", "Z", 16}
	avx2   = set{"avx2", "Y", 8}
)

func (f *file) tiles() {
	for _, s := range tiles512 {
		f.tile(avx512, s)
	}
	for _, s := range tiles256 {
		f.tile(avx2, s)
	}
	for _, t := range []struct {
		set
		shapes []shape
	}{{avx512, tiles512}, {avx2, tiles256}} {
		fmt.Fprintf(&f.declarations, "\n// tiles_%s holds the kernels by rows and panels; nil where there is none.\nvar tiles_%s = tileTable{\n", t.name, t.name)
		for _, s := range t.shapes {
			fmt.Fprintf(&f.declarations, "\t{%d, %d}: tile_%s_%dx%d,\n", s.rows, s.panels, t.name, s.rows, s.panels)
		}
		f.declarations.WriteString("}\n")
	}
}

// tile writes a kernel: c[r][p][lane] += sum over k of a[r][k] * b[p][k][lane],
// each product rounded, then added, k going up; 32 steps are summed by themselves
// and then added. One accumulator per output stays in a register during a block.
func (f *file) tile(isa set, s shape) {
	name := fmt.Sprintf("tile_%s_%dx%d", isa.name, s.rows, s.panels)
	arguments := pointers("c", "a", "b")
	for _, n := range []string{"steps", "aRow", "bStep", "bPanel", "cRow", "add"} {
		arguments = append(arguments, argument{n, "uintptr"})
	}
	at := f.function(name, "is a tile; the strides are in bytes, add is 0 to begin from zero and 1 from what c holds.", arguments...)
	halves := 16 / isa.width
	vectors := s.panels * halves // per row
	accumulator := func(r, v int) string { return fmt.Sprintf("%s%d", isa.register, r*vectors+v) }
	free := s.rows * vectors
	register := func() string { free++; return fmt.Sprintf("%s%d", isa.register, free-1) }
	limit := 32
	if isa == avx2 {
		limit = 16
	}

	f.op("MOVQ", at("c"), "DI")
	f.op("MOVQ", at("a"), "SI")
	f.op("MOVQ", at("b"), "DX")
	f.op("MOVQ", at("steps"), "CX")
	f.op("MOVQ", at("aRow"), "R8")
	f.op("LEAQ", "(R8)(R8*2)", "R9")
	f.op("LEAQ", "(R8)(R8*4)", "R10")
	f.op("MOVQ", at("bStep"), "R11")
	f.op("MOVQ", at("bPanel"), "R12")
	f.op("LEAQ", "(R12)(R12*2)", "R13")
	f.op("MOVQ", at("cRow"), "AX")
	f.op("LEAQ", "(AX)(AX*2)", "BX")
	f.op("LEAQ", "(AX)(AX*4)", "R15")
	a := func(r, displacement int) string { return address(displacement, "SI", r, "R8", "R9", "R10") }
	c := func(r, v int) string { return address(v*4*isa.width, "DI", r, "AX", "BX", "R15") }
	b := func(v int) string {
		return address(v%halves*4*isa.width, "DX", v/halves, "R12", "R13", "")
	}

	// Either all of b's vectors of a step are kept in registers and the rows of a
	// come one after the other, or the other way round: whichever fits.
	keepB := s.rows > 1 && free+vectors+2 <= limit
	var step func(u int)
	switch {
	case keepB:
		kept := make([]string, vectors)
		for v := range kept {
			kept[v] = register()
		}
		row, scratch := register(), register()
		step = func(u int) {
			for v := range vectors {
				f.op("VMOVUPS", b(v), kept[v])
			}
			for r := range s.rows {
				f.op("VBROADCASTSS", a(r, 4*u), row)
				for v := range vectors {
					into := scratch
					if v == vectors-1 {
						into = row // its last use
					}
					f.op("VMULPS", kept[v], row, into)
					f.op("VADDPS", into, accumulator(r, v), accumulator(r, v))
				}
			}
		}
	default:
		rows := make([]string, s.rows)
		for r := range rows {
			rows[r] = register()
		}
		scratch := register()
		step = func(u int) {
			for r := range s.rows {
				f.op("VBROADCASTSS", a(r, 4*u), rows[r])
			}
			for v := range vectors {
				for r := range s.rows {
					f.op("VMULPS", b(v), rows[r], scratch)
					f.op("VADDPS", scratch, accumulator(r, v), accumulator(r, v))
				}
			}
		}
	}
	if free > limit {
		panic(name + " needs too many registers")
	}

	// Blocks of 32 steps: each is summed from zero and then added to c, which the
	// first one only replaces unless add is set.
	const unroll, blockSteps = 4, 32
	left, steps, add := "CX", "R14", at("add")
	f.op("TESTQ", left, left)
	f.op("JEQ", "done")
	f.label("block")
	for r := range s.rows {
		for v := range vectors {
			acc := accumulator(r, v)
			if isa == avx512 {
				f.op("VPXORD", acc, acc, acc)
			} else {
				f.op("VXORPS", acc, acc, acc)
			}
		}
	}
	f.op("MOVQ", fmt.Sprintf("$%d", blockSteps), steps)
	f.op("CMPQ", left, steps)
	f.op("CMOVQLT", left, steps)
	f.op("SUBQ", steps, left)
	f.op("SUBQ", fmt.Sprintf("$%d", unroll), steps)
	f.op("JLT", "rest")
	f.label("loop")
	for u := range unroll {
		step(u)
		f.op("ADDQ", "R11", "DX")
	}
	f.op("ADDQ", fmt.Sprintf("$%d", 4*unroll), "SI")
	f.op("SUBQ", fmt.Sprintf("$%d", unroll), steps)
	f.op("JGE", "loop")
	f.label("rest")
	f.op("ADDQ", fmt.Sprintf("$%d", unroll), steps)
	f.op("JEQ", "blockdone")
	f.label("single")
	step(0)
	f.op("ADDQ", "R11", "DX")
	f.op("ADDQ", "$4", "SI")
	f.op("DECQ", steps)
	f.op("JNE", "single")
	f.label("blockdone")
	f.op("CMPQ", add, "$0")
	f.op("JEQ", "store")
	for r := range s.rows {
		for v := range vectors {
			f.op("VADDPS", c(r, v), accumulator(r, v), accumulator(r, v))
		}
	}
	f.label("store")
	for r := range s.rows {
		for v := range vectors {
			f.op("VMOVUPS", accumulator(r, v), c(r, v))
		}
	}
	f.op("MOVQ", "$1", add)
	f.op("TESTQ", left, left)
	f.op("JNE", "block")
	f.label("done")
	f.op("VZEROUPPER")
	f.op("RET")
}

// address is base + i*stride + displacement; the registers hold the stride, three
// times and five times the stride.
func address(displacement int, base string, i int, one, three, five string) string {
	text := fmt.Sprintf("%d(%s)", displacement, base)
	switch i {
	case 0:
		return text
	case 1, 2, 4:
		return fmt.Sprintf("%s(%s*%d)", text, one, i)
	case 3:
		return fmt.Sprintf("%s(%s*1)", text, three)
	case 5:
		return fmt.Sprintf("%s(%s*1)", text, five)
	}
	panic("no such row")
}
