//go:build unix

package main

import (
	"fmt"
	"math"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/decoder/random"
	"github.com/agora-network/agora/engine/native/decoder/reference"
)

// Names of rows that others are compared with.
const (
	prefillRow = "prefill, 256 tokens, 3.5M f32, %s"
	decodeRow  = "decode, one stream to 256 tokens, 3.5M f32, %s"
)

// speeds measures the model of the bars on every path.
func speeds(t *table) error {
	prefillBars := map[canon.Path]float64{canon.Generic: 900, canon.AVX2: 4000, canon.AVX512: 6000}
	decodeBars := map[canon.Path]float64{canon.AVX2: 2800, canon.AVX512: 2800}
	for _, path := range canon.Paths() {
		m, err := open(small(), path, random.Options{})
		if err != nil {
			return err
		}
		t.rate(fmt.Sprintf(prefillRow, path), measure(prefill(m, text(256, 512, 7))), prefillBars[path])
	}
	for _, path := range canon.Paths() {
		m, err := open(small(), path, random.Options{})
		if err != nil {
			return err
		}
		t.rate(fmt.Sprintf(decodeRow, path), measure(decode(m, 1, 255, 1)), decodeBars[path])
	}
	for _, path := range canon.Paths() {
		m, err := open(small(), path, random.Options{Int8: true})
		if err != nil {
			return err
		}
		t.rate(fmt.Sprintf("prefill, 256 tokens, 3.5M int8, %s", path), measure(prefill(m, text(256, 512, 7))), 0)
		t.rate(fmt.Sprintf("decode, one stream to 256 tokens, 3.5M int8, %s", path), measure(decode(m, 1, 255, 1)), 0)
	}
	return nil
}

// batches measures what continuous batching gains.
func batches(t *table) error {
	m, err := open(small(), fastest(), random.Options{})
	if err != nil {
		return err
	}
	t.section(fmt.Sprintf("decode of several streams together, 3.5M f32, %s, all streams", fastest()))
	for _, streams := range []int{2, 4, 8, 16, 32} {
		t.rate(fmt.Sprintf("%d streams", streams), measure(decode(m, 1, 255, streams)), 0)
	}
	return nil
}

// exactness compares losses with the reference in float64.
func exactness(t *table) error {
	w, err := random.Weights(small(), random.Options{Seed: 1})
	if err != nil {
		return err
	}
	m, err := decoder.New(small(), w, canon.Best())
	if err != nil {
		return err
	}
	largest, sum, mean, count := 0.0, 0.0, 0.0, 0
	for seed := range uint32(4) {
		tokens := text(256, 512, seed)
		want := reference.Logprobs(small(), w, tokens)
		var got []float64
		b, s := m.NewBatch(len(tokens), 1), m.NewPool(len(tokens)).NewSequence()
		if err := s.Reserve(len(tokens)); err != nil {
			return err
		}
		b.Step([]decoder.Piece{{Sequence: s, Tokens: tokens[:255], Want: decoder.WantAll}})
		b.Logits(0, 255, func(i int, logits []float32) {
			value, problem := m.Logprob(logits, tokens[i+1])
			if problem != nil {
				err = problem
			}
			got = append(got, value)
		})
		if err != nil {
			return err
		}
		for i, value := range got {
			difference := math.Abs(value - want[i+1])
			largest, sum, mean = max(largest, difference), sum+difference, mean-value
			count++
		}
	}
	t.section("against a reference in float64, same weights")
	t.bound("largest difference of a token's loss, nats", "%.1e", largest, 3e-6)
	t.row("mean difference, nats", fmt.Sprintf("%.1e", sum/float64(count)), "", "", true)
	t.row("mean loss, nats", fmt.Sprintf("%.6f", mean/float64(count)), "", "", true)
	return nil
}

// contexts measures how speed falls as the text grows.
func contexts(t *table) error {
	shape := small()
	shape.Context = 8192 + 128
	m, err := open(shape, fastest(), random.Options{})
	if err != nil {
		return err
	}
	t.section(fmt.Sprintf("as the text grows, 3.5M f32, %s", fastest()))
	for _, n := range []int{128, 512, 1024, 2048, 4096, 8192} {
		t.rate(fmt.Sprintf("prefill of %d tokens", n), measure(prefill(m, text(n, 512, 7))), 0)
		t.rate(fmt.Sprintf("decode of 64 tokens after %d", n), measure(decode(m, n, 64, 1)), 0)
	}
	return nil
}

// sizes measures how speed falls as the model grows.
func sizes(t *table) error {
	t.section(fmt.Sprintf("as the model grows, %s, 256 tokens", fastest()))
	for _, s := range []struct{ width, layers, heads, inner, vocabulary int }{
		{96, 3, 3, 256, 258},
		{256, 4, 4, 704, 512},
		{512, 8, 8, 1408, 512},
		{768, 12, 12, 2048, 32000},
	} {
		shape := small()
		shape.Width, shape.Layers, shape.Heads, shape.KVHeads = s.width, s.layers, s.heads, s.heads
		shape.HeadWidth, shape.Inner, shape.Vocabulary = s.width/s.heads, s.inner, s.vocabulary
		for _, form := range []string{"f32", "int8"} {
			m, err := open(shape, fastest(), random.Options{Int8: form == "int8"})
			if err != nil {
				return err
			}
			name := fmt.Sprintf("%.1fM %s, %.0f MiB", float64(m.Parameters())/1e6, form, float64(m.WeightBytes())/(1<<20))
			t.rate("prefill, "+name, measure(prefill(m, text(256, s.vocabulary, 7))), 0)
			t.rate("decode, "+name, measure(decode(m, 1, 64, 1)), 0)
		}
	}
	return nil
}
