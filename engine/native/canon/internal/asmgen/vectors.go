package main

import (
	"fmt"
	"math"
)

// The vector functions use 256-bit registers under both instruction sets: they
// are a small part of the work, and a second form would be a second chance to err.

// constant returns the address of a vector that holds value eight times.
func (f *file) constant(bits uint32) string {
	key := fmt.Sprintf("%#08x", bits)
	name, ok := f.constants[key]
	if !ok {
		name = fmt.Sprintf("eight_%08x", bits)
		f.constants[key] = name
		f.data.WriteString("\n")
		for i := range 8 {
			fmt.Fprintf(&f.data, "DATA %s<>+%d(SB)/4, $%s\n", name, 4*i, key)
		}
		fmt.Fprintf(&f.data, "GLOBL %s<>(SB), RODATA|NOPTR, $32\n", name)
	}
	return name + "<>(SB)"
}

func (f *file) number(value float32) string { return f.constant(math.Float32bits(value)) }

// exp writes Exp32 of register x into register to. Both and the scratch
// registers differ. x is overwritten.
func (f *file) exp(x, to string, scratch [3]string) {
	n, r, mask := scratch[0], scratch[1], scratch[2]
	f.op("VCMPPS", "$0x11", f.number(-87), x, mask) // x < -87, false for NaN
	f.op("VMOVUPS", f.number(88), to)
	f.op("VMINPS", x, to, x) // 88 where 88 < x, else x: NaN stays
	f.op("VMULPS", f.number(math.Log2E), x, n)
	f.op("VADDPS", f.number(3<<22), n, n)
	f.op("VSUBPS", f.number(3<<22), n, n)
	f.op("VMULPS", f.number(0.693359375), n, r)
	f.op("VSUBPS", r, x, r)
	f.op("VMULPS", f.number(2.12194440e-4), n, to)
	f.op("VADDPS", to, r, r)
	f.op("VMULPS", f.number(1.9875691500e-4), r, to)
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1} {
		f.op("VADDPS", f.number(c), to, to)
		f.op("VMULPS", r, to, to)
	}
	f.op("VADDPS", f.number(5.0000001201e-1), to, to)
	f.op("VMULPS", r, r, x)
	f.op("VMULPS", x, to, to)
	f.op("VADDPS", r, to, to)
	f.op("VADDPS", f.number(1), to, to)
	f.op("VCVTPS2DQ", n, n)
	f.op("VPADDD", f.constant(127), n, n)
	f.op("VPSLLD", "$23", n, n)
	f.op("VMULPS", n, to, to)
	f.op("VANDNPS", to, mask, to) // 0 below -87
}

// lanes writes a kernel that reduces x into 16 lanes, element i into lane i%16:
// the lanes are loaded from and stored back to lanes. n is a multiple of 16.
func (f *file) lanes(name, comment string, extra []argument, prepare func(at func(string) string), each func(x, lane string)) {
	arguments := append(pointers("lanes", "x"), argument{"n", "uintptr"})
	at := f.function(name, comment, append(arguments, extra...)...)
	f.op("MOVQ", at("lanes"), "DI")
	f.op("MOVQ", at("x"), "SI")
	f.op("MOVQ", at("n"), "CX")
	f.op("VMOVUPS", "(DI)", "Y0")
	f.op("VMOVUPS", "32(DI)", "Y1")
	if prepare != nil {
		prepare(at)
	}
	f.op("TESTQ", "CX", "CX")
	f.op("JEQ", "done")
	f.label("loop")
	each("(SI)", "Y0")
	each("32(SI)", "Y1")
	f.op("ADDQ", "$64", "SI")
	f.op("SUBQ", "$16", "CX")
	f.op("JNE", "loop")
	f.label("done")
	f.op("VMOVUPS", "Y0", "(DI)")
	f.op("VMOVUPS", "Y1", "32(DI)")
	f.op("VZEROUPPER")
	f.op("RET")
}

// elements writes a kernel that handles eight elements at a time; n is a multiple
// of 8. The first pointer's registers are DI, SI, DX, R8 in order.
func (f *file) elements(name, comment string, names []string, extra []argument, prepare func(at func(string) string), each func()) {
	arguments := append(pointers(names...), argument{"n", "uintptr"})
	at := f.function(name, comment, append(arguments, extra...)...)
	registers := []string{"DI", "SI", "DX", "R8"}
	for i, n := range names {
		f.op("MOVQ", at(n), registers[i])
	}
	f.op("MOVQ", at("n"), "CX")
	if prepare != nil {
		prepare(at)
	}
	f.op("TESTQ", "CX", "CX")
	f.op("JEQ", "done")
	f.label("loop")
	each()
	for i := range names {
		f.op("ADDQ", "$32", registers[i])
	}
	f.op("SUBQ", "$8", "CX")
	f.op("JNE", "loop")
	f.label("done")
	f.op("VZEROUPPER")
	f.op("RET")
}

func (f *file) vectors() {
	factor := []argument{{"factor", "float32"}}
	broadcast := func(at func(string) string) { f.op("VBROADCASTSS", at("factor"), "Y15") }

	f.lanes("max_avx2", "keeps the larger of lane and element; an element that is no number is passed over.", nil, nil, func(x, lane string) {
		f.op("VMOVUPS", x, "Y2")
		f.op("VMAXPS", lane, "Y2", lane)
	})
	f.lanes("sum_avx2", "adds the elements to the lanes.", nil, nil, func(x, lane string) {
		f.op("VADDPS", x, lane, lane)
	})
	f.lanes("squares_avx2", "adds the squares of element minus factor to the lanes.", factor, broadcast, func(x, lane string) {
		f.op("VMOVUPS", x, "Y2")
		f.op("VSUBPS", "Y15", "Y2", "Y2")
		f.op("VMULPS", "Y2", "Y2", "Y2")
		f.op("VADDPS", "Y2", lane, lane)
	})
	f.lanes("exps_avx2", "replaces each element by exp(element - factor) and adds it to its lane.", factor, broadcast, func(x, lane string) {
		f.op("VMOVUPS", x, "Y2")
		f.op("VSUBPS", "Y15", "Y2", "Y2")
		f.exp("Y2", "Y3", [3]string{"Y4", "Y5", "Y6"})
		f.op("VMOVUPS", "Y3", x)
		f.op("VADDPS", "Y3", lane, lane)
	})

	f.elements("add_avx2", "adds from to to.", []string{"to", "from"}, nil, nil, func() {
		f.op("VMOVUPS", "(DI)", "Y0")
		f.op("VADDPS", "(SI)", "Y0", "Y0")
		f.op("VMOVUPS", "Y0", "(DI)")
	})
	f.elements("scale_avx2", "multiplies x by factor.", []string{"x"}, factor, broadcast, func() {
		f.op("VMULPS", "(DI)", "Y15", "Y0")
		f.op("VMOVUPS", "Y0", "(DI)")
	})
	f.elements("divide_avx2", "divides x by factor.", []string{"x"}, factor, broadcast, func() {
		f.op("VMOVUPS", "(DI)", "Y0")
		f.op("VDIVPS", "Y15", "Y0", "Y0")
		f.op("VMOVUPS", "Y0", "(DI)")
	})
	f.elements("norm_avx2", "writes x*factor*weight.", []string{"out", "x", "weight"}, factor, broadcast, func() {
		f.op("VMULPS", "(SI)", "Y15", "Y0")
		f.op("VMULPS", "(DX)", "Y0", "Y0")
		f.op("VMOVUPS", "Y0", "(DI)")
	})
	f.elements("swiglu_avx2", "replaces gate by gate/(1+exp(-gate))*up.", []string{"gate", "up"}, nil, nil, func() {
		f.op("VMOVUPS", "(DI)", "Y7")
		f.op("VXORPS", f.constant(0x80000000), "Y7", "Y2")
		f.exp("Y2", "Y3", [3]string{"Y4", "Y5", "Y6"})
		f.op("VADDPS", f.number(1), "Y3", "Y3")
		f.op("VDIVPS", "Y3", "Y7", "Y7")
		f.op("VMULPS", "(SI)", "Y7", "Y7")
		f.op("VMOVUPS", "Y7", "(DI)")
	})
	f.elements("gelu_avx2", "replaces x by GELU32(x).", []string{"x"}, nil, nil, func() {
		f.op("VMOVUPS", "(DI)", "Y7")
		f.op("VMULPS", "Y7", "Y7", "Y2")
		f.op("VMULPS", "Y7", "Y2", "Y2")
		f.op("VMULPS", f.number(0.044715), "Y2", "Y2")
		f.op("VADDPS", "Y7", "Y2", "Y2")
		f.op("VMULPS", f.number(-1.5957691216057308), "Y2", "Y2")
		f.exp("Y2", "Y3", [3]string{"Y4", "Y5", "Y6"})
		f.op("VADDPS", f.number(1), "Y3", "Y3")
		f.op("VDIVPS", "Y3", "Y7", "Y7")
		f.op("VMOVUPS", "Y7", "(DI)")
	})
	f.elements("rotate_avx2", "turns the pairs (low, high).", []string{"low", "high", "cos", "sin"}, nil, nil, func() {
		f.op("VMOVUPS", "(DI)", "Y0")
		f.op("VMOVUPS", "(SI)", "Y1")
		f.op("VMULPS", "(DX)", "Y0", "Y2") // low*cos
		f.op("VMULPS", "(R8)", "Y1", "Y3") // high*sin
		f.op("VSUBPS", "Y3", "Y2", "Y2")
		f.op("VMOVUPS", "Y2", "(DI)")
		f.op("VMULPS", "(DX)", "Y1", "Y1") // high*cos
		f.op("VMULPS", "(R8)", "Y0", "Y0") // low*sin
		f.op("VADDPS", "Y0", "Y1", "Y1")
		f.op("VMOVUPS", "Y1", "(SI)")
	})
	f.widen()
	for _, k := range int8Rows {
		f.int8Row(k.set, k.panels)
	}
}

// widen writes the kernel that turns int8 into float32 times scale.
func (f *file) widen() {
	at := f.function("widen_avx2", "writes float32(value)*scale for n blocks of 32 steps of 16 lanes; a scale per block and lane.",
		argument{"to", "*float32"}, argument{"values", "*int8"}, argument{"scales", "*float32"}, argument{"n", "uintptr"})
	f.op("MOVQ", at("to"), "DI")
	f.op("MOVQ", at("values"), "SI")
	f.op("MOVQ", at("scales"), "DX")
	f.op("MOVQ", at("n"), "CX")
	f.op("TESTQ", "CX", "CX")
	f.op("JEQ", "done")
	f.label("block")
	f.op("VMOVUPS", "(DX)", "Y4")
	f.op("VMOVUPS", "32(DX)", "Y5")
	f.op("MOVQ", "$8", "AX")
	f.label("loop")
	for step := range 4 {
		for half := range 2 {
			value, scale := fmt.Sprintf("Y%d", half), fmt.Sprintf("Y%d", 4+half)
			f.op("VPMOVSXBD", fmt.Sprintf("%d(SI)", 16*step+8*half), value)
			f.op("VCVTDQ2PS", value, value)
			f.op("VMULPS", scale, value, value)
			f.op("VMOVUPS", value, fmt.Sprintf("%d(DI)", 64*step+32*half))
		}
	}
	f.op("ADDQ", "$64", "SI")
	f.op("ADDQ", "$256", "DI")
	f.op("DECQ", "AX")
	f.op("JNE", "loop")
	f.op("ADDQ", "$64", "DX")
	f.op("DECQ", "CX")
	f.op("JNE", "block")
	f.label("done")
	f.op("VZEROUPPER")
	f.op("RET")
}

// int8Rows are the panels that a kernel for one row and int8 weights takes at once.
var int8Rows = []struct {
	set
	panels int
}{{avx512, 4}, {avx512, 1}, {avx2, 2}, {avx2, 1}}

// int8Row writes a kernel for one row of a and int8 weights: what widen and then a
// tile of one row compute, without the way through memory.
func (f *file) int8Row(isa set, panels int) {
	at := f.function(fmt.Sprintf("int8row_%s_%d", isa.name, panels),
		"is a row times int8 weights: blocks of 32 steps; the strides from panel to panel are in bytes.",
		argument{"c", "*float32"}, argument{"a", "*float32"}, argument{"values", "*int8"}, argument{"scales", "*float32"},
		argument{"blocks", "uintptr"}, argument{"valuePanel", "uintptr"}, argument{"scalePanel", "uintptr"})
	halves := 16 / isa.width
	vectors := panels * halves
	register := func(kind, v int) string { return fmt.Sprintf("%s%d", isa.register, kind*vectors+v) }
	total, sum, scale := 0, 1, 2
	x, weight := fmt.Sprintf("%s%d", isa.register, 3*vectors), fmt.Sprintf("%s%d", isa.register, 3*vectors+1)
	zero := func(r string) {
		if isa == avx512 {
			f.op("VPXORD", r, r, r)
		} else {
			f.op("VXORPS", r, r, r)
		}
	}
	f.op("MOVQ", at("c"), "DI")
	f.op("MOVQ", at("a"), "SI")
	f.op("MOVQ", at("values"), "DX")
	f.op("MOVQ", at("scales"), "BX")
	f.op("MOVQ", at("blocks"), "CX")
	f.op("MOVQ", at("valuePanel"), "R8")
	f.op("LEAQ", "(R8)(R8*2)", "R9")
	f.op("MOVQ", at("scalePanel"), "R10")
	f.op("LEAQ", "(R10)(R10*2)", "R11")
	for v := range vectors {
		zero(register(total, v))
	}
	f.label("block")
	for v := range vectors {
		zero(register(sum, v))
		f.op("VMOVUPS", address(v%halves*4*isa.width, "BX", v/halves, "R10", "R11", ""), register(scale, v))
	}
	const unroll = 4
	f.op("MOVQ", fmt.Sprintf("$%d", 32/unroll), "AX")
	f.label("loop")
	for u := range unroll {
		f.op("VBROADCASTSS", fmt.Sprintf("%d(SI)", 4*u), x)
		for v := range vectors {
			f.op("VPMOVSXBD", address(16*u+v%halves*isa.width, "DX", v/halves, "R8", "R9", ""), weight)
			f.op("VCVTDQ2PS", weight, weight)
			f.op("VMULPS", register(scale, v), weight, weight)
			f.op("VMULPS", weight, x, weight)
			f.op("VADDPS", weight, register(sum, v), register(sum, v))
		}
	}
	f.op("ADDQ", fmt.Sprintf("$%d", 4*unroll), "SI")
	f.op("ADDQ", fmt.Sprintf("$%d", 16*unroll), "DX")
	f.op("DECQ", "AX")
	f.op("JNE", "loop")
	for v := range vectors {
		f.op("VADDPS", register(sum, v), register(total, v), register(total, v))
	}
	f.op("ADDQ", "$64", "BX")
	f.op("DECQ", "CX")
	f.op("JNE", "block")
	for v := range vectors {
		f.op("VMOVUPS", register(total, v), fmt.Sprintf("%d(DI)", v*4*isa.width))
	}
	f.op("VZEROUPPER")
	f.op("RET")
}
