package modelfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// Names of the files in a folder of Hugging Face's layout.
const (
	configName          = "config.json"
	generationName      = "generation_config.json"
	tokenizerName       = "tokenizer.json"
	tokenizerConfigName = "tokenizer_config.json"
	templateName        = "chat_template.jinja"
)

// openFolder opens a folder in Hugging Face's layout, or one with a single
// safetensors file of Agora's own.
func openFolder(folder string, options Options) (*Model, error) {
	set, err := safetensors.OpenSet(folder)
	if err != nil {
		return nil, err
	}
	paths := set.Paths()
	if _, own := set.Metadata(MetadataConfig); own && len(paths) == 1 {
		model, err := readOwn(set, options)
		return model.open(err, set, paths...)
	}
	if index := filepath.Join(folder, safetensors.IndexName); len(paths) > 1 {
		paths = append(paths, index)
	}
	files := &folderFiles{folder: folder}
	model, err := readFolder(files, set, options)
	return model.open(err, set, append(paths, files.used...)...)
}

func readFolder(files *folderFiles, set *safetensors.Set, options Options) (*Model, error) {
	if err := checkSize(options.MaxBytes, set.Paths()...); err != nil {
		return nil, err
	}
	text, err := files.need(configName, maxConfigBytes)
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(text)
	if err != nil {
		return nil, err
	}
	vocabulary, err := files.need(tokenizerName, tokenizer.MaxFileBytes)
	if err != nil {
		return nil, err
	}
	model := &Model{}
	// The tokenizer is read first: it fails sooner than gigabytes of weights.
	words, err := tokenizer.ParseHuggingFace(vocabulary)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tokenizerName, err)
	}
	model.Tokenizer = words
	if err := model.readHuggingFace(set, c, options); err != nil {
		return nil, err
	}
	if err := model.readHabits(files, c); err != nil {
		return nil, err
	}
	model.Never = begins(words, model.Stops)
	return model, nil
}

// readHuggingFace fills shape and weights.
func (m *Model) readHuggingFace(set *safetensors.Set, c config, options Options) error {
	r := newReader(tensorsSource{set}, options)
	switch c.ModelType {
	case "llama", "mistral", "qwen2":
		l, err := c.llama(options)
		if err != nil {
			return err
		}
		m.Shape, m.Weights = l.shape, l.read(r)
		return r.finishUse(".rotary_emb.inv_freq")
	case "gpt2":
		g, err := c.gpt2(options)
		if err != nil {
			return err
		}
		// Files from before the library's second version lack the prefix.
		if r.shape("wte.weight") == nil {
			g.prefix = "transformer."
		}
		m.Shape, m.Weights = g.shape, g.read(r)
		r.used["lm_head.weight"] = true // repeats the embedding
		return r.finishUse(".attn.bias", ".attn.masked_bias")
	}
	return fmt.Errorf("%w: model_type %q; llama, mistral, qwen2 and gpt2 are known", ErrUnsupported, c.ModelType)
}

// readHabits reads how completions end and conversations are laid out.
func (m *Model) readHabits(files *folderFiles, c config) error {
	for _, id := range c.EndOfSequence {
		m.addStop(id)
	}
	text, err := files.have(generationName, maxConfigBytes)
	if err != nil {
		return err
	}
	if text != nil {
		var g struct {
			EndOfSequence tokens `json:"eos_token_id"`
		}
		if err := json.Unmarshal(text, &g); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDescription, generationName, err)
		}
		for _, id := range g.EndOfSequence {
			m.addStop(id)
		}
	}
	var t struct {
		BOS      written  `json:"bos_token"`
		EOS      written  `json:"eos_token"`
		Template template `json:"chat_template"`
	}
	if text, err = files.have(tokenizerConfigName, maxConfigBytes); err != nil {
		return err
	}
	if text != nil {
		if err := json.Unmarshal(text, &t); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDescription, tokenizerConfigName, err)
		}
	}
	separate, err := files.have(templateName, maxConfigBytes)
	if err != nil {
		return err
	}
	if separate != nil {
		t.Template = template(separate)
	}
	if id, ok := m.Tokenizer.Control(string(t.EOS)); ok {
		m.addStop(id)
	}
	m.setLayout(string(t.Template), string(t.BOS), string(t.EOS))
	return nil
}

// written is the written form of a token: a text, or an object that holds it.
type written string

// UnmarshalJSON implements json.Unmarshaler.
func (w *written) UnmarshalJSON(text []byte) error {
	var plain *string
	if json.Unmarshal(text, &plain) == nil {
		if plain != nil {
			*w = written(*plain)
		}
		return nil
	}
	var object struct {
		Content string `json:"content"`
	}
	err := json.Unmarshal(text, &object)
	*w = written(object.Content)
	return err
}

// template is a chat template: a text, or several by name, of which "default"
// counts.
type template string

// UnmarshalJSON implements json.Unmarshaler.
func (t *template) UnmarshalJSON(text []byte) error {
	var plain *string
	if json.Unmarshal(text, &plain) == nil {
		if plain != nil {
			*t = template(*plain)
		}
		return nil
	}
	var list []struct {
		Name     string `json:"name"`
		Template string `json:"template"`
	}
	err := json.Unmarshal(text, &list)
	for _, entry := range list {
		if entry.Name == "default" {
			*t = template(entry.Template)
		}
	}
	return err
}

// begins lists the tokens that only begin a sequence.
func begins(words *tokenizer.Subwords, stops []int32) []int32 {
	var out []int32
	for _, token := range words.Begin() {
		ends := false
		for _, stop := range stops {
			ends = ends || stop == token // GPT-2 begins and ends with the same
		}
		if !ends {
			out = append(out, token)
		}
	}
	return out
}

// folderFiles reads small files of a folder and remembers which.
type folderFiles struct {
	folder string
	used   []string
}

// need reads a file that must be there.
func (f *folderFiles) need(name string, limit int64) ([]byte, error) {
	text, err := f.have(name, limit)
	if err == nil && text == nil {
		return nil, fmt.Errorf("%w: the folder has no %s", ErrDescription, name)
	}
	return text, err
}

// have reads a file, or returns nil when there is none.
func (f *folderFiles) have(name string, limit int64) ([]byte, error) {
	path := filepath.Join(f.folder, name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrDescription, name)
	}
	handle, err := os.Open(path) //nolint:gosec // a fixed name in the folder that the caller chose
	if err != nil {
		return nil, err
	}
	defer handle.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(handle, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, name, limit)
	}
	f.used = append(f.used, path)
	return append([]byte{}, text...), nil
}
