package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Source is one tensor to be written.
type Source struct {
	Name  string
	Shape []int
	Data  []float32
}

// Marshal encodes tensors, in the order given, as numbers of type dtype. The
// same input always gives the same bytes: the header is written in that order
// and padded with spaces to a multiple of 8, so the data stays aligned.
func Marshal(metadata map[string]string, dtype DType, tensors []Source) ([]byte, error) {
	if dtype != F32 && dtype != F16 {
		return nil, fmt.Errorf("safetensors: cannot write type %q; use F32 or F16", dtype)
	}
	var header bytes.Buffer
	header.WriteByte('{')
	if len(metadata) > 0 {
		text, err := json.Marshal(metadata) // json sorts map keys
		if err != nil {
			return nil, fmt.Errorf("safetensors: metadata: %w", err)
		}
		fmt.Fprintf(&header, "%q:%s", metadataKey, text)
	}
	offset := uint64(0)
	for _, t := range tensors {
		count := 1
		for _, dim := range t.Shape {
			count *= dim
		}
		if count != len(t.Data) {
			return nil, fmt.Errorf("safetensors: tensor %q of shape %v has %d elements", t.Name, t.Shape, len(t.Data))
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, fmt.Errorf("safetensors: name %q: %w", t.Name, err)
		}
		shape := make([]uint64, len(t.Shape))
		for i, dim := range t.Shape {
			shape[i] = uint64(dim)
		}
		end := offset + uint64(count*dtype.size())
		entry, err := json.Marshal(headerEntry{DType: dtype, Shape: shape, Offsets: []uint64{offset, end}})
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
		}
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		header.Write(name)
		header.WriteByte(':')
		header.Write(entry)
		offset = end
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	if header.Len() > MaxHeaderBytes {
		return nil, fmt.Errorf("safetensors: header of %d bytes, at most %d are readable", header.Len(), MaxHeaderBytes)
	}

	out := make([]byte, 0, lengthBytes+header.Len()+int(offset))
	out = binary.LittleEndian.AppendUint64(out, uint64(header.Len()))
	out = append(out, header.Bytes()...)
	for _, t := range tensors {
		for _, value := range t.Data {
			if dtype == F16 {
				out = binary.LittleEndian.AppendUint16(out, Float32ToFloat16(value))
			} else {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(value))
			}
		}
	}
	return out, nil
}
