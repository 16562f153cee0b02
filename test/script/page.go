package script

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// pieces finds the blocks of a page, and the comments that tell its test what a reader just waits for.
var pieces = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$|^<!-- test: (.*?) -->$")

// Piece is a block of a page, or something that a reader waits for.
type Piece struct {
	// Language and Text of a block; commands have the language "sh".
	Language, Text string
	// Wait is what a comment <!-- test: … --> says; empty for a block.
	Wait string
}

// Page reads the pieces of a page of documentation, in their order.
func Page(file string) ([]Piece, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []Piece
	for _, match := range pieces.FindAllStringSubmatch(string(text), -1) {
		found = append(found, Piece{Language: match[1], Text: match[2], Wait: match[3]})
	}
	return found, nil
}

// Shell is one shell into which a reader copies commands.
type Shell struct {
	t testing.TB
	// dir is where the shell is, kept has its variables between blocks.
	dir, kept string
	env       []string
}

// NewShell opens a shell in a folder, which is its home as well, with the PATH of the test and further variables.
func NewShell(t testing.TB, dir string, env ...string) (*Shell, error) {
	s := &Shell{t: t, dir: dir, kept: filepath.Join(t.TempDir(), "variables")}
	s.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...) // of two values the later one counts
	return s, os.WriteFile(s.kept, nil, 0o600)
}

// Copy runs a block, with the variables that the blocks before have left, and returns what it said. The error has the
// block in it.
func (s *Shell) Copy(block string) (string, error) {
	shell := exec.CommandContext(s.t.Context(), "sh", "-eu", "-c", ". "+s.kept+"\n"+block+"\nexport -p > "+s.kept)
	shell.Dir, shell.Env = s.dir, s.env
	said, err := shell.CombinedOutput()
	if err != nil {
		return string(said), fmt.Errorf("%w\n%s\n%s", err, block, said)
	}
	return string(said), nil
}
