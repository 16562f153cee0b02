package consensuslint

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// offChainFolders are folders inside a consensus package tree whose packages no block executes.
var offChainFolders = []string{"client", "simulation", "testutil"}

// consensusFiles returns the files of the package that a block may execute. With generated it
// includes generated message types (*.pb.go); generated gateways never count.
func consensusFiles(pass *analysis.Pass, generated bool) []*ast.File {
	for _, segment := range strings.Split(pass.Pkg.Path(), "/") {
		if slices.Contains(offChainFolders, segment) {
			return nil
		}
	}
	var files []*ast.File
	for _, f := range pass.Files {
		name := filepath.Base(pass.Fset.Position(f.Package).Filename)
		switch {
		case strings.HasSuffix(name, "_test.go"), strings.HasSuffix(name, ".pb.gw.go"):
		case ast.IsGenerated(f) && !(generated && strings.HasSuffix(name, ".pb.go")):
		default:
			files = append(files, f)
		}
	}
	return files
}
