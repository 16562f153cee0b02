package canon

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// Path names an implementation. All give the same bits.
type Path string

// The paths, slowest first.
const (
	// Generic is plain Go, for every processor.
	Generic Path = "generic"
	// AVX2 is amd64 assembly with 256-bit vectors.
	AVX2 Path = "avx2"
	// AVX512 is amd64 assembly with 512-bit vectors for matrix products.
	AVX512 Path = "avx512"
)

// PathVariable is the environment variable that chooses the path of Best, for
// tests and measurements. A path that this machine cannot run is ignored.
const PathVariable = "AGORA_CANON"

// Paths lists the paths that this machine can run, slowest first.
func Paths() []Path { return append([]Path{Generic}, fastPaths()...) }

// For returns the kernels of a path, or an error that names those this machine has.
func For(path Path) (*Kernels, error) {
	paths := Paths()
	if !slices.Contains(paths, path) {
		names := make([]string, len(paths))
		for i, p := range paths {
			names[i] = string(p)
		}
		return nil, fmt.Errorf("canon: path %q is not available here; there are %s", path, strings.Join(names, ", "))
	}
	if path == Generic {
		return &generic, nil
	}
	return fastKernels(path), nil
}

// Best returns the fastest kernels of this machine.
var Best = sync.OnceValue(func() *Kernels {
	if k, err := For(Path(os.Getenv(PathVariable))); err == nil {
		return k
	}
	paths := Paths()
	k, err := For(paths[len(paths)-1])
	if err != nil {
		return &generic
	}
	return k
})

// Kernels is one implementation of the arithmetic. It holds no state, so any
// number of goroutines may share it.
type Kernels struct {
	path Path
	// tile computes one tile; see tileArguments.
	tile func(*tileArguments)
	// maxRows bounds the rows of a tile, panels gives how many panels a tile of so
	// many rows takes at once, the best first.
	maxRows int
	panels  [maxTileRows + 1][]int

	vector vectorKernels
	// int8Row computes the given panels of an int8 matrix for one row; nil where
	// widening the weights first is all there is.
	int8Row func(out, in []float32, m *Panels, from, to int)
}

// Path names the implementation.
func (k *Kernels) Path() Path { return k.path }

// vectorKernels handle vectors of whole lanes; widen handles whole int8 blocks.
type vectorKernels struct {
	max     func(lanes *[Lanes]float32, x []float32)
	sum     func(lanes *[Lanes]float32, x []float32)
	squares func(lanes *[Lanes]float32, x []float32, minus float32)
	exps    func(lanes *[Lanes]float32, x []float32, minus float32)
	add     func(to, from []float32)
	scale   func(x []float32, factor float32)
	divide  func(x []float32, by float32)
	norm    func(out, x, weight []float32, factor float32)
	swiglu  func(gate, up []float32)
	gelu    func(x []float32)
	rotate  func(low, high, cos, sin []float32)
	widen   func(to []float32, values []int8, scales []float32)
}
