package sandbox

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// suiteCommand is a line of the official test suite of WebAssembly, in the form in which
// wazero carries it.
type suiteCommand struct {
	Type, Filename, Name string
	Line                 int
	ModuleType           string       `json:"module_type"`
	Action               *suiteAction `json:"action"`
	Expected             []suiteValue
}

type suiteAction struct {
	Type, Module, Field string
	Args                []suiteValue
}

type suiteValue struct {
	Type  string
	Value json.RawMessage
}

// bits of a value; a NaN of any kind counts as the canonical one, which is what the
// rewriting makes of it.
func (v suiteValue) bits(t *testing.T) (bits uint64, known bool) {
	t.Helper()
	var text string
	if json.Unmarshal(v.Value, &text) != nil || !slices.Contains([]string{"i32", "i64", "f32", "f64"}, v.Type) {
		return 0, false // references and vectors
	}
	if strings.HasPrefix(text, "nan") {
		if v.Type == "f32" {
			return uint64(math.Float32bits(float32(math.NaN()))), true
		}
		return math.Float64bits(math.NaN()), true
	}
	bits, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return bits, true
}

// suiteCount is what a run of the suite met.
type suiteCount struct{ modules, calls, refused, broken int }

func suiteFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	require.NoError(t, err)
	dir := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest", "v2", "testdata")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("wazero's copy of the suite is not here")
	}
	return dir
}

// Modules with a meter in them must compute what the specification says: the parts of
// the official suite that import nothing run here, and modules that the suite calls
// invalid must stay refused.
func TestTheOfficialSuiteHoldsWithTheMeterInIt(t *testing.T) {
	dir := suiteFolder(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	both(t, func(t *testing.T, r *Runtime) { runSuites(t, r, dir, files) })
}

func runSuites(t *testing.T, r *Runtime, dir string, files []string) {
	t.Helper()
	var count suiteCount
	for _, file := range files {
		if name := filepath.Base(file); strings.HasPrefix(name, "simd") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var script struct{ Commands []suiteCommand }
		require.NoError(t, json.Unmarshal(text, &script))
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { runSuite(t, r, dir, script.Commands, &count) })
	}
	t.Logf("%+v", count)
	require.Greater(t, count.calls, 20_000)
	require.Greater(t, count.broken, 2000)
}

func runSuite(t *testing.T, r *Runtime, dir string, commands []suiteCommand, count *suiteCount) {
	t.Helper()
	var (
		current *Module
		guest   api.Module
	)
	release := func() {
		if current != nil {
			current.Close()
		}
		current, guest = nil, nil
	}
	defer release()
	call := &callContext{Context: context.Background()}
	var err error
	renew := func() { call.state = callState{left: 1 << 40, deadline: time.Now().Add(time.Hour)} }
	build := func(name string) (*Module, error) {
		code, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		parsed, err := parse(code)
		if err != nil {
			return nil, err
		}
		metered, err := rewrite(parsed, MaxMemoryPages)
		if err != nil {
			return nil, err
		}
		m := new(Module)
		return m, m.compile(context.Background(), r.config, metered)
	}
	for _, c := range commands {
		renew()
		switch c.Type {
		case "module":
			release()
			m, err := build(c.Filename)
			if err != nil {
				count.refused++
				t.Logf("line %d: %v", c.Line, err)
				continue
			}
			current = m
			guest, err = m.runtime.InstantiateModule(call, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
			require.NoError(t, err, "line %d", c.Line)
			count.modules++
		case "assert_invalid", "assert_malformed":
			if c.ModuleType == "text" {
				continue
			}
			m, err := build(c.Filename)
			if err == nil {
				m.Close()
			}
			if err == nil {
				t.Errorf("line %d: %s is accepted", c.Line, c.Filename)
			}
			count.broken++
		case "action", "assert_return", "assert_trap", "assert_exhaustion":
			if guest == nil || c.Action.Type != "invoke" || c.Action.Module != "" {
				continue
			}
			if !runSuiteCall(t, guest, call, c, count) {
				guest = nil // what the call would have changed is missing from now on
			}
			if c.Type == "assert_exhaustion" { // the count of frames stays; the sandbox drops such an instance
				guest, err = current.runtime.InstantiateModule(call, current.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
				require.NoError(t, err, "line %d", c.Line)
			}
		}
	}
}

// runSuiteCall makes one call and compares what it returns. It is not made when it has
// references for arguments.
func runSuiteCall(t *testing.T, guest api.Module, call *callContext, c suiteCommand, count *suiteCount) (made bool) {
	t.Helper()
	args := make([]uint64, len(c.Action.Args))
	for i, arg := range c.Action.Args {
		bits, known := arg.bits(t)
		if !known {
			return false
		}
		args[i] = bits
	}
	f := guest.ExportedFunction(c.Action.Field)
	require.NotNil(t, f, "line %d", c.Line)
	got, err := f.Call(call, args...)
	count.calls++
	switch c.Type {
	case "assert_trap":
		require.Error(t, err, "line %d", c.Line)
		return true
	case "assert_exhaustion":
		require.ErrorIs(t, err, ErrDepth, "line %d", c.Line)
		return true
	}
	require.NoError(t, err, "line %d", c.Line)
	for i, expected := range c.Expected {
		want, known := expected.bits(t)
		if !known {
			continue
		}
		if expected.Type == "i32" || expected.Type == "f32" {
			got[i] &= math.MaxUint32 // the upper half is whatever it was
		}
		if expected.Type == "f32" && math.IsNaN(float64(math.Float32frombits(uint32(want)))) && math.IsNaN(float64(math.Float32frombits(uint32(got[i])))) ||
			expected.Type == "f64" && math.IsNaN(math.Float64frombits(want)) && math.IsNaN(math.Float64frombits(got[i])) {
			continue
		}
		require.Equal(t, want, got[i], "line %d: %s", c.Line, c.Action.Field)
	}
	return true
}
