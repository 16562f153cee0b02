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
	w.Positions = r.table(g.prefix+g.names.positions+".weight", s.Context, g.positions, s.Width)
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
	rows := outputs / parts
	for i := range out {
		switch {
		case g.transposed && r.expect(name, inputs, outputs):
			out[i] = r.columns(name, i*rows, rows, outputs, inputs)
		case !g.transposed && r.expect(name, outputs, inputs):
			out[i] = r.rows(name, i*rows, rows, inputs, nil)
		}
	}
	return out
}

// columnBand is how many columns are read at a time: in pieces of a thousand bytes
// or so, which is long enough for a system call.
const columnBand = 256

// columns is some columns of a matrix of so many, from column begin on, as rows of
// so many inputs.
func (r *reader) columns(name string, begin, rows, columns, inputs int) tensor.Matrix {
	t := r.tensor(name)
	return r.keep(name)(tensor.StoredF32(rows, inputs, columnBand, r.rounds(inputs), func(to []float32, first int) error {
		piece := make([]float32, len(to)/inputs)
		for i := range inputs {
			if err := t.ReadFloat32s(piece, i*columns+begin+first); err != nil {
				return err
			}
			for j, value := range piece {
				to[j*inputs+i] = value
			}
		}
		return nil
	}))
}
