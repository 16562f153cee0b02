// Package portable is the part of package math whose last bits the platforms do not
// agree on: exponentials and logarithms of float64 with equal bits on every
// processor, compiler and operating system.
//
// math.Exp and math.Log are written in assembly on some architectures, and a
// compiler may fuse a multiplication and an addition, which rounds once instead of
// twice. Here everything is built from + - * / in one fixed order, and a product is
// rounded before it is added: float64(a*b) forbids the fusing. math.Sqrt, math.Floor
// and the like need no replacement, since IEEE 754 fixes their results.
//
// The functions are pure, do not allocate and never panic. What is not a number gives
// a NaN, but which of the many NaN it is differs between processors; callers refuse
// such results or keep away from them.
//
// Package portabletest below this one finds in the source of a package what breaks the promise.
package portable
