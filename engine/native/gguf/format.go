package gguf

import "errors"

// Errors of this package, wrapped with what happened.
var (
	// ErrMalformed: the file's own bytes contradict each other or a limit.
	ErrMalformed = errors.New("malformed GGUF file")
	// ErrUnsupported: a version or a number format that is not known here.
	ErrUnsupported = errors.New("GGUF file needs something that is not supported")
	// ErrNotFinite: a weight is NaN or infinite.
	ErrNotFinite = errors.New("weight is not a finite float32")
)

// Limits of the reader.
const (
	// MaxHeaderBytes bounds everything before the weights: metadata with the
	// vocabulary, and the list of tensors.
	MaxHeaderBytes = 128 << 20
	// MaxEntries bounds the number of metadata entries and of tensors, each.
	MaxEntries = 1 << 16
	// MaxKeyBytes bounds a key or the name of a tensor.
	MaxKeyBytes = 1 << 10
	// MaxStringBytes bounds one text, such as a chat template.
	MaxStringBytes = 1 << 20
	// MaxArray bounds the elements of one array.
	MaxArray = 4 << 20
	// MaxDims is the number of dimensions a tensor may have.
	MaxDims = 4
	// maxAlignment bounds the distance at which tensors are aligned.
	maxAlignment = 1 << 16
)

const (
	magic            = "GGUF"
	defaultAlignment = 32
	keyAlignment     = "general.alignment"
)

// Types of metadata values.
const (
	typeUint8   = 0
	typeInt8    = 1
	typeUint16  = 2
	typeInt16   = 3
	typeUint32  = 4
	typeInt32   = 5
	typeFloat32 = 6
	typeBool    = 7
	typeString  = 8
	typeArray   = 9
	typeUint64  = 10
	typeInt64   = 11
	typeFloat64 = 12
)

// typeBytes holds the size of the whole-number types.
var typeBytes = [...]int{typeUint8: 1, typeInt8: 1, typeUint16: 2, typeInt16: 2, typeUint32: 4, typeInt32: 4, typeUint64: 8, typeInt64: 8}

// Format is the number format of a tensor.
type Format uint32

// The formats whose numbers can be read.
const (
	F32  Format = 0
	F16  Format = 1
	Q4_0 Format = 2  //nolint:revive // the format's own name
	Q4_1 Format = 3  //nolint:revive // the format's own name
	Q5_0 Format = 6  //nolint:revive // the format's own name
	Q5_1 Format = 7  //nolint:revive // the format's own name
	Q8_0 Format = 8  //nolint:revive // the format's own name
	Q4_K Format = 12 //nolint:revive // the format's own name
	Q5_K Format = 13 //nolint:revive // the format's own name
	Q6_K Format = 14 //nolint:revive // the format's own name
	F64  Format = 28
	BF16 Format = 30
)

// layout describes a format: how many numbers share a block of how many bytes.
type layout struct {
	name    string
	numbers int
	bytes   int
	// widen converts one block, or any number of blocks of one number; nil when the numbers cannot be read here.
	widen func(to []float32, block []byte)
	// int8s gives the whole numbers of a block that is a binary16 scale times such;
	// nil for other formats.
	int8s func(to, block []byte)
}

var layouts = map[Format]layout{
	F32:  {"F32", 1, 4, widenF32, nil},
	F16:  {"F16", 1, 2, widenF16, nil},
	BF16: {"BF16", 1, 2, widenBF16, nil},
	F64:  {"F64", 1, 8, widenF64, nil},
	Q4_0: {"Q4_0", 32, 18, widenQ40, int8sQ40},
	Q4_1: {"Q4_1", 32, 20, widenQ41, nil},
	Q5_0: {"Q5_0", 32, 22, widenQ50, int8sQ50},
	Q5_1: {"Q5_1", 32, 24, widenQ51, nil},
	Q8_0: {"Q8_0", 32, 34, widenQ80, int8sQ80},
	Q4_K: {"Q4_K", 256, 144, widenQ4K, nil},
	Q5_K: {"Q5_K", 256, 176, widenQ5K, nil},
	Q6_K: {"Q6_K", 256, 210, widenQ6K, nil},
	// Formats that are only walked past.
	24: {"I8", 1, 1, nil, nil}, 25: {"I16", 1, 2, nil, nil}, 26: {"I32", 1, 4, nil, nil}, 27: {"I64", 1, 8, nil, nil},
	10: {"Q2_K", 256, 84, nil, nil}, 11: {"Q3_K", 256, 110, nil, nil}, 15: {"Q8_K", 256, 292, nil, nil},
	16: {"IQ2_XXS", 256, 66, nil, nil}, 20: {"IQ4_NL", 32, 18, nil, nil}, 23: {"IQ4_XS", 256, 136, nil, nil},
}

// String is the format's name.
func (f Format) String() string {
	if l, ok := layouts[f]; ok {
		return l.name
	}
	return "unknown"
}
