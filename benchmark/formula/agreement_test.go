package formula_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/formula"
)

// plain runs f() of a program in the interpreter as it is, without guards.
func plain(program string) (starlark.Value, error) {
	options := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
	thread := &starlark.Thread{}
	thread.SetMaxExecutionSteps(100_000)
	globals, err := starlark.ExecFileOptions(options, thread, "plain", program, nil)
	if err != nil {
		return nil, err
	}
	return starlark.Call(thread, globals["f"], nil, nil)
}

// expressions draws an expression over the variables i, s, l, t, d and e.
func expressions(depth int) *rapid.Generator[string] {
	leaf := rapid.SampledFrom([]string{"i", "s", "l", "t", "d", "e", "0", "1", "-3", "70000000000", "'ab'", "'a%sb'", "[]", "[1, 'x']", "()", "(1, 2)", "{}", "{'a': 1}", "None", "True", "1.5", "range(5)"})
	if depth == 0 {
		return leaf
	}
	inner := expressions(depth - 1)
	return rapid.Custom(func(t *rapid.T) string {
		x := func(n string) string { return inner.Draw(t, n) }
		switch rapid.IntRange(0, 12).Draw(t, "form") {
		case 0, 1, 2:
			operator := rapid.SampledFrom([]string{"+", "-", "*", "/", "//", "%", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"}).Draw(t, "operator")
			return "(" + x("a") + " " + operator + " " + x("b") + ")"
		case 3:
			return x("a") + "[" + x("b") + "]"
		case 4:
			bound := rapid.SampledFrom([]string{"", "0", "1", "-1", "2", "-2", "9", "-9", "i"})
			return rapid.SampledFrom([]string{"s", "l", "t", "'abcdef'"}).Draw(t, "x") + "[" + bound.Draw(t, "low") + ":" + bound.Draw(t, "high") + ":" + bound.Draw(t, "step") + "]"
		case 5:
			return rapid.SampledFrom([]string{"-", "+", "~", "not "}).Draw(t, "operator") + x("a")
		case 6:
			return "[" + x("a") + ", " + x("b") + "]"
		case 7:
			return "{" + x("a") + ": " + x("b") + "}"
		case 8:
			return "(" + x("a") + " if " + x("b") + " else " + x("c") + ")"
		case 9:
			function := rapid.SampledFrom([]string{"len", "str", "repr", "list", "tuple", "sorted", "reversed", "enumerate", "min", "max", "abs", "int", "bool", "type", "any", "all", "set", "dict", "zip"}).Draw(t, "function")
			return function + "(" + x("a") + ")"
		case 10:
			method := rapid.SampledFrom([]string{"s.split('a')", "s.split()", "s.rsplit(None, 1)", "s.replace('a', 'xy', 1)", "s.replace('', '-')", "s.upper()", "s.find('b')", "','.join(l)", "'{}{}'.format(i, l)", "l.index(2)", "l.pop()", "d.items()", "d.get('a')", "d.pop('a')", "e.union(t)", "e.difference(l)", "s.partition('b')", "s.strip('a')", "s.startswith(('a', 'b'))", "s.count('a')", "s.title()"}).Draw(t, "method")
			return method
		case 11:
			return "[x for x in " + x("a") + " if x != " + x("b") + "]"
		}
		return "{x: " + x("a") + " for x in " + x("b") + "}"
	})
}

// The differences that are meant: a string is iterated here, a list has count, a range
// is not sliced and a value that holds itself is not written.
func TestAGuardedProgramComputesWhatTheInterpreterDoes(t *testing.T) {
	meant := []string{"a range cannot be sliced", "nested deeper than"}
	rapid.Check(t, func(t *rapid.T) {
		statements := []string{"i = 7", "s = 'abcab'", "l = [3, 1, 2]", "t = (1, 'a', None)", "d = {'a': 1, 2: 'b'}", "e = set([1, 'a'])"}
		for range rapid.IntRange(0, 3).Draw(t, "statements") {
			target := rapid.SampledFrom([]string{"i", "s", "l", "t", "d", "l[0]", "d['a']", "d[i]", "i, l[1]", "[s, i]", "(i, (d['a'], s))"}).Draw(t, "target")
			operator := "="
			if !strings.Contains(target, ",") {
				operator = rapid.SampledFrom([]string{"=", "+=", "-=", "*=", "|=", "//=", "%="}).Draw(t, "operator")
			}
			statements = append(statements, target+" "+operator+" "+expressions(1).Draw(t, "right"))
		}
		statements = append(statements, "return ["+expressions(3).Draw(t, "result")+", i, s, l, t, d, e]")
		program := "def f():\n    " + strings.Join(statements, "\n    ") + "\n"
		// What the guards stop, the interpreter would do with all the memory that there is.
		bounded, failed := formula.RunTests(formula.Limits{Steps: 100_000, Memory: 4 << 20}, program, "def test_f():\n    repr(f())\n")
		require.NoError(t, failed)
		if strings.Contains(strings.Join(bounded.Failures, ""), "used up") {
			return
		}
		value, err := plain(program)
		want := "None"
		if err == nil {
			want = value.String()
		}
		result, failed := formula.RunTests(formula.DefaultTestLimits, program, fmt.Sprintf("def test_f():\n    assert_eq(repr(f()), %q)\n", want))
		require.NoError(t, failed)
		message := strings.Join(result.Failures, "")
		switch {
		case err == nil && result.Passed == 0:
			require.True(t, slices.ContainsFunc(meant, func(s string) bool { return strings.Contains(message, s) }) && !strings.Contains(message, "assert_eq"), "%s\n%s\nwant %s", program, message, want)
		case err != nil && result.Passed == 1:
			t.Fatalf("%s\npasses, but the interpreter says %v", program, err)
		case err != nil && strings.Contains(message, "assert_eq"):
			require.Regexp(t, `string|\.count`, err.Error(), "%s\nhas a value: %s", program, message)
		}
	})
}

// TestResultsAreTheSameEverywhere fixes what hostile programs end with, to the step at
// which they do. A change of it is a change of scores: an interpreter that counts
// otherwise needs a new version of the benchmarks that use it.
func TestResultsAreTheSameEverywhere(t *testing.T) {
	names := make([]string, 0, len(hostilePrograms))
	for name := range hostilePrograms {
		names = append(names, name)
	}
	slices.Sort(names)
	tests, err := formula.CompileTests("def test_attack():\n    attack()\n")
	require.NoError(t, err)
	digest := sha256.New()
	for _, name := range names {
		for steps := uint64(1000); steps <= 100_000; steps *= 10 {
			result := tests.Run(formula.Limits{Steps: steps, Memory: 50 * steps}, hostilePrograms[name].program)
			_, err := io.WriteString(digest, fmt.Sprintf("%s: %d: %d %q\n", name, steps, result.Passed, result.Failures))
			require.NoError(t, err)
		}
	}
	require.Equal(t, "0343ec7b564e11eb9dbfe5cb72d7988c13c03e8f09034539a8269cdf95547060", hex.EncodeToString(digest.Sum(nil)))
}
