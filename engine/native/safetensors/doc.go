// Package safetensors reads and writes the safetensors container: an 8-byte
// little-endian header length, a JSON header that names each tensor with its
// type, shape and byte range, and the raw little-endian numbers.
//
// The reader trusts nothing. It bounds the header, refuses duplicate names,
// unknown types, shapes whose product overflows or disagrees with the byte
// range, and ranges that overlap, leave holes or reach outside the file. It
// allocates nothing in proportion to a number the file merely claims. Only the
// types that the native engine computes with are accepted: F32 and F16.
//
// A parsed File shares the bytes it was given; the caller must not change them
// afterwards. All methods may be called from several goroutines at once.
package safetensors
