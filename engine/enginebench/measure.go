//go:build unix

package main

import (
	"slices"
	"syscall"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/decoder/random"
)

// small is the model of the bars: 3,475,712 parameters.
func small() decoder.Shape {
	return decoder.Shape{
		Width: 256, Layers: 4, Heads: 4, KVHeads: 4, HeadWidth: 64, Inner: 704, Vocabulary: 512, Context: 256,
		NormEpsilon: 1e-5, RopeTheta: 10000,
	}
}

// open makes a model of the shape with weights from a seed.
func open(shape decoder.Shape, path canon.Path, options random.Options) (*decoder.Model, error) {
	k, err := canon.For(path)
	if err != nil {
		return nil, err
	}
	options.Seed = 1
	w, err := random.Weights(shape, options)
	if err != nil {
		return nil, err
	}
	return decoder.New(shape, w, k)
}

// fastest is the last of the paths of this machine.
func fastest() canon.Path {
	paths := canon.Paths()
	return paths[len(paths)-1]
}

// cpuSeconds is the CPU time of this process so far.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// speed is what several rounds of one measurement gave, in tokens per CPU-second.
type speed struct{ best, median float64 }

// measure runs rounds until each took its share of about a second and a half of
// CPU time, at least five times. do returns the tokens it computed.
func measure(do func() int) speed {
	do() // the first touch of memory is not the speed
	var rounds []float64
	for spent := 0.0; len(rounds) < 5 || spent < 1.5 && len(rounds) < 40; {
		tokens, before := 0, cpuSeconds()
		after := before
		// The clock of getrusage may tick in milliseconds.
		for after-before < 0.05 {
			tokens += do()
			after = cpuSeconds()
		}
		spent += after - before
		rounds = append(rounds, float64(tokens)/(after-before))
	}
	slices.Sort(rounds)
	return speed{best: rounds[len(rounds)-1], median: rounds[len(rounds)/2]}
}

func text(n, vocabulary int, seed uint32) []int32 {
	tokens := make([]int32, n)
	for i := range tokens {
		seed = seed*1664525 + 1013904223
		tokens[i] = int32(seed>>8) % int32(vocabulary)
	}
	return tokens
}

// prefill scores tokens, every one of them, as Logprobs does.
func prefill(m *decoder.Model, tokens []int32) func() int {
	b, s := m.NewBatch(0, 1), m.NewPool(len(tokens)).NewSequence()
	return func() int {
		s.Release()
		if err := s.Reserve(len(tokens)); err != nil {
			panic(err)
		}
		for fed := 0; fed < len(tokens)-1; {
			n := min(b.Rows(), len(tokens)-1-fed)
			b.Step([]decoder.Piece{{Sequence: s, Tokens: tokens[fed : fed+n], Want: decoder.WantAll}})
			b.Logits(0, n, func(i int, logits []float32) {
				if _, err := m.Logprob(logits, tokens[fed+i+1]); err != nil {
					panic(err)
				}
			})
			fed += n
		}
		return len(tokens) - 1
	}
}

// decode appends count tokens, the likeliest each time, to streams texts that
// have from tokens already.
func decode(m *decoder.Model, from, count, streams int) func() int {
	b, pool := m.NewBatch(max(streams, decoder.DefaultRows), 1), m.NewPool(streams*(from+count+decoder.PagePositions))
	pieces := make([]decoder.Piece, streams)
	for i := range pieces {
		s := pool.NewSequence()
		if err := s.Reserve(from + count); err != nil {
			panic(err)
		}
		for tokens := text(from, m.Shape().Vocabulary, uint32(i)); len(tokens) > 0; {
			n := min(b.Rows(), len(tokens))
			b.Step([]decoder.Piece{{Sequence: s, Tokens: tokens[:n]}})
			tokens = tokens[n:]
		}
		pieces[i] = decoder.Piece{Sequence: s, Tokens: []int32{int32(i)}, Want: decoder.WantLast}
	}
	return func() int {
		for i := range pieces {
			pieces[i].Sequence.Truncate(from)
			pieces[i].Tokens[0] = int32(i)
		}
		for range count {
			b.Step(pieces)
			b.Logits(0, streams, func(i int, logits []float32) {
				best := 0
				for token, value := range logits {
					if value > logits[best] {
						best = token
					}
				}
				pieces[i].Tokens[0] = int32(best)
			})
		}
		return count * streams
	}
}
