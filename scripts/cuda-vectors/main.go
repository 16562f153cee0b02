// Command cuda-vectors writes the vector file of engine/cuda to a path and prints the
// hashes that canon.cu must print.
package main

import (
	"fmt"
	"os"

	"github.com/agora-network/agora/engine/cuda"
	"github.com/agora-network/agora/engine/native/canon"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cuda-vectors FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "cuda-vectors:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	file, err := os.Create(path) //nolint:gosec // the caller's choice
	if err != nil {
		return err
	}
	kernels, err := canon.For(canon.Generic)
	if err != nil {
		return err
	}
	lines, err := cuda.Write(file, kernels)
	if err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	return file.Close()
}
