package gpu

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// libraryName is found by the system's loader; the driver installs it.
const libraryName = "libnvidia-ml.so.1"

// Codes of NVML.
const (
	success           = 0
	temperatureOfGPU  = 0
	maxTextBytes      = 96 // NVML_DEVICE_NAME_V2_BUFFER_SIZE, the longest of those used
	maxCode           = 1 << 16
	unknownErrorWords = "unknown error"
)

// handle is NVML's name of a device.
type handle uintptr

type memoryInfo struct{ total, free, used uint64 } //nolint:unused // C's layout

type utilization struct{ gpu, memory uint32 } //nolint:unused // C's layout

// nvml holds the functions that are used, with C's arguments.
type nvml struct {
	start, stop func() int32
	words       func(code int32) string
	driver      func(text *byte, length uint32) int32
	count       func(*uint32) int32
	byIndex     func(uint32, *handle) int32
	name        func(d handle, text *byte, length uint32) int32
	memory      func(handle, *memoryInfo) int32
	load        func(handle, *utilization) int32
	temperature func(d handle, sensor int32, to *uint32) int32
	power       func(handle, *uint32) int32
}

// check names a failed call.
func (n *nvml) check(call string, code int32) error {
	if code == success {
		return nil
	}
	words := unknownErrorWords
	if code > 0 && code < maxCode {
		words = n.words(code)
	}
	return fmt.Errorf("%w: %s: %s (%d)", ErrNVML, call, words, code)
}

func (n *nvml) driverVersion() string {
	return text(func(to *byte, length uint32) int32 { return n.driver(to, length) })
}

// text reads a C string and makes it fit for a line; "" when the call fails.
func text(read func(*byte, uint32) int32) string {
	var buffer [maxTextBytes + 1]byte // the last byte stays zero
	if read(&buffer[0], maxTextBytes) != success {
		return ""
	}
	end := bytes.IndexByte(buffer[:], 0)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(buffer[:end]), "?"))
}

// device reads one device. What it does not report stays Unknown; only a device that
// cannot be had at all is an error.
func (n *nvml) device(index uint32) (Device, error) {
	var h handle
	if err := n.check("nvmlDeviceGetHandleByIndex_v2", n.byIndex(index, &h)); err != nil {
		return Device{}, err
	}
	d := Device{
		Index: int(index), Name: text(func(to *byte, length uint32) int32 { return n.name(h, to, length) }),
		MemoryTotal: Unknown, MemoryUsed: Unknown, Utilization: Unknown, Temperature: Unknown, Power: Unknown,
	}
	var memory memoryInfo
	if n.memory(h, &memory) == success && memory.total <= math.MaxInt64 && memory.used <= memory.total {
		d.MemoryTotal, d.MemoryUsed = int64(memory.total), int64(memory.used)
	}
	var load utilization
	if n.load(h, &load) == success && load.gpu <= 100 {
		d.Utilization = int(load.gpu)
	}
	var value uint32
	if n.temperature(h, temperatureOfGPU, &value) == success && value < 1000 {
		d.Temperature = int(value)
	}
	if n.power(h, &value) == success {
		d.Power = int64(value)
	}
	return d, nil
}
