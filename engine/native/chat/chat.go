// Package chat lays conversations out as the text that a model was trained on.
//
// Models carry a template in the Jinja language, a program. Running programs out
// of model files is not wanted here; instead the few layouts that most models
// share are recognised in the template's text and written by hand. A template
// that is not recognised is a named error, and raw prompts still work.
package chat

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

var (
	// ErrNoTemplate: the model came without a template.
	ErrNoTemplate = errors.New("the model has no chat template; send a prompt instead of messages")
	// ErrUnknownTemplate: the template is none of those that are known.
	ErrUnknownTemplate = errors.New("the model's chat template is not known; send a prompt instead of messages")
)

// MaxTemplateBytes bounds a template.
const MaxTemplateBytes = 1 << 20

// Layout turns a conversation into pieces of text. begin says that the
// tokenizer's own begin tokens come first. Contents of messages are never markup.
type Layout interface {
	// Name is the common name of the layout.
	Name() string
	// Pieces returns what the model goes on from. It refuses conversations that
	// the layout cannot express, with engine.ErrBadRequest.
	Pieces(messages []engine.Message) (pieces []tokenizer.Piece, begin bool, err error)
	// TurnEnd is the control token with which the model ends its turn; "" when
	// that is its end of sequence.
	TurnEnd() string
}

// Recognise finds the layout that a template describes. bos and eos are the
// written forms of the tokens that begin and end a sequence, "" for none.
func Recognise(template, bos, eos string) (Layout, error) {
	has := func(texts ...string) bool {
		for _, text := range texts {
			if !strings.Contains(template, text) {
				return false
			}
		}
		return true
	}
	switch {
	case strings.TrimSpace(template) == "":
		return nil, ErrNoTemplate
	case len(template) > MaxTemplateBytes:
		return nil, fmt.Errorf("%w: it has %d bytes", ErrUnknownTemplate, len(template))
	case has("<|im_start|>", "<|im_end|>") && !has("raise_exception") && !has("bos_token"):
		return chatML{system: defaultSystem(template)}, nil
	case has("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "bos_token") && !has("Cutting Knowledge"):
		return llama3{bos: bos}, nil
	case has("[INST]", "[/INST]", "<<SYS>>", "bos_token", "eos_token") && bos != "" && eos != "":
		return llama2{bos: bos, eos: eos}, nil
	case has("<|user|>", "<|assistant|>", "<|system|>", "eos_token") && !has("bos_token") && eos != "":
		return zephyr{eos: eos}, nil
	}
	if layout, ok := recogniseMistral(template, bos, eos); ok {
		return layout, nil
	}
	begin := template
	if len(begin) > 60 {
		begin = begin[:60]
	}
	return nil, fmt.Errorf("%w: it begins with %q", ErrUnknownTemplate, begin)
}

// mark is a Piece of markup.
func mark(text string) tokenizer.Piece { return tokenizer.Piece{Text: text, Markup: true} }

// plain is a Piece of somebody's words.
func plain(text string) tokenizer.Piece { return tokenizer.Piece{Text: text} }

// Lines is the layout of Agora's own models: each message's content, then a line
// end.
type Lines struct{}

// Name implements Layout.
func (Lines) Name() string { return "lines" }

// TurnEnd implements Layout.
func (Lines) TurnEnd() string { return "" }

// Pieces implements Layout.
func (Lines) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	var pieces []tokenizer.Piece
	for _, m := range messages {
		pieces = append(pieces, plain(m.Content), plain("\n"))
	}
	return pieces, true, nil
}

// chatML is the layout of Qwen, SmolLM and many others.
type chatML struct {
	// system is said when a conversation does not begin with a system message; ""
	// for nothing.
	system string
}

func (chatML) Name() string    { return "chatml" }
func (chatML) TurnEnd() string { return "<|im_end|>" }

func (c chatML) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	if c.system != "" && messages[0].Role != engine.RoleSystem {
		messages = append([]engine.Message{{Role: engine.RoleSystem, Content: c.system}}, messages...)
	}
	var pieces []tokenizer.Piece
	for _, m := range messages {
		pieces = append(pieces, mark("<|im_start|>"+m.Role+"\n"), plain(m.Content), mark("<|im_end|>\n"))
	}
	return append(pieces, mark("<|im_start|>assistant\n")), false, nil
}

// defaultSystem finds a system message that is spelled out in a template: what
// stands between the markup, unless it is an expression.
func defaultSystem(template string) string {
	for _, newline := range []string{"\n", `\n`} {
		_, rest, ok := strings.Cut(template, "<|im_start|>system"+newline)
		if !ok {
			continue
		}
		text, _, ok := strings.Cut(rest, "<|im_end|>")
		if ok && text != "" && !strings.ContainsAny(text, "'\"{}") {
			return strings.ReplaceAll(text, `\n`, "\n")
		}
	}
	return ""
}

// llama3 is the layout of Llama 3.
type llama3 struct{ bos string }

func (llama3) Name() string    { return "llama-3" }
func (llama3) TurnEnd() string { return "<|eot_id|>" }

func (l llama3) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	pieces := []tokenizer.Piece{mark(l.bos)}
	for _, m := range messages {
		pieces = append(pieces, mark("<|start_header_id|>"+m.Role+"<|end_header_id|>\n\n"), plain(strings.TrimSpace(m.Content)), mark("<|eot_id|>"))
	}
	return append(pieces, mark("<|start_header_id|>assistant<|end_header_id|>\n\n")), false, nil
}

// llama2 is the layout of Llama 2: user and assistant in turn, a system message
// inside the first question.
type llama2 struct{ bos, eos string }

func (llama2) Name() string    { return "llama-2" }
func (llama2) TurnEnd() string { return "" }

func (l llama2) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	system := ""
	if messages[0].Role == engine.RoleSystem {
		system, messages = "<<SYS>>\n"+messages[0].Content+"\n<</SYS>>\n\n", messages[1:]
	}
	if err := checkTurns(l, messages); err != nil {
		return nil, false, err
	}
	var pieces []tokenizer.Piece
	for i, m := range messages {
		content := m.Content
		if i == 0 {
			content = system + content
		}
		content = strings.TrimSpace(content)
		if m.Role == engine.RoleUser {
			pieces = append(pieces, mark(l.bos), plain("[INST] "+content+" [/INST]"))
		} else {
			pieces = append(pieces, plain(" "+content+" "), mark(l.eos))
		}
	}
	return pieces, false, nil
}

// checkTurns refuses what is not user and assistant in turn, the user first and last.
func checkTurns(l Layout, messages []engine.Message) error {
	for i, m := range messages {
		if want := [2]string{engine.RoleUser, engine.RoleAssistant}[i%2]; m.Role != want {
			return fmt.Errorf("%w: in the layout %s user and assistant take turns; a message of the %s stands where one of the %s must", engine.ErrBadRequest, l.Name(), m.Role, want)
		}
	}
	if len(messages)%2 == 0 {
		return fmt.Errorf("%w: in the layout %s the last message is the user's", engine.ErrBadRequest, l.Name())
	}
	return nil
}

// zephyr is the layout of Zephyr and TinyLlama.
type zephyr struct{ eos string }

func (zephyr) Name() string    { return "zephyr" }
func (zephyr) TurnEnd() string { return "" }

func (z zephyr) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	var pieces []tokenizer.Piece
	for _, m := range messages {
		pieces = append(pieces, mark("<|"+m.Role+"|>\n"), plain(m.Content), mark(z.eos+"\n"))
	}
	return append(pieces, mark("<|assistant|>\n")), false, nil
}
