package portabletest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/portable/portabletest"
)

func TestWhatDependsOnThePlatformIsFound(t *testing.T) {
	for name, c := range map[string]struct{ body, finding string }{
		"an exponential":                          {"return math.Exp(a)", "math.Exp differs"},
		"a power":                                 {"return math.Pow(a, b)", "math.Pow differs"},
		"a logarithm as a value":                  {"f := math.Log; return f(a)", "math.Log differs"},
		"a sum of a product":                      {"return a*b + c", "not rounded"},
		"a product in parentheses":                {"return c - (a * b)", "not rounded"},
		"a product that is added later":           {"d := a * b; return d + c", "not rounded"},
		"a product that is handed on":             {"return math.Abs(a*b) + c", "not rounded"},
		"a product in a sum that is rounded":      {"return float64(a*b + c)", "not rounded"},
		"a product by assignment":                 {"a *= b; return a + c", "not rounded"},
		"a product with a constant":               {"return 2*a + c", "not rounded"},
		"a square root":                           {"return math.Sqrt(a)", ""},
		"a rounded product":                       {"return float64(a*b) + c", ""},
		"a rounded product of three":              {"return float64(a*b*c) + c", ""},
		"a product that is divided and rounded":   {"return float64(a*b/c) + c", ""},
		"a product of whole numbers":              {"n := 3; return float64(n*n+n) + c", ""},
		"a product of constants":                  {"return 2*math.Pi + c", ""},
		"a quotient":                              {"return a/b + c", ""},
		"a product inside of one that is rounded": {"return float64((a*b)*(c*c)) - a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			source := "package p\nimport \"math\"\nvar _ = math.Pi\nfunc f(a, b, c float64) float64 { " + c.body + " }\n"
			require.NoError(t, os.WriteFile(filepath.Join(folder, "p.go"), []byte(source), 0o600))
			findings, err := portabletest.Findings(folder)
			require.NoError(t, err)
			if c.finding == "" {
				require.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			require.Contains(t, strings.ReplaceAll(findings[0], folder, ""), c.finding)
		})
	}
}

func TestAFolderThatIsNoPackageIsRefused(t *testing.T) {
	folder := t.TempDir()
	_, err := portabletest.Findings(folder)
	require.ErrorContains(t, err, "find the package")
	for source, reason := range map[string]string{"package p\nfunc {": "read the package", "package p\nvar x = y": "check the types", "package p\nimport \"no/such\"\n": "find what the package imports"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "p.go"), []byte(source), 0o600))
		_, err = portabletest.Findings(folder)
		require.ErrorContains(t, err, reason)
	}
}
