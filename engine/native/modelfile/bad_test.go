package modelfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/chat"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/gguf"
	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tensor"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// copied makes a copy of a folder of testdata that a test may damage.
func copied(t testing.TB, name string) string {
	t.Helper()
	to := t.TempDir()
	entries, err := os.ReadDir(filepath.Join("testdata", name))
	require.NoError(t, err)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join("testdata", name, entry.Name()))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, entry.Name()), data, 0o600))
	}
	return to
}

// edit changes a JSON file of a folder.
func edit(t testing.TB, path string, change func(map[string]any)) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var content map[string]any
	require.NoError(t, json.Unmarshal(text, &content))
	change(content)
	text, err = json.Marshal(content)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

func TestFoldersThatContradictThemselvesAreRefused(t *testing.T) {
	config := func(key string, value any) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, configName), func(c map[string]any) {
				if value == nil {
					delete(c, key)
				} else {
					c[key] = value
				}
			})
		}
	}
	file := func(name, content string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
		}
	}
	remove := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			for _, name := range names {
				require.NoError(t, os.Remove(filepath.Join(folder, name)))
			}
		}
	}
	scaling := func(kind string, factor float64) map[string]any {
		return map[string]any{"rope_type": kind, "factor": factor, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 32}
	}
	cases := map[string]struct {
		model  string
		damage func(*testing.T, string)
		want   error
		says   string
	}{
		"no config":    {"llama3", remove(configName), ErrDescription, configName},
		"no tokenizer": {"llama3", remove(tokenizerName), ErrDescription, tokenizerName},
		"a config that is a folder": {"llama3", func(t *testing.T, f string) {
			remove(configName)(t, f)
			require.NoError(t, os.Mkdir(filepath.Join(f, configName), 0o700))
		}, ErrDescription, "regular"},
		"a missing shard": {"llama3", remove("model-00002-of-00002.safetensors"), os.ErrNotExist, "00002"},
		"no weights":      {"qwen2", remove("model.safetensors"), safetensors.ErrNoWeights, ""},
		"only pickled weights": {"qwen2", func(t *testing.T, f string) {
			remove("model.safetensors")(t, f)
			file("pytorch_model.bin", "\x80")(t, f)
		}, safetensors.ErrPickle, "pytorch_model.bin"},
		"a config that is not JSON":       {"llama3", file(configName, "{"), ErrDescription, configName},
		"a config that is too large":      {"llama3", file(configName, strings.Repeat(" ", maxConfigBytes+1)), ErrTooLarge, configName},
		"a tokenizer that is not JSON":    {"llama3", file(tokenizerName, "{"), tokenizer.ErrMalformed, tokenizerName},
		"a tokenizer's config not JSON":   {"llama3", file(tokenizerConfigName, "["), ErrDescription, tokenizerConfigName},
		"a generation config not JSON":    {"llama3", file(generationName, "["), ErrDescription, generationName},
		"an unknown family":               {"llama3", config("model_type", "mamba"), ErrUnsupported, "mamba"},
		"weights of quantization_config":  {"llama3", config("quantization_config", map[string]any{"quant_method": "gptq"}), ErrUnsupported, "quantization_config"},
		"another activation":              {"llama3", config("hidden_act", "gelu"), ErrUnsupported, "hidden_act"},
		"a part of the positions":         {"llama3", config("partial_rotary_factor", 0.5), ErrUnsupported, "partial_rotary"},
		"positions stretched otherwise":   {"llama3", config("rope_scaling", scaling("yarn", 2)), ErrUnsupported, "yarn"},
		"positions stretched by nothing":  {"llama3", config("rope_scaling", scaling("linear", 0)), ErrDescription, "factor"},
		"positions stretched wrongly":     {"llama3", config("rope_scaling", scaling("llama3", -1)), ErrDescription, "llama3"},
		"a theta that is not a number":    {"llama3", config("rope_theta", "x"), ErrDescription, configName},
		"a theta of 0":                    {"llama3", config("rope_theta", 0), ErrDescription, "rope_theta"},
		"no layers":                       {"llama3", config("num_hidden_layers", 0), decoder.ErrModel, "layers"},
		"too many layers":                 {"llama3", config("num_hidden_layers", 1<<30), decoder.ErrModel, "layers"},
		"one layer more than there is":    {"llama3", config("num_hidden_layers", 3), ErrDescription, "missing"},
		"one layer less than there is":    {"llama3", config("num_hidden_layers", 1), ErrUnsupported, "not known"},
		"another width":                   {"llama3", config("hidden_size", 64), ErrDescription, "shape"},
		"no heads":                        {"llama3", config("num_attention_heads", 0), ErrDescription, "size"},
		"negative heads":                  {"llama3", config("num_attention_heads", -4), ErrDescription, "size"},
		"heads that do not divide":        {"llama3", config("num_key_value_heads", 3), decoder.ErrModel, "divide"},
		"an enormous head":                {"llama3", config("head_dim", int64(1<<40)), ErrDescription, "head_dim"},
		"an odd head":                     {"llama3", config("head_dim", 7), decoder.ErrModel, "pairs"},
		"biases that are not there":       {"llama3", config("attention_bias", true), ErrDescription, "bias"},
		"biases that are not expected":    {"qwen2", config("model_type", "llama"), ErrUnsupported, "bias"},
		"an epsilon of 0":                 {"llama3", config("rms_norm_eps", nil), decoder.ErrModel, "epsilon"},
		"a head that is not there":        {"qwen2", config("tie_word_embeddings", false), ErrDescription, "lm_head"},
		"a vocabulary of another size":    {"llama3", config("vocab_size", 10), ErrDescription, "shape"},
		"another activation of GPT-2":     {"gpt2", config("activation_function", "relu"), ErrUnsupported, "activation"},
		"another attention of GPT-2":      {"gpt2", config("scale_attn_by_inverse_layer_idx", true), ErrUnsupported, "attention"},
		"heads of GPT-2 that do not fit":  {"gpt2", config("n_head", 5), ErrDescription, "divide"},
		"a head of GPT-2 of its own":      {"gpt2", config("tie_word_embeddings", false), ErrUnsupported, "tie"},
		"more positions than there are":   {"gpt2", config("n_positions", 128), ErrDescription, "wpe"},
		"a vocabulary beyond the weights": {"qwen2", moreWords, ErrDescription, "tokenizer knows"},
		"a weight that is not a number":   {"qwen2", notANumber, safetensors.ErrNotFinite, "tensor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			folder := copied(t, c.model)
			c.damage(t, folder)
			err := tryOpen(folder, Options{})
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// moreWords gives the tokenizer an ordinary token that the weights do not have.
func moreWords(t *testing.T, folder string) {
	t.Helper()
	edit(t, filepath.Join(folder, tokenizerName), func(f map[string]any) {
		f["model"].(map[string]any)["vocab"].(map[string]any)["new"] = 305
	})
}

// moreTokens gives the tokenizer an added token that the weights do not have.
func moreTokens(t *testing.T, folder string) {
	t.Helper()
	edit(t, filepath.Join(folder, tokenizerName), func(f map[string]any) {
		f["added_tokens"] = append(f["added_tokens"].([]any), map[string]any{"id": 305, "content": "<new>", "special": true})
	})
}

func TestAddedTokensMayLieBeyondTheWeights(t *testing.T) {
	folder := copied(t, "qwen2")
	moreTokens(t, folder)
	model := openPath(t, folder, Options{})
	require.Greater(t, model.Tokenizer.Size(), model.Shape.Vocabulary)
	require.LessOrEqual(t, model.Tokenizer.Base(), model.Shape.Vocabulary)
	for _, token := range append(model.Stops, model.Never...) {
		require.Less(t, int(token), model.Shape.Vocabulary)
	}
}

// notANumber puts a NaN at the end of the weights.
func notANumber(t *testing.T, folder string) {
	t.Helper()
	path := filepath.Join(folder, "model.safetensors")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[len(data)-1] = 0x7e
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

// patched returns a GGUF file of testdata in which the 32-bit value of a key is
// another.
func patched(t testing.TB, name, key string, value uint32) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	at := bytes.Index(data, []byte(key))
	require.Positive(t, at)
	binary.LittleEndian.PutUint32(data[at+len(key)+4:], value)
	return data
}

func TestGGUFFilesThatContradictThemselvesAreRefused(t *testing.T) {
	replaced := func(name, old, by string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		require.Len(t, by, len(old))
		require.True(t, bytes.Contains(data, []byte(old)))
		return bytes.Replace(data, []byte(old), []byte(by), 1)
	}
	whole, err := os.ReadFile(filepath.Join("testdata", "llama3.gguf"))
	require.NoError(t, err)
	cases := map[string]struct {
		data []byte
		want error
		says string
	}{
		"truncated":                             {whole[:len(whole)-64], gguf.ErrMalformed, "needs"},
		"an unknown architecture":               {replaced("qwen2.gguf", "\x05\x00\x00\x00\x00\x00\x00\x00qwen2", "\x05\x00\x00\x00\x00\x00\x00\x00qwenx"), ErrUnsupported, "qwenx"},
		"no architecture":                       {replaced("llama3.gguf", "general.architecture", "general.architecturx"), ErrDescription, "general.architecture"},
		"no width":                              {replaced("llama3.gguf", "llama.embedding_length", "llama.embedding_lengtx"), ErrDescription, "missing"},
		"another width":                         {patched(t, "llama3.gguf", "llama.embedding_length", 64), ErrDescription, "shape"},
		"an enormous width":                     {patched(t, "llama3.gguf", "llama.embedding_length", math.MaxUint32), ErrDescription, "embedding_length"},
		"no heads":                              {patched(t, "llama3.gguf", "llama.attention.head_count", 0), ErrDescription, "divide"},
		"a layer more":                          {patched(t, "llama3.gguf", "llama.block_count", 3), ErrDescription, "missing"},
		"a layer less":                          {patched(t, "llama3.gguf", "llama.block_count", 1), ErrUnsupported, "not known"},
		"a part of the positions":               {patched(t, "llama3.gguf", "llama.rope.dimension_count", 4), ErrUnsupported, "turned"},
		"positions stretched by nothing":        {patched(t, "llama2.gguf", "llama.rope.scaling.factor", 0), ErrDescription, "factor"},
		"positions stretched otherwise":         {replaced("llama2.gguf", "linear", "linea2"), ErrUnsupported, "linea2"},
		"no context":                            {patched(t, "llama3.gguf", "llama.context_length", 0), decoder.ErrModel, "context"},
		"an epsilon that is not a number":       {patched(t, "llama3.gguf", "layer_norm_rms_epsilon", 0x7fc00000), decoder.ErrModel, "epsilon"},
		"an epsilon of the wrong type":          {replaced("llama3.gguf", "layer_norm_rms_epsilon\x06", "layer_norm_rms_epsilon\x04"), ErrDescription, "int64"},
		"heads of GPT-2 that do not fit":        {patched(t, "gpt2.gguf", "gpt2.attention.head_count", 5), ErrDescription, "divide"},
		"another kind of tokenizer":             {replaced("llama3.gguf", "\x04\x00\x00\x00\x00\x00\x00\x00gpt2", "\x04\x00\x00\x00\x00\x00\x00\x00bert"), tokenizer.ErrUnsupported, "bert"},
		"words cut in an unknown way":           {replaced("llama3.gguf", "llama-bpe", "llama-bpx"), tokenizer.ErrUnsupported, "llama-bpx"},
		"a begin token outside":                 {patched(t, "llama3.gguf", "tokenizer.ggml.bos_token_id", 100000), tokenizer.ErrMalformed, "BOS"},
		"no tokens":                             {replaced("llama3.gguf", "tokenizer.ggml.tokens", "tokenizer.ggml.tokenx"), ErrDescription, "missing"},
		"a matrix that is not there":            {replaced("llama3.gguf", "blk.1.attn_k.weight", "blk.1.attn_x.weight"), ErrDescription, "attn_k"},
		"an embedding that is not there":        {replaced("llama3.gguf", "token_embd.weight", "token_embx.weight"), decoder.ErrModel, "vocabulary"},
		"a scale of a block that is not finite": {infiniteScale(t), tensor.ErrMalformed, "scale"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.gguf")
			require.NoError(t, os.WriteFile(path, c.data, 0o600))
			err := tryOpen(path, Options{})
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestTheOnlyGGUFFileOfAFolderIsFound(t *testing.T) {
	folder := t.TempDir()
	data, err := os.ReadFile(filepath.Join("testdata", "qwen2.gguf"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.gguf"), data, 0o600))
	model := openPath(t, folder, Options{})
	require.Equal(t, digestOf(t, open(t, "qwen2.gguf", Options{})), digestOf(t, model))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b.gguf"), data, 0o600))
	_, err = Open(folder, Options{})
	require.ErrorIs(t, err, safetensors.ErrNoWeights)
}

func TestOneOfSeveralGGUFFilesIsNamed(t *testing.T) {
	var data bytes.Buffer
	put := func(values ...any) {
		for _, value := range values {
			if text, ok := value.(string); ok {
				require.NoError(t, binary.Write(&data, binary.LittleEndian, uint64(len(text))))
				value = []byte(text)
			}
			require.NoError(t, binary.Write(&data, binary.LittleEndian, value))
		}
	}
	put([]byte("GGUF"), uint32(3), uint64(0), uint64(2))
	put("general.architecture", uint32(8), "llama", "split.count", uint32(2), uint16(3))
	file, err := gguf.Parse(data.Bytes())
	require.NoError(t, err)
	_, err = readGGUF(file, Options{})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "3 files")
}

// infiniteScale damages the last block of a file in eight bits.
func infiniteScale(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join("testdata", "llama3-q8_0.gguf")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	file, err := gguf.Parse(data)
	require.NoError(t, err)
	w, ok := file.Tensor("blk.0.attn_q.weight")
	require.True(t, ok)
	raw, err := w.Raw()
	require.NoError(t, err)
	at := bytes.Index(data, raw)
	require.Positive(t, at)
	copy(data[at:], []byte{0x00, 0x7c})
	return data
}

func TestFilesOfOtherKindsAndSizesAreRefused(t *testing.T) {
	_, err := Open(filepath.Join("testdata", "absent"), Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open(filepath.Join("testdata", "golden.json"), Options{})
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = Open(filepath.Join("testdata", "qwen2", "model.safetensors"), Options{})
	require.ErrorIs(t, err, ErrDescription)
	require.ErrorContains(t, err, "give the folder")
	for _, name := range []string{"llama3", "llama3.gguf"} {
		_, err = Open(filepath.Join("testdata", name), Options{MaxBytes: 1000})
		require.ErrorIs(t, err, ErrTooLarge)
	}
}

func TestSmallFilesSayHowCompletionsEndAndChatsAreLaidOut(t *testing.T) {
	llama3 := open(t, "llama3", Options{})
	require.Len(t, llama3.Stops, 1)
	eot, ok := llama3.Tokenizer.Control("<|eot_id|>")
	require.True(t, ok)
	require.Equal(t, []int32{eot}, llama3.Stops)
	require.Len(t, llama3.Never, 1, "the begin token")
	require.Equal(t, "llama-3", llama3.Layout.Name())
	require.Equal(t, "chatml", open(t, "qwen2", Options{}).Layout.Name())
	require.Equal(t, "zephyr", open(t, "llama2.gguf", Options{}).Layout.Name())
	gpt2 := open(t, "gpt2", Options{})
	require.ErrorIs(t, gpt2.LayoutErr, chat.ErrNoTemplate)
	require.Empty(t, gpt2.Never)
	require.Equal(t, 16, open(t, "llama3", Options{MaxContext: 16}).Shape.Context)
	require.Equal(t, 16, open(t, "gpt2", Options{MaxContext: 16}).Shape.Context)

	folder := copied(t, "llama3")
	require.NoError(t, os.WriteFile(filepath.Join(folder, templateName), []byte("{{ unknown }}"), 0o600))
	changed := openPath(t, folder, Options{})
	require.ErrorIs(t, changed.LayoutErr, chat.ErrUnknownTemplate)
	require.NotEqual(t, digestOf(t, llama3), digestOf(t, changed), "everything that was used counts")
	edit(t, filepath.Join(folder, configName), func(c map[string]any) {
		c["sliding_window"] = 20
		c["rope_parameters"] = map[string]any{"rope_type": "default", "rope_theta": 5000.0}
		delete(c, "rope_theta")
		delete(c, "rope_scaling")
	})
	changed = openPath(t, folder, Options{})
	require.Equal(t, 20, changed.Shape.Context, "inside the window attention is full")
	require.InDelta(t, 5000.0, changed.Shape.RopeTheta, 0)
	require.Nil(t, changed.Shape.RopeFactors)
}

func TestMatricesAreInt8WhenTheFileOrTheCallerSaySo(t *testing.T) {
	isInt8 := func(m tensor.Matrix) bool { _, ok := m.(*tensor.Q8); return ok }
	for _, name := range []string{"llama3-q8_0.gguf", "gpt2-q8_0.gguf", "llama3-q4_0.gguf"} {
		layer := open(t, name, Options{}).Weights.Layers[0]
		require.True(t, isInt8(layer.Query.Matrix) && isInt8(layer.Down.Matrix), name)
	}
	for _, name := range []string{"llama3", "gpt2", "gpt2.gguf"} {
		require.False(t, isInt8(open(t, name, Options{}).Weights.Layers[0].Query.Matrix), name)
		layer := open(t, name, Options{Int8: true}).Weights.Layers[0]
		require.True(t, isInt8(layer.Query.Matrix) && isInt8(layer.Up.Matrix), name)
	}
}

func TestShortDecimalsComeBackFromFloat32(t *testing.T) {
	for _, value := range []float64{1e-5, 1e-6, 1e-12, 5e-6, 0.1, 1} {
		require.InDelta(t, value, rounded(float64(float32(value))), 0)
	}
	odd := float64(float32(1.0 / 3))
	require.InDelta(t, odd, rounded(odd), 1e-8)
	require.True(t, math.IsNaN(rounded(math.NaN())))
}

func FuzzConfigsNeverPanic(f *testing.F) {
	for _, name := range []string{"llama3", "qwen2", "gpt2"} {
		text, err := os.ReadFile(filepath.Join("testdata", name, configName))
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConfig(text)
		if err != nil {
			return
		}
		if l, err := c.llama(Options{}); err == nil {
			require.NoError(t, l.shape.Validate())
		}
		if g, err := c.gpt2(Options{}); err == nil {
			require.NoError(t, g.shape.Validate())
		}
	})
}

// The fuzzer damages good files; package gguf's own fuzzes the container.
func FuzzDamagedGGUFModelsNeverPanic(f *testing.F) {
	var files [][]byte
	for i, name := range []string{"llama2.gguf", "gpt2-q8_0.gguf", "llama3-q4_0.gguf"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		files = append(files, data)
		f.Add(byte(i), uint32(100*i), []byte{1}, uint32(len(data)))
	}
	f.Fuzz(func(t *testing.T, which byte, at uint32, patch []byte, length uint32) {
		data := bytes.Clone(files[int(which)%len(files)])
		copy(data[int(at)%len(data):], patch)
		data = data[:min(len(data), int(length))]
		file, err := gguf.Parse(data)
		if err != nil {
			return
		}
		model, err := readGGUF(file, Options{})
		if err == nil {
			require.NoError(t, model.Shape.Validate())
			_, _ = decoder.New(model.Shape, model.Weights, canon.Best())
		}
	})
}
