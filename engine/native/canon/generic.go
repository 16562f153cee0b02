package canon

// This file is the definition of every kernel, in plain Go.

// Lanes is the number of partial sums of a vector's reduction, and the number of
// outputs in a panel of a packed matrix.
const Lanes = 16

// SumBlock is how many products of a matrix product are summed by themselves, one
// after the other from zero, before their sum is added to the sum so far. It keeps
// the rounding errors of long sums small: they grow with the length of the chain.
const SumBlock = 32

var generic = Kernels{
	path:    Generic,
	tile:    tileGeneric,
	maxRows: maxTileRows,
	panels:  [maxTileRows + 1][]int{1: {1}, 2: {1}, 3: {1}, 4: {1}, 5: {1}, 6: {1}},
	vector: vectorKernels{
		max: maxGeneric, sum: sumGeneric, squares: squaresGeneric, exps: expsGeneric,
		add: addGeneric, scale: scaleGeneric, divide: divideGeneric, norm: normGeneric,
		swiglu: swigluGeneric, gelu: geluGeneric, rotate: rotateGeneric, widen: widenGeneric,
	},
}

// fold adds the lanes as a tree: those eight apart, then four, two, one.
func fold(l *[Lanes]float32) float32 {
	for half := Lanes / 2; half > 0; half /= 2 {
		for i := range half {
			l[i] += l[i+half]
		}
	}
	return l[0]
}

func maxGeneric(lanes *[Lanes]float32, x []float32) {
	for i, value := range x {
		if value > lanes[i%Lanes] {
			lanes[i%Lanes] = value
		}
	}
}

func sumGeneric(lanes *[Lanes]float32, x []float32) {
	for i, value := range x {
		lanes[i%Lanes] += value
	}
}

func squaresGeneric(lanes *[Lanes]float32, x []float32, minus float32) {
	for i, value := range x {
		d := value - minus
		lanes[i%Lanes] += float32(d * d)
	}
}

func expsGeneric(lanes *[Lanes]float32, x []float32, minus float32) {
	for i, value := range x {
		x[i] = Exp32(value - minus)
		lanes[i%Lanes] += x[i]
	}
}

func addGeneric(to, from []float32) {
	from = from[:len(to)]
	for i := range to {
		to[i] += from[i]
	}
}

func scaleGeneric(x []float32, factor float32) {
	for i := range x {
		x[i] = float32(x[i] * factor)
	}
}

func divideGeneric(x []float32, by float32) {
	for i := range x {
		x[i] /= by
	}
}

func normGeneric(out, x, weight []float32, factor float32) {
	out, weight = out[:len(x)], weight[:len(x)]
	for i, value := range x {
		out[i] = float32(float32(value*factor) * weight[i])
	}
}

func swigluGeneric(gate, up []float32) {
	up = up[:len(gate)]
	for i, g := range gate {
		gate[i] = float32(g / (1 + Exp32(-g)) * up[i])
	}
}

func geluGeneric(x []float32) {
	for i, value := range x {
		x[i] = GELU32(value)
	}
}

func rotateGeneric(low, high, cos, sin []float32) {
	high, cos, sin = high[:len(low)], cos[:len(low)], sin[:len(low)]
	for i, a := range low {
		b, c, s := high[i], cos[i], sin[i]
		low[i] = float32(a*c) - float32(b*s)
		high[i] = float32(b*c) + float32(a*s)
	}
}

// widenGeneric handles whole blocks of blockLen steps.
func widenGeneric(to []float32, values []int8, scales []float32) {
	for ; len(to) > 0; scales = scales[Lanes:] {
		s := (*[Lanes]float32)(scales)
		v, t := (*[blockLen * Lanes]int8)(values), (*[blockLen * Lanes]float32)(to)
		for i, value := range v {
			t[i] = float32(float32(value) * s[i%Lanes])
		}
		values, to = values[blockLen*Lanes:], to[blockLen*Lanes:]
	}
}

// tileGeneric computes a tile of one panel.
func tileGeneric(t *tileArguments) {
	for first := 0; first < t.steps; first += SumBlock {
		steps := min(SumBlock, t.steps-first)
		for r := range t.rows {
			a := t.a[r*t.aRow+first:][:steps]
			c := (*[Lanes]float32)(t.c[r*t.cRow:])
			var sums [Lanes]float32
			blockGeneric(&sums, a, t.b[first*t.bStep:], t.bStep)
			if !t.add && first == 0 {
				*c = sums
				continue
			}
			for lane, sum := range sums {
				c[lane] += sum
			}
		}
	}
}

// blockGeneric sums a[k]*b[k*step+lane] for each lane, k going up from 0. As many
// sums run at once as fit the registers of most processors, to hide the latency of
// an addition. A whole block of adjacent steps is by far the commonest.
func blockGeneric(sums *[Lanes]float32, a, b []float32, step int) {
	if len(a) == SumBlock && step == Lanes {
		a := (*[SumBlock]float32)(a)
		sixLanes(sums[0:6], a, (*[lastStep + 6]float32)(b))
		sixLanes(sums[6:12], a, (*[lastStep + 6]float32)(b[6:]))
		fourLanes(sums[12:16], a, (*[lastStep + 4]float32)(b[12:]))
		return
	}
	for lane := 0; lane < Lanes; lane += 4 {
		var s0, s1, s2, s3 float32
		for k, x := range a {
			w := (*[4]float32)(b[k*step+lane:])
			s0 += float32(x * w[0])
			s1 += float32(x * w[1])
			s2 += float32(x * w[2])
			s3 += float32(x * w[3])
		}
		*(*[4]float32)(sums[lane:]) = [4]float32{s0, s1, s2, s3}
	}
}

// lastStep is where the last of SumBlock adjacent steps begins.
const lastStep = (SumBlock - 1) * Lanes

func sixLanes(sums []float32, a *[SumBlock]float32, b *[lastStep + 6]float32) {
	var s0, s1, s2, s3, s4, s5 float32
	for k := range uint(SumBlock) {
		x, i := a[k], k*Lanes
		s0 += float32(x * b[i])
		s1 += float32(x * b[i+1])
		s2 += float32(x * b[i+2])
		s3 += float32(x * b[i+3])
		s4 += float32(x * b[i+4])
		s5 += float32(x * b[i+5])
	}
	*(*[6]float32)(sums) = [6]float32{s0, s1, s2, s3, s4, s5}
}

func fourLanes(sums []float32, a *[SumBlock]float32, b *[lastStep + 4]float32) {
	var s0, s1, s2, s3 float32
	for k := range uint(SumBlock) {
		x, i := a[k], k*Lanes
		s0 += float32(x * b[i])
		s1 += float32(x * b[i+1])
		s2 += float32(x * b[i+2])
		s3 += float32(x * b[i+3])
	}
	*(*[4]float32)(sums) = [4]float32{s0, s1, s2, s3}
}
