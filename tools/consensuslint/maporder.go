package consensuslint

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// MapOrder refuses iteration in the order of a map, which Go randomises.
var MapOrder = &analysis.Analyzer{
	Name: "maporder",
	Doc:  "refuse iteration in map order in consensus code",
	Run:  checkMapOrder,
}

// unordered are the functions that hand out a map's entries in its random order.
var unordered = map[string]bool{
	"maps.All":                        true,
	"maps.Keys":                       true,
	"maps.Values":                     true,
	"golang.org/x/exp/maps.Keys":      true,
	"golang.org/x/exp/maps.Values":    true,
	"(reflect.Value).MapKeys":         true,
	"(reflect.Value).MapRange":        true,
	"(*sync.Map).Range":               true,
	"github.com/samber/lo.Keys":       true,
	"github.com/samber/lo.Values":     true,
	"github.com/samber/lo.MapToSlice": true,
}

// restoresOrder are the functions whose result does not depend on the order of the sequence given.
// slices.SortedFunc is not among them: its comparison may tie.
var restoresOrder = map[string]bool{
	"slices.Sorted": true,
	"maps.Collect":  true,
}

func checkMapOrder(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, false)
	r := newReporter(pass, files)
	defer r.finish()
	for _, file := range files {
		ordered := make(map[ast.Expr]bool)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.RangeStmt:
				if isMap(pass.TypesInfo.TypeOf(n.X)) {
					r.reportf(n, "range over the map %s: its order is random; range over slices.Sorted(maps.Keys(%[1]s)) or a slice", types.ExprString(n.X))
				}
			case *ast.CallExpr:
				name := calleeName(pass, n)
				if restoresOrder[name] {
					for _, arg := range n.Args {
						ordered[ast.Unparen(arg)] = true
					}
				}
				if unordered[name] && !ordered[n] {
					r.reportf(n, "call %s: its order is random; sort with slices.Sorted before any use", name)
				}
			}
			return true
		})
	}
	return nil, nil
}

// calleeName is the full name of the function called, such as "maps.Keys" or "(*sync.Map).Range";
// empty for a call of a function value, a conversion or a builtin.
func calleeName(pass *analysis.Pass, call *ast.CallExpr) string {
	fn := typeutil.StaticCallee(pass.TypesInfo, call)
	if fn == nil {
		return ""
	}
	return fn.Origin().FullName()
}

// isMap tells whether t is a map or a type parameter that admits one.
func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if _, ok := t.Underlying().(*types.Map); ok {
		return true
	}
	param, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return false
	}
	constraint, ok := param.Constraint().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for i := range constraint.NumEmbeddeds() {
		switch e := constraint.EmbeddedType(i).(type) {
		case *types.Union:
			for j := range e.Len() {
				if isMap(e.Term(j).Type()) {
					return true
				}
			}
		default:
			if isMap(e) {
				return true
			}
		}
	}
	return false
}
