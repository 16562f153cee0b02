package script

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// figures tells the text of a name.
type figures func(name string) (text string, known bool)

// evaluate computes a Go expression of constants: whole numbers of any size, texts and truths. A
// division leaves its remainder out, as the chain does. Names stand for figures.
func evaluate(expression string, known figures) (constant.Value, error) {
	parsed, err := parser.ParseExpr(expression)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", expression, err)
	}
	scope := types.NewPackage("figures", "figures")
	for _, name := range namesIn(parsed) {
		text, ok := known(name)
		if !ok && types.Universe.Lookup(name) != nil {
			continue // min, true
		}
		if !ok {
			return nil, fmt.Errorf("%q: there is no figure %s", expression, name)
		}
		value := constant.MakeString(text)
		typ := types.Typ[types.UntypedString]
		if number := constant.MakeFromLiteral(text, token.INT, 0); isNumber(text) && number.Kind() == constant.Int {
			value, typ = number, types.Typ[types.UntypedInt]
		}
		scope.Scope().Insert(types.NewConst(token.NoPos, scope, name, typ, value))
	}
	result, err := types.Eval(token.NewFileSet(), scope, token.NoPos, expression)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", expression, err)
	}
	if result.Value == nil {
		return nil, fmt.Errorf("%q is no figure", expression)
	}
	return result.Value, nil
}

// isNumber tells whether a text is a whole number as the chain writes them: decimal, without leading zeros.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (digits == "0" || digits[0] != '0')
}

// namesIn lists the names of an expression in the order of their appearance.
func namesIn(expression ast.Expr) []string {
	var names []string
	ast.Inspect(expression, func(node ast.Node) bool {
		if id, ok := node.(*ast.Ident); ok && !slices.Contains(names, id.Name) {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

// explain says what an expression that does not hold is made of: both of its sides and every figure.
func explain(expression string, known figures) string {
	parsed, err := parser.ParseExpr(expression)
	if err != nil {
		return ""
	}
	var text strings.Builder
	if comparison, ok := parsed.(*ast.BinaryExpr); ok {
		for _, side := range []ast.Expr{comparison.X, comparison.Y} {
			source := types.ExprString(side)
			if value, err := evaluate(source, known); err == nil {
				fmt.Fprintf(&text, "\n  %s = %s", source, value.ExactString())
			}
		}
	}
	for _, name := range namesIn(parsed) {
		if value, ok := known(name); ok {
			fmt.Fprintf(&text, "\n  where %s is %s", name, value)
		}
	}
	return text.String()
}
