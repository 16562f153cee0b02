package cli

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/internal/daemon"
)

// changedSetting is a setting in which two benchmarks differ.
type changedSetting struct {
	Path string `json:"path"`
	// Old and New are the values; nil where it is not set.
	Old *string `json:"old"`
	New *string `json:"new"`
}

// shownDiff is what `bench diff` prints.
type shownDiff struct {
	OldSHA256 string           `json:"old_sha256"`
	NewSHA256 string           `json:"new_sha256"`
	Same      bool             `json:"same"`
	Changed   []changedSetting `json:"changed"`
}

func newBenchDiff() *cobra.Command {
	command := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show in which settings two benchmarks differ",
		Long: `diff compares two benchmarks setting by setting, not text by text: comments, order and what is written out although it
is meant anyway make no difference. It says of each setting what it was and what it is, and whether both are the same
benchmark to the chain. The exit code is 0 either way.`,
		Example: `  validator bench diff arithmetic sums.yaml
  validator bench diff sums-v1.bin sums.yaml --json`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			_, before, err := loadBench(command, args[0])
			if err != nil {
				return err
			}
			_, after, err := loadBench(command, args[1])
			if err != nil {
				return err
			}
			shown, err := diffSpecs(before, after)
			if err != nil {
				return err
			}
			return daemon.Show(command, shown, func() string { return diffText(shown) })
		},
	}
	addOutputFlags(command)
	return command
}

func diffSpecs(before, after *spec.Spec) (shownDiff, error) {
	shown := shownDiff{Changed: []changedSetting{}}
	one, err := spec.Digest(before)
	if err != nil {
		return shown, err
	}
	other, err := spec.Digest(after)
	if err != nil {
		return shown, err
	}
	shown.OldSHA256, shown.NewSHA256, shown.Same = hex.EncodeToString(one[:]), hex.EncodeToString(other[:]), one == other
	left, err := flatSettings(before)
	if err != nil {
		return shown, err
	}
	right, err := flatSettings(after)
	if err != nil {
		return shown, err
	}
	was, is := byPath(left), byPath(right)
	for _, s := range left {
		if value, there := is[s.path]; !there {
			shown.Changed = append(shown.Changed, changedSetting{Path: s.path, Old: &s.value})
		} else if value != s.value {
			shown.Changed = append(shown.Changed, changedSetting{Path: s.path, Old: &s.value, New: &value})
		}
	}
	for _, s := range right {
		if _, there := was[s.path]; !there {
			shown.Changed = append(shown.Changed, changedSetting{Path: s.path, New: &s.value})
		}
	}
	return shown, nil
}

// flatSetting is one value of a benchmark.
type flatSetting struct{ path, value string }

// flatSettings lists all values of a benchmark in the order in which they are written.
func flatSettings(s *spec.Spec) ([]flatSetting, error) {
	text, err := spec.Format(s)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var flat []flatSetting
	var walk func(node *yaml.Node, path string)
	walk = func(node *yaml.Node, path string) {
		switch {
		case node.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				walk(node.Content[i+1], strings.TrimPrefix(path+"."+node.Content[i].Value, "."))
			}
		case node.Kind == yaml.SequenceNode && plainList(node):
			words := make([]string, len(node.Content))
			for i, element := range node.Content {
				words[i] = element.Value
			}
			flat = append(flat, flatSetting{path, strings.Join(words, ", ")})
		case node.Kind == yaml.SequenceNode:
			for i, element := range node.Content {
				walk(element, fmt.Sprintf("%s[%d]", path, i))
			}
		default:
			flat = append(flat, flatSetting{path, node.Value})
		}
	}
	walk(document.Content[0], "")
	return flat, nil
}

// plainList tells a list of words or numbers.
func plainList(node *yaml.Node) bool {
	for _, element := range node.Content {
		if element.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

func byPath(settings []flatSetting) map[string]string {
	values := make(map[string]string, len(settings))
	for _, s := range settings {
		values[s.path] = s.value
	}
	return values
}

func diffText(d shownDiff) string {
	var text strings.Builder
	width := 0
	for _, change := range d.Changed {
		width = max(width, len(change.Path))
	}
	for _, change := range d.Changed {
		if multiline(change.Old) || multiline(change.New) {
			fmt.Fprintf(&text, "%s\n", change.Path)
			side(&text, "-", change.Old)
			side(&text, "+", change.New)
			continue
		}
		fmt.Fprintf(&text, "%-*s  %s -> %s\n", width, change.Path, orUnset(change.Old), orUnset(change.New))
	}
	if d.Same {
		fmt.Fprintf(&text, "the same benchmark: %s", d.OldSHA256)
	} else {
		fmt.Fprintf(&text, "old %s\nnew %s", d.OldSHA256, d.NewSHA256)
	}
	return text.String()
}

func multiline(value *string) bool { return value != nil && strings.Contains(*value, "\n") }

func orUnset(value *string) string {
	if value == nil {
		return "(not set)"
	}
	return *value
}

// side writes one of two values of several lines.
func side(text *strings.Builder, mark string, value *string) {
	if value == nil {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(*value, "\n"), "\n") {
		fmt.Fprintf(text, "  %s %s\n", mark, line)
	}
}
