package sandbox

// Instructions that the rewriting looks at or writes.
const (
	opUnreachable  byte = 0x00
	opBlock        byte = 0x02
	opLoop         byte = 0x03
	opIf           byte = 0x04
	opElse         byte = 0x05
	opEnd          byte = 0x0b
	opBr           byte = 0x0c
	opBrIf         byte = 0x0d
	opBrTable      byte = 0x0e
	opReturn       byte = 0x0f
	opCall         byte = 0x10
	opCallIndirect byte = 0x11
	opReturnCall   byte = 0x12
	opDrop         byte = 0x1a
	opSelect       byte = 0x1b
	opSelectTyped  byte = 0x1c
	opLocalGet     byte = 0x20
	opLocalTee     byte = 0x22
	opGlobalGet    byte = 0x23
	opGlobalSet    byte = 0x24
	opTableGet     byte = 0x25
	opTableSet     byte = 0x26
	opFirstMemory  byte = 0x28 // i32.load
	opLastMemory   byte = 0x3e // i64.store32
	opMemorySize   byte = 0x3f
	opMemoryGrow   byte = 0x40
	opI32Const     byte = 0x41
	opI64Const     byte = 0x42
	opF32Const     byte = 0x43
	opF64Const     byte = 0x44
	opFirstNumeric byte = 0x45 // i32.eqz
	opI32GtU       byte = 0x4b
	opI64LtS       byte = 0x53
	opF32Eq        byte = 0x5b
	opF64Eq        byte = 0x61
	opI32Add       byte = 0x6a
	opI32Sub       byte = 0x6b
	opI64Sub       byte = 0x7d
	opI64Shl       byte = 0x86
	opI64ShrU      byte = 0x88
	opF32Ceil      byte = 0x8d
	opF32Max       byte = 0x97
	opF64Ceil      byte = 0x9b
	opF64Max       byte = 0xa5
	opI64ExtendU   byte = 0xad
	opF32Demote    byte = 0xb6
	opF64Promote   byte = 0xbb
	opLastNumeric  byte = 0xc4 // i64.extend32_s
	opRefNull      byte = 0xd0
	opRefIsNull    byte = 0xd1
	opRefFunc      byte = 0xd2
	opRange        byte = 0xfc // operations on ranges, and conversions that saturate
	opSIMD         byte = 0xfd
	opAtomic       byte = 0xfe
	voidBlock      byte = 0x40
)

// Instructions after the byte opRange.
const (
	rangeLastConversion uint32 = 7
	rangeMemoryInit     uint32 = 8
	rangeDataDrop       uint32 = 9
	rangeMemoryCopy     uint32 = 10
	rangeMemoryFill     uint32 = 11
	rangeTableInit      uint32 = 12
	rangeElementDrop    uint32 = 13
	rangeTableCopy      uint32 = 14
	rangeTableGrow      uint32 = 15
	rangeTableSize      uint32 = 16
	rangeTableFill      uint32 = 17
)

// maxAlign is the binary logarithm of the largest alignment that an access to memory can have.
const maxAlign = 3

// instruction is one instruction of a body.
type instruction struct {
	op    byte
	which uint32 // of those after opRange
	index uint32 // callee, local or global, before the rewriting
	// targets is to how many places it may branch.
	targets int
	// encoded is the instruction as it is written: every number in its shortest form,
	// indexes of functions moved. It is overwritten by the next.
	encoded []byte
}

// readInstruction reads the next instruction of a function with so many locals. That
// every number is written anew makes it certain that the compiler reads what the
// rewriting read.
func (m *module) readInstruction(r *reader, in *instruction, locals uint32) {
	op := r.byte()
	in.op, in.which, in.index, in.targets = op, 0, 0, 0
	out := append(in.encoded[:0], op)
	switch {
	case op >= opFirstNumeric && op <= opLastNumeric, op <= 0x01, op == opElse, op == opEnd, op == opReturn,
		op == opDrop, op == opSelect, op == opRefIsNull:
	case op >= opLocalGet && op <= opLocalTee:
		if in.index = r.u32(); in.index >= locals {
			r.fail("an unknown local is referred to")
		}
		out = appendU32(out, in.index)
	case op >= opFirstMemory && op <= opLastMemory:
		align := r.u32()
		// Of larger ones wazero thinks otherwise on machines of 32 bits.
		if align > maxAlign {
			r.fail("an access to memory is aligned to more than 8 bytes")
		}
		out = appendU32(appendU32(out, align), r.u32())
	case op == opI32Const:
		out = appendSigned(out, r.signed(32))
	case op == opBlock, op == opLoop, op == opIf:
		in.targets = 1
		out = m.appendBlockType(out, r)
	case op == opBr, op == opBrIf:
		in.targets = 1
		out = appendU32(out, r.u32())
	case op == opCall:
		in.index = r.u32()
		if uint64(in.index) >= uint64(len(m.imports)+len(m.functions)) {
			r.fail("an unknown function is called")
		}
		out = appendU32(out, m.moved(in.index))
	case op == opGlobalGet, op == opGlobalSet:
		if in.index = r.u32(); uint64(in.index) >= uint64(len(m.globals)) {
			r.fail("an unknown global is referred to")
		}
		out = appendU32(out, in.index)
	case op == opI64Const:
		out = appendSigned(out, r.signed(64))
	case op == opF32Const:
		out = append(out, r.take(4)...)
	case op == opF64Const:
		out = append(out, r.take(8)...)
	case op == opCallIndirect:
		out = appendU32(appendU32(out, m.typeIndex(r)), r.u32())
	case op == opBrTable:
		in.targets = r.count("targets of a branch", maxFunctionBytes) + 1
		out = appendU32(out, uint32(in.targets-1))
		for range in.targets {
			out = appendU32(out, r.u32())
		}
	case op == opMemorySize, op == opMemoryGrow:
		if r.byte() != 0 || m.memories == 0 {
			r.fail("it asks for a memory that it does not have")
		}
		out = append(out, 0)
	case op == opSelectTyped:
		n := r.count("types of a selection", 1)
		out = appendU32(out, uint32(n))
		for range n {
			out = append(out, readValueType(r))
		}
	case op == opTableGet, op == opTableSet:
		out = appendU32(out, r.u32())
	case op == opRefNull:
		out = append(out, readReferenceType(r))
	case op == opRefFunc:
		out = appendU32(out, m.functionIndex(r))
	case op == opRange:
		out = readRange(out, r, in)
	case op == opSIMD:
		r.fail("it uses SIMD, which the sandbox does not run: build it without simd128")
	case op == opAtomic:
		r.fail("it uses threads, which the sandbox does not run: build it without atomics")
	default:
		r.fail("it uses the instruction 0x%x, which the sandbox does not run", op)
	}
	in.encoded = out
}

func readRange(out []byte, r *reader, in *instruction) []byte {
	in.which = r.u32()
	out = appendU32(out, in.which)
	switch in.which {
	case rangeMemoryInit, rangeMemoryCopy, rangeTableInit, rangeTableCopy:
		return appendU32(appendU32(out, r.u32()), r.u32())
	case rangeDataDrop, rangeMemoryFill, rangeElementDrop, rangeTableGrow, rangeTableSize, rangeTableFill:
		return appendU32(out, r.u32())
	}
	if in.which > rangeLastConversion {
		r.fail("it uses the instruction 0xfc %d, which the sandbox does not run", in.which)
	}
	return out
}

// appendBlockType appends the type of a block: nothing, one value, or the index of a
// signature.
func (m *module) appendBlockType(out []byte, r *reader) []byte {
	kind := r.signed(33)
	if kind >= 0 {
		if kind >= int64(len(m.types)) {
			r.fail("a block has an unknown type")
		}
		return appendSigned(out, kind)
	}
	if t := byte(kind & 0x7f); kind >= -64 {
		switch t {
		case voidBlock, typeI32, typeI64, typeF32, typeF64, typeFuncref, typeExternref:
			return append(out, t)
		}
	}
	r.fail("a block has an unknown type")
	return out
}
