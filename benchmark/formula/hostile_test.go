package formula_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/formula"
)

// deep builds a value that holds itself many times over: n levels, two of each.
func deep(open, end string, n int) string {
	return fmt.Sprintf("def deep():\n    x = %s1%s\n    for _ in range(%d):\n        x = %sx, x%s\n    return x\n", open, end, n, open, end)
}

// hostilePrograms end by a limit: the body of attack() and what it ends with.
var hostilePrograms = map[string]struct{ program, ends string }{
	"a loop without end":                      {"def attack():\n    while True:\n        pass\n", "steps"},
	"recursion without end":                   {"def attack():\n    return attack()\n", "memory"},
	"recursion through a sort":                {"def attack():\n    return sorted([1, 2], key=lambda x: attack())\n", "memory"},
	"recursion with large frames":             {"def attack(n=0):\n    if n == 900:\n        return 0\n    attack(n + 1)\n    return [" + strings.Repeat("0,", 20000) + "]\n", "memory"},
	"calls of a function with a large frame":  {"def big(n):\n    if n:\n        return 0\n    return [" + strings.Repeat("0,", 20000) + "]\ndef attack():\n    while True:\n        big(1)\n", "memory"},
	"calls of a lambda with a large frame":    {"big = lambda n: 0 if n else [" + strings.Repeat("0,", 20000) + "]\ndef attack():\n    while True:\n        big(1)\n", "memory"},
	"a string repeated":                       {"def attack():\n    return 'a' * (1 << 29)\n", "memory"},
	"a string repeated by a huge integer":     {"def attack():\n    return 'a' * (1 << 400)\n", "memory"},
	"a string repeated from the left":         {"def attack():\n    return (1 << 29) * 'a'\n", "memory"},
	"a string repeated in place":              {"def attack():\n    s = 'a'\n    s *= 1 << 29\n", "memory"},
	"an element repeated in place":            {"def attack():\n    s = ['a']\n    s[0] *= 1 << 29\n", "memory"},
	"a list repeated":                         {"def attack():\n    return [0] * (1 << 28)\n", "memory"},
	"a tuple repeated":                        {"def attack():\n    return (0,) * (1 << 28)\n", "memory"},
	"a string doubled":                        {"def attack():\n    s = 'a'\n    while True:\n        s += s\n", "memory"},
	"a string that grows by a byte":           {"def attack():\n    s = ''\n    while True:\n        s += 'a'\n", ""},
	"a list doubled in place":                 {"def attack():\n    s = [1]\n    while True:\n        s += s\n", "memory"},
	"a list extended by itself":               {"def attack():\n    s = [1]\n    while True:\n        s.extend(s)\n", "memory"},
	"a list extended by a method kept":        {"def attack():\n    s = [1]\n    f = s.extend\n    while True:\n        f(s)\n", "memory"},
	"a list that grows":                       {"def attack():\n    s = []\n    while True:\n        s.append(0)\n", ""},
	"a list inserted into at its front":       {"def attack():\n    s = []\n    while True:\n        s.insert(0, 0)\n", ""},
	"a comprehension without end":             {"def attack():\n    return [[x] for x in range(1 << 30)]\n", "steps"},
	"a dict that grows":                       {"def attack():\n    d = {}\n    i = 0\n    while True:\n        d[i] = i\n        i += 1\n", ""},
	"keys of a dict that collide":             {"def attack():\n    d = {}\n    i = 0\n    while True:\n        d[i << 32] = 0\n        i += 1\n", ""},
	"keys of a set that collide":              {"def attack():\n    d = set()\n    i = 0\n    while True:\n        d.add(i << 32)\n        i += 1\n", ""},
	"a set of keys that collide":              {"def attack():\n    return set([i << 32 for i in range(100000)])\n", ""},
	"a dict of keys that collide":             {"def attack():\n    return {i << 32: i for i in range(100000)}\n", ""},
	"sets of keys that collide combined":      {"def attack():\n    s = set([i << 32 for i in range(2000)])\n    while True:\n        s | s\n", ""},
	"dicts of keys that collide compared":     {"def attack():\n    s = {i << 32: i for i in range(2000)}\n    t = dict(s)\n    while True:\n        s == t\n", "steps"},
	"keys that are tuples which collide":      {"def attack():\n    d = {}\n    i = 0\n    while True:\n        d[(i << 32, 'a name of some length')] = 0\n        i += 1\n", ""},
	"keys that are functions":                 {"def attack():\n    return {lambda: i: 0 for i in range(9)}\n", "unhashable"},
	"a set of colliding keys emptied":         {"def attack():\n    while True:\n        s = set([i << 32 for i in range(500)])\n        while s:\n            s.pop()\n", ""},
	"an integer squared":                      {"def attack():\n    i = 3\n    while True:\n        i *= i\n", "bits"},
	"an integer shifted":                      {"def attack():\n    i = 3\n    while True:\n        i = i << 500\n", "bits"},
	"an integer raised to a power":            {"def attack():\n    return pow(3, 1 << 400)\n", "bits"},
	"an integer raised with a modulus":        {"def attack():\n    while True:\n        pow(3, 1 << 500, (1 << 500) + 1)\n", ""},
	"an integer from a long text":             {"def attack():\n    return int('9' * 100000)\n", "too long"},
	"large integers divided":                  {"def attack():\n    i = pow(3, 5000)\n    j = pow(7, 1400)\n    while True:\n        i // j\n        i % j\n", "steps"},
	"large integers written":                  {"def attack():\n    i = pow(3, 5000)\n    while True:\n        str(i)\n", ""},
	"a range made a list":                     {"def attack():\n    return list(range(1 << 30))\n", "memory"},
	"a range made a tuple":                    {"def attack():\n    return tuple(range(1 << 30))\n", "memory"},
	"a range made a set":                      {"def attack():\n    return set(range(1 << 30))\n", "memory"},
	"a range sorted":                          {"def attack():\n    return sorted(range(1 << 30))\n", "memory"},
	"a range reversed":                        {"def attack():\n    return reversed(range(1 << 30))\n", "memory"},
	"a range enumerated":                      {"def attack():\n    return enumerate(range(1 << 30))\n", "memory"},
	"a range zipped":                          {"def attack():\n    return zip(range(1 << 30), range(1 << 30))\n", "memory"},
	"a range summed":                          {"def attack():\n    return sum(range(1 << 30))\n", "memory"},
	"the largest of a range":                  {"def attack():\n    return max(range(1 << 30))\n", "memory"},
	"any of a range":                          {"def attack():\n    return any([0]) or all(range(1, 1 << 30))\n", "memory"},
	"a range spread over a call":              {"def f(*args):\n    return 0\ndef attack():\n    return f(*range(1 << 30))\n", "memory"},
	"a range joined":                          {"def attack():\n    return ''.join(range(1 << 30))\n", "memory"},
	"a list extended by a range":              {"def attack():\n    [].extend(range(1 << 30))\n", "memory"},
	"a list with a range added in place":      {"def attack():\n    x = []\n    x += range(1 << 30)\n", "memory"},
	"a dict updated by a range":               {"def attack():\n    {}.update(range(1 << 30))\n", "memory"},
	"a set updated by a range":                {"def attack():\n    set().update(range(1 << 30))\n", "memory"},
	"a membership in a range":                 {"def attack():\n    while True:\n        5 in range(1 << 30)\n", "steps"},
	"a long text searched for a long one":     {"def attack():\n    s = 'a' * 1000000\n    t = 'a' * 500000 + 'b'\n    while True:\n        t in s\n", "steps"},
	"a long text counted":                     {"def attack():\n    s = 'a' * 1000000\n    while True:\n        s.count('b')\n", "steps"},
	"a long text replaced by longer":          {"def attack():\n    s = 'a' * 100000\n    return s.replace('a', s)\n", "memory"},
	"nothing replaced by a long text":         {"def attack():\n    s = 'a' * 100000\n    return s.replace('', s)\n", "memory"},
	"a long text split":                       {"def attack():\n    s = 'a ' * 1000000\n    while True:\n        s.split()\n", "memory"},
	"a long text split by a letter":           {"def attack():\n    s = 'a,' * 1000000\n    while True:\n        s.split(',')\n", "memory"},
	"a split with room for very many":         {"def attack():\n    while True:\n        'a b'.rsplit(None, 1 << 30)\n", ""},
	"a long text in lines":                    {"def attack():\n    s = 'a\\n' * 1000000\n    while True:\n        s.splitlines()\n", "memory"},
	"a long text stripped of many":            {"def attack():\n    s = 'é' * 1000000\n    while True:\n        s.strip('è' * 1000 + 'é')\n", ""},
	"a long text joined by a long one":        {"def attack():\n    s = 'a' * 100000\n    return s.join(['b'] * 100000)\n", "memory"},
	"a long text formatted many times":        {"def attack():\n    s = 'a' * 100000\n    return ('{0}' * 100000).format(s)\n", "memory"},
	"a long text formatted by percent":        {"def attack():\n    s = 'a' * 100000\n    return ('%(s)s' * 100000) % {'s': s}\n", "memory"},
	"a long text in upper case":               {"def attack():\n    s = 'a' * 1000000\n    while True:\n        s.upper()\n", "memory"},
	"a long text sliced backwards":            {"def attack():\n    s = 'a' * 1000000\n    while True:\n        s[::-1]\n", "memory"},
	"a long list sliced":                      {"def attack():\n    s = [0] * 1000000\n    while True:\n        s[1:]\n", "memory"},
	"long texts compared":                     {"def attack():\n    s = 'a' * 1000000\n    t = 'a' * 1000000\n    while True:\n        s == t\n", "steps"},
	"long lists compared":                     {"def attack():\n    s = [0] * 100000\n    t = [0] * 100000\n    while True:\n        s == t\n", "steps"},
	"a long list searched":                    {"def attack():\n    s = [0] * 100000\n    while True:\n        1 in s\n", "steps"},
	"a long list searched by a method":        {"def attack():\n    s = [0] * 100000\n    while True:\n        s.count(1)\n", "steps"},
	"long keys of a dict":                     {"def attack():\n    k = ('a' * 1000000,)\n    d = {k: 1}\n    while True:\n        d[k]\n", "steps"},
	"long texts sorted":                       {"def attack():\n    return sorted(['a' * 100000] * 10000)\n", "steps"},
	"lists within lists compared":             {deep("[", "]", 60) + "def attack():\n    return deep() == deep()\n", "steps"},
	"lists within lists written":              {deep("[", "]", 60) + "def attack():\n    return str(deep())\n", "steps"},
	"lists within lists formatted":            {deep("[", "]", 60) + "def attack():\n    return '%s' % deep()\n", "steps"},
	"lists within lists printed":              {deep("[", "]", 60) + "def attack():\n    print(deep())\n", "steps"},
	"lists within lists as a failure":         {deep("[", "]", 60) + "def attack():\n    fail(deep())\n", "steps"},
	"lists within lists sorted":               {deep("[", "]", 60) + "def attack():\n    return sorted([deep(), deep()])\n", "steps"},
	"lists within lists as the largest":       {deep("[", "]", 60) + "def attack():\n    return max(deep(), deep())\n", "steps"},
	"tuples within tuples as a key":           {deep("(", ",)", 60) + "def attack():\n    return {deep(): 1}\n", "steps"},
	"tuples within tuples looked up":          {deep("(", ",)", 60) + "def attack():\n    return {}.get(deep())\n", "steps"},
	"tuples within tuples as an index":        {deep("(", ",)", 60) + "def attack():\n    return {}[deep()]\n", "steps"},
	"tuples within tuples in a set":           {deep("(", ",)", 60) + "def attack():\n    return set([deep()])\n", "steps"},
	"tuples within tuples in a comprehension": {deep("(", ",)", 60) + "def attack():\n    return {deep(): 1 for _ in [1]}\n", "steps"},
	"tuples within tuples searched for":       {deep("(", ",)", 60) + "def attack():\n    return deep() in [deep()]\n", "steps"},
	"a list in itself written":                {"def attack():\n    x = []\n    x.append(x)\n    return str(x)\n", "nested deeper"},
	"a list in itself compared":               {"def attack():\n    x = []\n    x.append(x)\n    y = [x]\n    return x == y\n", "nested deeper"},
	"a chain of lists written":                {"def attack():\n    x = []\n    for _ in range(10000):\n        x = [x]\n    return str(x)\n", "nested deeper"},
	"a chain of tuples as a key":              {"def attack():\n    x = ()\n    for _ in range(10000):\n        x = (x,)\n    return {x: 1}\n", "nested deeper"},
	"long arguments of a failure":             {"def attack():\n    fail('a' * 10000000, 'b' * 10000000)\n", "memory"},
	"many named arguments":                    {"def f(**k):\n    return 0\ndef attack():\n    f(**{str(i): i for i in range(1000)})\n", "named arguments"},
	"a string iterated many times":            {"def attack():\n    s = 'a' * 1000000\n    while True:\n        list(s)\n", "memory"},
	"names looked up in a large module":       {"def attack():\n    while True:\n        nothing\n", "steps"},
}

const noAttack = "def attack():\n    return 0\n"

// spent runs what it is given and returns the bytes that it allocated.
func spent(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAHostileAnswerFailsWithinItsLimits(t *testing.T) {
	limits := formula.Limits{Steps: 300_000, Memory: 8 << 20}
	tests, err := formula.CompileTests("def test_attack():\n    attack()\n")
	require.NoError(t, err)
	require.Equal(t, 1, tests.Run(limits, noAttack).Passed)
	allowed := limits.Memory + 128*limits.Steps
	for name, c := range hostilePrograms {
		t.Run(name, func(t *testing.T) {
			var result formula.Result
			started := time.Now()
			allocated := spent(func() { result = tests.Run(limits, c.program) })
			t.Logf("%v, %d KiB, %q", time.Since(started).Round(time.Millisecond), allocated>>10, result.Failures)
			if c.program == "" {
				return
			}
			require.Zero(t, result.Passed)
			require.Len(t, result.Failures, 1)
			require.Contains(t, result.Failures[0], c.ends)
			require.Less(t, len(result.Failures[0]), 1000)
			// What the compiler makes of the text is not the program's.
			require.Less(t, allocated, allowed+uint64(len(c.program))*1000)
		})
	}
}
