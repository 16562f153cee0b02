// Package canon is canonical arithmetic: floating-point functions whose results
// are the same bits on every CPU, compiler and vector width.
//
// Three rules make it so. Sums run in one fixed order, from index 0 up. A
// product is rounded before it is added, which float32(a*b) and float64(a*b)
// force, so no compiler may fuse the two. And functions such as exp are built
// here from + - * / alone, because platform libraries differ in the last bit;
// the square root is the one exception, since IEEE 754 fixes its result.
//
// A faster kernel (SIMD, assembly) may replace any loop here as long as each
// output keeps its order of operations; the golden hashes in the tests decide.
package canon
