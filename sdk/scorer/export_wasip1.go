package scorer

import "unsafe"

// What the host writes and reads. They grow and stay where they are.
var input, output []byte

// alloc is where the host may write an input of so many bytes.
//
//go:wasmexport agora_alloc
func alloc(size uint32) unsafe.Pointer {
	if uint64(cap(input)) < uint64(size)+1 {
		input = make([]byte, size+1)
	}
	input = input[:cap(input)]
	return unsafe.Pointer(&input[0])
}

//go:wasmexport agora_score
func score(at unsafe.Pointer, length uint32) int64 {
	return Score(unsafe.Slice((*byte)(at), length))
}

//go:wasmexport agora_generate
func generate(at unsafe.Pointer, length uint32) int64 {
	question, abstained := Generate(unsafe.Slice((*byte)(at), length))
	if question == nil {
		return abstained
	}
	output = question
	return int64(uintptr(unsafe.Pointer(&output[0])))<<32 | int64(len(output))
}
