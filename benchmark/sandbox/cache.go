package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
)

// codeCache keeps compiled code on disk, a folder for each module. The compiler's own
// format has a checksum of the code but not of the counts before it, so a digest of
// everything lies beside: what a full disk or a crash left behind is never read.
type codeCache struct {
	dir  string
	most int64
	// one guards the folder against the other goroutines of this process; other
	// processes are met by renaming and by digests.
	one sync.Mutex
}

// digestName is the file with the digest of the others.
const digestName = "sha256"

func openCache(dir string, most int64) (*codeCache, error) {
	if most == 0 {
		most = DefaultCacheBytes
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of compiled code: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of compiled code: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of compiled code: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("folder of compiled code %s: others may write there (mode %04o): run chmod go-w, or name a folder of your own", dir, info.Mode().Perm())
	}
	return &codeCache{dir: dir, most: most}, nil
}

// compile calls do with the folder of a module's code, and once more with an empty one
// when what was kept does not work.
func (c *codeCache) compile(metered []byte, do func(wazero.CompilationCache) error) error {
	c.one.Lock()
	defer c.one.Unlock()
	digest := sha256.Sum256(metered)
	dir := filepath.Join(c.dir, hex.EncodeToString(digest[:]))
	kept := intact(dir)
	if !kept {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("damaged code in the cache: %w", err)
		}
	}
	err := try(dir, do)
	if err != nil && kept { // perhaps code of another version of the compiler
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("damaged code in the cache: %w", err)
		}
		kept = false
		err = try(dir, do)
	}
	if err != nil {
		_ = os.RemoveAll(dir) // what is left of it is found damaged the next time
		return err
	}
	if kept {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // only the order of forgetting depends on it
		return nil
	}
	if err := seal(dir); err != nil {
		return fmt.Errorf("keeping compiled code: %w", err)
	}
	return c.forget(dir)
}

func try(dir string, do func(wazero.CompilationCache) error) error {
	code, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return fmt.Errorf("folder of compiled code: %w", err)
	}
	return do(code) // which closes it when it fails
}

// intact tells whether the digest in the folder is that of what lies there.
func intact(dir string) bool {
	want, err := os.ReadFile(filepath.Join(dir, digestName))
	if err != nil {
		return false
	}
	have, err := digestOf(dir)
	return err == nil && string(want) == have
}

// seal writes the digest of what lies in the folder.
func seal(dir string) error {
	digest, err := digestOf(dir)
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, digestName+".new")
	if err := os.WriteFile(temporary, []byte(digest), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(dir, digestName))
}

// digestOf reads all files below the folder but those in it, in the order of their
// names.
func digestOf(dir string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	hash := sha256.New()
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path.Dir(name) == "." {
			return err
		}
		file, err := root.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		fmt.Fprintf(hash, "%s\n", name)
		_, err = io.Copy(hash, file)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// forget removes the code that was not used for longest until the rest is small enough.
// The folder that was just filled stays.
func (c *codeCache) forget(newest string) error {
	type kept struct {
		dir   string
		used  time.Time
		bytes int64
	}
	var all []kept
	total := int64(0)
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("folder of compiled code: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !entry.IsDir() || len(entry.Name()) != 2*sha256.Size {
			continue // not ours, or gone meanwhile
		}
		k := kept{dir: filepath.Join(c.dir, entry.Name()), used: info.ModTime()}
		err = filepath.WalkDir(k.dir, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				k.bytes += info.Size()
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("folder of compiled code: %w", err)
		}
		total += k.bytes
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b kept) int { return a.used.Compare(b.used) })
	for _, k := range all {
		if total <= c.most {
			break
		}
		if k.dir == newest {
			continue
		}
		if err := os.RemoveAll(k.dir); err != nil {
			return fmt.Errorf("folder of compiled code: %w", err)
		}
		total -= k.bytes
	}
	return nil
}
