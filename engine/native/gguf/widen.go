package gguf

import (
	"encoding/binary"
	"math"

	"github.com/agora-network/agora/engine/native/safetensors"
)

// Each function widens one block, those of single numbers as many as are asked for. Products are rounded before they are added, so
// that every CPU gives the same bits.

func half(b []byte) float32 {
	return safetensors.Float16ToFloat32(binary.LittleEndian.Uint16(b))
}

func widenF32(to []float32, b []byte) {
	b = b[:4*len(to)]
	for i := range to {
		to[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

func widenF16(to []float32, b []byte) {
	b = b[:2*len(to)]
	for i := range to {
		to[i] = half(b[2*i:])
	}
}

func widenBF16(to []float32, b []byte) {
	b = b[:2*len(to)]
	for i := range to {
		to[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
	}
}

func widenF64(to []float32, b []byte) {
	b = b[:8*len(to)]
	for i := range to {
		to[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
}

// Q8_0: a binary16 scale, 32 int8.
func widenQ80(to []float32, b []byte) {
	scale := half(b)
	for i, q := range b[2:34] {
		to[i] = float32(int8(q)) * scale
	}
}

// Q4_0: a binary16 scale, 16 bytes with number i in the low and number i+16 in
// the high half, minus 8.
func widenQ40(to []float32, b []byte) {
	scale := half(b)
	for i, q := range b[2:18] {
		to[i] = float32(int(q&15)-8) * scale
		to[i+16] = float32(int(q>>4)-8) * scale
	}
}

// int8sQ80 copies the int8 of a block.
func int8sQ80(to, b []byte) { copy(to, b[2:34]) }

// int8sQ40 gives the whole numbers of a block.
func int8sQ40(to, b []byte) {
	for i, q := range b[2:18] {
		to[i], to[i+16] = q&15-8, q>>4-8 // bytes wrap as int8 do
	}
}

// Q4_1: scale and minimum, then as Q4_0 without the 8.
func widenQ41(to []float32, b []byte) {
	scale, low := half(b), half(b[2:])
	for i, q := range b[4:20] {
		to[i] = float32(float32(q&15)*scale) + low
		to[i+16] = float32(float32(q>>4)*scale) + low
	}
}

// fifth returns the fifth bits of numbers i and i+16, at their place.
func fifth(bits uint32, i int) (low, high byte) {
	return byte(bits>>i&1) << 4, byte(bits>>(i+16)&1) << 4
}

// Q5_0: a scale, 32 fifth bits, 16 bytes as Q4_0, minus 16.
func widenQ50(to []float32, b []byte) {
	scale, bits := half(b), binary.LittleEndian.Uint32(b[2:])
	for i, q := range b[6:22] {
		low, high := fifth(bits, i)
		to[i] = float32(int(q&15|low)-16) * scale
		to[i+16] = float32(int(q>>4|high)-16) * scale
	}
}

// int8sQ50 gives the whole numbers of a block.
func int8sQ50(to, b []byte) {
	bits := binary.LittleEndian.Uint32(b[2:])
	for i, q := range b[6:22] {
		low, high := fifth(bits, i)
		to[i], to[i+16] = (q&15|low)-16, (q>>4|high)-16
	}
}

// Q5_1: scale and minimum, 32 fifth bits, 16 bytes.
func widenQ51(to []float32, b []byte) {
	scale, low, bits := half(b), half(b[2:]), binary.LittleEndian.Uint32(b[4:])
	for i, q := range b[8:24] {
		bitLow, bitHigh := fifth(bits, i)
		to[i] = float32(float32(q&15|bitLow)*scale) + low
		to[i+16] = float32(float32(q>>4|bitHigh)*scale) + low
	}
}

// scaleMin unpacks the 6-bit scale and minimum of group j of 8 from the 12 bytes
// that Q4_K and Q5_K share.
func scaleMin(packed []byte, j int) (scale, low byte) {
	if j < 4 {
		return packed[j] & 63, packed[j+4] & 63
	}
	return packed[j+4]&15 | packed[j-4]>>6<<4, packed[j+4]>>4 | packed[j]>>6<<4
}

// Q4_K: scale of scales, scale of minima, 12 bytes of them, 128 bytes. Each 32
// bytes hold a group of 32 numbers in their low and the next in their high halves.
func widenQ4K(to []float32, b []byte) {
	d, dLow := half(b), half(b[2:])
	for j := range 8 {
		scale, low := scaleMin(b[4:16], j)
		widenGroup(to[32*j:], b[16+32*(j/2):], 4*(j&1), nil, 0, float32(d*float32(scale)), float32(dLow*float32(low)))
	}
}

// Q5_K: as Q4_K with 32 bytes of fifth bits before the 128: bit j for group j.
func widenQ5K(to []float32, b []byte) {
	d, dLow := half(b), half(b[2:])
	for j := range 8 {
		scale, low := scaleMin(b[4:16], j)
		widenGroup(to[32*j:], b[48+32*(j/2):], 4*(j&1), b[16:48], j, float32(d*float32(scale)), float32(dLow*float32(low)))
	}
}

// widenGroup widens 32 numbers of four bits at shift, and a fifth if there are
// fifths, at bit.
func widenGroup(to []float32, quarters []byte, shift int, fifths []byte, bit int, scale, low float32) {
	for i := range 32 {
		q := quarters[i] >> shift & 15
		if fifths != nil {
			q |= fifths[i] >> bit & 1 << 4
		}
		to[i] = float32(scale*float32(q)) - low
	}
}

// Q6_K: 128 bytes of low four bits, 64 of high two, 16 int8 scales of 16 numbers
// each, a binary16 scale of scales; the numbers minus 32.
func widenQ6K(to []float32, b []byte) {
	d := half(b[208:])
	for n := range 2 {
		low, high, scales := b[64*n:], b[128+32*n:], b[192+8*n:]
		out := to[128*n:]
		for i := range 32 {
			for part := range 4 {
				q := low[i+32*(part&1)] >> (4 * (part >> 1)) & 15
				q |= high[i] >> (2 * part) & 3 << 4
				scale := float32(d * float32(int8(scales[2*part+i/16])))
				out[i+32*part] = scale * float32(int(q)-32)
			}
		}
	}
}
