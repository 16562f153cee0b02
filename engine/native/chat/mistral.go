package chat

import (
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// mistral is the layout of Mistral's models: user and assistant in turn, questions
// between [INST] and [/INST], which are control tokens from version 0.3 on.
type mistral struct {
	bos, eos string
	// close ends a question, before begins an answer, after follows its end.
	close, before, after string
	// trim: answers are trimmed.
	trim bool
	// system: a system message is said in the last question.
	system bool
}

func (mistral) Name() string    { return "mistral" }
func (mistral) TurnEnd() string { return "" }

// recogniseMistral knows the templates of versions 0.1 and 0.2, which have no system
// message, and that of 0.3, whose tools are not used here. ok is false for others,
// of which there are many that differ by a space.
func recogniseMistral(template, bos, eos string) (layout mistral, ok bool) {
	const (
		begin    = "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception("
		turns    = "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token"
		question = `{{- "[INST] " + message["content"] + "[/INST]" }}`
		system   = `{%- if loop.last and system_message is defined %}`
		first    = `{{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}`
		answer   = `{{- " " + message["content"]`
	)
	has := func(text string) bool { return strings.Contains(template, text) }
	layout = mistral{bos: bos, eos: eos}
	switch template = strings.TrimSpace(template); {
	case bos == "" || eos == "":
		return mistral{}, false
	case strings.HasPrefix(template, begin) && has(turns) && !has("\n"):
		layout.close = " [/INST]"
		if has(turns + " + ' ' }}") {
			layout.after = " "
		} else if !has(turns+"}}") && !has(turns+" }}") {
			return mistral{}, false
		}
		return layout, true
	// Without the hyphen, line ends of the template would be text.
	case has("{{- bos_token }}") && has(question) && has(system) && has(first) && !has("{% ") && !has("{{ "):
		layout.close, layout.before, layout.system = "[/INST]", " ", true
		layout.trim = has(answer + "|trim + eos_token")
		return layout, layout.trim || has(answer+" + eos_token")
	}
	return mistral{}, false
}

// Pieces implements Layout.
func (l mistral) Pieces(messages []engine.Message) ([]tokenizer.Piece, bool, error) {
	system := ""
	if l.system && messages[0].Role == engine.RoleSystem {
		system, messages = messages[0].Content+"\n\n", messages[1:]
	}
	if err := checkTurns(l, messages); err != nil {
		return nil, false, err
	}
	pieces := []tokenizer.Piece{mark(l.bos)}
	for i, m := range messages {
		switch {
		case m.Role == engine.RoleAssistant:
			content := m.Content
			if l.trim {
				content = strings.TrimSpace(content)
			}
			pieces = append(pieces, plain(l.before+content), mark(l.eos), plain(l.after))
		case i == len(messages)-1:
			pieces = append(pieces, mark("[INST]"), plain(" "+system+m.Content), mark(l.close))
		default:
			pieces = append(pieces, mark("[INST]"), plain(" "+m.Content), mark(l.close))
		}
	}
	return pieces, false, nil
}
