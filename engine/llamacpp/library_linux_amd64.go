//go:build !static

//nolint:gosec // calls C: every unsafe pointer is pinned or kept by its caller
package llamacpp

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// byValue and silent are called by C, not by Go; see call_linux_amd64.s.
func byValue() //nolint:unused // called by its address

func silent() //nolint:unused // called by its address

// Their addresses.
var byValueAddress, silentAddress uintptr

// library holds the functions of an opened llama.cpp.
type library struct {
	modelDefaults, contextDefaults  func(*[poisonWords]uintptr)
	loadModel, newContext, decodeAt uintptr

	loadBackends, logTo                    func(uintptr, uintptr)
	start                                  func()
	freeModel, freeContext                 func(uintptr)
	vocabulary, memory                     func(uintptr) uintptr
	contextLength, trained, vocabularySize func(uintptr) int32
	parameters                             func(uintptr) uint64
	clear                                  func(uintptr, bool)
	logits                                 func(uintptr, int32) *float32
	tokenize                               func(vocabulary uintptr, text *byte, length int32, tokens *int32, most int32, special, parse bool) int32
	piece                                  func(vocabulary uintptr, token int32, buffer *byte, length, strip int32, special bool) int32
	ends                                   func(vocabulary uintptr, token int32) bool
	template                               func(model uintptr, name *byte) *byte
	applyTemplate                          func(template *byte, messages *chatMessage, count uintptr, assistant bool, buffer *byte, length int32) int32
}

var (
	opened   = map[string]*library{} // by path; a library is never closed
	openedMu sync.Mutex              // guards opened
)

// openLibrary opens and checks the library at path once.
func openLibrary(path string, verbose bool) (*library, error) {
	openedMu.Lock()
	defer openedMu.Unlock()
	if found := opened[path]; found != nil {
		return found, nil
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	l, err := bind(handle)
	if err != nil {
		return nil, err
	}
	if err := checkDefaults("model parameters", defaultModelParams(), l.modelDefaults); err != nil {
		return nil, err
	}
	if err := checkDefaults("context parameters", defaultContextParams(), l.contextDefaults); err != nil {
		return nil, err
	}
	if !verbose {
		l.logTo(silentAddress, 0)
	}
	// The parts for each kind of processor lie beside the library.
	folder := append([]byte(filepath.Dir(path)), 0)
	l.loadBackends(uintptr(unsafe.Pointer(unsafe.SliceData(folder))), 0)
	runtime.KeepAlive(folder)
	l.start()
	opened[path] = l
	return l, nil
}

func bind(handle uintptr) (*library, error) {
	l := &library{}
	for _, f := range []struct {
		name string
		to   any
	}{
		{"llama_model_default_params", &l.modelDefaults},
		{"llama_context_default_params", &l.contextDefaults},
		{"llama_model_load_from_file", &l.loadModel},
		{"llama_init_from_model", &l.newContext},
		{"llama_decode", &l.decodeAt},
		{"ggml_backend_load_all_from_path", &l.loadBackends},
		{"llama_log_set", &l.logTo},
		{"llama_backend_init", &l.start},
		{"llama_model_free", &l.freeModel},
		{"llama_free", &l.freeContext},
		{"llama_model_get_vocab", &l.vocabulary},
		{"llama_get_memory", &l.memory},
		{"llama_n_ctx", &l.contextLength},
		{"llama_model_n_ctx_train", &l.trained},
		{"llama_vocab_n_tokens", &l.vocabularySize},
		{"llama_model_n_params", &l.parameters},
		{"llama_memory_clear", &l.clear},
		{"llama_get_logits_ith", &l.logits},
		{"llama_tokenize", &l.tokenize},
		{"llama_token_to_piece", &l.piece},
		{"llama_vocab_is_eog", &l.ends},
		{"llama_model_chat_template", &l.template},
		{"llama_chat_apply_template", &l.applyTemplate},
	} {
		address, err := purego.Dlsym(handle, f.name)
		if err != nil {
			return nil, fmt.Errorf("%w: it has no function %s", ErrWrongLibrary, f.name)
		}
		if plain, ok := f.to.(*uintptr); ok {
			*plain = address
			continue
		}
		purego.RegisterFunc(f.to, address)
	}
	return l, nil
}

// call calls function(first, structure), the structure by value.
func call[T modelParams | contextParams | batch](function, first uintptr, structure *T) uintptr {
	w := words(structure)
	var pin runtime.Pinner
	pin.Pin(structure)
	defer pin.Unpin()
	result, _, _ := purego.SyscallN(byValueAddress, function, first, uintptr(unsafe.Pointer(unsafe.SliceData(w))), uintptr(len(w)))
	return result
}

func (l *library) load(path string, params modelParams) uintptr {
	name := append([]byte(path), 0)
	var pin runtime.Pinner
	pin.Pin(unsafe.SliceData(name))
	defer pin.Unpin()
	return call(l.loadModel, uintptr(unsafe.Pointer(unsafe.SliceData(name))), &params)
}

func (l *library) open(model uintptr, params contextParams) uintptr {
	return call(l.newContext, model, &params)
}

// decode computes tokens at the places from first on, in sequence 0, and the logits
// after those for which want is true.
func (l *library) decode(context uintptr, tokens []int32, first int, want func(i int) bool) int32 {
	n := len(tokens)
	positions, counts, outputs := make([]int32, n), make([]int32, n), make([]int8, n)
	zero := new(int32)
	sequences := make([]*int32, n)
	for i := range n {
		positions[i], counts[i], sequences[i] = int32(first+i), 1, zero
		if want(i) {
			outputs[i] = 1
		}
	}
	b := batch{
		tokens: int32(n), token: unsafe.SliceData(tokens), position: unsafe.SliceData(positions),
		sequenceCount: unsafe.SliceData(counts), sequence: unsafe.SliceData(sequences), output: unsafe.SliceData(outputs),
	}
	var pin runtime.Pinner
	for _, p := range []any{b.token, b.position, b.sequenceCount, b.sequence, b.output, zero} {
		pin.Pin(p)
	}
	defer pin.Unpin()
	return int32(call(l.decodeAt, context, &b))
}
