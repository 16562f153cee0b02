package blob

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/agora-network/agora/internal/blobdir"
)

// MaxBytes bounds a blob where nothing else is asked for, 64 MiB.
const MaxBytes = 64 << 20

// DefaultStoreBytes is what a store may take of the disk, 4 GiB.
const DefaultStoreBytes = 4 << 30

// Failures of a store, for errors.Is.
var (
	// ErrNotFound: the blob is not there.
	ErrNotFound = blobdir.ErrNotFound
	// ErrCorrupt: the file of a blob no longer has the content its name says. It is
	// replaced when the blob is put again.
	ErrCorrupt = blobdir.ErrCorrupt
	// ErrTooLarge: a blob is larger than may be.
	ErrTooLarge = blobdir.ErrTooLarge
	// ErrFull: pinned blobs leave no room for another.
	ErrFull = errors.New("blob store is full")
)

// StoreOptions say how much a store keeps.
type StoreOptions struct {
	// MaxBytes is the most it takes of the disk. Default [DefaultStoreBytes].
	MaxBytes int64
	// MaxBlobBytes bounds a blob. Default [MaxBytes]. A blob is held in memory while it is
	// put and got.
	MaxBlobBytes int64
	// Now is the clock that orders blobs by their last use. Default time.Now.
	Now func() time.Time
}

// Store keeps blobs under their sha256 on disk:
//
//	blobs/ab/abcd…       content, named by its digest
//	pins/<name>/abcd…    empty; the blob is pinned under this name
//	tmp/                 blobs being written
//
// A blob appears whole or not at all. When there is no room for another, those go
// that were used longest ago and are not pinned.
type Store struct {
	dir     *blobdir.Dir
	max     int64
	maxBlob int64
	now     func() time.Time

	writing sync.Mutex // held by Put, before mu: one blob at a time makes room and is written

	mu    sync.Mutex // guards what follows, and the removal of files
	held  map[[32]byte]*list.Element
	order list.List // of *heldBlob, the one used last in front
	bytes int64
	pins  map[string][][32]byte
}

type heldBlob struct {
	digest  [32]byte
	size    int64
	used    time.Time
	checked bool // its content has been verified since the store was opened
}

// OpenStore opens the store in a directory, which it creates if need be, and removes
// what a crash left half-written and what is more than it may keep.
func OpenStore(dir string, options StoreOptions) (*Store, error) {
	if options.MaxBytes <= 0 {
		options.MaxBytes = DefaultStoreBytes
	}
	if options.MaxBlobBytes <= 0 {
		options.MaxBlobBytes = MaxBytes
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	files, err := blobdir.Open(dir, pinsFolder)
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	s := &Store{dir: files, max: options.MaxBytes, maxBlob: options.MaxBlobBytes, now: options.Now, held: map[[32]byte]*list.Element{}, pins: map[string][][32]byte{}}
	if err := s.readPins(); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	var found []*heldBlob
	err = s.dir.Blobs(func(digest [32]byte, path string) error {
		info, err := os.Stat(path)
		if err == nil {
			found = append(found, &heldBlob{digest: digest, size: info.Size(), used: info.ModTime()})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	slices.SortStableFunc(found, func(a, b *heldBlob) int { return cmp.Compare(a.used.UnixNano(), b.used.UnixNano()) })
	for _, blob := range found {
		s.add(blob)
	}
	if err := s.makeRoom(0); err != nil && !errors.Is(err, ErrFull) {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	return s, nil
}

// Put keeps a blob and returns its digest. When it returns without an error the blob
// survives a crash. The error wraps [ErrTooLarge] for a blob larger than MaxBlobBytes or
// than the store, and [ErrFull].
func (s *Store) Put(blob []byte) ([32]byte, error) {
	digest := sha256.Sum256(blob)
	size := int64(len(blob))
	if most := min(s.maxBlob, s.max); size > most {
		return digest, fmt.Errorf("%w: %d bytes, at most %d are kept", ErrTooLarge, size, most)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	switch _, err := s.Get(digest); {
	case err == nil:
		return digest, nil
	case errors.Is(err, ErrNotFound):
	case errors.Is(err, ErrCorrupt), errors.Is(err, ErrTooLarge):
		if err := s.drop(digest); err != nil {
			return digest, err
		}
	default:
		return digest, err
	}
	s.mu.Lock()
	err := s.makeRoom(size)
	s.mu.Unlock()
	if err != nil {
		return digest, err
	}
	if err := s.dir.Write(s.dir.BlobPath(digest), blob); err != nil {
		return digest, fmt.Errorf("store blob: %w", err)
	}
	s.mu.Lock()
	s.add(&heldBlob{digest: digest, size: size})
	s.mu.Unlock()
	s.touch(digest, true)
	return digest, nil
}

// Get returns a blob after checking its content. The error wraps [ErrNotFound],
// [ErrCorrupt] or [ErrTooLarge].
func (s *Store) Get(digest [32]byte) ([]byte, error) {
	blob, err := s.dir.Get(digest, s.maxBlob)
	if err != nil {
		return nil, fmt.Errorf("read blob: %w", err)
	}
	s.touch(digest, true)
	return blob, nil
}

// Size returns the size of a blob, and whether it is there.
func (s *Store) Size(digest [32]byte) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, ok := s.held[digest]
	if !ok {
		return 0, false
	}
	return element.Value.(*heldBlob).size, true
}

// Open returns a blob to be read from, and its size. Its content is checked the first
// time it is asked for; whoever gets it checks it anyway. The error is that of
// [Store.Get].
func (s *Store) Open(digest [32]byte) (io.ReadCloser, int64, error) {
	if !s.wasChecked(digest) {
		if _, err := s.Get(digest); err != nil {
			return nil, 0, err
		}
	}
	file, err := os.Open(s.dir.BlobPath(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: %x", ErrNotFound, digest)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read blob: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	s.touch(digest, false)
	return file, info.Size(), nil
}

// Usage is what a store holds.
type Usage struct {
	// Blobs and Bytes are all there is, Pinned the bytes of it that are pinned.
	Blobs         int
	Bytes, Pinned int64
	// MaxBytes is the most it may take.
	MaxBytes int64
}

// Usage tells what the store holds.
func (s *Store) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	usage := Usage{Blobs: len(s.held), Bytes: s.bytes, MaxBytes: s.max}
	for digest := range s.pinned() {
		if element, ok := s.held[digest]; ok {
			usage.Pinned += element.Value.(*heldBlob).size
		}
	}
	return usage
}

const pinsFolder = "pins"

var pinName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Pin makes the blobs pinned under a name exactly these; none ends the name. They need
// not be there yet. A name is 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with a
// letter or digit. Pins survive a restart.
func (s *Store) Pin(name string, digests ...[32]byte) error {
	if !pinName.MatchString(name) {
		return fmt.Errorf("pin blobs: %q is no name for a pin: 1 to 64 of a-z, 0-9, '.', '_' and '-'", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(s.pins[name], digests) {
		return nil
	}
	for _, digest := range digests {
		if slices.Contains(s.pins[name], digest) {
			continue
		}
		if err := s.dir.Write(s.pinPath(name, digest), nil); err != nil {
			return fmt.Errorf("pin blobs: %w", err)
		}
	}
	for _, digest := range s.pins[name] {
		if slices.Contains(digests, digest) {
			continue
		}
		if err := os.Remove(s.pinPath(name, digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("unpin blobs: %w", err)
		}
	}
	s.pins[name] = slices.Clone(digests)
	if len(digests) > 0 {
		return nil
	}
	delete(s.pins, name)
	if err := os.RemoveAll(s.dir.Path(pinsFolder, name)); err != nil {
		return fmt.Errorf("unpin blobs: %w", err)
	}
	return nil
}

// Pins lists the names under which blobs are pinned, in alphabetical order.
func (s *Store) Pins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.pins))
	for name := range s.pins {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *Store) readPins() error {
	return s.dir.Walk(pinsFolder, func(digest [32]byte, path string) error {
		name := filepath.Base(filepath.Dir(path))
		s.pins[name] = append(s.pins[name], digest)
		return nil
	})
}

func (s *Store) pinPath(name string, digest [32]byte) string {
	return s.dir.Path(pinsFolder, name, hex.EncodeToString(digest[:]))
}

// pinned is every pinned blob; mu must be held.
func (s *Store) pinned() map[[32]byte]struct{} {
	all := map[[32]byte]struct{}{}
	for _, digests := range s.pins {
		for _, digest := range digests {
			all[digest] = struct{}{}
		}
	}
	return all
}

// makeRoom removes what was used longest ago until size more bytes fit; mu must be
// held. The error wraps [ErrFull].
func (s *Store) makeRoom(size int64) error {
	if s.bytes+size <= s.max {
		return nil
	}
	pinned := s.pinned()
	for element := s.order.Back(); element != nil && s.bytes+size > s.max; {
		blob, next := element.Value.(*heldBlob), element.Prev()
		if _, stays := pinned[blob.digest]; !stays {
			if err := s.dir.Remove(blob.digest); err != nil {
				return fmt.Errorf("make room for a blob: %w", err)
			}
			s.forget(element)
		}
		element = next
	}
	if s.bytes+size > s.max {
		return fmt.Errorf("%w: pinned blobs have %d of %d bytes, %d more are needed; let it take more of the disk, or follow fewer benchmarks", ErrFull, s.bytes, s.max, size)
	}
	return nil
}

// drop removes a blob whatever it is needed for.
func (s *Store) drop(digest [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.dir.Remove(digest); err != nil {
		return fmt.Errorf("remove blob: %w", err)
	}
	if element, ok := s.held[digest]; ok {
		s.forget(element)
	}
	return nil
}

// add takes a blob's file into account; mu must be held once the store is in use.
func (s *Store) add(blob *heldBlob) {
	if before, ok := s.held[blob.digest]; ok {
		s.forget(before) // somebody took its file away
	}
	s.held[blob.digest] = s.order.PushFront(blob)
	s.bytes += blob.size
}

// forget takes a blob's file out of account; mu must be held.
func (s *Store) forget(element *list.Element) {
	blob := s.order.Remove(element).(*heldBlob)
	delete(s.held, blob.digest)
	s.bytes -= blob.size
}

// touch notes a use, also in the time of the file, by which the order survives a
// restart.
func (s *Store) touch(digest [32]byte, checked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, ok := s.held[digest]
	if !ok {
		return
	}
	blob := element.Value.(*heldBlob)
	blob.checked = blob.checked || checked
	blob.used = s.now()
	s.order.MoveToFront(element)
	// A time that cannot be set costs the order after a restart, nothing else.
	_ = os.Chtimes(s.dir.BlobPath(digest), blob.used, blob.used)
}

func (s *Store) wasChecked(digest [32]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, ok := s.held[digest]
	return ok && element.Value.(*heldBlob).checked
}
