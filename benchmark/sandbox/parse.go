package sandbox

import (
	"bytes"
	"fmt"
	"strings"
)

// Bounds of what is compiled. They keep the time and memory of the compiler, and of an
// instance before its first instruction, in proportion to the module's length; ordinary
// modules of Rust and Go stay far below.
const (
	maxTypes         = 4096
	maxSignature     = 64 // parameters, and results
	maxImports       = 64
	maxFunctions     = 65_536
	maxTables        = 8
	maxTableEntries  = 262_144 // of all tables
	maxGlobals       = 4096
	maxMutable       = 64 // globals that the compiler tracks across each call
	maxExports       = 1024
	maxSegments      = 65_536
	maxFunctionBytes = 512 << 10
	maxLocals        = 4096
)

// reserved begins the names of what the rewriting adds.
const reserved = "agora:"

// Section numbers of the binary format.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
	sectionTag
)

// sectionRank is the order in which sections stand: the count of the data comes
// before the code.
var sectionRank = [...]int{
	sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
	sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12,
}

// Value types.
const (
	typeI32       byte = 0x7f
	typeI64       byte = 0x7e
	typeF32       byte = 0x7d
	typeF64       byte = 0x7c
	typeFuncref   byte = 0x70
	typeExternref byte = 0x6f
)

// Kinds of imports and exports.
const (
	kindFunction byte = iota
	kindTable
	kindMemory
	kindGlobal
)

type (
	signature struct{ params, results []byte }

	importedFunction struct {
		module, name string
		signature    uint32
	}

	bounds struct {
		min, max uint32
		bounded  bool // max counts
	}

	tableType struct {
		element byte
		bounds
	}

	global struct {
		valueType, mutable byte
		init               []byte // encoded anew
	}

	export struct {
		name  string
		kind  byte
		index uint32
	}

	localGroup struct {
		count     uint32
		valueType byte
	}

	function struct {
		signature uint32
		groups    []localGroup
		locals    uint32 // parameters included
		body      []byte // the instructions, the last end included
	}

	segment struct {
		head  []byte // mode and place, encoded anew
		bytes []byte
	}
)

// module is a WebAssembly module taken apart. Nothing in it was believed: every count
// was compared with what is there. Types of operands are left to wazero's validation.
type module struct {
	types     []signature
	imports   []importedFunction
	functions []function
	tables    []tableType
	memory    bounds
	globals   []global
	exports   []export
	start     *uint32
	elements  [][]byte // encoded anew
	data      []segment
	dataCount *uint32

	memories     int
	elementCount int // of all segments
}

// parse takes a module apart; errors wrap [ErrModule] or [ErrImport].
func parse(code []byte) (*module, error) {
	switch {
	case len(code) > MaxModuleBytes:
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrModule, len(code), MaxModuleBytes)
	case !bytes.HasPrefix(code, []byte("\x00asm")):
		return nil, fmt.Errorf("%w: it does not begin like WebAssembly", ErrModule)
	case !bytes.HasPrefix(code[4:], []byte{1, 0, 0, 0}):
		return nil, fmt.Errorf("%w: it is not a core module of version 1", ErrModule)
	}
	m := new(module)
	r := &reader{bytes: code, at: 8}
	rank, bodies := 0, 0
	for r.err == nil && r.left() > 0 {
		id := r.byte()
		section := &reader{bytes: r.take(r.u32())}
		if r.err == nil && id == sectionCustom {
			section.name() // what follows, names and debugging information, is left out
			if section.err != nil {
				return nil, section.err
			}
		}
		if r.err != nil || id == sectionCustom {
			continue
		}
		if id == sectionTag {
			return nil, fmt.Errorf("%w: it uses exceptions", ErrModule)
		}
		if int(id) >= len(sectionRank) {
			return nil, fmt.Errorf("%w: it has an unknown section %d", ErrModule, id)
		}
		if sectionRank[id] <= rank {
			return nil, fmt.Errorf("%w: its section %d is out of order", ErrModule, id)
		}
		rank = sectionRank[id]
		if id == sectionCode {
			bodies = m.readCode(section)
		} else {
			m.readSection(section, id)
		}
		section.done(fmt.Sprintf("what was announced in section %d", id))
		if section.err != nil {
			return nil, section.err
		}
	}
	if r.err == nil && bodies != len(m.functions) {
		r.fail("%d functions are declared and %d have a body", len(m.functions), bodies)
	}
	if r.err == nil && m.dataCount != nil && int(*m.dataCount) != len(m.data) {
		r.fail("%d pieces of data are announced and %d follow", *m.dataCount, len(m.data))
	}
	return m, r.err
}

func (m *module) readSection(r *reader, id byte) {
	switch id {
	case sectionType:
		for range r.count("types", maxTypes) {
			if form := r.byte(); form != 0x60 {
				r.fail("a type is not that of a function")
			}
			m.types = append(m.types, signature{params: m.readTypes(r), results: m.readTypes(r)})
		}
	case sectionImport:
		for range r.count("imports", maxImports) {
			m.readImport(r)
		}
	case sectionFunction:
		for range r.count("functions", maxFunctions) {
			m.functions = append(m.functions, function{signature: m.typeIndex(r)})
		}
	case sectionTable:
		entries := uint64(0)
		for range r.count("tables", maxTables) {
			t := tableType{element: r.byte(), bounds: readBounds(r)}
			if t.element != typeFuncref && t.element != typeExternref {
				r.fail("a table holds an unknown type")
			}
			if entries += uint64(t.min); entries > maxTableEntries {
				r.fail("tables with more than %d entries", maxTableEntries)
			}
			m.tables = append(m.tables, t)
		}
	case sectionMemory:
		if m.memories = r.count("memories", 1); m.memories == 1 {
			if m.memory = readBounds(r); max(m.memory.min, m.memory.max) > 65_536 {
				r.fail("a memory of more than 65536 pages")
			}
		}
	case sectionGlobal:
		mutable := 0
		for range r.count("globals", maxGlobals) {
			g := global{valueType: readValueType(r), mutable: r.byte()}
			if mutable += int(g.mutable); g.mutable > 1 || mutable > maxMutable {
				r.fail("more than %d globals that change", maxMutable)
			}
			g.init = m.appendConstant(nil, r)
			m.globals = append(m.globals, g)
		}
	case sectionExport:
		for range r.count("exports", maxExports) {
			e := export{name: r.name(), kind: r.byte(), index: r.u32()}
			if strings.HasPrefix(e.name, reserved) {
				r.fail("it exports %q: names that begin with %q belong to the sandbox", e.name, reserved)
			}
			m.exports = append(m.exports, e)
		}
	case sectionStart:
		start := r.u32()
		m.start = &start
	case sectionElement:
		for range r.count("element segments", maxSegments) {
			m.elements = append(m.elements, m.readElements(r))
		}
	case sectionDataCount:
		count := r.u32()
		m.dataCount = &count
	case sectionData:
		for range r.count("pieces of data", maxSegments) {
			m.data = append(m.data, m.readData(r))
		}
	}
	m.checkIndexes(r)
}

// checkIndexes refuses references beyond what the module itself has: after the
// rewriting they would mean something that is not the module's.
func (m *module) checkIndexes(r *reader) {
	functions := uint32(len(m.imports) + len(m.functions))
	if m.start != nil && *m.start >= functions {
		r.fail("it starts with an unknown function")
	}
	for _, e := range m.exports {
		count := uint32(0)
		switch e.kind {
		case kindFunction:
			count = functions
		case kindTable:
			count = uint32(len(m.tables))
		case kindMemory:
			count = uint32(m.memories)
		case kindGlobal:
			count = uint32(len(m.globals))
		}
		if e.index >= count {
			r.fail("it exports %q, which it does not have", e.name)
		}
	}
}

func (m *module) readTypes(r *reader) []byte {
	n := r.count("parameters or results", maxSignature)
	types := make([]byte, n)
	for i := range types {
		types[i] = readValueType(r)
	}
	return types
}

func readValueType(r *reader) byte {
	switch t := r.byte(); t {
	case typeI32, typeI64, typeF32, typeF64, typeFuncref, typeExternref:
		return t
	case 0x7b:
		r.fail("it uses SIMD, which the sandbox does not run: build it without simd128")
	default:
		r.fail("unknown type of a value 0x%x", t)
	}
	return 0
}

func (m *module) typeIndex(r *reader) uint32 {
	index := r.u32()
	if uint64(index) >= uint64(len(m.types)) {
		r.fail("an unknown type is referred to")
	}
	return index
}

// functionIndex reads the index of a function and returns it as it is after the
// rewriting.
func (m *module) functionIndex(r *reader) uint32 {
	index := r.u32()
	if uint64(index) >= uint64(len(m.imports)+len(m.functions)) {
		r.fail("an unknown function is referred to")
	}
	return m.moved(index)
}

// moved is the index of a function after the host's functions were added to the imports.
func (m *module) moved(index uint32) uint32 {
	if index >= uint32(len(m.imports)) {
		return index + addedImports
	}
	return index
}

func readBounds(r *reader) bounds {
	var b bounds
	switch flags := r.byte(); flags {
	case 0:
	case 1:
		b.bounded = true
	default:
		r.fail("a memory or table is shared or has 64 bits")
	}
	b.min = r.u32()
	if b.bounded {
		if b.max = r.u32(); b.max < b.min {
			r.fail("a memory or table may grow to less than it begins with")
		}
	}
	return b
}

func (m *module) readImport(r *reader) {
	module, name, kind := r.name(), r.name(), r.byte()
	if r.err != nil {
		return
	}
	if kind != kindFunction {
		r.err = fmt.Errorf("%w: %q of %q: only functions can be imported", ErrImport, name, module)
		return
	}
	index := m.typeIndex(r)
	if r.err != nil {
		return
	}
	if err := checkImport(module, name, m.types[index]); err != nil {
		r.err = err
		return
	}
	m.imports = append(m.imports, importedFunction{module, name, index})
}

// appendConstant reads the expression of a constant and appends it. No global can be
// imported, so none is referred to.
func (m *module) appendConstant(out []byte, r *reader) []byte {
	op := r.byte()
	out = append(out, op)
	switch op {
	case opI32Const:
		out = appendSigned(out, r.signed(32))
	case opI64Const:
		out = appendSigned(out, r.signed(64))
	case opF32Const:
		out = append(out, r.take(4)...)
	case opF64Const:
		out = append(out, r.take(8)...)
	case opRefNull:
		out = append(out, readReferenceType(r))
	case opRefFunc:
		out = appendU32(out, m.functionIndex(r))
	default:
		r.fail("a constant begins with 0x%x", op)
	}
	if end := r.byte(); end != opEnd {
		r.fail("a constant is more than one value")
	}
	return append(out, opEnd)
}

func readReferenceType(r *reader) byte {
	t := r.byte()
	if t != typeFuncref && t != typeExternref {
		r.fail("unknown type of a reference 0x%x", t)
	}
	return t
}

// readElements reads one element segment, of which there are eight forms: bit 0 says
// that it is not placed by itself, bit 1 that it names a table or is only declared,
// bit 2 that it has expressions instead of indexes.
func (m *module) readElements(r *reader) []byte {
	form := r.u32()
	if form > 7 {
		r.fail("unknown form of an element segment")
		return nil
	}
	out := appendU32(nil, form)
	if form&1 == 0 {
		if form&2 != 0 {
			out = appendU32(out, r.u32())
		}
		out = m.appendConstant(out, r)
	}
	if form&3 != 0 && form&4 == 0 {
		if kind := r.byte(); kind != 0 {
			r.fail("unknown kind of elements 0x%x", kind)
		}
		out = append(out, 0)
	} else if form&3 != 0 {
		out = append(out, readReferenceType(r))
	}
	n := r.count("elements", maxTableEntries-m.elementCount)
	m.elementCount += n
	out = appendU32(out, uint32(n))
	for range n {
		if form&4 != 0 {
			out = m.appendConstant(out, r)
		} else {
			out = appendU32(out, m.functionIndex(r))
		}
		if r.err != nil {
			return nil
		}
	}
	return out
}

func (m *module) readData(r *reader) segment {
	form := r.u32()
	if form > 2 {
		r.fail("unknown form of data")
		return segment{}
	}
	head := appendU32(nil, form)
	if form == 2 {
		head = appendU32(head, r.u32())
	}
	if form != 1 {
		head = m.appendConstant(head, r)
	}
	return segment{head: head, bytes: r.take(r.u32())}
}

// readCode reads the frames of the function bodies and returns how many there are.
func (m *module) readCode(r *reader) int {
	n := r.count("function bodies", maxFunctions)
	if n != len(m.functions) {
		r.fail("%d functions are declared and %d have a body", len(m.functions), n)
		return 0
	}
	for i := range n {
		body := &reader{bytes: r.take(r.u32())}
		if len(body.bytes) > maxFunctionBytes {
			r.fail("function %d has %d bytes, at most %d are allowed", i, len(body.bytes), maxFunctionBytes)
		}
		if r.err != nil {
			return 0
		}
		f := &m.functions[i]
		locals := uint64(len(m.types[f.signature].params))
		for range body.count("groups of locals", maxLocals) {
			g := localGroup{count: body.u32(), valueType: readValueType(body)}
			if locals += uint64(g.count); locals > maxLocals {
				body.fail("function %d has more than %d locals", i, maxLocals)
				break
			}
			f.groups = append(f.groups, g)
		}
		if body.err != nil {
			r.err = body.err
			return 0
		}
		f.locals, f.body = uint32(locals), body.bytes[body.at:]
	}
	return n
}
