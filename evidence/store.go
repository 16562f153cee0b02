package evidence

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/agora-network/agora/internal/blobdir"
)

// Failures of a store, for errors.Is.
var (
	// ErrNotFound: the store holds no blob of that digest.
	ErrNotFound = blobdir.ErrNotFound
	// ErrCorrupt: the file of a blob no longer has the content its name says.
	ErrCorrupt = blobdir.ErrCorrupt
)

// MaxBlobBytes bounds a blob: the largest log fits.
const MaxBlobBytes = MaxLogBytes

// Store keeps blobs under their sha256 on disk:
//
//	blobs/ab/abcd…  content, named by its digest
//	refs/…          why and for how long each is kept, see [Ref]
//	tmp/            blobs being written
//
// A blob appears whole or not at all and is checked whenever it is read. It is kept
// for a declared number of epochs, see [Store.Prune].
type Store struct {
	dir  *blobdir.Dir
	keep uint64

	mu sync.Mutex // held by whatever changes files, so that Prune sees no blob without its ref
}

// OpenStore opens the store in a directory, which it creates if need be, and
// removes what a crash left half-written. An epoch's blobs are kept while at most
// keepEpochs (1 or more) epochs of its subnet have followed it, or longer where their
// refs say so.
func OpenStore(dir string, keepEpochs uint64) (*Store, error) {
	if keepEpochs < 1 {
		return nil, errors.New("open evidence store: evidence must be kept for at least 1 epoch")
	}
	files, err := blobdir.Open(dir, refsFolder)
	if err != nil {
		return nil, fmt.Errorf("open evidence store: %w", err)
	}
	s := &Store{dir: files, keep: keepEpochs}
	if _, err := s.sweep(); err != nil {
		return nil, fmt.Errorf("open evidence store: %w", err)
	}
	return s, nil
}

// KeepEpochs returns for how many epochs evidence is kept at least.
func (s *Store) KeepEpochs() uint64 { return s.keep }

// Put stores a blob for a ref and returns its digest. When it returns without an
// error the blob and its ref survive a crash. Putting the same again changes nothing,
// except that a corrupt file is replaced; a blob that is put for several refs is kept
// as long as the longest of them says.
func (s *Store) Put(ref Ref, blob []byte) ([32]byte, error) {
	digest := sha256.Sum256(blob)
	if len(blob) > MaxBlobBytes {
		return digest, fmt.Errorf("store evidence: %w: the blob has %d bytes, at most %d are allowed", ErrInvalid, len(blob), MaxBlobBytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, err := s.Get(digest); {
	case err == nil:
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrCorrupt):
		if err := s.dir.Write(s.dir.BlobPath(digest), blob); err != nil {
			return digest, fmt.Errorf("store evidence: %w", err)
		}
	default:
		return digest, fmt.Errorf("store evidence: %w", err)
	}
	// The ref comes last: a crash in between leaves a blob that the next sweep removes,
	// never a ref to nothing.
	if err := s.dir.Write(s.refPath(ref, digest), nil); err != nil {
		return digest, fmt.Errorf("store evidence: %w", err)
	}
	return digest, nil
}

// Get returns the blob of a digest after checking its content. The error wraps
// [ErrNotFound] or [ErrCorrupt].
func (s *Store) Get(digest [32]byte) ([]byte, error) {
	blob, err := s.dir.Get(digest, MaxBlobBytes)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	return blob, nil
}

// Open returns the blob of a digest to be read from, and its size. Its content is not
// checked: whoever gets it must. It can be read to its end also when it is pruned
// meanwhile. The error wraps [ErrNotFound].
func (s *Store) Open(digest [32]byte) (file *os.File, size int64, err error) {
	file, err = os.Open(s.dir.BlobPath(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("read evidence: %w: %x", ErrNotFound, digest)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read evidence: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("read evidence: %w", err), file.Close())
	}
	return file, info.Size(), nil
}

// Prune ends the keeping of what more epochs of a subnet have followed than the
// store's KeepEpochs and the ref's, current being the newest, and removes blobs that
// are kept for nothing else. It returns how many blobs it removed.
func (s *Store) Prune(netuid uint32, current uint64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.dropRefs(netuid, current); err != nil {
		return 0, fmt.Errorf("prune evidence: %w", err)
	}
	removed, err := s.sweep()
	if err != nil {
		return removed, fmt.Errorf("prune evidence: %w", err)
	}
	return removed, nil
}

// sweep removes blobs without a ref.
func (s *Store) sweep() (removed int, err error) {
	referenced := map[[32]byte]struct{}{}
	err = s.dir.Walk(refsFolder, func(digest [32]byte, _ string) error {
		referenced[digest] = struct{}{}
		return nil
	})
	if err != nil {
		return 0, err
	}
	err = s.dir.Blobs(func(digest [32]byte, path string) error {
		if _, kept := referenced[digest]; kept {
			return nil
		}
		removed++
		return os.Remove(path)
	})
	return removed, err
}
