package decoder_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/decoder/random"
	"github.com/agora-network/agora/engine/native/decoder/reference"
	"github.com/agora-network/agora/engine/native/tensor"
)

// variant is a kind of model, with sizes that fill no vector and no page.
type variant struct {
	shape   decoder.Shape
	options random.Options
}

func llama() decoder.Shape {
	return decoder.Shape{
		Width: 64, Layers: 2, Heads: 6, KVHeads: 3, HeadWidth: 10, Inner: 96, Vocabulary: 83, Context: 200,
		NormEpsilon: 1e-5, RopeTheta: 1000,
	}
}

func variants() map[string]variant {
	gpt := llama()
	gpt.Norm, gpt.Positions, gpt.FeedForward = decoder.LayerNorm, decoder.Learned, decoder.GELU
	gpt.KVHeads = gpt.Heads
	scaled := llama()
	scaled.RopeFactors = []float32{1, 1, 2, 4, 8}
	narrow := llama()
	narrow.Width, narrow.Inner, narrow.HeadWidth = 26, 38, 6
	even := llama() // int8 comes in blocks of 32
	even.HeadWidth, even.Heads, even.KVHeads = 16, 4, 2
	return map[string]variant{
		"llama":                     {llama(), random.Options{Seed: 1}},
		"odd sizes, tied embedding": {narrow, random.Options{Seed: 2, Tied: true}},
		"scaled positions, biases":  {scaled, random.Options{Seed: 3, Biases: true}},
		"gpt-2":                     {gpt, random.Options{Seed: 4, Biases: true, Tied: true}},
		"int8":                      {even, random.Options{Seed: 5, Int8: true}},
	}
}

func weights(t testing.TB, v variant) decoder.Weights {
	t.Helper()
	w, err := random.Weights(v.shape, v.options)
	require.NoError(t, err)
	return w
}

func model(t testing.TB, v variant, path canon.Path) *decoder.Model {
	t.Helper()
	k, err := canon.For(path)
	require.NoError(t, err)
	m, err := decoder.New(v.shape, weights(t, v), k)
	require.NoError(t, err)
	return m
}

// text is tokens from a fixed recurrence.
func text(n, vocabulary int) []int32 {
	tokens, state := make([]int32, n), uint32(7)
	for i := range tokens {
		state = state*1664525 + 1013904223
		tokens[i] = int32(state>>8) % int32(vocabulary)
	}
	return tokens
}

// logprobs scores tokens in steps of at most rows.
func logprobs(t require.TestingT, m *decoder.Model, tokens []int32, rows, threads int) []float64 {
	b := m.NewBatch(rows, threads)
	s := m.NewPool(len(tokens)).NewSequence()
	require.NoError(t, s.Reserve(len(tokens)))
	values := []float64{0}
	for fed := 0; fed < len(tokens)-1; {
		n := min(b.Rows(), len(tokens)-1-fed)
		b.Step([]decoder.Piece{{Sequence: s, Tokens: tokens[fed : fed+n], Want: decoder.WantAll}})
		b.Logits(0, b.Wanted(), func(i int, logits []float32) {
			value, err := m.Logprob(logits, tokens[fed+i+1])
			require.NoError(t, err)
			values = append(values, value)
		})
		fed += n
	}
	return values
}

func TestLossesAgreeWithTheReferenceInFloat64(t *testing.T) {
	for name, v := range variants() {
		t.Run(name, func(t *testing.T) {
			tokens := text(150, v.shape.Vocabulary)
			want := reference.Logprobs(v.shape, weights(t, v), tokens)
			got := logprobs(t, model(t, v, canon.Best().Path()), tokens, 0, 1)
			require.InDeltaSlice(t, want, got, 1e-5)
		})
	}
}

func TestEveryPathPieceSizeAndThreadCountGivesTheSameBits(t *testing.T) {
	for name, v := range variants() {
		t.Run(name, func(t *testing.T) {
			tokens := text(150, v.shape.Vocabulary)
			want := logprobs(t, model(t, v, canon.Generic), tokens, 0, 1)
			for _, path := range canon.Paths() {
				m := model(t, v, path)
				for _, rows := range []int{1, 5, 64, 150} {
					require.Equal(t, want, logprobs(t, m, tokens, rows, 1+rows%3), "%s, %d rows", path, rows)
				}
			}
		})
	}
}

// The bits of a loss of each kind of model: the same for every path and GOARCH.
func TestLossesHaveTheGoldenBits(t *testing.T) {
	golden := map[string]string{
		"llama":                     "bc0269d0d7d517e6e2212933e9afe737f8509c4f6a551f17fe36da4ea5be4022",
		"odd sizes, tied embedding": "56bdb02fb37895964dbdffeee0a1dfc89b6f23f87429ab9c87ab5566e42fc6a5",
		"scaled positions, biases":  "31da807316dd0e48de8106ba2b25457fed339af0c46ea60d93184626bf6e5b3e",
		"gpt-2":                     "fe7210d5d9e7eb2ae29a6ee7c878529a74ca7e5175192d2758a01a1d0a9403f8",
		"int8":                      "3263958660af89ca9a754128bd771eeb566a1b874874e91d46e4e8101b83fef1",
	}
	for name, v := range variants() {
		for _, path := range canon.Paths() {
			hash := sha256.New()
			for _, value := range logprobs(t, model(t, v, path), text(100, v.shape.Vocabulary), 0, 2) {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, math.Float64bits(value)))
			}
			assert.Equal(t, golden[name], hex.EncodeToString(hash.Sum(nil)), "%s, %s", name, path)
		}
	}
}

func TestASequenceDoesNotNoticeTheOthersInTheBatch(t *testing.T) {
	v := variants()["llama"]
	m := model(t, v, canon.Best().Path())
	tokens := text(120, v.shape.Vocabulary)
	alone := map[int]float32{} // a logit after so many tokens
	{
		b, s := m.NewBatch(0, 1), m.NewPool(len(tokens)).NewSequence()
		require.NoError(t, s.Reserve(len(tokens)))
		for i := range tokens {
			b.Step([]decoder.Piece{{Sequence: s, Tokens: tokens[i : i+1], Want: decoder.WantLast}})
			b.Logits(0, 1, func(_ int, logits []float32) { alone[i] = logits[3] })
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := m.NewBatch(40, rapid.IntRange(1, 3).Draw(t, "threads"))
		pool := m.NewPool(600)
		sequences := make([]*decoder.Sequence, 4)
		for i := range sequences {
			sequences[i] = pool.NewSequence()
			require.NoError(t, sequences[i].Reserve(len(tokens)))
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			var pieces []decoder.Piece
			var wanted []int
			room := b.Rows()
			for _, s := range sequences {
				n := rapid.IntRange(0, min(room, len(tokens)-s.Len())).Draw(t, "tokens")
				if n == 0 {
					continue
				}
				room -= n
				want := rapid.SampledFrom([]decoder.Want{decoder.WantNone, decoder.WantLast, decoder.WantAll}).Draw(t, "want")
				pieces = append(pieces, decoder.Piece{Sequence: s, Tokens: tokens[s.Len() : s.Len()+n], Want: want})
				for i := range n {
					if want == decoder.WantAll || want == decoder.WantLast && i == n-1 {
						wanted = append(wanted, s.Len()+i)
					}
				}
			}
			b.Step(pieces)
			require.Equal(t, len(wanted), b.Wanted())
			b.Logits(0, b.Wanted(), func(i int, logits []float32) {
				require.Equal(t, alone[wanted[i]], logits[3])
			})
		}
	})
}

func TestMemoryForCachesIsBoundedAndUsedAgain(t *testing.T) {
	m := model(t, variants()["llama"], canon.Generic)
	pool := m.NewPool(3 * decoder.PagePositions)
	first, second := pool.NewSequence(), pool.NewSequence()
	require.NoError(t, first.Reserve(decoder.PagePositions+1))
	require.ErrorIs(t, second.Reserve(decoder.PagePositions+1), decoder.ErrCacheFull)
	require.Equal(t, 1, pool.Free())
	require.NoError(t, second.Reserve(1))
	first.Release()
	require.NoError(t, second.Reserve(3*decoder.PagePositions))
	require.Zero(t, pool.Free())
	second.Release()
	require.Equal(t, 3, pool.Free())
}

func TestInt8TakesAboutAQuarterOfTheMemory(t *testing.T) {
	v := variants()["int8"]
	small := model(t, v, canon.Generic).WeightBytes()
	v.options.Int8 = false
	wide := model(t, v, canon.Generic)
	require.InDelta(t, 0.28, float64(small)/float64(wide.WeightBytes()), 0.01)
	require.Equal(t, weights(t, v).Parameters(), wide.Parameters())
}

func TestLogitsThatAreNotFiniteAreAnError(t *testing.T) {
	m := model(t, variants()["llama"], canon.Generic)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		logits := make([]float32, 83)
		logits[40] = bad
		_, err := m.Logprob(logits, 1)
		require.ErrorIs(t, err, decoder.ErrNotFinite)
	}
}

func TestWeightsThatDoNotFitTheShapeAreNamed(t *testing.T) {
	small, err := tensor.NewF32(1, 1, []float32{1})
	require.NoError(t, err)
	for want, spoil := range map[string]func(*decoder.Shape, *decoder.Weights){
		"width":               func(s *decoder.Shape, _ *decoder.Weights) { s.Width = 0 },
		"context":             func(s *decoder.Shape, _ *decoder.Weights) { s.Context = 1 << 30 },
		"do not divide":       func(s *decoder.Shape, _ *decoder.Weights) { s.KVHeads = 4 },
		"wider":               func(s *decoder.Shape, _ *decoder.Weights) { s.HeadWidth = 1 << 15 },
		"epsilon":             func(s *decoder.Shape, _ *decoder.Weights) { s.NormEpsilon = math.NaN() },
		"not known":           func(s *decoder.Shape, _ *decoder.Weights) { s.Norm = 9 },
		"in pairs":            func(s *decoder.Shape, _ *decoder.Weights) { s.HeadWidth = 9 },
		"base":                func(s *decoder.Shape, _ *decoder.Weights) { s.RopeTheta = math.Inf(1) },
		"factors for":         func(s *decoder.Shape, _ *decoder.Weights) { s.RopeFactors = []float32{1} },
		"rotary factor 1":     func(s *decoder.Shape, _ *decoder.Weights) { s.RopeFactors = []float32{1, 0, 1, 1, 1} },
		"weights of 1 layers": func(_ *decoder.Shape, w *decoder.Weights) { w.Layers = w.Layers[:1] },
		"embedding is miss":   func(_ *decoder.Shape, w *decoder.Weights) { w.Embedding = nil },
		"head is 1 x 1":       func(_ *decoder.Shape, w *decoder.Weights) { w.Head = small },
		"table of positions":  func(_ *decoder.Shape, w *decoder.Weights) { w.Positions = small },
		"final norm has":      func(_ *decoder.Shape, w *decoder.Weights) { w.FinalNorm.Weight = nil },
		"attention norm has":  func(_ *decoder.Shape, w *decoder.Weights) { w.Layers[1].AttentionNorm.Bias = []float32{1} },
		"layer 1: ":           func(_ *decoder.Shape, w *decoder.Weights) { w.Layers[1].Query.Matrix = small },
		"element 0 is NaN":    func(_ *decoder.Shape, w *decoder.Weights) { w.Layers[0].FeedNorm.Weight[0] = float32(math.NaN()) },
		"down bias":           func(_ *decoder.Shape, w *decoder.Weights) { w.Layers[0].Down.Bias = []float32{1} },
		"that has none":       func(s *decoder.Shape, _ *decoder.Weights) { s.FeedForward = decoder.GELU },
		"final norm bias has": func(s *decoder.Shape, _ *decoder.Weights) { s.Norm = decoder.LayerNorm },
	} {
		t.Run(want, func(t *testing.T) {
			v := variants()["llama"]
			w := weights(t, v)
			spoil(&v.shape, &w)
			_, err := decoder.New(v.shape, w, canon.Best())
			require.ErrorIs(t, err, decoder.ErrModel)
			require.ErrorContains(t, err, want)
		})
	}
}
