//go:build linux && !static

package gpu

import "github.com/ebitengine/purego"

// openNVML opens the library of the driver, or says why there is none.
func openNVML(name string) (opened *nvml, absent string) {
	library, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, NoLibrary
	}
	n := &nvml{}
	for function, to := range map[string]any{
		"nvmlInit_v2":                   &n.start,
		"nvmlShutdown":                  &n.stop,
		"nvmlErrorString":               &n.words,
		"nvmlSystemGetDriverVersion":    &n.driver,
		"nvmlDeviceGetCount_v2":         &n.count,
		"nvmlDeviceGetHandleByIndex_v2": &n.byIndex,
		"nvmlDeviceGetName":             &n.name,
		"nvmlDeviceGetMemoryInfo":       &n.memory,
		"nvmlDeviceGetUtilizationRates": &n.load,
		"nvmlDeviceGetTemperature":      &n.temperature,
		"nvmlDeviceGetPowerUsage":       &n.power,
	} {
		address, err := purego.Dlsym(library, function)
		if err != nil {
			return nil, "the NVIDIA driver library has no " + function + "; update the driver"
		}
		purego.RegisterFunc(to, address)
	}
	return n, ""
}
