package sandbox

import (
	"encoding/binary"
	"slices"
)

// wasmBuilder assembles small modules for tests: exact bytes that no compiler of a
// language would write.
type wasmBuilder struct {
	types    [][2][]byte
	imports  []builtImport
	funcs    []builtFunc
	exports  []export
	globals  []global
	tables   []tableType
	elements [][]byte
	data     []segment
	memory   *bounds
	start    *uint32
}

type builtImport struct {
	module, name string
	kind         byte
	signature    uint32
}

type builtFunc struct {
	signature uint32
	locals    []localGroup
	body      []byte
}

func (b *wasmBuilder) typeOf(params, results string) uint32 {
	kinds := map[rune]byte{'i': typeI32, 'I': typeI64, 'f': typeF32, 'F': typeF64}
	var t [2][]byte
	for i, letters := range []string{params, results} {
		for _, letter := range letters {
			t[i] = append(t[i], kinds[letter])
		}
	}
	for i, known := range b.types {
		if slices.Equal(known[0], t[0]) && slices.Equal(known[1], t[1]) {
			return uint32(i)
		}
	}
	b.types = append(b.types, t)
	return uint32(len(b.types) - 1)
}

// imported adds an import; all of them come before the first function.
func (b *wasmBuilder) imported(module, name, params, results string) uint32 {
	b.imports = append(b.imports, builtImport{module, name, kindFunction, b.typeOf(params, results)})
	return uint32(len(b.imports) - 1)
}

// function adds a function and exports it if it has a name. The end is added.
func (b *wasmBuilder) function(name, params, results string, locals []localGroup, body ...[]byte) uint32 {
	b.funcs = append(b.funcs, builtFunc{b.typeOf(params, results), locals, append(slices.Concat(body...), opEnd)})
	index := uint32(len(b.imports) + len(b.funcs) - 1)
	if name != "" {
		b.exports = append(b.exports, export{name, kindFunction, index})
	}
	return index
}

func (b *wasmBuilder) bytes() []byte {
	out := append([]byte("\x00asm"), 1, 0, 0, 0)
	section := func(id byte, count int, item func(i int) []byte) {
		if count == 0 {
			return
		}
		body := appendU32(nil, uint32(count))
		for i := range count {
			body = append(body, item(i)...)
		}
		out = appendBytes(append(out, id), body)
	}
	limits := func(l bounds) []byte {
		if l.bounded {
			return appendU32(appendU32([]byte{1}, l.min), l.max)
		}
		return appendU32([]byte{0}, l.min)
	}
	section(sectionType, len(b.types), func(i int) []byte {
		return appendBytes(appendBytes([]byte{0x60}, b.types[i][0]), b.types[i][1])
	})
	section(sectionImport, len(b.imports), func(i int) []byte {
		in := b.imports[i]
		head := append(appendBytes(appendBytes(nil, in.module), in.name), in.kind)
		switch in.kind {
		case kindMemory:
			return append(head, 0, 1)
		case kindTable:
			return append(head, typeFuncref, 0, 1)
		case kindGlobal:
			return append(head, typeI32, 0)
		}
		return appendU32(head, in.signature)
	})
	section(sectionFunction, len(b.funcs), func(i int) []byte { return appendU32(nil, b.funcs[i].signature) })
	section(sectionTable, len(b.tables), func(i int) []byte { return append([]byte{b.tables[i].element}, limits(b.tables[i].bounds)...) })
	if b.memory != nil {
		section(sectionMemory, 1, func(int) []byte { return limits(*b.memory) })
	}
	section(sectionGlobal, len(b.globals), func(i int) []byte {
		return append([]byte{b.globals[i].valueType, b.globals[i].mutable}, b.globals[i].init...)
	})
	section(sectionExport, len(b.exports), func(i int) []byte {
		return appendU32(append(appendBytes(nil, b.exports[i].name), b.exports[i].kind), b.exports[i].index)
	})
	if b.start != nil {
		out = appendBytes(append(out, sectionStart), appendU32(nil, *b.start))
	}
	section(sectionElement, len(b.elements), func(i int) []byte { return b.elements[i] })
	if len(b.data) > 0 {
		out = appendBytes(append(out, sectionDataCount), appendU32(nil, uint32(len(b.data))))
	}
	section(sectionCode, len(b.funcs), func(i int) []byte {
		body := appendU32(nil, uint32(len(b.funcs[i].locals)))
		for _, g := range b.funcs[i].locals {
			body = append(appendU32(body, g.count), g.valueType)
		}
		return appendBytes(nil, append(body, b.funcs[i].body...))
	})
	section(sectionData, len(b.data), func(i int) []byte { return appendBytes(slices.Clone(b.data[i].head), b.data[i].bytes) })
	return out
}

// Instructions.
func op(bytes ...byte) []byte    { return bytes }
func i32(v int32) []byte         { return appendSigned([]byte{opI32Const}, int64(v)) }
func i64(v int64) []byte         { return appendSigned([]byte{opI64Const}, v) }
func call(index uint32) []byte   { return appendU32([]byte{opCall}, index) }
func get(local uint32) []byte    { return appendU32([]byte{opLocalGet}, local) }
func f64bits(bits uint64) []byte { return binary.LittleEndian.AppendUint64([]byte{opF64Const}, bits) }

// withMemory is a builder with a memory of one page, which may grow to more than any
// limit, and the allocator that every module needs.
func withMemory() *wasmBuilder {
	b := &wasmBuilder{memory: &bounds{min: 1}}
	b.exports = []export{{exportMemory, kindMemory, 0}}
	return b
}

// allocator adds the function that the ABI asks for; it comes after the imports.
func (b *wasmBuilder) allocator() *wasmBuilder {
	b.function(exportAlloc, "i", "i", nil, i32(1024))
	return b
}

// scorerOf is a module whose scorer is so.
func scorerOf(body ...[]byte) []byte {
	b := withMemory().allocator()
	b.function(exportScore, "ii", "I", []localGroup{{1, typeI64}, {1, typeI32}}, body...)
	return b.bytes()
}
