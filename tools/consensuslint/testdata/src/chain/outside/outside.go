package outside

import (
	"io"
	_ "net/http" // want `import net/http: it differs between machines`
	"os"
	_ "os/exec" // want `import os/exec`
	"path/filepath"
	_ "runtime" // want `import runtime`
	_ "unsafe"  // want `import unsafe`
)

func environment() string {
	return os.Getenv("HOME") // want `use os.Getenv`
}

func arguments() []string {
	return os.Args // want `use os.Args`
}

func file() (io.Reader, error) {
	return os.Open(filepath.Join("a", "b")) // want `use os.Open`
}

func allowed() io.Writer {
	return os.Stderr //consensus:allow outside logs go here and nothing comes back
}
