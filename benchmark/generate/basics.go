package generate

import (
	"slices"
	"strconv"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/question"
)

// Basics is the name of the generator that [DrawBasics] implements: short
// sums, differences and string transformations with one exact answer each.
const Basics = "basics/1"

// The families of generator basics/1.
const (
	BasicsAdd     = "add"     // 347+582 → 929
	BasicsSub     = "sub"     // 582-347 → 235
	BasicsReverse = "reverse" // reverse kqzta → atzqk
	BasicsSort    = "sort"    // sort 52819 → 12589
	BasicsShift   = "shift"   // shift abz → bca
)

// Bounds of generator basics/1, both inclusive.
const (
	basicsMaxOperand = 999
	basicsMinLetters = 3
	basicsMaxLetters = 6
)

var basicsGenerator = Generator{
	name:    Basics,
	summary: "sums and differences of numbers up to 999; 3 to 6 letters reversed or shifted, digits sorted",
	families: []family{
		{BasicsAdd, "two numbers from 0 to 999 added", 35, 5, drawBasicsOf(BasicsAdd)},
		{BasicsSub, "the smaller of two numbers from 0 to 999 taken from the larger", 45, 0, drawBasicsOf(BasicsSub)},
		{BasicsReverse, "3 to 6 letters written backwards", 10, 5, drawBasicsOf(BasicsReverse)},
		{BasicsSort, "3 to 6 digits in ascending order", 40, 40, drawBasicsOf(BasicsSort)},
		{BasicsShift, "each of 3 to 6 letters replaced by the next, z by a", 10, 5, drawBasicsOf(BasicsShift)},
	},
}

func drawBasicsOf(name string) func(d *drawer) question.Question {
	return func(d *drawer) question.Question { return DrawBasicsFamily(d.stream, name) }
}

var basicsFamilies = [...]string{BasicsAdd, BasicsSub, BasicsReverse, BasicsSort, BasicsShift}

// BasicsFamilies lists the families of generator basics/1 in the order in which
// the draw numbers them.
func BasicsFamilies() []string { return slices.Clone(basicsFamilies[:]) }

// DrawBasics draws one question of generator basics/1, the family uniformly among
// all five. The words it takes from the stream are, in order: the family, then
// for add and sub the two operands, for the others the length and each character.
//
// A source of training data draws question i of any 32-byte seed by
//
//	s := chance.ItemStream(seed, i)
//	q := generate.DrawBasics(&s)
//
// which is how a validator draws the questions of an epoch.
func DrawBasics(s *chance.Stream) question.Question {
	return DrawBasicsFamily(s, basicsFamilies[s.Below(uint32(len(basicsFamilies)))])
}

// DrawBasicsFamily draws one question of the given family of basics/1. The zero
// Question is returned for a name that is none of [BasicsFamilies].
func DrawBasicsFamily(s *chance.Stream, family string) question.Question {
	switch family {
	case BasicsAdd:
		a, b := s.Between(0, basicsMaxOperand), s.Between(0, basicsMaxOperand)
		return arithmetic(family, a, '+', b, a+b)
	case BasicsSub:
		a, b := s.Between(0, basicsMaxOperand), s.Between(0, basicsMaxOperand)
		if a < b {
			a, b = b, a
		}
		return arithmetic(family, a, '-', b, a-b)
	case BasicsReverse:
		text := characters(s, 'a', 26)
		answer := slices.Clone(text)
		slices.Reverse(answer)
		return transformation(family, text, answer)
	case BasicsSort:
		text := characters(s, '0', 10)
		answer := slices.Clone(text)
		slices.Sort(answer)
		return transformation(family, text, answer)
	case BasicsShift:
		text := characters(s, 'a', 26)
		answer := slices.Clone(text)
		for i, c := range answer {
			answer[i] = 'a' + (c-'a'+1)%26
		}
		return transformation(family, text, answer)
	default:
		return question.Question{}
	}
}

func arithmetic(family string, a uint32, operator byte, b, result uint32) question.Question {
	prompt := strconv.AppendUint(nil, uint64(a), 10)
	prompt = append(prompt, operator)
	prompt = strconv.AppendUint(prompt, uint64(b), 10)
	return question.Question{Family: family, Prompt: string(prompt), Expected: strconv.FormatUint(uint64(result), 10)}
}

func transformation(family string, text, answer []byte) question.Question {
	return question.Question{Family: family, Prompt: family + " " + string(text), Expected: string(answer)}
}

// characters draws 3 to 6 characters, each uniform among the size ones that start at first.
func characters(s *chance.Stream, first byte, size uint32) []byte {
	text := make([]byte, s.Between(basicsMinLetters, basicsMaxLetters))
	for i := range text {
		text[i] = first + byte(s.Below(size))
	}
	return text
}
