package generate

import (
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

// row is who sits where: row[person] is the place from the left, from 0.
type row [7]int8

func drawOrder(d *drawer) question.Question {
	n := d.byDifficulty([5]int{3, 4, 5, 6, 7})
	names := some(d, n, firstNames)
	var worlds []row
	permutations(n, func(places []int) {
		var w row
		for person, place := range places {
			w[person] = int8(place)
		}
		worlds = append(worlds, w)
	})
	truth := pick(d, worlds)
	last := int8(n - 1)
	lastResort := make([]clue[row], n)
	for i := range lastResort {
		lastResort[i] = clue[row]{names[i] + " sits at place " + strconv.Itoa(int(truth[i])+1) + ".", func(w *row) bool { return w[i] == truth[i] }}
	}
	clues := deduce(d, worlds, &truth, func() clue[row] {
		pair := some(d, 2, []int{0, 1, 2, 3, 4, 5, 6}[:n])
		a, b := pair[0], pair[1]
		apart := func(w *row) int8 { return max(w[a]-w[b], w[b]-w[a]) }
		switch d.below(7) {
		case 0:
			return clue[row]{names[a] + " sits directly to the left of " + names[b] + ".", func(w *row) bool { return w[a]+1 == w[b] }}
		case 1:
			return clue[row]{names[a] + " sits somewhere to the left of " + names[b] + ".", func(w *row) bool { return w[a] < w[b] }}
		case 2:
			return clue[row]{names[a] + " sits next to " + names[b] + ".", func(w *row) bool { return apart(w) == 1 }}
		case 3:
			return clue[row]{names[a] + " does not sit next to " + names[b] + ".", func(w *row) bool { return apart(w) != 1 }}
		case 4:
			return clue[row]{names[a] + " sits at one of the two ends.", func(w *row) bool { return w[a] == 0 || w[a] == last }}
		case 5:
			return clue[row]{names[a] + " sits at neither end.", func(w *row) bool { return w[a] != 0 && w[a] != last }}
		default:
			return clue[row]{"Exactly one person sits between " + names[a] + " and " + names[b] + ".", func(w *row) bool { return apart(w) == 2 }}
		}
	}, lastResort)
	asked := d.below(n)
	return question.Question{
		Prompt: "In a row of " + strconv.Itoa(n) + " places, numbered from 1 at the left, sit " + listed(ascending(names)) + ".\n" + numbered(toldOf(clues)) +
			"Who sits at place " + strconv.Itoa(int(truth[asked])+1) + "? Answer with the name only.",
		Expected: names[asked],
	}
}

// street is who has what: street[kind][item] is the house from the left, from 0.
type street [4][5]int8

// kinds of things that the houses of a street differ in.
var kinds = []struct {
	items []string
	whose string // of an item, "%" standing for it
	asked string // the question for the item of the kind, "%" standing for whose
}{
	{firstNames, "%", "What is the name of %?"},
	{colours, "the owner of the % house", "Which colour is the house of %?"},
	{drinks, "the one who drinks %", "What does % drink?"},
	{animals, "the keeper of the %", "Which animal does % keep?"},
}

func drawHouses(d *drawer) question.Question {
	n, used := d.byDifficulty([5]int{3, 3, 3, 4, 5}), d.byDifficulty([5]int{2, 3, 4, 3, 2})
	chosen := some(d, used, []int{0, 1, 2, 3})
	items := make([][]string, used)
	for k := range items {
		items[k] = some(d, n, kinds[chosen[k]].items)
	}
	worlds := []street{{}}
	for k := range used {
		var more []street
		for _, w := range worlds {
			permutations(n, func(places []int) {
				for i, place := range places {
					w[k][i] = int8(place)
				}
				more = append(more, w)
			})
		}
		worlds = more
	}
	truth := pick(d, worlds)
	whose := func(k, i int) string { return strings.ReplaceAll(kinds[chosen[k]].whose, "%", items[k][i]) }
	var lastResort []clue[street]
	for k := range used {
		for i := range n {
			lastResort = append(lastResort, clue[street]{
				sentence(whose(k, i) + " lives in house " + strconv.Itoa(int(truth[k][i])+1)), func(w *street) bool { return w[k][i] == truth[k][i] },
			})
		}
	}
	clues := deduce(d, worlds, &truth, func() clue[street] {
		kind, other := d.below(used), d.below(used)
		i, j := d.below(n), d.below(n)
		if kind == other {
			// Two items of one kind belong to different houses.
			j = (i + 1 + d.below(n-1)) % n
		}
		one, two := whose(kind, i), whose(other, j)
		switch d.below(6) {
		case 0:
			return clue[street]{sentence(one + " lives directly to the left of " + two), func(w *street) bool { return w[kind][i]+1 == w[other][j] }}
		case 1:
			return clue[street]{sentence(one + " lives somewhere to the left of " + two), func(w *street) bool { return w[kind][i] < w[other][j] }}
		case 2:
			return clue[street]{sentence(one + " and " + two + " are neighbours"), func(w *street) bool {
				return w[kind][i]+1 == w[other][j] || w[other][j]+1 == w[kind][i]
			}}
		case 3:
			if d.below(4) > 0 { // too easy to be told often
				return clue[street]{"", func(*street) bool { return false }}
			}
			return lastResort[kind*n+i]
		default:
			return clue[street]{sentence(one + " is the same person as " + two), func(w *street) bool { return w[kind][i] == w[other][j] }}
		}
	}, lastResort)
	// The question leads from an item of one kind to that of another in the same house.
	pair := some(d, 2, []int{0, 1, 2, 3}[:used])
	from, to, i := pair[0], pair[1], d.below(n)
	answer := ""
	for j := range n {
		if truth[to][j] == truth[from][i] {
			answer = items[to][j]
		}
	}
	var present []string
	for k := range used {
		present = append(present, strings.Join(ascending(items[k]), ", "))
	}
	return question.Question{
		Prompt: "In a street stand " + strconv.Itoa(n) + " houses, numbered from 1 at the left, with one person in each. The houses and persons differ in: " +
			strings.Join(present, "; ") + ".\n" + numbered(toldOf(clues)) + strings.ReplaceAll(kinds[chosen[to]].asked, "%", whose(from, i)) + " Answer with one word only, as it is written in the list.",
		Expected: answer,
	}
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// grid is a sudoku of four rows of four cells with the digits 1 to 4.
type grid [16]byte

// grids returns all 288 solved ones, always in the same order.
func grids() []grid {
	var out []grid
	var g grid
	var fill func(cell int)
	fill = func(cell int) {
		if cell == len(g) {
			out = append(out, g)
			return
		}
		for digit := byte('1'); digit <= '4'; digit++ {
			if g.fits(cell, digit) {
				g[cell] = digit
				fill(cell + 1)
				g[cell] = 0
			}
		}
	}
	fill(0)
	return out
}

// fits reports whether no cell before this one in its row, column or block holds the digit.
func (g *grid) fits(cell int, digit byte) bool {
	for other := range cell {
		sameBlock := other/8 == cell/8 && other%4/2 == cell%4/2
		if g[other] == digit && (other/4 == cell/4 || other%4 == cell%4 || sameBlock) {
			return false
		}
	}
	return true
}

func drawSudoku(d *drawer) question.Question {
	worlds := grids()
	solution := pick(d, worlds)
	given := solution
	hidden := d.byDifficulty([5]int{5, 7, 9, 10, 12})
	var empty []int
	for _, cell := range d.permutation(16) {
		if len(empty) == hidden {
			break
		}
		given[cell] = '.'
		matches := consistent(worlds, func(w *grid) bool {
			for i := range w {
				if given[i] != '.' && given[i] != w[i] {
					return false
				}
			}
			return true
		})
		if len(matches) > 1 {
			given[cell] = solution[cell]
			continue
		}
		empty = append(empty, cell)
	}
	asked := pick(d, empty)
	var picture strings.Builder
	for i := range 4 {
		picture.WriteString(strings.Join(strings.Split(string(given[4*i:4*i+4]), ""), " ") + "\n")
	}
	return question.Question{
		Prompt: "In a sudoku of four by four, every row, every column and every corner block of two by two holds each of the digits 1 to 4 once. Dots are empty cells.\n" +
			picture.String() + "Which digit belongs in row " + strconv.Itoa(asked/4+1) + ", column " + strconv.Itoa(asked%4+1) + " (counted from the top left)? Answer with the digit only.",
		Expected: string(solution[asked]),
	}
}
