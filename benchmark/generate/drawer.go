package generate

import (
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/chance"
)

// Every generator but basics/1 and continuation/1 has this parameter or several of
// its own.
var difficultyParameter = Parameter{
	Name: "difficulty", Summary: "from 1, easy, to 5: longer numbers, more steps, more to keep in mind", Min: 1, Max: 5, Default: 2,
}

// drawer is what a family draws with.
type drawer struct {
	stream *chance.Stream
	of     *Generator
	values [maxParameters]uint32
}

// setting returns the value of a parameter of the generator.
func (d *drawer) setting(name string) int {
	for i := range d.of.parameters {
		if d.of.parameters[i].Name == name {
			return int(d.values[i])
		}
	}
	return 0
}

// difficulty is 1 to 5.
func (d *drawer) difficulty() int { return d.setting(difficultyParameter.Name) }

// byDifficulty picks one of five numbers.
func (d *drawer) byDifficulty(choices [5]int) int { return choices[d.difficulty()-1] }

// below returns a uniform integer in [0, n), for 1 ≤ n ≤ 2^31-1.
func (d *drawer) below(n int) int { return int(d.stream.Below(uint32(n))) }

// between returns a uniform integer in [low, high], at most 2^32-1 apart.
func (d *drawer) between(low, high int64) int64 {
	return low + int64(d.stream.Below(uint32(high-low+1)))
}

// count returns a uniform integer in [low, high].
func (d *drawer) count(low, high int) int { return low + d.below(high-low+1) }

// digits returns a uniform number of exactly n decimal digits, 1 ≤ n ≤ 9; one digit is
// never zero.
func (d *drawer) digits(n int) int64 {
	low := int64(1)
	for range n - 1 {
		low *= 10
	}
	return d.between(low, 10*low-1)
}

// signed gives a number either sign.
func (d *drawer) signed(n int64) int64 {
	if d.coin() {
		return -n
	}
	return n
}

func (d *drawer) coin() bool { return d.below(2) == 1 }

// pick returns one of the choices.
func pick[T any](d *drawer, choices []T) T { return choices[d.below(len(choices))] }

// shuffle puts a slice into uniform order.
func shuffle[T any](d *drawer, list []T) {
	for i := len(list) - 1; i > 0; i-- {
		j := d.below(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}

// some returns n different ones of the choices in uniform order; n is at most their number.
func some[T any](d *drawer, n int, choices []T) []T {
	list := make([]T, len(choices))
	copy(list, choices)
	for i := range n {
		j := i + d.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:n]
}

// permutation returns 0 to n-1 in uniform order.
func (d *drawer) permutation(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	shuffle(d, list)
	return list
}

// letters returns n letters out of an alphabet.
func (d *drawer) letters(n int, alphabet string) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[d.below(len(alphabet))]
	}
	return string(text)
}

const alphabet = "abcdefghijklmnopqrstuvwxyz"

// text is the decimal form of a number.
func text(n int64) string { return strconv.FormatInt(n, 10) }

// texts are the decimal forms of numbers.
func texts(numbers []int64) []string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = text(n)
	}
	return list
}

// listed writes "a, b and c".
func listed(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// lines joins lines that are numbered from 1.
func numbered(items []string) string {
	var out strings.Builder
	for i, item := range items {
		out.WriteString(strconv.Itoa(i+1) + ". " + item + "\n")
	}
	return out.String()
}

// gcd returns the greatest common divisor of two numbers of either sign, not both zero.
func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
