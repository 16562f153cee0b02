//go:build unix

package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// torchProgram computes the same model with PyTorch.
//
//go:embed pytorch.py
var torchProgram string

// noTorch is the exit status by which the program says that there is no PyTorch.
const noTorch = 3

// compare runs the same work with PyTorch, if one of the Pythons has it. It is no
// error to have none.
func compare(t *table, pythons string) error {
	t.section("PyTorch, same shapes, one thread, best of batches of 1 and 16")
	for python := range strings.SplitSeq(pythons, ",") {
		output, err := exec.Command(python, "-c", torchProgram).Output()
		var exit *exec.ExitError
		if errors.Is(err, exec.ErrNotFound) || errors.As(err, &exit) && exit.ExitCode() == noTorch {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", python, err)
		}
		var version string
		var prefilled, decoded float64
		if _, err := fmt.Sscan(string(output), &version, &prefilled, &decoded); err != nil {
			return fmt.Errorf("%s printed %q: %w", python, output, err)
		}
		for _, row := range []struct {
			work, ours string
			rate       float64
		}{
			{"prefill", fmt.Sprintf(prefillRow, fastest()), prefilled},
			{"decode", fmt.Sprintf(decodeRow, fastest()), decoded},
		} {
			t.rate("PyTorch "+version+", "+row.work, speed{row.rate, row.rate}, 0)
			t.row("native / PyTorch, "+row.work, fmt.Sprintf("%.2f", t.figures[row.ours]/row.rate), "", "", true)
		}
		return nil
	}
	t.note("not compared: no PyTorch in %s", pythons)
	return nil
}
