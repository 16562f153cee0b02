// Package safetensors reads and writes the safetensors container: an 8-byte
// little-endian header length, a JSON header that names each tensor with its
// type, shape and byte range, and the raw little-endian numbers. A Set joins the
// files of a model that was saved in shards.
//
// The reader trusts nothing. It bounds the header, refuses duplicate names,
// unknown types, shapes whose product overflows or disagrees with the byte
// range, and ranges that overlap, leave holes or reach outside the file; an index
// must agree with its shards and cannot name a file outside its folder. Nothing
// is allocated in proportion to a number that the file merely claims. Numbers are
// streamed out of the file, not mapped, so that a file which shrinks meanwhile is
// an error and not a fault; NaN and infinite weights are refused by name.
//
// All methods may be called from several goroutines at once, except Close.
package safetensors
