package human_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/cmd/agorad/human"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// declared are the registered errors of a module as its source has them: name, code, description.
func declared(t *testing.T, module string) (all [][3]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../x/"+module+"/types/errors.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		call, ok := spec.Values[0].(*ast.CallExpr)
		if !ok || len(call.Args) < 3 {
			return true
		}
		code, ok := call.Args[1].(*ast.BasicLit)
		if !ok {
			return true
		}
		text, ok := call.Args[len(call.Args)-1].(*ast.BasicLit)
		require.True(t, ok, spec.Names[0].Name)
		all = append(all, [3]string{spec.Names[0].Name, code.Value, strings.Trim(text.Value, `"`)})
		return true
	})
	require.NotEmpty(t, all)
	return all
}

func TestTheNamesOfErrorsAreThoseOfTheSource(t *testing.T) {
	var source strings.Builder
	source.WriteString("package human\n\n// errorNames are the Go names of the registered errors, by codespace/code. A test compares them with the\n" +
		"// modules' source; run it with -rewrite after an error was added.\nvar errorNames = map[string]string{\n")
	for _, module := range []string{"subnet", "rewards"} {
		for _, e := range declared(t, module) {
			fmt.Fprintf(&source, "\t%q: %q,\n", module+"/"+e[1], e[0])
		}
	}
	source.WriteString("}\n")
	want, err := format.Source([]byte(source.String()))
	require.NoError(t, err)
	if *rewrite {
		require.NoError(t, os.WriteFile("errornames.go", want, 0o600))
	}
	got, err := os.ReadFile("errornames.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "an error was added or changed: go test ./cmd/agorad/human -rewrite")
}

func TestEveryRegisteredErrorIsExplainedByNameCodeAndText(t *testing.T) {
	p := &program{market: &market{t: t}}
	for _, module := range []string{"subnet", "rewards"} {
		for _, e := range declared(t, module) {
			message, remediation, found := strings.Cut(e[2], ": ")
			require.True(t, found, "%s says what to do after a colon", e[0])
			for _, wanted := range []string{e[0], module + "/" + e[1], "rpc error: " + e[2] + ": netuid 7", strings.ToLower(e[0])} {
				explained := p.explained(wanted)
				index := -1
				for i := range explained {
					if explained[i].Code == module+"/"+e[1] {
						index = i
					}
				}
				require.GreaterOrEqual(t, index, 0, "%s is not explained under %q", e[0], wanted)
				require.Equal(t, e[0], explained[index].Name)
				require.Equal(t, message, explained[index].Message)
				require.Equal(t, remediation, explained[index].Remediation)
			}
		}
	}
}

func TestEveryParameterOfTheRegistryIsExplained(t *testing.T) {
	p := &program{market: &market{t: t}}
	check := func(name, meaning string) {
		for _, wanted := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "_", " ")} {
			// A word and an error may have the same name.
			explained := slices.DeleteFunc(p.explained(wanted), func(e explained) bool { return e.Kind != "parameter" })
			require.Len(t, explained, 1, wanted)
			require.Equal(t, name, explained[0].Name)
			require.Equal(t, meaning, explained[0].Message)
		}
	}
	for _, spec := range subnettypes.SubnetParamSpecs {
		check(spec.Name, spec.Meaning)
	}
	for _, spec := range subnettypes.ModuleParamSpecs {
		check(spec.Name, spec.Meaning)
	}
	for _, spec := range rewardstypes.ParamSpecs {
		check(spec.Name, spec.Meaning)
	}
}

func TestTheWordsOfTheFieldAreExplained(t *testing.T) {
	p := &program{market: &market{t: t}}
	for _, word := range strings.Fields(`tempo epoch permit bond kappa burn-price immunity commit-reveal trust dividends incentive yuma
		vtrust vpermit axon coldkey hotkey neuron uid tao rank consensus emission weights recycle netuid stake beacon
		mechanism danger-zone tuning refusal direct-scores vote-share miner-bond notice pruning`) {
		require.NotEmpty(t, p.explained(word), word)
	}
}

func TestWhatAnExplanationPointsToIsExplainedOrACommand(t *testing.T) {
	p := &program{market: &market{t: t}}
	for _, e := range p.explained("") {
		for _, other := range e.See {
			if !strings.HasPrefix(other, "agorad ") {
				require.NotEmpty(t, p.explained(other), "%s points to %s", e.Name, other)
			}
		}
	}
}

func TestAMisspelledWordIsAnsweredWithTheNearOnes(t *testing.T) {
	p := &program{market: &market{t: t}}
	for wanted, near := range map[string]string{
		"tempp": "tempo", "dividens": "dividends", "imunity_period": "immunity_period", "ErrSubnetNotFoud": "ErrSubnetNotFound", "reveal-windw": "reveal_window",
	} {
		e, code := p.json("explain", wanted)
		require.Equal(t, human.ExitNotFound, code)
		require.Contains(t, e.Error.Remediation, near)
	}
}

func FuzzExplainTakesAnyWord(f *testing.F) {
	for _, seed := range []string{"tempo", "subnet/2", "", "\x1b[31m", strings.Repeat("é", 200), "subnet/99999999999", "ErrErr"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		p := &program{market: &market{t: t}}
		_, code := p.json("explain", "--json", "--", word)
		require.Contains(t, []int{human.ExitOK, human.ExitNotFound}, code)
	})
}

type explained struct {
	Kind, Name, Code, Message, Remediation string
	See                                    []string
}

func (p *program) explained(word string) []explained {
	p.t.Helper()
	arguments := []string{"explain"}
	if word != "" {
		arguments = append(arguments, word)
	}
	e, code := p.json(arguments...)
	require.Equal(p.t, human.ExitOK, code, word)
	var all []explained
	require.NoError(p.t, json.Unmarshal(e.Data, &all))
	return all
}
