package generate_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
)

// anySettings draws a value for each parameter of a generator, often one of its bounds
// or its default.
func anySettings(t require.TestingT, g *generate.Generator, s *chance.Stream) (generate.Settings, []generate.Setting) {
	var given []generate.Setting
	for _, p := range g.Parameters() {
		value := s.Between(p.Min, min(p.Max, p.Min+30))
		switch s.Below(6) {
		case 0:
			value = p.Min
		case 1:
			value = p.Max
		case 2:
			continue
		}
		given = append(given, generate.Setting{Name: p.Name, Value: value})
	}
	settings, err := g.Settings(given...)
	require.NoError(t, err)
	return settings, given
}

// closed lists the generators that draw from nothing but a stream.
func closed(t require.TestingT) []*generate.Generator {
	var list []*generate.Generator
	for _, info := range generate.Infos() {
		g, found := generate.Lookup(info.Name)
		require.True(t, found)
		if !g.NeedsDocuments() {
			list = append(list, g)
		}
	}
	return list
}

// Every answer is found again from the prompt alone by testdata/solve.py, which is
// written in another language and with other algorithms, runs the programs in Python,
// matches with Python's regular expressions and proves puzzles to have one solution.
func TestEveryExpectedAnswerIsFoundAgainByAnIndependentSolver(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	perFamily := uint64(60)
	if testing.Short() {
		perFamily = 20
	}
	type drawn struct {
		family   string
		question question.Question
		given    []generate.Setting
	}
	var questions []drawn
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, g := range closed(t) {
		for _, family := range g.Families() {
			for i := range perFamily {
				s := chance.ItemStream(sha256.Sum256([]byte(g.Name()+" "+family)), i)
				settings, given := anySettings(t, g, &s)
				q := g.Draw(&s, family, settings)
				questions = append(questions, drawn{g.Name() + " " + family, q, given})
				require.NoError(t, encoder.Encode(map[string]string{"family": g.Name() + " " + family, "prompt": q.Prompt}))
			}
		}
	}
	solve := exec.CommandContext(t.Context(), python, "testdata/solve.py")
	var stderr bytes.Buffer
	solve.Stdin, solve.Stderr = &in, &stderr
	out, err := solve.Output()
	require.NoError(t, err, stderr.String())
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	require.Len(t, lines, len(questions))
	failed := map[string]bool{}
	for i, q := range questions {
		var answer string
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &answer))
		if answer != q.question.Expected && !failed[q.family] { // one of a family tells enough
			failed[q.family] = true
			t.Errorf("%s %v\n%s\nexpected %q\nsolved   %q", q.family, q.given, q.question.Prompt, q.question.Expected, answer)
		}
	}
}
