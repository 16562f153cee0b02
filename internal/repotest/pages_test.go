package repotest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxFileBytes bounds what is committed: a clone stays small for ever, since history keeps all.
const maxFileBytes = 8 << 20

// machinePath matches an absolute path of one person's machine.
var machinePath = regexp.MustCompile("(?m)(?:^|[\\s\"'=(:,`])(/(?:root|work|farm|home/[a-z][a-z0-9_-]*|Users/[A-Za-z]+)/[^\\s\"'`)]*)")

func TestNoFileNamesAPathOfOneMachine(t *testing.T) {
	for _, name := range files(t, func(string) bool { return true }) {
		content := read(t, name)
		if strings.Contains(content, "\x00") || !utf8.ValidString(content) {
			continue
		}
		if found := machinePath.FindStringSubmatch(content); found != nil {
			t.Errorf("%s names %s, which exists on one machine only", name, found[1])
		}
	}
}

func TestNoFileIsLarge(t *testing.T) {
	for _, name := range files(t, func(string) bool { return true }) {
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		require.NoError(t, err)
		assert.LessOrEqual(t, info.Size(), int64(maxFileBytes), "%s is too large to be kept for ever", name)
	}
}

func TestREADMEShowsTheTwoCommands(t *testing.T) {
	readme := read(t, "README.md")
	for _, command := range []string{"make localnet", "make test"} {
		assert.Contains(t, readme, command)
	}
}

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	for _, name := range files(t, func(name string) bool { return path.Ext(name) == ".md" }) {
		for _, link := range markdownLink.FindAllStringSubmatch(read(t, name), -1) {
			target, _, _ := strings.Cut(link[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			_, err := os.Stat(filepath.Join(root, filepath.FromSlash(path.Join(path.Dir(name), target))))
			assert.NoError(t, err, "%s links to %s", name, link[1])
		}
	}
}

func TestMakeHelpListsWhatTheDocumentationPromises(t *testing.T) {
	makefile := read(t, "Makefile")
	assert.Contains(t, makefile, ".DEFAULT_GOAL := help")
	for _, target := range []string{"build", "test", "lint", "fmt", "proto", "proto-check", "localnet", "bench", "bench-localnet", "install", "clean"} {
		assert.Regexp(t, `(?m)^`+regexp.QuoteMeta(target)+`:.*## \S`, makefile, "target %s is missing or says nothing of itself", target)
	}
}
