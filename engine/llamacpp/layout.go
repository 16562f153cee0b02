//nolint:unused,gosec // fields are named for their places; words are passed to C
package llamacpp

import "unsafe"

// The structures of Release, field by field. Enumerations are int32, pointers
// uintptr; llama.cpp passes and returns the first two by value.

type modelParams struct {
	devices                  uintptr
	bufferOverrides          uintptr
	gpuLayers                int32
	splitMode                int32
	loadMode                 int32
	mainGPU                  int32
	tensorSplit              uintptr
	progress, progressUser   uintptr
	keyValueOverrides        uintptr
	vocabOnly, checkTensors  bool
	useExtraBuffers, noHost  bool
	noAllocation, loadDrafts bool
}

type contextParams struct {
	context, batch, microBatch  uint32
	sequences, recurrentStates  uint32
	outputs, outputsPerSequence uint32
	threads, threadsBatch       int32

	kind, ropeScaling, pooling, attention, flashAttention int32

	ropeBase, ropeScale                               float32
	yarnExtension, yarnAttention, yarnFast, yarnSlow  float32
	yarnOriginalContext                               uint32
	defragThreshold                                   float32
	evaluated, evaluatedUser                          uintptr
	typeK, typeV                                      int32
	abort, abortUser                                  uintptr
	embeddings, offloadKQV, noPerformance, offloadOps bool
	slidingFull, unified                              bool
	samplers, samplerCount                            uintptr
	other                                             uintptr
}

type batch struct {
	tokens        int32
	token         *int32
	embeddings    *float32
	position      *int32
	sequenceCount *int32
	sequence      **int32
	output        *int8
}

type chatMessage struct {
	role, content *byte
}

const (
	loadByMapping  = 1 // LLAMA_LOAD_MODE_MMAP
	splitByLayer   = 1 // LLAMA_SPLIT_MODE_LAYER
	unspecified    = -1
	autoAttention  = -1 // LLAMA_FLASH_ATTN_TYPE_AUTO
	plainAttention = 0  // LLAMA_FLASH_ATTN_TYPE_DISABLED
	typeF32        = 0  // GGML_TYPE_F32
	typeF16        = 1  // GGML_TYPE_F16
	defaultThreads = 4  // GGML_DEFAULT_N_THREADS
)

// defaultModelParams and defaultContextParams are what Release's library returns.
func defaultModelParams() modelParams {
	return modelParams{gpuLayers: -1, splitMode: splitByLayer, loadMode: loadByMapping, useExtraBuffers: true}
}

func defaultContextParams() contextParams {
	return contextParams{
		context: 512, batch: 2048, microBatch: 512, sequences: 1, outputsPerSequence: 1,
		threads: defaultThreads, threadsBatch: defaultThreads,
		ropeScaling: unspecified, pooling: unspecified, attention: unspecified, flashAttention: autoAttention,
		yarnExtension: -1, yarnAttention: -1, yarnFast: -1, yarnSlow: -1, defragThreshold: -1,
		typeK: typeF16, typeV: typeF16,
		offloadKQV: true, noPerformance: true, offloadOps: true, slidingFull: true,
	}
}

// words views a structure as the machine words in which it is passed on the stack.
func words[T modelParams | contextParams | batch](s *T) []uintptr {
	return unsafe.Slice((*uintptr)(unsafe.Pointer(s)), unsafe.Sizeof(*s)/unsafe.Sizeof(uintptr(0)))
}
