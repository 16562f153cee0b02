package maporder

import (
	"maps"
	"reflect"
	"slices"
	"sync"
)

type balances map[string]int64

func ranges(m map[string]int64, b balances) (sum int64) {
	for _, v := range m { // want `range over the map m: its order is random; range over slices.Sorted\(maps.Keys\(m\)\)`
		sum += v
	}
	for range b { // want `range over the map b`
		sum++
	}
	return sum
}

func generic[M ~map[K]V, K comparable, V any](m M) {
	for range m { // want `range over the map m`
	}
}

func keys(m map[string]int64) []string {
	return slices.Collect(maps.Keys(m)) // want `call maps.Keys`
}

func values(m map[string]int64) []int64 {
	cmp := func(a, b int64) int { return 0 }
	return slices.SortedFunc(maps.Values(m), cmp) // want `call maps.Values`
}

func all(m map[string]int64) {
	for range maps.All(m) { // want `call maps.All`
	}
}

func reflected(v reflect.Value) []reflect.Value {
	return v.MapKeys() // want `call \(reflect.Value\).MapKeys`
}

func shared(m *sync.Map) {
	m.Range(func(k, v any) bool { return true }) // want `call \(\*sync.Map\).Range`
}

func sorted(m map[string]int64) (sum int64) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		sum += m[k]
	}
	return sum
}

func copied(m map[string]int64) map[string]int64 { return maps.Collect(maps.All(m)) }

func others(s []int64, text string, n int) {
	for range s {
	}
	for range text {
	}
	for range n {
	}
}

func allowed(m map[string]int64) (sum int64) {
	//consensus:allow maporder integer addition does not depend on order
	for _, v := range m {
		sum += v
	}
	return sum
}
