package decoder

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/tensor"
)

// grid is a matrix that is stored, and the same in memory.
func grid(t *testing.T, rows, cols, bandRows int, round bool) (*tensor.Stored, tensor.Loaded) {
	t.Helper()
	data := make([]float32, rows*cols)
	for i := range data {
		data[i] = float32(i*7919%65521)/65521 - 0.5
	}
	stored, err := tensor.StoredF32(rows, cols, bandRows, round, func(to []float32, first int) error {
		copy(to, data[first*cols:])
		return nil
	})
	require.NoError(t, err)
	whole, err := tensor.NewF32(rows, cols, data)
	require.NoError(t, err)
	if !round {
		return stored, whole
	}
	rounded, err := tensor.Quantize(whole)
	require.NoError(t, err)
	return stored, rounded
}

func TestMatricesPackedInBandsAreThoseInMemory(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	type pair struct {
		panels *canon.Panels
		want   tensor.Loaded
	}
	var p packer
	var pairs []pair
	for _, c := range []struct {
		rows, cols, bandRows int
		round                bool
	}{{2001, 320, 0, false}, {1000, 640, 256, false}, {37, 320, 5, false}, {1, 32, 0, true}, {2001, 320, 0, true}, {3, 70000, 0, false}} {
		stored, want := grid(t, c.rows, c.cols, c.bandRows, c.round)
		require.Equal(t, want.Int8(), stored.Int8())
		loaded, err := tensor.Load(stored)
		require.NoError(t, err)
		require.Equal(t, want, loaded)
		pairs = append(pairs, pair{p.add(stored), want}, pair{p.add(want), want})
	}
	require.NoError(t, p.run())
	bytes := int64(0)
	for _, c := range pairs {
		bytes += int64(c.panels.Bytes())
		got, want := make([]float32, c.want.Cols()), make([]float32, c.want.Cols())
		for i := range c.want.Rows() {
			c.panels.Row(i, got)
			c.want.Row(i, want)
			require.Equal(t, want, got, "row %d", i)
		}
	}
	require.Equal(t, bytes, p.bytes)
}

func TestTheFirstBandThatCannotBeReadIsTheErrorOfALoad(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const rows, cols = 8192, 256
	damaged := errors.New("damaged")
	for range 20 {
		var p packer
		stored, err := tensor.StoredF32(rows, cols, 0, false, func(_ []float32, first int) error {
			if first >= 1024 {
				return fmt.Errorf("%w from row %d on", damaged, first)
			}
			return nil
		})
		require.NoError(t, err)
		p.add(stored)
		err = p.run()
		require.ErrorIs(t, err, damaged)
		require.ErrorContains(t, err, "from row 1024 on")
	}
}
