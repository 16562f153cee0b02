package sandbox

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// repeated is n copies of some instructions.
func repeated(n int, body ...[]byte) []byte { return bytes.Repeat(slices.Concat(body...), n) }

func TestAModuleThatReachesOutsideIsRefusedByTheNameOfWhatItWants(t *testing.T) {
	importing := func(module, name string, kind byte, params, results string) []byte {
		b := withMemory()
		b.imports = append(b.imports, builtImport{module, name, kind, b.typeOf(params, results)})
		return b.allocator().bytes()
	}
	cases := map[string]struct {
		code []byte
		text string
	}{
		"a file":                            {importing(wasiModule, "path_open", kindFunction, "iiiiiIIii", "i"), `"path_open"`},
		"a socket":                          {importing(wasiModule, "sock_accept", kindFunction, "iii", "i"), `"sock_accept"`},
		"a folder":                          {importing(wasiModule, "fd_readdir", kindFunction, "iiiIi", "i"), `"fd_readdir"`},
		"a function of the host's":          {importing("env", "now", kindFunction, "", "I"), `"now" of "env"`},
		"the sandbox's own meter":           {importing(hostModule, hostMeter, kindFunction, "I", "I"), `"meter" of "agora:host"`},
		"JavaScript":                        {importing("wbg", "__wbindgen_throw", kindFunction, "ii", ""), `"wbg"`},
		"a memory":                          {importing("env", "memory", kindMemory, "", ""), "only functions"},
		"a table":                           {importing("env", "table", kindTable, "", ""), "only functions"},
		"a global":                          {importing("env", "base", kindGlobal, "", ""), "only functions"},
		"a function under another form":     {importing(wasiModule, "random_get", kindFunction, "ii", ""), "signature"},
		"a function with a float for a int": {importing(wasiModule, "random_get", kindFunction, "if", "i"), "signature"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, Options{}).Compile(context.Background(), c.code, small)
			require.ErrorIs(t, err, ErrImport)
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestWhatIsNoModuleOfTheABIIsRefusedWithAReason(t *testing.T) {
	with := func(change func(b *wasmBuilder)) []byte {
		b := withMemory().allocator()
		b.function(exportScore, "ii", "I", nil, i64(1))
		change(b)
		return b.bytes()
	}
	section := func(id byte, body ...byte) []byte {
		return appendBytes([]byte("\x00asm\x01\x00\x00\x00"+string(rune(id))), body)
	}
	many := []byte{0xff, 0xff, 0xff, 0xff, 0x0f}
	entangled := func(locals uint32, body ...[]byte) []byte {
		b := withMemory().allocator()
		b.function(exportScore, "ii", "I", []localGroup{{locals, typeI64}}, append(body, i64(1))...)
		return b.bytes()
	}
	cases := map[string]struct {
		code []byte
		text string
	}{
		"nothing":                         {nil, "does not begin like WebAssembly"},
		"text":                            {[]byte("(module)"), "does not begin like WebAssembly"},
		"a component":                     {[]byte("\x00asm\x0d\x00\x01\x00"), "version 1"},
		"a huge module":                   {append(scorerOf(i64(1)), make([]byte, MaxModuleBytes)...), "at most 16777216"},
		"an empty module":                 {[]byte("\x00asm\x01\x00\x00\x00"), `does not export "memory"`},
		"a cut section":                   {scorerOf(i64(1))[:40], "ends too early"},
		"an unknown section":              {section(14), "unknown section 14"},
		"exceptions":                      {section(sectionTag, 0), "exceptions"},
		"sections out of order":           {slices.Concat(section(sectionFunction, 0), []byte{sectionType, 1, 0}), "out of order"},
		"four billion types":              {section(sectionType, many...), "at most 4096"},
		"four billion functions":          {section(sectionFunction, many...), "at most 65536"},
		"four billion imports":            {section(sectionImport, many...), "at most 64"},
		"four billion globals":            {section(sectionGlobal, many...), "at most 4096"},
		"four billion exports":            {section(sectionExport, many...), "at most 1024"},
		"four billion elements":           {section(sectionElement, many...), "at most 65536"},
		"four billion data":               {section(sectionData, many...), "at most 65536"},
		"more than is there":              {section(sectionType, 0x80, 0x20), "ends too early"},
		"a number of 36 bits":             {section(sectionType, 0xff, 0xff, 0xff, 0xff, 0x7f), "32 bits"},
		"bytes after a section's end":     {section(sectionType, 0, 0), "1 bytes follow"},
		"no memory":                       {with(func(b *wasmBuilder) { b.memory, b.exports = nil, b.exports[1:] }), `does not export "memory"`},
		"a memory of 4 GiB":               {with(func(b *wasmBuilder) { b.memory.min = 65536 }), "begins with 65536 pages"},
		"a table of four billion entries": {with(func(b *wasmBuilder) { b.tables = []tableType{{typeFuncref, bounds{min: 1<<32 - 1}}} }), "tables with more"},
		"a hundred tables":                {with(func(b *wasmBuilder) { b.tables = make([]tableType, 100) }), "100 tables"},
		"a thousand globals that change": {with(func(b *wasmBuilder) {
			for range 1000 {
				b.globals = append(b.globals, global{typeI32, 1, slices.Concat(i32(0), op(opEnd))})
			}
		}), "more than 64 globals"},
		"a command":                    {with(func(b *wasmBuilder) { b.function("_start", "", "", nil) }), "_start"},
		"no allocator":                 {with(func(b *wasmBuilder) { b.exports[1].name = "malloc" }), `"agora_alloc"`},
		"neither scorer nor generator": {with(func(b *wasmBuilder) { b.exports[2].name = "score" }), "neither"},
		"a scorer that returns 32 bits": {with(func(b *wasmBuilder) {
			b.exports = b.exports[:2]
			b.function(exportScore, "ii", "i", nil, i32(1))
		}), "agora_score has not the signature"},
		"an export of what is not there":      {with(func(b *wasmBuilder) { b.exports[2].index = 9 }), "does not have"},
		"an export under the fuel's name":     {with(func(b *wasmBuilder) { b.exports = append(b.exports, export{fuelGlobal, kindMemory, 0}) }), "belong to the sandbox"},
		"a function of the wrong type":        {scorerOf(i32(1)), "module is refused"},
		"a scorer that fills its own fuel":    {scorerOf(i64(1<<40), op(opGlobalSet, 0), i64(1)), "unknown global"},
		"a scorer that reads a scratch local": {scorerOf(f64bits(0), f64bits(0), op(0xa3, opDrop), get(4), op(0xbd)), "unknown local"},
		"a scorer that calls the meter":       {scorerOf(i64(1), call(2)), "unknown function"},
		"a start with what is not there":      {with(func(b *wasmBuilder) { b.start = new(uint32); *b.start = 2 }), "unknown function"},
		"an access aligned to 2 GiB":          {scorerOf(i32(0), op(opFirstMemory, 31, 0), op(opDrop), i64(1)), "aligned to more than 8 bytes"},
		"vectors":                             {scorerOf(op(0xfd, 0x0c), make([]byte, 16)), "SIMD"},
		"atomics":                             {scorerOf(op(0xfe, 0x03, 0x00)), "threads"},
		"a tail call":                         {scorerOf(op(opReturnCall, 0)), "0x12"},
		"an unknown operation on ranges":      {scorerOf(op(opRange, 18)), "0xfc 18"},
		"a function without an end":           {scorerOf(op(opBlock, voidBlock)), "ends too early"},
		"instructions after the end":          {scorerOf(op(opEnd, opEnd)), "follow the end"},
		"a million locals":                    {entangled(1_000_000), "more than 4096 locals"},
		"a function of a mebibyte":            {scorerOf(repeated(1<<19, op(1, 1))), "at most 524288"},
		"deeply nested loops":                 {entangled(1, repeated(100, op(opLoop, voidBlock)), repeated(100, op(opEnd))), "loops in each other"},
		"very many blocks":                    {entangled(1, repeated(20_000, op(opBlock, voidBlock, opEnd))), "too entangled"},
		"many calls with many locals":         {entangled(4000, repeated(4000, i32(0), call(0), op(opDrop))), "too entangled"},
		"very many branches":                  {entangled(1, repeated(70_000, get(0), op(opBrIf, 0))), "branches"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, Options{}).Compile(context.Background(), c.code, small)
			require.ErrorIs(t, err, ErrModule)
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestLimitsOutOfRangeAreRefused(t *testing.T) {
	r := open(t, Options{})
	for _, limits := range []Limits{{MemoryPages: MaxMemoryPages + 1}, {Time: time.Microsecond}, {Time: MaxTime + 1}, {Time: -1}, {Work: MaxWork + 1}} {
		_, err := r.Compile(context.Background(), scorerOf(i64(1)), limits)
		require.ErrorIs(t, err, ErrLimits, "%+v", limits)
	}
	m := compile(t, r, scorerOf(i64(1)), Limits{Time: 2 * time.Millisecond})
	require.EqualValues(t, 2*WorkPerMillisecond, m.limits.Work)
}

func TestAModuleCutOrChangedAnywhereIsRefusedOrRuns(t *testing.T) {
	code := hostileCalls()[3].code
	r := open(t, Options{Interpreter: true})
	for i := range code {
		_, err := r.Compile(context.Background(), code[:i], small)
		require.Error(t, err)
		for _, b := range []byte{0, 0x7f, 0x80, 0xff, code[i] ^ 1} {
			changed := slices.Clone(code)
			changed[i] = b
			if m, err := r.Compile(context.Background(), changed, small); err == nil {
				m.Close()
			}
		}
	}
}

// Numbers may be padded; Go's and Rust's linkers do that. The rewriting must read them
// as the compiler of the original would.
func TestPaddedNumbersMeanTheSame(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		padded := scorerOf(op(opI64Const, 0xaa, 0x80, 0x80, 0x00), op(opBlock, voidBlock, opBr, 0x80, 0x80, 0x00, opEnd))
		score, err := instance(t, compile(t, r, padded, small)).Score(context.Background(), &Input{})
		require.NoError(t, err)
		require.EqualValues(t, 42, score)
	})
}

func FuzzCompile(f *testing.F) {
	f.Add(scorerOf(i64(1)))
	for _, c := range hostileCalls() {
		f.Add(c.code)
	}
	r, err := Open(Options{Interpreter: true})
	require.NoError(f, err)
	limits := Limits{MemoryPages: 16, Work: 100_000}
	f.Fuzz(func(t *testing.T, code []byte) {
		m, err := r.Compile(context.Background(), code, limits)
		if err != nil {
			require.True(t, strings.Contains(err.Error(), "refused"), "%v", err)
			return
		}
		defer m.Close()
		b := m.Batch()
		defer b.Close()
		if score, err := b.Score(context.Background(), &Input{Prompt: "p", Answer: "a"}); err == nil {
			require.LessOrEqual(t, score, int64(ScoreOne))
		}
	})
}
