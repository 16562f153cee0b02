// Package canon is canonical arithmetic: floating-point functions whose results
// are the same bits on every CPU, compiler and vector width.
//
// Four rules make it so. A sum of a matrix product runs in blocks of 32, k going up
// in each, and the blocks' sums are added in order. A sum over the elements of one
// vector runs in sixteen lanes, element i in lane i%16, and the lanes are added as
// a fixed tree. A product is rounded
// before it is added, which float32(a*b) and float64(a*b) force, so no compiler
// may fuse the two. And functions such as exp are built here from + - * / alone,
// because platform libraries differ in the last bit; the square root is the one
// exception, since IEEE 754 fixes its result.
//
// generic.go is the definition. The amd64 kernels, which internal/asmgen writes,
// keep its order of operations, output by output; the tests compare every path
// with it bit by bit. docs/determinism.md says the same in words.
//
// Where a result is not a number, every path says so, but which of the many NaN
// it is differs between processors. Callers refuse such results.
package canon

//go:generate go run ./internal/asmgen .
