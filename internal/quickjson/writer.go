package quickjson

import (
	"github.com/mailru/easyjson/buffer"
	"github.com/mailru/easyjson/jwriter"
)

// Most of what is written fits into the first piece of a buffer and need not be put together from several.
func init() {
	buffer.Init(buffer.PoolConfig{StartSize: 512, PooledSize: 1024, MaxSize: 32 << 10})
}

// Writer writes one piece after the other: texts and numbers in the form of JSON, RawString and RawByte as they are.
// Whether that makes JSON is up to whoever writes.
type Writer = jwriter.Writer

// WriteArray writes an array, each element by write.
func WriteArray[T any](w *Writer, elements []T, write func(T)) {
	w.RawByte('[')
	for i, element := range elements {
		if i > 0 {
			w.RawByte(',')
		}
		write(element)
	}
	w.RawByte(']')
}

// Marshal returns what write wrote. It fails where a number is not finite.
func Marshal(write func(*Writer)) ([]byte, error) {
	var w Writer
	write(&w)
	return w.BuildBytes()
}
