package benchdoc_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/internal/benchdoc"
)

const (
	referencePage = "../../docs/benchmark-reference.md"
	schemaFile    = "../../docs/benchmark.schema.json"
)

var update = flag.Bool("update", false, "write docs/benchmark-reference.md and docs/benchmark.schema.json anew")

func TestThePagesAreWrittenFromTheDeclarations(t *testing.T) {
	schema, err := benchdoc.Schema()
	require.NoError(t, err)
	require.True(t, json.Valid(schema))
	for path, want := range map[string]string{referencePage: benchdoc.Reference(), schemaFile: string(schema)} {
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, want == string(got), "%s is old: go test ./internal/benchdoc -update writes it anew", path)
	}
}

func TestTheReferenceHasEverySettingGeneratorAndScorer(t *testing.T) {
	page := benchdoc.Reference()
	for _, s := range spec.Reference() {
		if !strings.Contains(s.Path, ".") {
			continue // a heading
		}
		require.Contains(t, page, "`"+s.Path+"`")
	}
	for _, info := range generate.Infos() {
		require.Contains(t, page, "\n### "+info.Name+"\n")
		for _, family := range info.Families {
			require.Contains(t, page, family.Example.Prompt, "%s %s", info.Name, family.Name)
		}
	}
	for _, s := range spec.Scorers() {
		require.Contains(t, page, "| `"+s.Name+"` |")
	}
}

func TestEveryValueHasItsMeaning(t *testing.T) {
	for _, value := range settingValues(t, "scorers[].extract") {
		require.Contains(t, names(benchdoc.Extractions()), value)
	}
	require.Len(t, benchdoc.Extractions(), len(spec.Extraction_name)-1)
	require.Contains(t, benchdoc.Extraction(spec.EXTRACTION_JSON), "JSON")
	require.Empty(t, benchdoc.Extraction(spec.EXTRACTION_UNSPECIFIED))
	require.Equal(t, settingValues(t, "aggregation.items"), names(benchdoc.Aggregations()))
	require.Contains(t, benchdoc.Aggregation(spec.ITEM_AGGREGATION_PARETO), "every scorer at once")
	require.Empty(t, benchdoc.Aggregation(99))
}

func settingValues(t *testing.T, path string) []string {
	t.Helper()
	for _, s := range spec.Reference() {
		if s.Path == path {
			return strings.Split(s.Kind, ", ")
		}
	}
	t.Fatalf("there is no setting %s", path)
	return nil
}

func names(words []benchdoc.Word) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = word.Name
	}
	return list
}

func TestEveryReasonInTheSourceIsListed(t *testing.T) {
	var want []string
	for _, path := range []string{"../../benchmark/reason.go", "../../validator/ask/ask.go"} {
		want = append(want, reasonsIn(t, path)...)
	}
	var got []string
	for _, reason := range benchdoc.Reasons() {
		require.NotEmpty(t, reason.Meaning)
		require.NotEmpty(t, reason.Effect)
		got = append(got, reason.Name)
	}
	require.Equal(t, want, got)
}

// reasonsIn reads the texts of constants named Reason…
func reasonsIn(t *testing.T, path string) []string {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	parsed, err := parser.ParseFile(token.NewFileSet(), path, bytes.NewReader(source), 0)
	require.NoError(t, err)
	var reasons []string
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Value != `""` {
			text, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			reasons = append(reasons, text)
		}
		return true
	})
	require.NotEmpty(t, reasons)
	return reasons
}
