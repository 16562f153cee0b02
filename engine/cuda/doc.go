// Package cuda checks that a GPU can compute canonical arithmetic: canon.cu holds the
// matrix product, the softmax, RMSNorm and SwiGLU of engine/native/canon in CUDA, in
// the same order of additions and without fused multiply-add, and a program that runs
// them on the inputs of a vector file and compares every bit with the results in it.
// This package writes that file from the processor's path.
//
//	scripts/check-cuda.sh
//
// does all of it on a machine with nvcc and a GPU. Compiled as C++, canon.cu checks
// its own order of operations on any machine; a test does that.
package cuda
