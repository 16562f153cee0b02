package gpu

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Unknown marks a number that a device does not report.
const Unknown = -1

// NoLibrary is Status.Absent on a machine without NVIDIA's driver.
const NoLibrary = "no NVIDIA driver library"

// ErrNVML: the library is there and a call of it failed.
var ErrNVML = errors.New("NVML")

// maxDevices bounds a list that a broken library could make endless.
const maxDevices = 256

// Device is one GPU at one moment. Numbers may be Unknown.
type Device struct {
	Index int
	Name  string
	// MemoryTotal and MemoryUsed in bytes.
	MemoryTotal, MemoryUsed int64
	// Utilization is how much of the last moments a kernel ran, in percent.
	Utilization int
	// Temperature in degrees Celsius.
	Temperature int
	// Power in milliwatts.
	Power int64
}

// Status is what is known at one moment.
type Status struct {
	// Absent says why there is nothing to tell; "" when there is a driver.
	Absent string
	// Driver is its version.
	Driver  string
	Devices []Device
}

// String is one line per device, or one line saying that there is none.
func (s Status) String() string {
	if s.Absent != "" {
		return s.Absent
	}
	if len(s.Devices) == 0 {
		return fmt.Sprintf("driver %s, no GPU", s.Driver)
	}
	lines := make([]string, len(s.Devices))
	for i, d := range s.Devices {
		const mebibyte = 1 << 20
		lines[i] = fmt.Sprintf("GPU %d %s: %s of %s MiB, load %s %%, %s °C, %s W, driver %s", d.Index, d.Name,
			number(d.MemoryUsed, mebibyte), number(d.MemoryTotal, mebibyte), number(int64(d.Utilization), 1),
			number(int64(d.Temperature), 1), number(d.Power, 1000), s.Driver)
	}
	return strings.Join(lines, "\n")
}

func number(value, unit int64) string {
	if value == Unknown {
		return "?"
	}
	return fmt.Sprint(value / unit)
}

// Reader reads GPUs. It is safe for concurrent use. The zero value works.
type Reader struct {
	mu     sync.Mutex // guards the fields below; NVML is asked one question at a time
	nvml   *nvml
	absent string
	driver string
}

// Read asks the driver anew. A machine without one gives a Status with Absent set
// and no error, at no cost after the first time. An error wraps ErrNVML.
func (r *Reader) Read() (Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.absent != "" {
		return Status{Absent: r.absent}, nil
	}
	if r.nvml == nil {
		opened, absent := openNVML(libraryName)
		if opened == nil {
			r.absent = absent
			return Status{Absent: absent}, nil
		}
		if err := opened.check("nvmlInit_v2", opened.start()); err != nil {
			return Status{}, err
		}
		r.nvml, r.driver = opened, opened.driverVersion()
	}
	return r.read()
}

func (r *Reader) read() (Status, error) {
	status := Status{Driver: r.driver}
	var count uint32
	if err := r.nvml.check("nvmlDeviceGetCount_v2", r.nvml.count(&count)); err != nil {
		return Status{}, err
	}
	for i := range min(count, maxDevices) {
		device, err := r.nvml.device(i)
		if err != nil {
			return Status{}, err
		}
		status.Devices = append(status.Devices, device)
	}
	return status, nil
}

// Close ends the use of the driver. Read begins it again.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.nvml == nil {
		return nil
	}
	err := r.nvml.check("nvmlShutdown", r.nvml.stop())
	r.nvml = nil
	return err
}
