package repotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Longest Go file, in lines. About 500 is a full file; beyond these it holds more than one concern.
const (
	maxLines     = 700
	maxTestLines = 900
)

func parse(t *testing.T, name string, mode parser.Mode) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), mode|parser.ParseComments)
	require.NoError(t, err)
	return file
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := make(map[string]bool)
	for _, name := range goFiles(t) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		dir := path.Dir(name)
		file := parse(t, name, parser.PackageClauseOnly)
		hasComment := file.Doc != nil && strings.TrimSpace(file.Doc.Text()) != "" && !ast.IsGenerated(file)
		documented[dir] = documented[dir] || hasComment
	}
	require.NotEmpty(t, documented)
	for dir, ok := range documented {
		assert.True(t, ok, "package %s has no package comment: say in its doc.go what it guarantees and what may run at once", dir)
	}
}

func TestGoFilesStayReadable(t *testing.T) {
	for _, name := range goFiles(t) {
		content := read(t, name)
		if ast.IsGenerated(parse(t, name, parser.PackageClauseOnly)) {
			continue
		}
		limit := maxLines
		if strings.HasSuffix(name, "_test.go") {
			limit = maxTestLines
		}
		assert.LessOrEqual(t, strings.Count(content, "\n"), limit, "%s is too long: give each concern its own file", name)
	}
}

// The analyzers of tools/consensuslint check the packages that the Makefile lists. Whatever those
// packages import of this module is executed by blocks as well, so it must be in the list.
func TestConsensusRulesReachEveryPackageThatConsensusImports(t *testing.T) {
	module := moduleFile(t, ".").Module.Path
	line := regexp.MustCompile(`(?m)^CONSENSUS_PKGS := (.+)$`).FindStringSubmatch(read(t, "Makefile"))
	require.NotNil(t, line, "the Makefile defines CONSENSUS_PKGS")
	var trees []string
	for _, pattern := range strings.Fields(line[1]) {
		trees = append(trees, strings.TrimSuffix(strings.TrimPrefix(pattern, "./"), "/..."))
	}
	checked := func(dir string) bool {
		for _, tree := range trees {
			if dir == tree || strings.HasPrefix(dir, tree+"/") {
				return true
			}
		}
		return false
	}
	for _, name := range goFiles(t) {
		if strings.HasSuffix(name, "_test.go") || !checked(path.Dir(name)) {
			continue
		}
		for _, spec := range parse(t, name, parser.ImportsOnly).Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if dir, ours := strings.CutPrefix(imported, module+"/"); ours {
				assert.True(t, checked(dir), "%s imports %s, which CONSENSUS_PKGS in the Makefile does not hold to the consensus rules", name, dir)
			}
		}
	}
}
