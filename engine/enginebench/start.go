//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/safetensors"
)

// start measures a fresh process: from its start to the first token, and the
// memory it then holds.
func start(t *table) error {
	folder, err := os.MkdirTemp("", "enginebench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "model.safetensors")
	s, err := measureStarts(path, startModel(), safetensors.F32, 9)
	if err != nil {
		return err
	}
	t.section("a fresh process with a 3.5M f32 model file, start to first token; nine times")
	t.bound("CPU time, ms, median", "%.0f", s.cpus[len(s.cpus)/2], 50)
	t.bound("on the clock, ms, best (shared machine: read it with its load)", "%.0f", s.walls[0], 50)
	t.bound("resident memory, times the weights", "%.2f", s.resident, 2.5)
	t.bound("the same at its peak", "%.2f", s.peak, 2.5)
	return throughEngine(t, path)
}

// loads is start for a large model in half precision.
func loads(t *table) error {
	folder, err := os.MkdirTemp("", "enginebench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	config := startModel()
	config.HiddenSize, config.Layers, config.Heads, config.KVHeads, config.FeedForward = 1024, 12, 16, 16, 2816
	s, err := measureStarts(filepath.Join(folder, "model.safetensors"), config, safetensors.F16, 3)
	if err != nil {
		return err
	}
	t.section("a fresh process with a 154M F16 model file, start to first token; three times")
	t.row("CPU time, ms", fmt.Sprintf("%.0f", s.cpus[0]), fmt.Sprintf("%.0f", s.cpus[len(s.cpus)/2]), "", true)
	t.row("on the clock, ms, all processors", fmt.Sprintf("%.0f", s.walls[0]), fmt.Sprintf("%.0f", s.walls[len(s.walls)/2]), "", true)
	t.bound("resident memory, times the weights in float32", "%.2f", s.resident, 2.5)
	t.bound("the same at its peak", "%.2f", s.peak, 2.5)
	return nil
}

// starts are the times of several fresh processes in order, and the most memory
// that one held, in times of the weights in float32.
type starts struct {
	walls, cpus    []float64
	resident, peak float64
}

// measureStarts writes a model and opens it in so many fresh processes.
func measureStarts(path string, config native.Config, format safetensors.DType, times int) (s starts, err error) {
	if err := writeModel(path, config, format); err != nil {
		return s, err
	}
	program, err := os.Executable()
	if err != nil {
		return s, err
	}
	bytes := float64(4 * config.Parameters())
	for range times {
		p, err := freshProcess(program, path)
		if err != nil {
			return s, err
		}
		s.walls, s.cpus = append(s.walls, p.wall), append(s.cpus, p.cpu)
		s.resident, s.peak = max(s.resident, p.resident/bytes), max(s.peak, p.peak/bytes)
	}
	slices.Sort(s.walls)
	slices.Sort(s.cpus)
	return s, nil
}

// throughEngine measures decoding with all that a request brings: sampling, text,
// stop texts and chunks.
func throughEngine(t *table, path string) (err error) {
	e, err := native.OpenPath(path, native.Options{Threads: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	seed := uint64(0)
	rate := measure(func() int {
		seed++
		done, failure := engine.Complete(context.Background(), e, engine.Request{
			Prompt: "347+582", MaxTokens: 200, Temperature: 1, Seed: seed, Stop: []string{"a text that never comes"},
		}, 1<<20)
		if failure != nil {
			err = failure
			return 1
		}
		return done.Usage.CompletionTokens
	})
	t.section("the same model through engine.Engine, seeded sampling, one request at a time")
	t.rate("decode", rate, 0)
	return err
}

// process is what a fresh process took: milliseconds, and bytes of memory when it
// had said a token and at most until then.
type process struct{ wall, cpu, resident, peak float64 }

// freshProcess starts the program until it has said a token.
func freshProcess(program, path string) (p process, err error) {
	command := exec.Command(program, "-first-token", path)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return p, err
	}
	begin := time.Now()
	if err := command.Start(); err != nil {
		return p, err
	}
	lines := bufio.NewScanner(output)
	lines.Scan()
	p.wall = float64(time.Since(begin).Microseconds()) / 1000
	var failed error
	for _, line := range []struct {
		to   *float64
		unit float64
	}{{&p.cpu, 1000}, {&p.resident, 1024}, {&p.peak, 1024}} {
		value, err := strconv.ParseFloat(lines.Text(), 64)
		failed = errors.Join(failed, err)
		*line.to = value * line.unit
		lines.Scan()
	}
	return p, errors.Join(failed, command.Wait())
}

// startModel is about 3.5M parameters for the engine's own bytes.
func startModel() native.Config {
	return native.Config{
		HiddenSize: 256, Layers: 4, Heads: 4, KVHeads: 4, FeedForward: 768, Vocabulary: native.VocabularySize,
		MaxContext: 256, RopeTheta: 10000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
}

// writeModel writes a model with weights from a fixed recurrence.
func writeModel(path string, config native.Config, format safetensors.DType) error {
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	var sources []safetensors.Source
	state := uint32(1)
	for _, spec := range config.Tensors() {
		size := 1
		for _, dim := range spec.Shape {
			size *= dim
		}
		values := make([]float32, size)
		for i := range values {
			state = state*1664525 + 1013904223
			values[i] = float32(int32(state)>>16) / (1 << 19)
		}
		sources = append(sources, safetensors.Source{Name: spec.Name, Shape: spec.Shape, Data: values})
	}
	data, err := safetensors.Marshal(map[string]string{native.MetadataConfig: string(text)}, format, sources)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// firstToken is the fresh process. At the first token it prints the CPU-seconds it
// took so far, then its resident memory and its peak in kB.
func firstToken(path string) error {
	e, err := native.OpenPath(path, native.Options{})
	if err != nil {
		return err
	}
	if _, err := engine.Complete(context.Background(), e, engine.Request{Prompt: "347+582", MaxTokens: 1}, 1024); err != nil {
		return err
	}
	fmt.Println(cpuSeconds())
	peak, err := memoryLine("VmHWM:")
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	resident, err := memoryLine("VmRSS:")
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%s\n", resident, peak)
	return e.Close()
}

// memoryLine is an entry of this process's status, in kB.
func memoryLine(key string) (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", err
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if size, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimSuffix(strings.TrimSpace(size), " kB"), nil
		}
	}
	return "", fmt.Errorf("/proc/self/status has no line %s", key)
}
