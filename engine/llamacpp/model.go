//nolint:gosec // calls C: every unsafe pointer is pinned or kept by its caller
package llamacpp

import (
	"context"
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/agora-network/agora/engine"
)

// maxLogits bounds the logits that llama.cpp keeps at once, in numbers: 64 MiB.
const maxLogits = 16 << 20

// mostPerBatch is how many tokens are computed at once, between two looks at the
// context.
const mostPerBatch = 256

// Bounds of what llama.cpp is asked to write.
const (
	maxPieceBytes = 1 << 12
	maxChatBytes  = 16 << 20
)

// model is a loaded model and its one context. One goroutine uses it at a time.
type model struct {
	library                    *library
	handle, context, vocab     uintptr
	vocabulary, limit, perStep int
}

func loadModel(l *library, options Options) (*model, error) {
	params := defaultModelParams()
	params.gpuLayers = int32(options.GPULayers)
	handle := l.load(options.Model, params)
	if handle == 0 {
		return nil, fmt.Errorf("%w: %s; set verbose for llama.cpp's own words", ErrModel, options.Model)
	}
	m := &model{library: l, handle: handle, vocab: l.vocabulary(handle)}
	m.vocabulary = int(l.vocabularySize(m.vocab))
	m.limit = min(options.MaxContext, int(l.trained(handle)))
	if m.vocabulary <= 0 || m.limit <= 1 {
		l.freeModel(handle)
		return nil, fmt.Errorf("%w: %s has %d tokens and a context of %d", ErrModel, options.Model, m.vocabulary, m.limit)
	}
	m.perStep = max(1, min(mostPerBatch, maxLogits/m.vocabulary))
	c := defaultContextParams()
	c.context, c.batch, c.microBatch = uint32(m.limit), uint32(m.perStep), uint32(m.perStep)
	c.threads, c.threadsBatch = int32(options.Threads), int32(options.Threads)
	c.flashAttention, c.typeK, c.typeV = plainAttention, typeF32, typeF32
	if m.context = l.open(handle, c); m.context == 0 {
		l.freeModel(handle)
		return nil, fmt.Errorf("%w: no memory for a context of %d tokens; lower it", ErrModel, m.limit)
	}
	return m, nil
}

func (m *model) free() {
	m.library.freeContext(m.context)
	m.library.freeModel(m.handle)
}

// forget begins a new sequence.
func (m *model) forget() { m.library.clear(m.library.memory(m.context), true) }

// compute appends tokens to the sequence and calls each with the logits after those
// that want names, valid until it returns.
func (m *model) compute(ctx context.Context, tokens []int32, first int, want func(i int) bool, each func(i int, logits []float32) error) error {
	for begin := 0; begin < len(tokens); begin += m.perStep {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := tokens[begin:min(begin+m.perStep, len(tokens))]
		if code := m.library.decode(m.context, part, first+begin, func(i int) bool { return want(begin + i) }); code != 0 {
			return fmt.Errorf("%w: llama_decode of %d tokens at place %d returned %d", engine.ErrUpstream, len(part), first+begin, code)
		}
		for i := range part {
			if !want(begin + i) {
				continue
			}
			logits := m.library.logits(m.context, int32(i))
			if logits == nil {
				return fmt.Errorf("%w: llama.cpp kept no logits at place %d", engine.ErrUpstream, first+begin+i)
			}
			if err := each(begin+i, unsafe.Slice(logits, m.vocabulary)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tokenize never returns more tokens than fit the context, but an error. special
// marks in the text count as tokens where parse is set.
func (m *model) tokenize(text string, parse bool) ([]int32, error) {
	if len(text) > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %d bytes", engine.ErrContextTooLong, len(text))
	}
	bytes := append([]byte(text), 0)
	tokens := make([]int32, m.limit)
	n := m.library.tokenize(m.vocab, unsafe.SliceData(bytes), int32(len(text)), unsafe.SliceData(tokens), int32(len(tokens)), true, parse)
	if n < 0 {
		return nil, fmt.Errorf("%w: %d tokens, it holds %d", engine.ErrContextTooLong, -int64(n), m.limit)
	}
	return tokens[:n], nil
}

// piece is the text of a token.
func (m *model) piece(token int32) ([]byte, error) {
	buffer := make([]byte, maxPieceBytes)
	n := m.library.piece(m.vocab, token, unsafe.SliceData(buffer), int32(len(buffer)), 0, false)
	if n < 0 {
		return nil, fmt.Errorf("%w: token %d is longer than %d bytes", engine.ErrUpstream, token, maxPieceBytes)
	}
	return buffer[:n], nil
}

// layOut writes a conversation as the model's template says. llama.cpp recognises
// common templates and runs none. A model without one gets the contents, a line each.
func (m *model) layOut(messages []engine.Message) (text string, parse bool, err error) {
	template := m.library.template(m.handle, nil)
	if template == nil {
		var lines strings.Builder
		for _, message := range messages {
			lines.WriteString(message.Content + "\n")
		}
		return lines.String(), false, nil
	}
	list := make([]chatMessage, len(messages))
	size := 1024
	for i, message := range messages {
		if strings.ContainsRune(message.Content, 0) {
			return "", false, fmt.Errorf("%w: message %d contains a zero byte", engine.ErrBadRequest, i)
		}
		list[i] = chatMessage{terminated(message.Role), terminated(message.Content)}
		size += 2*len(message.Content) + 256
	}
	buffer := make([]byte, min(size, maxChatBytes))
	n := m.library.applyTemplate(template, unsafe.SliceData(list), uintptr(len(list)), true, unsafe.SliceData(buffer), int32(len(buffer)))
	if n < 0 {
		return "", false, fmt.Errorf("%w: llama.cpp does not know the model's chat template; send a prompt", engine.ErrUnsupported)
	}
	if int(n) > len(buffer) {
		return "", false, fmt.Errorf("%w: the conversation has %d bytes", engine.ErrContextTooLong, n)
	}
	return string(buffer[:n]), true, nil
}

func terminated(text string) *byte { return unsafe.SliceData(append([]byte(text), 0)) }
