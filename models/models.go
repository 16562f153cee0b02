package models

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/agora-network/agora/engine/native"
)

// Names of the shipped models.
const (
	// Strong answers nearly every question of the default benchmark.
	Strong = "basics-strong"
	// Fair answers about seven of ten.
	Fair = "basics-fair"
	// Weak answers about half of them.
	Weak = "basics-weak"
)

// pinned is the sha256 of each model's weights file.
var pinned = map[string]string{
	Strong: strongSHA256,
	Fair:   fairSHA256,
	Weak:   weakSHA256,
}

//go:embed basics-strong.safetensors basics-strong.json basics-fair.safetensors basics-fair.json basics-weak.safetensors basics-weak.json
var files embed.FS

// ErrUnknown is wrapped when no model of that name ships.
var ErrUnknown = errors.New("no such shipped model")

// Card describes a shipped model.
type Card struct {
	Name       string `json:"name"`
	Summary    string `json:"summary"`
	Licence    string `json:"licence"`
	SHA256     string `json:"sha256"`     // of the weights file, lower-case hex
	Bytes      int    `json:"bytes"`      // length of the weights file
	Parameters int64  `json:"parameters"` // trained numbers
	Generator  string `json:"generator"`  // the questions it was trained on and measured with
	// Training says how it was made.
	Training Training `json:"training"`
	// Drawn is accuracy on fresh questions as a validator draws them, Withheld on
	// those whose prompts training never used.
	Drawn    Accuracy `json:"drawn"`
	Withheld Accuracy `json:"withheld"`
}

// Training says how a model was made; the rest of the recipe is in cmd/train.
type Training struct {
	Data     string `json:"data"`     // where the examples come from
	Steps    int    `json:"steps"`    // of the optimiser
	Examples int    `json:"examples"` // per step
	// Loss is the mean cost of a right completion on prompts that training never used, in nats per token, end token included.
	Loss float64 `json:"loss"`
}

// Accuracy is a number of right answers among Asked, in all and per family.
type Accuracy struct {
	Label    string           `json:"label"` // names the draw, see package measure
	Right    int              `json:"right"`
	Asked    int              `json:"asked"`
	Families []FamilyAccuracy `json:"families"`
}

// FamilyAccuracy is the accuracy on one family of questions.
type FamilyAccuracy struct {
	Family string `json:"family"`
	Right  int    `json:"right"`
	Asked  int    `json:"asked"`
}

// Names lists the shipped models, the best first.
func Names() []string { return []string{Strong, Fair, Weak} }

// Embedded is Weights for callers that have other places to look: found is false
// when there is no such model.
func Embedded(name string) (weights []byte, found bool) {
	weights, err := Weights(name)
	return weights, err == nil
}

// Digest returns the sha256 of a shipped model's weights file in hexadecimal digits,
// empty for a name that is none.
func Digest(name string) string { return pinned[name] }

// ReadCard returns the card of a shipped model.
func ReadCard(name string) (Card, error) {
	if _, ok := pinned[name]; !ok {
		return Card{}, unknown(name)
	}
	text, err := files.ReadFile(name + ".json")
	if err != nil {
		return Card{}, fmt.Errorf("models: %w", err)
	}
	var card Card
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&card); err != nil {
		return Card{}, fmt.Errorf("models: card of %s: %w", name, err)
	}
	return card, nil
}

// Open runs a shipped model with the native engine.
func Open(name string, options native.Options) (*native.Engine, error) {
	weights, err := Weights(name)
	if err != nil {
		return nil, err
	}
	if options.Name == "" {
		options.Name = name
	}
	return native.Open(weights, options)
}

// Weights returns the weights file of a shipped model, after checking it against
// its pin. Each call returns a new copy.
func Weights(name string) ([]byte, error) {
	pin, ok := pinned[name]
	if !ok {
		return nil, unknown(name)
	}
	weights, err := files.ReadFile(name + ".safetensors")
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	if digest := sha256.Sum256(weights); hex.EncodeToString(digest[:]) != pin {
		return nil, fmt.Errorf("models: the weights of %s have sha256 %x, this program expects %s; the source tree was changed or damaged", name, digest, pin)
	}
	return weights, nil
}

func unknown(name string) error {
	return fmt.Errorf("models: %w: %q; there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
}
