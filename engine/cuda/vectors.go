package cuda

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"

	"github.com/agora-network/agora/engine/native/canon"
)

// magic begins a vector file. Numbers in it are little-endian.
const magic = "AGCANON1"

// Kinds of cases, as in canon.cu.
const (
	multiplyCase uint32 = 1 + iota
	softmaxCase
	normCase
	swigluCase
)

// vector is one case: what to compute of a and b, and the result.
type vector struct {
	name                  string
	kind                  uint32
	rows, outputs, inputs int
	epsilon               float64
	a, b, want            []float32
}

// Write writes the vector file that the given kernels compute and returns, for each
// case, its name and the 64-bit FNV-1a of its result's bytes, as canon.cu prints them.
func Write(w io.Writer, k *canon.Kernels) ([]string, error) {
	vectors := compute(k)
	out := bufio.NewWriter(w)
	fields := []any{[]byte(magic), uint32(len(vectors))}
	lines := make([]string, len(vectors))
	for i, v := range vectors {
		fields = append(fields, uint32(len(v.name)), []byte(v.name), v.kind, uint32(v.rows), uint32(v.outputs), uint32(v.inputs), v.epsilon,
			uint32(len(v.a)), v.a, uint32(len(v.b)), v.b, uint32(len(v.want)), v.want)
		hash := fnv.New64a()
		if err := binary.Write(hash, binary.LittleEndian, v.want); err != nil {
			return nil, fmt.Errorf("cuda: %w", err)
		}
		lines[i] = fmt.Sprintf("%s %016x", v.name, hash.Sum64())
	}
	for _, field := range fields {
		if err := binary.Write(out, binary.LittleEndian, field); err != nil {
			return nil, fmt.Errorf("cuda: %w", err)
		}
	}
	return lines, out.Flush()
}

// draw makes numbers by splitmix64: spread over magnitudes 2^-spread to 2^spread, of
// either sign, with zeros and subnormal numbers in between.
type draw uint64

func (d *draw) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *draw) numbers(n, spread int) []float32 {
	out := make([]float32, n)
	for i := range out {
		bits := d.next()
		exponent := 127 + int(bits>>40%uint64(2*spread+1)) - spread
		switch bits >> 56 {
		case 0:
			exponent = 0 // subnormal
		case 1:
			continue // zero
		}
		out[i] = math.Float32frombits(uint32(bits)&0x807fffff | uint32(exponent)<<23)
	}
	return out
}

func compute(k *canon.Kernels) []vector {
	random := draw(1)
	var vectors []vector
	for _, size := range [][3]int{{1, 16, 32}, {1, 16, 1}, {7, 50, 200}, {33, 128, 256}, {3, 70, 1031}, {64, 512, 704}} {
		vectors = append(vectors, multiply(k, &random, size[0], size[1], size[2]))
	}
	for _, size := range [][2]int{{1, 1}, {5, 16}, {9, 17}, {4, 1000}, {2, 4096}} {
		vectors = append(vectors, softmax(k, &random, size[0], size[1]), norm(k, &random, size[0], size[1]))
	}
	return append(vectors, swiglu(k, &random, 5000))
}

func multiply(k *canon.Kernels, random *draw, rows, outputs, inputs int) vector {
	v := vector{
		name: fmt.Sprintf("multiply-%dx%dx%d", rows, outputs, inputs), kind: multiplyCase, rows: rows, outputs: outputs, inputs: inputs,
		a: random.numbers(rows*inputs, 6), b: random.numbers(outputs*inputs, 6),
	}
	width := canon.Padded(outputs)
	padded := make([]float32, rows*width)
	panels := canon.Pack(nil, outputs, inputs, v.b)
	k.MultiplyPanels(padded, width, v.a, inputs, rows, panels, 0, panels.Count(), new(canon.Scratch))
	for r := range rows {
		v.want = append(v.want, padded[r*width:r*width+outputs]...)
	}
	return v
}

func softmax(k *canon.Kernels, random *draw, rows, width int) vector {
	v := vector{
		name: fmt.Sprintf("softmax-%dx%d", rows, width), kind: softmaxCase, rows: rows, outputs: width, inputs: width,
		a: random.numbers(rows*width, 6),
	}
	v.want = append(v.want, v.a...)
	for r := range rows {
		row := v.want[r*width : (r+1)*width]
		_, sum := k.Exps(row)
		k.Divide(row, sum)
	}
	return v
}

func norm(k *canon.Kernels, random *draw, rows, width int) vector {
	v := vector{
		name: fmt.Sprintf("rmsnorm-%dx%d", rows, width), kind: normCase, rows: rows, outputs: width, inputs: width, epsilon: 1e-5,
		a: random.numbers(rows*width, 6), b: random.numbers(width, 3), want: make([]float32, rows*width),
	}
	for r := range rows {
		k.RMSNorm(v.want[r*width:(r+1)*width], v.a[r*width:(r+1)*width], v.b, v.epsilon)
	}
	return v
}

func swiglu(k *canon.Kernels, random *draw, n int) vector {
	v := vector{name: fmt.Sprintf("swiglu-%d", n), kind: swigluCase, rows: 1, outputs: n, inputs: n, a: random.numbers(n, 7), b: random.numbers(n, 6)}
	v.want = append(v.want, v.a...)
	k.SwiGLU(v.want, v.b)
	return v
}
