package consensuslint

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Float refuses floating-point and complex numbers.
var Float = &analysis.Analyzer{
	Name: "float",
	Doc:  "refuse floating-point and complex values, types and constants in consensus code",
	Run:  checkFloat,
}

func checkFloat(pass *analysis.Pass) (any, error) {
	files := consensusFiles(pass, true)
	r := newReporter(pass, files)
	defer r.finish()
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			expr, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			if id, isIdent := expr.(*ast.Ident); isIdent {
				// A name being defined is not an expression with a type of its own.
				if obj := pass.TypesInfo.Defs[id]; obj != nil && definesFloat(obj) {
					r.reportf(id, "hold the float %s (%s): use integers in fixed point", id.Name, obj.Type())
					return true
				}
			}
			tv, known := pass.TypesInfo.Types[expr]
			switch {
			case !known || tv.Type == nil || !isFloat(tv.Type):
			case tv.IsType():
				r.reportf(expr, "use the type %s: use integers in fixed point", types.ExprString(expr))
			case tv.IsValue():
				r.reportf(expr, "compute with the float %s (%s): use integers in fixed point", types.ExprString(expr), tv.Type)
			}
			return true
		})
	}
	return nil, nil
}

// definesFloat tells whether the object is a variable, field or constant of float type. A type name
// is not: the type it stands for is reported where it is written.
func definesFloat(obj types.Object) bool {
	switch obj.(type) {
	case *types.Var, *types.Const:
		return isFloat(obj.Type())
	}
	return false
}

func isFloat(t types.Type) bool {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		return isBigFloat(p.Elem())
	}
	if isBigFloat(t) {
		return true
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

func isBigFloat(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	return named.Obj().Pkg().Path() == "math/big" && named.Obj().Name() == "Float"
}
