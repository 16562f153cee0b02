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
		"a row that is too short":             {`[1,1]`, `[1]`, "row 0"},
		"a negative weight":                   {`[1,1]`, `[1,-1]`, "epoch 0"},
		"a weight with a fraction":            {`[1,1]`, `[1,0.5]`, "epoch 0"},
		"a weight as text":                    {`[1,1]`, `[1,"1"]`, "epoch 0"},
		"a row that is no list":               {`[1,1]`, `{}`, "epoch 0"},
		"a negative number of miners":         {`"miners":2`, `"miners":-2`, "miners"},
		"a number of miners beyond numbers":   {`"miners":2`, `"miners":1e400`, "miners"},
		"too many validators":                 {`"validators":2`, `"validators":4097`, "validators"},
		"a list longer than any":              {`[1,1]`, `[` + strings.Repeat("0,", 32768) + `0]`, "32769 entries"},
		"epochs without end":                  {`"epochs":[`, `"epochs":[` + strings.Repeat("{},", 4096), "more than 4096 epochs"},
		"epochs that are no list":             {`"epochs":[`, `"epochs":{},"rest":[`, "not a list"},
		"no epochs":                           {`"epochs":[`, `"rest":[`, "first epoch"},
		"a second document":                   {`"small"`, `"small"}{"a":"b"`, "follows"},
		"no kappa":                            {`"kappa":"0.5",`, ``, "kappa"},
		"a negative kappa":                    {`"0.5"`, `"-0.5"`, "kappa"},
		"a kappa as a fraction":               {`"0.5"`, `"1/2"`, "kappa"},
		"a kappa in hexadecimal":              {`"0.5"`, `"0x1p-1"`, "kappa"},
		"an exponent out of hand":             {`"0.5"`, `"1e-99999999"`, "kappa"},
		"a kappa that is a list":              {`"0.5"`, `[0.5]`, "kappa"},
		"a kappa that is null":                {`"0.5"`, `null`, "kappa"},
		"liquid alpha without its bounds":     {`"liquid_alpha":false`, `"liquid_alpha":true`, "alpha_low"},
		"a steepness above all":               {`"liquid_alpha":false`, `"alpha_steepness":"65537"`, "alpha_steepness"},
		"a power that is no whole number":     {`["1","1"]`, `["1","1.5"]`, "power of validator 1"},
		"a power above 64 bits":               {`["1","1"]`, `["1","18446744073709551616"]`, "power of validator 1"},
		"a power that is null":                {`["1","1"]`, `["1",null]`, "power of validator 1"},
		"a field of the wrong kind":           {`"small"`, `7`, "name"},
		"an expected figure that is none":     {`"name"`, `"expected":[{"consensus":[0,"x"],"incentive":[0,0],"dividends":[0,0],"trust":[0,0]},{}],"name"`, "consensus 1"},
		"an expected figure above two":        {`"name"`, `"expected":[{"consensus":[0,3],"incentive":[0,0],"dividends":[0,0],"trust":[0,0]},{}],"name"`, "consensus 1"},
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

func TestNumbersMayBeTextOrNotAndHaveAnExponent(t *testing.T) {
	plain, err := scenario.Read(strings.NewReader(small))
	require.NoError(t, err)
	for name, c := range map[string]struct{ old, new string }{
		"a power as a number":      {`["1","1"]`, `[1,"1"]`},
		"a fraction as a number":   {`"0.5"`, `0.5`},
		"an exponent":              {`"0.5"`, `"5e-1"`},
		"an exponent of a number":  {`"0.5"`, `0.05E+1`},
		"more digits than a Fixed": {`"0.5"`, `"0.500000000000000000000000001"`},
		"a key nobody knows":       {`"name"`, `"source":{"by":["hand"]},"name"`},
		"space behind the end":     {`{"0":null}}]}`, `{"0":null}}]}` + "\n \n"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			require.NotEqual(t, small, text)
			s, err := scenario.Read(strings.NewReader(text))
			require.NoError(t, err)
			require.Equal(t, plain, s)
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
