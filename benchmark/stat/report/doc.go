// Package report is the statistics that people read: intervals, tests and errors computed
// with gonum and quantised to the units of package stat (stat.One is 1).
//
// Nothing here becomes a weight. The integers are the same wherever gonum and the platform's
// functions round alike; where a result lies on a rounding edge, two platforms may differ by
// one unit, so compare reports with a tolerance. Of gonum, only the Cholesky factorisation
// behind [StrengthErrors] and the sums of package gonum/stat reach its assembly on amd64; the
// build tag safe replaces that by plain Go, and a test runs this package's golden numbers both
// ways.
//
// A p-value is at least one unit. Chance comes from the caller, as a [Chance], and the same
// chance gives the same report. Input that has no answer is refused with the errors of package
// stat; nothing panics.
package report
