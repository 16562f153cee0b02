package canon

import "math"

// Dot returns the sum of a[i]*b[i] from index 0 up. b must not be shorter than a.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, value := range a {
		sum += float32(value * b[i])
	}
	return sum
}

// MulAddTo adds scale*from[i] to each to[i]. from must not be shorter than to.
func MulAddTo(to, from []float32, scale float32) {
	from = from[:len(to)]
	for i := range to {
		to[i] += float32(scale * from[i])
	}
}

// Add adds from[i] to each to[i]. from must not be shorter than to.
func Add(to, from []float32) {
	from = from[:len(to)]
	for i := range to {
		to[i] += from[i]
	}
}

// RMSNorm writes x/rms(x)*weight to out; all three have the same length.
func RMSNorm(out, x, weight []float32, epsilon float64) {
	mean := float64(Dot(x, x)) / float64(len(x))
	inverse := float32(1 / math.Sqrt(mean+epsilon))
	for i, value := range x {
		out[i] = float32(float32(value*inverse) * weight[i])
	}
}

// Softmax replaces x by exp(x-max)/sum. It returns the largest x and the sum,
// from which log-probabilities follow. x must not be empty.
func Softmax(x []float32) (largest, sum float32) {
	largest = x[0]
	for _, value := range x {
		if value > largest {
			largest = value
		}
	}
	for i, value := range x {
		e := Exp32(value - largest)
		x[i] = e
		sum += e
	}
	for i := range x {
		x[i] /= sum
	}
	return largest, sum
}

// SwiGLU replaces gate by gate*sigmoid(gate)*up.
func SwiGLU(gate, up []float32) {
	up = up[:len(gate)]
	for i, g := range gate {
		gate[i] = float32(g / (1 + Exp32(-g)) * up[i])
	}
}

// MatMul computes out[p][o] = sum over k of in[p][k]*weight[o][k], each sum from
// k = 0 up, for positions rows of in. The matrices are row-major without gaps:
// in is positions x width, weight is outputs x width, out is positions x outputs.
func MatMul(out, in, weight []float32, positions, width, outputs int) {
	for p := range positions {
		x := in[p*width : (p+1)*width]
		y := out[p*outputs : (p+1)*outputs]
		o := 0
		// Eight sums at once hide the latency of one addition; they do not mix.
		for ; o+8 <= outputs; o += 8 {
			dot8((*[8]float32)(y[o:]), x, weight[o*width:(o+8)*width])
		}
		for ; o < outputs; o++ {
			y[o] = Dot(x, weight[o*width:(o+1)*width])
		}
	}
}

// dot8 computes eight dot products of x with consecutive rows of w.
func dot8(y *[8]float32, x, w []float32) {
	n := len(x)
	w0, w1, w2, w3 := w[:n], w[n:][:n], w[2*n:][:n], w[3*n:][:n]
	w4, w5, w6, w7 := w[4*n:][:n], w[5*n:][:n], w[6*n:][:n], w[7*n:][:n]
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for i, value := range x {
		s0 += float32(value * w0[i])
		s1 += float32(value * w1[i])
		s2 += float32(value * w2[i])
		s3 += float32(value * w3[i])
		s4 += float32(value * w4[i])
		s5 += float32(value * w5[i])
		s6 += float32(value * w6[i])
		s7 += float32(value * w7[i])
	}
	*y = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}
