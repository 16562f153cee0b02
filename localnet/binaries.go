package localnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Binaries are the three programs a network is made of.
type Binaries struct {
	Agorad, Miner, Validator string
}

// FindBinaries looks for the programs in dir, or, where dir is empty, beside the
// program that runs. Its error names what is missing and how to get it.
func FindBinaries(dir string) (Binaries, error) {
	self, err := os.Executable()
	if err != nil {
		return Binaries{}, fmt.Errorf("find the running program: %w; name the folder of the programs with --bin-dir", err)
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return Binaries{}, fmt.Errorf("find the running program: %w; name the folder of the programs with --bin-dir", err)
	}
	found := Binaries{Agorad: self}
	programs := map[string]*string{"miner": &found.Miner, "validator": &found.Validator}
	if dir == "" {
		dir = filepath.Dir(self)
	} else {
		programs["agorad"] = &found.Agorad
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return Binaries{}, fmt.Errorf("--bin-dir: %w", err)
	}
	var missing []error
	for _, name := range []string{"agorad", "miner", "validator"} {
		target, wanted := programs[name]
		if !wanted {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			missing = append(missing, fmt.Errorf("no program %s in %s", name, dir))
		case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
			missing = append(missing, fmt.Errorf("%s cannot be executed", path))
		default:
			*target = path
		}
	}
	if len(missing) > 0 {
		return Binaries{}, fmt.Errorf("%w; build them with make build, or name their folder with --bin-dir", errors.Join(missing...))
	}
	return found, nil
}
