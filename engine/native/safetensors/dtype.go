package safetensors

import (
	"encoding/binary"
	"math"
)

// DType names the number format of a tensor, as it is written in the header.
type DType string

// The number formats of which the numbers can be read.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I8   DType = "I8"
)

// sizes holds the bytes per element of every format that a container may hold.
// Model files carry masks and counters in formats that nothing here computes
// with; they are checked like the others and only refused when they are read.
var sizes = map[DType]int{
	F64: 8, F32: 4, F16: 2, BF16: 2, I8: 1,
	"I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}

// size returns the bytes per element, or 0 for a format that is not known.
func (d DType) size() int { return sizes[d] }

// isFloat reports whether the numbers can be read as float32.
func (d DType) isFloat() bool { return d == F64 || d == F32 || d == F16 || d == BF16 }

// widen converts the elements in raw, of a format for which isFloat holds.
func (d DType) widen(into []float32, raw []byte) {
	raw = raw[:len(into)*d.size()] // so that bounds are checked once
	switch d {
	case F64:
		for i := range into {
			into[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	case F32:
		for i := range into {
			into[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case F16:
		for i := range into {
			into[i] = Float16ToFloat32(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case BF16:
		for i := range into {
			into[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
	}
}
