package generate

import (
	"strconv"
	"strings"

	"github.com/agora-network/agora/benchmark/question"
)

var retrievalGenerator = Generator{
	name:    "retrieval/1",
	summary: "one fact out of a long list of made-up ones",
	parameters: []Parameter{
		{Name: "facts", Summary: "lines of the context, about 20 to 130 bytes each", Min: 8, Max: 1000, Default: 40},
		{Name: "hops", Summary: "facts that must be joined, where a family joins facts", Min: 1, Max: 6, Default: 2},
	},
	families: []family{
		{"code", "the code that belongs to a name; one fact", 5, 0, drawCode},
		{"owner", "the name that a code belongs to; one fact", 250, 0, drawOwner},
		{"letter", "where a letter is that was passed from hand to hand", 250, 0, drawLetter},
		{"person", "a fact about the mentor's mentor of somebody", 625, 0, drawPerson},
		{"moved", "where a thing is that was moved several times", 400, 0, drawMoved},
	},
}

// distinct draws n different numbers from low to high in uniform order: one from each
// of n equal parts.
func (d *drawer) distinct(n int, low, high int64) []int64 {
	width := (high - low + 1) / int64(n)
	numbers := make([]int64, n)
	for i := range numbers {
		numbers[i] = low + int64(i)*width + d.between(0, width-1)
	}
	shuffle(d, numbers)
	return numbers
}

// labels draws n different names such as falcon-4711.
func (d *drawer) labels(n int) []string {
	return mapped(d.distinct(n, 1000, 9999), func(number int64) string { return pick(d, animals) + "-" + text(number) })
}

func drawCode(d *drawer) question.Question {
	n := d.setting("facts")
	names, codes := d.labels(n), d.distinct(n, 100_000, 999_999)
	asked := d.below(n)
	facts := make([]string, n)
	for i := range facts {
		facts[i] = "The code of " + names[i] + " is " + text(codes[i]) + "."
	}
	return question.Question{
		Prompt:   "Read this list of codes.\n" + strings.Join(facts, "\n") + "\nWhat is the code of " + names[asked] + "?" + numberOnly,
		Expected: text(codes[asked]),
	}
}

func drawOwner(d *drawer) question.Question {
	n := d.setting("facts")
	names, codes := d.labels(n), d.distinct(n, 100_000, 999_999)
	asked := d.below(n)
	facts := make([]string, n)
	for i := range facts {
		facts[i] = names[i] + " opens with " + text(codes[i]) + "."
	}
	return question.Question{
		Prompt:   "These doors have numbers.\n" + strings.Join(facts, "\n") + "\nWhich door opens with " + text(codes[asked]) + "? Answer with the name of the door only.",
		Expected: names[asked],
	}
}

func drawLetter(d *drawer) question.Question {
	n, hops := d.setting("facts"), d.setting("hops")
	names := d.labels(n)
	// Everybody passes letters on to the next of one great circle, so that no way ends.
	facts := make([]string, n)
	for i := range facts {
		facts[i] = names[i] + " hands every letter on to " + names[(i+1)%n] + "."
	}
	shuffle(d, facts)
	start := d.below(n)
	count := "1 time"
	if hops > 1 {
		count = strconv.Itoa(hops) + " times"
	}
	return question.Question{
		Prompt: "In an office letters wander.\n" + strings.Join(facts, "\n") + "\n" + names[start] + " has a letter. Who has it after it was handed on " + count +
			"? Answer with the name only.",
		Expected: names[(start+hops)%n],
	}
}

func drawPerson(d *drawer) question.Question {
	n, hops := d.setting("facts"), d.setting("hops")
	names := make([]string, n)
	for i, number := range d.permutation(len(firstNames) * len(lastNames))[:n] {
		names[i] = firstNames[number/len(lastNames)] + " " + lastNames[number%len(lastNames)]
	}
	facts := make([]string, n)
	mentors := make([]int, n)
	answers := make([][3]string, n)
	for i := range facts {
		mentors[i] = (i + 1 + d.below(n-1)) % n
		answers[i] = [3]string{pick(d, cities), pick(d, professions), text(d.between(1930, 2005))}
		facts[i] = names[i] + " was born in " + answers[i][2] + ", works in " + answers[i][0] + " (profession: " + answers[i][1] + ") and has " + names[mentors[i]] + " as mentor."
	}
	who := d.below(n)
	whose := names[who]
	for range hops - 1 {
		who = mentors[who]
		whose = "the mentor of " + whose
	}
	attribute := d.below(3)
	asked := []string{"In which city works ", "What is the profession of ", "In which year was born "}[attribute]
	return question.Question{
		Prompt:   "Here are short lives.\n" + strings.Join(facts, "\n") + "\n" + asked + whose + "? Answer with the city, the profession or the year only.",
		Expected: answers[who][attribute],
	}
}

func drawMoved(d *drawer) question.Question {
	n := d.setting("facts")
	things := some(d, min(len(goods), max(2, n/4)), goods)
	now := make([]string, len(things))
	facts := make([]string, n)
	for i := range facts {
		// The first ones say where everything is, the later ones move something.
		thing := i
		if i >= len(things) {
			thing = d.below(len(things))
		}
		place := pick(d, cities)
		now[thing] = place
		facts[i] = "Day " + strconv.Itoa(i+1) + ": the " + things[thing] + " is brought to " + place + "."
	}
	asked := d.below(len(things))
	return question.Question{
		Prompt:   "A carrier keeps a diary.\n" + strings.Join(facts, "\n") + "\nWhere is the " + things[asked] + " at the end? Answer with the name of the city only.",
		Expected: now[asked],
	}
}
