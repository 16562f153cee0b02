package trial

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/models"
)

// fields are the paths of all fields of a JSON value, those of a list together, ascending.
func fields(value any) []string {
	found := map[string]bool{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch typed := value.(type) {
		case map[string]any:
			for name, below := range typed {
				walk(strings.TrimPrefix(path+"."+name, "."), below)
			}
		case []any:
			for _, below := range typed {
				walk(path+"[]", below)
			}
		default:
			found[path] = true
		}
	}
	walk("", value)
	return slices.Sorted(maps.Keys(found))
}

// Programs read these reports: a field that is renamed or lost needs another Format. testdata/fields.txt has them all; new
// ones are added there.
func TestTheFieldsOfAReportAreThoseOfItsFormat(t *testing.T) {
	require.Equal(t, "agora.trial/1", Format)
	weak, err := models.Open("basics-weak", native.Options{})
	require.NoError(t, err)
	defer weak.Close()
	refusing := contender("refusing", func(context.Context, int, engine.Request) (string, error) { return "", engine.ErrUpstream })
	report, err := Run(t.Context(), open(t, nil), []Contender{{"weak", weak}, contender("strong", knowing), refusing}, Options{
		Seed: "1", Epochs: 2, KeepItems: true, Program: "1.2.3",
	})
	require.NoError(t, err)
	encoded, err := json.Marshal(report)
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(encoded, &value))
	want, err := os.ReadFile("testdata/fields.txt")
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(want)), fields(value))
	var back Report
	require.NoError(t, json.Unmarshal(encoded, &back))
	require.Equal(t, *report, back, "nothing is lost on the way")
}
