package packed

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAListComesBackAsItWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 50).Draw(t, "n")
		list := List{IDs: make([]uint64, n), Values: make([]uint64, n)}
		last := uint64(0)
		value := rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64())
		for i := range n {
			last += rapid.Uint64Range(1, 1<<40).Draw(t, "step")
			list.IDs[i], list.Values[i] = last, value.Draw(t, "value")
		}
		data, err := list.Encode()
		require.NoError(t, err)
		back, err := Decode(data)
		require.NoError(t, err)
		require.Equal(t, list, back)
		for i, id := range list.IDs {
			require.Equal(t, list.Values[i], back.Value(id))
		}
		require.Zero(t, back.Value(last+1), "an identity that is not in the list")
	})
}

func TestIdentitiesComeBackAsTheyWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := drawIDs(t, "identities")
		data, err := EncodeIDs(ids)
		require.NoError(t, err)
		back, err := DecodeIDs(data)
		require.NoError(t, err)
		require.Equal(t, ids, back)
		_, err = Decode(data)
		require.ErrorIs(t, err, ErrMalformed, "it is no list of numbers")
	})
}

func TestMalformedIdentitiesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                       {},
		"numbers of one byte":           {1, 1, 1, 1, 5},
		"a count beyond the data":       {1, 0, 2, 1},
		"an identity of step 0":         {1, 0, 1, 0},
		"bytes after the end":           {1, 0, 1, 1, 1},
		"a varint that is not shortest": {1, 0, 1, 0x81, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeIDs(data)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
	_, err := EncodeIDs([]uint64{2, 2})
	require.ErrorIs(t, err, ErrMalformed)
}

func TestThousandsOfBondsTakeSevenBytesEach(t *testing.T) {
	list := List{IDs: make([]uint64, 4096), Values: make([]uint64, 4096)}
	for i := range list.IDs {
		list.IDs[i], list.Values[i] = uint64(i+1), 1<<48-1
	}
	data, err := list.Encode()
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 4+7*4096)
}

func TestListsThatCannotBeReadBackAreNotWritten(t *testing.T) {
	for name, list := range map[string]List{
		"identities that fall":      {IDs: []uint64{2, 1}, Values: []uint64{0, 0}},
		"an identity twice":         {IDs: []uint64{1, 1}, Values: []uint64{0, 0}},
		"identity 0":                {IDs: []uint64{0}, Values: []uint64{0}},
		"more identities than news": {IDs: []uint64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := list.Encode()
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func TestMalformedBytesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                         {},
		"another version":                 {2, 1, 0},
		"no width":                        {1, 0, 0},
		"a width of nine bytes":           {1, 9, 0},
		"a count beyond the data":         {1, 1, 200, 1, 1, 1},
		"a huge count":                    {1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1},
		"an identity of step 0":           {1, 1, 1, 0, 5},
		"identities that overflow":        {1, 1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 5, 5},
		"bytes after the end":             {1, 1, 1, 1, 5, 5},
		"a number cut short":              {1, 2, 1, 1, 5},
		"a width that is not needed":      {1, 2, 1, 1, 5, 0},
		"an empty list of a useless size": {1, 2, 0},
		"a varint that is not shortest":   {1, 1, 0x81, 0, 1, 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(data)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func FuzzDecodeAcceptsOnlyWhatEncodeProduces(f *testing.F) {
	seed, _ := List{IDs: []uint64{1, 5, math.MaxUint64}, Values: []uint64{0, 1 << 47, 3}}.Encode()
	f.Add(seed)
	f.Add([]byte{1, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again, err := list.Encode()
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, again))
	})
}

func FuzzDecodeIDsAcceptsOnlyWhatEncodeIDsProduces(f *testing.F) {
	seed, err := EncodeIDs([]uint64{1, 5, math.MaxUint64})
	require.NoError(f, err)
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		ids, err := DecodeIDs(data)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again, err := EncodeIDs(ids)
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

func BenchmarkDecodeOneRowOf4096(b *testing.B) {
	list := List{IDs: make([]uint64, 4096), Values: make([]uint64, 4096)}
	for i := range list.IDs {
		list.IDs[i], list.Values[i] = uint64(i+1), 1<<38+uint64(i)
	}
	data, err := list.Encode()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
