package modelfile

import (
	"fmt"
	"math"
	"strconv"

	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/gguf"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// metadata reads values until one is of the wrong type or missing.
type metadata struct {
	file *gguf.File
	err  error
}

func (m *metadata) wrong(key string, value gguf.Value) {
	if m.err != nil {
		return
	}
	if value == nil {
		m.err = fmt.Errorf("%w: metadata %s is missing", ErrDescription, key)
		return
	}
	m.err = fmt.Errorf("%w: metadata %s is a %T", ErrDescription, key, value)
}

func (m *metadata) has(key string) bool { return m.file.Metadata(key) != nil }

// get returns a value of type T that must be there.
func get[T any](m *metadata, key string) T {
	value, ok := m.file.Metadata(key).(T)
	if !ok {
		m.wrong(key, m.file.Metadata(key))
	}
	return value
}

// optional returns a value of type T, or otherwise where there is none.
func optional[T any](m *metadata, key string, otherwise T) T {
	if !m.has(key) {
		return otherwise
	}
	return get[T](m, key)
}

// size returns a size that must be there.
func (m *metadata) size(key string) int {
	value := get[int64](m, key)
	if m.err == nil && (value < 0 || value > math.MaxInt32) {
		m.err = fmt.Errorf("%w: metadata %s is %d", ErrDescription, key, value)
	}
	return int(value)
}

// sizeOr returns a size, or otherwise where there is none.
func (m *metadata) sizeOr(key string, otherwise int) int {
	if !m.has(key) {
		return otherwise
	}
	return m.size(key)
}

// token returns a token id, -1 where there is none.
func (m *metadata) token(key string) int32 {
	return int32(m.sizeOr(key, -1))
}

func openGGUF(path string, options Options) (*Model, error) {
	if err := checkSize(options.MaxBytes, path); err != nil {
		return nil, err
	}
	file, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	model, err := readGGUF(file, options)
	return model.open(err, file, path)
}

func readGGUF(file *gguf.File, options Options) (*Model, error) {
	m := &metadata{file: file}
	architecture := get[string](m, "general.architecture")
	parts := m.sizeOr("split.count", 1)
	if m.err != nil {
		return nil, m.err
	}
	if parts > 1 {
		return nil, fmt.Errorf("%w: a GGUF in %d files; merge them into one first (llama.cpp's gguf-split --merge)", ErrUnsupported, parts)
	}
	model := &Model{}
	if err := model.readGGUFTokenizer(m, architecture); err != nil {
		return nil, err
	}
	r := newReader(ggufSource{file}, options)
	switch architecture {
	case "llama", "qwen2":
		l, err := m.llama(architecture, r, options)
		if err != nil {
			return nil, err
		}
		model.Shape, model.Weights = l.shape, l.read(r)
	case "gpt2":
		g, err := m.gpt2(r, options)
		if err != nil {
			return nil, err
		}
		model.Shape, model.Weights = g.shape, g.read(r)
	default:
		return nil, fmt.Errorf("%w: architecture %q; llama, qwen2 and gpt2 are known", ErrUnsupported, architecture)
	}
	if err := r.finishUse(); err != nil {
		return nil, err
	}
	model.readGGUFHabits(m)
	return model, m.err
}

// llama is the description of a model of Llama's family.
func (m *metadata) llama(prefix string, r *reader, options Options) (llama, error) {
	key := func(name string) string { return prefix + "." + name }
	width, heads := m.size(key("embedding_length")), m.size(key("attention.head_count"))
	if m.err == nil && (heads == 0 || !m.has(key("attention.key_length")) && width%heads != 0) {
		return llama{}, fmt.Errorf("%w: %d numbers do not divide over %d heads", ErrDescription, width, heads)
	}
	if m.err != nil {
		return llama{}, m.err
	}
	headWidth := m.sizeOr(key("attention.key_length"), width/heads)
	out := llama{
		shape: decoder.Shape{
			Width: width, Layers: m.size(key("block_count")), Heads: heads,
			KVHeads: m.sizeOr(key("attention.head_count_kv"), heads), HeadWidth: headWidth,
			Inner: m.size(key("feed_forward_length")), Vocabulary: rows(r, ggufLlama.embedding),
			Context:     options.limit(m.size(key("context_length"))),
			NormEpsilon: rounded(get[float64](m, key("attention.layer_norm_rms_epsilon"))),
			RopeTheta:   optional(m, key("rope.freq_base"), 10000.0),
		},
		tied:       r.shape(ggufLlama.head+".weight") == nil,
		queryBias:  r.shape("blk.0.attn_q.bias") != nil,
		outputBias: r.shape("blk.0.attn_output.bias") != nil,
		feedBias:   r.shape("blk.0.ffn_up.bias") != nil,
		neighbours: prefix == "llama",
		names:      ggufLlama,
	}
	rotated, valueWidth := m.sizeOr(key("rope.dimension_count"), headWidth), m.sizeOr(key("attention.value_length"), headWidth)
	experts := m.sizeOr(key("expert_count"), 0)
	if m.err != nil {
		return llama{}, m.err
	}
	if rotated != headWidth || valueWidth != headWidth || experts != 0 {
		return llama{}, fmt.Errorf("%w: heads of %d numbers of which %d are turned, values of %d, %d experts", ErrUnsupported, headWidth, rotated, valueWidth, experts)
	}
	if err := m.readFactors(key, r, &out.shape); err != nil {
		return llama{}, err
	}
	return out, out.shape.Validate()
}

// readFactors reads how positions are stretched.
func (m *metadata) readFactors(key func(string) string, r *reader, shape *decoder.Shape) error {
	const name = "rope_freqs.weight"
	if r.shape(name) != nil {
		shape.RopeFactors = r.vector(name, shape.HeadWidth/2)
		return r.err
	}
	factor := optional(m, key("rope.scaling.factor"), optional(m, key("rope.scale_linear"), 1.0))
	kind := optional(m, key("rope.scaling.type"), "linear")
	switch {
	case m.err != nil:
		return m.err
	case kind == "none" || kind == "linear" && factor == 1:
		return nil
	case kind != "linear" || shape.HeadWidth < 0 || shape.HeadWidth > decoder.MaxWidth:
		return fmt.Errorf("%w: positions stretched by %q", ErrUnsupported, kind)
	}
	scaling := ropeScaling{Type: kind, Factor: factor}
	var err error
	shape.RopeFactors, err = scaling.factors(shape.HeadWidth, shape.RopeTheta)
	return err
}

// gpt2 is the description of a GPT-2.
func (m *metadata) gpt2(r *reader, options Options) (gpt2, error) {
	width, heads, positions := m.size("gpt2.embedding_length"), m.size("gpt2.attention.head_count"), m.size("gpt2.context_length")
	if m.err == nil && (heads == 0 || width%heads != 0) {
		return gpt2{}, fmt.Errorf("%w: %d numbers do not divide over %d heads", ErrDescription, width, heads)
	}
	if m.err != nil {
		return gpt2{}, m.err
	}
	out := gpt2{
		shape: decoder.Shape{
			Width: width, Layers: m.size("gpt2.block_count"), Heads: heads, KVHeads: heads, HeadWidth: width / heads,
			Inner: m.size("gpt2.feed_forward_length"), Vocabulary: rows(r, ggufGPT2.embedding), Context: options.limit(positions),
			Norm: decoder.LayerNorm, NormEpsilon: rounded(get[float64](m, "gpt2.attention.layer_norm_epsilon")),
			Positions: decoder.Learned, FeedForward: decoder.GELU,
		},
		positions: positions, names: ggufGPT2,
	}
	if r.shape("output.weight") != nil {
		out.head = "output.weight"
	}
	if m.err != nil {
		return gpt2{}, m.err
	}
	return out, out.shape.Validate()
}

// rows is the number of rows of a matrix, 0 where there is none.
func rows(r *reader, name string) int {
	shape := r.shape(name + ".weight")
	if len(shape) != 2 {
		return 0
	}
	return shape[0]
}

// rounded gives a number that a file stores in float32 its short decimal form
// again: 1e-5, not 9.99999974e-06, so that a model computes the same from either
// kind of file.
func rounded(value float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', -1, 32), 64)
	if err != nil {
		return value
	}
	return short
}

func (m *Model) readGGUFTokenizer(meta *metadata, architecture string) error {
	const prefix = "tokenizer.ggml."
	g := tokenizer.GGUF{
		Model: get[string](meta, prefix+"model"), Pre: optional(meta, prefix+"pre", ""),
		Tokens: get[[]string](meta, prefix+"tokens"), Merges: optional[[]string](meta, prefix+"merges", nil),
		BOS: meta.token(prefix + "bos_token_id"), Unknown: meta.token(prefix + "unknown_token_id"),
	}
	if g.Pre == "" && architecture == "gpt2" {
		g.Pre = "gpt-2" // files from before the way of cutting was written down
	}
	for _, t := range optional[[]int64](meta, prefix+"token_type", nil) {
		g.Types = append(g.Types, int32(min(max(t, -1), math.MaxInt32)))
	}
	for _, score := range optional[[]float64](meta, prefix+"scores", nil) {
		g.Scores = append(g.Scores, float32(score))
	}
	if meta.has(prefix + "add_bos_token") {
		add := get[bool](meta, prefix+"add_bos_token")
		g.AddBOS = &add
	}
	if meta.has(prefix + "add_space_prefix") {
		add := get[bool](meta, prefix+"add_space_prefix")
		g.AddSpace = &add
	}
	if meta.err != nil {
		return meta.err
	}
	words, err := tokenizer.NewGGUF(g)
	if err != nil {
		return err
	}
	m.Tokenizer = words
	return nil
}

// readGGUFHabits reads how completions end and conversations are laid out.
func (m *Model) readGGUFHabits(meta *metadata) {
	const prefix = "tokenizer.ggml."
	bos, eos := meta.token(prefix+"bos_token_id"), meta.token(prefix+"eos_token_id")
	tokens := get[[]string](meta, prefix+"tokens")
	template := optional(meta, "tokenizer.chat_template", "")
	for _, key := range []string{"eos_token_id", "eot_token_id", "eom_token_id"} {
		m.addStop(meta.token(prefix + key))
	}
	if meta.err != nil {
		return
	}
	name := func(id int32) string {
		if id < 0 || int(id) >= len(tokens) {
			return ""
		}
		return tokens[id]
	}
	m.setLayout(template, name(bos), name(eos))
	if words, ok := m.Tokenizer.(*tokenizer.Subwords); ok {
		m.Never = begins(words, m.Stops)
	}
}
