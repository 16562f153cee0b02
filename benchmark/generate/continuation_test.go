package generate_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
)

// shelf is documents in memory; err is what opening gives.
type shelf struct {
	texts []string
	err   error
}

func (s shelf) Len() uint32 { return uint32(len(s.texts)) }

func (s shelf) Open(index uint32) (string, error) { return s.texts[index], s.err }

func continuationSettings(t require.TestingT, prefix, suffix, bare uint32) generate.Settings {
	g, _ := generate.Lookup(generate.Continuation)
	settings, err := g.Settings(generate.Setting{Name: "prefix", Value: prefix}, generate.Setting{Name: "suffix", Value: suffix}, generate.Setting{Name: "bare", Value: bare})
	require.NoError(t, err)
	return settings
}

func TestAContinuationIsWhatFollowsThePassageInADocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringN(0, 300, 900), 0, 4).Draw(t, "texts")
		// At least one is long enough, and a draw almost surely meets it.
		for i := range 4 {
			texts = append(texts, strings.Repeat(rapid.StringN(1, 20, 60).Draw(t, "word"), 300)+string(rune('a'+i)))
		}
		prefix, suffix := rapid.Uint32Range(16, 60).Draw(t, "prefix"), rapid.Uint32Range(1, 60).Draw(t, "suffix")
		stream := chance.NewStream(key(t))
		again := stream
		q, err := generate.DrawContinuation(&stream, shelf{texts: texts}, continuationSettings(t, prefix, suffix, 1))
		if err != nil {
			require.ErrorIs(t, err, generate.ErrDocuments)
			return
		}
		require.NoError(t, q.Validate())
		require.NotEmpty(t, q.Expected)
		require.GreaterOrEqual(t, len(q.Prompt), int(prefix))
		require.LessOrEqual(t, len(q.Prompt), int(prefix)+3, "at most the rest of one character more")
		require.LessOrEqual(t, len(q.Expected), max(int(suffix), utf8.UTFMax))
		found := false
		for _, text := range texts {
			found = found || strings.Contains(text, q.Prompt+q.Expected)
		}
		require.True(t, found)

		asked, err := generate.DrawContinuation(&again, shelf{texts: texts}, continuationSettings(t, prefix, suffix, 0))
		require.NoError(t, err)
		require.Equal(t, q.Expected, asked.Expected)
		require.True(t, strings.HasSuffix(asked.Prompt, "\n\n"+q.Prompt))
	})
}

func TestThePassageBeginsAnywhereInTheDocument(t *testing.T) {
	var text strings.Builder
	for i := range 120 {
		text.WriteByte(byte(' ' + i%90))
	}
	starts := map[int]bool{}
	for i := range uint64(400) {
		stream := chance.ItemStream([32]byte{}, i)
		q, err := generate.DrawContinuation(&stream, shelf{texts: []string{text.String()}}, continuationSettings(t, 80, 10, 1))
		require.NoError(t, err)
		starts[strings.Index(text.String(), q.Prompt)] = true
	}
	require.Len(t, starts, 120-80-10-6+1)
}

func TestDocumentsThatCannotServeAreRefusedWithAReason(t *testing.T) {
	offline := errors.New("the mirror does not answer")
	for name, c := range map[string]struct {
		documents shelf
		is        error
		reason    string
	}{
		"no documents":                  {shelf{}, generate.ErrDocuments, "there are none"},
		"only short documents":          {shelf{texts: []string{"short", "short too"}}, generate.ErrDocuments, "16 draws gave none of at least 46 bytes"},
		"bytes that are no text":        {shelf{texts: []string{strings.Repeat("\xff", 100)}}, generate.ErrDocuments, "document 0 is not UTF-8"},
		"a document that does not open": {shelf{texts: []string{"any"}, err: offline}, offline, "open document 0"},
	} {
		t.Run(name, func(t *testing.T) {
			stream := chance.NewStream([32]byte{})
			_, err := generate.DrawContinuation(&stream, c.documents, continuationSettings(t, 20, 20, 1))
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestOnlyTheBeginningOfAVeryLongDocumentIsDrawnFrom(t *testing.T) {
	long := strings.Repeat("a", 128<<10) + strings.Repeat("b", 1<<20)
	for i := range uint64(50) {
		stream := chance.ItemStream([32]byte{}, i)
		q, err := generate.DrawContinuation(&stream, shelf{texts: []string{long}}, continuationSettings(t, 65_536, 16_384, 1))
		require.NoError(t, err)
		require.NotContains(t, q.Prompt+q.Expected, "b")
		require.NoError(t, q.Validate())
	}
}

func FuzzDrawContinuation(f *testing.F) {
	f.Add("", []byte("seed"), uint16(16), uint16(1))
	f.Add(strings.Repeat("ein schöner Tag ☀ ", 40), []byte{1, 2, 3}, uint16(33), uint16(7))
	f.Add(strings.Repeat("\xf0\x9f\x8c\x8d", 90), []byte{}, uint16(17), uint16(2))
	f.Fuzz(func(t *testing.T, text string, seed []byte, prefix, suffix uint16) {
		settings := continuationSettings(t, 16+uint32(prefix)%100, 1+uint32(suffix)%100, 1)
		stream := chance.NewStream(sha256.Sum256(seed))
		q, err := generate.DrawContinuation(&stream, shelf{texts: []string{text}}, settings)
		if err != nil {
			require.ErrorIs(t, err, generate.ErrDocuments)
			return
		}
		require.NoError(t, q.Validate())
		require.NotEmpty(t, q.Expected)
		require.Contains(t, text, q.Prompt+q.Expected)
	})
}
