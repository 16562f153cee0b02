package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/question"
)

func TestTheLayoutOfTheInputIsFixed(t *testing.T) {
	out, err := AppendInput(nil, &Input{
		Prompt: "p", Expected: "ee", Alternatives: []string{"", "a"}, Data: "d", Tests: "t", Answer: "\xff", LatencyMS: 258, Tokens: 3,
	})
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll("01000000 01000000 70 02000000 6565 02000000 00000000 01000000 61 "+
		"01000000 64 01000000 74 01000000 ff 02010000 03000000", " ", ""), hex.EncodeToString(out))
}

func TestTheInputIsBounded(t *testing.T) {
	in := Input{Answer: strings.Repeat("a", MaxInputBytes)}
	_, err := AppendInput(nil, &in)
	require.ErrorIs(t, err, ErrInput)
	i := instance(t, compile(t, open(t, Options{}), scorerOf(i64(1)), Limits{}))
	_, err = i.Score(context.Background(), &in)
	require.ErrorIs(t, err, ErrInput)
	_, err = i.Score(context.Background(), &Input{Answer: "\xff\x00"})
	require.NoError(t, err, "the instance goes on")
	rapid.Check(t, func(t *rapid.T) {
		in := Input{Prompt: rapid.String().Draw(t, "prompt"), Alternatives: rapid.SliceOf(rapid.String()).Draw(t, "alternatives")}
		out, err := AppendInput(nil, &in)
		require.NoError(t, err)
		require.Len(t, out, in.size())
	})
}

// echo is a scorer that returns the tokens of the input, below zero if its latency is
// zero.
func echo(r *Runtime, t testing.TB) *Module {
	at := func(back int32) []byte {
		return slices.Concat(get(0), get(1), op(opI32Add), i32(back), op(opI32Sub, 0x35, 2, 0))
	}
	return compile(t, r, scorerOf(i64(0), at(4), op(opI64Sub), at(4), at(8), op(0x50, opSelect)), small)
}

func TestAnAbstentionCarriesItsCodeAndTheInstanceGoesOn(t *testing.T) {
	both(t, func(t *testing.T, r *Runtime) {
		i := instance(t, echo(r, t))
		for range 3 {
			_, err := i.Score(context.Background(), &Input{Tokens: 9})
			require.ErrorIs(t, err, ErrAbstain)
			require.ErrorContains(t, err, "code 9")
			var abstained *AbstainError
			require.ErrorAs(t, err, &abstained)
			require.EqualValues(t, 9, abstained.Code)
			score, err := i.Score(context.Background(), &Input{LatencyMS: 1, Tokens: 9})
			require.NoError(t, err)
			require.EqualValues(t, 9, score)
		}
	})
}

func TestReplaySaysWhichGoldenDiffersAndBothNumbers(t *testing.T) {
	r := open(t, Options{})
	abstains, scores := Input{Tokens: 5}, Input{LatencyMS: 1, Tokens: 5}
	cases := map[string]struct {
		goldens []Golden
		text    string
	}{
		"all as promised":            {[]Golden{{Input: scores, Score: 5}, {Input: abstains, Abstain: 5}}, ""},
		"none":                       {nil, ""},
		"another score":              {[]Golden{{Input: scores, Score: 5}, {Input: scores, Score: 6}}, "number 1: it should score 6 and scores 5"},
		"another code":               {[]Golden{{Input: abstains, Abstain: 4}}, "number 0: it should abstain with code 4: module abstains with code 5"},
		"a score for an abstention":  {[]Golden{{Input: scores, Abstain: 5}}, "it should abstain with code 5 and scores 5"},
		"an abstention for a score":  {[]Golden{{Input: abstains, Score: 5}}, "it should score 5: module abstains with code 5"},
		"an input that is too large": {[]Golden{{Input: Input{Answer: strings.Repeat("a", MaxInputBytes)}}}, "too large"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := echo(r, t).Replay(context.Background(), c.goldens)
			if c.text == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrGolden)
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestReplayRefusesAModuleThatRemembers(t *testing.T) {
	b := withMemory().allocator()
	b.globals = []global{{typeI64, 1, slices.Concat(i64(0), op(opEnd))}}
	b.function(exportScore, "ii", "I", nil, op(opGlobalGet, 0), i64(1), op(0x7c, opGlobalSet, 0, opGlobalGet, 0))
	m := compile(t, open(t, Options{}), b.bytes(), small)
	err := m.Replay(context.Background(), []Golden{{Score: 1}, {Score: 2}})
	require.ErrorIs(t, err, ErrGolden)
	require.ErrorContains(t, err, "must not depend on the order")
}

func TestReplayOfAModuleThatFailsKeepsTheReason(t *testing.T) {
	r := open(t, Options{})
	err := compile(t, r, scorerOf(op(opUnreachable)), small).Replay(context.Background(), []Golden{{Score: 1}})
	require.ErrorIs(t, err, ErrGolden)
	require.ErrorIs(t, err, ErrTrap)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err = compile(t, r, scorerOf(i64(1)), small).Replay(ctx, []Golden{{Score: 1}})
	require.ErrorIs(t, err, context.Canceled)
}

func TestReplayOfAGeneratorComparesDigests(t *testing.T) {
	b := withMemory().allocator()
	text := `{ "expected":"2", "prompt":"1+1"}`
	b.data = []segment{{slices.Concat([]byte{0}, i32(8), op(opEnd)), []byte(text)}}
	b.function(exportGenerate, "ii", "I", nil, i64(8<<32|int64(len(text))))
	m := compile(t, open(t, Options{}), b.bytes(), small)
	q := question.Question{Prompt: "1+1", Expected: "2"}
	digest, err := q.Digest()
	require.NoError(t, err)
	require.NoError(t, m.ReplayGenerator(context.Background(), []GeneratorGolden{{Digest: digest}}))
	err = m.ReplayGenerator(context.Background(), []GeneratorGolden{{Digest: digest}, {Digest: sha256.Sum256(nil)}})
	require.ErrorIs(t, err, ErrGolden)
	require.ErrorContains(t, err, "number 1")
}

func TestABatchGoesOnWithAFreshInstanceAfterAFailure(t *testing.T) {
	// It traps when the answer is empty, and counts its calls.
	b := withMemory().allocator()
	b.globals = []global{{typeI64, 1, slices.Concat(i64(0), op(opEnd))}}
	b.function(exportScore, "ii", "I", nil,
		op(opGlobalGet, 0), i64(1), op(0x7c, opGlobalSet, 0),
		get(1), i32(36), op(0x46, opIf, voidBlock, opUnreachable, opEnd), op(opGlobalGet, 0))
	m := compile(t, open(t, Options{}), b.bytes(), small)
	batch := m.Batch()
	defer batch.Close()
	for _, want := range []int64{1, 2, -1, 1, -1, -1, 1} {
		in := Input{Answer: "a"}
		if want < 0 {
			in.Answer = ""
		}
		score, err := batch.Score(context.Background(), &in)
		if want < 0 {
			require.ErrorIs(t, err, ErrTrap)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, score)
	}
	_, err := batch.Generate(context.Background(), [32]byte{})
	require.ErrorIs(t, err, ErrModule)
	batch.Close()
	i := instance(t, m)
	i.Close()
	i.Close()
	_, err = i.Score(context.Background(), &Input{})
	require.ErrorIs(t, err, ErrDead)
	require.Equal(t, sha256.Sum256(b.bytes()), m.Digest())
	m.Close()
	m.Close()
}
