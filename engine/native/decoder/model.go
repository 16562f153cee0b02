package decoder

import (
	"errors"
	"math"
	"sync"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/tensor"
)

// Model is a decoder ready to run. Nothing in it changes, so any number of
// batches may share it.
type Model struct {
	shape      Shape
	kernels    *canon.Kernels
	parameters int64
	bytes      int64

	embedding *canon.Panels
	positions tensor.Loaded
	layers    []layer
	finalNorm NormWeights
	head      *canon.Panels
	rotations []rotationPage
}

// linear is a Linear packed for the kernels.
type linear struct {
	panels *canon.Panels
	bias   []float32
}

type layer struct {
	attentionNorm, feedNorm   NormWeights
	query, key, value, output linear
	gate, up, down            linear
}

// New checks that weights fit the shape and packs them for the kernels, on all
// processors. It holds a few rows of stored matrices at a time besides what it packs;
// an error in reading them is returned as it is. The matrices in weights are not
// needed afterwards, except a table of positions that is in memory.
func New(shape Shape, weights Weights, kernels *canon.Kernels) (*Model, error) {
	if err := shape.Validate(); err != nil {
		return nil, err
	}
	if err := weights.check(shape); err != nil {
		return nil, err
	}
	m := &Model{
		shape: shape, kernels: kernels, parameters: weights.Parameters(),
		finalNorm: weights.FinalNorm, layers: make([]layer, shape.Layers),
	}
	if weights.Positions != nil {
		var err error
		if m.positions, err = tensor.Load(weights.Positions); err != nil {
			return nil, err
		}
	}
	packer := packer{arena: canon.NewArena(weights.packedNumbers())}
	m.embedding = packer.add(weights.Embedding)
	m.head = m.embedding
	if weights.Head != nil {
		m.head = packer.add(weights.Head)
	}
	for i := range m.layers {
		w := &weights.Layers[i]
		linears := w.linears()
		packed := make([]linear, len(linears))
		for j, l := range linears {
			if l.Matrix != nil {
				packed[j] = linear{packer.add(l.Matrix), l.Bias}
			}
		}
		m.layers[i] = layer{
			w.AttentionNorm, w.FeedNorm,
			packed[0], packed[1], packed[2], packed[3], packed[4], packed[5], packed[6],
		}
	}
	if err := packer.run(); err != nil {
		return nil, err
	}
	m.bytes = packer.bytes
	if shape.Positions == Rotary {
		m.rotations = make([]rotationPage, (shape.Context+rotationPositions-1)/rotationPositions)
	}
	return m, nil
}

// Shape describes the model.
func (m *Model) Shape() Shape { return m.shape }

// Parameters is the number of trained numbers.
func (m *Model) Parameters() int64 { return m.parameters }

// WeightBytes is the memory that the packed matrices take.
func (m *Model) WeightBytes() int64 { return m.bytes }

// Kernels are the kernels in use.
func (m *Model) Kernels() *canon.Kernels { return m.kernels }

// rotationPositions is how many positions share a page of the table of angles.
const rotationPositions = 256

// rotationPage holds the sines and cosines of some positions. It is filled when
// the first sequence reaches it, so that a long context costs nothing before.
type rotationPage struct {
	once     sync.Once
	cos, sin []float32
}

// rotation returns the cosines and sines of a position: pair i turns by
// position * theta^(-2i/HeadWidth) / factor, computed in float64 and rounded once.
func (m *Model) rotation(position int) (cos, sin []float32) {
	half := m.shape.HeadWidth / 2
	page := &m.rotations[position/rotationPositions]
	page.once.Do(func() {
		page.cos = make([]float32, rotationPositions*half)
		page.sin = make([]float32, rotationPositions*half)
		logTheta := canon.Log64(m.shape.RopeTheta)
		first := position / rotationPositions * rotationPositions
		for i := range half {
			frequency := canon.Exp64(float64(-float64(i) / float64(half) * logTheta))
			if m.shape.RopeFactors != nil {
				frequency /= float64(m.shape.RopeFactors[i])
			}
			for p := range rotationPositions {
				sin, cos := canon.SinCos(float64(float64(first+p) * frequency))
				page.cos[p*half+i], page.sin[p*half+i] = float32(cos), float32(sin)
			}
		}
	})
	at := position % rotationPositions * half
	return page.cos[at : at+half], page.sin[at : at+half]
}

// attentionScale is what queries are multiplied by.
func (m *Model) attentionScale() float32 {
	return float32(1 / math.Sqrt(float64(m.shape.HeadWidth)))
}

// ErrNotFinite: the model computed a number that is infinite or not a number.
var ErrNotFinite = errors.New("the model's numbers overflowed; its weights are damaged or not meant for this engine")

// Logprob returns the natural logarithm of the probability that logits give to
// token, at most 0, or ErrNotFinite. It overwrites logits.
func (m *Model) Logprob(logits []float32, token int32) (float64, error) {
	chosen := logits[token]
	largest, sum := m.kernels.Exps(logits)
	if math.IsNaN(float64(sum)) || math.IsInf(float64(chosen), 0) {
		return 0, ErrNotFinite
	}
	return math.Min(0, float64(chosen-largest)-canon.Log64(float64(sum))), nil
}
