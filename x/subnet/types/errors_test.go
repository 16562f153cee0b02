package types_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Clients decide by codes, so a code keeps its name for ever: the golden list may only grow.
func TestErrorCodesAreAppendOnly(t *testing.T) {
	var lines []string
	for _, e := range registered(t) {
		lines = append(lines, strconv.Itoa(e.code)+" "+e.name)
	}
	golden, err := os.ReadFile("testdata/error_codes.txt")
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(golden)), strings.Join(lines, "\n"), "append new codes to testdata/error_codes.txt; never change one")
}

func TestEveryErrorSaysWhatToDo(t *testing.T) {
	codes := map[int]string{}
	for _, e := range registered(t) {
		require.Contains(t, e.text, ": ", "%s says what is wrong, then what to do", e.name)
		require.Empty(t, codes[e.code], "code %d is given twice", e.code)
		require.Greater(t, e.code, 1, "code 1 is reserved")
		codes[e.code] = e.name
	}
}

type registeredError struct {
	name, text string
	code       int
}

// registered reads the errors from errors.go, in order.
func registered(t *testing.T) (found []registeredError) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		call := spec.Values[0].(*ast.CallExpr)
		code, err := strconv.Atoi(call.Args[1].(*ast.BasicLit).Value)
		require.NoError(t, err)
		text, err := strconv.Unquote(call.Args[2].(*ast.BasicLit).Value)
		require.NoError(t, err)
		found = append(found, registeredError{spec.Names[0].Name, text, code})
		return true
	})
	require.NotEmpty(t, found)
	return found
}
