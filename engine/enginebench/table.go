//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/agora-network/agora/engine/native/canon"
)

// table prints rows as they come and remembers bars that were missed.
type table struct {
	out    io.Writer
	missed []string
	// figures holds the results that others are compared with, by row.
	figures map[string]float64
}

func newTable(out io.Writer) *table { return &table{out: out, figures: map[string]float64{}} }

func (t *table) heading() {
	paths := make([]string, 0, 3)
	for _, path := range canon.Paths() {
		paths = append(paths, string(path))
	}
	fmt.Fprintf(t.out, "%s, %s/%s, %s; paths: %s\n", processor(), runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.Join(paths, ", "))
	fmt.Fprintf(t.out, "tokens per CPU-second of one thread unless another unit is named; best and median of several rounds; random weights\n\n")
	fmt.Fprintf(t.out, "%-58s %12s %12s %12s  %s\n", "work", "best", "median", "bar", "")
}

// processor names the CPU where the system tells.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.SplitSeq(string(data), "\n") {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				return strings.TrimLeft(name, "\t :")
			}
		}
	}
	return "processor not known"
}

// rate adds a row with a speed; a bar of 0 is none.
func (t *table) rate(name string, s speed, bar float64) {
	t.figures[name] = s.best
	t.row(name, fmt.Sprintf("%.0f", s.best), fmt.Sprintf("%.0f", s.median), atLeast(bar), bar == 0 || s.best >= bar)
}

func atLeast(bar float64) string {
	if bar == 0 {
		return ""
	}
	return fmt.Sprintf(">= %.0f", bar)
}

// bound adds a row with a figure that must not exceed its bar.
func (t *table) bound(name, format string, value, bar float64) {
	t.row(name, fmt.Sprintf(format, value), "", "<= "+fmt.Sprintf(format, bar), value <= bar)
}

func (t *table) row(name, best, median, bar string, met bool) {
	verdict := ""
	if bar != "" {
		verdict = "met"
		if !met {
			verdict = "MISSED"
			t.missed = append(t.missed, name)
		}
	}
	fmt.Fprintf(t.out, "%-58s %12s %12s %12s  %s\n", name, best, median, bar, verdict)
}

// section sets off what follows.
func (t *table) section(name string) { fmt.Fprintf(t.out, "\n%s\n", name) }

func (t *table) note(format string, arguments ...any) { fmt.Fprintf(t.out, format+"\n", arguments...) }

func (t *table) finish() error {
	if len(t.missed) > 0 {
		return fmt.Errorf("%d bars missed: %s", len(t.missed), strings.Join(t.missed, "; "))
	}
	return nil
}
