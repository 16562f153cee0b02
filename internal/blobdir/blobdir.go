// Package blobdir is a folder of content-addressed files, the ground that stores of
// blobs stand on: what is kept, and for how long, is theirs to say.
//
//	blobs/ab/abcd…  content, named by its sha256
//	tmp/            files being written
//
// A file appears whole or not at all, survives a crash once it was written without
// an error, and is checked against its name whenever it is read. Reading and writing
// may happen from many goroutines; whoever removes files must keep readers of the
// names apart. The folder belongs to one process.
package blobdir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Failures of a folder, for errors.Is.
var (
	// ErrNotFound: the folder holds no blob of that digest.
	ErrNotFound = errors.New("blob is not in the store")
	// ErrCorrupt: the file of a blob no longer has the content its name says.
	ErrCorrupt = errors.New("blob is corrupt")
	// ErrTooLarge: the file of a blob is longer than the reader allows.
	ErrTooLarge = errors.New("blob is too large")
)

const (
	blobsFolder = "blobs"
	tmpFolder   = "tmp"
)

// Dir is such a folder.
type Dir struct{ root string }

// Open opens the folder, creates it and the given folders beside the blobs if need
// be, and removes what a crash left half-written.
func Open(root string, beside ...string) (*Dir, error) {
	d := &Dir{root: filepath.Clean(root)}
	if err := os.RemoveAll(d.Path(tmpFolder)); err != nil {
		return nil, fmt.Errorf("clear what was half-written: %w", err)
	}
	for _, sub := range append([]string{blobsFolder, tmpFolder}, beside...) {
		if err := os.MkdirAll(d.Path(sub), 0o700); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Path is the path of a file in the folder.
func (d *Dir) Path(parts ...string) string {
	return filepath.Join(append([]string{d.root}, parts...)...)
}

// BlobPath is the path of a blob, which may not be there.
func (d *Dir) BlobPath(digest [32]byte) string {
	name := hex.EncodeToString(digest[:])
	return d.Path(blobsFolder, name[:2], name)
}

// Get returns a blob of at most limit bytes after checking its content. The error
// wraps [ErrNotFound], [ErrTooLarge] or [ErrCorrupt].
func (d *Dir) Get(digest [32]byte, limit int64) ([]byte, error) {
	path := d.BlobPath(digest)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %x", ErrNotFound, digest)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	blob, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(blob)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, path, limit)
	}
	if sha256.Sum256(blob) != digest {
		return nil, fmt.Errorf("%w: %s does not have the content its name says; restore it from another copy or delete it", ErrCorrupt, path)
	}
	return blob, nil
}

// Put writes a blob under the digest of its content.
func (d *Dir) Put(blob []byte) ([32]byte, error) {
	digest := sha256.Sum256(blob)
	return digest, d.Write(d.BlobPath(digest), blob)
}

// Remove deletes a blob; one that is not there is no error.
func (d *Dir) Remove(digest [32]byte) error {
	if err := os.Remove(d.BlobPath(digest)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Blobs visits the blobs in ascending order of their digests.
func (d *Dir) Blobs(visit func(digest [32]byte, path string) error) error {
	return d.Walk(blobsFolder, visit)
}

// Walk visits the files below one of the folders that are named by a digest; others
// are not the store's and are left alone.
func (d *Dir) Walk(sub string, visit func(digest [32]byte, path string) error) error {
	return filepath.WalkDir(d.Path(sub), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if digest, ok := ParseDigest(entry.Name()); ok {
			return visit(digest, path)
		}
		return nil
	})
}

// Write makes a file of the folder appear with its whole content, through a crash as
// well: content and directory entries are on disk when it returns.
func (d *Dir) Write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(d.Path(tmpFolder), "blob-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // fails harmlessly once it is renamed
	if _, err := file.Write(content); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Sync(); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	// The directories above may be new, too.
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if err := syncDir(dir); err != nil {
			return err
		}
		if dir == d.root || dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// ParseDigest reads the name of a blob's file: 64 lower-case hexadecimal digits.
func ParseDigest(name string) (digest [32]byte, ok bool) {
	if len(name) != 2*len(digest) {
		return digest, false
	}
	if _, err := hex.Decode(digest[:], []byte(name)); err != nil {
		return digest, false
	}
	return digest, hex.EncodeToString(digest[:]) == name
}
