package generate

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

// island is who is a knight: bit i for person i.
type island uint32

func (w island) knight(i int) bool { return w>>i&1 == 1 }

// islanders are the names of those who live on an island.
type islanders []string

// says is the clue that somebody speaks: knights say what is true, knaves what is not.
func (names islanders) says(speaker int, words string, isTrue func(w island) bool) clue[island] {
	return clue[island]{names[speaker] + " says: " + words, func(w *island) bool { return w.knight(speaker) == isTrue(*w) }}
}

func (names islanders) saysIsA(speaker, i int, knight bool) clue[island] {
	word := "knave"
	if knight {
		word = "knight"
	}
	return names.says(speaker, names[i]+" is a "+word+".", func(w island) bool { return w.knight(i) == knight })
}

func (names islanders) saysOneIsKnave(speaker, i int) clue[island] {
	return names.says(speaker, "At least one of "+names[i]+" and me is a knave.", func(w island) bool { return !w.knight(i) || !w.knight(speaker) })
}

// confession tells everything about an island that has both kinds. A knave cannot say
// that one of two is a knave who is one itself; the knight who says it can then tell
// of all others.
func (names islanders) confession(truth island) []clue[island] {
	knight, knave := bits.TrailingZeros32(uint32(truth)), bits.TrailingZeros32(^uint32(truth))
	told := []clue[island]{names.saysOneIsKnave(knight, knave)}
	for i := range names {
		if i != knight {
			told = append(told, names.saysIsA(knight, i, truth.knight(i)))
		}
	}
	return told
}

// allIslands are the ways to share n islanders out.
func allIslands(n int) []island {
	worlds := make([]island, 1<<n)
	for i := range worlds {
		worlds[i] = island(i)
	}
	return worlds
}

// drawKnights lets the inhabitants of an island speak until only one reading is left.
// There are always both kinds.
func drawKnights(d *drawer) question.Question {
	n := d.byDifficulty([5]int{2, 3, 4, 5, 6})
	names := islanders(ascending(some(d, n, firstNames)))
	worlds := allIslands(n)
	truth := worlds[d.count(1, len(worlds)-2)]
	clues := deduce(d, worlds, &truth, func() clue[island] {
		speaker := d.below(n)
		a := (speaker + 1 + d.below(n-1)) % n
		b := (speaker + 1 + d.below(n-1)) % n
		switch kind := d.below(6); {
		case kind == 0:
			return names.saysIsA(speaker, a, d.coin())
		case kind == 1:
			return names.says(speaker, names[a]+" and I are of the same kind.", func(w island) bool { return w.knight(a) == w.knight(speaker) })
		case kind == 2:
			return names.saysOneIsKnave(speaker, a)
		case kind == 3 && a != b:
			return names.says(speaker, names[a]+" and "+names[b]+" are both knights.", func(w island) bool { return w.knight(a) && w.knight(b) })
		case kind == 4 && a != b:
			return names.says(speaker, names[a]+" is a knight or "+names[b]+" is a knave, or both.", func(w island) bool { return w.knight(a) || !w.knight(b) })
		default:
			k := d.below(n + 1)
			return names.says(speaker, "The number of knights among us "+strconv.Itoa(n)+" is exactly "+strconv.Itoa(k)+".", func(w island) bool { return bits.OnesCount32(uint32(w)) == k })
		}
	}, names.confession(truth))
	var answer []string
	for i, name := range names {
		if truth.knight(i) {
			answer = append(answer, name)
		}
	}
	return question.Question{
		Prompt: "On an island, knights always tell the truth and knaves always lie. You meet " + listed(names) + ", each a knight or a knave.\n" + numbered(toldOf(clues)) +
			"Who are the knights? Answer with their names in alphabetical order, separated by single spaces.",
		Expected: strings.Join(answer, " "),
	}
}

// claim relates two of up to four kinds of things: all, no, some or some-not.
type claim struct {
	form byte // a, n, s or o
	x, y int
}

func (c claim) told(names []string) string {
	x, y := names[c.x], names[c.y]
	switch c.form {
	case 'a':
		return "All " + x + " are " + y + "."
	case 'n':
		return "No " + x + " are " + y + "."
	case 's':
		return "Some " + x + " are " + y + "."
	default:
		return "Some " + x + " are not " + y + "."
	}
}

// holds reports whether the claim is true where the things that exist are of the given
// sorts; a sort is the set of kinds that a thing belongs to, and sort i is bit i.
func (c claim) holds(existing uint32, members *[4]uint32) bool {
	both, onlyX := existing&members[c.x]&members[c.y], existing&members[c.x]&^members[c.y]
	switch c.form {
	case 'a':
		return onlyX == 0
	case 'n':
		return both == 0
	case 's':
		return both != 0
	default:
		return onlyX != 0
	}
}

// drawSyllogism draws premises and asks which of four claims follow. It tries all
// ways in which things of three or four kinds can exist, every kind having members.
func drawSyllogism(d *drawer) question.Question {
	n := d.byDifficulty([5]int{3, 3, 3, 4, 4})
	names := some(d, n, nonsenseNouns)
	var members [4]uint32
	for sort := range 1 << n {
		for kind := range n {
			if sort>>kind&1 == 1 {
				members[kind] |= 1 << sort
			}
		}
	}
	random := func() claim {
		pair := some(d, 2, []int{0, 1, 2, 3}[:n])
		return claim{"anso"[d.below(4)], pair[0], pair[1]}
	}
	wanted := d.byDifficulty([5]int{2, 2, 3, 3, 4})
	var worlds []uint32
	for existing := range uint32(1) << (1 << n) {
		inhabited := true
		for _, m := range members[:n] {
			inhabited = inhabited && existing&m != 0
		}
		if inhabited {
			worlds = append(worlds, existing)
		}
	}
	var premises []claim
	// A premise must say something new and leave something possible. Few draws fail.
	for try := 0; try < 50 && len(premises) < wanted; try++ {
		c := random()
		if left := kept(worlds, func(w uint32) bool { return c.holds(w, &members) }); len(left) > 0 && len(left) < len(worlds) {
			premises, worlds = append(premises, c), left
		}
	}
	var following, other []claim
	for _, form := range []byte("anso") {
		for x := range n {
			for y := range n {
				switch c := (claim{form, x, y}); {
				case x == y || slices.Contains(premises, c):
				case slices.ContainsFunc(worlds, func(w uint32) bool { return !c.holds(w, &members) }):
					other = append(other, c)
				default:
					following = append(following, c)
				}
			}
		}
	}
	// None to three of the four claims follow, as far as there are so many.
	shuffle(d, following)
	shuffle(d, other)
	claims := slices.Concat(following[:min(d.below(4), len(following))], other)
	claims = claims[:min(4, len(claims))]
	shuffle(d, claims)
	var answer []string
	for i, c := range claims {
		if slices.Contains(following, c) {
			answer = append(answer, strconv.Itoa(i+1))
		}
	}
	expected := strings.Join(answer, " ")
	if expected == "" {
		expected = "none"
	}
	told := func(c claim) string { return c.told(names) }
	return question.Question{
		Prompt: "There are things of the kinds " + listed(names) + ", at least one of each kind; a thing may be of several kinds. It is known: " + strings.Join(mapped(premises, told), " ") +
			"\nWhich of these claims follow with certainty?\n" + numbered(mapped(claims, told)) + "Answer with their numbers in ascending order, separated by single spaces, or with the word none.",
		Expected: expected,
	}
}
