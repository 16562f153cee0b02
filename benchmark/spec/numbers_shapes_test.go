package spec

import (
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// grown has what a later spec may have: wide numbers, lists of numbers, groups behind pointers, choices of
// plain values, groups inside of themselves.
type grown struct {
	Wide    uint64            `protobuf:"varint,1,opt,name=wide,proto3"`
	Steps   []uint32          `protobuf:"varint,2,rep,packed,name=step_widths,json=stepWidths,proto3"`
	Far     *grown            `protobuf:"bytes,3,opt,name=far,proto3"`
	Many    []*grown          `protobuf:"bytes,4,rep,name=many,proto3"`
	Choice  isGrown           `protobuf_oneof:"choice"`
	Sha256  []byte            `protobuf:"bytes,6,opt,name=sha256,proto3"`
	Chunks  [][]byte          `protobuf:"bytes,7,rep,name=chunks,proto3"`
	Signed  int64             `protobuf:"varint,8,opt,name=signed,proto3"`
	Strict  bool              `protobuf:"varint,9,opt,name=strict,proto3"`
	Labels  map[string]uint32 `protobuf:"bytes,10,rep,name=labels,proto3"`
	Private uint32            // no setting: not from the proto file
}

type (
	isGrown    interface{ isGrown() }
	grownAfter struct {
		After uint32 `protobuf:"varint,5,opt,name=after,proto3,oneof"`
	}
	grownNever struct {
		Never *grown `protobuf:"bytes,11,opt,name=never,proto3,oneof"`
	}
)

func (*grownAfter) isGrown() {}
func (*grownNever) isGrown() {}

// Generated code has such a method for every message with a choice.
//
//nolint:godox // its name
func (*grown) XXX_OneofWrappers() []any { return []any{(*grownAfter)(nil), (*grownNever)(nil)} }

func numbersOf(message any) []Number {
	var found []Number
	collectNumbers(reflect.ValueOf(message).Elem(), "", maxPathParts, &found)
	return found
}

func TestNumbersAreReachedInWhateverShapeASpecGrowsInto(t *testing.T) {
	message := &grown{
		Wide: math.MaxUint64, Steps: []uint32{3, 4}, Far: &grown{Wide: 5}, Many: []*grown{{Wide: 6}, nil},
		Choice: &grownAfter{After: 7}, Sha256: []byte{1}, Chunks: [][]byte{{1}}, Signed: 8, Strict: true,
		Labels: map[string]uint32{"a": 1}, Private: 9,
	}
	want := []Number{
		{"wide", math.MaxUint64},
		{"step_widths[0]", 3},
		{"step_widths[1]", 4},
		{"far.wide", 5},
		{"many[0].wide", 6},
		{"after", 7},
	}
	require.Equal(t, want, numbersOf(message))
	for _, number := range want {
		value, err := numberIn(reflect.ValueOf(message).Elem(), number.Path)
		require.NoError(t, err)
		require.Equal(t, number.Value, value.Uint())
	}
	for path, want := range map[string]error{
		"sha256": ErrNotNumber, "sha256[0]": ErrPathUnknown, "chunks[0]": ErrNotNumber, "chunks[0][0]": ErrPathUnknown,
		"signed": ErrNotNumber, "strict": ErrNotNumber, "labels": ErrNotNumber, "labels[a]": ErrPathUnknown, "labels.a": ErrPathUnknown,
		"private": ErrPathUnknown, "step_widths": ErrNotNumber, "step_widths[2]": ErrPathUnknown, "stepWidths[0]": ErrPathUnknown,
		"far": ErrNotNumber, "far.far.wide": ErrPathUnset, "many[1].wide": ErrPathUnset, "never.wide": ErrPathUnset, "choice": ErrPathUnknown,
	} {
		_, err := numberIn(reflect.ValueOf(message).Elem(), path)
		require.ErrorIs(t, err, want, path)
	}
}

func TestAGroupInsideOfItselfIsFollowedToABoundedDepth(t *testing.T) {
	message := &grown{}
	message.Far = message
	numbers := numbersOf(message)
	require.Len(t, numbers, maxPathParts)
	deepest := numbers[len(numbers)-1].Path
	_, err := numberIn(reflect.ValueOf(message).Elem(), deepest)
	require.NoError(t, err)
	_, err = numberIn(reflect.ValueOf(message).Elem(), "far."+deepest)
	require.ErrorIs(t, err, ErrPathUnknown)
}
