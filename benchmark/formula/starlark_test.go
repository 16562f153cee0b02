package formula_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/formula"
)

// returning is a scorer that returns an expression of item.
func returning(expression string) string {
	return "def score(item):\n    return " + expression + "\n"
}

func TestAStarlarkScorerIsItsValue(t *testing.T) {
	for name, c := range map[string]struct {
		program string
		want    int64
	}{
		"a literal":                              {returning("7"), 7},
		"a metric":                               {returning("item.metric('rouge_l')"), 800_000_000},
		"the fields of an item":                  {returning("len(item.prompt + item.expected + item.answer + item.data) + len(item.alternatives) + item.latency_ms + item.completion_tokens"), 12 + 3 + 10 + 3 + 2 + 120 + 7},
		"an alternative":                         {returning("5 if item.alternatives[1] == 'II' and 'III' not in item.alternatives else 6"), 5},
		"a helper, a constant and a loop":        {"WEIGHTS = {'a': 1, 'b': 2}\ndef helper(xs):\n    total = 0\n    for x in xs:\n        total += WEIGHTS[x]\n    return total\ndef score(item):\n    return helper(item.data.split(','))\n", 3},
		"a loop that ends by itself":             {"def score(item):\n    n = 0\n    while n < 10:\n        n += 3\n    return n\n", 12},
		"integers beyond 64 bits on the way":     {returning("(1 << 100) // (1 << 98)"), 4},
		"floor division and remainder":           {returning("(-7 // 2) + (-7 % 3) + 10"), 8},
		"slices":                                 {returning("len('abcdef'[1:-1]) + int('12345'[::-2]) + len([1, 2, 3][5:]) + len((1, 2, 3)[-100:2]) + len('abc'[2:1])"), 4 + 531 + 0 + 2 + 0},
		"a swap of elements":                     {"def score(item):\n    x = [1, 2, 3]\n    x[0], x[2] = x[2], x[0]\n    (a, [b, x[1]]) = (7, (8, 9))\n    return x[0] * 100 + x[1] * 10 + x[2] + a + b\n", 391 + 15},
		"elements changed in place":              {"def score(item):\n    d = {'a': [1]}\n    d['a'] += [2, 3]\n    d['a'][0] += 4\n    d['b'] = 6\n    d['b'] -= 1\n    d |= {'c': 7}\n    x = d['a']\n    y = x\n    x += (9,)\n    return len(y) * 1000 + d['a'][0] * 100 + d['b'] * 10 + d['c']\n", 4557},
		"a list changed in place by its alias":   {"def score(item):\n    x = [1]\n    y = x\n    x += [2]\n    x = x + [3]\n    return len(x) * 10 + len(y)\n", 32},
		"comprehensions":                         {returning("len([x * y for x in range(4) for y in range(x) if x != y]) + {c: i for i, c in enumerate('abca')}['a']"), 6 + 3},
		"a string is iterated by its letters":    {returning("len([c for c in 'aé€']) * 100 + len(set('hello')) * 10 + len(list(zip('ab', 'cde')))"), 342},
		"sorting by a key and backwards":         {returning("int(''.join(sorted(['22', '1', '333'], key = len, reverse = True)))"), 333221},
		"sorting keeps the order of equals":      {returning("int(''.join([p[1] for p in sorted([(2, '1'), (1, '2'), (2, '3'), (1, '4')], key = lambda p: p[0])]))"), 2413},
		"sorting backwards keeps it too":         {returning("int(''.join([p[1] for p in sorted([(2, '1'), (1, '2'), (2, '3'), (1, '4')], key = lambda p: p[0], reverse = True)]))"), 1324},
		"a list sorted in place":                 {"def score(item):\n    x = [3, 1, 2]\n    x.sort(reverse = True)\n    y = x.copy()\n    y.reverse()\n    return x[0] * 100 + y[0] * 10 + [1, 1, 2].count(1)\n", 312},
		"the largest and the smallest":           {returning("max([1, 5, 3]) * 100 + min(4, 2) * 10 + max('a', 'bbb', key = len).count('b') + max([], default = 1000)"), 523 + 1000},
		"sum, pow, divmod, abs, round":           {returning("sum([1, 2], 3) + sum([True, False]) + pow(2, 10) + pow(3, 5, 7) + divmod(17, 5)[0] * divmod(17, 5)[1] + abs(-4) + round(5)"), 6 + 1 + 1024 + 5 + 6 + 4 + 5},
		"methods of strings":                     {returning("len('a,b,,c'.split(',')) + len(' a  b '.split()) * 10 + 'aXbX'.replace('X', '').find('b') * 100 + len('x y z'.rsplit(' ', 1)[0]) * 1000"), 4 + 20 + 100 + 3000},
		"text from values":                       {returning("len('%s=%d' % ('a', 5)) + len('{}-{x}'.format(1, x = [1])) * 10 + len(str([1, 'a'])) * 100 + len(repr('a')) * 1000"), 3 + 50 + 800 + 3000},
		"methods of dicts":                       {"def score(item):\n    d = dict([('a', 1)], b = 2)\n    d.setdefault('c', 3)\n    e = d.copy()\n    e.pop('a')\n    e.update({'z': 9})\n    return d.get('x', 5) + sum(d.values()) * 10 + len(e.items()) * 100 + len(''.join(d.keys())) * 1000\n", 5 + 60 + 300 + 3000},
		"methods of sets":                        {"def score(item):\n    s = set([1, 2, 3])\n    s.add(4)\n    s.discard(1)\n    t = s.union([9]) - set([2])\n    return len(s) * 100 + len(t) * 10 + len(s.intersection([3, 4, 5])) + (1000 if s.issuperset([2]) and 2 in s and 1 not in s else 0)\n", 300 + 30 + 2 + 1000},
		"a method that is kept":                  {"def score(item):\n    x = []\n    add = x.append\n    add(1)\n    add(2)\n    return len(x)\n", 2},
		"arguments by place, by name and spread": {"def f(a, b = 2, *rest, c = 3, **named):\n    return a + b * 10 + c * 100 + len(rest) * 1000 + len(named) * 10000\ndef score(item):\n    return f(1) + f(*[1, 2, 3], **{'c': 4, 'd': 5})\n", 321 + 11421},
		"a closure":                              {"def adder(n):\n    return lambda x: x + n\ndef score(item):\n    return adder(3)(4)\n", 7},
		"a condition at the top":                 {"if 1 < 2:\n    N = 3\nelse:\n    N = 4\nfor i in range(3):\n    N += i\ndef score(item):\n    return N\n", 6},
		"printing prints nothing":                {"def score(item):\n    print(item.answer, 5)\n    return 1\n", 1},
		"comparison of values in values":         {returning("1 if [1, (2, {'a': [3]})] == [1, (2, {'a': [3]})] and (1, 2) < (1, 3) and [] != [0] else 0"), 1},
		"a name of the language is given anew":   {"def len(x):\n    return 5\ndef score(item):\n    return len('a')\n", 5},
		"nothing that is hidden":                 {"None = 4\ndef score(item):\n    return 'abc'[1:] == 'bc' and 6 or 7\n", 6},
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := formula.CompileStarlark(c.program)
			require.NoError(t, err)
			got, err := compiled.Score(inputs())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestATextThatIsNoStarlarkScorerIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ program, reason string }{
		"nothing":                         {"", "does not define score(item)"},
		"another function":                {"def scores(item):\n    return 1\n", "does not define score(item)"},
		"score with two arguments":        {"def score(item, more):\n    return 1\n", "does not define score(item)"},
		"score with any arguments":        {"def score(*items):\n    return 1\n", "does not define score(item)"},
		"score that is no function":       {"score = 1\n", "does not define score(item)"},
		"half a program":                  {"def score(item):\n", "2:1: "},
		"a name that nothing defines":     {returning("item.latency_ms +  nothing"), "2:31: \"nothing\" is not defined"},
		"a float":                         {returning("1.5"), "2:12: a scorer has no floating-point numbers"},
		"a division into floats":          {returning("1 / 2"), "2:14: a scorer has no floating-point numbers"},
		"a division into floats in place": {"def score(item):\n    x = 1\n    x /= 2\n    return x\n", "3:7: a scorer has no floating-point numbers"},
		"float as a function":             {returning("int(float('1'))"), `"float" is not defined`},
		"bytes":                           {returning("len(b'a')"), "2:16: there are no bytes"},
		"bytes as a function":             {returning("len(bytes('a'))"), `"bytes" is not defined`},
		"load":                            {"load('a.star', 'b')\n" + returning("1"), "1:1: load is not part of the language"},
		"attributes by name":              {returning("getattr(item, 'answer')"), `"getattr" is not defined`},
		"a list of attributes":            {returning("len(dir(item))"), `"dir" is not defined`},
		"a hash":                          {returning("hash('a')"), `"hash" is not defined`},
		"a guard by its name":             {returning("$add(1, 2)"), "2:12: "},
		"an attribute that is assigned":   {"def score(item):\n    item.answer = 'x'\n    return 1\n", "attributes cannot be assigned"},
		"an attribute changed in place":   {"def score(item):\n    item.answer += 'x'\n    return 1\n", "assigns to a name or to an element"},
		"a loop over an element":          {"def score(item):\n    x = [0]\n    for x[0] in [1]:\n        pass\n    return 1\n", "a loop assigns to names only"},
		"a return at the top":             {"return 1\n", "1:1: return statement not within a function"},
		"brackets without end":            {strings.Repeat("(", 60000), "1:78: excessive nesting"},
		"brackets that are nested deep":   {"x = " + strings.Repeat("[", 900) + strings.Repeat("]", 900) + "\n", "nest"},
		"braces that are nested deep":     {"x = " + strings.Repeat("{1:", 900) + "1" + strings.Repeat("}", 900) + "\n", "nest"},
		"signs without end":               {"x = " + strings.Repeat("-", 60000) + "1\n", "nest"},
		"negations without end":           {"x = " + strings.Repeat("not ", 15000) + "1\n", "nest"},
		"lambdas without end":             {"x = " + strings.Repeat("lambda:", 9000) + "1\n", "nest"},
		"conditions without end":          {"x = " + strings.Repeat("1 if 1 else ", 5000) + "1\n", "nest"},
		"a sum without end":               {"x = 1" + strings.Repeat("+x", 30000) + "\n", "1:5: it is nested deeper than 500"},
		"calls without end":               {"x = x" + strings.Repeat("()", 30000) + "\n", "1:5: it is nested deeper than 500"},
		"attributes without end":          {"x = x" + strings.Repeat(".a", 30000) + "\n", "1:5: it is nested deeper than 500"},
		"indices without end":             {"x = x" + strings.Repeat("[0]", 20000) + "\n", "1:5: it is nested deeper than 500"},
		"slices without end":              {"x = x" + strings.Repeat("[:]", 20000) + "\n", "1:5: it is nested deeper than 500"},
		"alternatives without end":        {"if 1:\n    pass\n" + strings.Repeat("elif 1:\n    pass\n", 3500), "it is nested deeper than 500"},
		"blocks without end": {func() string {
			var out strings.Builder
			for i := range 340 {
				out.WriteString(strings.Repeat(" ", i) + "if 1:\n")
			}
			return out.String() + strings.Repeat(" ", 340) + "pass\n"
		}() + "x = nothing\n", "\"nothing\" is not defined"},
		"a target nested deep":                 {strings.Repeat("[", 600) + "x" + strings.Repeat("]", 600) + " = 1\n", "nest"},
		"a loop variable nested deep":          {"for " + strings.Repeat("(", 600) + "x" + strings.Repeat(")", 600) + " in []:\n    pass\n", "nest"},
		"an integer of very many digits":       {"x = 1" + strings.Repeat("0", 60000) + "\n", "at most 8192 are allowed"},
		"many names in a function":             {"def f():\n" + strings.Repeat("    x = 1\n", 201), "a function binds 201 names"},
		"many arguments":                       {"x = max(" + strings.Repeat("1,", 300) + ")\n", "limit is 255"},
		"a program that is too long":           {strings.Repeat("#", formula.MaxSourceBytes+1), "at most 65536 are allowed"},
		"bytes that are no text":               {"x = \xff\n", "1:5: "},
		"a loop without end at the top":        {"while True:\n    pass\n", "used up its steps"},
		"a failure at the top":                 {"x = 1 // 0\n", "formula:1:7: in <toplevel>: formula failed: floored division by zero"},
		"tuples within tuples to be frozen":    {deep("(", ",)", 60) + "X = deep()\n" + returning("1"), "used up its steps"},
		"tuples in a default to be frozen":     {deep("(", ",)", 60) + "def f(x = deep()):\n    return x\n" + returning("1"), "used up its steps"},
		"tuples in a closure to be frozen":     {deep("(", ",)", 60) + "def g():\n    x = deep()\n    return lambda: x\nF = g()\n" + returning("1"), "used up its steps"},
		"a class":                              {"class A:\n    pass\n", "1:1: "},
		"an import":                            {"import math\n", "1:1: "},
		"an operator of Python alone":          {returning("2 ** 3"), "2:16: "},
		"a name that is global":                {"def f():\n    global x\n", "2:5: "},
		"an annotation":                        {"def f(x: int):\n    return x\n", "1:9: "},
		"a text with values in it":             {returning("f'{item.answer}'"), "2:28: "},
		"an exception":                         {"try:\n    x = 1\nexcept:\n    pass\n", "1:1: "},
		"a chain of comparisons":               {returning("1 < 2 < 3"), "does not associate"},
		"is":                                   {returning("1 if item is None else 2"), "2:14: "},
		"a generator without brackets of list": {returning("sum(x for x in [1])"), "2:21: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formula.CompileStarlark(c.program)
			require.ErrorIs(t, err, formula.ErrCompile)
			require.ErrorContains(t, err, c.reason)
			require.Less(t, len(err.Error()), 700)
		})
	}
}

func TestAStarlarkScorerThatFailsSaysHowAndWhere(t *testing.T) {
	for name, c := range map[string]struct {
		program string
		as      error
		reason  string
	}{
		"a division by zero":             {returning("1 // (item.latency_ms - 120)"), formula.ErrRuntime, "formula:2:14: in score: formula failed: floored division by zero"},
		"an index out of range":          {returning("[1][item.latency_ms]"), formula.ErrRuntime, "120 is out of the range of 1 elements"},
		"a key that is not there":        {returning("{'a': 1}[item.answer]"), formula.ErrRuntime, `key "It is two." not in dict`},
		"a key that is there twice":      {returning("{item.answer: 1, item.answer: 2}"), formula.ErrRuntime, "duplicate key"},
		"types that do not go together":  {returning("1 + item.answer"), formula.ErrRuntime, "int + string"},
		"a field that is not there":      {returning("item.answers"), formula.ErrRuntime, "item has no .answers"},
		"a method that is not there":     {returning("item.answer.append(1)"), formula.ErrRuntime, "string has no .append"},
		"a method of another version":    {returning("item.answer.elems()"), formula.ErrRuntime, "string has no .elems"},
		"a call of the author":           {"def f():\n    fail('this is', 'wrong')\ndef score(item):\n    return f()\n", formula.ErrRuntime, "formula:2:9: in f: formula failed: fail: this is wrong"},
		"recursion":                      {"def f(n):\n    return n and f(n - 1)\ndef score(item):\n    return f(3)\n", formula.ErrRuntime, "called recursively"},
		"a metric that fails":            {returning("item.metric('broken')"), errBroken, `metric "broken": the embedding model is not here`},
		"a loop without end":             {"def score(item):\n    while True:\n        pass\n", formula.ErrSteps, "formula:1:1: in score: program used up its steps: 1000000 are allowed"},
		"too much memory":                {returning("len('a' * 100000000)"), formula.ErrMemory, "33554432 bytes are allowed"},
		"a float by a way around":        {returning("'%f' % 1"), formula.ErrResult, "string"},
		"a result that is text":          {returning("item.answer"), formula.ErrResult, "string"},
		"a result that is nothing":       {"def score(item):\n    pass\n", formula.ErrResult, "NoneType"},
		"a result that is true":          {returning("True"), formula.ErrResult, "bool"},
		"a result below zero":            {returning("-1"), formula.ErrResult, "-1"},
		"a result above one":             {returning("1000000001"), formula.ErrResult, "1000000001"},
		"a result of very many digits":   {returning("1 << 511"), formula.ErrResult, "not 0 to 1000000000"},
		"a global that is changed":       {"SEEN = []\ndef score(item):\n    SEEN.append(1)\n    return len(SEEN)\n", formula.ErrRuntime, "frozen list"},
		"a default that is changed":      {"def f(seen = {}):\n    seen[len(seen)] = 1\n    return len(seen)\ndef score(item):\n    return f()\n", formula.ErrRuntime, "frozen hash table"},
		"a global that is added to":      {"SEEN = [1]\ndef add(x):\n    x += [2]\ndef score(item):\n    add(SEEN)\n    return 1\n", formula.ErrRuntime, "frozen list"},
		"an element of a global changed": {"SEEN = [[1]]\ndef score(item):\n    SEEN[0][0] = 2\n    return 1\n", formula.ErrRuntime, "frozen list"},
		"a global that is sorted":        {"SEEN = [2, 1]\ndef score(item):\n    SEEN.sort()\n    return 1\n", formula.ErrRuntime, "frozen list"},
		"a list changed while in a loop": {"def score(item):\n    x = [1]\n    for y in x:\n        x.append(y)\n    return 1\n", formula.ErrRuntime, "during iteration"},
		"a metric that has no name":      {returning("item.metric()"), formula.ErrRuntime, "missing argument"},
		"a range beyond what there is":   {returning("len(range(1 << 31))"), formula.ErrRuntime, "beyond 2^30"},
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := formula.CompileStarlark(c.program)
			require.NoError(t, err)
			_, err = compiled.Score(inputs())
			require.ErrorIs(t, err, c.as)
			require.ErrorContains(t, err, c.reason)
			require.NotContains(t, err.Error(), "internal error")
			require.Less(t, len(err.Error()), 700)
		})
	}
}

func TestAStarlarkScorerRefusesInputsThatAreTooLong(t *testing.T) {
	compiled, err := formula.CompileStarlark(returning("len(item.data)"))
	require.NoError(t, err)
	got, err := compiled.Score(formula.Inputs{Data: strings.Repeat("a", formula.MaxTextBytes)})
	require.NoError(t, err)
	require.EqualValues(t, formula.MaxTextBytes, got)
	_, err = compiled.Score(formula.Inputs{Data: strings.Repeat("a", formula.MaxTextBytes+1)})
	require.ErrorIs(t, err, formula.ErrMemory)
	_, err = compiled.Score(formula.Inputs{Alternatives: []string{strings.Repeat("a", formula.MaxTextBytes+1)}})
	require.ErrorIs(t, err, formula.ErrMemory)
}

func TestLimitsOfAScorerAreThoseThatItWasCompiledWith(t *testing.T) {
	program := "def score(item):\n    n = 0\n    for i in range(item.latency_ms):\n        n += 1\n    return n\n"
	small, err := formula.CompileStarlarkLimits(program, formula.Limits{Steps: 1000})
	require.NoError(t, err)
	_, err = small.Score(formula.Inputs{LatencyMS: 10_000})
	require.ErrorIs(t, err, formula.ErrSteps)
	large, err := formula.CompileStarlarkLimits(program, formula.Limits{Steps: 1 << 62, Memory: 1 << 62})
	require.NoError(t, err)
	got, err := large.Score(formula.Inputs{LatencyMS: 1_000_000})
	require.NoError(t, err)
	require.EqualValues(t, 1_000_000, got)
	_, err = large.Score(formula.Inputs{LatencyMS: 1 << 30})
	require.ErrorIs(t, err, formula.ErrSteps, "what is asked for is kept within what may be")
}

func TestAStarlarkScorerIsUsedByManyAtOnce(t *testing.T) {
	compiled, err := formula.CompileStarlark("TABLE = {str(i): [i] for i in range(100)}\ndef score(item):\n    x = TABLE[str(item.latency_ms % 100)] + [1]\n    x.append(item.metric('exact'))\n    return sum(x)\n")
	require.NoError(t, err)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				in := inputs()
				in.LatencyMS = int64(worker + i)
				got, err := compiled.Score(in)
				if err != nil || got != in.LatencyMS%100+1+500_000_000 {
					t.Errorf("worker %d: %d, %v", worker, got, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestAHostileScorerFailsWithinItsLimits(t *testing.T) {
	limits := formula.Limits{Steps: 300_000, Memory: 8 << 20}
	for name, c := range hostilePrograms {
		t.Run(name, func(t *testing.T) {
			compiled, err := formula.CompileStarlarkLimits(c.program+"def score(item):\n    attack()\n", limits)
			if err != nil { // a name that nothing defines
				require.ErrorIs(t, err, formula.ErrCompile)
				return
			}
			allocated := spent(func() { _, err = compiled.Score(inputs()) })
			require.Error(t, err)
			require.Less(t, allocated, limits.Memory+128*limits.Steps)
		})
	}
}

func TestAStarlarkScorerIsAFunctionOfItsInputs(t *testing.T) {
	compiled, err := formula.CompileStarlark("def score(item):\n    words = {}\n    for w in item.answer.split():\n        words[w] = words.get(w, 0) + 1\n    for w in set(item.expected.split()):\n        words[w] = words.get(w, 0) * 3\n    total = 7\n    for w, n in words.items():\n        total = (total * 31 + n * len(w)) % 1000000007\n    return total % 1000000001\n")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		in := formula.Inputs{Answer: rapid.String().Draw(t, "answer"), Expected: rapid.String().Draw(t, "expected")}
		first, err := compiled.Score(in)
		require.NoError(t, err)
		second, err := compiled.Score(in)
		require.NoError(t, err)
		require.Equal(t, first, second)
		require.True(t, first >= 0 && first <= formula.ScoreOne)
	})
}
