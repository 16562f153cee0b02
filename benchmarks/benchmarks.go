// Package benchmarks holds the benchmark specs that ship with the program: the one
// a new network starts with, and examples for the owner of a subnet to copy. The
// YAML files beside this one are the text; nothing here keeps state.
package benchmarks

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/agora-network/agora/benchmark/spec"
)

// Default is the name of the benchmark of a new network's first subnet.
const Default = "basics"

//go:embed *.yaml
var files embed.FS

// Files are the files of this folder that a program carries with it.
func Files() fs.FS { return files }

// Names lists the shipped specs in alphabetical order.
func Names() []string {
	paths, err := fs.Glob(files, "*.yaml")
	if err != nil {
		panic("the pattern of the shipped specs is malformed: " + err.Error())
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = strings.TrimSuffix(path, ".yaml")
	}
	return names
}

// Text returns the YAML of a shipped spec, or an error that lists the names there
// are.
func Text(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no benchmark named %q ships with this program; there are %s", name, strings.Join(Names(), ", "))
	}
	return files.ReadFile(name + ".yaml")
}

// Load parses a shipped spec; the error is that of [Text] or [spec.Parse].
func Load(name string) (*spec.Spec, error) {
	text, err := Text(name)
	if err != nil {
		return nil, err
	}
	return spec.Parse(text)
}
