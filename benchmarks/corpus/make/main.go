// Command make writes the corpus that ships with the program: it collects comments of
// Go's standard library and builds them into a data set. Run it by `go generate` in the
// folder above; with the Go version it names it always writes the same bytes.
package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/agora-network/agora/benchmark/dataset"
)

// goVersion is whose comments the corpus has.
const goVersion = "go1.26.8"

// packages are those with prose in their comments.
var packages = []string{
	"bufio", "bytes", "compress/flate", "container/heap", "context", "crypto/tls", "database/sql", "embed",
	"encoding/binary", "encoding/gob", "encoding/json", "encoding/xml", "errors", "expvar", "flag", "fmt",
	"go/build", "hash/maphash", "html/template", "image", "io", "io/fs", "iter", "log/slog", "maps",
	"math/big", "math/rand/v2", "mime/multipart", "net", "net/http", "net/netip", "net/url", "os", "os/exec",
	"os/signal", "path", "path/filepath", "reflect", "regexp", "regexp/syntax", "runtime", "runtime/debug", "slices",
	"sort", "strconv", "strings", "sync", "sync/atomic", "testing", "testing/fstest", "testing/synctest",
	"text/scanner", "text/tabwriter", "text/template", "time", "unicode/utf8", "unique", "weak",
}

// A document is one to several paragraphs of a comment; a whole comment where it fits.
const (
	minDocument = 500
	maxDocument = 1800
	// maxDocuments and shardBytes give four shards of 32 documents.
	maxDocuments = 128
	shardBytes   = 64 << 10
)

func main() {
	if err := run(context.Background(), "."); err != nil {
		fmt.Fprintln(os.Stderr, "make corpus:", err)
		os.Exit(1)
	}
}

// run replaces the data set in a folder.
func run(ctx context.Context, folder string) error {
	root, err := goroot(ctx)
	if err != nil {
		return err
	}
	fresh := filepath.Join(folder, "fresh")
	if _, err := write(ctx, root, fresh); err != nil {
		return err
	}
	var errs []error
	for _, name := range []string{dataset.ManifestName, "blobs"} {
		errs = append(errs, os.RemoveAll(filepath.Join(folder, name)), os.Rename(filepath.Join(fresh, name), filepath.Join(folder, name)))
	}
	return errors.Join(append(errs, os.Remove(fresh))...)
}

// goroot is where the library of the right version is.
func goroot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	version, root, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if version != goVersion {
		return "", fmt.Errorf("the corpus is made of the comments of %s, this is %s", goVersion, version)
	}
	return root, nil
}

// write builds the set into a folder that is not there yet.
func write(ctx context.Context, root, folder string) (dataset.Manifest, error) {
	documents, err := collect(root)
	if err != nil {
		return dataset.Manifest{}, err
	}
	items := func(yield func(dataset.Item, error) bool) {
		for _, document := range documents {
			if !yield(dataset.Item{Bytes: []byte(document)}, nil) {
				return
			}
		}
	}
	// Everybody has these texts: the seed of the salts is no secret.
	options := dataset.Options{Kind: dataset.Documents, ShardBytes: shardBytes}
	return dataset.BuildFolder(ctx, folder, items, options, nil)
}

// collect takes documents from the packages in turn, one of each before the next,
// until there are enough.
func collect(root string) ([]string, error) {
	var found [][]string
	for _, name := range packages {
		documents, err := documentsOf(filepath.Join(root, "src", filepath.FromSlash(name)), name)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", name, err)
		}
		found = append(found, documents)
	}
	var all []string
	seen := map[string]bool{}
	for round, more := 0, true; more; round++ {
		more = false
		for _, documents := range found {
			if round >= len(documents) {
				continue
			}
			more = true
			document := documents[round]
			if seen[document] {
				continue
			}
			seen[document] = true
			if all = append(all, document); len(all) == maxDocuments {
				return all, nil
			}
		}
	}
	return nil, fmt.Errorf("there are %d documents, %d are needed", len(all), maxDocuments)
}

// documentsOf returns the comments of a package and of what it exports, in their order
// in its documentation, cut into documents.
func documentsOf(dir, name string) ([]string, error) {
	// One platform, so that the same files are read everywhere.
	platform := build.Default
	platform.GOOS, platform.GOARCH, platform.CgoEnabled = "linux", "amd64", false
	listed, err := platform.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, file := range listed.GoFiles {
		syntax, err := parser.ParseFile(files, filepath.Join(dir, file), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, syntax)
	}
	described, err := doc.NewFromFiles(files, parsed, name)
	if err != nil {
		return nil, err
	}
	var documents []string
	add := func(text string) { documents = append(documents, cut(plain(described, text))...) }
	add(described.Doc)
	for _, function := range described.Funcs {
		add(function.Doc)
	}
	for _, kind := range described.Types {
		add(kind.Doc)
		for _, function := range append(kind.Funcs, kind.Methods...) {
			add(function.Doc)
		}
	}
	return documents, nil
}

// plain is a comment as text, every paragraph on one line.
func plain(described *doc.Package, text string) string {
	printer := comment.Printer{TextWidth: -1}
	return string(printer.Text(described.Parser().Parse(text)))
}

// cut groups paragraphs into documents and leaves out what is too short or too long.
func cut(text string) []string {
	var documents []string
	var current strings.Builder
	flush := func() {
		if current.Len() >= minDocument {
			documents = append(documents, current.String())
		}
		current.Reset()
	}
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if current.Len()+2+len(paragraph) > maxDocument {
			flush()
		}
		if len(paragraph) > maxDocument {
			continue
		}
		if current.Len() > 0 {
			current.WriteString("\n\n")
		}
		current.WriteString(paragraph)
	}
	flush()
	return documents
}
