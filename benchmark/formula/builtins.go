package formula

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// builtins are the functions that programs may call by name. What is not here is not
// in the language, whatever the interpreter has.
var builtins = map[string]guardFunc{
	"abs":       integral("abs"),
	"all":       overSequence("all", 0),
	"any":       overSequence("any", 0),
	"bool":      plain("bool"),
	"chr":       plain("chr"),
	"dict":      makeDict,
	"divmod":    divmod,
	"enumerate": enumerate,
	"fail":      fail,
	"int":       makeInt,
	"len":       length,
	"list":      overSequence("list", 16),
	"max":       extremum("max"),
	"min":       extremum("min"),
	"ord":       plain("ord"),
	"pow":       power,
	"print":     discard,
	"range":     makeRange,
	"repr":      written("repr"),
	"reversed":  overSequence("reversed", 16),
	"round":     round,
	"set":       makeSet,
	"sorted":    sorted,
	"str":       written("str"),
	"sum":       sum,
	"tuple":     overSequence("tuple", 16),
	"type":      plain("type"),
	"zip":       zip,
}

// universal calls the interpreter's own function of a name.
func universal(m *meter, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return starlark.Universe[name].(*starlark.Builtin).CallInternal(m.thread, args, kwargs)
}

// plain is a function that costs a constant.
func plain(name string) guardFunc {
	return func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return universal(m, name, args, kwargs)
	}
}

// integral is a function of one number.
func integral(name string) guardFunc {
	return func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return m.checked(universal(m, name, args, kwargs))
	}
}

// written is a function that writes its argument as text.
func written(name string) guardFunc {
	return func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := m.chargeTexts(args); err != nil {
			return nil, err
		}
		return universal(m, name, args, kwargs)
	}
}

func (m *meter) chargeTexts(args starlark.Tuple) error {
	for _, v := range args {
		size, err := m.textBytes(v)
		if err != nil {
			return err
		}
		if err := m.alloc(2 * size); err != nil {
			return err
		}
	}
	return nil
}

// iterable is what a loop goes through: the code points of a string, else the value.
func (m *meter) iterable(v starlark.Value) (starlark.Value, error) {
	s, ok := v.(starlark.String)
	if !ok {
		return v, nil
	}
	return codePoints(s)
}

func codePoints(s starlark.String) (starlark.Value, error) {
	method, err := s.Attr("codepoints")
	if err != nil {
		return nil, err
	}
	return method.(*starlark.Builtin).CallInternal(nil, nil, nil)
}

// sequence charges a walk through an iterable value and returns it, a string as the
// tuple of its code points.
func (m *meter) sequence(v starlark.Value) (starlark.Iterable, error) {
	if s, ok := v.(starlark.String); ok {
		count := utf8.RuneCountInString(string(s))
		if err := m.alloc(32*uint64(count) + 32); err != nil {
			return nil, err
		}
		points := make(starlark.Tuple, 0, count)
		for i, r := range string(s) {
			// As the interpreter does: what is no code point counts as U+FFFD.
			if r == utf8.RuneError {
				points = append(points, starlark.String("\uFFFD"))
				continue
			}
			points = append(points, s[i:i+utf8.RuneLen(r)])
		}
		return points, nil
	}
	sequence, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("%s value is not iterable", v.Type())
	}
	return sequence, m.alloc(16 * uint64(max(0, starlark.Len(v))))
}

// elements collects what an iterable value has.
func (m *meter) elements(v starlark.Value) ([]starlark.Value, error) {
	sequence, err := m.sequence(v)
	if err != nil {
		return nil, err
	}
	out := make([]starlark.Value, 0, max(0, starlark.Len(sequence)))
	for element := range starlark.Elements(sequence) {
		out = append(out, element)
	}
	return out, nil
}

// overSequence is a function whose only argument is a sequence that it goes through,
// making bytes for each element.
func overSequence(name string, bytes uint64) guardFunc {
	return func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if len(args) == 1 {
			sequence, err := m.sequence(args[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			n := uint64(max(0, starlark.Len(sequence)))
			if err := m.alloc(bytes * n); err != nil {
				return nil, err
			}
			if err := m.work(n); err != nil {
				return nil, err
			}
			args = starlark.Tuple{sequence}
		}
		return universal(m, name, args, kwargs)
	}
}

// length is len: of a string it is its bytes, as an index of it is a byte's.
func length(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return universal(m, "len", args, kwargs)
}

func fail(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := m.chargeTexts(args); err != nil {
		return nil, err
	}
	return universal(m, "fail", args, kwargs)
}

// discard is print: it is charged and prints nothing.
func discard(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	return starlark.None, m.chargeTexts(args)
}

func enumerate(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	start := starlark.MakeInt(0)
	if err := starlark.UnpackArgs("enumerate", args, kwargs, "iterable", &x, "start?", &start); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("enumerate: %w", err)
	}
	if err := m.alloc(96 * uint64(len(values))); err != nil {
		return nil, err
	}
	for i, value := range values {
		values[i] = starlark.Tuple{start.Add(starlark.MakeInt(i)), value}
	}
	return starlark.NewList(values), nil
}

func zip(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, errors.New("zip does not accept keyword arguments")
	}
	columns := make([][]starlark.Value, len(args))
	rows := 0
	for i, arg := range args {
		values, err := m.elements(arg)
		if err != nil {
			return nil, fmt.Errorf("zip: %w", err)
		}
		if columns[i] = values; i == 0 || len(values) < rows {
			rows = len(values)
		}
	}
	if err := m.alloc(product(uint64(rows), 16*uint64(len(args))+48)); err != nil {
		return nil, err
	}
	out := make([]starlark.Value, rows)
	for row := range out {
		tuple := make(starlark.Tuple, len(columns))
		for i, column := range columns {
			tuple[i] = column[row]
		}
		out[row] = tuple
	}
	return starlark.NewList(out), nil
}

// maxRange bounds the numbers of a range: 2^30, so that no sum of them overflows
// where an int has 32 bits.
const maxRange = 1 << 30

func makeRange(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	for _, arg := range args {
		if n, ok := arg.(starlark.Int); ok {
			if value, fits := n.Int64(); !fits || value < -maxRange || value > maxRange {
				return nil, fmt.Errorf("range: %s is beyond 2^30", bounded(n.String()))
			}
		}
	}
	return universal(m, "range", args, kwargs)
}

func makeInt(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 0 {
		// MaxIntBits binary digits are the longest text of an integer.
		if s, ok := args[0].(starlark.String); ok {
			if len(s) > MaxIntBits+8 {
				return nil, fmt.Errorf("int: a text of %d bytes is too long for an integer", len(s))
			}
			if err := m.work(product(uint64(len(s)), uint64(len(s))) / 1024); err != nil {
				return nil, err
			}
		}
	}
	return m.checked(universal(m, "int", args, kwargs))
}

func makeDict(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	dict := new(starlark.Dict)
	_, err := dictUpdate(m, dict, args, kwargs)
	return dict, err
}

func makeSet(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value = starlark.Tuple{}
	if err := starlark.UnpackArgs("set", args, kwargs, "iterable?", &x); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("set: %w", err)
	}
	set := new(starlark.Set)
	return set, m.insertAll(set, values)
}

// insertAll adds values to a set.
func (m *meter) insertAll(set *starlark.Set, values []starlark.Value) error {
	for _, value := range values {
		if err := m.chargeInsert(set, value); err != nil {
			return err
		}
		before := set.Len()
		if err := set.Insert(value); err != nil {
			return fmt.Errorf("set: %w", err)
		}
		if set.Len() > before {
			m.changed(set, value, 1)
		}
	}
	return nil
}

// keyed computes the keys that values are ordered by.
func (m *meter) keyed(values []starlark.Value, key starlark.Callable) ([]starlark.Value, error) {
	if key == nil {
		return values, nil
	}
	keys := make([]starlark.Value, len(values))
	for i, value := range values {
		var err error
		if keys[i], err = starlark.Call(m.thread, key, starlark.Tuple{value}, nil); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// heaviest charges a walk through all values and returns the weight of the largest.
func (m *meter) heaviest(values []starlark.Value) (uint64, error) {
	heaviest := uint64(1)
	for _, v := range values {
		weight, err := m.weigh(v)
		if err != nil {
			return 0, err
		}
		if err := m.work(weight); err != nil {
			return 0, err
		}
		heaviest = max(heaviest, weight)
	}
	return heaviest, nil
}

func extremum(name string) guardFunc {
	operator := syntax.LT
	if name == "max" {
		operator = syntax.GT
	}
	return func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var key starlark.Callable
		var otherwise starlark.Value
		if err := starlark.UnpackArgs(name, nil, kwargs, "key?", &key, "default?", &otherwise); err != nil {
			return nil, err
		}
		values := slices.Clone([]starlark.Value(args))
		if len(args) == 1 {
			var err error
			if values, err = m.elements(args[0]); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if len(values) == 0 {
			if otherwise != nil && len(args) == 1 {
				return otherwise, nil
			}
			return nil, fmt.Errorf("%s: there is nothing to choose from", name)
		}
		keys, err := m.keyed(values, key)
		if err != nil {
			return nil, err
		}
		if _, err := m.heaviest(keys); err != nil {
			return nil, err
		}
		best := 0
		for i := 1; i < len(keys); i++ {
			better, err := starlark.Compare(operator, keys[i], keys[best])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if better {
				best = i
			}
		}
		return values[best], nil
	}
}

func sorted(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	var key starlark.Value = starlark.None
	var reverse bool
	if err := starlark.UnpackArgs("sorted", args, kwargs, "iterable", &x, "key?", &key, "reverse?", &reverse); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("sorted: %w", err)
	}
	out, err := m.sort(values, key, reverse)
	return starlark.NewList(out), err
}

// sort orders values by their keys; equal ones stay in their order.
func (m *meter) sort(values []starlark.Value, key starlark.Value, reverse bool) ([]starlark.Value, error) {
	function, ok := key.(starlark.Callable)
	if !ok && key != starlark.None {
		return nil, fmt.Errorf("sorted: for the key, got %s, want a function", key.Type())
	}
	keys, err := m.keyed(values, function)
	if err != nil {
		return nil, err
	}
	heaviest, err := m.heaviest(keys)
	if err != nil {
		return nil, err
	}
	n := uint64(len(values))
	// n log n comparisons, none of which visits more than the largest key.
	rounds := uint64(big.NewInt(int64(n)).BitLen())
	if err := m.work(product(n*rounds, 1+heaviest)); err != nil {
		return nil, err
	}
	if err := m.alloc(32 * n); err != nil {
		return nil, err
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var failed error
	less := func(i, j int) bool {
		ok, err := starlark.Compare(syntax.LT, keys[i], keys[j])
		if err != nil && failed == nil {
			failed = err
		}
		return ok
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if reverse {
			i, j = j, i
		}
		switch {
		case failed != nil:
			return 0
		case less(i, j):
			return -1
		case less(j, i):
			return 1
		}
		return 0
	})
	if failed != nil {
		return nil, fmt.Errorf("sorted: %w", failed)
	}
	out := make([]starlark.Value, n)
	for i, from := range order {
		out[i] = values[from]
	}
	return out, nil
}

func sum(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	var total starlark.Value = starlark.MakeInt(0)
	if err := starlark.UnpackArgs("sum", args, kwargs, "iterable", &x, "start?", &total); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("sum: %w", err)
	}
	if err := m.work(2 * uint64(len(values))); err != nil {
		return nil, err
	}
	for _, value := range values {
		if _, ok := value.(starlark.Bool); ok { // as in Python, True counts as 1
			value, _ = universal(m, "int", starlark.Tuple{value}, nil)
		}
		if total, err = m.binary(syntax.PLUS, total, value); err != nil {
			return nil, fmt.Errorf("sum: %w", err)
		}
	}
	return total, nil
}

func divmod(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, y starlark.Int
	if err := starlark.UnpackArgs("divmod", args, kwargs, "x", &x, "y", &y); err != nil {
		return nil, err
	}
	quotient, err := m.binary(syntax.SLASHSLASH, x, y)
	if err != nil {
		return nil, err
	}
	rest, err := m.binary(syntax.PERCENT, x, y)
	if err != nil {
		return nil, err
	}
	return starlark.Tuple{quotient, rest}, nil
}

// power is pow of integers with an exponent that is not negative, with or without a
// modulus.
func power(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, y starlark.Int
	var modulus starlark.Value = starlark.None
	if err := starlark.UnpackArgs("pow", args, kwargs, "base", &x, "exponent", &y, "modulus?", &modulus); err != nil {
		return nil, err
	}
	if y.Sign() < 0 {
		return nil, errors.New("pow: the exponent is negative")
	}
	exponent := y.BigInt()
	result := starlark.Value(starlark.MakeInt(1))
	base := starlark.Value(x)
	step := func(a, b starlark.Value) (starlark.Value, error) {
		if err := m.work(4); err != nil {
			return nil, err
		}
		z, err := m.binary(syntax.STAR, a, b)
		if err == nil && modulus != starlark.None {
			z, err = m.binary(syntax.PERCENT, z, modulus)
		}
		return z, err
	}
	var err error
	if modulus != starlark.None {
		if result, err = m.binary(syntax.PERCENT, result, modulus); err != nil {
			return nil, fmt.Errorf("pow: %w", err)
		}
	}
	for i := exponent.BitLen() - 1; i >= 0; i-- {
		if result, err = step(result, result); err != nil {
			return nil, fmt.Errorf("pow: %w", err)
		}
		if exponent.Bit(i) == 1 {
			if result, err = step(result, base); err != nil {
				return nil, fmt.Errorf("pow: %w", err)
			}
		}
	}
	return result, nil
}

// round rounds a number to an integer, halves to the even one, as in Python. There
// is no second argument: a decimal place of a binary fraction is a matter of opinion.
func round(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs("round", args, kwargs, "number", &x); err != nil {
		return nil, err
	}
	if f, ok := x.(starlark.Float); ok {
		return m.checked(starlark.NumberToInt(starlark.Float(math.RoundToEven(float64(f)))))
	}
	return m.checked(starlark.NumberToInt(x))
}
