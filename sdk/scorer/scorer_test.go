package scorer_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/sdk/scorer"
)

func TestAScorerReadsWhatTheSandboxWrites(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		in := sandbox.Input{
			Prompt: text.Draw(t, "prompt"), Expected: text.Draw(t, "expected"),
			Alternatives: rapid.SliceOfN(text, 1, 4).Draw(t, "alternatives"), Data: text.Draw(t, "data"),
			Tests: text.Draw(t, "tests"), Answer: string(rapid.SliceOf(rapid.Byte()).Draw(t, "answer")),
			LatencyMS: rapid.Uint32().Draw(t, "latency"), Tokens: rapid.Uint32().Draw(t, "tokens"),
		}
		input, err := sandbox.AppendInput(nil, &in)
		require.NoError(t, err)
		item, err := scorer.Decode(input)
		require.NoError(t, err)
		require.Equal(t, scorer.Item(in), item)
		require.Equal(t, append([]string{in.Expected}, in.Alternatives...), item.References())
		_, err = scorer.Decode(input[:len(input)-1])
		require.ErrorIs(t, err, scorer.Malformed)
		_, err = scorer.Decode(append(input, 0))
		require.ErrorIs(t, err, scorer.Malformed)
	})
}

func TestTheSandboxReadsTheQuestionThatAGeneratorWrites(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		made := scorer.Question{
			Family: rapid.StringN(0, 8, 32).Draw(t, "family"), Prompt: "?" + text.Draw(t, "prompt"), Expected: text.Draw(t, "expected"),
			Alternatives: rapid.SliceOfN(text, 0, 3).Draw(t, "alternatives"), Tests: text.Draw(t, "tests"),
			Schema: text.Draw(t, "schema"), Data: text.Draw(t, "data"),
		}
		if len(made.Alternatives) == 0 {
			made.Alternatives = nil
		}
		read, err := question.Decode(made.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, question.Question(made), read)
	})
}

func TestResultsAreThoseOfTheABI(t *testing.T) {
	input, err := sandbox.AppendInput(nil, &sandbox.Input{Prompt: "p"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		score int64
		err   error
		want  int64
	}{
		"a score":             {5, nil, 5},
		"more than one":       {scorer.One + 1, nil, scorer.One},
		"less than nothing":   {-1, nil, 0},
		"an abstention":       {0, scorer.Abstain(7), -7},
		"code zero":           {0, scorer.Abstain(0), -int64(scorer.Failed)},
		"a code out of range": {0, scorer.Abstain(1<<32 - 1), -int64(scorer.Malformed)},
		"another error":       {0, errors.New("other"), -int64(scorer.Failed)},
	} {
		t.Run(name, func(t *testing.T) {
			scorer.Register(func(*scorer.Item) (int64, error) { return c.score, c.err })
			require.Equal(t, c.want, scorer.Score(input))
		})
	}
	scorer.Register(func(*scorer.Item) (int64, error) { return 1, nil })
	require.Equal(t, -int64(scorer.Malformed), scorer.Score(input[:3]))
	scorer.RegisterGenerator(func(r *scorer.Random) (scorer.Question, error) {
		if r.Below(2) == 0 {
			return scorer.Question{}, scorer.Abstain(3)
		}
		return scorer.Question{Prompt: "p"}, nil
	})
	seen := map[string]bool{}
	for b := range 20 {
		seed := make([]byte, 36)
		seed[0], seed[4] = 1, byte(b)
		made, abstained := scorer.Generate(seed)
		seen[string(made)] = true
		require.Contains(t, []int64{0, -3}, abstained)
	}
	require.Equal(t, map[string]bool{"": true, `{"prompt":"p"}`: true}, seen)
	_, abstained := scorer.Generate(nil)
	require.Equal(t, -int64(scorer.Malformed), abstained)
	require.Equal(t, "abstains with code 7", scorer.Abstain(7).Error())
}

// The numbers are those of the reference implementation of xoshiro256** 1.0 for the
// state 1, 2, 3, 4, of which the first sixteen are left out.
func TestTheStreamIsFixedAndUniform(t *testing.T) {
	var seed [32]byte
	for i := range 4 {
		seed[8*i] = byte(i + 1)
	}
	state := [4]uint64{1, 2, 3, 4}
	reference := func() uint64 {
		rotl := func(x uint64, k int) uint64 { return x<<k | x>>(64-k) }
		result := rotl(state[1]*5, 7) * 9
		t := state[1] << 17
		state[2] ^= state[0]
		state[3] ^= state[1]
		state[1] ^= state[2]
		state[0] ^= state[3]
		state[2] ^= t
		state[3] = rotl(state[3], 45)
		return result
	}
	for n, published := range []uint64{11520, 0, 1509978240, 1215971899390074240} {
		require.Equal(t, published, reference(), "number %d", n)
	}
	for range 12 {
		reference()
	}
	r := scorer.NewRandom(seed)
	for range 100 {
		require.Equal(t, reference(), r.Next())
	}
	counts := [3]int{}
	for range 30_000 {
		counts[r.Below(3)]++
	}
	for _, count := range counts {
		require.InDelta(t, 10_000, count, 400)
	}
	require.Zero(t, r.Below(0))
	require.Zero(t, r.Below(1))
	require.NotEqual(t, scorer.NewRandom([32]byte{}).Next(), scorer.NewRandom([32]byte{}).Below(7))
}

func FuzzDecode(f *testing.F) {
	input, err := sandbox.AppendInput(nil, &sandbox.Input{Prompt: "p", Alternatives: []string{"a", "b"}, Answer: "\xff"})
	require.NoError(f, err)
	f.Add(input)
	f.Fuzz(func(t *testing.T, input []byte) {
		item, err := scorer.Decode(input)
		if err != nil {
			require.ErrorIs(t, err, scorer.Malformed)
			return
		}
		in := sandbox.Input(item)
		again, err := sandbox.AppendInput(nil, &in)
		require.NoError(t, err)
		require.Equal(t, input, again)
	})
}
