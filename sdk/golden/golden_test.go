package golden_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/sdk/golden"
)

const seed = "0100000000000000000000000000000000000000000000000000000000000000"

func TestAFileSurvivesItsEncoding(t *testing.T) {
	f, err := golden.Parse([]byte(`{"scores":[{"name":"a","answer":"<b>","score":5}],"questions":[{"seed":"` + seed + `","question":{"prompt":"p"}}]}`))
	require.NoError(t, err)
	require.EqualValues(t, 5, f.Goldens()[0].Score)
	goldens, err := f.GeneratorGoldens()
	require.NoError(t, err)
	require.Equal(t, byte(1), goldens[0].Seed[0])
	out, err := f.Encode()
	require.NoError(t, err)
	again, err := golden.Parse(out)
	require.NoError(t, err)
	require.Equal(t, f, again)
}

func TestWhatIsNoFileOfGoldensIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                   ``,
		"an unknown field":          `{"scores":[{"name":"a","answr":"b","score":1}]}`,
		"something behind it":       `{}{}`,
		"a short seed":              `{"questions":[{"seed":"00"}]}`,
		"a seed that is no number":  `{"questions":[{"seed":"zz00000000000000000000000000000000000000000000000000000000000000"}]}`,
		"a question with no prompt": `{"questions":[{"seed":"` + seed + `","question":{"expected":"2"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := golden.Parse([]byte(text))
			require.ErrorIs(t, err, golden.ErrFile)
		})
	}
	f, err := golden.Parse([]byte(`{"questions":[{"seed":"` + seed + `"}]}`))
	require.NoError(t, err)
	_, err = f.GeneratorGoldens()
	require.ErrorIs(t, err, golden.ErrFile)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"scores":[{"name":"a","score":5}],"questions":[{"seed":"` + seed + `"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := golden.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, golden.ErrFile)
			return
		}
		_, err = file.Encode()
		require.NoError(t, err)
	})
}
