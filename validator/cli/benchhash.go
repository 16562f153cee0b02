package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/internal/benchdoc"
	"github.com/agora-network/agora/internal/daemon"
)

// shownHash is what `bench hash` prints.
type shownHash struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
	// MaxBytes is the most that the chain takes.
	MaxBytes int `json:"max_bytes"`
}

func newBenchHash() *cobra.Command {
	var write string
	command := &cobra.Command{
		Use:   "hash FILE",
		Short: "Print the digest and size of a benchmark",
		Long: `hash prints the sha256 of the canonical bytes of a benchmark, by which the chain and all evidence know it, and how many
bytes they are. Comments and the order of settings do not change it; every setting does.`,
		Example: `  validator bench hash sums.yaml
  validator bench hash basics --json
  validator bench hash sums.yaml --write sums.bin`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			_, s, err := loadBench(command, args[0])
			if err != nil {
				return err
			}
			canonical, err := spec.Encode(s)
			if err != nil {
				return err
			}
			digest, err := spec.Digest(s)
			if err != nil {
				return err
			}
			if write != "" {
				if err := writeNew(write, canonical); err != nil {
					return err
				}
			}
			shown := shownHash{Name: s.Name, SHA256: hex.EncodeToString(digest[:]), Bytes: len(canonical), MaxBytes: spec.MaxBytes}
			return daemon.Show(command, shown, func() string {
				return fmt.Sprintf("%s  %s\n%d bytes of at most %d", shown.SHA256, shown.Name, shown.Bytes, shown.MaxBytes)
			})
		},
	}
	command.Flags().StringVar(&write, "write", "", "write the canonical bytes to this file, which must not be there yet")
	addOutputFlags(command)
	return command
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a benchmark is no secret
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is left as it is; choose another name or move it away", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

func newBenchNew() *cobra.Command {
	var from string
	command := &cobra.Command{
		Use:   "new NAME",
		Short: "Copy a benchmark that ships with this program to a file",
		Long: `new writes NAME.yaml, a copy of an example with its comments and your name in it. An existing file is never changed.
The examples are ` + strings.Join(benchmarks.Names(), ", ") + `.`,
		Example: `  validator bench new sums --from arithmetic
  validator bench new puzzles`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			path := strings.TrimSuffix(args[0], ".yaml") + ".yaml"
			name := strings.TrimSuffix(filepath.Base(path), ".yaml")
			text, err := benchmarks.Text(from)
			if err != nil {
				return daemon.UsageError(err)
			}
			named, err := renamed(text, name)
			if err != nil {
				return daemon.UsageError(err)
			}
			if err := writeNew(path, named); err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "wrote %s, a copy of %s\nnext: edit it, then\n  validator bench lint %s\n  validator bench explain %s\n", path, from, path, path)
			return nil
		},
	}
	command.Flags().StringVar(&from, "from", benchmarks.Default, "example that is copied")
	return command
}

// renamed gives the text of a benchmark another name, and checks that it is still one.
func renamed(text []byte, name string) ([]byte, error) {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "name:") {
			lines[i] = fmt.Sprintf("name: %q", name)
			if isPlainName(name) {
				lines[i] = "name: " + name
			}
		}
	}
	changed := []byte(strings.Join(lines, "\n"))
	_, err := spec.Parse(changed)
	return changed, err
}

// isPlainName tells a name that YAML reads as text without quotes.
func isPlainName(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && r != '-' {
			return false
		}
	}
	switch name {
	case "", "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return name[0] != '-'
}

func newBenchSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of benchmark files, for editors",
		Long: `schema prints a JSON schema (draft 2020-12) by which an editor completes and checks a benchmark while it is written. It
leaves contradictions between settings for ` + "`validator bench lint`" + ` to find.`,
		Example: `  validator bench schema > benchmark.schema.json
  (then, as the first line of a benchmark)  # yaml-language-server: $schema=benchmark.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			schema, err := benchdoc.Schema()
			if err != nil {
				return err
			}
			_, err = command.OutOrStdout().Write(schema)
			return err
		},
	}
}

func newBenchReference() *cobra.Command {
	return &cobra.Command{
		Use:   "reference",
		Short: "Print everything that a benchmark can say, as Markdown",
		Long: `reference prints every setting with its range, every generator with its families and an example of each, every scorer,
metric and statistic, and every reason for which an item has no score: docs/benchmark-reference.md of this release.`,
		Example: "  validator bench reference > benchmark-reference.md",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			fmt.Fprint(command.OutOrStdout(), benchdoc.Reference())
			return nil
		},
	}
}
