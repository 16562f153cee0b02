// Package benchdoc says in words what a benchmark can declare: the reference of every
// setting, generator, scorer, metric, statistic and reason, and the schema for editors.
// docs/benchmark-reference.md and docs/benchmark.schema.json are written from it by a
// test, and `validator bench` prints the same.
//
// All functions are pure and may be called concurrently.
package benchdoc
