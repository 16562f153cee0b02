package generate

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/question"
)

// ErrDocuments is wrapped by the error for documents from which nothing can be drawn.
var ErrDocuments = errors.New("documents are unsuitable")

// Bounds of generator continuation/1.
const (
	maxDocumentBytes = 128 << 10
	documentTries    = 16
)

// Continuation is the name of the generator that draws from documents.
const Continuation = "continuation/1"

var continuationGenerator = Generator{
	name:    Continuation,
	summary: "the text that follows a passage of a document",
	parameters: []Parameter{
		{Name: "bare", Summary: "1 to show the passage alone, for completions and log-loss; 0 to ask in words", Min: 0, Max: 1, Default: 0},
		{Name: "prefix", Summary: "bytes of the passage that is shown, at least", Min: 16, Max: 65_536, Default: 512},
		{Name: "suffix", Summary: "bytes of the text that is asked for, at most", Min: 1, Max: 16_384, Default: 64},
	},
	families:  []family{{name: "continuation", summary: "a passage of a document, to be continued word by word", luckBp: 1}},
	documents: true,
}

// Documents are texts in an order that never changes, such as the items of a data set.
type Documents interface {
	// Len is how many there are.
	Len() uint32
	// Open returns the text of one, index being below Len.
	Open(index uint32) (string, error)
}

// DrawContinuation draws a document, a passage of it and what follows. The document
// is uniform among those that are long enough and the passage begins at a uniform
// place in it; both begin and end between characters. Documents that are too short
// are drawn again, 16 times at most.
//
// The error wraps [ErrDocuments] when the documents cannot serve, or is that of Open.
// Only the first 128 KiB of a document are drawn from.
func DrawContinuation(stream *chance.Stream, documents Documents, settings Settings) (question.Question, error) {
	d := continuationGenerator.drawer(stream, settings)
	prefix, suffix := d.setting("prefix"), d.setting("suffix")
	if documents.Len() == 0 {
		return question.Question{}, fmt.Errorf("%w: there are none", ErrDocuments)
	}
	for range documentTries {
		index := stream.Below(documents.Len())
		body, err := documents.Open(index)
		if err != nil {
			return question.Question{}, fmt.Errorf("open document %d: %w", index, err)
		}
		if !utf8.ValidString(body) {
			return question.Question{}, fmt.Errorf("%w: document %d is not UTF-8", ErrDocuments, index)
		}
		body = body[:runeStart(body, maxDocumentBytes)]
		// A character has at most four bytes, so three more at each border suffice.
		room := len(body) - prefix - suffix - 6
		if room < 0 {
			continue
		}
		start := runeEnd(body, d.below(room+1))
		middle := runeEnd(body, start+prefix)
		end := runeStart(body, middle+suffix)
		if end == middle { // the suffix is shorter than the character
			end = runeEnd(body, middle+1)
		}
		return continuation(body[start:middle], body[middle:end], d.setting("bare") == 1), nil
	}
	return question.Question{}, fmt.Errorf("%w: %d draws gave none of at least %d bytes, which prefix and suffix need", ErrDocuments, documentTries, prefix+suffix+6)
}

func continuation(prefix, suffix string, bare bool) question.Question {
	prompt := prefix
	if !bare {
		prompt = "Continue the following text from exactly where it stops, word by word. Answer with the next " +
			text(int64(utf8.RuneCountInString(suffix))) + " characters only.\n\n" + prefix
	}
	return question.Question{Family: continuationGenerator.families[0].name, Prompt: prompt, Expected: suffix}
}

// runeStart moves a position back to the start of a character.
func runeStart(s string, at int) int {
	if at >= len(s) {
		return len(s)
	}
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

// runeEnd moves a position forward to the start of a character, or to the end.
func runeEnd(s string, at int) int {
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return min(at, len(s))
}

// exampleDocuments is one document of plain sentences.
type exampleDocuments struct{}

func (exampleDocuments) Len() uint32 { return 1 }

func (exampleDocuments) Open(uint32) (string, error) {
	return strings.Repeat("The river rises in the hills above the town, turns twice around the old mill and reaches the sea at the harbour. ", 8), nil
}

// continuationExample draws from a document that stands for any.
func continuationExample() question.Question {
	stream := chance.NewStream([32]byte{31: 1})
	q, _ := DrawContinuation(&stream, exampleDocuments{}, Settings{}) // long enough for the defaults
	return q
}
