package tensor_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tensor"
)

func TestMatricesWithWrongSizesOrNumbersAreRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	row := make([]int8, 32)
	cases := map[string]func() error{
		"no rows":                     func() error { _, err := tensor.NewF32(0, 2, nil); return err },
		"negative rows":               func() error { _, err := tensor.NewF32(-1, -2, make([]float32, 2)); return err },
		"a product beyond every int":  func() error { _, err := tensor.NewF32(math.MaxInt, math.MaxInt, nil); return err },
		"numbers missing":             func() error { _, err := tensor.NewF32(2, 2, make([]float32, 3)); return err },
		"not a number":                func() error { _, err := tensor.NewF32(1, 2, []float32{1, nan}); return err },
		"infinite":                    func() error { _, err := tensor.NewF32(1, 1, []float32{inf}); return err },
		"half a block":                func() error { _, err := tensor.NewQ8(2, 16, []float32{1}, row); return err },
		"scales missing":              func() error { _, err := tensor.NewQ8(1, 32, nil, row); return err },
		"a scale is not a number":     func() error { _, err := tensor.NewQ8(1, 32, []float32{nan}, row); return err },
		"a scale that would overflow": func() error { _, err := tensor.NewQ8(1, 32, []float32{math.MaxFloat32 / 2}, row); return err },
		"bytes missing":               func() error { _, err := tensor.ParseQ8(1, 32, make([]byte, 33)); return err },
		"a binary16 scale is infinite": func() error {
			_, err := tensor.ParseQ8(1, 32, append([]byte{0, 0x7c}, make([]byte, 32)...))
			return err
		},
		"rows that are no blocks": func() error {
			m, err := tensor.NewF32(1, 31, make([]float32, 31))
			require.NoError(t, err)
			_, err = tensor.Quantize(m)
			return err
		},
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, run(), tensor.ErrMalformed) })
	}
}

func TestBlocksOfAFileAreReadAsTheyAreWritten(t *testing.T) {
	var blocks []byte
	for block := range 4 {
		blocks = binary.LittleEndian.AppendUint16(blocks, safetensors.Float32ToFloat16(float32(block)+0.5))
		for i := range tensor.BlockLen {
			blocks = append(blocks, byte(i*8-128))
		}
	}
	m, err := tensor.ParseQ8(2, 64, blocks)
	require.NoError(t, err)
	require.Equal(t, []int{2, 64}, []int{m.Rows(), m.Cols()})
	row := make([]float32, 64)
	m.Row(1, row)
	require.Equal(t, float32(-128*2.5), row[0])
	require.Equal(t, float32(120*3.5), row[63])
	require.Equal(t, m.Dequantize().Data()[64:], row)
}

func TestRoundingToInt8MovesNoNumberByMoreThanHalfAStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Float32Range(-1000, 1000), 64, 64).Draw(t, "data")
		m, err := tensor.NewF32(1, 64, data)
		require.NoError(t, err)
		q, err := tensor.Quantize(m)
		require.NoError(t, err)
		back := q.Dequantize().Data()
		for i, value := range data {
			// The scale itself is rounded to binary16, by which 127 steps may fall short.
			step := float64(q.Scales()[i/tensor.BlockLen])
			require.InDelta(t, value, back[i], 0.5*step+127*step/2048+1e-5)
		}
	})
}

func FuzzParseQ8NeverPanics(f *testing.F) {
	f.Add(1, 32, make([]byte, 34))
	f.Add(-1, math.MaxInt, []byte{1})
	f.Fuzz(func(t *testing.T, rows, cols int, blocks []byte) {
		if m, err := tensor.ParseQ8(rows, cols, blocks); err == nil {
			m.Dequantize()
		}
	})
}
