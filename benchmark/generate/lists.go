package generate

import (
	"cmp"
	"slices"
)

// Functions on lists and strings that leave their argument as it is.

func reversed(s string) string { return string(backwards([]byte(s))) }

func sortedLetters(s string) string { return string(ascending([]byte(s))) }

// shifted moves the letters a-z by n places, z being followed by a, 0 ≤ n < 26.
func shifted(s string, n int) string {
	out := []byte(s)
	for i, c := range out {
		if c >= 'a' && c <= 'z' {
			out[i] = 'a' + byte((int(c-'a')+n)%26)
		}
	}
	return string(out)
}

func backwards[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func ascending[T cmp.Ordered](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// rotated moves the first element to the end n times; the list is not empty.
func rotated[T any](list []T, n int) []T {
	n %= len(list)
	return slices.Concat(list[n:], list[:n])
}

// unique keeps the first of equal elements.
func unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	return kept(list, func(item T) bool {
		first := !seen[item]
		seen[item] = true
		return first
	})
}

// kept returns the elements that are wanted.
func kept[T any](list []T, wanted func(T) bool) []T {
	out := make([]T, 0, len(list))
	for _, item := range list {
		if wanted(item) {
			out = append(out, item)
		}
	}
	return out
}

// mapped returns what becomes of each element, in order.
func mapped[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}
