package gguf

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writer makes files for tests, right ones and wrong ones.
type writer struct {
	magic       string
	version     uint32
	tensorCount int64 // added to the true count
	entryCount  int64
	entries     bytes.Buffer
	entriesN    int
	tensors     []testTensor
	alignment   int
	tail        []byte
}

type testTensor struct {
	name   string
	format Format
	dims   []uint64 // as in the file
	data   []byte
	shift  int64 // added to the true offset
}

func newWriter() *writer { return &writer{magic: magic, version: 3, alignment: defaultAlignment} }

func tensorOf(name string, format Format, shape []int, data []byte) testTensor {
	var dims []uint64
	for i := len(shape) - 1; i >= 0; i-- {
		dims = append(dims, uint64(shape[i]))
	}
	return testTensor{name: name, format: format, dims: dims, data: data}
}

func (w *writer) add(t testTensor) *writer { w.tensors = append(w.tensors, t); return w }

func put(b *bytes.Buffer, values ...any) {
	for _, value := range values {
		if text, ok := value.(string); ok {
			put(b, uint64(len(text)))
			b.WriteString(text)
			continue
		}
		_ = binary.Write(b, binary.LittleEndian, value)
	}
}

func (w *writer) entry(key string, kind uint32, values ...any) *writer {
	w.entriesN++
	put(&w.entries, key, kind)
	put(&w.entries, values...)
	return w
}

func (w *writer) bytes() []byte {
	var out, data bytes.Buffer
	out.WriteString(w.magic)
	put(&out, w.version, uint64(int64(len(w.tensors))+w.tensorCount), uint64(int64(w.entriesN)+w.entryCount))
	out.Write(w.entries.Bytes())
	pad := func(b *bytes.Buffer) {
		for b.Len()%w.alignment != 0 {
			b.WriteByte(0)
		}
	}
	for _, t := range w.tensors {
		pad(&data)
		put(&out, t.name, uint32(len(t.dims)))
		for _, dim := range t.dims {
			put(&out, dim)
		}
		put(&out, uint32(t.format), uint64(int64(data.Len())+t.shift))
		data.Write(t.data)
	}
	pad(&out)
	return append(append(out.Bytes(), data.Bytes()...), w.tail...)
}

func floats(values ...float32) []byte {
	var b bytes.Buffer
	put(&b, values)
	return b.Bytes()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, version := range []uint32{2, 3} {
		w := newWriter()
		w.version = version
		w.entry("u8", typeUint8, uint8(200)).entry("i8", typeInt8, int8(-3)).entry("u16", typeUint16, uint16(60000)).
			entry("i16", typeInt16, int16(-300)).entry("u32", typeUint32, uint32(4e9)).entry("i32", typeInt32, int32(-4)).
			entry("f32", typeFloat32, float32(1.5)).entry("f64", typeFloat64, 2.5).entry("bool", typeBool, uint8(1)).
			entry("text", typeString, "hé").entry("u64", typeUint64, uint64(7)).entry("big", typeUint64, uint64(math.MaxUint64)).
			entry("i64", typeInt64, int64(-9)).
			entry("texts", typeArray, uint32(typeString), uint64(2), "a", "b").
			entry("ints", typeArray, uint32(typeInt32), uint64(2), int32(-1), int32(5)).
			entry("floats", typeArray, uint32(typeFloat32), uint64(1), float32(0.5)).
			entry("bools", typeArray, uint32(typeBool), uint64(1), uint8(0)).
			entry("general.alignment", typeUint32, uint32(64))
		w.alignment = 64
		w.add(tensorOf("a", F32, []int{2, 3}, floats(1, 2, 3, 4, 5, 6))).
			add(tensorOf("b", F16, []int{2}, []byte{0, 0x3c, 0, 0xc0})).
			add(tensorOf("c", BF16, []int{1}, []byte{0xc0, 0x3f})).
			add(tensorOf("d", F64, nil, binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.25))))
		file, err := Parse(w.bytes())
		require.NoError(t, err)
		for key, want := range map[string]Value{
			"u8": int64(200), "i8": int64(-3), "u16": int64(60000), "i16": int64(-300), "u32": int64(4e9), "i32": int64(-4),
			"f32": 1.5, "f64": 2.5, "bool": true, "text": "hé", "u64": int64(7), "big": uint64(math.MaxUint64), "i64": int64(-9),
			"texts": []string{"a", "b"}, "ints": []int64{-1, 5}, "floats": []float64{0.5}, "bools": []bool{false}, "absent": nil,
		} {
			require.Equal(t, want, file.Metadata(key), key)
		}
		require.Equal(t, []string{"a", "b", "c", "d"}, file.Names())
		for name, want := range map[string][]float32{"a": {1, 2, 3, 4, 5, 6}, "b": {1, -2}, "c": {1.5}, "d": {0.25}} {
			tensor, ok := file.Tensor(name)
			require.True(t, ok)
			require.Equal(t, len(want), tensor.Len())
			got, err := tensor.Float32s()
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		a, _ := file.Tensor("a")
		require.Equal(t, []int{2, 3}, a.Shape)
		raw, err := a.Raw()
		require.NoError(t, err)
		require.Equal(t, floats(1, 2, 3, 4, 5, 6), raw)
	}
}

func TestFilesThatLieAreRefused(t *testing.T) {
	one := func() *writer { return newWriter().add(tensorOf("w", F32, []int{2}, floats(1, 2))) }
	edit := func(change func(w *writer)) []byte {
		w := one()
		change(w)
		return w.bytes()
	}
	tensor := func(change func(t *testTensor)) []byte {
		return edit(func(w *writer) { change(&w.tensors[0]) })
	}
	good := one().bytes()
	cases := map[string]struct {
		data []byte
		want error
	}{
		"an empty file":                          {nil, ErrMalformed},
		"another format":                         {edit(func(w *writer) { w.magic = "GGML" }), ErrMalformed},
		"version 1":                              {edit(func(w *writer) { w.version = 1 }), ErrUnsupported},
		"big endian":                             {edit(func(w *writer) { w.version = 3 << 24 }), ErrUnsupported},
		"truncated metadata":                     {good[:30], ErrMalformed},
		"truncated weights":                      {good[:len(good)-1], ErrMalformed},
		"more tensors than there are":            {edit(func(w *writer) { w.tensorCount = 5 }), ErrMalformed},
		"more tensors than can be":               {edit(func(w *writer) { w.tensorCount = math.MaxInt64 - 1 }), ErrMalformed},
		"more metadata than can be":              {edit(func(w *writer) { w.entryCount = -1 }), ErrMalformed},
		"a key that is longer than the file":     {edit(func(w *writer) { w.entriesN++; put(&w.entries, uint64(math.MaxUint64)) }), ErrMalformed},
		"a text that is longer than the file":    {edit(func(w *writer) { w.entry("k", typeString, uint64(1000)) }), ErrMalformed},
		"a text that is longer than allowed":     {edit(func(w *writer) { w.entry("k", typeString, uint64(1<<40)) }), ErrMalformed},
		"a key twice":                            {edit(func(w *writer) { w.entry("k", typeBool, uint8(0)).entry("k", typeBool, uint8(0)) }), ErrMalformed},
		"a key that is not text":                 {edit(func(w *writer) { w.entry("\xff", typeBool, uint8(0)) }), ErrMalformed},
		"a type that does not exist":             {edit(func(w *writer) { w.entry("k", 13, uint64(0)) }), ErrMalformed},
		"a truth value of 2":                     {edit(func(w *writer) { w.entry("k", typeBool, uint8(2)) }), ErrMalformed},
		"an array longer than the file":          {edit(func(w *writer) { w.entry("k", typeArray, uint32(typeUint8), uint64(1000)) }), ErrMalformed},
		"an array longer than allowed":           {edit(func(w *writer) { w.entry("k", typeArray, uint32(typeUint8), uint64(math.MaxUint64)) }), ErrMalformed},
		"an array of arrays":                     {edit(func(w *writer) { w.entry("k", typeArray, uint32(typeArray), uint64(1)) }), ErrMalformed},
		"an array of a type that does not exist": {edit(func(w *writer) { w.entry("k", typeArray, uint32(77), uint64(1)) }), ErrMalformed},
		"an array element beyond int64":          {edit(func(w *writer) { w.entry("k", typeArray, uint32(typeUint64), uint64(1), uint64(math.MaxUint64)) }), ErrMalformed},
		"alignment that is no power of two":      {edit(func(w *writer) { w.entry(keyAlignment, typeUint32, uint32(48)) }), ErrMalformed},
		"alignment that is no number":            {edit(func(w *writer) { w.entry(keyAlignment, typeString, "x") }), ErrMalformed},
		"alignment of 0":                         {edit(func(w *writer) { w.entry(keyAlignment, typeUint32, uint32(0)) }), ErrMalformed},
		"a tensor twice":                         {edit(func(w *writer) { w.add(w.tensors[0]) }), ErrMalformed},
		"overlapping tensors":                    {edit(func(w *writer) { b := tensorOf("b", F32, []int{1}, floats(1)); b.shift = -32; w.add(b) }), ErrMalformed},
		"a hole between tensors":                 {edit(func(w *writer) { b := tensorOf("b", F32, []int{1}, floats(1)); b.shift = 32; w.add(b) }), ErrMalformed},
		"bytes after the last tensor":            {edit(func(w *writer) { w.tail = make([]byte, 100) }), ErrMalformed},
		"an offset that is not aligned":          {tensor(func(t *testTensor) { t.shift = 4 }), ErrMalformed},
		"an offset near overflow":                {tensor(func(t *testTensor) { t.shift = math.MinInt64 }), ErrMalformed},
		"too many dimensions":                    {tensor(func(t *testTensor) { t.dims = []uint64{2, 1, 1, 1, 1} }), ErrMalformed},
		"a dimension of 0":                       {tensor(func(t *testTensor) { t.dims = []uint64{2, 0} }), ErrMalformed},
		"a dimension beyond int32":               {tensor(func(t *testTensor) { t.dims = []uint64{1 << 40} }), ErrMalformed},
		"a shape larger than any file":           {tensor(func(t *testTensor) { t.dims = []uint64{1 << 30, 1 << 30, 1 << 30} }), ErrMalformed},
		"a shape larger than the file":           {tensor(func(t *testTensor) { t.dims = []uint64{1000} }), ErrMalformed},
		"rows that are not whole blocks":         {tensor(func(t *testTensor) { t.format, t.dims = Q8_0, []uint64{16, 2} }), ErrMalformed},
		"a number format that does not exist":    {tensor(func(t *testTensor) { t.format = 99 }), ErrUnsupported},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.data)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestWeightsThatAreNotFiniteAreRefusedByName(t *testing.T) {
	q8 := append([]byte{0, 0x7c}, make([]byte, 32)...) // an infinite scale
	q8[5] = 1
	for _, tensor := range []testTensor{
		tensorOf("w", F32, []int{2}, floats(1, float32(math.NaN()))),
		tensorOf("w", F16, []int{1}, []byte{0, 0x7c}),
		tensorOf("w", Q8_0, []int{32}, q8),
	} {
		file, err := Parse(newWriter().add(tensor).bytes())
		require.NoError(t, err)
		w, _ := file.Tensor("w")
		_, err = w.Float32s()
		require.ErrorIs(t, err, ErrNotFinite)
		require.ErrorContains(t, err, `tensor "w"`)
	}
}

func TestFormatsThatCannotBeReadAreNamedWhenAsked(t *testing.T) {
	file, err := Parse(newWriter().add(tensorOf("w", 10, []int{256}, make([]byte, 84))).bytes())
	require.NoError(t, err)
	w, _ := file.Tensor("w")
	_, err = w.Float32s()
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "Q2_K")
	require.Equal(t, "unknown", Format(99).String())
}

func TestAFileThatShrinksAfterOpeningIsAnErrorAndNotAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.gguf")
	require.NoError(t, os.WriteFile(path, newWriter().add(tensorOf("w", F32, []int{2}, floats(1, 2))).bytes(), 0o600))
	file, err := Open(path)
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // only read
	require.NoError(t, os.Truncate(path, 64))
	w, _ := file.Tensor("w")
	_, err = w.Float32s()
	require.ErrorIs(t, err, ErrMalformed)
	_, err = Open(filepath.Dir(path))
	require.ErrorIs(t, err, ErrMalformed)
	_, err = Open(path)
	require.ErrorContains(t, err, path)
}

func FuzzParseNeverPanicsAndNeverReadsOutside(f *testing.F) {
	f.Add(newWriter().entry("k", typeArray, uint32(typeString), uint64(1), "x").add(tensorOf("w", F32, []int{2}, floats(1, 2))).bytes())
	for format, l := range layouts {
		f.Add(newWriter().add(tensorOf("w", format, []int{l.numbers}, make([]byte, l.bytes))).bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			tensor, _ := file.Tensor(name)
			raw, err := tensor.Raw()
			require.NoError(t, err)
			require.LessOrEqual(t, len(raw), len(data))
			_, _ = tensor.Float32s()
		}
	})
}
