package evidence

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// refsFolder holds an empty file for every reason to keep a blob. All that a ref says
// is in the file's path, so that it is there whole or not at all:
//
//	refs/<netuid>/<epoch>/<benchmark>/<keep epochs>/abcd…
const refsFolder = "refs"

// Ref is what a blob is kept for, and for how long.
type Ref struct {
	Netuid    uint32 // subnet
	Epoch     uint64 // epoch of the subnet
	Benchmark uint32 // number of the benchmark on the subnet
	// KeepEpochs is for how many epochs the blob is kept, beside the store's own number:
	// the larger counts. 0 leaves it to the store.
	KeepEpochs uint64
}

// Kept is a blob that a store keeps, and why.
type Kept struct {
	Ref
	Digest [32]byte // sha256 of the blob
}

// Refs lists what the store keeps, in ascending order of subnet, epoch, benchmark,
// digest and KeepEpochs. A blob that was put for several refs appears once for each.
func (s *Store) Refs() ([]Kept, error) {
	s.mu.Lock() // Prune removes folders
	defer s.mu.Unlock()
	var all []Kept
	if err := s.walkRefs(refsFolder, func(kept Kept, _ string) { all = append(all, kept) }); err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	slices.SortFunc(all, func(a, b Kept) int {
		return cmp.Or(
			cmp.Compare(a.Netuid, b.Netuid),
			cmp.Compare(a.Epoch, b.Epoch),
			cmp.Compare(a.Benchmark, b.Benchmark),
			slices.Compare(a.Digest[:], b.Digest[:]),
			cmp.Compare(a.KeepEpochs, b.KeepEpochs),
		)
	})
	return all, nil
}

// dropRefs removes the refs of a subnet that have been kept long enough.
func (s *Store) dropRefs(netuid uint32, current uint64) error {
	subnet := filepath.Join(refsFolder, strconv.FormatUint(uint64(netuid), 10))
	var old []string
	err := s.walkRefs(subnet, func(kept Kept, path string) {
		if kept.Epoch <= current && current-kept.Epoch > max(s.keep, kept.KeepEpochs) {
			old = append(old, path)
		}
	})
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
		// Folders above that are empty now go too; removing the first that is not fails.
		for dir := filepath.Dir(path); dir != s.dir.Path(refsFolder) && os.Remove(dir) == nil; dir = filepath.Dir(dir) {
		}
	}
	return nil
}

// walkRefs visits the refs below a folder, which need not be there. Other files are
// not the store's and are left alone.
func (s *Store) walkRefs(sub string, visit func(kept Kept, path string)) error {
	err := s.dir.Walk(sub, func(digest [32]byte, path string) error {
		below, err := filepath.Rel(s.dir.Path(refsFolder), filepath.Dir(path))
		if err != nil {
			return err
		}
		if ref, ok := parseRef(filepath.ToSlash(below)); ok {
			visit(Kept{Ref: ref, Digest: digest}, path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// parseRef reads the folder of a ref, in the one way in which refPath writes it.
func parseRef(folder string) (ref Ref, ok bool) {
	var numbers [4]uint64
	bits := [len(numbers)]int{32, 64, 32, 64}
	parts := strings.Split(folder, "/")
	// Stores of earlier versions end at the epoch: benchmark 0, kept as the store says.
	if len(parts) != len(numbers) && len(parts) != 2 {
		return Ref{}, false
	}
	for i, part := range parts {
		number, err := strconv.ParseUint(part, 10, bits[i])
		if err != nil || strconv.FormatUint(number, 10) != part {
			return Ref{}, false
		}
		numbers[i] = number
	}
	return Ref{Netuid: uint32(numbers[0]), Epoch: numbers[1], Benchmark: uint32(numbers[2]), KeepEpochs: numbers[3]}, true
}

// refPath is the path of the file that keeps a blob for a ref.
func (s *Store) refPath(ref Ref, digest [32]byte) string {
	text := func(number uint64) string { return strconv.FormatUint(number, 10) }
	return s.dir.Path(refsFolder, text(uint64(ref.Netuid)), text(ref.Epoch), text(uint64(ref.Benchmark)), text(ref.KeepEpochs), hex.EncodeToString(digest[:]))
}
