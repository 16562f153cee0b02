package gguf

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// testdata/blocks.json is written by scripts/golden/ggml_blocks.py with ggml.
func TestBlocksWidenToTheNumbersThatGGMLMakesOfThem(t *testing.T) {
	text, err := os.ReadFile("testdata/blocks.json")
	require.NoError(t, err)
	var formats map[string]struct{ Blocks, Numbers string }
	require.NoError(t, json.Unmarshal(text, &formats))
	tested := 0
	for format, l := range layouts {
		golden, ok := formats[l.name]
		if !ok {
			continue
		}
		tested++
		blocks, err := hex.DecodeString(golden.Blocks)
		require.NoError(t, err)
		numbers, err := hex.DecodeString(golden.Numbers)
		require.NoError(t, err)
		data := newWriter().add(tensorOf("w", format, []int{len(numbers) / 4}, blocks)).bytes()
		file, err := Parse(data)
		require.NoError(t, err)
		w, ok := file.Tensor("w")
		require.True(t, ok)
		got, err := w.Float32s()
		require.NoError(t, err)
		require.Len(t, got, len(numbers)/4)
		for i, value := range got {
			want := math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
			// ggml's compiler may fuse a product and a sum, ours may not.
			require.InDelta(t, want, value, 1e-7, "%s %d", l.name, i)
			if format == Q8_0 || format == Q4_0 || format == Q5_0 || format == Q6_K {
				require.Equal(t, math.Float32bits(want), math.Float32bits(value), "%s %d: there is nothing to fuse", l.name, i)
			}
		}
	}
	require.Equal(t, len(formats), tested)
}

func TestWholeNumbersTimesTheirScaleAreTheNumbers(t *testing.T) {
	for _, format := range []Format{Q8_0, Q4_0, Q5_0} {
		l := layouts[format]
		block := make([]byte, l.bytes)
		for i := range block {
			block[i] = byte(37*i + 11)
		}
		block[1] = 0x2c // a scale of about 1/16
		file, err := Parse(newWriter().add(tensorOf("w", format, []int{32}, block)).bytes())
		require.NoError(t, err)
		w, _ := file.Tensor("w")
		want, err := w.Float32s()
		require.NoError(t, err)
		blocks, err := w.Int8Blocks()
		require.NoError(t, err)
		require.Len(t, blocks, 34)
		for i, value := range want {
			require.InDelta(t, value, float32(int8(blocks[2+i]))*half(blocks), 0, "%s %d", l.name, i)
		}
	}
	file, err := Parse(newWriter().add(tensorOf("w", F32, []int{1}, floats(1))).bytes())
	require.NoError(t, err)
	w, _ := file.Tensor("w")
	blocks, err := w.Int8Blocks()
	require.NoError(t, err)
	require.Nil(t, blocks)
}
