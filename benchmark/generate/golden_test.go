package generate_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
)

var update = flag.Bool("update", false, "write testdata/golden.json anew: only for a generator that nobody uses yet")

// golden is what a family draws from item i of sha256("golden " + generator + " " + family).
type golden struct {
	Generator string              `json:"generator"`
	Family    string              `json:"family"`
	First     []question.Question `json:"first"` // the first three under the defaults
	// SHA256 is over the canonical bytes, each followed by a line feed, of a hundred
	// questions: all settings at the least value, at three between and at the greatest,
	// in turn.
	SHA256 string `json:"sha256"`
}

func goldens(t *testing.T) []golden {
	var list []golden
	for _, g := range closed(t) {
		var levels [5][]generate.Setting
		for level := range uint32(5) {
			for _, p := range g.Parameters() {
				levels[level] = append(levels[level], generate.Setting{Name: p.Name, Value: p.Min + (p.Max-p.Min)*level/4})
			}
		}
		for _, family := range g.Families() {
			entry := golden{Generator: g.Name(), Family: family}
			seed := sha256.Sum256([]byte("golden " + g.Name() + " " + family))
			for i := range uint64(3) {
				s := chance.ItemStream(seed, i)
				q := g.Draw(&s, family, generate.Settings{})
				if len(q.Prompt) > 4<<10 { // the digest stands for what is long
					q.Prompt, q.Expected = "", ""
				}
				entry.First = append(entry.First, q)
			}
			hash := sha256.New()
			for i := range uint64(100) {
				settings, err := g.Settings(levels[i%5]...)
				require.NoError(t, err)
				s := chance.ItemStream(seed, i)
				q := g.Draw(&s, family, settings)
				encoded, err := q.Encode()
				require.NoError(t, err)
				hash.Write(append(encoded, '\n'))
			}
			entry.SHA256 = hex.EncodeToString(hash.Sum(nil))
			list = append(list, entry)
		}
	}
	return list
}

// What a name and version draws is part of the protocol: validators of one benchmark
// must ask the same on every platform. A change here is a new version.
func TestTheQuestionsOfEveryGeneratorAreFixed(t *testing.T) {
	const path = "testdata/golden.json"
	got := goldens(t)
	if *update {
		encoded, err := json.MarshalIndent(got, "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(encoded, '\n'), 0o600))
	}
	encoded, err := os.ReadFile(path)
	require.NoError(t, err)
	var want []golden
	require.NoError(t, json.Unmarshal(encoded, &want))
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}
}
