package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/benchmarks/corpus"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/internal/workbench"
)

// standardInput is how a command line names it.
const standardInput = "-"

// canonicalStart is the first byte of canonical bytes: the tag of their first field. No
// YAML text may begin with that control character.
const canonicalStart = 0x08

// benchFile is a benchmark as somebody wrote it.
type benchFile struct {
	// name is what the command line calls it.
	name string
	// text is YAML; nil for canonical bytes.
	text []byte
	// canonical bytes; nil for YAML.
	canonical []byte
	// folder is where it lies; empty for shipped ones and standard input.
	folder string
}

// readBench reads the text of a benchmark and does not look at it yet.
func readBench(command *cobra.Command, name string) (benchFile, error) {
	file := benchFile{name: name}
	content, err := readInput(command, name, spec.MaxBytes)
	switch {
	case err == nil && name != standardInput:
		file.folder = filepath.Dir(name)
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && slices.Contains(benchmarks.Names(), name):
		if content, err = benchmarks.Text(name); err != nil {
			return benchFile{}, err
		}
	case errors.Is(err, fs.ErrNotExist):
		return benchFile{}, fmt.Errorf("there is no file %q, and no benchmark of that name ships with this program; shipped are %s", name, strings.Join(benchmarks.Names(), ", "))
	default:
		return benchFile{}, err
	}
	if len(content) > 0 && content[0] == canonicalStart {
		file.canonical = content
	} else {
		file.text = content
	}
	return file, nil
}

// readInput reads a file, or standard input; one byte more than the limit tells that there
// is more.
func readInput(command *cobra.Command, name string, limit int64) ([]byte, error) {
	if name == standardInput {
		return io.ReadAll(io.LimitReader(command.InOrStdin(), limit+1))
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// spec reads what the file declares; the error names the file.
func (f benchFile) spec() (*spec.Spec, error) {
	read, content := spec.Parse, f.text
	if f.canonical != nil {
		read, content = spec.Decode, f.canonical
	}
	s, err := read(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return s, nil
}

// loadBench reads a benchmark that must be valid.
func loadBench(command *cobra.Command, name string) (benchFile, *spec.Spec, error) {
	file, err := readBench(command, name)
	if err != nil {
		return file, nil, err
	}
	s, err := file.spec()
	return file, s, err
}

// settingLines finds the line of each setting of a YAML text, by its path.
type settingLines map[string]int

func linesOf(text []byte) settingLines {
	lines := settingLines{}
	var document yaml.Node
	if yaml.Unmarshal(text, &document) == nil && len(document.Content) == 1 {
		lines.walk(document.Content[0], "")
	}
	return lines
}

func (l settingLines) walk(node *yaml.Node, path string) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			at := strings.TrimPrefix(path+"."+node.Content[i].Value, ".")
			l[at] = node.Content[i].Line
			l.walk(node.Content[i+1], at)
		}
	case yaml.SequenceNode:
		for i, element := range node.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			l[at] = element.Line
			l.walk(element, at)
		}
	}
}

// of returns the line of a setting or, when it was not given, of the innermost one around
// it; 0 when there is no text.
func (l settingLines) of(path string) int {
	for path != "" {
		if line, given := l[path]; given {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return min(len(l), 1)
}

// benchEnv is where a benchmark finds what it names by digest.
type benchEnv struct {
	blobs []string
	fetch bool
}

func (e *benchEnv) addFlags(command *cobra.Command) {
	command.Flags().StringArrayVar(&e.blobs, "blobs", nil, "folder with blobs/<sha256> of modules, shards and models, such as that of a data set; may be repeated")
	command.Flags().BoolVar(&e.fetch, "fetch", false, "fetch what is not at hand from the mirrors that the benchmark names")
}

// open makes a benchmark ready. What was returned must be closed.
func (e *benchEnv) open(ctx context.Context, file benchFile, s *spec.Spec) (*openedBench, error) {
	atHand := []fs.FS{benchmarks.Files(), corpus.Files}
	folders := e.blobs
	if file.folder != "" {
		folders = append(folders[:len(folders):len(folders)], file.folder)
	}
	for _, folder := range folders {
		if info, err := os.Stat(folder); err != nil {
			return nil, err
		} else if !info.IsDir() {
			return nil, fmt.Errorf("%s is no folder", folder)
		}
		atHand = append(atHand, os.DirFS(folder))
	}
	bench, err := workbench.Open(workbench.Options{AtHand: atHand})
	if err != nil {
		return nil, err
	}
	env := bench.Env()
	env.Blobs = &deskBlobs{inner: env.Blobs, sets: openSets(atHand), fetch: e.fetch}
	if !e.fetch {
		env.Models = deskModels{env.Models}
	}
	program, err := benchmark.Open(ctx, s, env)
	if _, missing := errors.AsType[*blob.FetchError](err); missing && !e.fetch {
		err = fmt.Errorf("%w; name the folder that has it by --blobs, or let it be fetched by --fetch", err)
	}
	if err != nil {
		return nil, errors.Join(err, bench.Close())
	}
	return &openedBench{Program: program, bench: bench}, nil
}

// openedBench is a benchmark with what it stands on.
type openedBench struct {
	*benchmark.Program
	bench *workbench.Workbench
}

func (o *openedBench) close() error {
	o.Program.Close()
	return o.bench.Close()
}

// deskBlobs asks mirrors only where that is wanted, and opens sealed sets of which the
// owner has the folder.
type deskBlobs struct {
	inner benchmark.Blobs
	sets  map[[sha256.Size]byte]dataset.Source
	fetch bool
}

// openSets finds the data sets among folders, by their roots.
func openSets(folders []fs.FS) map[[sha256.Size]byte]dataset.Source {
	sets := map[[sha256.Size]byte]dataset.Source{}
	for _, folder := range folders {
		if source, manifest, err := dataset.OpenFolder(folder, 0); err == nil { // others are no data sets
			sets[manifest.Root] = source
		}
	}
	return sets
}

// From implements [benchmark.Blobs].
func (d *deskBlobs) From(mirrors []string) benchmark.BlobSource {
	if !d.fetch {
		mirrors = nil
	}
	return &deskSource{BlobSource: d.inner.From(mirrors), sets: d.sets}
}

type deskSource struct {
	benchmark.BlobSource
	sets map[[sha256.Size]byte]dataset.Source
}

// GetOpening implements [dataset.OpeningFetcher].
func (d *deskSource) GetOpening(ctx context.Context, root [sha256.Size]byte, index uint64, limit int64, accept func([]byte) error) error {
	source, atHand := d.sets[root]
	if !atHand {
		return d.BlobSource.GetOpening(ctx, root, index, limit, accept)
	}
	opening, err := source.Open(ctx, index)
	if err != nil {
		return err
	}
	return accept(opening.Encode())
}

// deskModels loads models from what is at hand only.
type deskModels struct{ inner benchmark.Models }

// Model implements [benchmark.Models].
func (d deskModels) Model(ctx context.Context, declared spec.Model) (benchmark.Model, error) {
	declared.Mirrors = nil
	return d.inner.Model(ctx, declared)
}
