package modelfile

import (
	"fmt"

	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/tensor"
)

// gpt2 says how the weights of a GPT-2 are stored.
type gpt2 struct {
	shape decoder.Shape
	// positions is the length of the stored table of positions, of which the
	// first Shape.Context are used.
	positions int
	// head is the name of a separate head, "" when it is the embedding.
	head string
	// transposed: matrices are stored [in][out] (Hugging Face's Conv1D).
	transposed bool
	prefix     string
	names      gpt2Names
}

// gpt2Names are the names of weights, without ".weight" and ".bias".
type gpt2Names struct {
	embedding, positions, finalNorm string
	layer                           string // with %d
	attentionNorm, joined, output   string
	feedNorm, up, down              string
}

var huggingFaceGPT2 = gpt2Names{
	embedding: "wte", positions: "wpe", finalNorm: "ln_f",
	layer:         "h.%d.",
	attentionNorm: "ln_1", joined: "attn.c_attn", output: "attn.c_proj",
	feedNorm: "ln_2", up: "mlp.c_fc", down: "mlp.c_proj",
}

var ggufGPT2 = gpt2Names{
	embedding: "token_embd", positions: "position_embd", finalNorm: "output_norm",
	layer:         "blk.%d.",
	attentionNorm: "attn_norm", joined: "attn_qkv", output: "attn_output",
	feedNorm: "ffn_norm", up: "ffn_up", down: "ffn_down",
}

func (g gpt2) read(r *reader) decoder.Weights {
	s := g.shape
	w := decoder.Weights{Embedding: r.matrix(g.prefix+g.names.embedding+".weight", s.Vocabulary, s.Width, nil)}
	if table := r.table(g.prefix+g.names.positions+".weight", g.positions, s.Width); r.err == nil {
		w.Positions = r.wrap(g.names.positions, s.Context, s.Width, table.Data()[:s.Context*s.Width])
	}
	for i := range s.Layers {
		if r.err != nil {
			break
		}
		w.Layers = append(w.Layers, g.readLayer(r, g.prefix+fmt.Sprintf(g.names.layer, i)))
	}
	w.FinalNorm = g.norm(r, g.prefix+g.names.finalNorm)
	if g.head != "" {
		w.Head = r.matrix(g.head, s.Vocabulary, s.Width, nil)
	}
	return w
}

func (g gpt2) readLayer(r *reader, prefix string) decoder.Layer {
	s, n := g.shape, g.names
	joined := g.linears(r, prefix+n.joined, 3*s.Width, s.Width, 3)
	return decoder.Layer{
		AttentionNorm: g.norm(r, prefix+n.attentionNorm),
		Query:         joined[0], Key: joined[1], Value: joined[2],
		Output:   g.linears(r, prefix+n.output, s.Width, s.Width, 1)[0],
		FeedNorm: g.norm(r, prefix+n.feedNorm),
		Up:       g.linears(r, prefix+n.up, s.Inner, s.Width, 1)[0],
		Down:     g.linears(r, prefix+n.down, s.Width, s.Inner, 1)[0],
	}
}

func (g gpt2) norm(r *reader, name string) decoder.NormWeights {
	return decoder.NormWeights{Weight: r.vector(name+".weight", g.shape.Width), Bias: r.vector(name+".bias", g.shape.Width)}
}

// linears reads a linear map and cuts its outputs into equal parts.
func (g gpt2) linears(r *reader, name string, outputs, inputs, parts int) []decoder.Linear {
	out := make([]decoder.Linear, parts)
	bias := r.vector(name+".bias", outputs)
	rows := outputs / parts
	matrices := g.matrices(r, name+".weight", outputs, inputs, parts)
	if r.err != nil {
		return out
	}
	for i := range out {
		out[i] = decoder.Linear{Matrix: matrices[i], Bias: bias[i*rows : (i+1)*rows]}
	}
	return out
}

func (g gpt2) matrices(r *reader, name string, outputs, inputs, parts int) []tensor.Matrix {
	out := make([]tensor.Matrix, parts)
	if r.err == nil && !g.transposed {
		if blocks, err := r.blocks(name); err != nil {
			r.fail(err)
		} else if blocks != nil {
			return g.cutBlocks(r, name, blocks, outputs, inputs, parts)
		}
	}
	rows, cols := outputs, inputs
	if g.transposed {
		rows, cols = cols, rows
	}
	table := r.table(name, rows, cols)
	if r.err != nil {
		return out
	}
	values := table.Data()
	if g.transposed {
		values = transpose(values, rows, cols)
	}
	size := outputs / parts * inputs
	for i := range out {
		out[i] = r.finish(name, outputs/parts, inputs, values[i*size:(i+1)*size])
	}
	return out
}

// cutBlocks keeps a Q8_0 matrix as it is.
func (g gpt2) cutBlocks(r *reader, name string, blocks []byte, outputs, inputs, parts int) []tensor.Matrix {
	out := make([]tensor.Matrix, parts)
	if !r.expect(name, outputs, inputs) {
		return out
	}
	size := len(blocks) / parts
	for i := range out {
		m, err := tensor.ParseQ8(outputs/parts, inputs, blocks[i*size:(i+1)*size])
		if err != nil {
			r.fail(fmt.Errorf("weight %s: %w", name, err))
			return out
		}
		out[i] = m
	}
	return out
}

// transpose turns rows x cols into cols x rows.
func transpose(values []float32, rows, cols int) []float32 {
	out := make([]float32, len(values))
	for i := range rows {
		for j, value := range values[i*cols : (i+1)*cols] {
			out[j*rows+i] = value
		}
	}
	return out
}
