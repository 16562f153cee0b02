package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

const fileHead = `# Configuration of an Agora %s.
#
# Every setting can also be given as an environment variable or a flag; the names stand with each. A flag goes over the
# environment, which goes over this file. An unknown name in this file is an error.
`

const commentWidth = 110

// Init writes a new commented configuration file into home, with the values of flags and environment where given, and
// returns its path. Either the complete file is there afterwards or nothing is: an existing file is never touched, and
// a home that was made for it is removed when the file cannot be written.
func (p Program[C]) Init(home string, flags *pflag.FlagSet) (path string, err error) {
	c, err := p.FromFlags(home, flags)
	if err != nil {
		return "", err
	}
	content, err := p.render(Values(*c))
	if err != nil {
		return "", err
	}
	path = filepath.Join(home, FileName)
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s exists already and is left as it is; edit it, or choose another --home", path)
	}
	_, statErr := os.Stat(home)
	madeHome := errors.Is(statErr, fs.ErrNotExist)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("make the home: %w; choose a folder that you can write with --home", err)
	}
	if err := writeNew(path, content); err != nil {
		if madeHome {
			_ = os.Remove(home) // only when empty
		}
		return "", err
	}
	return path, nil
}

// writeNew makes a file that is complete from its first moment and overwrites none.
func writeNew(path, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return fmt.Errorf("write in the home: %w; choose a folder that you can write with --home", err)
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // a second name of the file, or a failed one
	if _, err := temporary.WriteString(content); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), temporary.Close())
	}
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	// A link fails where the name exists, so two inits at once cannot overwrite each other.
	if err := os.Link(temporary.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// render writes every setting with its comment and its value.
func (p Program[C]) render(values map[string]any) (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, fileHead, p.Name)
	section := ""
	for _, s := range p.Settings {
		name, indent := s.Key, ""
		head, rest, nested := strings.Cut(s.Key, ".")
		if nested {
			name, indent = rest, "  "
		}
		if nested && head != section {
			fmt.Fprintf(&out, "\n%s:\n", head)
			section = head
		} else {
			out.WriteString("\n")
		}
		names := s.Env()
		if flag := s.Flag(); flag != "" {
			names = "--" + flag + ", " + names
		}
		for _, line := range wrap(s.Help+" ("+names+")", commentWidth-len(indent)) {
			fmt.Fprintf(&out, "%s# %s\n", indent, line)
		}
		current := values[s.Key]
		if s.Secret { // one that is in the environment now is not wanted in a file
			current = s.Default
		}
		value, err := inline(current)
		if err != nil {
			return "", fmt.Errorf("setting %s: %w", s.Key, err)
		}
		fmt.Fprintf(&out, "%s%s: %s\n", indent, name, value)
	}
	return out.String(), nil
}

// inline is the YAML form of a value on one line.
func inline(value any) (string, error) {
	if text, ok := value.(fmt.Stringer); ok { // durations
		value = text.String()
	}
	var node yaml.Node
	if err := node.Encode(value); err != nil {
		return "", err
	}
	node.Style = yaml.FlowStyle
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, item := range node.Content {
		item.Style = yaml.DoubleQuotedStyle
	}
	text, err := yaml.Marshal(&node)
	return strings.TrimSpace(string(text)), err
}

// wrap breaks text at spaces into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
