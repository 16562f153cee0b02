package openai

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxEventBytes bounds one event of a stream.
const maxEventBytes = 1 << 20

// eventReader reads the data of server-sent events.
type eventReader struct {
	lines *bufio.Reader
	data  []byte
}

func newEventReader(from io.Reader) *eventReader {
	return &eventReader{lines: bufio.NewReader(from)}
}

// next returns the data of the next event, valid until the following call, or
// io.EOF at the end. Comments and other fields are skipped. An event that the
// end of the stream cuts short is still returned.
func (r *eventReader) next() ([]byte, error) {
	r.data = r.data[:0]
	some := false
	for {
		line, err := r.line()
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return nil, err
		}
		if field, isData := bytes.CutPrefix(line, []byte("data:")); isData {
			if some {
				r.data = append(r.data, '\n')
			}
			some = true
			if len(r.data)+len(field) > maxEventBytes {
				return nil, fmt.Errorf("%w: an event has more than %d bytes", ErrTooLarge, maxEventBytes)
			}
			r.data = append(r.data, bytes.TrimPrefix(field, []byte(" "))...)
		}
		if some && (len(line) == 0 || ended) {
			return r.data, nil
		}
		if ended {
			return nil, io.EOF
		}
	}
}

// line returns one line without its end, valid until the following call.
func (r *eventReader) line() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.longLine(line)
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// longLine is a line that does not fit the buffer, of which the first piece was read.
func (r *eventReader) longLine(first []byte) ([]byte, error) {
	line := bytes.Clone(first)
	for {
		piece, err := r.lines.ReadSlice('\n')
		if len(line)+len(piece) > maxEventBytes {
			return nil, fmt.Errorf("%w: a line has more than %d bytes", ErrTooLarge, maxEventBytes)
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
