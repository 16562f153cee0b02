//go:build !linux

package gpu

// openNVML finds nothing: telemetry is supported on Linux.
func openNVML(string) (opened *nvml, absent string) { return nil, NoLibrary }
