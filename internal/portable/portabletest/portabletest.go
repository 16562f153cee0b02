// Package portabletest finds, in the source of a package, arithmetic whose last bits depend on the
// platform. A package that promises equal bits calls [Check] in one of its tests.
package portabletest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exact are the functions of package math that IEEE 754 or their definition fixes to the last bit.
var exact = []string{
	"Abs", "Ceil", "Copysign", "Float32bits", "Float32frombits", "Float64bits", "Float64frombits", "Floor", "FMA", "Frexp", "Inf",
	"IsInf", "IsNaN", "Ldexp", "Max", "Min", "Mod", "Modf", "NaN", "Nextafter", "Remainder", "Round", "RoundToEven", "Signbit", "Sqrt", "Trunc",
}

// Check fails the test for each finding in the package of a folder, "." for that of the test.
func Check(t testing.TB, folder string) {
	t.Helper()
	findings, err := Findings(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// Findings lists, with its place, what may differ between platforms in the package of a folder, tests
// left out:
//
//   - functions of package math that are written in assembly somewhere, such as Exp, and all of
//     math/cmplx and of gonum;
//   - products of floating-point numbers that are not rounded by a conversion, as in float64(a*b): a
//     compiler may fuse them with an addition, also one in a later statement. A product that is only
//     multiplied or divided further needs none until the end.
func Findings(folder string) ([]string, error) {
	info, err := build.ImportDir(folder, 0)
	if err != nil {
		return nil, fmt.Errorf("find the package: %w", err)
	}
	files := token.NewFileSet()
	var trees []*ast.File
	for _, name := range info.GoFiles {
		tree, err := parser.ParseFile(files, filepath.Join(folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the package: %w", err)
		}
		trees = append(trees, tree)
	}
	compiled, err := compiledImports(folder, info.Imports)
	if err != nil {
		return nil, fmt.Errorf("find what the package imports: %w", err)
	}
	known := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(files, "gc", compiled)}
	if _, err := config.Check(info.Name, files, trees, &known); err != nil {
		return nil, fmt.Errorf("check the types of the package: %w", err)
	}
	var findings []string
	report := func(at token.Pos, format string, args ...any) {
		findings = append(findings, fmt.Sprintf("%s: %s", files.Position(at), fmt.Sprintf(format, args...)))
	}
	for _, tree := range trees {
		for _, spec := range tree.Imports {
			if path := strings.Trim(spec.Path.Value, `"`); path == "math/cmplx" || strings.HasPrefix(path, "gonum.org/") {
				report(spec.Pos(), "%s rounds differently on different platforms", path)
			}
		}
		rounded := map[ast.Expr]bool{} // products that what they stand in rounds, or passes on
		ast.Inspect(tree, func(node ast.Node) bool {
			switch x := node.(type) {
			case *ast.SelectorExpr:
				function, ok := known.Uses[x.Sel].(*types.Func)
				if ok && function.Pkg() != nil && function.Pkg().Path() == "math" && !slices.Contains(exact, x.Sel.Name) {
					report(x.Pos(), "math.%s differs between platforms; use internal/portable", x.Sel.Name)
				}
			case *ast.CallExpr:
				if len(x.Args) == 1 && known.Types[x.Fun].IsType() && isFloat(known.Types[x.Fun].Type) {
					markProduct(ast.Unparen(x.Args[0]), rounded)
				}
			case *ast.AssignStmt:
				if x.Tok == token.MUL_ASSIGN && isFloat(known.Types[x.Lhs[0]].Type) {
					report(x.Pos(), "a product is not rounded: write a = float64(a * b)")
				}
			case *ast.BinaryExpr:
				product := x.Op == token.MUL && known.Types[x].Value == nil && isFloat(known.Types[x].Type)
				if product && !rounded[x] {
					report(x.Pos(), "a product is not rounded: write float64(a * b)")
				}
				if product || x.Op == token.QUO {
					// What is multiplied or divided further cannot be fused before.
					markProduct(ast.Unparen(x.X), rounded)
					markProduct(ast.Unparen(x.Y), rounded)
				}
			}
			return true
		})
	}
	return findings, nil
}

// compiledImports returns what opens the compiled form of the imports of a package and of all that they
// import. The go command makes it, or has it in its cache since the test was built. (The importer that reads
// sources finds none in a test built with -trimpath.)
func compiledImports(folder string, imports []string) (importer.Lookup, error) {
	places := map[string]string{}
	if len(imports) > 0 {
		list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "--"}, imports...)...)
		list.Dir = folder
		out, err := list.Output()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			return nil, fmt.Errorf("%w: %s", err, failed.Stderr)
		} else if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			path, place, _ := strings.Cut(strings.TrimSpace(line), " ")
			places[path] = place
		}
	}
	return func(path string) (io.ReadCloser, error) {
		if places[path] == "" {
			return nil, fmt.Errorf("the go command knows no package %s", path)
		}
		return os.Open(places[path])
	}, nil
}

// markProduct marks a product, which is rounded where it stands.
func markProduct(x ast.Expr, rounded map[ast.Expr]bool) {
	if product, ok := x.(*ast.BinaryExpr); ok && product.Op == token.MUL {
		rounded[product] = true
	}
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsFloat != 0
}
