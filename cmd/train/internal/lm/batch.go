package lm

import (
	"fmt"

	"github.com/agora-network/agora/engine/native"
)

// Batch is a set of answered prompts, packed without padding.
type Batch struct {
	// inputs holds the input tokens of all sequences, one after the other.
	inputs []int32
	// starts[i] is where sequence i begins; a last entry ends the last one.
	starts []int
	// positions lists the inputs whose next token is learned, and targets that
	// token: the completion and its end, never the prompt.
	positions []int
	targets   []int32
	// owners[i] is the sequence that positions[i] belongs to.
	owners []int
}

// Add appends one answered prompt.
func (b *Batch) Add(prompt, completion string) {
	tokens, promptTokens := native.EncodeExample(prompt, completion)
	if len(b.starts) == 0 {
		b.starts = append(b.starts, 0)
	}
	base := len(b.inputs)
	b.inputs = append(b.inputs, tokens[:len(tokens)-1]...)
	for i := promptTokens; i < len(tokens); i++ {
		b.positions = append(b.positions, base+i-1)
		b.targets = append(b.targets, tokens[i])
		b.owners = append(b.owners, len(b.starts)-1)
	}
	b.starts = append(b.starts, len(b.inputs))
}

// Len is the number of sequences.
func (b *Batch) Len() int { return max(0, len(b.starts)-1) }

// Tokens is the number of input tokens.
func (b *Batch) Tokens() int { return len(b.inputs) }

// check refuses what the model cannot hold.
func (b *Batch) check(config native.Config) error {
	if len(b.inputs) == 0 {
		return fmt.Errorf("lm: the batch is empty")
	}
	for i := 1; i < len(b.starts); i++ {
		if n := b.starts[i] - b.starts[i-1]; n > config.MaxContext {
			return fmt.Errorf("lm: sequence %d has %d tokens, the model holds %d", i-1, n, config.MaxContext)
		}
	}
	return nil
}
