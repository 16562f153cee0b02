package question_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/question"
)

func drawn(t *rapid.T) question.Question {
	text := rapid.String()
	return question.Question{
		Family: rapid.StringN(0, 8, 32).Draw(t, "family"), Prompt: "?" + text.Draw(t, "prompt"), Expected: text.Draw(t, "expected"),
		Alternatives: rapid.SliceOfN(text, 1, 3).Draw(t, "alternatives"), Tests: text.Draw(t, "tests"),
		Schema: text.Draw(t, "schema"), Data: text.Draw(t, "data"),
	}
}

func TestAQuestionSurvivesItsEncodingAndHasOneDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawn(t)
		encoded, err := q.Encode()
		require.NoError(t, err)
		again, err := question.Decode(encoded)
		require.NoError(t, err)
		require.Equal(t, q, again)
		first, err := q.Digest()
		require.NoError(t, err)
		second, err := again.Digest()
		require.NoError(t, err)
		require.Equal(t, first, second)
		again.Prompt += "!"
		other, err := again.Digest()
		require.NoError(t, err)
		require.NotEqual(t, first, other)
	})
}

func TestTheCanonicalBytesAreFixed(t *testing.T) {
	q := question.Question{Prompt: "<1+1> & é", Expected: "2", Alternatives: []string{"two"}}
	encoded, err := q.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"prompt":"<1+1> & é","expected":"2","alternatives":["two"]}`, string(encoded))
	require.Equal(t, []string{"2", "two"}, q.References())
}

func TestWhatIsNotAQuestionIsRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct{ text, reason string }{
		"nothing":                {``, "not a JSON object"},
		"a list":                 {`[]`, "not a JSON object"},
		"no prompt":              {`{"expected":"2"}`, "no prompt"},
		"an unknown field":       {`{"prompt":"a","promt":"b"}`, `unknown field "promt"`},
		"a field twice":          {`{"prompt":"a","prompt":"b"}`, `"prompt" twice`},
		"more after it":          {`{"prompt":"a"}{}`, "something follows"},
		"a number for a text":    {`{"prompt":1}`, "cannot unmarshal number"},
		"cut off":                {`{"prompt":"a`, "unexpected EOF"},
		"bytes that are no text": {"{\"prompt\":\"\xff\"}", "not UTF-8"},
		"too many alternatives":  {`{"prompt":"a","alternatives":["` + strings.Repeat(`a","`, 16) + `"]}`, "17 alternatives"},
		"a long family":          {`{"prompt":"a","family":"` + strings.Repeat("f", 65) + `"}`, "65 bytes"},
		"too large":              {`{"prompt":"` + strings.Repeat("p", question.MaxBytes) + `"}`, "at most 262144"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := question.Decode([]byte(c.text))
			require.ErrorIs(t, err, question.ErrInvalid)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestAnInvalidQuestionHasNoEncoding(t *testing.T) {
	for _, q := range []question.Question{{}, {Prompt: "\xff"}, {Prompt: strings.Repeat("p", question.MaxBytes+1)}, {Prompt: strings.Repeat("\x00", question.MaxBytes/2)}} {
		_, err := q.Encode()
		require.ErrorIs(t, err, question.ErrInvalid)
		_, err = q.Digest()
		require.ErrorIs(t, err, question.ErrInvalid)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"prompt":"1+1","expected":"2"}`))
	f.Add([]byte(`{"prompt":"a","alternatives":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := question.Decode(text)
		if err != nil {
			require.ErrorIs(t, err, question.ErrInvalid)
			return
		}
		encoded, err := q.Encode()
		if err != nil { // escapes may take more room than what was read
			require.ErrorIs(t, err, question.ErrInvalid)
			return
		}
		again, err := question.Decode(encoded)
		require.NoError(t, err)
		second, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, encoded, second)
	})
}
