package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Names under which Hugging Face's libraries save a model's weights in a folder.
const (
	SingleName = "model.safetensors"
	IndexName  = "model.safetensors.index.json"
)

// Limits of a sharded model.
const (
	// MaxIndexBytes bounds the index file.
	MaxIndexBytes = 16 << 20
	// MaxShards bounds the number of files of one model.
	MaxShards = 512
)

var (
	// ErrPickle: the folder holds weights only in a format that runs code when it
	// is loaded. It is never read.
	ErrPickle = errors.New("weights are only there as pickle, which can run code and is never read; save them as safetensors")
	// ErrNoWeights: the folder holds no weights.
	ErrNoWeights = errors.New("no weights found")
)

// pickled lists the usual names of pickled weights, to say why a folder is refused.
var pickled = []string{"pytorch_model*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt"}

// Set is the weights of one model in one or several files.
type Set struct {
	files []*File
	paths []string
	home  map[string]*File // which file holds a tensor
}

// OpenSet opens the weights in a folder: what IndexName lists, or SingleName, or
// the only file that ends in .safetensors. The caller closes the Set.
func OpenSet(folder string) (*Set, error) {
	index := filepath.Join(folder, IndexName)
	if info, err := os.Stat(index); err == nil {
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %s is not a regular file", ErrMalformed, index)
		}
		return openIndexed(folder, index)
	}
	path := filepath.Join(folder, SingleName)
	if _, err := os.Stat(path); err != nil {
		if path, err = onlyFile(folder); err != nil {
			return nil, err
		}
	}
	return OpenFiles(path)
}

// OpenFiles opens weights that lie in the files given. The caller closes the Set.
func OpenFiles(paths ...string) (*Set, error) {
	set := &Set{home: map[string]*File{}}
	for _, path := range paths {
		if err := set.add(path); err != nil {
			return nil, errors.Join(err, set.Close())
		}
	}
	return set, nil
}

// NewSet is the Set of one file that is open already.
func NewSet(file *File) *Set {
	set := &Set{files: []*File{file}, home: map[string]*File{}}
	for _, name := range file.names {
		set.home[name] = file
	}
	return set
}

func onlyFile(folder string) (string, error) {
	found, err := filepath.Glob(filepath.Join(folder, "*.safetensors"))
	switch {
	case err != nil:
		return "", fmt.Errorf("safetensors: %w", err)
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%w: %s has %d files that end in .safetensors and no %s that says how they belong together", ErrNoWeights, folder, len(found), IndexName)
	}
	for _, pattern := range pickled {
		if bad, _ := filepath.Glob(filepath.Join(folder, pattern)); len(bad) > 0 {
			return "", fmt.Errorf("%w: %s", ErrPickle, bad[0])
		}
	}
	return "", fmt.Errorf("%w: %s has neither %s nor %s", ErrNoWeights, folder, SingleName, IndexName)
}

func (s *Set) add(path string) error {
	file, err := Open(path)
	if err != nil {
		return err
	}
	s.files, s.paths = append(s.files, file), append(s.paths, path)
	for _, name := range file.names {
		if _, twice := s.home[name]; twice {
			return fmt.Errorf("%w: tensor %q is in two files, one is %s", ErrMalformed, name, path)
		}
		s.home[name] = file
	}
	return nil
}

// openIndexed opens the shards that an index lists and checks that index and
// shards say the same.
func openIndexed(folder, path string) (*Set, error) {
	home, err := readIndex(path)
	if err != nil {
		return nil, err
	}
	shards := slices.Sorted(maps.Values(home))
	shards = slices.Compact(shards)
	if len(shards) > MaxShards {
		return nil, fmt.Errorf("%w: %s lists %d files, at most %d are accepted", ErrMalformed, path, len(shards), MaxShards)
	}
	for i, name := range shards {
		// A name with a separator could leave the folder.
		if name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
			return nil, fmt.Errorf("%w: %s lists %q, which is not the name of a file beside it", ErrMalformed, path, name)
		}
		shards[i] = filepath.Join(folder, name)
	}
	set, err := OpenFiles(shards...)
	if err != nil {
		return nil, err
	}
	if err := set.agrees(home); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), set.Close())
	}
	return set, nil
}

func (s *Set) agrees(home map[string]string) error {
	for i, file := range s.files {
		for _, name := range file.names {
			if shard, listed := home[name]; !listed || shard != filepath.Base(s.paths[i]) {
				return fmt.Errorf("%w: tensor %q lies in %s, the index says %q", ErrMalformed, name, filepath.Base(s.paths[i]), shard)
			}
		}
	}
	if len(s.home) == len(home) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(home)) {
		if _, there := s.home[name]; !there {
			return fmt.Errorf("%w: tensor %q is listed in %s, which does not hold it", ErrMalformed, name, home[name])
		}
	}
	return nil
}

func readIndex(path string) (map[string]string, error) {
	handle, err := os.Open(path) //nolint:gosec // a fixed name in the folder that the caller chose
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	defer handle.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(handle, MaxIndexBytes+1))
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	if len(text) > MaxIndexBytes {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrMalformed, path, MaxIndexBytes)
	}
	home, err := parseIndex(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return home, nil
}

// parseIndex returns the file name of each tensor.
func parseIndex(text []byte) (map[string]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("%w: index: %w", ErrMalformed, err)
	}
	if len(index.WeightMap) == 0 {
		return nil, fmt.Errorf("%w: the index has no weight_map", ErrMalformed)
	}
	return index.WeightMap, nil
}

// Paths lists the files in the order in which they were opened.
func (s *Set) Paths() []string { return slices.Clone(s.paths) }

// Names lists all tensors, file by file in the order of their data.
func (s *Set) Names() []string {
	var names []string
	for _, file := range s.files {
		names = append(names, file.names...)
	}
	return names
}

// Tensor returns the named tensor.
func (s *Set) Tensor(name string) (Tensor, bool) {
	file, ok := s.home[name]
	if !ok {
		return Tensor{}, false
	}
	return file.Tensor(name)
}

// Metadata returns one free-text entry of the first file that has it.
func (s *Set) Metadata(key string) (string, bool) {
	for _, file := range s.files {
		if value, ok := file.Metadata(key); ok {
			return value, true
		}
	}
	return "", false
}

// Close closes all files.
func (s *Set) Close() error {
	var errs []error
	for _, file := range s.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
