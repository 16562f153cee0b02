package economy

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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

func TestExpressionsAreExact(t *testing.T) {
	known := func(name string) (string, bool) {
		text, ok := map[string]string{
			"cap": "21000000000000", "unit": "1000000000000000000", "third": "7000000000001", "debt": "-3", "owner": "agora1xyz", "hash": "00ff",
		}[name]
		return text, ok
	}
	for _, test := range []struct{ name, expression, want string }{
		{"products beyond 64 bits lose nothing", "cap * unit * unit", "21000000000000000000000000000000000000000000000000"},
		{"a division rounds down", "cap * unit / third", "2999999999999571428"},
		{"a comparison of numbers", "third + debt < cap", "true"},
		{"the smaller of two", "min(cap, third)", "7000000000001"},
		{"texts are compared as texts", `owner == "agora1xyz"`, "true"},
		{"digits that are no number stay a text", `hash == "00ff"`, "true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			value, err := evaluate(test.expression, known)
			require.NoError(t, err)
			require.Equal(t, test.want, value.ExactString())
		})
	}
	for _, test := range []struct{ name, expression, want string }{
		{"a name that stands for nothing", "cap + nothing", "there is no figure nothing"},
		{"a division by nothing", "cap / (third - third)", "division by zero"},
		{"a text among numbers", "cap + owner", "mismatched types"},
		{"half an expression", "cap +", "expected operand"},
		{"a type", "int", "is no figure"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := evaluate(test.expression, known)
			require.ErrorContains(t, err, test.want)
		})
	}
	require.Equal(t, "\n  third * 3 = 21000000000003\n  cap = 21000000000000\n  where third is 7000000000001\n  where cap is 21000000000000",
		explain("third*3 == cap", known))
}
