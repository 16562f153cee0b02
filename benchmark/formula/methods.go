package formula

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// call is one call of a method.
type call struct {
	name     string
	receiver starlark.Value
	args     starlark.Tuple
	kwargs   []starlark.Tuple
}

// native lets the interpreter's own method do it.
func (c call) native(m *meter) (starlark.Value, error) {
	method, err := c.receiver.(starlark.HasAttrs).Attr(c.name)
	if err != nil || method == nil {
		return nil, fmt.Errorf("%s has no .%s", c.receiver.Type(), c.name)
	}
	return method.(*starlark.Builtin).CallInternal(m.thread, c.args, c.kwargs)
}

// methodFunc is a method: it charges what it will do, then does it.
type methodFunc func(m *meter, c call) (starlark.Value, error)

// The methods of each type. What is not here is not in the language.
var (
	stringMethods = map[string]methodFunc{
		"capitalize": ofString(3, 0), "title": ofString(3, 0), "upper": ofString(3, 0), "lower": ofString(3, 0),
		"isalnum": ofString(0, 0), "isalpha": ofString(0, 0), "isdigit": ofString(0, 0), "islower": ofString(3, 0),
		"isspace": ofString(0, 0), "istitle": ofString(0, 0), "isupper": ofString(3, 0),
		"count": ofString(0, 0), "find": ofString(0, 0), "index": ofString(0, 0), "rfind": ofString(0, 0), "rindex": ofString(0, 0),
		"partition": ofString(0, 128), "rpartition": ofString(0, 128), "removeprefix": ofString(0, 16), "removesuffix": ofString(0, 16),
		"strip": ofString(0, 16), "lstrip": ofString(0, 16), "rstrip": ofString(0, 16),
		"startswith": ofString(0, 0), "endswith": ofString(0, 0),
		"split": stringSplit, "rsplit": stringSplit, "splitlines": stringSplit,
		"replace": stringReplace, "join": stringJoin, "format": stringFormat,
	}
	listMethods = map[string]methodFunc{
		"append": listChange, "clear": listChange, "insert": listChange, "pop": listChange,
		"index": listSearch, "remove": listSearch, "count": listCount,
		"extend": func(m *meter, c call) (starlark.Value, error) {
			return listExtend(m, c.receiver.(*starlark.List), c.args, c.kwargs)
		},
		"sort": listSort, "reverse": listReverse, "copy": listCopy,
	}
	dictMethods = map[string]methodFunc{
		"get": ofKey(0), "pop": ofKey(0), "setdefault": ofKey(128),
		"clear": ofTable(0), "popitem": ofFirst, "items": ofTable(96), "keys": ofTable(16), "values": ofTable(80),
		"update": func(m *meter, c call) (starlark.Value, error) {
			return dictUpdate(m, c.receiver.(*starlark.Dict), c.args, c.kwargs)
		},
		"copy": func(m *meter, c call) (starlark.Value, error) {
			if err := c.noArguments(); err != nil {
				return nil, err
			}
			return makeDict(m, starlark.Tuple{c.receiver}, nil)
		},
	}
	setMethods = map[string]methodFunc{
		"add": ofKey(128), "discard": ofKey(0), "remove": ofKey(0), "clear": ofTable(0), "pop": ofFirst,
		"difference": ofSets, "intersection": ofSets, "issubset": ofSets, "issuperset": ofSets,
		"symmetric_difference": ofSets, "union": ofSets, "update": ofSets,
	}
	itemMethods = map[string]methodFunc{"metric": itemMetric}
	// methods has each name of a method, whatever has it.
	methods = make(map[string]guardFunc)
)

func init() {
	for _, table := range []map[string]methodFunc{stringMethods, listMethods, dictMethods, setMethods, itemMethods} {
		for name := range table { // only a table is made of it: the order does not matter
			methods[name] = func(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
				return callMethod(m, call{name, args[0], args[1:], kwargs})
			}
		}
	}
}

// methodOf finds a method of a value's type; nil says that it has none of the name.
func methodOf(v starlark.Value, name string) methodFunc {
	switch v.(type) {
	case starlark.String:
		return stringMethods[name]
	case *starlark.List:
		return listMethods[name]
	case *starlark.Dict:
		return dictMethods[name]
	case *starlark.Set:
		return setMethods[name]
	case *item:
		return itemMethods[name]
	}
	return nil
}

func callMethod(m *meter, c call) (starlark.Value, error) {
	if missing, ok := c.receiver.(absent); ok {
		return nil, missing.failure()
	}
	method := methodOf(c.receiver, c.name)
	if method == nil {
		return nil, fmt.Errorf("%s has no .%s", c.receiver.Type(), c.name)
	}
	return method(m, c)
}

func (c call) noArguments() error {
	if len(c.args)+len(c.kwargs) > 0 {
		return fmt.Errorf("%s takes no arguments", c.name)
	}
	return nil
}

// ofString is a method of a string that makes a text of times its bytes and some
// more bytes.
func ofString(times, more uint64) methodFunc {
	return func(m *meter, c call) (starlark.Value, error) {
		n := len(c.receiver.(starlark.String))
		work := uint64(n) / 16
		for _, arg := range c.args {
			switch arg := arg.(type) {
			case starlark.String:
				work += searchWork(n, len(arg)) + uint64(len(arg))/16
				if strings.HasSuffix(c.name, "strip") {
					work += product(uint64(n), uint64(len(arg))) / 64
				}
			case starlark.Tuple: // startswith of several
				if err := m.visit(1, arg); err != nil {
					return nil, err
				}
			}
		}
		if err := m.work(work); err != nil {
			return nil, err
		}
		if err := m.alloc(times*uint64(n) + more); err != nil {
			return nil, err
		}
		return c.native(m)
	}
}

// stringSplit charges the pieces before they are made.
func stringSplit(m *meter, c call) (starlark.Value, error) {
	s := string(c.receiver.(starlark.String))
	separator := starlark.Value(starlark.None)
	most := starlark.MakeInt(-1)
	pieces, work := uint64(0), uint64(len(s))/16
	switch {
	case c.name == "splitlines":
		pieces = uint64(strings.Count(s, "\n")) + 1
	default:
		if err := starlark.UnpackArgs(c.name, c.args, c.kwargs, "sep?", &separator, "maxsplit?", &most); err != nil {
			return nil, err
		}
		// More than there are bytes is the same as all; what is larger would be made room for.
		limit, fits := most.Int64()
		if !fits || limit > int64(len(s)) || limit < 0 {
			limit = int64(len(s))
			if most.Sign() < 0 {
				limit = -1
			}
		}
		c.args, c.kwargs = starlark.Tuple{separator, starlark.MakeInt64(limit)}, nil
		if sep, ok := separator.(starlark.String); ok {
			work += searchWork(len(s), len(sep))
			if err := m.work(work); err != nil {
				return nil, err
			}
			if len(sep) > 0 {
				pieces = uint64(strings.Count(s, string(sep))) + 1
			}
			work = 0
		} else {
			pieces = uint64(len(s))/2 + 1
		}
		if limit > 0 && c.name == "rsplit" { // it makes room for as many, used or not
			pieces = max(pieces, uint64(limit)+1)
		}
	}
	if err := m.work(work); err != nil {
		return nil, err
	}
	if err := m.alloc(48 * pieces); err != nil {
		return nil, err
	}
	return c.native(m)
}

func stringReplace(m *meter, c call) (starlark.Value, error) {
	var old, replacement string
	count := starlark.MakeInt(-1)
	if err := starlark.UnpackArgs(c.name, c.args, c.kwargs, "old", &old, "new", &replacement, "count?", &count); err != nil {
		return nil, err
	}
	s := string(c.receiver.(starlark.String))
	if err := m.work(2*searchWork(len(s), len(old)) + uint64(len(old)+len(replacement))/16); err != nil {
		return nil, err
	}
	limit, fits := count.Int64()
	if !fits || limit < 0 || limit > int64(len(s))+1 {
		limit = int64(len(s)) + 1
		if fits && count.Sign() == 0 {
			limit = 0
		}
	}
	places := min(int64(strings.Count(s, old)), limit)
	if err := m.alloc(uint64(len(s)) + product(uint64(places), uint64(len(replacement)))); err != nil {
		return nil, err
	}
	return starlark.String(strings.Replace(s, old, replacement, int(places))), nil
}

func stringJoin(m *meter, c call) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(c.name, c.args, c.kwargs, "iterable", &x); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	separator := string(c.receiver.(starlark.String))
	size := product(uint64(len(separator)), uint64(len(values)))
	for _, value := range values {
		if s, ok := value.(starlark.String); ok {
			size += uint64(len(s))
		}
	}
	if err := m.alloc(2 * size); err != nil {
		return nil, err
	}
	if err := m.work(uint64(len(values))); err != nil {
		return nil, err
	}
	c.args, c.kwargs = starlark.Tuple{starlark.NewList(values)}, nil
	return c.native(m)
}

func stringFormat(m *meter, c call) (starlark.Value, error) {
	format := string(c.receiver.(starlark.String))
	places := strings.Count(format, "{")
	values := append([]starlark.Value(nil), c.args...)
	for _, pair := range c.kwargs {
		values = append(values, pair[1])
	}
	if err := m.chargeFormat(format, places, values...); err != nil {
		return nil, err
	}
	// A name of a place is looked for among all that are given.
	if err := m.work(product(uint64(places), uint64(len(c.kwargs)))); err != nil {
		return nil, err
	}
	return c.native(m)
}

// listChange is a method that adds or removes one element, or all.
func listChange(m *meter, c call) (starlark.Value, error) {
	n := uint64(c.receiver.(*starlark.List).Len())
	if c.name == "insert" || c.name == "pop" {
		if len(c.args) > 0 {
			// Where an int has 32 bits it would be too large for one.
			if _, err := starlark.AsInt32(c.args[0]); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if err := m.work(n / 64); err != nil {
				return nil, err
			}
		}
	}
	if c.name == "append" || c.name == "insert" {
		if err := m.alloc(48); err != nil {
			return nil, err
		}
	}
	return c.native(m)
}

// listSearch is a method that compares with each element.
func listSearch(m *meter, c call) (starlark.Value, error) {
	if len(c.args) > 0 {
		if err := m.visit(uint64(c.receiver.(*starlark.List).Len()), c.args[0]); err != nil {
			return nil, err
		}
	}
	return c.native(m)
}

func listCount(m *meter, c call) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(c.name, c.args, c.kwargs, "x", &x); err != nil {
		return nil, err
	}
	list := c.receiver.(*starlark.List)
	if err := m.visit(uint64(list.Len()), x); err != nil {
		return nil, err
	}
	count := 0
	for i := range list.Len() {
		same, err := starlark.Equal(list.Index(i), x)
		if err != nil {
			return nil, fmt.Errorf("count: %w", err)
		}
		if same {
			count++
		}
	}
	return starlark.MakeInt(count), nil
}

func listExtend(m *meter, list *starlark.List, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs("extend", args, kwargs, "iterable", &x); err != nil {
		return nil, err
	}
	values, err := m.elements(x)
	if err != nil {
		return nil, fmt.Errorf("extend: %w", err)
	}
	if err := m.alloc(48 * uint64(len(values))); err != nil {
		return nil, err
	}
	return call{"extend", list, starlark.Tuple{starlark.NewList(values)}, nil}.native(m)
}

func listSort(m *meter, c call) (starlark.Value, error) {
	var key starlark.Value = starlark.None
	var reverse bool
	if err := starlark.UnpackArgs(c.name, c.args, c.kwargs, "key?", &key, "reverse?", &reverse); err != nil {
		return nil, err
	}
	list := c.receiver.(*starlark.List)
	values, err := m.elements(list)
	if err != nil {
		return nil, err
	}
	if values, err = m.sort(values, key, reverse); err != nil {
		return nil, err
	}
	return starlark.None, overwrite(list, values)
}

// overwrite sets all elements of a list; a key function may have changed its length.
func overwrite(list *starlark.List, values []starlark.Value) error {
	if list.Len() != len(values) {
		return errors.New("the list was changed while it was sorted")
	}
	for i, value := range values {
		if err := list.SetIndex(i, value); err != nil {
			return err
		}
	}
	return nil
}

func listReverse(m *meter, c call) (starlark.Value, error) {
	if err := c.noArguments(); err != nil {
		return nil, err
	}
	list := c.receiver.(*starlark.List)
	if err := m.work(uint64(list.Len()) / 4); err != nil {
		return nil, err
	}
	for i, j := 0, list.Len()-1; i < j; i, j = i+1, j-1 {
		left, right := list.Index(i), list.Index(j)
		if err := list.SetIndex(i, right); err != nil {
			return nil, err
		}
		if err := list.SetIndex(j, left); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}

func listCopy(m *meter, c call) (starlark.Value, error) {
	if err := c.noArguments(); err != nil {
		return nil, err
	}
	values, err := m.elements(c.receiver)
	return starlark.NewList(values), err
}

// ofKey is a method that looks up one key and may add or remove an entry.
func ofKey(bytes uint64) methodFunc {
	return func(m *meter, c call) (starlark.Value, error) {
		if len(c.args) > 0 {
			if err := m.chargeKey(c.receiver, c.args[0]); err != nil {
				return nil, err
			}
		}
		if err := m.alloc(bytes); err != nil {
			return nil, err
		}
		before := starlark.Len(c.receiver)
		value, err := c.native(m)
		if by := starlark.Len(c.receiver) - before; by != 0 {
			m.changed(c.receiver, c.args[0], by)
		}
		return value, err
	}
}

// ofTable is a method that goes through a whole table.
func ofTable(bytes uint64) methodFunc {
	return func(m *meter, c call) (starlark.Value, error) {
		n := uint64(starlark.Len(c.receiver))
		if err := m.work(n / 4); err != nil {
			return nil, err
		}
		if err := m.alloc(bytes * n); err != nil {
			return nil, err
		}
		if c.name == "clear" {
			delete(m.tables, c.receiver)
		}
		return c.native(m)
	}
}

// ofFirst is a method that removes the first entry of a table.
func ofFirst(m *meter, c call) (starlark.Value, error) {
	var first starlark.Value
	for key := range starlark.Elements(c.receiver.(starlark.Iterable)) {
		first = key
		break
	}
	if first == nil {
		return c.native(m)
	}
	if err := m.chargeKey(c.receiver, first); err != nil {
		return nil, err
	}
	value, err := c.native(m)
	if err == nil {
		m.changed(c.receiver, first, -1)
	}
	return value, err
}

// ofSets is a method of a set and one iterable value.
func ofSets(m *meter, c call) (starlark.Value, error) {
	if len(c.args) != 1 || len(c.kwargs) > 0 {
		return nil, fmt.Errorf("%s takes one argument", c.name)
	}
	values, err := m.elements(c.args[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	if c.name == "update" {
		return starlark.None, m.insertAll(c.receiver.(*starlark.Set), values)
	}
	other := new(starlark.Set)
	if err := m.insertAll(other, values); err != nil {
		return nil, err
	}
	if err := m.chargeTables(c.receiver, other); err != nil {
		return nil, err
	}
	c.args = starlark.Tuple{other}
	return c.native(m)
}

// dictUpdate adds the entries of a dict, of pairs and of named arguments to a dict.
func dictUpdate(m *meter, dict *starlark.Dict, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 1 {
		return nil, fmt.Errorf("update: %d arguments, at most one is allowed", len(args))
	}
	for _, arg := range args {
		var pairs []starlark.Tuple
		if other, ok := arg.(*starlark.Dict); ok {
			if err := m.alloc(64 * uint64(other.Len())); err != nil {
				return nil, err
			}
			pairs = other.Items()
		} else {
			values, err := m.elements(arg)
			if err != nil {
				return nil, fmt.Errorf("update: %w", err)
			}
			for i, value := range values {
				if _, isString := value.(starlark.String); !isString && starlark.Len(value) != 2 {
					return nil, fmt.Errorf("update: element %d is not a pair", i)
				}
				pair, err := m.elements(value)
				if err != nil || len(pair) != 2 {
					return nil, fmt.Errorf("update: element %d is not a pair", i)
				}
				pairs = append(pairs, pair)
			}
		}
		for _, pair := range pairs {
			if err := setIndex(m, dict, pair[0], pair[1]); err != nil {
				return nil, err
			}
		}
	}
	for _, pair := range kwargs {
		if err := setIndex(m, dict, pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}
