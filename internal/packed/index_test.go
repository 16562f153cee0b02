package packed

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawIDs draws identities: neighbours, as after one registration after the other, or scattered, as
// after years of replacement.
func drawIDs(t *rapid.T, label string) []uint64 {
	step := rapid.SampledFrom([]*rapid.Generator[uint64]{
		rapid.Just(uint64(1)), rapid.Uint64Range(1, 3), rapid.Uint64Range(1, 1<<40),
	}).Draw(t, label+" steps")
	ids := make([]uint64, rapid.IntRange(0, 40).Draw(t, label))
	last := uint64(0)
	for i := range ids {
		last += step.Draw(t, "step")
		ids[i] = last
	}
	return ids
}

func TestAnIndexReadsAListAsTheListItselfIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registered := drawIDs(t, "registered")
		x, err := NewIndex(registered)
		require.NoError(t, err)
		list := List{IDs: registered} // nearly always
		if rapid.Bool().Draw(t, "others") {
			list.IDs = drawIDs(t, "others")
		}
		value := rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64())
		for range list.IDs {
			list.Values = append(list.Values, value.Draw(t, "value"))
		}
		data, err := list.Encode()
		require.NoError(t, err)

		before := []uint64{7, 7}
		columns, values, err := x.Decode(data, before)
		require.NoError(t, err)
		require.Equal(t, before, values[:2], "what was there stays")
		values = values[2:]
		require.Len(t, values, len(columns))
		var ids []uint64
		for entry, column := range columns {
			ids = append(ids, registered[column])
			require.Equal(t, list.Value(registered[column]), values[entry])
		}
		found := 0
		for _, id := range list.IDs {
			if _, ok := indexOf(registered, id); ok {
				found++
			}
		}
		require.Equal(t, found, len(columns), "no entry of a registered identity is left out")

		again, err := x.Encode(columns, values)
		require.NoError(t, err)
		want, err := List{IDs: ids, Values: values}.Encode()
		require.NoError(t, err)
		require.Equal(t, want, again)
	})
}

func indexOf(ids []uint64, id uint64) (int, bool) {
	for i, x := range ids {
		if x == id {
			return i, true
		}
	}
	return 0, false
}

func TestAnIndexRefusesIdentitiesThatDoNotAscend(t *testing.T) {
	for name, ids := range map[string][]uint64{"falling": {2, 1}, "twice": {1, 1}, "0": {0, 1}} {
		t.Run(name, func(t *testing.T) {
			_, err := NewIndex(ids)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func TestColumnsThatAreNoListAreNotWritten(t *testing.T) {
	x, err := NewIndex([]uint64{3, 4, 9})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		columns []uint32
		values  []uint64
	}{
		"a column beyond the last":    {[]uint32{3}, []uint64{1}},
		"a column twice":              {[]uint32{0, 1, 1}, []uint64{1, 1, 1}},
		"columns that fall":           {[]uint32{1, 0}, []uint64{1, 1}},
		"more columns than numbers":   {[]uint32{0, 1}, []uint64{1}},
		"as many columns, none right": {[]uint32{2, 2, 2}, []uint64{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := x.Encode(c.columns, c.values)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func FuzzAnIndexAcceptsTheSameBytesAsDecode(f *testing.F) {
	registered := []uint64{1, 2, 3, 200, 1 << 40}
	x, err := NewIndex(registered)
	require.NoError(f, err)
	for _, list := range []List{
		{}, {IDs: registered, Values: []uint64{1, 2, 3, 4, 1<<48 - 1}}, {IDs: []uint64{2, 5}, Values: []uint64{0, 9}},
	} {
		data, err := list.Encode()
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := Decode(data)
		columns, values, indexErr := x.Decode(data, nil)
		if err != nil {
			require.ErrorIs(t, indexErr, ErrMalformed)
			return
		}
		require.NoError(t, indexErr)
		for entry, column := range columns {
			require.Equal(t, list.Value(registered[column]), values[entry])
		}
		ids, narrow, err := Decode32(data)
		shared, sharedNarrow, sharedErr := x.Decode32(data)
		require.Equal(t, err == nil, sharedErr == nil)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorIs(t, sharedErr, ErrMalformed)
			return
		}
		require.Equal(t, ids, shared)
		require.Equal(t, narrow, sharedNarrow)
		require.Equal(t, list.IDs, ids)
		again, err := Encode(ids, narrow)
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

func TestReadingAFullRowAllocatesNothingAndWritingOneAllocatesItsBytes(t *testing.T) {
	x, data, values := fullRow(t)
	buffer := make([]uint64, 0, len(values))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, _, err := x.Decode(data, buffer); err != nil {
			t.Error(err)
		}
	}))
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() {
		if _, err := x.Encode(x.Columns(), values); err != nil {
			t.Error(err)
		}
	}))
}

// fullRow is a row of bonds of 4,096 miners.
func fullRow(t testing.TB) (*Index, []byte, []uint64) {
	ids, values := make([]uint64, 4096), make([]uint64, 4096)
	for i := range ids {
		ids[i], values[i] = uint64(i+1), 1<<47+uint64(i)
	}
	x, err := NewIndex(ids)
	require.NoError(t, err)
	data, err := x.Encode(x.Columns(), values)
	require.NoError(t, err)
	return x, data, values
}

func BenchmarkIndexDecodeOneRowOf4096(b *testing.B) {
	x, data, values := fullRow(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := x.Decode(data, values[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndexEncodeOneRowOf4096(b *testing.B) {
	x, _, values := fullRow(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Encode(x.Columns(), values); err != nil {
			b.Fatal(err)
		}
	}
}
