package canon

import "math"

// whole is how many of n elements come in whole groups of lanes.
func whole(n int) int { return n &^ (Lanes - 1) }

// Max returns the largest element, or -Inf when there is none; elements that are
// not numbers are passed over.
func (k *Kernels) Max(x []float32) float32 {
	var lanes [Lanes]float32
	for i := range lanes {
		lanes[i] = float32(math.Inf(-1))
	}
	n := whole(len(x))
	k.vector.max(&lanes, x[:n])
	maxGeneric(&lanes, x[n:])
	for half := Lanes / 2; half > 0; half /= 2 {
		maxGeneric(&lanes, lanes[half:2*half])
	}
	return lanes[0]
}

// Sum returns the sum of x in lanes.
func (k *Kernels) Sum(x []float32) float32 {
	var lanes [Lanes]float32
	n := whole(len(x))
	k.vector.sum(&lanes, x[:n])
	sumGeneric(&lanes, x[n:])
	return fold(&lanes)
}

// SumSquares returns the sum of (x-minus)^2 in lanes.
func (k *Kernels) SumSquares(x []float32, minus float32) float32 {
	var lanes [Lanes]float32
	n := whole(len(x))
	k.vector.squares(&lanes, x[:n], minus)
	squaresGeneric(&lanes, x[n:], minus)
	return fold(&lanes)
}

// Exps replaces each element of x by its exponential relative to the largest,
// exp(x-largest), and returns the largest and the sum of the exponentials, in
// lanes. Dividing by the sum gives the softmax. If an element is +Inf or not a
// number, or all are -Inf, the sum is not a number.
func (k *Kernels) Exps(x []float32) (largest, sum float32) {
	largest = k.Max(x)
	var lanes [Lanes]float32
	n := whole(len(x))
	k.vector.exps(&lanes, x[:n], largest)
	expsGeneric(&lanes, x[n:], largest)
	return largest, fold(&lanes)
}

// Add adds from[i] to each to[i]. from must not be shorter than to.
func (k *Kernels) Add(to, from []float32) {
	n := whole(len(to))
	k.vector.add(to[:n], from[:n])
	addGeneric(to[n:], from[n:])
}

// Scale multiplies each x[i] by factor.
func (k *Kernels) Scale(x []float32, factor float32) {
	n := whole(len(x))
	k.vector.scale(x[:n], factor)
	scaleGeneric(x[n:], factor)
}

// Divide divides each x[i] by by.
func (k *Kernels) Divide(x []float32, by float32) {
	n := whole(len(x))
	k.vector.divide(x[:n], by)
	divideGeneric(x[n:], by)
}

// RMSNorm writes x/rms(x)*weight to out; the mean square is widened to float64
// before epsilon is added. out and weight must not be shorter than x.
func (k *Kernels) RMSNorm(out, x, weight []float32, epsilon float64) {
	mean := float64(k.SumSquares(x, 0)) / float64(len(x))
	k.norm(out, x, weight, float32(1/math.Sqrt(mean+epsilon)))
}

// LayerNorm writes (x-mean)/deviation*weight+bias to out. It overwrites x.
func (k *Kernels) LayerNorm(out, x, weight, bias []float32, epsilon float64) {
	mean := float32(float64(k.Sum(x)) / float64(len(x)))
	variance := float64(k.SumSquares(x, mean)) / float64(len(x))
	for i := range x {
		x[i] -= mean
	}
	k.norm(out, x, weight, float32(1/math.Sqrt(variance+epsilon)))
	k.Add(out[:len(x)], bias)
}

func (k *Kernels) norm(out, x, weight []float32, factor float32) {
	n := whole(len(x))
	k.vector.norm(out[:n], x[:n], weight[:n], factor)
	normGeneric(out[n:], x[n:], weight[n:], factor)
}

// SwiGLU replaces gate by gate*sigmoid(gate)*up. up must not be shorter.
func (k *Kernels) SwiGLU(gate, up []float32) {
	n := whole(len(gate))
	k.vector.swiglu(gate[:n], up[:n])
	swigluGeneric(gate[n:], up[n:])
}

// GELU replaces each x[i] by GELU32(x[i]).
func (k *Kernels) GELU(x []float32) {
	n := whole(len(x))
	k.vector.gelu(x[:n])
	geluGeneric(x[n:])
}

// Rotate turns each pair (low[i], high[i]) by the angle of cos[i] and sin[i]. The
// others must not be shorter than low.
func (k *Kernels) Rotate(low, high, cos, sin []float32) {
	n := whole(len(low))
	k.vector.rotate(low[:n], high[:n], cos[:n], sin[:n])
	rotateGeneric(low[n:], high[n:], cos[n:], sin[n:])
}
