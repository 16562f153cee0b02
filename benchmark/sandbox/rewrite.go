package sandbox

import (
	"fmt"
	"math"
)

// addedImports is how many functions of the host the rewriting adds after the
// module's own imports: the meter and the growing of memory.
const addedImports = 2

// Names of what is added.
const (
	hostModule = reserved + "host"
	hostMeter  = "meter"
	hostGrow   = "grow"
	fuelGlobal = reserved + "fuel"
)

// What work costs, in units of roughly one instruction.
const (
	costEntry        = 8
	costCall         = 8
	costCallIndirect = 16
	// costHost is for each call of the host, costHostByte for 8 bytes of it.
	costHost = 256
	// Shifts of a length in bytes, entries or pages.
	shiftMemory = -3 // 8 bytes for one unit
	shiftTable  = 2
	shiftGrow   = 13
)

// Bounds of depth.
const (
	// maxDepth is how many weights of frames may lie on each other. wazero's
	// interpreter ends at 2,000 frames and its compiler between 50 and 100 MB, so this
	// bound is reached first by both.
	maxDepth = 1500
	// frameSlots is how many locals and instructions weigh as much as one frame: a
	// function keeps at most that many values of 8 bytes.
	frameSlots = 4096
	// tooDeep is what the meter is told then.
	tooDeep = math.MinInt64
)

// Bounds of how entangled functions are. The compiler's time grows with the square of a
// function's blocks times its values, and with the cube of how deep its loops lie in
// each other; measured at these bounds, a module takes some seconds.
const (
	maxLoopDepth = 48
	maxBranches  = 65_536  // places that a function branches to
	maxCrossings = 1 << 22 // branches and calls of a function, times its values
	maxTangle    = 1 << 31 // blocks squared times values, of all functions
	commonValues = 16      // what every function has besides its locals
)

// Where a function pays. A small loop, or a small function outside its loops, pays for
// all of itself at its head, branches not taken included: that is quick where it
// matters. In a large one each long run of instructions without a branch pays by itself,
// so that little is paid for what is not done.
const (
	smallRegion = 128
	longSegment = 16
)

// segment of instructions that are done together or not at all.
type segmentCost struct {
	region int // the function, or its loop of that number
	cost   int64
}

// plan is what the first pass over a body finds.
type plan struct {
	heads   []int64 // what the function's entry pays, then the head of each loop
	own     []int64 // what each segment pays by itself, in their order; most pay nothing
	leaf    bool    // it calls no function
	weight  int32   // of its frame
	scratch [3]bool // whether it needs locals of i32, f32, f64
}

// Scratch locals.
const (
	scratchI32 = iota
	scratchF32
	scratchF64
)

// rewriter writes the module with the meter in it.
type rewriter struct {
	*module
	plans []plan
	fuel  uint32 // index of the global
	depth uint32
	meter uint32 // index of the function
	grow  uint32

	tangle int64 // of the functions planned so far
}

// rewrite returns the module with the meter in it; memory may grow to so many pages.
func rewrite(m *module, pages uint32) ([]byte, error) {
	w := &rewriter{
		module: m, plans: make([]plan, len(m.functions)),
		fuel: uint32(len(m.globals)), depth: uint32(len(m.globals)) + 1,
		meter: uint32(len(m.imports)), grow: uint32(len(m.imports)) + 1,
	}
	if m.memory.min > pages {
		return nil, fmt.Errorf("%w: it begins with %d pages of memory and may have %d", ErrModule, m.memory.min, pages)
	}
	var in instruction
	for i := range m.functions {
		if err := w.plan(i, &in); err != nil {
			return nil, err
		}
	}
	return w.encode(pages)
}

// plan takes the first pass over a body.
func (w *rewriter) plan(index int, in *instruction) error {
	f, p := &w.functions[index], &w.plans[index]
	p.leaf, p.heads = true, []int64{costEntry}
	regions := []int{0} // which head the instructions of each open block belong to
	segments := []segmentCost{{}}
	instructions, calls, branches, blocks := int64(0), int64(0), int64(0), int64(1)
	loopDepth, loops := 0, []bool{false} // whether each open block is a loop
	r := &reader{bytes: f.body}
	for len(regions) > 0 {
		w.readInstruction(r, in, f.locals)
		if r.err != nil {
			return fmt.Errorf("function %d: %w", len(w.imports)+index, r.err)
		}
		cost := int64(1)
		region := regions[len(regions)-1]
		branches += int64(in.targets)
		instructions++
		switch in.op {
		case opBlock, opIf:
			blocks++
			regions, loops = append(regions, region), append(loops, false)
		case opLoop:
			blocks += 2 // one for the meter
			p.heads = append(p.heads, 0)
			region = len(p.heads) - 1
			regions, loops = append(regions, region), append(loops, true)
			if loopDepth++; loopDepth > maxLoopDepth {
				r.fail("it has more than %d loops in each other", maxLoopDepth)
			}
		case opEnd:
			if loops[len(loops)-1] {
				loopDepth--
			}
			regions, loops = regions[:len(regions)-1], loops[:len(loops)-1]
		case opCall, opCallIndirect:
			p.leaf = false
			cost = costCall
			if in.op == opCallIndirect {
				cost = costCallIndirect
			}
			calls++
		case opMemoryGrow:
			p.scratch[scratchI32] = true
			calls++
		case opRange:
			_, ranged := rangeShift(in)
			p.scratch[scratchI32] = p.scratch[scratchI32] || ranged
		}
		if nan := makesNaN(in.op); nan >= 0 {
			p.scratch[nan] = true
			cost += 2
		}
		segments[len(segments)-1].cost += cost
		if endsSegment(in.op) && len(regions) > 0 {
			segments = append(segments, segmentCost{region: regions[len(regions)-1]})
		}
	}
	r.done(fmt.Sprintf("the end of function %d", len(w.imports)+index))
	blocks += p.pay(segments)
	values := int64(f.locals) + commonValues
	w.tangle += blocks * blocks * values
	switch {
	case r.err != nil:
	case branches > maxBranches:
		r.fail("function %d has %d branches, at most %d are allowed", len(w.imports)+index, branches, maxBranches)
	case (branches+calls)*values > maxCrossings, w.tangle > maxTangle:
		r.fail("function %d is too entangled: %d blocks, %d branches and %d calls with %d values: split it up",
			len(w.imports)+index, blocks, branches, calls, values)
	}
	p.weight = int32(1 + (int64(f.locals)+instructions)/frameSlots)
	return r.err
}

// endsSegment tells whether what follows an instruction can be reached without it, or
// left out after it.
func endsSegment(op byte) bool {
	return op == opLoop || op == opIf || op == opElse || op == opEnd || op == opBrIf
}

// pay decides where each segment is paid for and returns in how many places besides the
// heads.
func (p *plan) pay(segments []segmentCost) int64 {
	totals := make([]int64, len(p.heads))
	for _, s := range segments {
		totals[s.region] += s.cost
	}
	p.own = make([]int64, len(segments))
	atHead := make([]bool, len(p.heads)) // whether the first segment of the region was met
	places := int64(0)
	for i, s := range segments {
		if first := !atHead[s.region]; first || totals[s.region] <= smallRegion || s.cost < longSegment {
			atHead[s.region] = true
			p.heads[s.region] += s.cost
		} else {
			p.own[i] = s.cost
			places++
		}
	}
	return places
}

// makesNaN returns which scratch local an instruction needs whose result may be a NaN
// with bits of the machine's choice, or -1.
func makesNaN(op byte) int {
	switch {
	case op >= opF32Ceil && op <= opF32Max, op == opF32Demote:
		return scratchF32
	case op >= opF64Ceil && op <= opF64Max, op == opF64Promote:
		return scratchF64
	}
	return -1
}

// rangeShift tells how the length on top of the stack is turned into work.
func rangeShift(in *instruction) (shift int, ranged bool) {
	switch in.which {
	case rangeMemoryInit, rangeMemoryCopy, rangeMemoryFill:
		return shiftMemory, true
	case rangeTableInit, rangeTableCopy, rangeTableFill, rangeTableGrow:
		return shiftTable, true
	}
	return 0, false
}

// body appends a function's locals and instructions with the meter in them.
func (w *rewriter) body(out []byte, index int, in *instruction) []byte {
	f, p := &w.functions[index], &w.plans[index]
	groups := f.groups
	var scratch [3]uint32
	next := f.locals
	for i, t := range []byte{typeI32, typeF32, typeF64} {
		if p.scratch[i] {
			groups = append(groups[:len(groups):len(groups)], localGroup{1, t})
			scratch[i] = next
			next++
		}
	}
	out = appendU32(out, uint32(len(groups)))
	for _, g := range groups {
		out = append(appendU32(out, g.count), g.valueType)
	}
	if !p.leaf {
		out = w.appendDepthCheck(out)
	}
	out = w.appendCharge(out, p.heads[0])
	loops, segment := 0, 0
	r := &reader{bytes: f.body}
	for r.left() > 0 {
		w.readInstruction(r, in, f.locals)
		switch {
		case in.op == opLoop:
			loops++
			segment++
			out = append(out, in.encoded...)
			out = w.appendCharge(out, p.heads[loops])
			continue
		case in.op == opCallIndirect, in.op == opCall && w.calls(in.index):
			out = w.appendDepth(out, p.weight, opI32Add)
			out = append(out, in.encoded...)
			out = w.appendDepth(out, p.weight, opI32Sub)
			continue
		case in.op == opMemoryGrow:
			out = w.appendRangeCharge(out, scratch[scratchI32], shiftGrow)
			out = appendU32(append(out, opCall), w.grow)
			continue
		case in.op == opRange:
			if shift, ranged := rangeShift(in); ranged {
				out = w.appendRangeCharge(out, scratch[scratchI32], shift)
			}
		}
		out = append(out, in.encoded...)
		if endsSegment(in.op) {
			if segment++; segment < len(p.own) && p.own[segment] > 0 {
				out = w.appendCharge(out, p.own[segment])
			}
		}
		switch makesNaN(in.op) {
		case scratchF32:
			out = appendCanonical(out, scratch[scratchF32], opF32Const, []byte{0, 0, 0xc0, 0x7f}, opF32Eq)
		case scratchF64:
			out = appendCanonical(out, scratch[scratchF64], opF64Const, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, opF64Eq)
		}
	}
	return out
}

// calls tells whether a function may call others, so that depth must be counted.
func (w *rewriter) calls(callee uint32) bool {
	own := int(callee) - len(w.imports)
	return own >= 0 && !w.plans[own].leaf
}

// appendCharge pays for work: fuel -= cost, and the meter is asked below zero.
func (w *rewriter) appendCharge(out []byte, cost int64) []byte {
	out = appendU32(append(out, opGlobalGet), w.fuel)
	out = appendSigned(append(out, opI64Const), cost)
	out = append(out, opI64Sub)
	out = appendU32(append(out, opGlobalSet), w.fuel)
	return w.appendRefill(out)
}

func (w *rewriter) appendRefill(out []byte) []byte {
	out = appendU32(append(out, opGlobalGet), w.fuel)
	out = append(out, opI64Const, 0, opI64LtS, opIf, voidBlock)
	out = appendU32(append(out, opGlobalGet), w.fuel)
	out = appendU32(append(out, opCall), w.meter)
	out = appendU32(append(out, opGlobalSet), w.fuel)
	return append(out, opEnd)
}

// appendRangeCharge pays for the length on top of the stack and leaves it there.
func (w *rewriter) appendRangeCharge(out []byte, scratch uint32, shift int) []byte {
	out = appendU32(append(out, opLocalTee), scratch)
	out = appendU32(append(out, opGlobalGet), w.fuel)
	out = appendU32(append(out, opLocalGet), scratch)
	out = append(out, opI64ExtendU, opI64Const)
	if shift < 0 {
		out = append(appendSigned(out, int64(-shift)), opI64ShrU)
	} else {
		out = append(appendSigned(out, int64(shift)), opI64Shl)
	}
	out = append(out, opI64Sub)
	out = appendU32(append(out, opGlobalSet), w.fuel)
	return w.appendRefill(out)
}

// appendDepth counts a frame on the way down (add) or up (sub).
func (w *rewriter) appendDepth(out []byte, weight int32, op byte) []byte {
	out = appendU32(append(out, opGlobalGet), w.depth)
	out = appendSigned(append(out, opI32Const), int64(weight))
	out = append(out, op)
	return appendU32(append(out, opGlobalSet), w.depth)
}

// appendDepthCheck tells the meter when the calls are nested too deeply; it never
// returns then.
func (w *rewriter) appendDepthCheck(out []byte) []byte {
	out = appendU32(append(out, opGlobalGet), w.depth)
	out = appendSigned(append(out, opI32Const), maxDepth)
	out = append(out, opI32GtU, opIf, voidBlock)
	out = appendSigned(append(out, opI64Const), tooDeep)
	out = appendU32(append(out, opCall), w.meter)
	return append(out, opDrop, opEnd)
}

// appendCanonical replaces a NaN on top of the stack by the canonical one: it alone is
// not equal to itself.
func appendCanonical(out []byte, scratch uint32, constant byte, nan []byte, equal byte) []byte {
	out = appendU32(append(out, opLocalTee), scratch)
	out = append(append(out, constant), nan...)
	out = appendU32(append(out, opLocalGet), scratch)
	out = appendU32(append(out, opLocalGet), scratch)
	return append(out, equal, opSelect)
}
