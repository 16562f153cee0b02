package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
)

// DType names the number format of a tensor, as it is written in the header.
type DType string

// The number formats that the reader accepts.
const (
	F32 DType = "F32"
	F16 DType = "F16"
)

// size returns the bytes per element, or 0 for a format that is not accepted.
func (d DType) size() int {
	switch d {
	case F32:
		return 4
	case F16:
		return 2
	}
	return 0
}

// Limits of the reader. They are far above any model the native engine can run
// and keep a hostile header from costing memory.
const (
	// MaxHeaderBytes bounds the JSON header.
	MaxHeaderBytes = 16 << 20
	// MaxTensors bounds the number of tensors in one file.
	MaxTensors = 1 << 16
	// MaxDims bounds the number of dimensions of one tensor.
	MaxDims = 8
)

const lengthBytes = 8

const metadataKey = "__metadata__"

// ErrMalformed is wrapped by every error that a file's own bytes cause.
var ErrMalformed = errors.New("malformed safetensors file")

// Tensor is one named array inside a File.
type Tensor struct {
	// Name is unique in its file.
	Name string
	// DType is the stored number format.
	DType DType
	// Shape lists the dimensions, slowest first. A scalar has none.
	Shape []int

	data []byte
}

// Len returns the number of elements.
func (t Tensor) Len() int { return len(t.data) / t.DType.size() }

// Float32s returns the elements as new float32 numbers. F16 widens exactly.
func (t Tensor) Float32s() []float32 {
	out := make([]float32, t.Len())
	switch t.DType {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
		}
	case F16:
		for i := range out {
			out[i] = Float16ToFloat32(binary.LittleEndian.Uint16(t.data[2*i:]))
		}
	}
	return out
}

// File is a parsed container.
type File struct {
	metadata map[string]string
	tensors  map[string]Tensor
	names    []string
}

// Metadata returns one free-text entry of the header.
func (f *File) Metadata(key string) (string, bool) {
	value, ok := f.metadata[key]
	return value, ok
}

// Names returns the tensor names in the order of their data.
func (f *File) Names() []string { return append([]string(nil), f.names...) }

// Tensor returns the named tensor.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

type headerEntry struct {
	DType   DType    `json:"dtype"`
	Shape   []uint64 `json:"shape"`
	Offsets []uint64 `json:"data_offsets"`
}

type span struct {
	begin, end uint64
	name       string
}

// Parse checks a whole file and returns its tensors. They share data, which
// must not change afterwards. Every error wraps ErrMalformed.
func Parse(data []byte) (*File, error) {
	if len(data) < lengthBytes {
		return nil, fmt.Errorf("%w: %d bytes, shorter than the 8-byte header length", ErrMalformed, len(data))
	}
	headerLen := binary.LittleEndian.Uint64(data)
	if headerLen > MaxHeaderBytes {
		return nil, fmt.Errorf("%w: header of %d bytes, at most %d are accepted", ErrMalformed, headerLen, MaxHeaderBytes)
	}
	if headerLen > uint64(len(data)-lengthBytes) {
		return nil, fmt.Errorf("%w: header of %d bytes in a file of %d", ErrMalformed, headerLen, len(data))
	}
	header := data[lengthBytes : lengthBytes+headerLen]
	body := data[lengthBytes+headerLen:]

	file := &File{metadata: map[string]string{}, tensors: map[string]Tensor{}}
	spans, err := file.readHeader(header, body)
	if err != nil {
		return nil, err
	}
	sort.Slice(spans, func(i, j int) bool {
		if spans[i].begin != spans[j].begin {
			return spans[i].begin < spans[j].begin
		}
		return spans[i].end < spans[j].end // an empty tensor comes before its neighbour
	})
	var reached uint64
	for _, s := range spans {
		if s.begin != reached {
			return nil, fmt.Errorf("%w: tensor %q begins at byte %d, expected %d (overlap or hole)", ErrMalformed, s.name, s.begin, reached)
		}
		reached = s.end
		file.names = append(file.names, s.name)
	}
	if reached != uint64(len(body)) {
		return nil, fmt.Errorf("%w: tensors cover %d of %d data bytes", ErrMalformed, reached, len(body))
	}
	return file, nil
}

// readHeader walks the header object key by key, because unmarshalling it into
// a map would let a repeated name silently replace the first one.
func (f *File) readHeader(header, body []byte) ([]span, error) {
	decoder := json.NewDecoder(bytes.NewReader(header))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("%w: header is not a JSON object", ErrMalformed)
	}
	var spans []span
	seenMetadata := false
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: header: %w", ErrMalformed, err)
		}
		name, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("%w: header key %v is not a string", ErrMalformed, token)
		}
		if name == metadataKey {
			if seenMetadata {
				return nil, fmt.Errorf("%w: %s appears twice", ErrMalformed, metadataKey)
			}
			seenMetadata = true
			if err := decoder.Decode(&f.metadata); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, metadataKey, err)
			}
			continue
		}
		if _, dup := f.tensors[name]; dup {
			return nil, fmt.Errorf("%w: tensor %q appears twice", ErrMalformed, name)
		}
		if len(f.tensors) == MaxTensors {
			return nil, fmt.Errorf("%w: more than %d tensors", ErrMalformed, MaxTensors)
		}
		var entry headerEntry
		if err := decoder.Decode(&entry); err != nil {
			return nil, fmt.Errorf("%w: tensor %q: %w", ErrMalformed, name, err)
		}
		tensor, err := entry.tensor(name, body)
		if err != nil {
			return nil, err
		}
		f.tensors[name] = tensor
		spans = append(spans, span{begin: entry.Offsets[0], end: entry.Offsets[1], name: name})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrMalformed, err)
	}
	if rest := header[decoder.InputOffset():]; len(bytes.TrimSpace(rest)) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the header object", ErrMalformed, len(rest))
	}
	return spans, nil
}

// tensor checks one header entry against the data and slices its bytes.
func (e headerEntry) tensor(name string, body []byte) (Tensor, error) {
	elementSize := e.DType.size()
	if elementSize == 0 {
		return Tensor{}, fmt.Errorf("%w: tensor %q has type %q; only F32 and F16 are accepted", ErrMalformed, name, e.DType)
	}
	if len(e.Shape) > MaxDims {
		return Tensor{}, fmt.Errorf("%w: tensor %q has %d dimensions, at most %d are accepted", ErrMalformed, name, len(e.Shape), MaxDims)
	}
	if len(e.Offsets) != 2 || e.Offsets[0] > e.Offsets[1] || e.Offsets[1] > uint64(len(body)) {
		return Tensor{}, fmt.Errorf("%w: tensor %q has data_offsets %v in %d data bytes", ErrMalformed, name, e.Offsets, len(body))
	}
	count := uint64(1)
	shape := make([]int, len(e.Shape))
	for i, dim := range e.Shape {
		if dim > math.MaxInt32 {
			return Tensor{}, fmt.Errorf("%w: tensor %q has a dimension of %d", ErrMalformed, name, dim)
		}
		const largest = 1 << 60 // no file holds more; times 4 bytes it still fits 64 bits
		if dim != 0 && count > largest/dim {
			return Tensor{}, fmt.Errorf("%w: tensor %q of shape %v is larger than any file", ErrMalformed, name, e.Shape)
		}
		count *= dim
		shape[i] = int(dim)
	}
	if need := count * uint64(elementSize); need != e.Offsets[1]-e.Offsets[0] {
		return Tensor{}, fmt.Errorf("%w: tensor %q of shape %v needs %d bytes and has %d", ErrMalformed, name, e.Shape, need, e.Offsets[1]-e.Offsets[0])
	}
	return Tensor{Name: name, DType: e.DType, Shape: shape, data: body[e.Offsets[0]:e.Offsets[1]]}, nil
}
