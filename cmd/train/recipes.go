package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/agora-network/agora/cmd/train/internal/lm"
	"github.com/agora-network/agora/engine/native"
)

// recipe is everything that decides a model, apart from rounding.
type recipe struct {
	config native.Config
	fit    lm.Recipe
	batch  int // examples per step
	seed   uint64
	// arithmeticPercent of the examples are sums and differences.
	arithmeticPercent int
}

// recipes holds the shipped models' recipes by name.
var recipes = map[string]recipe{
	"strong": {
		config: shape(96, 3, 3, 256),
		fit:    lm.Recipe{PeakRate: 3e-3, FinalRate: 3e-5, WarmupSteps: 200, Steps: 4000, Decay: 0.05, Clip: 1},
		batch:  128,
		seed:   1,

		arithmeticPercent: 70,
	},
	"weak": {
		config: shape(32, 2, 2, 64),
		fit:    lm.Recipe{PeakRate: 4e-3, FinalRate: 4e-5, WarmupSteps: 200, Steps: 2000, Decay: 0.05, Clip: 1},
		batch:  128,
		seed:   1,

		arithmeticPercent: 60,
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
