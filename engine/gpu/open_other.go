//go:build !linux || static

package gpu

// openNVML finds nothing: telemetry is supported on Linux, and not in a static program.
func openNVML(string) (opened *nvml, absent string) { return nil, NoLibrary }
