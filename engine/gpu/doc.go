// Package gpu reads what NVIDIA's management library (NVML) tells of the graphics
// processors in this machine: names, memory, load, temperature, power, driver.
//
// The library belongs to the driver. It is opened at run time, without a C compiler,
// and where it is missing that is a value, Status.Absent, not an error: a machine
// without a GPU is a first-class citizen. Telemetry is what a machine says of itself;
// it is a hint and proves nothing.
package gpu
