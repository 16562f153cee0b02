package formula

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
)

// The interpreter's hash of integers, tuples and short strings is fixed, so whoever
// chooses the keys of a dict or a set can make all of them fall on each other, and a
// look-up then compares with each. A meter therefore knows, for each table of more
// than a few entries, how many of them have the same hash, and charges a look-up by
// the number of those that it meets.

// fewEntries is how many entries a table may have before its hashes are counted:
// comparing with so many is part of the constant that a look-up costs.
const fewEntries = 16

// hashes counts the entries of one table by their hash.
type hashes map[uint32]uint32

// hashCount is how many entries of a table the look-up of a key may meet.
func (m *meter) hashCount(table, key starlark.Value) (uint64, error) {
	hash, err := fixedHash(key)
	if err != nil {
		return 0, err
	}
	n := starlark.Len(table)
	if n <= fewEntries {
		return 1, nil
	}
	counts, err := m.counted(table)
	if err != nil {
		return 0, err
	}
	// Those that only share a bucket are passed quickly.
	return 1 + uint64(counts[hash]) + uint64(n)/128, nil
}

// counted returns the counts of a table and makes them when there are none yet.
func (m *meter) counted(table starlark.Value) (hashes, error) {
	if counts, ok := m.tables[table]; ok {
		return counts, nil
	}
	n := starlark.Len(table)
	if err := m.alloc(64 * uint64(n)); err != nil {
		return nil, err
	}
	counts := make(hashes, n)
	for key := range starlark.Elements(table.(starlark.Iterable)) {
		hash, err := fixedHash(key)
		if err != nil {
			return nil, err
		}
		counts[hash]++
	}
	if m.tables == nil {
		m.tables = make(map[starlark.Value]hashes)
	}
	m.tables[table] = counts
	return counts, nil
}

// changed notes that a key was added to a table (by 1) or removed from it (by -1).
func (m *meter) changed(table, key starlark.Value, by int) {
	counts, ok := m.tables[table]
	if !ok {
		return
	}
	hash, err := fixedHash(key)
	switch {
	case err != nil: // it is in the table, so it has a hash
	case by > 0:
		counts[hash]++
	case counts[hash] > 1:
		counts[hash]--
	default:
		delete(counts, hash)
	}
}

// clash is what it costs to look up each entry of a table in one with the same hashes.
func (m *meter) clash(table starlark.Value) (uint64, error) {
	n := uint64(starlark.Len(table))
	if n <= fewEntries {
		return n, nil
	}
	counts, err := m.counted(table)
	if err != nil {
		return 0, err
	}
	total := n + product(n, n)/128
	for _, count := range counts { // a sum: the order does not matter
		total += product(uint64(count), uint64(count))
	}
	return total, nil
}

// errUnhashable says that a value cannot be a key.
var errUnhashable = errors.New("unhashable")

// fixedHash is the interpreter's hash of a key, but that of a long string, which is
// different in each process, is replaced by one that is not: nobody can choose long
// strings that fall on each other.
func fixedHash(key starlark.Value) (uint32, error) {
	switch key := key.(type) {
	case starlark.NoneType, starlark.Bool, starlark.Int, starlark.Float:
		return key.Hash()
	case starlark.String:
		const prime = 16777619
		hash := uint32(2166136261)
		for i := range len(key) {
			hash = (hash ^ uint32(key[i])) * prime
		}
		return hash, nil
	case starlark.Tuple:
		hash, factor := uint32(0x345678), uint32(1000003)
		for _, element := range key {
			h, err := fixedHash(element)
			if err != nil {
				return 0, err
			}
			hash ^= h * factor
			factor += 82520 + 2*uint32(len(key))
		}
		return hash, nil
	}
	return 0, fmt.Errorf("%w: %s", errUnhashable, key.Type())
}
