package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Limits of the reader. They are far above any model that the native engine can
// run and keep a hostile header from costing memory.
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

// File is a parsed container.
type File struct {
	metadata map[string]string
	tensors  map[string]Tensor
	names    []string
	closer   io.Closer // nil when the bytes are the caller's
}

// Close releases the file that Open opened. Its tensors cannot be read afterwards.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
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

// Parse checks a whole file held in memory. Its tensors share data, which must
// not change afterwards. Every error wraps ErrMalformed.
func Parse(data []byte) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

// Read checks the header of a container of size bytes and returns its tensors,
// which read their numbers from r when they are asked for them. Every error
// wraps ErrMalformed, or is r's.
func Read(r io.ReaderAt, size int64) (*File, error) {
	if size < lengthBytes {
		return nil, fmt.Errorf("%w: %d bytes, shorter than the 8-byte header length", ErrMalformed, size)
	}
	var length [lengthBytes]byte
	if err := readFull(r, length[:], 0); err != nil {
		return nil, err
	}
	headerLen := binary.LittleEndian.Uint64(length[:])
	if headerLen > MaxHeaderBytes {
		return nil, fmt.Errorf("%w: header of %d bytes, at most %d are accepted", ErrMalformed, headerLen, MaxHeaderBytes)
	}
	if headerLen > uint64(size-lengthBytes) {
		return nil, fmt.Errorf("%w: header of %d bytes in a file of %d", ErrMalformed, headerLen, size)
	}
	header := make([]byte, headerLen)
	if err := readFull(r, header, lengthBytes); err != nil {
		return nil, err
	}
	body := section{r: r, begin: lengthBytes + int64(headerLen), size: size - lengthBytes - int64(headerLen)}

	file := &File{metadata: map[string]string{}, tensors: map[string]Tensor{}}
	spans, err := file.readHeader(header, body)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(spans, func(a, b span) int {
		// An empty tensor comes before its neighbour.
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var reached uint64
	for _, s := range spans {
		if s.begin != reached {
			return nil, fmt.Errorf("%w: tensor %q begins at byte %d, expected %d (overlap or hole)", ErrMalformed, s.name, s.begin, reached)
		}
		reached = s.end
		file.names = append(file.names, s.name)
	}
	if reached != uint64(body.size) {
		return nil, fmt.Errorf("%w: tensors cover %d of %d data bytes", ErrMalformed, reached, body.size)
	}
	return file, nil
}

// readFull fills p from offset. A file that ends early is malformed: it was
// shortened after its size was taken.
func readFull(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends at byte %d of a range that reaches to %d", ErrMalformed, offset+int64(n), offset+int64(len(p)))
	}
	return fmt.Errorf("safetensors: reading at byte %d: %w", offset, err)
}

// readHeader walks the header object key by key, because unmarshalling it into
// a map would let a repeated name silently replace the first one.
func (f *File) readHeader(header []byte, body section) ([]span, error) {
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

// tensor checks one header entry against the data and finds its bytes.
func (e headerEntry) tensor(name string, body section) (Tensor, error) {
	elementSize := e.DType.size()
	if elementSize == 0 {
		return Tensor{}, fmt.Errorf("%w: tensor %q has type %q, which is not known", ErrMalformed, name, e.DType)
	}
	if len(e.Shape) > MaxDims {
		return Tensor{}, fmt.Errorf("%w: tensor %q has %d dimensions, at most %d are accepted", ErrMalformed, name, len(e.Shape), MaxDims)
	}
	if len(e.Offsets) != 2 || e.Offsets[0] > e.Offsets[1] || e.Offsets[1] > uint64(body.size) {
		return Tensor{}, fmt.Errorf("%w: tensor %q has data_offsets %v in %d data bytes", ErrMalformed, name, e.Offsets, body.size)
	}
	count := uint64(1)
	shape := make([]int, len(e.Shape))
	for i, dim := range e.Shape {
		if dim > math.MaxInt32 {
			return Tensor{}, fmt.Errorf("%w: tensor %q has a dimension of %d", ErrMalformed, name, dim)
		}
		const largest = 1 << 60 // no file holds more; times 8 bytes it still fits 64 bits
		if dim != 0 && count > largest/dim {
			return Tensor{}, fmt.Errorf("%w: tensor %q of shape %v is larger than any file", ErrMalformed, name, e.Shape)
		}
		count *= dim
		shape[i] = int(dim)
	}
	if need := count * uint64(elementSize); need != e.Offsets[1]-e.Offsets[0] {
		return Tensor{}, fmt.Errorf("%w: tensor %q of shape %v needs %d bytes and has %d", ErrMalformed, name, e.Shape, need, e.Offsets[1]-e.Offsets[0])
	}
	return Tensor{Name: name, DType: e.DType, Shape: shape, data: body.slice(int64(e.Offsets[0]), int64(e.Offsets[1]))}, nil
}
