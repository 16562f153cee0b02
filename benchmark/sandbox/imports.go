package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// wasiModule is the only module that can be imported from.
const wasiModule = "wasi_snapshot_preview1"

// wasiFunctions are the functions that can be imported, with their signatures: i for
// i32, I for i64, results after the colon. They are what the runtimes of Go and Rust
// refer to; none of them reaches anything outside.
var wasiFunctions = map[string]string{
	"args_get":            "ii:i",
	"args_sizes_get":      "ii:i",
	"clock_time_get":      "iIi:i",
	"environ_get":         "ii:i",
	"environ_sizes_get":   "ii:i",
	"fd_close":            "i:i",
	"fd_fdstat_get":       "ii:i",
	"fd_fdstat_set_flags": "ii:i",
	"fd_prestat_dir_name": "iii:i",
	"fd_prestat_get":      "ii:i",
	"fd_read":             "iiii:i",
	"fd_seek":             "iIii:i",
	"fd_write":            "iiii:i",
	"poll_oneoff":         "iiii:i",
	"proc_exit":           "i:",
	"random_get":          "ii:i",
	"sched_yield":         ":i",
}

// checkImport refuses what the sandbox does not give; errors wrap [ErrImport].
func checkImport(module, name string, s signature) error {
	if module != wasiModule {
		return fmt.Errorf("%w: %q of %q: a module sees nothing but its input", ErrImport, name, module)
	}
	want, known := wasiFunctions[name]
	if !known {
		return fmt.Errorf("%w: %q of %q reaches outside; what can be imported is %s",
			ErrImport, name, module, strings.Join(slices.Sorted(maps.Keys(wasiFunctions)), ", "))
	}
	if describe(s) != want {
		return fmt.Errorf("%w: %q of %q is imported with a signature that it does not have", ErrImport, name, module)
	}
	return nil
}

// checkExports makes sure that the module has the ABI; errors wrap [ErrModule].
func (m *module) checkExports() (scores, generates, initializes bool, err error) {
	abi := map[string]string{
		exportAlloc: "i:i", exportScore: "ii:I", exportGenerate: "ii:I", exportInitialize: ":",
	}
	seen := make(map[string]bool)
	for _, e := range m.exports {
		switch want, known := abi[e.name]; {
		case e.name == exportMemory && e.kind == kindMemory:
		case e.name == exportStart && e.kind == kindFunction:
			return false, false, false, fmt.Errorf("%w: it exports _start: build a library (cdylib, c-shared), not a command", ErrModule)
		case !known:
			continue
		case e.kind != kindFunction || describe(m.signatureOf(e.index)) != want:
			return false, false, false, fmt.Errorf("%w: its %s has not the signature of the ABI", ErrModule, e.name)
		}
		seen[e.name] = true
	}
	for _, name := range []string{exportMemory, exportAlloc} {
		if !seen[name] {
			return false, false, false, fmt.Errorf("%w: it does not export %q", ErrModule, name)
		}
	}
	if !seen[exportScore] && !seen[exportGenerate] {
		return false, false, false, fmt.Errorf("%w: it exports neither %q nor %q", ErrModule, exportScore, exportGenerate)
	}
	return seen[exportScore], seen[exportGenerate], seen[exportInitialize], nil
}

func (m *module) signatureOf(index uint32) signature {
	if index < uint32(len(m.imports)) {
		return m.types[m.imports[index].signature]
	}
	return m.types[m.functions[index-uint32(len(m.imports))].signature]
}

// describe writes a signature in the letters of wasiFunctions.
func describe(s signature) string {
	letters := map[byte]byte{typeI32: 'i', typeI64: 'I', typeF32: 'f', typeF64: 'F', typeFuncref: 'r', typeExternref: 'R'}
	var text strings.Builder
	for _, t := range s.params {
		text.WriteByte(letters[t])
	}
	text.WriteByte(':')
	for _, t := range s.results {
		text.WriteByte(letters[t])
	}
	return text.String()
}
