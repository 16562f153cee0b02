package view

import (
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen shows snapshots as they come: a table redrawn in place on a terminal,
// a line per block elsewhere. It is used by one goroutine.
type Screen struct {
	out io.Writer
	// size returns the columns and rows of the terminal; nil where out is none.
	size func() (columns, rows int)
	// drawn is how many lines of the last table stand above the cursor.
	drawn int
	// last is the height of the last line written where there is no terminal.
	last int64
}

// NewScreen shows on out.
func NewScreen(out io.Writer) *Screen {
	screen := &Screen{out: out}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		screen.size = func() (int, int) {
			columns, rows, err := term.GetSize(int(file.Fd()))
			if err != nil || columns <= 0 || rows <= 0 { // some terminals do not know their size
				return 80, 24
			}
			return columns, rows
		}
	}
	return screen
}

// Terminal tells whether tables are redrawn in place.
func (s *Screen) Terminal() bool { return s.size != nil }

// Show draws a snapshot. Where there is no terminal, one without a new block is left out.
func (s *Screen) Show(snapshot *Snapshot) {
	if s.size == nil {
		if snapshot.Height > s.last {
			s.last = snapshot.Height
			fmt.Fprintln(s.out, Line(snapshot))
		}
		return
	}
	columns, rows := s.size()
	lines := Table(snapshot)
	if len(lines) > rows-1 { // what scrolled away cannot be redrawn
		lines = lines[:max(rows-1, 1)]
	}
	s.erase()
	for _, line := range lines {
		fmt.Fprintln(s.out, clip(line, columns))
	}
	s.drawn = len(lines)
}

// Say writes a line that stays, above the table.
func (s *Screen) Say(format string, arguments ...any) {
	s.erase()
	fmt.Fprintf(s.out, format+"\n", arguments...)
}

// erase takes the last table away.
func (s *Screen) erase() {
	if s.drawn > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\x1b[J", s.drawn)
		s.drawn = 0
	}
}

// clip cuts a line to the width of the terminal: a line that wraps would be two
// when it is to be erased.
func clip(line string, columns int) string {
	if columns <= 0 || utf8.RuneCountInString(line) <= columns {
		return line
	}
	return string([]rune(line)[:columns])
}
