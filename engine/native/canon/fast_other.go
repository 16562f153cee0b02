//go:build !amd64 || purego

package canon

func fastPaths() []Path { return nil }

func fastKernels(Path) *Kernels { return &generic }
