//go:build !linux

package canon

func adviseLargePages([]float32) {}
