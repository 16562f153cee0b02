package generate

import (
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/agora-network/agora/benchmark/question"
)

var outputGenerator = Generator{
	name:       "output/1",
	summary:    "what a short Python program prints",
	parameters: []Parameter{difficultyParameter},
	families: []family{
		{"loops", "numbers that change in loops and branches", 20, 0, drawLoops},
		{"functions", "functions that call each other", 160, 0, drawFunctions},
		{"lists", "lists that are changed, sliced and built from others", 5, 0, drawLists},
		{"dictionaries", "counting and summing by key, printed in order of insertion", 160, 0, drawDictionaries},
		{"strings", "methods and slices of strings", 5, 0, drawStrings},
	},
}

// Limits of a program. No program that is drawn comes near them.
const (
	maxSteps       = 1_000_000
	maxOutputBytes = 16 << 10
)

// program is written line by line. It is Starlark that means the same in Python: no
// text inside a list or dictionary is printed, for the two quote it differently.
type program struct {
	d      *drawer
	source strings.Builder
	depth  int
}

func (p *program) line(parts ...string) {
	p.source.WriteString(strings.Repeat("    ", p.depth))
	for _, part := range parts {
		p.source.WriteString(part)
	}
	p.source.WriteByte('\n')
}

// block writes a line and what is indented below it.
func (p *program) block(head string, body func()) {
	p.line(head)
	p.depth++
	body()
	p.depth--
}

// number is a literal.
func (p *program) number(low, high int64) string { return text(p.d.between(low, high)) }

// question runs the program. A program that fails yields no question; none that is
// drawn does.
func (p *program) question(topic string) question.Question {
	printed, err := run(p.source.String())
	if err != nil {
		return question.Question{}
	}
	return question.Question{
		Prompt:   "What does this Python program about " + topic + " print?\n\n" + p.source.String() + "\nAnswer with the printed text only, line by line.",
		Expected: strings.TrimSuffix(printed, "\n"),
	}
}

// run returns what a program prints. The work is bounded by steps, not by time, so
// that every machine gives the same.
func run(source string) (string, error) {
	var out strings.Builder
	thread := &starlark.Thread{Name: "program", Print: func(thread *starlark.Thread, line string) {
		if out.Len()+len(line) >= maxOutputBytes {
			thread.Cancel("it prints too much")
			return
		}
		out.WriteString(line + "\n")
	}}
	thread.SetMaxExecutionSteps(maxSteps)
	options := syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	_, err := starlark.ExecFileOptions(&options, thread, "program", source, nil)
	return out.String(), err
}

// term is an arithmetic expression over variables, with small literals.
func (p *program) term(variables []string, operators int) string {
	d := p.d
	out := pick(d, variables)
	for range operators {
		operand := p.number(2, 9)
		if d.coin() {
			operand = pick(d, variables)
		}
		left := out
		if strings.Contains(out, " ") {
			left = "(" + out + ")"
		}
		switch d.below(4) {
		case 0:
			out += " + " + operand
		case 1:
			out += " - " + operand
		case 2:
			out = left + " * " + p.number(2, 5)
		default:
			out = left + " // " + p.number(2, 5)
		}
	}
	return out
}

// condition compares a variable.
func (p *program) condition(variables []string) string {
	name := pick(p.d, variables)
	switch p.d.below(4) {
	case 0:
		return name + " % " + p.number(2, 4) + " == " + p.number(0, 1)
	case 1:
		return name + " > " + pick(p.d, variables)
	case 2:
		return name + " < " + p.number(3, 30)
	default:
		return name + " % 2 == 0 and " + pick(p.d, variables) + " > " + p.number(2, 20)
	}
}

// assignments writes statements that change the targets, bounded by a modulus; nesting
// says how many more branches may open.
func (p *program) assignments(count, nesting int, targets, variables []string) {
	for range count {
		if nesting > 0 && p.d.below(3) == 0 {
			p.block("if "+p.condition(variables)+":", func() { p.assignments(1, nesting-1, targets, variables) })
			if p.d.coin() {
				p.block("else:", func() { p.assignments(1, nesting-1, targets, variables) })
			}
			continue
		}
		p.line(pick(p.d, targets), " = (", p.term(variables, p.d.count(1, 2)), ") % ", p.number(17, 99))
	}
}

func drawLoops(d *drawer) question.Question {
	p := &program{d: d}
	names := some(d, 3, []string{"a", "b", "c", "x", "y", "z", "m", "n"})
	for _, name := range names {
		p.line(name, " = ", p.number(1, 20))
	}
	body := d.byDifficulty([5]int{1, 2, 3, 4, 5})
	inLoop := append([]string{"i"}, names...)
	p.block("for i in range("+p.number(2, int64(d.byDifficulty([5]int{3, 4, 6, 8, 10})))+"):", func() {
		p.assignments(body, 2, names, inLoop)
		if d.difficulty() > 2 {
			p.block("for j in range("+p.number(2, 3)+"):", func() { p.assignments(body-1, 1, names, append([]string{"j"}, inLoop...)) })
		}
		if d.difficulty() > 1 && d.coin() {
			p.block("if "+p.condition(names)+":", func() { p.line(pick(d, []string{"break", "continue"})) })
			p.line(names[0], " += ", p.number(1, 9))
		}
	})
	p.line("print(", strings.Join(names, ", "), ")")
	return p.question("loops")
}

func drawFunctions(d *drawer) question.Question {
	p := &program{d: d}
	names := some(d, d.byDifficulty([5]int{1, 2, 2, 3, 4}), []string{"mix", "fold", "step", "turn", "blend", "probe"})
	arguments := []string{"a", "b"}
	for i, name := range names {
		p.block("def "+name+"(a, b = "+p.number(1, 9)+"):", func() {
			p.block("if "+p.condition(arguments)+":", func() {
				p.line("return (", p.term(arguments, 2), ") % ", p.number(17, 99))
			})
			p.assignments(d.byDifficulty([5]int{1, 1, 2, 3, 4}), 1, arguments, arguments)
			if i > 0 { // a function calls the one before: nothing calls itself
				p.line("return ", names[i-1], "(", pick(d, arguments), ", ", p.term(arguments, 1), ") + ", pick(d, arguments))
			} else {
				p.line("return ", p.term(arguments, 1))
			}
		})
		p.line()
	}
	last := names[len(names)-1]
	p.line("x = ", last, "(", p.number(1, 30), ", ", p.number(1, 30), ")")
	p.line("y = ", names[0], "(x)")
	p.line("print(x, y, ", last, "(b = x % 10, a = y % 10))")
	return p.question("functions")
}

func drawLists(d *drawer) question.Question {
	p := &program{d: d}
	start := make([]int64, d.byDifficulty([5]int{4, 5, 6, 8, 10}))
	for i := range start {
		start[i] = d.between(-9, 30)
	}
	p.line("v = [", strings.Join(texts(start), ", "), "]")
	for range d.byDifficulty([5]int{2, 3, 5, 7, 10}) {
		switch d.below(9) {
		case 0:
			p.line("v.append(v[", p.number(0, 1), "] + ", p.number(1, 9), ")")
		case 1:
			p.line("v.insert(", p.number(0, 3), ", len(v) * ", p.number(2, 5), ")")
		case 2:
			// Two elements always stay, which other steps count on.
			p.block("if len(v) > 2:", func() { p.line("v.pop(", pick(d, []string{"", "0", "1"}), ")") })
		case 3:
			p.line("v = v[", p.number(0, 3), ":] + v[:", p.number(2, 3), "]")
		case 4:
			p.line("v = sorted(v", pick(d, []string{"", ", reverse = True"}), ")")
		case 5:
			p.line("v = [n * ", p.number(2, 4), " - ", p.number(0, 5), " for n in v]")
		case 6:
			p.line("v = v[::", pick(d, []string{"-1", "-1", "2"}), "] + [len(v), max(v)]")
		case 7:
			p.line("v = [n for n in v if n % ", p.number(2, 3), " != 0] + [min(v), v[-1]]")
		default:
			p.line("v = [a + b for a, b in zip(v, v[1:])] + [v[0]]")
		}
	}
	p.line("print(v)")
	p.line("print(len(v), v[-2], ", pick(d, []string{"max(v)", "min(v)", "v[len(v) // 2]"}), ")")
	return p.question("lists")
}

func drawDictionaries(d *drawer) question.Question {
	p := &program{d: d}
	words := some(d, d.byDifficulty([5]int{3, 4, 5, 6, 8}), plainWords)
	list := make([]string, d.byDifficulty([5]int{4, 6, 8, 12, 18}))
	for i := range list {
		list[i] = quoted(pick(d, words))
	}
	p.line("words = [", strings.Join(list, ", "), "]")
	p.line("seen = {}")
	p.block("for i, word in enumerate(words):", func() {
		key := pick(d, []string{"word", "word[0]", "word[-1]", "word[:2]"})
		switch d.below(3) {
		case 0:
			p.line("seen[", key, "] = seen.get(", key, ", ", p.number(0, 5), ") + ", pick(d, []string{"1", "i", "len(word)"}))
		case 1:
			p.block("if "+key+" in seen:", func() { p.line("seen[", key, "] *= ", p.number(2, 3)) })
			p.block("else:", func() { p.line("seen[", key, "] = i + ", p.number(1, 9)) })
		default:
			p.line("seen[", key, "] = i * ", p.number(2, 9))
			p.block("if i % "+p.number(2, 4)+" == 1:", func() { p.line("seen.pop(", key, ")") })
		}
	})
	if d.difficulty() > 2 {
		p.line("seen[", quoted(pick(d, words)), "] = len(seen)")
	}
	p.block(pick(d, []string{"for key in seen:", "for key in sorted(seen):", "for key in sorted(seen, key = lambda k: (seen[k], k)):"}), func() {
		p.line("print(key, seen[key])")
	})
	p.line("print(len(seen))")
	return p.question("dictionaries")
}

func drawStrings(d *drawer) question.Question {
	p := &program{d: d}
	words := some(d, d.byDifficulty([5]int{2, 2, 3, 4, 5}), plainWords)
	p.line("s = ", quoted(strings.Join(words, " ")))
	for range d.byDifficulty([5]int{1, 2, 4, 6, 8}) {
		switch d.below(9) {
		case 0:
			p.line("s = s.replace(", quoted(d.letters(1, "aeiourst")), ", ", quoted(d.letters(d.count(0, 2), "xyz")), ")")
		case 1:
			p.line("s = s.", pick(d, []string{"upper", "lower", "title", "capitalize"}), "()")
		case 2:
			p.line("s = s[", p.number(1, 3), ":] + s[:", p.number(1, 3), "]")
		case 3:
			p.line("s = s[::-1]")
		case 4:
			p.line("s = ", quoted(pick(d, []string{"-", "_", "+"})), ".join(s.split(", quoted(pick(d, []string{" ", "a", "e"})), "))")
		case 5:
			p.line("s = s + str(s.count(", quoted(d.letters(1, "aeiourst")), "))")
		case 6:
			p.line("s = s + str(s.find(", quoted(d.letters(1, "aeiourst")), "))")
		case 7:
			p.line("s = s[", p.number(0, 1), "::2] + s[-", p.number(1, 3), ":]")
		default:
			p.block("if s.startswith("+quoted(words[0][:1])+") or len(s) > "+p.number(8, 20)+":", func() { p.line("s = s.strip(", quoted(d.letters(2, "aeiourst")), ") + ", quoted(d.letters(1, "xyz"))) })
		}
	}
	// Brackets keep spaces at the ends from being trimmed.
	p.line("print(\"<\" + s + \">\")")
	p.line("print(len(s), s.count(", quoted(d.letters(1, "aeiou")), "), ", strconv.Quote(words[0][:2]), " in s)")
	return p.question("strings")
}
