package sandbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Golden is a result that a scorer promises.
type Golden struct {
	Input Input
	// Score in units of 1e-9, when Abstain is 0.
	Score int64
	// Abstain is the code with which the module abstains, or 0.
	Abstain int64
}

// GeneratorGolden is a question that a generator promises.
type GeneratorGolden struct {
	Seed [32]byte
	// Digest of the question, see question.Question.Digest.
	Digest [sha256.Size]byte
}

// Replay runs the goldens on a fresh instance in their order and on another one
// backwards, and refuses a module that differs anywhere: the error wraps [ErrGolden] and
// says where, what was promised and what came.
func (m *Module) Replay(ctx context.Context, goldens []Golden) error {
	return m.replay(ctx, len(goldens), func(i *Instance, n int) error {
		want := &goldens[n]
		got, err := i.Score(ctx, &want.Input)
		var abstained *AbstainError
		switch {
		case err == nil && want.Abstain == 0 && got == want.Score:
			return nil
		case errors.As(err, &abstained) && abstained.Code == want.Abstain:
			return nil
		case err != nil && want.Abstain != 0:
			return fmt.Errorf("it should abstain with code %d: %w", want.Abstain, err)
		case err != nil:
			return fmt.Errorf("it should score %d: %w", want.Score, err)
		case want.Abstain != 0:
			return fmt.Errorf("it should abstain with code %d and scores %d", want.Abstain, got)
		}
		return fmt.Errorf("it should score %d and scores %d", want.Score, got)
	})
}

// ReplayGenerator is [Module.Replay] for a generator.
func (m *Module) ReplayGenerator(ctx context.Context, goldens []GeneratorGolden) error {
	return m.replay(ctx, len(goldens), func(i *Instance, n int) error {
		q, err := i.Generate(ctx, goldens[n].Seed)
		if err != nil {
			return err
		}
		digest, err := q.Digest()
		if err != nil {
			return err
		}
		if digest != goldens[n].Digest {
			return fmt.Errorf("it should make the question %x and makes %x", goldens[n].Digest, digest)
		}
		return nil
	})
}

func (m *Module) replay(ctx context.Context, count int, check func(i *Instance, n int) error) error {
	for _, backwards := range []bool{false, true} {
		instance, err := m.Instance(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrGolden, err)
		}
		for n := range count {
			if backwards {
				n = count - 1 - n
			}
			err := check(instance, n)
			if err == nil {
				continue
			}
			instance.Close()
			if ctx.Err() != nil { // the caller's reason, not the module's
				return err
			}
			if backwards {
				return fmt.Errorf("%w: number %d, after those behind it (results must not depend on the order): %w", ErrGolden, n, err)
			}
			return fmt.Errorf("%w: number %d: %w", ErrGolden, n, err)
		}
		instance.Close()
	}
	return nil
}
