package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"unicode/utf8"

	"github.com/agora-network/agora/benchmark/question"
)

// maxLineBytes bounds a line of JSON: the largest item with every byte escaped.
const maxLineBytes = 6*MaxItemBytes + 4096

// Lines reads items from JSON lines: of questions, an object with the fields of
// question.Question; of documents, a string or an object with nothing but a "text".
// Blank lines are skipped. Errors name the line; those for what a line holds wrap
// [ErrInvalid]. The sequence can be gone through once.
func Lines(input io.Reader, kind Kind) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		reader := bufio.NewReaderSize(input, 64<<10)
		var line []byte
		for number := 1; ; number++ {
			var err error
			line, err = readLine(reader, line[:0])
			if errors.Is(err, io.EOF) {
				return
			}
			var item []byte
			if err == nil {
				if len(bytes.TrimSpace(line)) == 0 {
					continue
				}
				item, err = kind.parse(line)
			}
			if err != nil {
				yield(Item{Line: number}, fmt.Errorf("line %d: %w", number, err))
				return
			}
			if !yield(Item{Bytes: item, Line: number}, nil) {
				return
			}
		}
	}
}

// File is [Lines] of a file, which is opened each time the sequence is gone through.
func File(path string, kind Kind) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(Item{}, err)
			return
		}
		defer file.Close()
		for item, err := range Lines(file, kind) {
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// readLine returns a line without its end, in memory that it appends to. At the end
// of the input it returns io.EOF.
func readLine(reader *bufio.Reader, to []byte) ([]byte, error) {
	for {
		part, err := reader.ReadSlice('\n')
		to = append(to, part...)
		switch {
		case len(to) > maxLineBytes:
			return to, fmt.Errorf("%w: the line is longer than %d bytes", ErrInvalid, maxLineBytes)
		case err == nil:
			return to[:len(to)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(to) > 0:
			return to, nil
		default:
			return to, err
		}
	}
}

// parse makes an item of a line.
func (k Kind) parse(line []byte) ([]byte, error) {
	if bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) {
		return nil, fmt.Errorf("%w: it begins with a byte order mark; save the file without one", ErrInvalid)
	}
	if k == Questions {
		q, err := question.Decode(bytes.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		item, err := q.Encode()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return item, nil
	}
	text, err := documentText(line)
	if err != nil {
		return nil, err
	}
	return []byte(text), k.Check([]byte(text))
}

var errDocument = fmt.Errorf(`%w: a document is a JSON string or {"text":"…"} with nothing else`, ErrInvalid)

func documentText(line []byte) (string, error) {
	if !utf8.Valid(line) {
		return "", fmt.Errorf("%w: it is not UTF-8", ErrInvalid)
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	var tokens []json.Token
	for len(tokens) <= 4 {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", errDocument, err)
		}
		tokens = append(tokens, token)
	}
	switch {
	case len(tokens) == 1:
		if text, ok := tokens[0].(string); ok {
			return text, nil
		}
	case len(tokens) == 4 && tokens[0] == json.Delim('{') && tokens[1] == "text" && tokens[3] == json.Delim('}'):
		if text, ok := tokens[2].(string); ok {
			return text, nil
		}
	}
	return "", errDocument
}
