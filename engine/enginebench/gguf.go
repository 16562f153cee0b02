//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/tensor"
)

// Types of metadata values and of weights in a GGUF file.
const (
	ggufUint32, ggufInt32, ggufFloat32, ggufBool, ggufString, ggufArray = 4, 5, 6, 7, 8, 9

	ggufF32       = 0
	ggufAlignment = 32
)

// Kinds of a token in a GGUF file.
const (
	ggufNormal  int32 = 1
	ggufControl int32 = 3
)

// errNotForGGUF is for models that the writer does not know.
var errNotForGGUF = errors.New("only a Llama with float32 weights, without biases and with 512 tokens is written as GGUF")

// ggufWriter collects the parts of a file: its metadata, the list of its tensors
// and their numbers.
type ggufWriter struct {
	metadata, list, data bytes.Buffer
	keys, tensors        uint64
	err                  error
}

// writeGGUF writes a model of Llama's family with float32 weights, and a vocabulary
// of single bytes, pairs of letters and one end token, the last.
func writeGGUF(path string, s decoder.Shape, w decoder.Weights) error {
	g := &ggufWriter{}
	g.describe(s)
	g.vocabulary(s.Vocabulary)
	g.matrix("token_embd.weight", w.Embedding, 0)
	g.matrix("output.weight", w.Head, 0)
	g.vector("output_norm.weight", w.FinalNorm.Weight)
	for i, layer := range w.Layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		g.vector(name("attn_norm"), layer.AttentionNorm.Weight)
		g.vector(name("ffn_norm"), layer.FeedNorm.Weight)
		g.linear(name("attn_q"), layer.Query, s.HeadWidth)
		g.linear(name("attn_k"), layer.Key, s.HeadWidth)
		g.linear(name("attn_v"), layer.Value, 0)
		g.linear(name("attn_output"), layer.Output, 0)
		g.linear(name("ffn_gate"), layer.Gate, 0)
		g.linear(name("ffn_up"), layer.Up, 0)
		g.linear(name("ffn_down"), layer.Down, 0)
	}
	if g.err != nil {
		return g.err
	}
	return os.WriteFile(path, g.file(), 0o600)
}

func (g *ggufWriter) describe(s decoder.Shape) {
	if s.Norm != decoder.RMSNorm || s.Positions != decoder.Rotary || s.FeedForward != decoder.SwiGLU || s.RopeFactors != nil {
		g.err = errNotForGGUF
	}
	g.text("general.architecture", "llama")
	for _, size := range []struct {
		key   string
		value int
	}{
		{"context_length", s.Context},
		{"embedding_length", s.Width},
		{"block_count", s.Layers},
		{"feed_forward_length", s.Inner},
		{"attention.head_count", s.Heads},
		{"attention.head_count_kv", s.KVHeads},
		{"attention.key_length", s.HeadWidth},
		{"attention.value_length", s.HeadWidth},
		{"rope.dimension_count", s.HeadWidth},
		{"vocab_size", s.Vocabulary},
	} {
		g.key("llama."+size.key, ggufUint32)
		g.put(&g.metadata, uint32(size.value))
	}
	g.key("llama.attention.layer_norm_rms_epsilon", ggufFloat32)
	g.put(&g.metadata, float32(s.NormEpsilon))
	g.key("llama.rope.freq_base", ggufFloat32)
	g.put(&g.metadata, float32(s.RopeTheta))
}

// vocabulary writes GPT-2's 256 bytes, as many pairs of letters as there is room
// for, and the end token.
func (g *ggufWriter) vocabulary(size int) {
	const letters = 26
	if size <= 256 || size > 256+letters*letters {
		g.err = errNotForGGUF
		return
	}
	var tokens, merges []string
	types := make([]int32, size)
	stranger := rune(256) // GPT-2 writes bytes that are no letters as these
	for b := range rune(256) {
		if b > ' ' && b < 0x7f || b > 0xa0 && b != 0xad {
			tokens = append(tokens, string(b))
			continue
		}
		tokens = append(tokens, string(stranger))
		stranger++
	}
	for i := 0; len(tokens) < size-1; i++ {
		left, right := string(rune('a'+i/letters)), string(rune('a'+i%letters))
		tokens, merges = append(tokens, left+right), append(merges, left+" "+right)
	}
	tokens = append(tokens, "<|endoftext|>")
	for i := range types {
		types[i] = ggufNormal
	}
	types[size-1] = ggufControl
	g.text("tokenizer.ggml.model", "gpt2")
	g.text("tokenizer.ggml.pre", "gpt-2")
	g.texts("tokenizer.ggml.tokens", tokens)
	g.texts("tokenizer.ggml.merges", merges)
	g.array("tokenizer.ggml.token_type", ggufInt32, len(types))
	g.put(&g.metadata, types)
	for _, key := range []string{"bos", "eos"} {
		g.key("tokenizer.ggml."+key+"_token_id", ggufUint32)
		g.put(&g.metadata, uint32(size-1))
	}
	g.key("tokenizer.ggml.add_bos_token", ggufBool)
	g.put(&g.metadata, false)
}

// linear writes a map without bias. See matrix for head.
func (g *ggufWriter) linear(name string, l decoder.Linear, head int) {
	if l.Bias != nil {
		g.err = errNotForGGUF
		return
	}
	g.matrix(name, l.Matrix, head)
}

// matrix writes a matrix. head is 0, or the width of heads whose halves are to be
// interleaved: GGUF pairs neighbours where decoder pairs the halves of a head.
func (g *ggufWriter) matrix(name string, m tensor.Matrix, head int) {
	f, ok := m.(*tensor.F32)
	if !ok {
		g.err = errNotForGGUF
		return
	}
	numbers, cols := f.Data(), f.Cols()
	if head > 0 {
		numbers = make([]float32, 0, len(f.Data()))
		for row := range f.Rows() {
			first, place := row/head*head, row%head
			from := first + place%2*(head/2) + place/2
			numbers = append(numbers, f.Data()[from*cols:(from+1)*cols]...)
		}
	}
	g.tensor(name, numbers, cols, f.Rows())
}

func (g *ggufWriter) vector(name string, numbers []float32) { g.tensor(name, numbers, len(numbers)) }

// tensor adds a tensor; sizes come fastest first.
func (g *ggufWriter) tensor(name string, numbers []float32, sizes ...int) {
	g.tensors++
	g.string(&g.list, name)
	g.put(&g.list, uint32(len(sizes)))
	for _, size := range sizes {
		g.put(&g.list, uint64(size))
	}
	g.put(&g.list, uint32(ggufF32))
	g.put(&g.list, uint64(g.data.Len()))
	g.put(&g.data, numbers)
	pad(&g.data)
}

// file puts the parts together.
func (g *ggufWriter) file() []byte {
	var out bytes.Buffer
	out.WriteString("GGUF")
	g.put(&out, uint32(3))
	g.put(&out, []uint64{g.tensors, g.keys})
	out.Write(g.metadata.Bytes())
	out.Write(g.list.Bytes())
	pad(&out)
	out.Write(g.data.Bytes())
	return out.Bytes()
}

func (g *ggufWriter) key(name string, kind uint32) {
	g.keys++
	g.string(&g.metadata, name)
	g.put(&g.metadata, kind)
}

func (g *ggufWriter) text(key, value string) {
	g.key(key, ggufString)
	g.string(&g.metadata, value)
}

func (g *ggufWriter) array(key string, kind uint32, length int) {
	g.key(key, ggufArray)
	g.put(&g.metadata, kind)
	g.put(&g.metadata, uint64(length))
}

func (g *ggufWriter) texts(key string, values []string) {
	g.array(key, ggufString, len(values))
	for _, value := range values {
		g.string(&g.metadata, value)
	}
}

func (g *ggufWriter) string(to *bytes.Buffer, text string) {
	g.put(to, uint64(len(text)))
	to.WriteString(text)
}

// put writes numbers; it fails for none of the types that are written here.
func (g *ggufWriter) put(to *bytes.Buffer, value any) {
	g.err = errors.Join(g.err, binary.Write(to, binary.LittleEndian, value))
}

// pad fills up to the next aligned place.
func pad(to *bytes.Buffer) {
	for to.Len()%ggufAlignment != 0 {
		to.WriteByte(0)
	}
}
