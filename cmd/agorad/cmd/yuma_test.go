package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const vectors = "../../../x/rewards/yuma/testdata"

const network = `{"schema":"agora-yuma/1","name":"n","validators":1,"miners":1,
"params":{"variant":"yuma3","kappa":"0.5","bonds_penalty":"1","bonds_moving_average":"0.9","liquid_alpha":false},
"epochs":[{"power":["1"],"rows":{"0":[1]}}],
"expected":[{"consensus":[1.0],"incentive":[1.0],"dividends":[1.0],"trust":[0.9]}]}`

func runYuma(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := yumaCommand()
	var out bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append([]string{"run"}, args...))
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestYumaRunChecksAVectorAgainstItsExpectedFigures(t *testing.T) {
	out, err := runYuma(t, "", filepath.Join(vectors, "random_16x48.yuma3_liquid.json.gz"), "--check")
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(out, "ok\n"), out)
}

func TestTheExampleOfTheEpochPageGivesTheFiguresItShows(t *testing.T) {
	out, err := runYuma(t, "", "../../../docs/epoch-example.json", "--check")
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(out, "ok\n"), out)
}

func TestYumaRunFailsBeyondTheTolerance(t *testing.T) {
	out, err := runYuma(t, network, "-", "--check")
	require.ErrorIs(t, err, errOutsideTolerance)
	require.Contains(t, out, "trust")
	require.Contains(t, out, "TOO FAR, in epoch 0 at 0")
}

func TestYumaRunPrintsTheOutcomeOfStandardInput(t *testing.T) {
	out, err := runYuma(t, network, "-")
	require.NoError(t, err)
	var file struct {
		Epochs []struct{ Dividends []string }
		Ns     []int64 `json:"elapsed_ns"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &file))
	require.Equal(t, []string{"1.000000000000000000"}, file.Epochs[0].Dividends)
	require.Len(t, file.Ns, 1)
}

func TestYumaRunNamesTheFileThatItCannotRead(t *testing.T) {
	_, err := runYuma(t, "", "absent.json")
	require.ErrorIs(t, err, os.ErrNotExist)
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte("{"), 0o600))
	_, err = runYuma(t, "", bad)
	require.ErrorContains(t, err, bad)
	_, err = runYuma(t, strings.Replace(network, `,
"expected":[{"consensus":[1.0],"incentive":[1.0],"dividends":[1.0],"trust":[0.9]}]`, "", 1), "-", "--check")
	require.ErrorContains(t, err, "no expected figures")
}
