package canon

// This file is the definition of every kernel, in plain Go.

// Lanes is the number of partial sums of a vector's reduction, and the number of
// outputs in a panel of a packed matrix.
const Lanes = 16

var generic = Kernels{
	path:    Generic,
	tile:    tileGeneric,
	maxRows: 2,
	panels:  [maxTileRows + 1][]int{1: {1}, 2: {1}},
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
		x[i] *= factor
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

func widenGeneric(to []float32, values []int8, scales []float32) {
	s := (*[Lanes]float32)(scales)
	for len(values) >= Lanes && len(to) >= Lanes {
		v, t := (*[Lanes]int8)(values), (*[Lanes]float32)(to)
		for lane := range Lanes {
			t[lane] = float32(float32(v[lane]) * s[lane])
		}
		values, to = values[Lanes:], to[Lanes:]
	}
}

// tileGeneric computes one or two rows of one panel, four outputs at a time: as
// many sums as fit the registers, to hide the latency of an addition.
func tileGeneric(t *tileArguments) {
	for lane := 0; lane < Lanes; lane += 4 {
		if t.rows == 2 {
			twoRows(t, lane)
		} else {
			oneRow(t, lane)
		}
	}
}

func oneRow(t *tileArguments, lane int) {
	a, c := t.a[:t.steps], (*[4]float32)(t.c[lane:])
	var s0, s1, s2, s3 float32
	if t.add {
		s0, s1, s2, s3 = c[0], c[1], c[2], c[3]
	}
	b := t.b[lane:]
	for k := 0; k < len(a); k++ {
		w := (*[4]float32)(b)
		x := a[k]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])
		s3 += float32(x * w[3])
		if k+1 < len(a) {
			b = b[t.bStep:]
		}
	}
	*c = [4]float32{s0, s1, s2, s3}
}

func twoRows(t *tileArguments, lane int) {
	a := t.a[:t.steps]
	a2 := t.a[t.aRow:][:len(a)]
	c, c2 := (*[4]float32)(t.c[lane:]), (*[4]float32)(t.c[t.cRow+lane:])
	var s0, s1, s2, s3, r0, r1, r2, r3 float32
	if t.add {
		s0, s1, s2, s3 = c[0], c[1], c[2], c[3]
		r0, r1, r2, r3 = c2[0], c2[1], c2[2], c2[3]
	}
	b := t.b[lane:]
	for k := 0; k < len(a); k++ {
		w := (*[4]float32)(b)
		x, y := a[k], a2[k]
		w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
		s0 += float32(x * w0)
		s1 += float32(x * w1)
		s2 += float32(x * w2)
		s3 += float32(x * w3)
		r0 += float32(y * w0)
		r1 += float32(y * w1)
		r2 += float32(y * w2)
		r3 += float32(y * w3)
		if k+1 < len(a) {
			b = b[t.bStep:]
		}
	}
	*c, *c2 = [4]float32{s0, s1, s2, s3}, [4]float32{r0, r1, r2, r3}
}
