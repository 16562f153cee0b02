package gpu

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAMachineWithoutADriverSaysSo(t *testing.T) {
	opened, absent := openNVML("libthereisnosuch.so.1")
	require.Nil(t, opened)
	require.Equal(t, NoLibrary, absent)
	r := Reader{absent: absent}
	for range 2 {
		status, err := r.Read()
		require.NoError(t, err)
		require.Equal(t, Status{Absent: NoLibrary}, status)
		require.Equal(t, "no NVIDIA driver library", status.String())
	}
	require.NoError(t, r.Close())
}

func TestThisMachineIsReadOrSaysWhyNot(t *testing.T) {
	var r Reader
	status, err := r.Read()
	if err != nil {
		require.ErrorIs(t, err, ErrNVML)
		return
	}
	require.NotEmpty(t, status.String())
	t.Log(status)
	require.NoError(t, r.Close())
}

// fake is a driver with one device, each call of which answers code.
func fake(code int32) *nvml {
	return &nvml{
		start: func() int32 { return 0 }, stop: func() int32 { return 0 },
		words:       func(int32) string { return "some words" },
		driver:      func(to *byte, _ uint32) int32 { *to = '5'; return code },
		count:       func(to *uint32) int32 { *to = 1; return 0 },
		byIndex:     func(uint32, *handle) int32 { return 0 },
		name:        func(_ handle, to *byte, _ uint32) int32 { *to = '\n'; return code },
		memory:      func(_ handle, to *memoryInfo) int32 { *to = memoryInfo{total: 1, used: 2}; return code },
		load:        func(_ handle, to *utilization) int32 { to.gpu = 101; return code },
		temperature: func(_ handle, _ int32, to *uint32) int32 { *to = 1 << 31; return code },
		power:       func(_ handle, to *uint32) int32 { *to = 5; return code },
	}
}

func TestNumbersThatCannotBeAreUnknown(t *testing.T) {
	for code, power := range map[int32]int64{success: 5, 3: Unknown} {
		r := Reader{nvml: fake(code)}
		status, err := r.Read()
		require.NoError(t, err)
		require.Equal(t, []Device{{MemoryTotal: Unknown, MemoryUsed: Unknown, Utilization: Unknown, Temperature: Unknown, Power: power}}, status.Devices)
	}
}

func TestACallThatFailsIsNamed(t *testing.T) {
	n := fake(0)
	n.count = func(*uint32) int32 { return 15 }
	_, err := (&Reader{nvml: n}).Read()
	require.ErrorIs(t, err, ErrNVML)
	require.ErrorContains(t, err, "nvmlDeviceGetCount_v2: some words (15)")
	n = fake(0)
	n.byIndex = func(uint32, *handle) int32 { return -1 }
	_, err = (&Reader{nvml: n}).Read()
	require.ErrorContains(t, err, "unknown error (-1)")
}

func TestALibraryThatCountsWithoutEndIsBounded(t *testing.T) {
	n := fake(0)
	n.count = func(to *uint32) int32 { *to = 1 << 31; return 0 }
	status, err := (&Reader{nvml: n}).Read()
	require.NoError(t, err)
	require.Len(t, status.Devices, maxDevices)
}

func TestALibraryIsCalledTheWayCCallsIt(t *testing.T) {
	compiler, err := exec.LookPath("cc")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("no C compiler to make a library with")
	}
	path := filepath.Join(t.TempDir(), "nvml.so")
	out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-o", path, "testdata/nvml.c").CombinedOutput() //nolint:gosec // fixed arguments
	require.NoError(t, err, "%s", out)
	opened, absent := openNVML(path)
	require.Empty(t, absent)
	require.Zero(t, opened.start())
	r := Reader{nvml: opened, driver: opened.driverVersion()}
	status, err := r.Read()
	require.NoError(t, err)
	require.Equal(t, Status{Driver: "570.1", Devices: []Device{
		{Index: 0, Name: "Fake H200", MemoryTotal: 1 << 37, MemoryUsed: 1 << 36, Utilization: 87, Temperature: 61, Power: 412345},
		{Index: 1, Name: "Fake MIG", MemoryTotal: Unknown, MemoryUsed: Unknown, Utilization: Unknown, Temperature: Unknown, Power: Unknown},
	}}, status)
	require.Equal(t, "GPU 0 Fake H200: 65536 of 131072 MiB, load 87 %, 61 °C, 412 W, driver 570.1\n"+
		"GPU 1 Fake MIG: ? of ? MiB, load ? %, ? °C, ? W, driver 570.1", status.String())
	require.EqualError(t, opened.check("call", 3), "NVML: call: Not Supported (3)")
	require.NoError(t, r.Close())
}
