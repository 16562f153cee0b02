package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/agora-network/agora/cmd/train/internal/corpus"
	"github.com/agora-network/agora/cmd/train/internal/lm"
	"github.com/agora-network/agora/engine/native"
)

// recipe is everything that decides a model, apart from rounding.
type recipe struct {
	config native.Config
	seed   uint64
	batch  int // examples per step
	stages []stage
}

// stage is a stretch of training with one schedule and one mix of examples.
type stage struct {
	fit lm.Recipe
	mix corpus.Mix
}

// end is the number of steps done after the stage.
func (s stage) end() int { return s.fit.Start + s.fit.Steps }

// steps is the number of steps of all stages.
func (r recipe) steps() int { return r.stages[len(r.stages)-1].end() }

// at returns the stage in which a step falls.
func (r recipe) at(step int) stage {
	for _, s := range r.stages {
		if step < s.end() {
			return s
		}
	}
	return r.stages[len(r.stages)-1]
}

// recipes holds the shipped models' recipes by name.
var recipes = map[string]recipe{
	"strong": {
		config: shape(96, 3, 3, 256), seed: 1, batch: 128,
		stages: []stage{
			{
				fit: lm.Recipe{PeakRate: 3e-3, FinalRate: 3e-5, WarmupSteps: 200, Steps: 4000, Decay: 0.05, Clip: 1},
				mix: corpus.Mix{ArithmeticPercent: 70},
			},
			// After the first stage every error was a sum or difference with a short operand.
			{
				fit: lm.Recipe{Start: 4000, PeakRate: 1e-3, FinalRate: 1e-5, WarmupSteps: 50, Steps: 1000, Decay: 0.05, Clip: 1},
				mix: corpus.Mix{ArithmeticPercent: 70, ShortPercent: 50},
			},
		},
	},
	"fair": {
		config: shape(48, 3, 3, 128), seed: 1, batch: 128,
		stages: []stage{{
			fit: lm.Recipe{PeakRate: 4e-3, FinalRate: 4e-5, WarmupSteps: 200, Steps: 3000, Decay: 0.05, Clip: 1},
			mix: corpus.Mix{ArithmeticPercent: 60},
		}},
	},
	"weak": {
		config: shape(32, 2, 2, 64), seed: 1, batch: 128,
		stages: []stage{{
			fit: lm.Recipe{PeakRate: 4e-3, FinalRate: 4e-5, WarmupSteps: 200, Steps: 2000, Decay: 0.05, Clip: 1},
			mix: corpus.Mix{ArithmeticPercent: 60},
		}},
	},
}

// shape is a decoder over the byte vocabulary. Positions reach 128 so that a
// caller's longer text is still answered; training sequences are under 32, for
// which a small rotary base separates neighbours better than the usual 10,000.
func shape(hidden, layers, heads, feedForward int) native.Config {
	return native.Config{
		HiddenSize: hidden, Layers: layers, Heads: heads, KVHeads: heads, FeedForward: feedForward,
		Vocabulary: native.VocabularySize, MaxContext: 128, RopeTheta: 1000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
}

func findRecipe(name string) (recipe, error) {
	found, ok := recipes[name]
	if !ok {
		var names []string
		for known := range recipes {
			names = append(names, known)
		}
		sort.Strings(names)
		return recipe{}, fmt.Errorf("no recipe %q; there are: %s", name, strings.Join(names, ", "))
	}
	return found, nil
}
