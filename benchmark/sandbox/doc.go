// Package sandbox runs the WebAssembly modules of benchmarks: scorers and generators
// that strangers wrote, which every validator, miner and reader runs to the same
// integers.
//
// # What a module may do
//
// It may compute. It sees its input and nothing else: no clock, no chance, no files,
// no network, no environment. It may import functions of wasi_snapshot_preview1 that
// the runtimes of Go and Rust cannot start without, and gets stubs: writing goes
// nowhere, random bytes are always the same, the clock counts how often it was read,
// every file is unknown. Any other import is refused by its name when the module is
// compiled. So are threads, SIMD, exceptions, tail calls and memories that others share.
//
// # The ABI agora/1
//
// A module exports
//
//	memory                                     its only memory
//	agora_alloc(size i32) i32                  where the input may be written
//	agora_score(input i32, length i32) i64     a scorer, a generator, or both:
//	agora_generate(input i32, length i32) i64
//
// All numbers are little-endian; a text is its length in bytes as u32 and its bytes.
//
//	input of agora_score: u32 1; texts prompt, expected; u32 count, that many texts
//	    (the alternatives); texts data, tests, answer; u32 latency in ms; u32 tokens
//	input of agora_generate: u32 1; 32 bytes of seed
//
// agora_score returns 0 to 1e9, the score in units of 1e-9. agora_generate returns
// where its output lies, address << 32 | length: a question as JSON. Both may return
// -1 to -1e9 instead: the module abstains and the number, without its sign, says why.
// A module that exports _initialize has it called once before anything else; _start is
// refused, since a command ends where a scorer begins.
//
// # How it is bounded
//
// Before a module is compiled it is taken apart, checked and written anew with a meter
// in it: each function and each turn of a loop pays for its instructions, operations on
// whole ranges pay for their length, calls are counted on their way down and up, and
// growing the memory asks the host. The prices belong to the ABI: other prices would be
// another version of it. So the end of an endless loop or recursion is found
// after the same instruction on every machine ([ErrWork], [ErrDepth]), which a clock
// cannot do; the meter also looks at the clock and the context now and then, as a net
// for slow machines ([ErrTime]). The module's own check of contexts in wazero is not
// used: it is blind to recursion without loops and costs several times as much.
//
// Floating point is allowed. The one thing that WebAssembly leaves open, the bits of a
// NaN made by arithmetic, is closed by the rewriting: it is the canonical one.
//
// A module that traps, or exceeds a limit, gives no score: an error, never zero. Its
// [Instance] is dead from then on. A module can keep state between the calls of one
// instance, so a batch (the items of one miner in one epoch, in the order of their
// index) must always begin with a fresh instance; [Module.Replay] refuses modules whose
// goldens depend on the order.
//
// A [Runtime] and a [Module] may be used by many goroutines at once, an [Instance] by
// one at a time.
package sandbox
