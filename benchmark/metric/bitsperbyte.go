package metric

import (
	"fmt"
	"math"
	"math/big"
)

// ln2 is the natural logarithm of 2 in units of 1e-36.
var ln2, _ = new(big.Int).SetString("693147180559945309417232121458176568", 10)

// ln2Unit is 1e36.
var ln2Unit = new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil)

// BitsPerByte is the compression that a language model would reach on a text, in
// millionths of a bit per byte: -sum/(ln 2 * bytes) of the natural logarithms of the
// probabilities that the model gave to the text's tokens, in millionths of a nat. Less
// is better, 8,000,000 is no compression at all. There must be a token and a byte, no
// logarithm may be above 0, and their sum must not overflow; the error wraps [ErrInput].
// Computed exactly with 36 digits of ln 2 and rounded half to even.
func BitsPerByte(microNats []int64, bytes int64) (int64, error) {
	if err := checkBytes(len(microNats), bytes); err != nil {
		return 0, err
	}
	var sum int64
	for i, micro := range microNats {
		if micro > 0 || sum < math.MinInt64+1-micro {
			return 0, fmt.Errorf("%w: the logarithm of token %d is %d, or the sum overflows", ErrInput, i, micro)
		}
		sum += micro
	}
	numerator := new(big.Int).Mul(big.NewInt(-sum), ln2Unit)
	return roundBig(numerator, new(big.Int).Mul(ln2, big.NewInt(bytes))), nil
}

// BitsPerByteOfFloats is [BitsPerByte] for logarithms in nats. They are added in
// float64 in their order; what is not finite is refused, too. The result is the same
// bits on every platform as long as the logarithms are.
func BitsPerByteOfFloats(nats []float64, bytes int64) (int64, error) {
	if err := checkBytes(len(nats), bytes); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, nat := range nats {
		if sum += nat; !(nat <= 0) || math.IsInf(sum, 0) {
			return 0, fmt.Errorf("%w: the logarithm of token %d is %v", ErrInput, i, nat)
		}
	}
	micro := math.RoundToEven(float64(-sum / math.Ln2 / float64(bytes) * 1e6))
	if micro >= math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return int64(micro), nil
}

func checkBytes(tokens int, bytes int64) error {
	if tokens == 0 || bytes < 1 {
		return fmt.Errorf("%w: bits per byte need a token and a byte, not %d tokens and %d bytes", ErrInput, tokens, bytes)
	}
	return nil
}

// BitsPerByteScore maps bits per byte to a score: 0 bits give [One], zero and more give
// 0, evenly in between. Both are in millionths of a bit; zero must be above 0 and
// microBits not below; the error wraps [ErrInput].
func BitsPerByteScore(microBits, zero int64) (int64, error) {
	if microBits < 0 {
		return 0, fmt.Errorf("%w: %d bits per byte are below 0", ErrInput, microBits)
	}
	return falling(microBits, 0, zero)
}
