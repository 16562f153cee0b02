// Package stat is the statistics behind scores: averages, comparisons, ratings, tests and
// intervals. There are two kinds, and they are kept in two packages.
//
// # Committed
//
// Everything in this package. Its results may become weights, so validators must agree on
// them to the last unit: integers go in and come out ([One] = 1e9 is 1), and between them
// there is only integer arithmetic, or float64 arithmetic in a fixed order of + - * / and
// square roots, every product rounded before it is added, exponentials and logarithms from
// internal/portable, quantised at the border by rounding half to even. The same input gives
// the same integers on every processor, operating system and compiler. math.Exp and its
// kin, and gonum, are not used: tests hold the package to that.
//
// # Reported
//
// Package report below this one: intervals and tests that are shown to people. It computes
// with gonum and the platform's functions and quantises to the same units, but last bits may
// differ between platforms, so two reports may differ by one unit where a result lies on a
// rounding edge. Nothing that becomes a weight is taken from there.
//
// # Rules for both
//
// All functions are pure, or methods of a value that belongs to one goroutine; there is no
// clock and no chance but what the caller passes in. Input that has no answer (nothing,
// lists of different lengths, numbers out of range, more than a limit) is refused with an
// error that wraps one of the errors here; nothing panics. A p-value is never 0: it is at
// least one unit. [Infos] lists what there is, with sources.
package stat
