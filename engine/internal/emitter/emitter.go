// Package emitter turns a model's bytes into the chunks of a completion.
package emitter

import (
	"strings"
	"unicode/utf8"

	"github.com/agora-network/agora/engine"
)

// Emitter turns bytes into chunks. It holds back what may still become part of a
// stop text or of a longer UTF-8 character.
type Emitter struct {
	// Emit takes the chunks, Stops are the texts before which the completion ends.
	Emit  func(engine.Chunk) error
	Stops []string

	pending []byte
}

// Add takes the next byte. It reports true when a stop text is complete; nothing
// of the stop text is emitted.
func (e *Emitter) Add(b byte) (stopped bool, err error) {
	e.pending = append(e.pending, b)
	text := string(e.pending)
	for _, stop := range e.Stops {
		if strings.HasSuffix(text, stop) {
			e.pending = e.pending[:len(e.pending)-len(stop)]
			return true, nil
		}
	}
	return false, e.release(len(e.pending) - e.held())
}

// held is how many trailing bytes must wait.
func (e *Emitter) held() int {
	held := 0
	for _, stop := range e.Stops {
		for n := min(len(stop)-1, len(e.pending)); n > held; n-- {
			if strings.HasPrefix(stop, string(e.pending[len(e.pending)-n:])) {
				held = n
				break
			}
		}
	}
	// A character may begin up to three bytes before the end and be unfinished.
	for n := 1; n <= min(utf8.UTFMax-1, len(e.pending)); n++ {
		if start := e.pending[len(e.pending)-n]; utf8.RuneStart(start) {
			if !utf8.FullRune(e.pending[len(e.pending)-n:]) {
				held = max(held, n)
			}
			break
		}
	}
	return held
}

// release emits the first n pending bytes, moved back to a character's border.
func (e *Emitter) release(n int) error {
	for n > 0 && n < len(e.pending) && !utf8.RuneStart(e.pending[n]) {
		n--
	}
	if n <= 0 {
		return nil
	}
	text := strings.ToValidUTF8(string(e.pending[:n]), "\uFFFD")
	e.pending = append(e.pending[:0], e.pending[n:]...)
	return e.Emit(engine.Chunk{Text: text})
}

// Finish emits what is left and the closing chunk.
func (e *Emitter) Finish(reason string, usage engine.Usage) error {
	if err := e.release(len(e.pending)); err != nil {
		return err
	}
	return e.Emit(engine.Chunk{Done: true, FinishReason: reason, Usage: usage})
}
