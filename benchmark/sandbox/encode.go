package sandbox

import "fmt"

// encode writes the module with what was added.
func (w *rewriter) encode(pages uint32) ([]byte, error) {
	out := append([]byte("\x00asm"), 1, 0, 0, 0)
	section := func(id byte, count int, item func(out []byte, i int) []byte) {
		if count == 0 {
			return
		}
		body := appendU32(nil, uint32(count))
		for i := range count {
			body = item(body, i)
		}
		out = appendBytes(append(out, id), body)
	}
	meterType := uint32(len(w.types))
	types := append(w.types[:len(w.types):len(w.types)],
		signature{params: []byte{typeI64}, results: []byte{typeI64}},
		signature{params: []byte{typeI32}, results: []byte{typeI32}})
	section(sectionType, len(types), func(out []byte, i int) []byte {
		return appendBytes(appendBytes(append(out, 0x60), types[i].params), types[i].results)
	})
	imports := append(w.imports[:len(w.imports):len(w.imports)],
		importedFunction{hostModule, hostMeter, meterType}, importedFunction{hostModule, hostGrow, meterType + 1})
	section(sectionImport, len(imports), func(out []byte, i int) []byte {
		out = appendBytes(appendBytes(out, imports[i].module), imports[i].name)
		return appendU32(append(out, kindFunction), imports[i].signature)
	})
	section(sectionFunction, len(w.functions), func(out []byte, i int) []byte {
		return appendU32(out, w.functions[i].signature)
	})
	section(sectionTable, len(w.tables), func(out []byte, i int) []byte {
		return appendBounds(append(out, w.tables[i].element), w.tables[i].bounds, maxTableEntries)
	})
	section(sectionMemory, w.memories, func(out []byte, _ int) []byte {
		return appendBounds(out, w.memory, pages)
	})
	globals := append(w.globals[:len(w.globals):len(w.globals)],
		global{typeI64, 1, []byte{opI64Const, 0, opEnd}}, global{typeI32, 1, []byte{opI32Const, 0, opEnd}})
	section(sectionGlobal, len(globals), func(out []byte, i int) []byte {
		return append(append(out, globals[i].valueType, globals[i].mutable), globals[i].init...)
	})
	exports := append(w.exports[:len(w.exports):len(w.exports)], export{fuelGlobal, kindGlobal, w.fuel})
	section(sectionExport, len(exports), func(out []byte, i int) []byte {
		e := exports[i]
		if e.kind == kindFunction {
			e.index = w.moved(e.index)
		}
		return appendU32(append(appendBytes(out, e.name), e.kind), e.index)
	})
	if w.start != nil {
		out = appendBytes(append(out, sectionStart), appendU32(nil, w.moved(*w.start)))
	}
	section(sectionElement, len(w.elements), func(out []byte, i int) []byte { return append(out, w.elements[i]...) })
	if w.dataCount != nil {
		out = appendBytes(append(out, sectionDataCount), appendU32(nil, *w.dataCount))
	}
	var in instruction
	var body []byte
	section(sectionCode, len(w.functions), func(out []byte, i int) []byte {
		body = w.body(body[:0], i, &in)
		return appendBytes(out, body)
	})
	section(sectionData, len(w.data), func(out []byte, i int) []byte {
		return appendBytes(append(out, w.data[i].head...), w.data[i].bytes)
	})
	if len(out) > maxRewrittenBytes {
		return nil, fmt.Errorf("%w: %d bytes with the meter in it, at most %d are allowed", ErrModule, len(out), maxRewrittenBytes)
	}
	return out, nil
}

// maxRewrittenBytes bounds what is given to the compiler.
const maxRewrittenBytes = 2 * MaxModuleBytes

// appendBounds appends the bounds of a memory or table, which always has a maximum.
func appendBounds(out []byte, b bounds, most uint32) []byte {
	if !b.bounded || b.max > most {
		b.max = most
	}
	return appendU32(appendU32(append(out, 1), b.min), b.max)
}
