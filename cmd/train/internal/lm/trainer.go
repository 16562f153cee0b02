package lm

import (
	"fmt"
	"math"
)

// Recipe is how a model is trained, or a stage of that.
type Recipe struct {
	// Start is the number of steps done when this stage begins.
	Start int
	// PeakRate is the learning rate after warm-up.
	PeakRate float64
	// FinalRate is the learning rate at the last step.
	FinalRate float64
	// WarmupSteps is the number of steps of linear warm-up.
	WarmupSteps int
	// Steps is the number of optimiser steps of this stage; the cosine ends there.
	Steps int
	// Decay is the decoupled weight decay of matrices.
	Decay float64
	// Clip is the largest global gradient norm.
	Clip float64
}

// Constants of AdamW.
const (
	beta1       = 0.9
	beta2       = 0.98
	adamEpsilon = 1e-8
)

// Rate is the learning rate of a step, counted from 0 over all stages.
func (r Recipe) Rate(step int) float64 {
	step -= r.Start
	if step < r.WarmupSteps {
		return r.PeakRate * float64(step+1) / float64(r.WarmupSteps)
	}
	progress := min(1, float64(step-r.WarmupSteps)/float64(max(1, r.Steps-r.WarmupSteps)))
	return r.FinalRate + (r.PeakRate-r.FinalRate)*(1+math.Cos(math.Pi*progress))/2
}

// Trainer owns a model, its optimiser state and the memory of a step.
type Trainer struct {
	model     *Model
	recipe    Recipe
	step      int
	cos, sin  []float32
	state     state
	gradients gradients
}

// NewTrainer prepares to train model from its first step.
func NewTrainer(model *Model, recipe Recipe) *Trainer {
	c := model.Config
	half := c.HeadDim() / 2
	t := &Trainer{
		model: model, recipe: recipe,
		cos: make([]float32, c.MaxContext*half), sin: make([]float32, c.MaxContext*half),
	}
	for p := range c.MaxContext {
		for i := range half {
			angle := float64(p) * math.Pow(c.RopeTheta, -2*float64(i)/float64(2*half))
			t.cos[p*half+i], t.sin[p*half+i] = float32(math.Cos(angle)), float32(math.Sin(angle))
		}
	}
	t.state.layers = make([]layerState, c.Layers)
	return t
}

// Model returns the weights being trained.
func (t *Trainer) Model() *Model { return t.model }

// Step is the number of steps done.
func (t *Trainer) Step() int { return t.step }

// Use goes on with another recipe; the optimiser keeps its moments.
func (t *Trainer) Use(recipe Recipe) { t.recipe = recipe }

// Loss runs the batch without learning, in nats per learned token.
func (t *Trainer) Loss(b *Batch) (float64, error) {
	if err := b.check(t.model.Config); err != nil {
		return 0, err
	}
	return t.forward(b), nil
}

// Exact reports for each sequence of the batch whether every learned token is
// the likeliest one, which is when greedy decoding gives that completion.
func (t *Trainer) Exact(b *Batch) ([]bool, error) {
	if err := b.check(t.model.Config); err != nil {
		return nil, err
	}
	t.forward(b)
	exact := make([]bool, b.Len())
	for i := range exact {
		exact[i] = true
	}
	for i, hit := range t.state.hits {
		if !hit {
			exact[b.owners[i]] = false
		}
	}
	return exact, nil
}

// Train does one step and returns the loss before it, in nats per learned token.
func (t *Trainer) Train(b *Batch) (float64, error) {
	if err := b.check(t.model.Config); err != nil {
		return 0, err
	}
	for _, w := range t.model.tensors {
		clear(w.grad)
	}
	loss := t.forward(b)
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss, fmt.Errorf("lm: the loss is %v at step %d; lower the learning rate", loss, t.step)
	}
	t.backward(b)
	t.update()
	t.step++
	return loss, nil
}

// update applies AdamW with the clipped gradient.
func (t *Trainer) update() {
	sum := 0.0
	for _, w := range t.model.tensors {
		for _, g := range w.grad {
			sum += float64(g) * float64(g)
		}
	}
	scale := float32(1)
	if norm := math.Sqrt(sum); norm > t.recipe.Clip {
		scale = float32(t.recipe.Clip / norm)
	}
	n := float64(t.step + 1)
	rate := t.recipe.Rate(t.step)
	// The bias corrections of both moments, folded into the step size.
	correction := math.Sqrt(1 - math.Pow(beta2, n))
	stepSize := float32(rate * correction / (1 - math.Pow(beta1, n)))
	epsilon := float32(adamEpsilon * correction)
	for _, w := range t.model.tensors {
		keep := float32(1)
		if w.decays() {
			keep = float32(1 - rate*t.recipe.Decay)
		}
		for i, g := range w.grad {
			g *= scale
			mean := beta1*w.mean[i] + (1-beta1)*g
			variance := beta2*w.variance[i] + (1-beta2)*g*g
			w.mean[i], w.variance[i] = mean, variance
			w.Data[i] = w.Data[i]*keep - stepSize*mean/(float32(math.Sqrt(float64(variance)))+epsilon)
		}
	}
}
