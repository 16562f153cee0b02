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

// Marshal returns what write wrote. It fails where a number is not finite.
func Marshal(write func(*Writer)) ([]byte, error) {
	var w Writer
	write(&w)
	return w.BuildBytes()
}
