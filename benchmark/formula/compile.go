package formula

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// dialect is which of the two languages a program is written in.
type dialect struct {
	name              string
	recursion, floats bool
}

var (
	scorerDialect = dialect{name: "formula"}
	answerDialect = dialect{name: "answer", recursion: true, floats: true}
	testsDialect  = dialect{name: "tests", recursion: true, floats: true}
)

// program is a compiled Starlark program. It is immutable.
type program struct {
	compiled *starlark.Program
	// functions are the functions defined at the top, in order, with their parameters.
	functions []function
	// unknown are the names that neither the program nor the language defines, in the
	// order in which they first appear, with where.
	unknown []unknownName
	// bytes is how long the text is.
	bytes int
}

// load runs the top of a program on an account. The interpreter makes all constants
// of a program anew for each run, so that is charged by the length of the text.
func (p *program) load(m *meter, names starlark.StringDict) (starlark.StringDict, error) {
	if err := m.alloc(16 * uint64(p.bytes)); err != nil {
		return nil, err
	}
	return p.compiled.Init(m.thread, names)
}

type function struct {
	name   string
	params int
	at     position
}

type unknownName struct {
	name string
	at   position
}

type position struct{ line, column int32 }

func at(p syntax.Position) position { return position{p.Line, p.Col} }

func (p position) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

// compileProgram parses a program, puts the guards in and compiles it.
func compileProgram(d dialect, text string, given starlark.StringDict) (p *program, err error) {
	defer protect(&err)
	if len(text) > MaxSourceBytes {
		return nil, fmt.Errorf("%w: 1:1: it has %d bytes, at most %d are allowed", ErrCompile, len(text), MaxSourceBytes)
	}
	options := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: d.recursion}
	file, err := options.Parse(d.name, text, 0)
	if err != nil {
		return nil, compileError(err)
	}
	r := rewriter{dialect: d, seen: make(map[string]position)}
	p = &program{bytes: len(text)}
	for _, statement := range file.Stmts {
		if definition, ok := statement.(*syntax.DefStmt); ok {
			p.functions = append(p.functions, function{definition.Name.Name, len(definition.Params), at(definition.Name.NamePos)})
		}
	}
	file.Stmts = r.block(file.Stmts)
	if r.err != nil {
		return nil, r.err
	}
	noted := make(map[string]bool)
	p.compiled, err = starlark.FileProgram(file, func(name string) bool {
		switch {
		case name == "None" || name == "True" || name == "False":
			return false
		case given[name] == nil && !noted[name]:
			noted[name] = true
			p.unknown = append(p.unknown, unknownName{name, r.seen[name]})
		}
		return true
	})
	if err != nil {
		return nil, compileError(err)
	}
	return p, nil
}

// protect turns a panic of an interpreter into an error: what a stranger wrote must
// not end the process, even where the interpreter is wrong.
func protect(err *error) {
	if r := recover(); r != nil { //nolint:revive // protect itself is what is deferred
		*err = fmt.Errorf("%w: internal error: %s", ErrRuntime, bounded(fmt.Sprint(r)))
	}
}

// compileError says where a text is wrong.
func compileError(err error) error {
	var parse syntax.Error
	var resolved resolve.ErrorList
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("%w: %s: %s", ErrCompile, at(parse.Pos), bounded(parse.Msg))
	case errors.As(err, &resolved) && len(resolved) > 0:
		return fmt.Errorf("%w: %s: %s", ErrCompile, at(resolved[0].Pos), bounded(resolved[0].Msg))
	}
	return fmt.Errorf("%w: 1:1: %s", ErrCompile, bounded(err.Error()))
}

// maxMessageBytes bounds what a message quotes from a program.
const maxMessageBytes = 300

// bounded cuts a message and keeps it valid UTF-8.
func bounded(message string) string {
	if len(message) > maxMessageBytes {
		message = message[:maxMessageBytes] + "…"
	}
	return strings.ToValidUTF8(message, "\uFFFD")
}
