package basicsolver

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
)

func TestEveryQuestionOfTheGeneratorIsAnsweredRightly(t *testing.T) {
	for _, family := range generate.BasicsFamilies() {
		for number := range uint64(500) {
			stream := chance.ItemStream(sha256.Sum256([]byte("basicsolver")), number)
			question := generate.DrawBasicsFamily(&stream, family)
			answer, known := Solve(question.Prompt)
			require.True(t, known, question.Prompt)
			require.Equal(t, question.Expected, answer, question.Prompt)
		}
	}
}

func TestOtherQuestionsAreNotKnown(t *testing.T) {
	for _, prompt := range []string{"", "12", "12+", "-3", "a+b", "1+2+3", "99999999999+1", "say hello", "shift A!"} {
		answer, known := Solve(prompt)
		require.False(t, known, prompt)
		require.Empty(t, answer, prompt)
	}
}
