package generate

import "slices"

var puzzleGenerator = Generator{
	name:       "puzzle/1",
	summary:    "puzzles with exactly one solution, which the generator has proved by enumeration",
	parameters: []Parameter{difficultyParameter},
	families: []family{
		{"pattern-match", "which strings a regular expression matches as a whole", 700, 0, drawPatternMatch},
		{"pattern-find", "the text that a regular expression finds first in a string", 25, 0, drawPatternFind},
		{"order", "who sits where in a row", 2500, 0, drawOrder},
		{"houses", "who lives, drinks or keeps what", 3400, 0, drawHouses},
		{"sudoku", "a cell of a sudoku of four by four", 3000, 0, drawSudoku},
		{"knights", "who always tells the truth and who always lies", 1700, 0, drawKnights},
		{"syllogism", "which conclusions follow from premises about kinds", 3450, 0, drawSyllogism},
		{"subset", "the numbers of a list that give a sum", 35, 0, drawSubset},
		{"maze", "the length of the shortest way through a maze", 650, 0, drawMaze},
		{"cheapest-way", "the least total on a way through a field of numbers", 850, 0, drawCheapestWay},
		{"schedule", "the shortest time for tasks that wait for others", 700, 0, drawSchedule},
		{"meetings", "how many minutes of overlapping meetings one person can attend", 950, 0, drawMeetings},
	},
}

// clue is something told about a world.
type clue[W any] struct {
	told  string
	holds func(world *W) bool
}

// deduce draws clues that hold in one of the worlds until no other is left. Clues
// that say nothing new are not taken; if draws run out, the last resort is told,
// which must leave one world. No clue of the result can be left out.
func deduce[W any](d *drawer, worlds []W, truth *W, draw func() clue[W], lastResort []clue[W]) []clue[W] {
	const tries = 300
	var clues []clue[W]
	left := worlds
	tell := func(c clue[W]) {
		if !c.holds(truth) {
			return
		}
		if next := consistent(left, c.holds); len(next) < len(left) {
			clues, left = append(clues, c), next
		}
	}
	for try := 0; try < tries && len(left) > 1; try++ {
		tell(draw())
	}
	for _, c := range lastResort {
		if len(left) > 1 {
			tell(c)
		}
	}
	for i := 0; i < len(clues); {
		if others := slices.Delete(slices.Clone(clues), i, i+1); single(worlds, others) {
			clues = others
		} else {
			i++
		}
	}
	shuffle(d, clues)
	return clues
}

func consistent[W any](worlds []W, holds func(*W) bool) []W {
	var out []W
	for i := range worlds {
		if holds(&worlds[i]) {
			out = append(out, worlds[i])
		}
	}
	return out
}

// single reports whether the clues leave exactly one world.
func single[W any](worlds []W, clues []clue[W]) bool {
	count := 0
	for i := range worlds {
		if !slices.ContainsFunc(clues, func(c clue[W]) bool { return !c.holds(&worlds[i]) }) {
			if count++; count > 1 {
				return false
			}
		}
	}
	return count == 1
}

func toldOf[W any](clues []clue[W]) []string {
	return mapped(clues, func(c clue[W]) string { return c.told })
}

// permutations calls yield with every order of 0 to n-1, always in the same sequence;
// the slice is reused.
func permutations(n int, yield func([]int)) {
	order := make([]int, 0, n)
	used := make([]bool, n)
	var extend func()
	extend = func() {
		if len(order) == n {
			yield(order)
			return
		}
		for i := range n {
			if !used[i] {
				used[i], order = true, append(order, i)
				extend()
				used[i], order = false, order[:len(order)-1]
			}
		}
	}
	extend()
}
