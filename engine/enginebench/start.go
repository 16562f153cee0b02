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
	bytes, err := writeModel(path)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var walls, cpus []float64
	resident, peak := 0.0, 0.0
	for range 9 {
		p, err := freshProcess(program, path)
		if err != nil {
			return err
		}
		walls, cpus = append(walls, p.wall), append(cpus, p.cpu)
		resident, peak = max(resident, p.resident/float64(bytes)), max(peak, p.peak/float64(bytes))
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	t.section("a fresh process with a 3.5M f32 model file, start to first token; nine times")
	t.bound("CPU time, ms, median", "%.0f", cpus[len(cpus)/2], 50)
	t.bound("on the clock, ms, best (shared machine: read it with its load)", "%.0f", walls[0], 50)
	t.bound("resident memory, times the weights", "%.2f", resident, 2.5)
	t.bound("the same at its peak", "%.2f", peak, 2.5)
	return throughEngine(t, path)
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

// writeModel writes a model of about 3.5M parameters for the engine's own bytes.
func writeModel(path string) (weightBytes int, err error) {
	config := native.Config{
		HiddenSize: 256, Layers: 4, Heads: 4, KVHeads: 4, FeedForward: 768, Vocabulary: native.VocabularySize,
		MaxContext: 256, RopeTheta: 10000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
	text, err := json.Marshal(config)
	if err != nil {
		return 0, err
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
	data, err := safetensors.Marshal(map[string]string{native.MetadataConfig: string(text)}, safetensors.F32, sources)
	if err != nil {
		return 0, err
	}
	return 4 * config.Parameters(), os.WriteFile(path, data, 0o600)
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
