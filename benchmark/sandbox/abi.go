package sandbox

import (
	"encoding/binary"
	"fmt"
)

// Names of the ABI agora/1.
const (
	exportMemory     = "memory"
	exportAlloc      = "agora_alloc"
	exportScore      = "agora_score"
	exportGenerate   = "agora_generate"
	exportInitialize = "_initialize"
	exportStart      = "_start"
)

// abiVersion begins every input.
const abiVersion = 1

// ScoreOne is the best score, 1, in the units in which scores are written.
const ScoreOne = 1_000_000_000

// maxAbstainCode is the largest number that a module may give for abstaining.
const maxAbstainCode = 1_000_000_000

// Input is what a scorer sees of one item. Texts of questions are UTF-8; an answer may
// be any bytes.
type Input struct {
	// Prompt is what the miner was asked.
	Prompt string
	// Expected is the right answer or the reference.
	Expected string
	// Alternatives are further right answers or references.
	Alternatives []string
	// Data is what the question carries for its scorer.
	Data string
	// Tests is the program that goes with the question.
	Tests string
	// Answer is what the miner answered.
	Answer string
	// LatencyMS is how long the answer took, in milliseconds.
	LatencyMS uint32
	// Tokens of the answer.
	Tokens uint32
}

// size is the length of the input in the layout of the ABI.
func (in *Input) size() int {
	n := 4 + 4 + len(in.Prompt) + 4 + len(in.Expected) + 4 + 4 + len(in.Data) + 4 + len(in.Tests) + 4 + len(in.Answer) + 8
	for _, alternative := range in.Alternatives {
		n += 4 + len(alternative)
	}
	return n
}

// AppendInput appends the input as a scorer reads it; the package comment has the
// layout. Errors wrap [ErrInput].
func AppendInput(out []byte, in *Input) ([]byte, error) {
	if size := in.size(); size > MaxInputBytes {
		return out, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInput, size, MaxInputBytes)
	}
	out = binary.LittleEndian.AppendUint32(out, abiVersion)
	out = appendText(out, in.Prompt)
	out = appendText(out, in.Expected)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(in.Alternatives)))
	for _, alternative := range in.Alternatives {
		out = appendText(out, alternative)
	}
	out = appendText(out, in.Data)
	out = appendText(out, in.Tests)
	out = appendText(out, in.Answer)
	out = binary.LittleEndian.AppendUint32(out, in.LatencyMS)
	return binary.LittleEndian.AppendUint32(out, in.Tokens), nil
}

func appendText(out []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(text))), text...)
}
