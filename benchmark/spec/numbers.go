package spec

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Kinds of refusal of a path, for errors.Is.
var (
	// ErrPathUnknown: no setting has that path, or not written like that.
	ErrPathUnknown = errors.New("no such setting")
	// ErrPathUnset: the path leads through a choice that the spec does not make, such as weights.softmax
	// in a spec that has weights.power.
	ErrPathUnset = errors.New("setting is not made in this spec")
	// ErrNotNumber: the setting is not an unsigned integer.
	ErrNotNumber = errors.New("setting is not a number")
	// ErrNumberTooLarge: the value does not fit the type of the setting.
	ErrNumberTooLarge = errors.New("number is too large")
)

// maxPathParts is how deep settings may lie. Nothing lies deeper than a quarter of it today; it keeps a
// message that holds its own kind from being followed without end.
const maxPathParts = 16

// Number is a numeric setting of a spec. Its path is made of the names in the proto file, which are those of
// canonical bytes; elements of lists have an index from 0: "request.max_tokens", "scorers[1].weight_bp",
// "weights.power.exponent". A number has exactly one path.
//
// Numbers are the unsigned integers of a spec. Names, texts, choices and switches are not, whatever their
// encoding.
type Number struct {
	Path  string
	Value uint64
}

// Numbers lists all numbers of a spec, those that are 0 included, in the order of the proto file.
func Numbers(s *Spec) []Number {
	if s == nil {
		return nil
	}
	var found []Number
	collectNumbers(reflect.ValueOf(s).Elem(), "", maxPathParts, &found)
	return found
}

// NumberAt returns the number with a path, or an error that matches ErrPathUnknown, ErrPathUnset or
// ErrNotNumber.
func NumberAt(s *Spec, path string) (uint64, error) {
	number, err := findNumber(s, path)
	if err != nil {
		return 0, err
	}
	return number.Uint(), nil
}

// SetNumber changes the number with a path and nothing else; s must not be in use elsewhere. The errors are
// those of [NumberAt] and ErrNumberTooLarge, after which the spec is as it was. Whether the changed spec
// is a good one is for [Spec.Validate] to say.
func SetNumber(s *Spec, path string, value uint64) error {
	number, err := findNumber(s, path)
	if err != nil {
		return err
	}
	if number.OverflowUint(value) {
		return fmt.Errorf("%w: %s is %d, at most %d fits", ErrNumberTooLarge, path, value, uint64(math.MaxUint64)>>(64-number.Type().Bits()))
	}
	number.SetUint(value)
	return nil
}

func collectNumbers(message reflect.Value, prefix string, parts int, found *[]Number) {
	if parts == 0 {
		return
	}
	for i := range message.NumField() {
		name, setting := settingOf(message, i)
		if !setting.IsValid() {
			continue
		}
		path := prefix + name
		if !isList(setting) {
			collectNumber(setting, path, parts, found)
			continue
		}
		for j := range setting.Len() {
			collectNumber(setting.Index(j), index(path, j), parts, found)
		}
	}
}

func collectNumber(setting reflect.Value, path string, parts int, found *[]Number) {
	if isNumber(setting) {
		*found = append(*found, Number{Path: path, Value: setting.Uint()})
	} else if inner := messageIn(setting); inner.IsValid() {
		collectNumbers(inner, path+".", parts-1, found)
	}
}

func findNumber(s *Spec, path string) (reflect.Value, error) {
	if s == nil {
		return reflect.Value{}, fmt.Errorf("%w: there is no spec", ErrPathUnset)
	}
	return numberIn(reflect.ValueOf(s).Elem(), path)
}

// numberIn follows a path from a message on. Errors show at most the beginning of what was asked for.
func numberIn(message reflect.Value, path string) (reflect.Value, error) {
	rest := path
	for range maxPathParts {
		part, inner, more := strings.Cut(rest, ".")
		rest = inner
		setting, err := follow(message, part)
		if err != nil {
			return reflect.Value{}, fmt.Errorf("%w: %s", err, quoted(path))
		}
		if !more {
			if !isNumber(setting) {
				return reflect.Value{}, fmt.Errorf("%w: %s", ErrNotNumber, quoted(path))
			}
			return setting, nil
		}
		if message = messageIn(setting); !message.IsValid() {
			if isMessagePointer(setting.Type()) {
				return reflect.Value{}, fmt.Errorf("%w: %s", ErrPathUnset, quoted(path))
			}
			break
		}
	}
	return reflect.Value{}, fmt.Errorf("%w: %s", ErrPathUnknown, quoted(path))
}

// follow goes one part of a path: a name, and an index if it is an element of a list.
func follow(message reflect.Value, part string) (reflect.Value, error) {
	name, bracket, indexed := strings.Cut(part, "[")
	for i := range message.NumField() {
		found, setting := settingOf(message, i)
		if found != name || !setting.IsValid() {
			continue
		}
		if !indexed {
			return setting, nil
		}
		at, ok := elementAt(bracket)
		if !ok || !isList(setting) || at >= setting.Len() {
			return reflect.Value{}, ErrPathUnknown
		}
		return setting.Index(at), nil
	}
	if !indexed && isArm(message, name) {
		return reflect.Value{}, ErrPathUnset
	}
	return reflect.Value{}, ErrPathUnknown
}

// elementAt reads what follows the opening bracket of an index. Only the shortest way of writing a number
// counts: with a second one, a setting would have two paths.
func elementAt(bracket string) (at int, ok bool) {
	digits, closed := strings.CutSuffix(bracket, "]")
	parsed, err := strconv.ParseUint(digits, 10, 31)
	return int(parsed), closed && err == nil && strconv.FormatUint(parsed, 10) == digits
}

// settingOf returns the i-th setting of a message and its name in the proto file. Of a choice it is the arm
// that is set; the value is not valid when there is none, and for what is no setting.
func settingOf(message reflect.Value, i int) (name string, setting reflect.Value) {
	field, setting := message.Type().Field(i), message.Field(i)
	if _, choice := field.Tag.Lookup("protobuf_oneof"); choice {
		// An interface that holds a pointer to a struct of one field.
		if setting.IsNil() || setting.Elem().IsNil() {
			return "", reflect.Value{}
		}
		arm := setting.Elem().Elem()
		field, setting = arm.Type().Field(0), arm.Field(0)
	}
	if name = protoName(field); name == "" {
		return "", reflect.Value{}
	}
	return name, setting
}

// protoName is the name of a generated field in the proto file, "" when it does not come from there.
func protoName(field reflect.StructField) string {
	for _, attribute := range strings.Split(field.Tag.Get("protobuf"), ",") {
		if name, ok := strings.CutPrefix(attribute, "name="); ok {
			return name
		}
	}
	return ""
}

// isArm tells whether a message has a choice with an arm of that name.
func isArm(message reflect.Value, name string) bool {
	choices, ok := message.Addr().Interface().(interface{ XXX_OneofWrappers() []any })
	if !ok {
		return false
	}
	for _, wrapper := range choices.XXX_OneofWrappers() {
		if protoName(reflect.TypeOf(wrapper).Elem().Field(0)) == name {
			return true
		}
	}
	return false
}

// messageIn returns the message that a setting is or points to, not valid when there is none.
func messageIn(setting reflect.Value) reflect.Value {
	switch {
	case setting.Kind() == reflect.Struct:
		return setting
	case isMessagePointer(setting.Type()) && !setting.IsNil():
		return setting.Elem()
	}
	return reflect.Value{}
}

func isMessagePointer(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

func isNumber(setting reflect.Value) bool {
	return setting.Kind() == reflect.Uint32 || setting.Kind() == reflect.Uint64
}

// isList tells whether a setting is repeated; bytes are not.
func isList(setting reflect.Value) bool {
	return setting.Kind() == reflect.Slice && setting.Type().Elem().Kind() != reflect.Uint8
}
