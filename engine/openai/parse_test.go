package openai

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
)

func readEvents(from io.Reader) (events []string, err error) {
	reader := newEventReader(from)
	for {
		data, err := reader.next()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, string(data))
	}
}

func TestEventsAreReadAsTheStandardSays(t *testing.T) {
	for text, want := range map[string][]string{
		"data: a\n\n":                          {"a"},
		"data:a\r\n\r\ndata: b\r\n\r\n":        {"a", "b"},
		": comment\n\nevent: x\nid: 1\n\n":     nil,
		"data: a\ndata: b\n\n":                 {"a\nb"},
		"data:  two spaces\n\n":                {" two spaces"},
		"event: e\ndata: a\nretry: 5\n\n":      {"a"},
		"data: no end":                         {"no end"},
		"":                                     nil,
		"\n\n\n":                               nil,
		"data\n\n":                             nil,
		"database: x\n\ndata: y\n\ndataset:\n": {"y"},
	} {
		got, err := readEvents(bytes.NewReader([]byte(text)))
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, got, "%q", text)
	}
}

func FuzzEventsDoNotDependOnHowTheBytesArrive(f *testing.F) {
	f.Add([]byte("data: {\"choices\":[]}\n\n: x\r\n\r\ndata: [DONE]\n\n"))
	f.Add([]byte("data: a\ndata:\ndata: b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, errWhole := readEvents(bytes.NewReader(text))
		parts, errParts := readEvents(iotest.OneByteReader(bytes.NewReader(text)))
		require.Equal(t, whole, parts)
		require.Equal(t, errWhole == nil, errParts == nil)
		total := 0
		for _, event := range whole {
			total += len(event)
		}
		require.LessOrEqual(t, total, len(text))
	})
}

func FuzzNoAnswerGivesOtherThanOneNumberPerToken(f *testing.F) {
	for _, seed := range []string{
		`{"choices":[{"prompt_token_ids":[5,6],"prompt_logprobs":[null,{"6":{"logprob":-1}}]}]}`,
		`{"meta_info":{"prompt_tokens":2,"input_token_logprobs":[[null,5,null],[-1,6,null]]}}`,
		`{"tokens_evaluated":1,"completion_probabilities":[{"top_logprobs":[{"id":6,"logprob":-1}]}]}`,
		`{"prompt_token_ids":[[5,6]],"choices":[{"context_logits":[[1,2,3,4,5,6,7],[1,2,3,4,5,6,7]]}]}`,
		`{"error":{"message":"no","code":400}}`,
		`{"data":[{"id":"m","owned_by":"vllm","max_model_len":10}],"version":"1","model_path":"m","is_generation":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		asked := []int32{5, 6}
		check := func(scored engine.Logprobs, err error) {
			if err != nil {
				require.True(t, errors.Is(err, engine.ErrUpstream) || errors.Is(err, engine.ErrUnsupported) || errors.Is(err, engine.ErrContextTooLong), "%v", err)
				return
			}
			require.Equal(t, asked, scored.Tokens)
			require.Len(t, scored.Values, 2)
			for _, value := range scored.Values {
				require.True(t, value <= 0, "%v", value)
			}
		}
		e := &Engine{}
		var a scoreAnswer
		if decode(data, &a) == nil {
			if only, err := e.onlyChoice(a); err == nil {
				check(only.promptLogprobs(asked))
				check(a.contextLogprobs(only, asked))
			}
		}
		var s sglangAnswer
		if decode(data, &s) == nil {
			check(s.logprobs(asked))
		}
		var l llamaAnswer
		if decode(data, &l) == nil {
			value, err := l.logprob(6, 1)
			check(engine.Logprobs{Tokens: asked, Values: []float64{0, value}}, err)
		}
		_, _, _ = readModels(data, "m")
		if context, err := readLoaded(data, "m"); err == nil {
			require.GreaterOrEqual(t, context, 0)
		}
		for _, p := range pages {
			found, ok := p.read(data)
			require.True(t, !ok || found.Dialect != Detect)
		}
		require.NotEmpty(t, explanation(data))
	})
}
