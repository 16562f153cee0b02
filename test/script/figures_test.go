package script

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
