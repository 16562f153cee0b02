package scenario_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/yuma/scenario"
)

func noClock() int64 { return 0 }

func read(t testing.TB, path string) *scenario.Scenario {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	s, err := scenario.Read(f)
	require.NoError(t, err)
	return s
}

func TestEveryVectorIsMetWithinItsTolerance(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*.json.gz")
	require.NoError(t, err)
	require.Len(t, paths, 72)
	for _, path := range paths {
		s := read(t, path)
		t.Run(s.Name, func(t *testing.T) {
			out, err := s.Run(noClock)
			require.NoError(t, err)
			differences, err := s.Compare(out)
			require.NoError(t, err)
			require.Len(t, differences, 4)
			for _, d := range differences {
				require.True(t, d.Within(), "%s differs by %s in epoch %d at %d, tolerance %s", d.Field, d.Largest, d.Epoch, d.Index, d.Tolerance)
				t.Logf("%s: %s", d.Field, d.Largest)
			}
		})
	}
}

const small = `{"schema":"agora-yuma/1","name":"small","validators":2,"miners":2,
"params":{"variant":"yuma3","kappa":"0.5","bonds_penalty":"1","bonds_moving_average":"0.9","liquid_alpha":false},
"epochs":[{"power":["1","1"],"rows":{"0":[1,1],"1":[1,0]}},{"rows":{"0":null}}]}`

func TestAnOutcomeIsWrittenInTheSchema(t *testing.T) {
	s, err := scenario.Read(strings.NewReader(small))
	require.NoError(t, err)
	tick := int64(0)
	out, err := s.Run(func() int64 { tick += 7; return tick })
	require.NoError(t, err)
	var buf bytes.Buffer
	require.NoError(t, out.Write(&buf))
	var file struct {
		Schema string
		Epochs []struct{ Consensus, Incentive, Dividends, Trust []string }
		Ns     []int64 `json:"elapsed_ns"`
	}
	require.NoError(t, json.Unmarshal(buf.Bytes(), &file))
	require.Equal(t, scenario.Schema, file.Schema)
	require.Len(t, file.Epochs, 2)
	require.Equal(t, []int64{7, 7}, file.Ns)
	require.Equal(t, []string{"1.000000000000000000", "0.500000000000000000"}, file.Epochs[0].Consensus, "each of two halves decides alone at kappa one half")
	require.Equal(t, []string{"1.000000000000000000", "0.000000000000000000"}, file.Epochs[1].Consensus, "an emptied row counts no more")
}

func TestAScenarioWithoutExpectedFiguresCannotBeCompared(t *testing.T) {
	s, err := scenario.Read(strings.NewReader(small))
	require.NoError(t, err)
	out, err := s.Run(noClock)
	require.NoError(t, err)
	_, err = s.Compare(out)
	require.ErrorIs(t, err, scenario.ErrNoExpectation)
}

func TestMalformedFilesAreRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct{ old, new, reason string }{
		"another schema":                      {`agora-yuma/1`, `agora-yuma/9`, "schema"},
		"no validators":                       {`"validators":2`, `"validators":0`, "validators"},
		"too many miners":                     {`"miners":2`, `"miners":99999`, "miners"},
		"an unknown variant":                  {`yuma3`, `yuma1`, "variant"},
		"a kappa that is not a number":        {`"0.5"`, `"half"`, "kappa"},
		"a kappa above one":                   {`"0.5"`, `"1.5"`, "kappa"},
		"too few powers":                      {`["1","1"]`, `["1"]`, "powers"},
		"a negative power":                    {`["1","1"]`, `["1","-1"]`, "power of validator 1"},
		"no powers at all":                    {`"power":["1","1"],`, ``, "first epoch"},
		"a row of the wrong length":           {`[1,1]`, `[1,1,1]`, "row 0"},
		"a row of a validator that is absent": {`"1":[1,0]`, `"7":[1,0]`, "names no validator"},
		"a weight above 65535":                {`[1,1]`, `[65536,1]`, "65536"},
		"too few expected epochs":             {`]}`, `],"expected":[{}]}`, "expected"},
		"cut short":                           {`}]}`, ``, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if c.old == `]}` || c.old == `}]}` {
				text = strings.TrimSuffix(small, c.old) + c.new
			}
			require.NotEqual(t, small, text)
			_, err := scenario.Read(strings.NewReader(text))
			require.ErrorIs(t, err, scenario.ErrFile)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if s.Validators*s.Miners > 1<<16 || len(s.Epochs) > 8 {
			return
		}
		_, err = s.Run(noClock)
		require.NoError(t, err)
	})
}
