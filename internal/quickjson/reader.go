// Package quickjson reads and writes the JSON that comes with every question, without reflection.
//
// What is JSON, and what each value means, is the same as in encoding/json but for three things: names of fields count
// letter by letter, a field that stands twice is read as if its second value came into an empty one, and an error names
// the field but no type of Go.
package quickjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mailru/easyjson/jlexer"
)

// Reader reads one value after the other. After a failure nothing is read any more, and what it returns is zero.
type Reader struct {
	lexer jlexer.Lexer
	// where are the fields in which reading failed, the innermost first.
	where []string
}

// Unmarshal calls read with a reader of data, which must be one JSON value. The error names the field that did not hold
// what read wanted of it. Nothing that was read refers to data.
func Unmarshal(data []byte, read func(*Reader)) error {
	if !json.Valid(data) { // the lexer takes some things for numbers and texts that are none
		return json.Unmarshal(data, new(json.RawMessage)) // says what is wrong
	}
	if !utf8.Valid(data) {
		data = []byte(string([]rune(string(data)))) // each byte that is none becomes U+FFFD
	}
	r := &Reader{lexer: jlexer.Lexer{Data: data}}
	read(r)
	if err := r.lexer.Error(); err != nil {
		if len(r.where) == 0 {
			return err
		}
		slices.Reverse(r.where)
		return fmt.Errorf("%s: %w", strings.Join(r.where, "."), err)
	}
	return nil
}

// Object reads an object: field is called for each field and must read its value. A null has no fields.
func (r *Reader) Object(field func(name string)) {
	if !r.enter('{', "an object") {
		return
	}
	in := &r.lexer
	for !in.IsDelim('}') {
		name := in.UnsafeFieldName(false)
		in.WantColon()
		if !in.Ok() {
			return
		}
		field(name)
		if !in.Ok() {
			r.where = append(r.where, strings.Clone(name))
			return
		}
		in.WantComma()
	}
	in.Delim('}')
}

// Array reads an array: element is called for each element and must read it. A null has none.
func (r *Reader) Array(element func()) {
	if !r.enter('[', "a list") {
		return
	}
	in := &r.lexer
	for !in.IsDelim(']') {
		element()
		in.WantComma()
	}
	in.Delim(']')
}

// Skip passes over a value of any kind.
func (r *Reader) Skip() { r.lexer.SkipRecursive() }

// Raw returns a value of any kind as it stands.
func (r *Reader) Raw() json.RawMessage { return bytes.Clone(r.lexer.Raw()) }

// String reads a text. This and the following read a null as zero.
func (r *Reader) String() string {
	if !r.next(jlexer.TokenString, "a text") {
		return ""
	}
	return r.lexer.String()
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	return r.next(jlexer.TokenBool, "true or false") && r.lexer.Bool()
}

// Int reads a whole number.
func (r *Reader) Int() int { return int(r.integer(strconv.IntSize)) }

// Int64 reads a whole number of 64 bits.
func (r *Reader) Int64() int64 { return r.integer(64) }

func (r *Reader) integer(bits int) int64 {
	if !r.next(jlexer.TokenNumber, "a whole number") {
		return 0
	}
	value, err := strconv.ParseInt(string(r.lexer.Raw()), 10, bits)
	if err != nil {
		r.Fail(fmt.Errorf("want a whole number of %d bits", bits))
	}
	return value
}

// Float64 reads a number.
func (r *Reader) Float64() float64 {
	if !r.next(jlexer.TokenNumber, "a number") {
		return 0
	}
	value, err := strconv.ParseFloat(string(r.lexer.Raw()), 64)
	if err != nil {
		r.Fail(errors.New("the number is too large"))
	}
	return value
}

// TextOrArray reads either of the two, the array as Array does.
func (r *Reader) TextOrArray(element func()) (text string, isText bool) {
	switch r.lexer.CurrentToken() {
	case jlexer.TokenString:
		return r.lexer.String(), true
	case jlexer.TokenDelim, jlexer.TokenNull:
		r.Array(element)
	default:
		r.Fail(errors.New("want a text or a list"))
	}
	return "", false
}

// Fail makes err the reason why reading failed, unless it failed before.
func (r *Reader) Fail(err error) { r.lexer.AddError(err) }

// Optional reads a value into a new variable, nil for a null.
func Optional[T any](r *Reader, read func() T) *T {
	if r.null() {
		return nil
	}
	value := read()
	return &value
}

// next says that a value of a kind comes next. It passes over a null and fails at anything else.
func (r *Reader) next(kind jlexer.TokenKind, want string) bool {
	if r.null() {
		return false
	}
	if r.lexer.CurrentToken() != kind {
		r.Fail(errors.New("want " + want))
	}
	return r.lexer.Ok()
}

// enter passes over the beginning of an object or array and says that there was one. It passes over a null and fails at
// anything else.
func (r *Reader) enter(beginning byte, want string) bool {
	if r.null() {
		return false
	}
	if !r.lexer.IsDelim(beginning) {
		r.Fail(errors.New("want " + want))
	}
	r.lexer.Delim(beginning)
	return r.lexer.Ok()
}

// null passes over a null and says that there was one.
func (r *Reader) null() bool {
	if !r.lexer.IsNull() {
		return false
	}
	r.lexer.Skip()
	return true
}
