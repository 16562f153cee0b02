package formula

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// guardFunc is a function given to programs: it charges what it will do, then does it.
type guardFunc func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// given makes a value of a guard.
func given(name string, f guardFunc) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return f(thread.Local(meterKey).(*meter), args, kwargs)
	})
}

// operatorGuards are the guards that the rewriter calls. Their arguments are as many as
// the rewriter gives, so they are not counted here.
var operatorGuards = map[string]guardFunc{
	"$enter": enter,
	"$iter": func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return m.iterable(args[0])
	},
	"$spread": func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return m.sequence(args[0])
	},
	"$spread_named": spreadNamed,
	"$[]":           index,
	"$[]=": func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return starlark.None, setIndex(m, args[1], args[2], args[0])
	},
	"$[:]":   sliced,
	"$.":     attribute,
	"${}":    dictOfPairs,
	"${for}": dictOfTuples,
}

func init() {
	for token := syntax.PLUS; token <= syntax.GTGT; token++ {
		if token == syntax.TILDE || token == syntax.DOT {
			continue
		}
		operatorGuards["$"+token.String()] = binaryGuard(token)
	}
	for token := syntax.LT; token <= syntax.NEQ; token++ {
		operatorGuards["$"+token.String()] = compareGuard(token)
	}
	operatorGuards["$in"] = binaryGuard(syntax.IN)
	operatorGuards["$not in"] = binaryGuard(syntax.NOT_IN)
	for _, operator := range augmented {
		operatorGuards["$"+operator.String()+"="] = func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return augment(m, operator, args[0], args[1])
		}
		operatorGuards["$[]"+operator.String()+"="] = func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			old, err := index(m, args[:2], nil)
			if err != nil {
				return nil, err
			}
			value, err := augment(m, operator, old, args[2])
			if err != nil {
				return nil, err
			}
			return starlark.None, setIndex(m, args[0], args[1], value)
		}
	}
}

// enter charges the frame of a function, the slots beyond what a call costs anyway.
func enter(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	if m.thread.CallStackDepth() > MaxCallDepth {
		return nil, m.stop(fmt.Errorf("%w: calls nest deeper than %d", ErrMemory, MaxCallDepth))
	}
	slots, _ := args[0].(starlark.Int).Uint64()
	return starlark.True, m.alloc(16 * slots)
}

func binaryGuard(operator syntax.Token) guardFunc {
	return func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return m.binary(operator, args[0], args[1])
	}
}

// binary charges and applies a binary operator.
func (m *meter) binary(operator syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	if err := m.chargeBinary(operator, x, y); err != nil {
		if _, isDict := y.(*starlark.Dict); isDict && errors.Is(err, errUnhashable) {
			return starlark.Bool(operator == syntax.NOT_IN), nil // as the interpreter says
		}
		return nil, err
	}
	return m.checked(starlark.Binary(operator, x, y))
}

func (m *meter) chargeBinary(operator syntax.Token, x, y starlark.Value) error {
	if operator == syntax.IN || operator == syntax.NOT_IN {
		return m.chargeIn(x, y)
	}
	switch x := x.(type) {
	case starlark.Int:
		switch y := y.(type) {
		case starlark.Int:
			return m.chargeIntegers(x, y)
		default:
			if operator == syntax.STAR {
				return m.chargeRepeat(y, x)
			}
		}
	case starlark.String:
		switch operator {
		case syntax.PLUS:
			if y, ok := y.(starlark.String); ok {
				return m.alloc(uint64(len(x)) + uint64(len(y)))
			}
		case syntax.STAR:
			return m.chargeRepeat(x, y)
		case syntax.PERCENT:
			return m.chargeFormat(string(x), strings.Count(string(x), "%"), y)
		}
	case *starlark.List, starlark.Tuple:
		switch operator {
		case syntax.PLUS:
			if n := starlark.Len(y); n > 0 {
				return m.alloc(16 * uint64(starlark.Len(x)+n))
			}
			return m.alloc(16 * uint64(starlark.Len(x)))
		case syntax.STAR:
			return m.chargeRepeat(x, y)
		}
	case *starlark.Dict, *starlark.Set:
		return m.chargeTables(x, y)
	}
	return nil
}

func (m *meter) chargeIntegers(x, y starlark.Int) error {
	_, smallX := x.Int64()
	_, smallY := y.Int64()
	if smallX && smallY {
		return nil
	}
	return m.work(MaxIntBits / 64)
}

// chargeRepeat charges x repeated n times, before it is.
func (m *meter) chargeRepeat(x, n starlark.Value) error {
	count, ok := n.(starlark.Int)
	if !ok {
		return nil // the interpreter says that it cannot be repeated
	}
	times, fits := count.Uint64()
	if !fits {
		if count.Sign() <= 0 {
			return nil
		}
		times = 1 << 62
	}
	size := uint64(1)
	if _, isString := x.(starlark.String); !isString {
		size = 16
	}
	if length := starlark.Len(x); length > 0 {
		return m.alloc(product(product(size, uint64(length)), times))
	}
	return nil
}

// chargeFormat charges a text with places that values are written to: any value may
// be written to all places.
func (m *meter) chargeFormat(format string, places int, values ...starlark.Value) error {
	longest := uint64(0)
	for _, v := range values {
		size, err := m.textBytes(v)
		if err != nil {
			return err
		}
		longest = max(longest, size)
	}
	return m.alloc(uint64(len(format)) + product(uint64(places), longest))
}

// chargeTables charges an operation on whole dicts and sets.
func (m *meter) chargeTables(values ...starlark.Value) error {
	if err := m.visit(2, values...); err != nil {
		return err
	}
	total := 0
	for _, v := range values {
		total += max(0, starlark.Len(v))
	}
	return m.alloc(128 * uint64(total))
}

// searchWork is about what it costs to look for a text of m bytes in one of n: texts
// can be made in which each place looks right up to its last byte.
func searchWork(n, m int) uint64 {
	if m <= 64 {
		return uint64(n) / 16
	}
	return uint64(n)/16 + product(uint64(n), uint64(m))/1024
}

func (m *meter) chargeIn(x, y starlark.Value) error {
	switch y := y.(type) {
	case starlark.String:
		if x, ok := x.(starlark.String); ok {
			return m.work(searchWork(len(y), len(x)))
		}
	case *starlark.List, starlark.Tuple:
		return m.visit(uint64(starlark.Len(y)), x)
	case *starlark.Dict, *starlark.Set:
		return m.chargeKey(y, x)
	}
	return nil
}

// chargeKey charges one look-up of a key.
func (m *meter) chargeKey(table, key starlark.Value) error {
	weight, err := m.weigh(key)
	if err != nil {
		return err
	}
	if err := m.work(weight); err != nil {
		return err
	}
	met, err := m.hashCount(table, key)
	if err != nil {
		return err
	}
	return m.work(product(weight, met))
}

func compareGuard(operator syntax.Token) guardFunc {
	return func(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		ok, err := m.compare(operator, args[0], args[1])
		return starlark.Bool(ok), err
	}
}

// compare charges and compares.
func (m *meter) compare(operator syntax.Token, x, y starlark.Value) (bool, error) {
	switch x := x.(type) {
	case starlark.Int, starlark.Bool, starlark.NoneType:
	case starlark.String:
		if y, ok := y.(starlark.String); ok {
			if err := m.work(uint64(min(len(x), len(y))) / 16); err != nil {
				return false, err
			}
		}
	default:
		if x.Type() == y.Type() {
			if err := m.visit(1, x, y); err != nil {
				return false, err
			}
		}
	}
	return starlark.Compare(operator, x, y)
}

// augment is x op= y: a list or a dict on the left is changed in place, as Python does.
func augment(m *meter, operator syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch {
	case operator == syntax.PLUS:
		if list, ok := x.(*starlark.List); ok {
			_, err := listExtend(m, list, starlark.Tuple{y}, nil)
			return list, err
		}
	case operator == syntax.PIPE:
		if dict, ok := x.(*starlark.Dict); ok {
			if _, ok := y.(*starlark.Dict); ok {
				_, err := dictUpdate(m, dict, starlark.Tuple{y}, nil)
				return dict, err
			}
		}
	}
	return m.binary(operator, x, y)
}

// index is x[y].
func index(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	x, y := args[0], args[1]
	switch x := x.(type) {
	case *starlark.Dict:
		if err := m.chargeKey(x, y); err != nil {
			return nil, err
		}
		value, found, err := x.Get(y)
		if err == nil && !found {
			err = fmt.Errorf("key %s not in dict", bounded(y.String()))
		}
		return value, err
	case starlark.Indexable:
		i, err := position32(y, x.Len())
		if err != nil {
			return nil, fmt.Errorf("%s index: %w", x.Type(), err)
		}
		return x.Index(i), nil
	}
	return nil, fmt.Errorf("unhandled index operation %s[%s]", x.Type(), y.Type())
}

// position32 is the place in a sequence of n that an index means.
func position32(v starlark.Value, n int) (int, error) {
	i, err := starlark.AsInt32(v)
	if err != nil {
		return 0, err
	}
	at := i
	if at < 0 {
		at += n
	}
	if at < 0 || at >= n {
		return 0, fmt.Errorf("%d is out of the range of %d elements", i, n)
	}
	return at, nil
}

// setIndex is x[y] = z.
func setIndex(m *meter, x, y, z starlark.Value) error {
	switch x := x.(type) {
	case *starlark.Dict:
		if err := m.chargeInsert(x, y); err != nil {
			return err
		}
		before := x.Len()
		err := x.SetKey(y, z)
		if x.Len() > before {
			m.changed(x, y, 1)
		}
		return err
	case *starlark.List:
		i, err := position32(y, x.Len())
		if err != nil {
			return fmt.Errorf("list index: %w", err)
		}
		return x.SetIndex(i, z)
	}
	return fmt.Errorf("%s value does not support item assignment", x.Type())
}

// chargeInsert charges a look-up and the entry of a table.
func (m *meter) chargeInsert(table, key starlark.Value) error {
	if err := m.chargeKey(table, key); err != nil {
		return err
	}
	return m.alloc(128)
}

// sliced is x[low:high:step].
func sliced(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	x, ok := args[0].(starlark.Sliceable)
	if !ok || x.Type() == "range" {
		return nil, fmt.Errorf("a %s cannot be sliced", args[0].Type())
	}
	n, step := x.Len(), 1
	if args[3] != starlark.None {
		var err error
		if step, err = starlark.AsInt32(args[3]); err != nil {
			return nil, fmt.Errorf("slice step: %w", err)
		}
		if step == 0 {
			return nil, fmt.Errorf("zero is not a valid slice step")
		}
		step = min(max(step, -n-1), n+1) // the same slice, and no sum in it overflows
	}
	// By the rules of Python: what is not given is the end that the step comes from or
	// goes to, and what is out of range is cut.
	low, high, least, most := 0, n, 0, n
	if step < 0 {
		low, high, least, most = n-1, -1, -1, n-1
	}
	for i, bound := range []*int{&low, &high} {
		if args[i+1] == starlark.None {
			continue
		}
		given, err := starlark.AsInt32(args[i+1])
		if err != nil {
			return nil, fmt.Errorf("slice index: %w", err)
		}
		if given < 0 {
			given += n
		}
		*bound = min(max(given, least), most)
	}
	if step > 0 {
		high = max(low, high)
	} else {
		low = max(low, high)
	}
	size := uint64(max(high-low, low-high)) * 16
	if _, isString := args[0].(starlark.String); isString {
		if size /= 4; step == 1 { // else it grows byte by byte
			size = 16 // it shares the bytes
		}
	}
	if err := m.alloc(size); err != nil {
		return nil, err
	}
	return x.Slice(low, high, step), nil
}

// attribute is x.name where it is not called at once.
func attribute(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	name := string(args[1].(starlark.String))
	if it, ok := args[0].(*item); ok {
		if value := it.field(name); value != nil {
			return value, nil
		}
	}
	if missing, ok := args[0].(absent); ok {
		return nil, missing.failure()
	}
	if methodOf(args[0], name) == nil {
		return nil, fmt.Errorf("%s has no .%s", args[0].Type(), bounded(name))
	}
	receiver := args[0]
	if err := m.alloc(128); err != nil {
		return nil, err
	}
	return given(name, func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return callMethod(m, call{name, receiver, args, kwargs})
	}), nil
}

// dictOfPairs is a dict written out: keys and values in turn.
func dictOfPairs(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	list := args[0].(*starlark.List)
	dict := new(starlark.Dict)
	for i := 0; i+1 < list.Len(); i += 2 {
		if err := setIndex(m, dict, list.Index(i), list.Index(i+1)); err != nil {
			return nil, err
		}
		if dict.Len() <= i/2 {
			return nil, fmt.Errorf("duplicate key: %s", bounded(list.Index(i).String()))
		}
	}
	return dict, nil
}

// dictOfTuples is a comprehension that makes a dict.
func dictOfTuples(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	list := args[0].(*starlark.List)
	dict := new(starlark.Dict)
	for i := range list.Len() {
		pair := list.Index(i).(starlark.Tuple)
		if err := setIndex(m, dict, pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

// spreadNamed is **x in a call.
func spreadNamed(m *meter, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	dict, ok := args[0].(*starlark.Dict)
	if !ok {
		return nil, fmt.Errorf("what follows ** is a dict, not %s", args[0].Type())
	}
	if dict.Len() > maxBound {
		return nil, fmt.Errorf("%d named arguments, at most %d are allowed", dict.Len(), maxBound)
	}
	return dict, m.alloc(64 * uint64(dict.Len()))
}
