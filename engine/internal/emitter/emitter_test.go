package emitter_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/emitter"
)

func TestWhatIsEmittedIsTheTextBeforeTheFirstStopText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte("ab\xc3\xa9\xf0\x9f\x99\x82.")), 0, 40).Draw(t, "text")
		stops := rapid.SliceOfN(rapid.StringMatching(`[ab.]{1,3}`), 0, 3).Draw(t, "stops")
		var got strings.Builder
		e := emitter.Emitter{Stops: stops, Emit: func(c engine.Chunk) error {
			if !utf8.ValidString(c.Text) {
				t.Fatalf("%q is not UTF-8", c.Text)
			}
			got.WriteString(c.Text)
			return nil
		}}
		end := len(text)
		for i, b := range text {
			stopped, err := e.Add(b)
			require.NoError(t, err)
			if stopped {
				for _, stop := range stops {
					if strings.HasSuffix(string(text[:i+1]), stop) {
						end = i + 1 - len(stop)
						break
					}
				}
				break
			}
		}
		require.NoError(t, e.Finish(engine.FinishStop, engine.Usage{}))
		require.Equal(t, strings.ToValidUTF8(string(text[:end]), "\uFFFD"), mergeReplacements(got.String()))
	})
}

// mergeReplacements joins adjacent replacement characters: bytes that are not a
// character may be emitted one by one or together.
func mergeReplacements(text string) string {
	for strings.Contains(text, "\uFFFD\uFFFD") {
		text = strings.ReplaceAll(text, "\uFFFD\uFFFD", "\uFFFD")
	}
	return text
}
