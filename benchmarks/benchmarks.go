// Package benchmarks holds the benchmark specs that ship with the program: the one
// a new network starts with, and examples for the owner of a subnet to copy, with the
// modules and texts that they name by digest. The YAML files beside this one are the
// text; docs/benchmarks.md says how they are read and what models reach in them. Nothing
// here keeps state.
package benchmarks

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks/corpus"
)

// Default is the name of the benchmark of a new network's first subnet.
const Default = "basics"

//go:embed *.yaml blobs
var files embed.FS

// Files are the files of this folder that a program carries with it, and in blobs/, by
// the sha256 of each, all that the shipped specs name: modules, and the shards of package
// corpus.
func Files() fs.FS { return withCorpus{files} }

// withCorpus looks into the corpus for what is not here.
type withCorpus struct{ fs.FS }

// Open opens a file by its name in either folder.
func (w withCorpus) Open(name string) (fs.File, error) {
	file, err := w.FS.Open(name)
	if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, "blobs/") {
		return corpus.Files.Open(name)
	}
	return file, err
}

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
