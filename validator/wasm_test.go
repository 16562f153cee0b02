package validator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/question"
)

// wasmModule assembles a module of the ABI agora/1 with a memory of one page, a text at address 0, an allocator that
// gives address 1024, and one more function of two i32 (where the input is, and its length) to i64, with an i32 of its own.
func wasmModule(export, text string, body ...[]byte) []byte {
	counted := func(content []byte) []byte {
		return append(binary.AppendUvarint(nil, uint64(len(content))), content...)
	}
	section := func(id byte, content ...[]byte) []byte {
		return append([]byte{id}, counted(slices.Concat(content...))...)
	}
	exported := func(name string, kind, index byte) []byte { return append(counted([]byte(name)), kind, index) }
	code := append(slices.Concat(body...), 0x0b)
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7e}),
		section(3, []byte{2, 0, 1}),
		section(5, []byte{1, 0, 1}),
		section(7, []byte{3}, exported("memory", 2, 0), exported("agora_alloc", 0, 0), exported(export, 0, 1)),
		section(10, []byte{2}, counted(slices.Concat([]byte{0}, i32(1024), []byte{0x0b})), counted(append([]byte{1, 1, 0x7f}, code...))),
		section(11, []byte{1, 0}, i32(0), []byte{0x0b}, counted([]byte(text))),
	)
}

// Instructions.
func i32(value int64) []byte     { return signed(0x41, value) }
func i64(value int64) []byte     { return signed(0x42, value) }
func op(bytes ...byte) []byte    { return bytes }
func local(index byte) []byte    { return []byte{0x20, index} }
func load8(offset uint64) []byte { return binary.AppendUvarint([]byte{0x2d, 0}, offset) }

func signed(opcode byte, value int64) []byte {
	out := []byte{opcode}
	for {
		low := byte(value & 0x7f)
		value >>= 7
		if (value == 0 && low&0x40 == 0) || (value == -1 && low&0x40 != 0) {
			return append(out, low)
		}
		out = append(out, low|0x80)
	}
}

// moodyScorer gives 1 to every answer but those that end in the letters below, on which it fails in some way.
func moodyScorer() []byte {
	on := func(letter byte, body ...[]byte) []byte {
		return slices.Concat(local(2), i32(int64(letter)), op(0x46, 0x04, 0x40), slices.Concat(body...), op(0x0b))
	}
	return wasmModule("agora_score", "",
		local(0), local(1), op(0x6a), i32(9), op(0x6b), load8(0), op(0x21, 2), // the answer ends 8 bytes before the input does
		on('T', op(0x00)),
		on('L', op(0x03, 0x40, 0x0c, 0, 0x0b)),
		on('G', i64(1_000_000_001), op(0x0f)),
		on('A', i64(-7), op(0x0f)),
		i64(1_000_000_000),
	)
}

const generated = `{"prompt":"1+1 aaaaaaaa","expected":"2"}`

// sameQuestion makes the same question of every seed.
func sameQuestion() []byte {
	return wasmModule("agora_generate", generated, i64(int64(len(generated))))
}

// trappingGenerator makes a question of a seed, and traps on those that begin with an odd byte.
func trappingGenerator() []byte {
	body := [][]byte{local(0), load8(4), i32(1), op(0x71, 0x04, 0x40, 0x00, 0x0b)}
	for i := range int64(8) {
		body = append(body, i32(15+i), local(0), load8(uint64(4+i)), i32(15), op(0x71), i32('a'), op(0x6a, 0x3a, 0, 0))
	}
	return wasmModule("agora_generate", generated, append(body, i64(int64(len(generated))))...)
}

// moduleText is how a benchmark names a module.
func moduleText(code []byte, mirrors ...string) string {
	return fmt.Sprintf("module: {sha256: %x, length: %d, memory_pages: 16, time_limit_ms: 100, mirrors: [%s]}", sha256.Sum256(code), len(code), list(mirrors))
}

// promised is the prompt that a generator above makes of a seed of zeros.
const promised = "1+1 aaaaaaaa"

func generatorText(t *testing.T, code []byte, prompt string, mirrors ...string) string {
	t.Helper()
	made := question.Question{Prompt: prompt, Expected: "2"}
	digest, err := made.Digest()
	require.NoError(t, err)
	return moduleText(code, mirrors...) + fmt.Sprintf("\n  goldens: [{seed: %064x, question_sha256: %x}]", 0, digest)
}

func scorerText(code []byte, golden int, mirrors ...string) string {
	return "{scorer: wasm, weight_bp: 10000, extract: whole, " + moduleText(code, mirrors...) + fmt.Sprintf(", goldens: [{prompt: p, expected: e, answer: x, score: %d}]}", golden)
}
