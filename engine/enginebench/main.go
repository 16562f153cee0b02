//go:build unix

// Command enginebench measures the native engine and prints one table: speed of
// every path of the kernels, exactness, start, memory, and how speed falls as
// context and model grow. Speeds are tokens per CPU-second (user and system time
// of this process), because the clock of a shared machine measures its neighbours
// too. Weights come from a seed: speed does not depend on their values.
//
//	go run ./engine/enginebench [-quick] [-torch PYTHON,...]
//
// It compares with PyTorch and llama.cpp where they are: AGORA_LLAMACPP_LIBRARY names
// the path of libllama of the release for which package llamacpp is written.
//
// PyTorch multiplies with whatever BLAS the system gives it, and its row names it.
// Debian's is a plain one unless libopenblas0-pthread is installed.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	quick := flag.Bool("quick", false, "measure only what has a bar")
	python := flag.String("torch", "python3,/usr/bin/python3", "Pythons of which one may have PyTorch, for comparison")
	child := flag.String("first-token", "", "only open this model, complete one token and print the CPU-seconds, the resident memory and its peak in kB")
	flag.Parse()
	var err error
	if *child != "" {
		err = firstToken(*child)
	} else {
		err = run(*quick, *python)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "enginebench:", err)
		os.Exit(1)
	}
}

func run(quick bool, python string) error {
	// One thread: a CPU-second is then a second of one core.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)
	t := newTable(os.Stdout)
	t.heading()
	steps := []func(*table) error{speeds, batches, exactness, start}
	if !quick {
		steps = append(steps, loads, contexts, sizes)
	}
	for _, step := range steps {
		if err := step(t); err != nil {
			return err
		}
	}
	if err := compare(t, python); err != nil {
		return err
	}
	if err := compareLlamaCPP(t); err != nil {
		return err
	}
	return t.finish()
}
