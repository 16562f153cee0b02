package modelfile

import (
	"fmt"

	"github.com/agora-network/agora/engine/native/decoder"
)

// llama says how the weights of a model of Llama's family are stored.
type llama struct {
	shape decoder.Shape
	// tied: the embedding is also the head.
	tied bool
	// Which linear maps have a bias.
	queryBias, outputBias, feedBias bool
	// neighbours: the file pairs elements 2i and 2i+1 of a head for the rotation
	// (GGUF), the decoder i and i+HeadWidth/2 (Hugging Face).
	neighbours bool
	names      llamaNames
}

// llamaNames are the names of weights, without ".weight" and ".bias".
type llamaNames struct {
	embedding, finalNorm, head string
	layer                      string // with %d
	attentionNorm              string
	query, key, value, output  string
	feedNorm, gate, up, down   string
}

var huggingFaceLlama = llamaNames{
	embedding: "model.embed_tokens", finalNorm: "model.norm", head: "lm_head",
	layer:         "model.layers.%d.",
	attentionNorm: "input_layernorm",
	query:         "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj", output: "self_attn.o_proj",
	feedNorm: "post_attention_layernorm", gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj",
}

var ggufLlama = llamaNames{
	embedding: "token_embd", finalNorm: "output_norm", head: "output",
	layer:         "blk.%d.",
	attentionNorm: "attn_norm",
	query:         "attn_q", key: "attn_k", value: "attn_v", output: "attn_output",
	feedNorm: "ffn_norm", gate: "ffn_gate", up: "ffn_up", down: "ffn_down",
}

func (l llama) read(r *reader) decoder.Weights {
	s := l.shape
	w := decoder.Weights{Embedding: r.matrix(l.names.embedding+".weight", s.Vocabulary, s.Width, nil)}
	for i := range s.Layers {
		if r.err != nil {
			break
		}
		w.Layers = append(w.Layers, l.readLayer(r, fmt.Sprintf(l.names.layer, i)))
	}
	w.FinalNorm.Weight = r.vector(l.names.finalNorm+".weight", s.Width)
	if head := l.names.head + ".weight"; l.tied {
		r.used[head] = true // some files repeat the embedding
	} else {
		w.Head = r.matrix(head, s.Vocabulary, s.Width, nil)
	}
	return w
}

func (l llama) readLayer(r *reader, prefix string) decoder.Layer {
	s, n := l.shape, l.names
	linear := func(name string, rows, cols int, bias bool, reorder func(int) int) decoder.Linear {
		out := decoder.Linear{Matrix: r.matrix(prefix+name+".weight", rows, cols, reorder)}
		if bias && r.err == nil {
			out.Bias = reordered(r.vector(prefix+name+".bias", rows), rows, reorder)
		}
		return out
	}
	var turn func(int) int
	if l.neighbours {
		turn = l.turn
	}
	return decoder.Layer{
		AttentionNorm: decoder.NormWeights{Weight: r.vector(prefix+n.attentionNorm+".weight", s.Width)},
		Query:         linear(n.query, s.QueryWidth(), s.Width, l.queryBias, turn),
		Key:           linear(n.key, s.KVWidth(), s.Width, l.queryBias, turn),
		Value:         linear(n.value, s.KVWidth(), s.Width, l.queryBias, nil),
		Output:        linear(n.output, s.Width, s.QueryWidth(), l.outputBias, nil),
		FeedNorm:      decoder.NormWeights{Weight: r.vector(prefix+n.feedNorm+".weight", s.Width)},
		Gate:          linear(n.gate, s.Inner, s.Width, l.feedBias, nil),
		Up:            linear(n.up, s.Inner, s.Width, l.feedBias, nil),
		Down:          linear(n.down, s.Width, s.Inner, l.feedBias, nil),
	}
}

// turn says which row of a file that pairs neighbours is row i of query or key.
func (l llama) turn(i int) int {
	half := l.shape.HeadWidth / 2
	head, within := i/l.shape.HeadWidth, i%l.shape.HeadWidth
	return head*l.shape.HeadWidth + 2*(within%half) + within/half
}
