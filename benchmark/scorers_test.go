package benchmark_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// withScorers is the shipped spec with other scorers, written as YAML.
func withScorers(t *testing.T, scorers string, aggregation ...string) *spec.Spec {
	t.Helper()
	text, err := spec.Format(shipped(t))
	require.NoError(t, err)
	from, to := strings.Index(string(text), "scorers:"), strings.Index(string(text), "aggregation:")
	written := string(text[:from]) + "models:\n  - {name: helper, sha256: " + strings.Repeat("ab", 32) + ", length: 100, tier: float32}\nscorers:\n" + scorers + "\n" + string(text[to:])
	for _, line := range aggregation {
		written = strings.Replace(written, "aggregation:\n", "aggregation:\n  "+line+"\n", 1)
	}
	s, err := spec.Parse([]byte(written))
	require.NoError(t, err)
	return s
}

// helper is a model whose answers a test decides.
type helper struct{ broken bool }

func (h helper) Model(context.Context, spec.Model) (benchmark.Model, error) { return h, nil }

var errBroken = errors.New("the model is broken")

// fits is the most that a helper takes.
func fits(texts ...string) error {
	for _, text := range texts {
		if len(text) > 1000 {
			return fmt.Errorf("%w: it has %d bytes", benchmark.ErrModelText, len(text))
		}
	}
	return nil
}

// Loss is a nat for each byte.
func (h helper) Loss(_ context.Context, prompt, text string) (int64, error) {
	if h.broken {
		return 0, errBroken
	}
	return int64(len(text)) * 1_000_000, fits(prompt + text)
}

// Embed points along the first byte's parity.
func (h helper) Embed(_ context.Context, texts []string) ([][]float32, error) {
	if h.broken {
		return nil, errBroken
	}
	if err := fits(texts...); err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = []float32{1, 0}
		if text[0]%2 == 1 {
			vectors[i] = []float32{3, 4}
		}
	}
	return vectors, nil
}

// Complete marks by what it is shown.
func (h helper) Complete(_ context.Context, prompt string, _ int) (string, error) {
	switch {
	case h.broken:
		return "", errBroken
	case fits(prompt) != nil:
		return "", fits(prompt)
	case strings.Contains(prompt, "silent"):
		return "I would rather not say.", nil
	default:
		return "I give it a " + prompt[strings.LastIndexByte(prompt, ' ')+1:] + " of 10.", nil
	}
}

// folder holds blobs by their digest.
type folder map[[32]byte][]byte

func (f folder) From([]string) benchmark.BlobSource { return f }

func (f folder) Get(_ context.Context, digest [32]byte, _ int64) ([]byte, error) {
	if content, there := f[digest]; there {
		return content, nil
	}
	return nil, fmt.Errorf("nobody has %x", digest)
}

func (f folder) GetOpening(context.Context, [32]byte, uint64, int64, func([]byte) error) error {
	return errors.New("nobody opens anything")
}

func (f folder) add(content []byte) string {
	digest := sha256.Sum256(content)
	f[digest] = content
	return hex.EncodeToString(digest[:])
}

// judged opens a benchmark with scorers and gives an answer its verdict.
func judged(t *testing.T, s *spec.Spec, env benchmark.Env, q question.Question, answer benchmark.Answer) benchmark.Verdict {
	t.Helper()
	program, err := benchmark.Open(t.Context(), s, env)
	require.NoError(t, err)
	defer program.Close()
	batch := program.Batch()
	defer batch.Close()
	return batch.Score(t.Context(), &benchmark.Task{Question: q}, answer)
}

func TestEveryScorerScores(t *testing.T) {
	const whole = "weight_bp: 10000, extract: whole}"
	said := func(text string) benchmark.Answer { return benchmark.Answer{Completion: text} }
	for name, c := range map[string]struct {
		scorer string
		q      question.Question
		answer benchmark.Answer
		want   int64
	}{
		"exact":                        {"{scorer: exact, " + whole, question.Question{Expected: "a"}, said("a"), one},
		"exact, another right answer":  {"{scorer: exact, " + whole, question.Question{Expected: "a", Alternatives: []string{"b"}}, said("b"), one},
		"normalized":                   {"{scorer: normalized, " + whole, question.Question{Expected: "the Cat"}, said("cat!"), one},
		"numeric":                      {"{scorer: numeric, relative_tolerance: 10000000, " + whole, question.Question{Expected: "100"}, said("1.005e2"), one},
		"numeric, too far":             {"{scorer: numeric, absolute_tolerance: 100000000, " + whole, question.Question{Expected: "100"}, said("100.2"), 0},
		"numeric, no number":           {"{scorer: numeric, " + whole, question.Question{Expected: "100"}, said("many"), 0},
		"token-f1":                     {"{scorer: token-f1, " + whole, question.Question{Expected: "red green"}, said("green blue"), one / 2},
		"chrf":                         {"{scorer: chrf, " + whole, question.Question{Expected: "same words"}, said("same words"), one},
		"chrf of words":                {"{scorer: chrf, word_order: 2, " + whole, question.Question{Expected: "same words"}, said("same words"), one},
		"bleu":                         {"{scorer: bleu, " + whole, question.Question{Expected: "one two three four five"}, said("one two three four five"), one},
		"rouge-l":                      {"{scorer: rouge-l, " + whole, question.Question{Expected: "a b c d"}, said("a c"), 666_666_667},
		"edit":                         {"{scorer: edit, " + whole, question.Question{Expected: "abcd"}, said("abxd"), one / 4 * 3},
		"edit of words":                {"{scorer: edit, words: true, " + whole, question.Question{Expected: "a b"}, said("a c"), one / 2},
		"json-schema":                  {`{scorer: json-schema, schema: '{"type":"array"}', ` + whole, question.Question{}, said("[]"), one},
		"json-schema of the question":  {"{scorer: json-schema, " + whole, question.Question{Schema: `{"required":["a"]}`}, said("{}"), 0},
		"json-fields":                  {"{scorer: json-fields, " + whole, question.Question{Expected: `{"a":1,"b":2}`}, said(`{"b":2.0,"a":1}`), one},
		"tests":                        {"{scorer: tests, max_steps: 10000, weight_bp: 10000, extract: code}", question.Question{Tests: "def test_it():\n  assert_eq(f(2), 4)\n"}, said("def f(x):\n  return x * x\n"), one},
		"tests, one of two":            {"{scorer: tests, max_steps: 10000, weight_bp: 10000, extract: code}", question.Question{Tests: "def test_a():\n  assert_eq(f(2), 4)\ndef test_b():\n  assert_eq(f(3), 9)\n"}, said("def f(x):\n  return 4\n"), 0},
		"tests, partial":               {"{scorer: tests, max_steps: 10000, partial: true, weight_bp: 10000, extract: code}", question.Question{Tests: "def test_a():\n  assert_eq(f(2), 4)\ndef test_b():\n  assert_eq(f(3), 9)\n"}, said("def f(x):\n  return 4\n"), one / 2},
		"tests, an endless answer":     {"{scorer: tests, max_steps: 10000, weight_bp: 10000, extract: code}", question.Question{Tests: "def test_it():\n  assert_eq(f(2), 4)\n"}, said("def f(x):\n  while True:\n    pass\n"), 0},
		"bits-per-byte":                {"{scorer: bits-per-byte, model: helper, zero_millibits: 2885, " + whole, question.Question{Prompt: "p"}, said("abcd"), 499_932_409},
		"bits-per-byte of nothing":     {"{scorer: bits-per-byte, model: helper, zero_millibits: 2885, " + whole, question.Question{Prompt: "p"}, said(""), 0},
		"embedding":                    {"{scorer: embedding, model: helper, zero_bp: 2000, " + whole, question.Question{Expected: "b"}, said("a"), one / 2},
		"embedding, the better of two": {"{scorer: embedding, model: helper, zero_bp: 2000, " + whole, question.Question{Expected: "b", Alternatives: []string{"c"}}, said("a"), one},
		"embedding of nothing":         {"{scorer: embedding, model: helper, " + whole, question.Question{Expected: "b"}, said(""), 0},
		"latency":                      {"{scorer: latency, full_ms: 100, zero_ms: 300, " + whole, question.Question{}, benchmark.Answer{LatencyMs: 150}, one / 4 * 3},
		"throughput":                   {"{scorer: throughput, full_tokens_per_s: 100, " + whole, question.Question{}, benchmark.Answer{LatencyMs: 1000, Tokens: 50}, one / 2},
		"judge":                        {"{scorer: judge, model: helper, prompt: 'Mark {question} {expected} {answer}', best: 10, " + whole, question.Question{Prompt: "q", Expected: "e"}, said("7"), one / 10 * 7},
		"judge, above the best":        {"{scorer: judge, model: helper, prompt: 'Mark {answer}', best: 10, " + whole, question.Question{}, said("99999999999999999999"), one},
		"cel":                          {"{scorer: cel, formula: 'exact == 1000000000 ? 1000000000 - latency_ms * 1000000 : rouge_l / 2', " + whole, question.Question{Expected: "a"}, benchmark.Answer{Completion: "a", LatencyMs: 100}, one / 10 * 9},
		"starlark":                     {"{scorer: starlark, max_steps: 10000, program: \"def score(item):\\n  return item.metric('exact') // 4\\n\", " + whole, question.Question{Expected: "a"}, said("a"), one / 4},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := judged(t, withScorers(t, "  - "+c.scorer), benchmark.Env{Models: helper{}}, c.q, c.answer)
			require.Equal(t, benchmark.Verdict{Outcome: benchmark.OutcomeScored, Score: c.want, Parts: []int64{c.want}}, verdict)
		})
	}
}

func TestAFailureIsAReasonAndCountsAsTheSpecSays(t *testing.T) {
	long := strings.Repeat("x", 1001)
	const whole = "weight_bp: 10000, extract: whole}"
	for name, c := range map[string]struct {
		scorer string
		env    benchmark.Env
		q      question.Question
		answer string
		reason benchmark.Reason
		// zeroable failures count as 0 where the spec says so, always ones do anyway.
		zeroable, always bool
	}{
		"a formula divides by zero":              {scorer: "{scorer: cel, formula: '1000000000 / size(answer)', " + whole, reason: benchmark.ReasonScorerTrap, zeroable: true},
		"a formula gives what is no score":       {scorer: "{scorer: cel, formula: 'size(answer) - 1', " + whole, reason: benchmark.ReasonScorerResult, zeroable: true},
		"a program never ends":                   {scorer: "{scorer: starlark, max_steps: 10000, program: \"def score(item):\\n  n = 0\\n  for i in range(1000000):\\n    n += i\\n  return 0\\n\", " + whole, reason: benchmark.ReasonScorerLimit, zeroable: true},
		"a program fails":                        {scorer: "{scorer: starlark, max_steps: 10000, program: \"def score(item):\\n  return [][0]\\n\", " + whole, reason: benchmark.ReasonScorerTrap, zeroable: true},
		"an answer is too long to compare":       {scorer: "{scorer: edit, " + whole, q: question.Question{Expected: "a"}, answer: strings.Repeat("x", 1<<20), reason: benchmark.ReasonAnswerTooLong, always: true},
		"the expected number is none":            {scorer: "{scorer: numeric, " + whole, q: question.Question{Expected: "many"}, answer: "1", reason: benchmark.ReasonQuestionUnfit},
		"the question has no tests":              {scorer: "{scorer: tests, max_steps: 10000, " + whole, reason: benchmark.ReasonQuestionUnfit},
		"the question has no schema":             {scorer: "{scorer: json-schema, " + whole, answer: "{}", reason: benchmark.ReasonQuestionUnfit},
		"the schema of the question is bad":      {scorer: "{scorer: json-schema, " + whole, q: question.Question{Schema: "{"}, answer: "{}", reason: benchmark.ReasonQuestionUnfit},
		"the model is broken":                    {scorer: "{scorer: judge, model: helper, prompt: '{answer}', best: 10, " + whole, env: benchmark.Env{Models: helper{broken: true}}, reason: benchmark.ReasonModelMissing},
		"the embedding model is broken":          {scorer: "{scorer: embedding, model: helper, " + whole, env: benchmark.Env{Models: helper{broken: true}}, answer: "a", reason: benchmark.ReasonModelMissing},
		"the loss cannot be had":                 {scorer: "{scorer: bits-per-byte, model: helper, zero_millibits: 8000, " + whole, env: benchmark.Env{Models: helper{broken: true}}, answer: "a", reason: benchmark.ReasonModelMissing},
		"an answer that does not fit the model":  {scorer: "{scorer: bits-per-byte, model: helper, zero_millibits: 8000, " + whole, answer: long, reason: benchmark.ReasonAnswerTooLong, always: true},
		"an answer that cannot be embedded":      {scorer: "{scorer: embedding, model: helper, " + whole, answer: long, reason: benchmark.ReasonAnswerTooLong, always: true, q: question.Question{Expected: "a"}},
		"an answer that the judge cannot read":   {scorer: "{scorer: judge, model: helper, prompt: '{answer}', best: 10, " + whole, answer: long, reason: benchmark.ReasonAnswerTooLong, always: true},
		"a question that does not fit the model": {scorer: "{scorer: bits-per-byte, model: helper, zero_millibits: 8000, " + whole, answer: "a", q: question.Question{Prompt: long}, reason: benchmark.ReasonQuestionUnfit},
		"a reference that cannot be embedded":    {scorer: "{scorer: embedding, model: helper, " + whole, answer: "a", q: question.Question{Expected: long}, reason: benchmark.ReasonQuestionUnfit},
		"a question that the judge cannot read":  {scorer: "{scorer: judge, model: helper, prompt: '{question} {answer}', best: 10, " + whole, answer: "a", q: question.Question{Prompt: long}, reason: benchmark.ReasonQuestionUnfit},
		"the judge says nothing":                 {scorer: "{scorer: judge, model: helper, prompt: '{answer}', best: 10, " + whole, answer: "silent", reason: benchmark.ReasonScorerResult, zeroable: true},
		"a metric of a formula has no use for the question": {
			scorer: "{scorer: cel, formula: 'numeric', " + whole, q: question.Question{Expected: "many"}, answer: "1", reason: benchmark.ReasonQuestionUnfit,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env.Models == nil {
				c.env.Models = helper{}
			}
			for _, fault := range []string{"", "fault: zero"} {
				var lines []string
				if fault != "" {
					lines = []string{fault}
				}
				verdict := judged(t, withScorers(t, "  - "+c.scorer, lines...), c.env, c.q, benchmark.Answer{Completion: c.answer})
				require.Equal(t, c.reason, verdict.Reason, verdict.Detail)
				require.NotEmpty(t, verdict.Detail)
				require.Zero(t, verdict.Score)
				want := benchmark.OutcomeAbstained
				if c.always || c.zeroable && fault != "" {
					want = benchmark.OutcomeScored
				}
				require.Equal(t, want, verdict.Outcome, fault)
			}
		})
	}
}

func TestAClosedGateMakesAnItemNothing(t *testing.T) {
	s := withScorers(t, "  - {scorer: exact, weight_bp: 5000, extract: whole, gate: true}\n  - {scorer: latency, zero_ms: 1000, weight_bp: 5000, extract: whole}")
	q := question.Question{Expected: "a"}
	right := judged(t, s, benchmark.Env{Models: helper{}}, q, benchmark.Answer{Completion: "a", LatencyMs: 500})
	require.Equal(t, one/4*3, right.Score)
	wrong := judged(t, s, benchmark.Env{Models: helper{}}, q, benchmark.Answer{Completion: "b"})
	require.Zero(t, wrong.Score, "a fast wrong answer earns nothing")
	require.Equal(t, []int64{0, one}, wrong.Parts)
	require.Equal(t, []int64{0, 0}, wrong.Result(&benchmark.Task{}).Parts, "nor is it compared by its speed")
}

// overlapModule is the Rust example of the SDK as a scorer.
func overlapModule(t *testing.T, blobs folder, goldens string) string {
	t.Helper()
	code, err := os.ReadFile("../sdk/rust/examples/overlap.wasm")
	require.NoError(t, err)
	return "  - scorer: wasm\n    weight_bp: 10000\n    extract: whole\n    module: {sha256: " + blobs.add(code) +
		fmt.Sprintf(", length: %d, memory_pages: 64, time_limit_ms: 1000}\n    goldens:\n", len(code)) + goldens
}

func TestAModuleIsHeldToItsGoldensBeforeItIsTrusted(t *testing.T) {
	runtime, err := sandbox.Open(sandbox.Options{})
	require.NoError(t, err)
	blobs := folder{}
	env := benchmark.Env{Blobs: blobs, Sandbox: runtime, Models: helper{}}
	const good = "      - {prompt: q, expected: the quick brown fox, answer: the quick brown fox, score: 1000000000}"
	s := withScorers(t, overlapModule(t, blobs, good))
	q := question.Question{Prompt: "q", Expected: "the quick brown fox"}
	require.Equal(t, one, judged(t, s, env, q, benchmark.Answer{Completion: "the quick brown fox"}).Score)
	worse := judged(t, s, env, q, benchmark.Answer{Completion: "a slow red hen"})
	require.Equal(t, benchmark.OutcomeScored, worse.Outcome)
	require.Less(t, worse.Score, one/2)

	_, err = benchmark.Open(t.Context(), withScorers(t, overlapModule(t, blobs, strings.Replace(good, "score: 1000000000", "score: 5", 1))), env)
	require.ErrorIs(t, err, benchmark.ErrOpen)
	require.ErrorIs(t, err, sandbox.ErrGolden)

	for name, broken := range map[string]benchmark.Env{
		"the blob is nowhere":                   {Blobs: folder{}, Sandbox: runtime, Models: helper{}},
		"the blob changed":                      {Blobs: changed{blobs}, Sandbox: runtime, Models: helper{}},
		"there is no sandbox":                   {Blobs: blobs, Models: helper{}},
		"nobody fetches":                        {Sandbox: runtime, Models: helper{}},
		"nobody runs the models of a benchmark": {Blobs: blobs, Sandbox: runtime},
	} {
		_, err = benchmark.Open(t.Context(), s, broken)
		require.ErrorIs(t, err, benchmark.ErrOpen, name)
	}
}

// changed is a mirror that lies about every blob.
type changed struct{ folder }

func (c changed) From([]string) benchmark.BlobSource { return c }

func (c changed) Get(ctx context.Context, digest [32]byte, size int64) ([]byte, error) {
	content, err := c.folder.Get(ctx, digest, size)
	if err != nil {
		return nil, err
	}
	content = append([]byte{}, content...)
	content[len(content)-1] ^= 1
	return content, nil
}

func TestAModuleThatIsNotAModuleIsRefused(t *testing.T) {
	runtime, err := sandbox.Open(sandbox.Options{})
	require.NoError(t, err)
	blobs := folder{}
	digest := blobs.add([]byte("not a module"))
	scorer := "  - scorer: wasm\n    weight_bp: 10000\n    extract: whole\n    module: {sha256: " + digest + ", length: 12, memory_pages: 1, time_limit_ms: 10}\n    goldens:\n      - {prompt: q}"
	_, err = benchmark.Open(t.Context(), withScorers(t, scorer), benchmark.Env{Blobs: blobs, Sandbox: runtime, Models: helper{}})
	require.ErrorIs(t, err, benchmark.ErrOpen)
	require.ErrorIs(t, err, sandbox.ErrModule)
}

// written is a spec over a data set of n questions in shards, and the folder of its shards.
func written(t *testing.T, n, perMiner int) (*spec.Spec, folder) {
	t.Helper()
	blobs := folder{}
	items := func(yield func(dataset.Item, error) bool) {
		for i := range n {
			q := question.Question{Prompt: fmt.Sprintf("question %d", i), Expected: fmt.Sprint(i)}
			encoded, err := q.Encode()
			if !yield(dataset.Item{Bytes: encoded}, err) {
				return
			}
		}
	}
	manifest, err := dataset.Build(items, dataset.Options{Kind: dataset.Questions, Seed: [32]byte{1}, ShardBytes: 1000}, func(_ dataset.Shard, content []byte) error {
		blobs.add(slices.Clone(content))
		return nil
	})
	require.NoError(t, err)
	fragment, err := manifest.SpecYAML(nil, false)
	require.NoError(t, err)
	text, err := spec.Format(shipped(t))
	require.NoError(t, err)
	from, to := strings.Index(string(text), "source:"), strings.Index(string(text), "sampling:")
	indented := "  " + strings.ReplaceAll(strings.TrimRight(fragment, "\n"), "\n", "\n  ") + "\n"
	s, err := spec.Parse([]byte(strings.Replace(string(text[:from])+"source:\n"+indented+string(text[to:]), "items_per_miner: 16", fmt.Sprintf("items_per_miner: %d", perMiner), 1)))
	require.NoError(t, err)
	return s, blobs
}

func TestQuestionsOfADataSetAreDrawnWithoutRepetition(t *testing.T) {
	s, blobs := written(t, 40, 40)
	program, err := benchmark.Open(t.Context(), s, benchmark.Env{Blobs: blobs})
	require.NoError(t, err)
	tasks, err := program.Draw(t.Context(), goldenSeed(), benchmark.Share{})
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, task := range tasks {
		require.Nil(t, task.Fault)
		require.False(t, seen[task.Question.Prompt])
		seen[task.Question.Prompt] = true
		require.Equal(t, "question "+task.Question.Expected, task.Question.Prompt)
	}
	require.Len(t, seen, 40, "all of them")
	another := goldenSeed()
	another.Epoch++
	other, err := program.Draw(t.Context(), another, benchmark.Share{})
	require.NoError(t, err)
	require.NotEqual(t, tasks[0].Question, other[0].Question)
}

func TestAShardThatVanishesOrChangesCostsOnlyItsOwnItems(t *testing.T) {
	for name, c := range map[string]struct {
		reason benchmark.Reason
		harm   func(blobs folder, digest [32]byte)
	}{
		"it vanishes":  {benchmark.ReasonQuestionMissing, func(blobs folder, digest [32]byte) { delete(blobs, digest) }},
		"it changes":   {benchmark.ReasonQuestionChanged, func(blobs folder, digest [32]byte) { blobs[digest] = append([]byte{1}, blobs[digest][1:]...) }},
		"it is longer": {benchmark.ReasonQuestionChanged, func(blobs folder, digest [32]byte) { blobs[digest] = append(blobs[digest], 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			s, blobs := written(t, 40, 40)
			shards := s.Source.GetDataset().Dataset.Shards
			require.Greater(t, len(shards), 1)
			c.harm(blobs, [32]byte(shards[0].Sha256))
			program, err := benchmark.Open(t.Context(), s, benchmark.Env{Blobs: blobs})
			require.NoError(t, err, "what is missing is found out item by item")
			tasks, err := program.Draw(t.Context(), goldenSeed(), benchmark.Share{})
			require.NoError(t, err)
			batch := program.Batch()
			defer batch.Close()
			lost := 0
			for _, task := range tasks {
				verdict := batch.Score(t.Context(), &task, benchmark.Answer{Completion: task.Question.Expected})
				if task.Fault == nil {
					require.Equal(t, one, verdict.Score)
					continue
				}
				lost++
				require.Equal(t, c.reason, verdict.Reason, verdict.Detail)
				require.Equal(t, benchmark.OutcomeAbstained, verdict.Outcome)
			}
			require.EqualValues(t, shards[0].Items, lost)
		})
	}
}

func TestToleranceIsNothingUnlessAModelIsNotExact(t *testing.T) {
	of := func(scorer string, tier spec.Tier) int64 {
		s := withScorers(t, "  - "+scorer)
		s.Models[0].Tier = tier
		program, err := benchmark.Open(t.Context(), s, benchmark.Env{Models: helper{}})
		require.NoError(t, err)
		return program.Tolerance()
	}
	const whole = "weight_bp: 10000, extract: whole}"
	require.Zero(t, of("{scorer: exact, "+whole, spec.TIER_LOW))
	const bits = "{scorer: bits-per-byte, model: helper, zero_millibits: 8000, " + whole
	require.Zero(t, of(bits, spec.TIER_EXACT))
	// 1e-4 nats are 1.443e-4 bits, of 8 bits that make the whole score.
	require.InDelta(t, 18_037, of(bits, spec.TIER_FLOAT32), 3)
	require.InDelta(t, 50*18_037, of(bits, spec.TIER_LOW), 100)
	require.InDelta(t, 125_000, of("{scorer: embedding, model: helper, zero_bp: 2000, "+whole, spec.TIER_FLOAT32), 3)
	require.Equal(t, one, of("{scorer: judge, model: helper, prompt: '{answer}', best: 10, "+whole, spec.TIER_LOW), "a judge may give any other mark")
}
