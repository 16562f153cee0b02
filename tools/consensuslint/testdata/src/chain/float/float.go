package float

import (
	"math"
	"math/big"
	"strconv"
)

const half = 0.5 // want `hold the float half`

// A constant written as a float but of integer type is an integer.
const million int64 = 1e6

var ratio float64 // want `hold the float ratio`

type share struct {
	weight float32 // want `hold the float weight`
	parts  []int64
}

type shares []float64 // want `use the type float64`

type score float64 // want `use the type float64`

func parameter(x float64) int64 { // want `hold the float x`
	return int64(x) // want `compute with the float x`
}

func local(s string) int64 {
	v, err := strconv.ParseFloat(s, 64) // want `hold the float v`
	if err != nil {
		return 0
	}
	_ = v // want `compute with the float v`
	return int64(math.MaxInt32)
}

func call(n int64) int64 {
	return int64(math.Sqrt(float64(n))) // want `compute with the float math.Sqrt`
}

func big1(f *big.Float) {} // want `hold the float f`

func complexNumber() any {
	return 1i // want `compute with the float 1i`
}

func integers(a, b int64) int64 {
	const scale = 1_000_000_000
	return a * scale / b
}

func ratios(a, b int64) *big.Rat { return big.NewRat(a, b) }

func allowed(n int64) {
	//consensus:allow float the metrics sink takes float32 and nothing reads it back
	gauge(
		float32(n),
	)
}

func gauge(v float32) {} //consensus:allow float the metrics sink takes float32 and nothing reads it back
