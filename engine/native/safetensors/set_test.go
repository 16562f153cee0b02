package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	return dir
}

func shard(t *testing.T, names ...string) []byte {
	t.Helper()
	var sources []Source
	for i, name := range names {
		sources = append(sources, Source{Name: name, Shape: []int{2}, Data: []float32{float32(i), -1}})
	}
	data, err := Marshal(nil, F32, sources)
	require.NoError(t, err)
	return data
}

func index(t *testing.T, home map[string]string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": home})
	require.NoError(t, err)
	return text
}

func TestAModelInShardsIsOneSet(t *testing.T) {
	set, err := OpenSet(folder(t, map[string][]byte{
		"a.safetensors": shard(t, "x", "y"), "b.safetensors": shard(t, "z"),
		IndexName: index(t, map[string]string{"x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"}),
	}))
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y", "z"}, set.Names())
	y, ok := set.Tensor("y")
	require.True(t, ok)
	values, err := y.Float32s()
	require.NoError(t, err)
	require.Equal(t, []float32{1, -1}, values)
	_, ok = set.Tensor("w")
	require.False(t, ok)
	require.NoError(t, set.Close())
	_, err = y.Float32s()
	require.Error(t, err, "a closed file cannot be read")
}

func TestASingleFileIsFoundUnderAnyName(t *testing.T) {
	for _, name := range []string{SingleName, "weights.safetensors"} {
		set, err := OpenSet(folder(t, map[string][]byte{name: shard(t, "x"), "readme.txt": nil}))
		require.NoError(t, err)
		require.Equal(t, []string{"x"}, set.Names())
		require.Equal(t, name, filepath.Base(set.Paths()[0]))
		require.NoError(t, set.Close())
	}
}

func TestFoldersThatDoNotHoldWhatTheySayAreRefused(t *testing.T) {
	a := shard(t, "x")
	cases := map[string]struct {
		files map[string][]byte
		want  error
		says  string
	}{
		"nothing":                             {nil, ErrNoWeights, "neither"},
		"pickle only":                         {map[string][]byte{"pytorch_model.bin": {0x80}}, ErrPickle, "pytorch_model.bin"},
		"two files without an index":          {map[string][]byte{"a.safetensors": a, "b.safetensors": a}, ErrNoWeights, "2 files"},
		"an index that is not JSON":           {map[string][]byte{IndexName: []byte("{")}, ErrMalformed, "index"},
		"an index without a map":              {map[string][]byte{IndexName: []byte("{}")}, ErrMalformed, "weight_map"},
		"an index that is too large":          {map[string][]byte{IndexName: []byte(strings.Repeat(" ", MaxIndexBytes+1))}, ErrMalformed, "larger than"},
		"an index that leaves the folder":     {map[string][]byte{IndexName: index(t, map[string]string{"x": "../a.safetensors"})}, ErrMalformed, "beside it"},
		"an index that names no file":         {map[string][]byte{IndexName: index(t, map[string]string{"x": ""})}, ErrMalformed, "beside it"},
		"a shard that is missing":             {map[string][]byte{IndexName: index(t, map[string]string{"x": "a.safetensors"})}, os.ErrNotExist, "a.safetensors"},
		"a tensor that its shard lacks":       {map[string][]byte{"a.safetensors": a, IndexName: index(t, map[string]string{"x": "a.safetensors", "y": "a.safetensors"})}, ErrMalformed, `"y" is listed`},
		"a tensor that the index lacks":       {map[string][]byte{"a.safetensors": shard(t, "x", "y"), IndexName: index(t, map[string]string{"x": "a.safetensors"})}, ErrMalformed, `"y" lies in`},
		"a tensor in two shards":              {map[string][]byte{"a.safetensors": a, "b.safetensors": shard(t, "x", "y"), IndexName: index(t, map[string]string{"x": "a.safetensors", "y": "b.safetensors"})}, ErrMalformed, "two files"},
		"a truncated file":                    {map[string][]byte{SingleName: a[:len(a)-1]}, ErrMalformed, SingleName},
		"a file of pickled bytes with a name": {map[string][]byte{SingleName: []byte("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00")}, ErrMalformed, "header"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := OpenSet(folder(t, c.files))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := Open(t.TempDir())
	require.ErrorIs(t, err, ErrMalformed, "a folder is not a file")
}

func TestNumbersWidenExactlyFromEveryFloatFormat(t *testing.T) {
	number := map[DType][]byte{
		F64:  binary.LittleEndian.AppendUint64(nil, math.Float64bits(-1.5)),
		F32:  binary.LittleEndian.AppendUint32(nil, math.Float32bits(-1.5)),
		F16:  {0x00, 0xbe},
		BF16: {0xc0, 0xbf},
	}
	for dtype, raw := range number {
		tensor := oneTensor(t, dtype, 3, strings.Repeat(string(raw), 3))
		values, err := tensor.Float32s()
		require.NoError(t, err)
		require.Equal(t, []float32{-1.5, -1.5, -1.5}, values, dtype)
	}
}

func oneTensor(t *testing.T, dtype DType, length int, body string) Tensor {
	t.Helper()
	header, err := json.Marshal(map[string]any{"w": headerEntry{dtype, []uint64{uint64(length)}, []uint64{0, uint64(len(body))}}})
	require.NoError(t, err)
	file, err := Parse(container(string(header), body))
	require.NoError(t, err)
	tensor, ok := file.Tensor("w")
	require.True(t, ok)
	return tensor
}

func TestWeightsThatAreNotFiniteAreRefusedByName(t *testing.T) {
	for dtype, raw := range map[DType]string{F64: "\x00\x00\x00\x00\x00\x00\xf0\x7f", F32: "\x01\x00\x80\xff", F16: "\x00\x7c", BF16: "\xc0\x7f"} {
		body := strings.Repeat("\x00", len(raw)) + raw
		_, err := oneTensor(t, dtype, 2, body).Float32s()
		require.ErrorIs(t, err, ErrNotFinite, dtype)
		require.ErrorContains(t, err, `element 1 of tensor "w"`)
	}
	_, err := oneTensor(t, F64, 1, string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300)))).Float32s()
	require.ErrorIs(t, err, ErrNotFinite, "too large for float32")
}

func TestMasksAndCountersAreAcceptedButNotReadAsWeights(t *testing.T) {
	_, err := oneTensor(t, "I64", 1, "12345678").Float32s()
	require.ErrorIs(t, err, ErrType)
	bytes := oneTensor(t, I8, 3, "\x01\xff\x80")
	_, err = bytes.Float32s()
	require.ErrorIs(t, err, ErrType)
	into := make([]int8, 2)
	require.NoError(t, bytes.ReadInt8s(into, 1))
	require.Equal(t, []int8{-1, -128}, into)
	require.Error(t, bytes.ReadInt8s(into, 2), "beyond the end")
	require.ErrorIs(t, oneTensor(t, F16, 1, "ab").ReadInt8s(into, 0), ErrType)
}

func TestAFileThatShrinksAfterOpeningIsAnErrorAndNotAFault(t *testing.T) {
	path := filepath.Join(folder(t, map[string][]byte{"m": shard(t, "x")}), "m")
	file, err := Open(path)
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // only read
	require.NoError(t, os.Truncate(path, 60))
	tensor, _ := file.Tensor("x")
	_, err = tensor.Float32s()
	require.ErrorIs(t, err, ErrMalformed)
}

func FuzzParseNeverPanicsAndNeverReadsOutside(f *testing.F) {
	data, err := Marshal(map[string]string{"k": "v"}, F16, []Source{{Name: "a", Shape: []int{2, 1}, Data: []float32{1, 2}}})
	require.NoError(f, err)
	f.Add(data)
	f.Add(container(`{"a":{"dtype":"F16","shape":[0],"data_offsets":[0,0]}}`, ""))
	f.Add(container(`{"b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}`, "12"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		total := 0
		for _, name := range file.Names() {
			tensor, _ := file.Tensor(name)
			total += tensor.Len() * tensor.DType.size()
			if _, err := tensor.Float32s(); err != nil && !tensor.DType.isFloat() {
				require.ErrorIs(t, err, ErrType)
			} else if err != nil {
				require.ErrorIs(t, err, ErrNotFinite)
			}
		}
		require.LessOrEqual(t, total, len(data))
	})
}

func FuzzIndexesNeverPanic(f *testing.F) {
	f.Add([]byte(`{"weight_map":{"a":"b.safetensors"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		home, err := parseIndex(text)
		require.Equal(t, err == nil, len(home) > 0)
	})
}
