package cli

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/internal/daemon"
)

func newBenchDataset() *cobra.Command {
	command := &cobra.Command{
		Use:   "dataset",
		Short: "Make a data set of questions or documents, and look into one",
		Long: `dataset makes a folder of JSON lines that a benchmark names by one Merkle root. Any web server that serves the folder is
a mirror of it; what it serves cannot be changed without notice. Questions should stay sealed: leave the folder at home,
and open items one by one, to validators that ask for them and to nobody else.`,
		Example: `  validator bench dataset build questions.jsonl questions/ --sealed --mirror https://example.org/questions
  validator bench dataset verify questions/`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newDatasetBuild(), newDatasetShow(), newDatasetVerify(), newDatasetOpen())
	return command
}

// shownSet is what the commands say of a data set.
type shownSet struct {
	Kind   dataset.Kind `json:"kind"`
	Root   string       `json:"root"`
	Items  uint64       `json:"items"`
	Shards int          `json:"shards"`
	Bytes  int64        `json:"bytes"`
	// Spec is what a benchmark says of it, in YAML.
	Spec string `json:"spec"`
	// Epochs is after how many epochs as many items were drawn as there are; 0 if that
	// was not asked.
	Epochs uint64 `json:"epochs,omitempty"`
}

// specFlags say how a benchmark names a data set.
type specFlags struct {
	mirrors []string
	sealed  bool
}

func (f *specFlags) addFlags(command *cobra.Command) {
	command.Flags().StringArrayVar(&f.mirrors, "mirror", nil, "address below which the folder, or openings, are served; may be repeated")
	command.Flags().BoolVar(&f.sealed, "sealed", false, "name no shards in the benchmark, so that items are opened one by one")
}

func (f *specFlags) describe(manifest *dataset.Manifest) (shownSet, error) {
	text, err := manifest.SpecYAML(f.mirrors, f.sealed)
	if err != nil {
		return shownSet{}, err
	}
	shown := shownSet{Kind: manifest.Kind, Root: hex.EncodeToString(manifest.Root[:]), Items: manifest.Items, Shards: len(manifest.Shards), Spec: text}
	for _, shard := range manifest.Shards {
		shown.Bytes += shard.Length
	}
	return shown, nil
}

func setText(s shownSet) string {
	var text strings.Builder
	fmt.Fprintf(&text, "root    %s\nkind    %s\nitems   %d\nshards  %d, %d bytes\n", s.Root, s.Kind, s.Items, s.Shards, s.Bytes)
	if s.Epochs > 0 {
		fmt.Fprintf(&text, "epochs  %d, after which as many items were drawn as there are\n", s.Epochs)
	}
	fmt.Fprintf(&text, "\nin the source of a benchmark:\n%s", s.Spec)
	return text.String()
}

func newDatasetBuild() *cobra.Command {
	var kind, seedFile string
	var shardBytes int64
	var spec specFlags
	command := &cobra.Command{
		Use:   "build LINES FOLDER",
		Short: "Make a data set out of a file of JSON lines",
		Long: `build reads a file of JSON lines and writes a folder with shards and a manifest, which must not be there yet. It prints
what a benchmark has to say of the set. Questions have the fields prompt, expected, alternatives, tests, schema, data and
family; documents are strings, or objects with a text. What is wrong with a line is said with its number.

Salts hide items that have not been opened. They come from a seed, which is made up and forgotten unless --seed-file
names where it is kept: then the same lines give the same set again.`,
		Example: `  validator bench dataset build questions.jsonl questions/ --sealed --mirror https://example.org/questions
  validator bench dataset build texts.jsonl texts/ --kind documents --seed-file texts.seed`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			if err := dataset.Kind(kind).Validate(); err != nil {
				return daemon.UsageError(fmt.Errorf("--kind: %w", err))
			}
			if shardBytes < 0 || shardBytes > dataset.MaxShardBytes {
				return daemon.UsageError(fmt.Errorf("--shard-bytes %d: must be 0 to %d", shardBytes, dataset.MaxShardBytes))
			}
			options := dataset.Options{Kind: dataset.Kind(kind), ShardBytes: shardBytes}
			if seedFile == "" {
				if _, err := rand.Read(options.Seed[:]); err != nil {
					return err
				}
			} else {
				seed, err := dataset.ReadSeed(seedFile)
				if err != nil {
					return err
				}
				options.Seed = seed
			}
			bar := newProgress(command.ErrOrStderr(), -1, "items read, twice each")
			manifest, err := dataset.BuildFolder(command.Context(), args[1], dataset.File(args[0], options.Kind), options, bar.set)
			bar.done()
			if err != nil {
				return err
			}
			shown, err := spec.describe(&manifest)
			if err != nil {
				return err
			}
			return daemon.Show(command, shown, func() string { return setText(shown) })
		},
	}
	command.Flags().StringVar(&kind, "kind", string(dataset.Questions), "what the lines are: questions or documents")
	command.Flags().StringVar(&seedFile, "seed-file", "", "file of the secret seed of the salts; made when it is not there")
	command.Flags().Int64Var(&shardBytes, "shard-bytes", 0, "size that a shard should not exceed; 0 for 1 MiB")
	spec.addFlags(command)
	addOutputFlags(command)
	return command
}

func newDatasetShow() *cobra.Command {
	var perEpoch uint64
	var spec specFlags
	command := &cobra.Command{
		Use:   "show FOLDER",
		Short: "Show what a data set is, and what a benchmark says of it",
		Long:  `show reads the manifest of a data set. It checks no shard; see verify.`,
		Example: `  validator bench dataset show questions/
  validator bench dataset show questions/ --per-epoch 1024 --sealed --mirror https://example.org/questions`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			manifest, err := dataset.ReadManifest(os.DirFS(args[0]))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			shown, err := spec.describe(&manifest)
			if err != nil {
				return err
			}
			shown.Epochs = dataset.Epochs(manifest.Items, perEpoch)
			return daemon.Show(command, shown, func() string { return setText(shown) })
		},
	}
	command.Flags().Uint64Var(&perEpoch, "per-epoch", 0, "items that an epoch draws, for all miners and validators together: says for how many epochs the set lasts")
	spec.addFlags(command)
	addOutputFlags(command)
	return command
}

func newDatasetVerify() *cobra.Command {
	command := &cobra.Command{
		Use:   "verify FOLDER",
		Short: "Open every item of a data set and check it",
		Long: `verify opens every item of a data set, checks it against the root and the shards' digests, and that it is a question or
a document. The exit code is 3 when anything is wrong.`,
		Example: "  validator bench dataset verify questions/",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			source, manifest, err := dataset.OpenFolder(os.DirFS(args[0]), 0)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			bar := newProgress(command.ErrOrStderr(), int64(manifest.Items), "items checked")
			err = dataset.VerifyAll(command.Context(), manifest, source, bar.set)
			bar.done()
			if ended := command.Context().Err(); ended != nil {
				return ended
			}
			shown := struct {
				Root  string `json:"root"`
				Items uint64 `json:"items"`
				OK    bool   `json:"ok"`
				Wrong string `json:"wrong,omitempty"`
			}{Root: hex.EncodeToString(manifest.Root[:]), Items: manifest.Items, OK: err == nil}
			if err != nil {
				shown.Wrong = err.Error()
			}
			if err := daemon.Show(command, shown, func() string {
				if !shown.OK {
					return "WRONG " + shown.Wrong
				}
				return fmt.Sprintf("all %d items are those of root %s", shown.Items, shown.Root)
			}); err != nil {
				return err
			}
			if !shown.OK {
				return daemon.ErrUnwell
			}
			return nil
		},
	}
	addOutputFlags(command)
	return command
}

// shownOpening is what `dataset open` prints.
type shownOpening struct {
	Root     string             `json:"root"`
	Index    uint64             `json:"index"`
	Question *question.Question `json:"question,omitempty"`
	Document string             `json:"document,omitempty"`
	// Bytes of the opening, which proves that the item is in the set.
	Bytes int `json:"opening_bytes"`
}

func newDatasetOpen() *cobra.Command {
	var write string
	command := &cobra.Command{
		Use:   "open FOLDER INDEX",
		Short: "Open one item of a data set",
		Long: `open shows one item and checks that the root binds it. --write keeps the opening: served at items/<root>/<index> by a
mirror, it lets validators ask about that item of a sealed set, and about no other.`,
		Example: `  validator bench dataset open questions/ 17
  validator bench dataset open questions/ 17 --write 17`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			index, err := strconv.ParseUint(args[1], 10, 64)
			if err != nil {
				return daemon.UsageError(fmt.Errorf("%q is not the index of an item", args[1]))
			}
			source, manifest, err := dataset.OpenFolder(os.DirFS(args[0]), 0)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			opening, err := source.Open(command.Context(), index)
			if err != nil {
				return err
			}
			if err := dataset.Verify(manifest.Root, manifest.Items, opening); err != nil {
				return err
			}
			encoded := opening.Encode()
			if write != "" {
				if err := writeNew(write, encoded); err != nil {
					return err
				}
			}
			shown := shownOpening{Root: hex.EncodeToString(manifest.Root[:]), Index: index, Bytes: len(encoded)}
			if manifest.Kind == dataset.Questions {
				q, err := dataset.Question(opening.Item)
				if err != nil {
					return err
				}
				shown.Question = &q
			} else {
				shown.Document = string(opening.Item)
			}
			return daemon.Show(command, shown, func() string { return openingText(shown) })
		},
	}
	command.Flags().StringVar(&write, "write", "", "write the opening to this file, which must not be there yet")
	addOutputFlags(command)
	return command
}

func openingText(o shownOpening) string {
	var text strings.Builder
	fmt.Fprintf(&text, "item %d of root %s\n", o.Index, o.Root)
	if o.Question == nil {
		indented(&text, o.Document)
		return text.String()
	}
	indented(&text, o.Question.Prompt)
	questionText(&text, o.Question)
	return text.String()
}

// progressInterval is how often it is drawn.
const progressInterval = 100 * time.Millisecond

// progress shows people how far a long command is; nothing where nobody looks.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress begins one of total steps, -1 when their number is not known.
func newProgress(to io.Writer, total int64, what string) progress {
	file, isFile := to.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return progress{}
	}
	return progress{progressbar.NewOptions64(total, progressbar.OptionSetWriter(to), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(progressInterval), progressbar.OptionClearOnFinish())}
}

func (p progress) set(done uint64) {
	if p.bar != nil {
		_ = p.bar.Set64(int64(done)) // a bar that cannot be drawn is no reason to stop
	}
}

func (p progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
