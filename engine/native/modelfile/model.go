package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agora-network/agora/engine/native/chat"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// Errors of this package, wrapped with what happened. Errors of the file formats,
// of the tokenizer and of the decoder come through as they are.
var (
	// ErrDescription: the model's description contradicts itself, its weights or a
	// limit.
	ErrDescription = errors.New("model description cannot be used")
	// ErrUnsupported: the description asks for something that is not known here.
	ErrUnsupported = errors.New("model needs something that is not supported")
	// ErrTooLarge: the files are larger than Options.MaxBytes.
	ErrTooLarge = errors.New("model is too large")
)

// DefaultMaxBytes bounds the weights of a model.
const DefaultMaxBytes = 64 << 30

// Options are the choices of whoever opens a model.
type Options struct {
	// MaxBytes bounds the files together; 0 means DefaultMaxBytes.
	MaxBytes int64
	// MaxContext shortens the context; 0 leaves the model's own, at most
	// decoder.MaxContext.
	MaxContext int
	// Int8 rounds every matrix to int8 whose rows are whole blocks, except a table
	// of positions.
	Int8 bool
}

// Model is a model of which everything was read but the matrices: those stay in its
// files until somebody reads them. The one who opened it closes it after that.
type Model struct {
	// Name is what the file or folder is called.
	Name  string
	Shape decoder.Shape
	// Weights can be read until Close.
	Weights decoder.Weights
	// Tokenizer may have added tokens beyond Shape.Vocabulary, which the model cannot
	// take.
	Tokenizer tokenizer.Tokenizer
	// Stops are the tokens that end a completion.
	Stops []int32
	// Never is the tokens that a completion cannot contain: those that only begin
	// a sequence.
	Never []int32
	// Layout lays conversations out; nil when LayoutErr says why there is none.
	Layout    chat.Layout
	LayoutErr error

	digest func() (string, error)
	close  func() error
}

// Digest computes the lower-case hex sha256 of the file; of a folder, of the lines
// that sha256sum prints for the files that were used, in the order of names. It reads
// them all, and may run while Weights are read.
func (m *Model) Digest() (string, error) { return m.digest() }

// Close closes the model's files.
func (m *Model) Close() error { return m.close() }

// Open opens a model in a folder or a file. The caller closes it.
func Open(path string, options Options) (*Model, error) {
	if options.MaxBytes <= 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	inside := ""
	if info.IsDir() {
		inside = onlyGGUF(path)
	}
	var model *Model
	switch {
	case inside != "":
		model, err = openGGUF(inside, options)
	case info.IsDir():
		model, err = openFolder(path, options)
	case strings.EqualFold(filepath.Ext(path), ".gguf"):
		model, err = openGGUF(path, options)
	case strings.EqualFold(filepath.Ext(path), ".safetensors"):
		model, err = openOwn(path, options)
	default:
		return nil, fmt.Errorf("%w: %s is neither a folder nor a file that ends in .gguf or .safetensors", ErrUnsupported, path)
	}
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	if err := model.checkVocabulary(); err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: %w", path, err), model.Close())
	}
	base := filepath.Base(path)
	model.Name = strings.TrimSuffix(base, filepath.Ext(base))
	if info.IsDir() {
		model.Name = base
	}
	return model, nil
}

// checkVocabulary refuses a tokenizer of which the weights lack what ordinary text
// needs. Added tokens beyond the weights are common: they cannot come out, and whoever
// encodes text finds out when one goes in.
func (m *Model) checkVocabulary() error {
	if base := m.Tokenizer.Base(); base > m.Shape.Vocabulary {
		return fmt.Errorf("%w: the tokenizer knows %d tokens besides added ones, the weights have %d", ErrDescription, base, m.Shape.Vocabulary)
	}
	for _, token := range m.Never {
		if int(token) >= m.Shape.Vocabulary {
			return fmt.Errorf("%w: sequences begin with token %d, the weights have %d", ErrDescription, token, m.Shape.Vocabulary)
		}
	}
	return nil
}

// onlyGGUF is the path of the only GGUF file in a folder without safetensors, or "".
func onlyGGUF(folder string) string {
	// The patterns are well formed; what cannot be listed is not found later either.
	others, _ := filepath.Glob(filepath.Join(folder, "*.safetensors"))
	found, _ := filepath.Glob(filepath.Join(folder, "*.gguf"))
	if len(others) > 0 || len(found) != 1 {
		return ""
	}
	return found[0]
}

// checkSize refuses files that are too large together.
func checkSize(limit int64, paths ...string) error {
	total := int64(0)
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		total += info.Size()
	}
	if total > limit {
		return fmt.Errorf("%w: %d bytes, at most %d are loaded", ErrTooLarge, total, limit)
	}
	return nil
}

// open completes a model that reads its weights from file, or closes the file after
// an error. paths are what decides its answers.
func (m *Model) open(err error, file io.Closer, paths ...string) (*Model, error) {
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	m.digest, m.close = func() (string, error) { return digest(paths...) }, file.Close
	return m, nil
}

// digest is the Digest of a model made of the files given.
func digest(paths ...string) (string, error) {
	if len(paths) == 1 {
		return fileDigest(paths[0])
	}
	paths = slices.Clone(paths)
	slices.Sort(paths)
	lines := sha256.New()
	for _, path := range paths {
		sum, err := fileDigest(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(lines, "%s  %s\n", sum, filepath.Base(path))
	}
	return hex.EncodeToString(lines.Sum(nil)), nil
}

func fileDigest(path string) (string, error) {
	handle, err := os.Open(path) //nolint:gosec // the caller's choice
	if err != nil {
		return "", err
	}
	defer handle.Close() //nolint:errcheck // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, handle); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// addStop appends a token that exists and is not there yet.
func (m *Model) addStop(token int32) {
	if token >= 0 && int(token) < m.Shape.Vocabulary && !slices.Contains(m.Stops, token) {
		m.Stops = append(m.Stops, token)
	}
}

// setLayout recognises the chat template.
func (m *Model) setLayout(template, bos, eos string) {
	m.Layout, m.LayoutErr = chat.Recognise(template, bos, eos)
	if m.Layout == nil {
		return
	}
	if id, ok := m.Tokenizer.Control(m.Layout.TurnEnd()); ok {
		m.addStop(id)
	}
}

// limit shortens the context as the options and the decoder say.
func (o Options) limit(context int) int {
	context = min(context, decoder.MaxContext)
	if o.MaxContext > 0 {
		context = min(context, o.MaxContext)
	}
	return context
}
