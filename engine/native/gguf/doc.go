// Package gguf reads GGUF files, version 2 and 3, little endian: metadata of any
// type, and tensors in F32, F16, BF16, F64, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K,
// Q5_K and Q6_K. Every format widens to float32 in a fixed order of operations;
// Q8_0, Q4_0 and Q5_0 can also be had as int8 with a scale, exactly.
//
// The reader trusts nothing. Counts, strings, arrays and the whole header are
// bounded before memory is taken for them; tensors must lie where the format puts
// them, aligned, one behind the other, inside the file. Weights are streamed out
// of the file when they are asked for.
//
// All methods may be called from several goroutines at once, except Close.
package gguf
