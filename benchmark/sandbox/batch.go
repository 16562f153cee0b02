package sandbox

import (
	"context"
	"errors"

	"github.com/agora-network/agora/benchmark/question"
)

// Batch runs a module over the items of one miner in one epoch, in their order: on one
// fresh instance, and on another one after a call that ended it. One goroutine at a
// time may use it.
type Batch struct {
	module   *Module
	instance *Instance // nil before the first call and after a failure
}

// Batch begins a batch. The caller closes it.
func (m *Module) Batch() *Batch { return &Batch{module: m} }

// Score is [Instance.Score] on the batch's instance.
func (b *Batch) Score(ctx context.Context, in *Input) (score int64, err error) {
	err = b.with(ctx, func(i *Instance) error {
		score, err = i.Score(ctx, in)
		return err
	})
	return score, err
}

// Generate is [Instance.Generate] on the batch's instance.
func (b *Batch) Generate(ctx context.Context, seed [32]byte) (q question.Question, err error) {
	err = b.with(ctx, func(i *Instance) error {
		q, err = i.Generate(ctx, seed)
		return err
	})
	return q, err
}

func (b *Batch) with(ctx context.Context, do func(*Instance) error) error {
	if b.instance == nil {
		instance, err := b.module.Instance(ctx)
		if err != nil {
			return err
		}
		b.instance = instance
	}
	err := do(b.instance)
	if b.instance.ended != nil && !errors.Is(err, ErrDead) {
		b.instance = nil
	}
	return err
}

// Close frees the batch's instance.
func (b *Batch) Close() {
	if b.instance != nil {
		b.instance.Close()
		b.instance = nil
	}
}
