package spec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/spec"
)

// rest is a spec with the settings that neither everything nor sample has.
const rest = `format: 1
name: rest
kind: inference
source:
  generator: continuation/1
  families: [continuation]
  settings: {prefix: 100}
  documents:
    root: ` + digest + `
    items: 2
    shards: [{sha256: ` + digest + `, length: 1000, items: 2}]
sampling: {items_per_miner: 8, domain: shared}
request: {endpoint: chat/completions, max_tokens: 64, deadline_ms: 1500}
models: [{name: meanings, sha256: ` + digest + `, length: 4000000, tier: low}]
scorers:
  - {scorer: embedding, weight_bp: 4000, extract: whole, model: meanings}
  - {scorer: throughput, weight_bp: 3000, extract: whole, full_tokens_per_s: 200}
  - {scorer: starlark, weight_bp: 3000, extract: whole, max_steps: 5000, program: "def score(item): return 0"}
aggregation: {items: mean, ema_alpha_bp: 10000, absence: reset}
weights: {softmax_temperature_bp: 500}
verification: receipts
`

// prober changes one number of a spec after the other, guided by the schema, and compares what the schema
// allows with what Validate says.
type prober struct {
	t      *testing.T
	tree   any
	probed map[string]string // path without indices and variant -> range as the reference has it
}

func (p *prober) probe(schema map[string]any, value any, path, variant string, set func(any)) {
	if shapes, ok := schema["oneOf"].([]any); ok {
		at := slices.IndexFunc(shapes, func(shape any) bool { return fits(shape.(map[string]any), value.(map[string]any)) })
		require.GreaterOrEqual(p.t, at, 0, "%s has a shape", path)
		shape := shapes[at].(map[string]any)
		p.probe(shape, value, path, shape["title"].(string), set)
		return
	}
	switch schema["type"] {
	case "object":
		properties, ok := schema["properties"].(map[string]any)
		if !ok {
			return // numbers of a generator, below
		}
		group := value.(map[string]any)
		for name, inner := range properties {
			inner := inner.(map[string]any)
			old, there := group[name]
			if !there && inner["type"] != "integer" {
				continue
			}
			p.probe(inner, old, strings.TrimPrefix(path+"."+name, "."), variant, func(value any) { group[name] = value })
			if group[name] = old; !there {
				delete(group, name)
			}
		}
	case "array":
		for i, element := range value.([]any) {
			elements := value.([]any)
			p.probe(schema["items"].(map[string]any), element, fmt.Sprintf("%s[%d]", path, i), variant, func(value any) { elements[i] = value })
			elements[i] = element
		}
	case "integer":
		p.integer(schema, path, variant, set)
	}
}

// fits tells whether a group has the shape of a schema.
func fits(shape, group map[string]any) bool {
	for name, property := range shape["properties"].(map[string]any) {
		if fixed, ok := property.(map[string]any)["const"].(string); ok {
			return group[name] == fixed
		}
	}
	_, ok := group[shape["title"].(string)]
	return ok
}

func (p *prober) integer(schema map[string]any, path, variant string, set func(any)) {
	low, high, zero := bounds(p.t, schema)
	words := fmt.Sprintf("%d to %d", low, high)
	if low == high {
		words = fmt.Sprint(low)
	}
	for _, value := range []*big.Int{
		big.NewInt(-1), big.NewInt(0), big.NewInt(1), new(big.Int).SetUint64(low - 1), new(big.Int).SetUint64(low),
		new(big.Int).SetUint64(high), new(big.Int).SetUint64(high + 1), new(big.Int).Lsh(big.NewInt(1), 64),
	} {
		allowed := value.IsUint64() && (value.Uint64() >= low && value.Uint64() <= high || zero && value.Sign() == 0)
		set(&yaml.Node{Kind: yaml.ScalarNode, Value: value.String()})
		text, err := yaml.Marshal(p.tree)
		require.NoError(p.t, err)
		_, err = spec.Parse(text)
		require.Equal(p.t, allowed, !refused(err, path, value), "%s (%s) = %v of %s: %v", path, variant, value, words, err)
	}
	var plain strings.Builder
	for _, part := range strings.SplitAfter(path, "[") {
		if _, after, indexed := strings.Cut(part, "]"); indexed {
			part = "]" + after
		}
		plain.WriteString(part)
	}
	if zero && low > 0 {
		words += " (0: left out)"
	}
	p.probed[plain.String()+" "+variant] = words
}

// bounds reads the range of a schema, and whether 0 is allowed beside it.
func bounds(t *testing.T, schema map[string]any) (low, high uint64, zero bool) {
	if shapes, ok := schema["anyOf"].([]any); ok {
		require.Equal(t, map[string]any{"const": json.Number("0")}, shapes[0])
		low, high, _ = bounds(t, shapes[1].(map[string]any))
		return low, high, true
	}
	_, err := fmt.Sscan(string(schema["minimum"].(json.Number)), &low)
	require.NoError(t, err)
	_, err = fmt.Sscan(string(schema["maximum"].(json.Number)), &high)
	require.NoError(t, err)
	return low, high, false
}

// refused tells whether a number is out of the range of its setting; other problems are contradictions.
func refused(err error, path string, value *big.Int) bool {
	var invalid *spec.InvalidError
	if !errors.As(err, &invalid) {
		return false
	}
	for _, problem := range invalid.Problems {
		if problem.Path == path && (strings.HasPrefix(problem.Reason, fmt.Sprintf("is %v, must be ", value)) && !strings.Contains(problem.Reason, "less than") && !strings.Contains(problem.Reason, "(or set") ||
			strings.HasPrefix(problem.Reason, "must be a whole number")) {
			return true
		}
	}
	return false
}

func TestEveryNumberHasTheRangeThatTheSchemaAndTheReferenceGive(t *testing.T) {
	text, err := spec.JSONSchema()
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var schema map[string]any
	require.NoError(t, decoder.Decode(&schema))

	p := prober{t: t, probed: map[string]string{}}
	for _, text := range []string{sample, everything, inModule(t), rest} {
		var tree map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text), &tree))
		p.tree = tree
		p.probe(schema, tree, "", "", nil)
	}

	numbers, reached := 0, map[string]bool{}
	for _, info := range spec.Reference() {
		if info.Kind[0] < '0' || info.Kind[0] > '9' {
			continue
		}
		numbers++
		for key, words := range p.probed {
			// A setting that all variants have is listed once and reached in each of them.
			if path, variant, _ := strings.Cut(key, " "); path == info.Path && (info.Variant == "" || info.Variant == variant) {
				require.Equal(t, info.Kind, words, key)
				reached[key], reached[info.Path+" "+info.Variant] = true, true
			}
		}
		require.True(t, reached[info.Path+" "+info.Variant], "%s %s", info.Path, info.Variant)
	}
	require.Greater(t, numbers, 40)
	for key := range p.probed {
		require.True(t, reached[key], "%s is in the reference", key)
	}
}

func TestEveryNumberOfAGeneratorHasTheRangeThatItDeclares(t *testing.T) {
	for _, generator := range spec.Generators() {
		for _, setting := range generator.Settings {
			require.LessOrEqual(t, setting.Low, setting.Default, setting.Name)
			require.LessOrEqual(t, setting.Default, setting.High, setting.Name)
			for _, value := range []uint32{setting.Low - 1, setting.Low, setting.Default, setting.High, setting.High + 1, math.MaxUint32} {
				s := parsed(t, rest)
				builtin := s.Source.GetBuiltin()
				builtin.Generator, builtin.Families = generator.Name, generator.Families
				builtin.Settings = []spec.Setting{{Name: setting.Name, Value: value}}
				if !generator.Documents {
					builtin.Documents = nil
				}
				err := s.Validate()
				if value >= setting.Low && value <= setting.High {
					require.NoError(t, err, "%s %s = %d", generator.Name, setting.Name, value)
				} else {
					require.ErrorContains(t, err, fmt.Sprintf("source.settings.%s: is %d, must be %d to %d", setting.Name, value, setting.Low, setting.High))
				}
			}
		}
	}
}

// examples are specs that are drawn alike every time.
func examples() []*spec.Spec {
	all := make([]*spec.Spec, 96)
	for i := range all {
		all[i] = rapid.Custom(drawn).Example(i)
	}
	return all
}

func TestDrawnSpecsLeaveNothingOut(t *testing.T) {
	missing := map[string]bool{}
	for _, info := range spec.Scorers() {
		missing[info.Name] = true
	}
	for _, generator := range spec.Generators() {
		missing[generator.Name] = true
	}
	for _, name := range []string{"dataset", "sealed", "sandbox", "power", "softmax", "significance", "half life", "samples", "zero faults"} {
		missing[name] = true
	}
	for value := range spec.ItemAggregation_name {
		missing[fmt.Sprint("aggregation ", value)] = value > 0
	}
	for _, s := range examples() {
		require.NoError(t, s.Validate())
		for i := range s.Scorers {
			delete(missing, s.Scorers[i].Name())
		}
		found := map[string]bool{
			s.Source.GetBuiltin().GetGenerator(): true,
			"dataset":                            s.Source.GetDataset() != nil,
			"sealed":                             s.Source.GetDataset() != nil && len(s.Source.GetDataset().Dataset.Shards) == 0,
			"sandbox":                            s.Source.GetSandbox() != nil,
			"power":                              s.Weights.GetPower() != nil,
			"softmax":                            s.Weights.GetSoftmax() != nil,
			"significance":                       s.Aggregation.Significance != nil,
			"half life":                          s.Aggregation.EmaHalfLifeBlocks > 0,
			"samples":                            s.Sampling.Samples > 0,
			"zero faults":                        s.Aggregation.Fault == spec.FAULT_ZERO,
			fmt.Sprint("aggregation ", int32(s.Aggregation.Items)): true,
		}
		maps.DeleteFunc(missing, func(name string, wanted bool) bool { return !wanted || found[name] })
	}
	require.Empty(t, missing)
}
