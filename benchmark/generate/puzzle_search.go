package generate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

// drawSubset draws numbers until one of their subsets has a sum that no other has.
func drawSubset(d *drawer) question.Question {
	n := d.byDifficulty([5]int{5, 6, 8, 10, 12})
	most := int64(d.byDifficulty([5]int{40, 80, 300, 2000, 9000}))
	numbers := make([]int64, n)
	var subset int
	var target int64
	const tries = 64
	for try := 0; ; try++ {
		for i := range numbers {
			numbers[i] = d.between(2, most)
			if try == tries { // powers of two have no two subsets with one sum
				numbers[i] = 1 << i
			}
		}
		subset = d.count(1, 1<<n-2)
		target = subsetSum(numbers, subset)
		count := 0
		for other := range 1 << n {
			if subsetSum(numbers, other) == target {
				count++
			}
		}
		if count == 1 {
			break
		}
	}
	var chosen []int64
	for i, number := range numbers {
		if subset>>i&1 == 1 {
			chosen = append(chosen, number)
		}
	}
	return question.Question{
		Prompt: "Which of the numbers " + strings.Join(texts(numbers), ", ") + " add up to " + text(target) +
			", each used at most once? There is one solution. Answer with these numbers in ascending order, separated by single spaces.",
		Expected: strings.Join(texts(ascending(chosen)), " "),
	}
}

func subsetSum(numbers []int64, subset int) (sum int64) {
	for i, number := range numbers {
		if subset>>i&1 == 1 {
			sum += number
		}
	}
	return sum
}

// maze is a square of cells, walls or ways.
type maze struct {
	side int
	wall []bool
}

// neighbours calls yield with the cells above, below, left and right of one.
func neighbours(side, cell int, yield func(int)) {
	if cell >= side {
		yield(cell - side)
	}
	if cell < side*(side-1) {
		yield(cell + side)
	}
	if cell%side > 0 {
		yield(cell - 1)
	}
	if cell%side < side-1 {
		yield(cell + 1)
	}
}

// shortest returns the steps from one cell to another to which a way leads.
func (m *maze) shortest(from, to int) int {
	steps := make([]int, len(m.wall))
	for i := range steps {
		steps[i] = -1
	}
	steps[from] = 0
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		neighbours(m.side, queue[0], func(next int) {
			if !m.wall[next] && steps[next] < 0 {
				steps[next] = steps[queue[0]] + 1
				queue = append(queue, next)
			}
		})
	}
	return steps[to]
}

// carve makes a maze of odd side in which every two cells with even coordinates are
// joined by exactly one way: from the newest cell that has a neighbour not yet
// reached, a wall towards one of these falls.
func (d *drawer) carve(side int) maze {
	m := maze{side: side, wall: make([]bool, side*side)}
	for i := range m.wall {
		m.wall[i] = true
	}
	m.wall[0] = false
	for stack := []int{0}; len(stack) > 0; {
		at := stack[len(stack)-1]
		var ahead []int // walls behind which lies a cell not yet reached
		neighbours(side, at, func(between int) {
			if beyond := 2*between - at; m.wall[beyond] {
				ahead = append(ahead, between)
			}
		})
		if len(ahead) == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		between := pick(d, ahead)
		beyond := 2*between - at
		m.wall[between], m.wall[beyond] = false, false
		stack = append(stack, beyond)
	}
	return m
}

func drawMaze(d *drawer) question.Question {
	m := d.carve(d.byDifficulty([5]int{7, 9, 11, 15, 19}))
	// Some more walls fall, so that there is more than one way.
	for range m.side / 3 {
		m.wall[d.below(len(m.wall))] = false
	}
	ways := make([]int, 0, len(m.wall))
	for i, wall := range m.wall {
		if !wall {
			ways = append(ways, i)
		}
	}
	ends := some(d, 2, ways)
	var picture strings.Builder
	for i, wall := range m.wall {
		sign := "."
		switch {
		case i == ends[0]:
			sign = "S"
		case i == ends[1]:
			sign = "E"
		case wall:
			sign = "#"
		}
		picture.WriteString(sign)
		if i%m.side == m.side-1 {
			picture.WriteByte('\n')
		}
	}
	return question.Question{
		Prompt: "In this maze S is the start, E the end, # a wall and . a free cell. A step leads to a cell above, below, left or right.\n" + picture.String() +
			"How many steps does the shortest way from S to E have?" + numberOnly,
		Expected: strconv.Itoa(m.shortest(ends[0], ends[1])),
	}
}

func drawCheapestWay(d *drawer) question.Question {
	side := d.byDifficulty([5]int{3, 4, 5, 7, 10})
	cost, total := make([]int, side*side), make([]int, side*side)
	for i := range cost {
		cost[i] = d.count(1, 9)
		total[i] = 1 << 20
	}
	// The totals sink until none does; a way has fewer cells than the field.
	total[0] = cost[0]
	for range cost {
		for i := range cost {
			neighbours(side, i, func(from int) { total[i] = min(total[i], total[from]+cost[i]) })
		}
	}
	rows := make([]string, side)
	for i := range rows {
		rows[i] = strings.Join(mapped(cost[i*side:(i+1)*side], strconv.Itoa), " ")
	}
	return question.Question{
		Prompt: "A way through this field of numbers leads from the top left to the bottom right number by steps up, down, left or right:\n" + strings.Join(rows, "\n") +
			"\nWhat is the least sum of the numbers on such a way, both ends included?" + numberOnly,
		Expected: strconv.Itoa(total[len(total)-1]),
	}
}

func drawSchedule(d *drawer) question.Question {
	n := d.byDifficulty([5]int{3, 5, 7, 10, 15})
	names := some(d, n, goods)
	done := make([]int, n) // when each task is finished at the earliest
	told := make([]string, n)
	latest := 0
	for i := range n {
		minutes := d.count(1, d.byDifficulty([5]int{9, 12, 20, 30, 60}))
		begins := 0
		var after []string
		if i > 0 {
			for _, j := range ascending(some(d, d.below(min(i, 3)+1), d.permutation(i))) {
				begins = max(begins, done[j])
				after = append(after, names[j])
			}
		}
		done[i] = begins + minutes
		latest = max(latest, done[i])
		told[i] = "Task " + names[i] + " takes " + strconv.Itoa(minutes) + " minutes"
		if len(after) > 0 {
			told[i] += " and begins when " + listed(after) + " is finished"
			if len(after) > 1 {
				told[i] = strings.Replace(told[i], " is finished", " are finished", 1)
			}
		}
		told[i] += "."
	}
	shuffle(d, told)
	return question.Question{
		Prompt: "Some tasks have to be done; there are enough workers to do any number of them at the same time.\n" + strings.Join(told, "\n") +
			"\nAfter how many minutes can all tasks be finished at the earliest?" + numberOnly,
		Expected: strconv.Itoa(latest),
	}
}

func drawMeetings(d *drawer) question.Question {
	n := d.byDifficulty([5]int{4, 6, 9, 13, 20})
	type meeting struct{ from, to int }
	meetings := make([]meeting, n)
	told := make([]string, n)
	clock := func(quarters int) string { return strconv.Itoa(8+quarters/4) + ":" + padded(quarters%4*15, 2) }
	for i := range meetings {
		from := d.below(44)
		meetings[i] = meeting{from, from + d.count(1, 10)}
		told[i] = clock(from) + "-" + clock(meetings[i].to)
	}
	// In the order of their ends: the best of a meeting is what was best when it begins,
	// and its own time.
	slices.SortFunc(meetings, func(a, b meeting) int { return a.to - b.to })
	var best [64]int // by quarter of an hour, what can be attended until then
	now := 0
	for _, m := range meetings {
		for ; now < m.to; now++ {
			best[now+1] = best[now]
		}
		best[m.to] = max(best[m.to], best[m.from]+m.to-m.from)
	}
	return question.Question{
		Prompt: "These meetings take place on one day: " + strings.Join(told, ", ") +
			". One person attends meetings from beginning to end; a meeting may begin the moment another ends. How many minutes of meetings can the person attend at most?" + numberOnly,
		Expected: strconv.Itoa(15 * best[now]),
	}
}
