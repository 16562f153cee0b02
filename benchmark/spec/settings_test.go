package spec_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/agora-network/agora/benchmark/spec"
)

const digest = "8372dab9303400dc251f56056bce687ec363dc01aea3ef88f8861712f32303f4"

const module = `    module:
      sha256: ` + digest + `
      length: 61234
      memory_pages: 64
      time_limit_ms: 200
      mirrors: [https://example.org/blobs]
`

// everything has a scorer of every kind and every setting that goes with them.
const everything = `format: 1
name: everything
kind: inference
source:
  dataset:
    root: ` + digest + `
    items: 300
    shards:
      - sha256: ` + digest + `
        length: 1000
        items: 200
      - sha256: ` + digest + `
        length: 500
        items: 100
    mirrors: [https://example.org/data, http://127.0.0.1:8080]
sampling:
  items_per_miner: 32
  domain: shared
  calibration_items: 4
  validators_per_item: 2
  samples: 4
request:
  endpoint: chat/completions
  max_tokens: 64
  temperature_milli: 700
  deadline_ms: 1500
  system: |-
    Answer in one word.
    No	tabs.
models:
  - name: judge
    sha256: ` + digest + `
    length: 4000000
    tier: exact
  - name: words
    sha256: ` + digest + `
    length: 4000000
    tier: float32
    mirrors: [https://example.org]
scorers:
  - {scorer: exact, weight_bp: 500, extract: whole, gate: true}
  - {scorer: normalized, weight_bp: 500, extract: last-line}
  - {scorer: numeric, weight_bp: 500, extract: last-number, absolute_tolerance: 5000000000, relative_tolerance: 10}
  - {scorer: token-f1, weight_bp: 500, extract: whole}
  - {scorer: chrf, weight_bp: 500, extract: whole, word_order: 2}
  - {scorer: bleu, weight_bp: 500, extract: whole}
  - {scorer: rouge-l, weight_bp: 500, extract: whole}
  - {scorer: edit, weight_bp: 500, extract: whole, words: true}
  - {scorer: json-schema, weight_bp: 500, extract: json, schema: '{"type":"object"}'}
  - {scorer: json-fields, weight_bp: 500, extract: json}
  - {scorer: tests, weight_bp: 500, extract: code, max_steps: 100000, partial: true}
  - {scorer: bits-per-byte, weight_bp: 500, extract: whole, model: words, zero_millibits: 8000}
  - {scorer: latency, weight_bp: 500, extract: whole, full_ms: 100, zero_ms: 1000}
  - scorer: judge
    weight_bp: 500
    extract: whole
    model: judge
    prompt: "Is {answer} right? {expected}"
    best: 10
  - {scorer: cel, weight_bp: 1500, extract: whole, formula: 'exact == 0 ? 0 : rouge_l'}
  - scorer: wasm
    weight_bp: 1500
    extract: whole
` + module + `    goldens:
      - prompt: a
        expected: b
        answer: b
        latency_ms: 5
        tokens: 1
        score: 1000000000
      - prompt: a
        answer: trap
        abstain: 3
aggregation:
  items: winner-takes-all
  ema_half_life_blocks: 7200
  absence: reset
  pass_at: 2
  margin_bp: 200
  fault: zero
  significance:
    test: sequential
    alpha_ppm: 10000
weights:
  baseline_bp: 0
  top_k: 1
  power: 1
verification: receipts
evidence_epochs: 50
`

// inModule is a spec whose questions come out of the sandbox.
func inModule(t *testing.T) string {
	t.Helper()
	source := "source:\n" + strings.ReplaceAll(module, "\n    ", "\n  ")[2:]
	source = strings.TrimRight(source, " ") + "  goldens:\n    - seed: " + digest + "\n      question_sha256: " + digest + "\n"
	from, to := strings.Index(sample, "source:"), strings.Index(sample, "sampling:")
	return sample[:from] + source + sample[to:]
}

func TestEverySettingSurvivesYAMLAndCanonicalBytes(t *testing.T) {
	for name, text := range map[string]string{"every scorer and a data set": everything, "a generator in the sandbox": inModule(t), "what those leave out": rest} {
		t.Run(name, func(t *testing.T) {
			s := parsed(t, text)
			again, err := spec.Format(s)
			require.NoError(t, err)
			require.Equal(t, s, parsed(t, string(again)), "%s", again)
			canonical, err := spec.Encode(s)
			require.NoError(t, err)
			decoded, err := spec.Decode(canonical)
			require.NoError(t, err)
			require.Equal(t, s, decoded)
		})
	}
	require.Len(t, parsed(t, everything).Scorers, spec.MaxScorers)
}

func TestContradictionsAreRefusedWithLineAndReason(t *testing.T) {
	for name, c := range map[string]struct{ old, with, want string }{
		"more calibration than items":         {"calibration_items: 4", "calibration_items: 33", "sampling.calibration_items: is 33 of 32 items"},
		"nothing but calibration":             {"calibration_items: 4", "calibration_items: 32", "sampling.calibration_items: is 32 of 32 items"},
		"more answers than are asked for":     {"samples: 4", "samples: 33", "sampling.samples: makes 1056 answers of 32 items"},
		"one sample":                          {"samples: 4", "samples: 1", "sampling.samples: is 1, must be 2 to 64"},
		"equal samples":                       {"temperature_milli: 700", "temperature_milli: 0", "are the same at temperature 0"},
		"pass at more than there are":         {"pass_at: 2", "pass_at: 5", "aggregation.pass_at: is 5 of 4 samples"},
		"more drawn than there are":           {"items_per_miner: 32", "items_per_miner: 301", "the data set has only 300"},
		"shards that do not add up":           {"items: 100", "items: 99", "hold 299 items, must hold the 300 of the set"},
		"a sealed set that nobody opens":      {everything[strings.Index(everything, "    shards:"):strings.Index(everything, "sampling:")], "", "source.dataset: is sealed"},
		"a mirror that is no address":         {"https://example.org/data", "ftp://example.org", "mirrors[0]: must begin with https://"},
		"a digest that is too short":          {"root: " + digest, "root: ab", "line 6: source.dataset.root: must be a sha256 in 64"},
		"a digest in capitals":                {"root: " + digest, "root: " + strings.ToUpper(digest), "must be a sha256 in 64 lower-case"},
		"a model that is not declared":        {"model: words, zero", "model: other, zero", `"other" is none of the spec's models`},
		"models out of order":                 {"name: judge", "name: zzz", "models[1].name: is listed twice or out of order"},
		"a judge that does not see":           {"Is {answer} right?", "Is it right?", "shows no {answer}"},
		"a latency that rises":                {"full_ms: 100", "full_ms: 1000", "full_ms: is 1000, must be less than zero_ms"},
		"an abstention with a score":          {"answer: trap", "score: 5\n        answer: trap", "abstains, and has a score"},
		"no goldens":                          {everything[strings.Index(everything, "    goldens:"):strings.Index(everything, "aggregation:")], "", "goldens: lists 0 goldens, must list 1 to 16"},
		"two kinds of memory":                 {"ema_half_life_blocks: 7200", "ema_half_life_blocks: 7200\n  ema_alpha_bp: 1", "contradicts ema_alpha_bp"},
		"no memory":                           {"  ema_half_life_blocks: 7200\n", "", "aggregation.ema_alpha_bp: is 0"},
		"comparing what cannot be compared":   {"domain: shared", "domain: miner", "set sampling.domain to shared"},
		"a margin without a champion":         {"items: winner-takes-all", "items: mean", "margin_bp: has a meaning only for winner-takes-all"},
		"a lead without comparisons":          {"margin_bp: 200", "epsilon_bp: 200", "epsilon_bp: has a meaning only for win-rate and pareto"},
		"a setting of another scorer":         {"scorer: bleu, weight_bp: 500,", "scorer: bleu, words: true, weight_bp: 500,", `"words": unknown setting, known are scorer, weight_bp, extract, gate`},
		"weights that do not add up":          {"scorer: bleu, weight_bp: 500", "scorer: bleu, weight_bp: 400", "the weights add up to 9900 bp"},
		"the same but for the gate":           {"scorer: normalized, weight_bp: 500, extract: last-line", "scorer: exact, weight_bp: 500, extract: whole", "does the same as scorers[0]"},
		"a word order that chrF has not":      {"word_order: 2", "word_order: 1", "word_order: is 1, must be 2"},
		"an unlimited module":                 {"time_limit_ms: 200", "time_limit_ms: 0", "time_limit_ms: is 0, must be 1 to 60000"},
		"memory without a bound":              {"memory_pages: 64", "memory_pages: 65536", "memory_pages: is 65536, must be 1 to 4096"},
		"a flag that is not one":              {"gate: true", "gate: yes", `gate: must be true or false, not "yes"`},
		"a data set beside a generator":       {"source:\n", "source:\n  generator: basics/1\n", "source: generator and dataset contradict each other; keep one"},
		"a significance test without a level": {"    alpha_ppm: 10000\n", "", "alpha_ppm: is 0, must be 1 to 200000"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, everything, c.old)
			_, err := spec.Parse([]byte(strings.Replace(everything, c.old, c.with, 1)))
			require.ErrorIs(t, err, spec.ErrInvalid)
			require.ErrorContains(t, err, c.want)
			require.Regexp(t, `line \d+: `, err.Error())
		})
	}
}

func TestTheSchemaForEditorsAllowsWhatParseAllows(t *testing.T) {
	text, err := spec.JSONSchema()
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("spec.json", document))
	schema, err := compiler.Compile("spec.json")
	require.NoError(t, err)

	valid := func(text string) error {
		var value any
		require.NoError(t, yaml.Unmarshal([]byte(text), &value))
		plain, err := json.Marshal(value)
		require.NoError(t, err)
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
		require.NoError(t, err)
		return schema.Validate(instance)
	}
	require.NoError(t, valid(sample))
	require.NoError(t, valid(everything))
	require.NoError(t, valid(inModule(t)))
	require.NoError(t, valid(rest))
	for _, example := range examples() {
		text, err := spec.Format(example)
		require.NoError(t, err)
		require.NoError(t, valid(string(text)), "%s", text)
	}
	shipped, err := filepath.Glob("../../benchmarks/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, shipped)
	for _, path := range shipped {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, valid(string(text)), path)
	}
	for _, wrong := range []string{
		strings.Replace(sample, "domain:", "domian:", 1),
		strings.Replace(sample, "scorer: exact", "scorer: blue", 1),
		strings.Replace(sample, "max_tokens: 64", "max_tokens: 0", 1),
		strings.Replace(sample, "max_tokens: 64", "max_tokens: many", 1),
		strings.Replace(everything, "word_order: 2", "word_order: 1", 1),
		strings.Replace(sample, "name: sample", "name: Sample", 1),
		strings.Replace(everything, digest, "ab", 1),
	} {
		require.Error(t, valid(wrong))
	}
}

func TestTheReferenceListsEverySettingOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range spec.Reference() {
		key := info.Path + " " + info.Variant
		require.False(t, seen[key], key)
		seen[key] = true
		require.NotEmpty(t, info.Summary, key)
		require.NotEmpty(t, info.Kind, key)
	}
	for _, path := range []string{"format ", "source.dataset.shards[].sha256 dataset", "scorers[].word_order chrf", "aggregation.significance.alpha_ppm ", "weights.power power"} {
		require.True(t, seen[path], path)
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, text := range map[string]string{"usual": sample, "everything": everything} {
		canonical, err := spec.Encode(parsed(b, text))
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := spec.Decode(canonical); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
