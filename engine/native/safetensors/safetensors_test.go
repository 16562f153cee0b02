package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// container frames a header and a body as a file.
func container(header, body string) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), body...)
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 5).Draw(t, "tensors")
		var sources []Source
		for i := range count {
			shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
			size := 1
			for _, dim := range shape {
				size *= dim
			}
			sources = append(sources, Source{fmt.Sprintf("t\"%d", i), shape, rapid.SliceOfN(rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32), size, size).Draw(t, "data")})
		}
		data, err := Marshal(map[string]string{"k": "v"}, F32, sources)
		require.NoError(t, err)
		file, err := Parse(data)
		require.NoError(t, err)
		value, ok := file.Metadata("k")
		require.True(t, ok)
		require.Equal(t, "v", value)
		require.Len(t, file.Names(), count)
		for _, s := range sources {
			tensor, ok := file.Tensor(s.Name)
			require.True(t, ok)
			require.Equal(t, len(s.Shape), len(tensor.Shape))
			require.Equal(t, len(s.Data), tensor.Len())
			values, err := tensor.Float32s()
			require.NoError(t, err)
			for i, value := range values {
				require.Equal(t, math.Float32bits(s.Data[i]), math.Float32bits(value))
			}
		}
	})
}

func TestFilesThatLieAreRefused(t *testing.T) {
	cases := map[string][]byte{
		"shorter than its length field":  {1, 2, 3},
		"header longer than the file":    binary.LittleEndian.AppendUint64(nil, 100),
		"header beyond the cap":          binary.LittleEndian.AppendUint64(nil, MaxHeaderBytes+1),
		"header length near overflow":    binary.LittleEndian.AppendUint64(nil, math.MaxUint64),
		"header that is not an object":   container(`[]`, ""),
		"header cut short":               container(`{"a":`, ""),
		"bytes after the header object":  container(`{} {}`, ""),
		"bytes that no tensor covers":    container(`{}`, "abcd"),
		"a type that is not known":       container(`{"a":{"dtype":"I65","shape":[1],"data_offsets":[0,8]}}`, "12345678"),
		"a name that appears twice":      container(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}`, "1234"),
		"metadata that appears twice":    container(`{"__metadata__":{},"__metadata__":{}}`, ""),
		"metadata that is not text":      container(`{"__metadata__":{"a":1}}`, ""),
		"tensors that overlap":           container(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}`, "1234"),
		"a hole between tensors":         container(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}}`, "123456"),
		"offsets beyond the data":        container(`{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}`, "1234"),
		"offsets in the wrong order":     container(`{"a":{"dtype":"F16","shape":[0],"data_offsets":[2,0]}}`, "12"),
		"one offset":                     container(`{"a":{"dtype":"F16","shape":[0],"data_offsets":[0]}}`, ""),
		"a shape larger than the file":   container(`{"a":{"dtype":"F16","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""),
		"a shape that does not fit":      container(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234"),
		"a negative dimension":           container(`{"a":{"dtype":"F16","shape":[-1],"data_offsets":[0,2]}}`, "12"),
		"a fractional dimension":         container(`{"a":{"dtype":"F16","shape":[1.5],"data_offsets":[0,3]}}`, "123"),
		"too many dimensions":            container(`{"a":{"dtype":"F16","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,2]}}`, "12"),
		"an empty tensor of a wide side": container(`{"a":{"dtype":"F16","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, ""),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(data)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func TestEmptyTensorsMayShareAnOffsetWithANeighbour(t *testing.T) {
	_, err := Parse(container(`{"b":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"F16","shape":[0],"data_offsets":[0,0]}}`, "12"))
	require.NoError(t, err)
}

func TestEveryHalfFloatSurvivesTheRoundTrip(t *testing.T) {
	for h := range uint32(1 << 16) {
		wide := Float16ToFloat32(uint16(h))
		if wide != wide {
			require.Equal(t, uint16(0x7e00), Float32ToFloat16(wide)&0x7fff)
			continue
		}
		require.Equal(t, uint16(h), Float32ToFloat16(wide), "%#04x", h)
	}
}

func TestNarrowingTakesTheNearestHalfFloatAndTiesToEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-65504, 65504).Draw(t, "x")
		h := Float32ToFloat16(x)
		distance := func(h uint16) float64 { return math.Abs(float64(Float16ToFloat32(h)) - float64(x)) }
		for _, neighbour := range []uint16{h - 1, h + 1} {
			wide := Float16ToFloat32(neighbour)
			if wide != wide || math.IsInf(float64(wide), 0) || (neighbour^h)&0x8000 != 0 {
				continue
			}
			require.LessOrEqual(t, distance(h), distance(neighbour))
			if distance(h) == distance(neighbour) {
				require.Zero(t, h&1)
			}
		}
	})
	require.Equal(t, uint16(0x7c00), Float32ToFloat16(65520))
	require.Equal(t, uint16(0x7bff), Float32ToFloat16(65519))
	require.Equal(t, uint16(0xfc00), Float32ToFloat16(float32(math.Inf(-1))))
	require.Equal(t, uint16(0x0000), Float32ToFloat16(0x1p-25))
	require.Equal(t, uint16(0x0001), Float32ToFloat16(0x1.8p-25))
}

func TestUnknownTypesAndWrongSizesAreNotWritten(t *testing.T) {
	_, err := Marshal(nil, "I8", nil)
	require.Error(t, err)
	_, err = Marshal(nil, F32, []Source{{"a", []int{2}, []float32{1}}})
	require.Error(t, err)
}
