package dataset

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// blobsFolder holds the shards in a set's folder.
const blobsFolder = "blobs"

// Folder gets shards out of the folder of a set, which may be embedded in a program.
type Folder struct{ Files fs.FS }

// Get implements [Fetcher].
func (f Folder) Get(_ context.Context, sha256 [32]byte, size int64) ([]byte, error) {
	return readBounded(f.Files, path.Join(blobsFolder, hex.EncodeToString(sha256[:])), size)
}

// readBounded reads at most one byte more than size.
func readBounded(files fs.FS, name string, size int64) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, size+1))
}

// ReadManifest reads the manifest of a set's folder. The error wraps [ErrMissing]
// when there is none, and [ErrInvalid].
func ReadManifest(files fs.FS) (Manifest, error) {
	data, err := readBounded(files, ManifestName, MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fmt.Errorf("%w: the folder has no %s", ErrMissing, ManifestName)
	}
	if err != nil {
		return Manifest{}, err
	}
	return DecodeManifest(data)
}

// OpenFolder opens the set in a folder; cacheBytes are those of [NewSharded].
func OpenFolder(files fs.FS, cacheBytes int64) (*Sharded, Manifest, error) {
	manifest, err := ReadManifest(files)
	if err != nil {
		return nil, Manifest{}, err
	}
	source, err := NewSharded(manifest.Set, Folder{Files: files}, cacheBytes)
	return source, manifest, err
}

// BuildFolder is [Build] into a folder, which must not be there yet, or be empty; the
// error is then an fs.ErrExist. The folder appears when it is complete: a failure and
// the end of the context leave nothing. Progress, if not nil, is called after each
// item, with how many items have been gone through: twice as many as the set has in
// the end.
func BuildFolder(ctx context.Context, folder string, items iter.Seq2[Item, error], options Options, progress func(done uint64)) (manifest Manifest, err error) {
	folder = filepath.Clean(folder) // "set/" would be its own parent
	switch there, err := os.ReadDir(folder); {
	case len(there) > 0:
		return Manifest{}, fmt.Errorf("%s has files in it; build into a new folder: %w", folder, fs.ErrExist)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return Manifest{}, err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil { //nolint:gosec // a mirror serves the folder
		return Manifest{}, err
	}
	building, err := os.MkdirTemp(filepath.Dir(folder), "."+filepath.Base(folder)+"-")
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = os.RemoveAll(building) }()                                 // fails harmlessly once it is renamed
	if err := os.Mkdir(filepath.Join(building, blobsFolder), 0o755); err != nil { //nolint:gosec // a mirror serves the folder
		return Manifest{}, err
	}
	manifest, err = Build(watched(ctx, items, progress), options, func(shard Shard, content []byte) error {
		return writeFile(filepath.Join(building, blobsFolder, hex.EncodeToString(shard.SHA256[:])), content)
	})
	if err != nil {
		return Manifest{}, err
	}
	text, err := manifest.Encode()
	if err != nil {
		return Manifest{}, err
	}
	if err := writeFile(filepath.Join(building, ManifestName), text); err != nil {
		return Manifest{}, err
	}
	if err := os.Chmod(building, 0o755); err != nil { //nolint:gosec // a mirror serves the folder
		return Manifest{}, err
	}
	_ = os.Remove(folder) // an empty folder is in the way of a rename on some systems
	return manifest, os.Rename(building, folder)
}

// watched passes items on, reports them, and ends with the context.
func watched(ctx context.Context, items iter.Seq2[Item, error], progress func(done uint64)) iter.Seq2[Item, error] {
	done := uint64(0)
	return func(yield func(Item, error) bool) {
		for item, err := range items {
			if err == nil && ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if !yield(item, err) || err != nil {
				return
			}
			if done++; progress != nil {
				progress(done)
			}
		}
	}
}

// writeFile writes a file through to the disk.
func writeFile(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a mirror serves the file
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// VerifyAll opens every item of a set and checks that it is of its kind. Progress, if
// not nil, is called after each item. It stops at the first error, which is that of
// the source or wraps [ErrInvalid].
func VerifyAll(ctx context.Context, manifest Manifest, source Source, progress func(done uint64)) error {
	for index := range manifest.Items {
		opening, err := source.Open(ctx, index)
		if err != nil {
			return err
		}
		if err := Verify(manifest.Root, manifest.Items, opening); err != nil {
			return err
		}
		if err := manifest.Kind.Check(opening.Item); err != nil {
			return fmt.Errorf("item %d: %w", index, err)
		}
		if progress != nil {
			progress(index + 1)
		}
	}
	return nil
}

// ReadSeed reads the secret seed of a set from a file: 64 hexadecimal digits. A file
// that is not there it creates, readable by its owner only, with a seed that nobody
// knows.
func ReadSeed(name string) (seed [32]byte, err error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := rand.Read(seed[:]); err != nil {
			return seed, err
		}
		return seed, os.WriteFile(name, []byte(hex.EncodeToString(seed[:])+"\n"), 0o600)
	}
	if err != nil {
		return seed, err
	}
	decoded, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(decoded) != len(seed) {
		return seed, fmt.Errorf("%w: %s does not hold a seed of %d hexadecimal digits", ErrInvalid, name, 2*len(seed))
	}
	return [32]byte(decoded), nil
}
